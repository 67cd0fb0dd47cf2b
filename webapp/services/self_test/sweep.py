"""A canary network's people and the operator, each role in a browser of its own, before every door; and tables, without any door."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.self_test import Answer, Fault, Marks, Question, faults_of, unlike_nobodys
from webapp.domain.vocabulary import Role
from webapp.models.security import TABLE_RULES, Reach
from webapp.services.self_test.browser import Browser, NotLetIn
from webapp.services.self_test.canaries import Canary
from webapp.services.self_test.contents import OF_A_CLINIC
from webapp.services.self_test.operators_tables import try_every_table
from webapp.services.self_test.questions import BY_ITSELF, asked_at, pages_asked, refused_at, routes_of
from webapp.transactions import of_nobody, reading

FINDS_ITS_OWN = (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE)
"""Roles that must find their own clinic's word behind some door: else the test would pass because it sees nothing."""

_BY_SITE: tuple[Reach, ...] = ("site", "through_session", "through_course")
_TRAIL = ("audit_event", "audit_seal")
_ASKS_FOR_NETWORK = "app.required('app.network_id'"
REPEATS_THE_ASKED = ("audit.index", "audit.export")
"""Doors that show what one's own people asked for, the other's ids in their addresses among it: there only words are looked for."""


@dataclass
class Sweep:
    """What was asked so far, and what was found."""

    address: str
    public: str
    asked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)

    def as_everybody(self, own: Canary, other: Canary, passwords: Mapping[Role, str]) -> None:
        """Every role that has a password, before every door. Nothing of the other network may change meanwhile."""
        before = _counted(other)
        for role, password in passwords.items():
            self._as_role(role, own.accounts[role], password, own, other)
        changed = sorted(name for name, many in _counted(other).items() if many != before[name])
        self.faults += [Fault(f"table {name}", "another network", "changed in the meantime") for name in changed]

    def as_operator(self, one: Canary, another: Canary, email: str, password: str) -> None:
        """The operator before every table and every door, about the things of both networks: neither may show through anywhere."""
        foreign = [one.marks, another.marks]
        tables, faults = try_every_table(foreign)
        self.tables |= tables
        self.faults += faults
        browser = self._signed_in(Role.OPERATOR, email, password)
        if browser is None:
            return
        for _ in self._routes(browser, Role.OPERATOR, one, another, foreign):
            pass
        for _ in self._pages(browser, Role.OPERATOR, one, another, foreign):
            pass
        self._sign_out(browser, Role.OPERATOR)

    def _signed_in(self, role: Role, email: str, password: str) -> Browser | None:
        browser = Browser(self.address, self.public)
        try:
            browser.sign_in(email, password)
        except NotLetIn as refused:
            self.faults.append(Fault("sign_in.submit", role, str(refused)))
            return None
        self.asked.update(("sign_in.show", "sign_in.submit"))
        return browser

    def _as_role(self, role: Role, email: str, password: str, own: Canary, other: Canary) -> None:
        browser = self._signed_in(role, email, password)
        if browser is None:
            return
        foreign = [other.marks, *([own.beside_marks] if role is Role.SITE_LEAD else [])]
        answers = [*self._routes(browser, role, own, other, foreign), *self._pages(browser, role, own, other, foreign)]
        if role in FINDS_ITS_OWN and not any(own.home_words.found_in(answer.whole) for answer in answers):
            self.faults.append(Fault("every door", role, "showed nothing of one's own either, so nothing was tested"))
        self._sign_out(browser, role)

    def _routes(
        self, browser: Browser, role: Role, own: Canary, other: Canary, foreign: list[Marks]
    ) -> Iterator[Answer]:
        for rule, method in routes_of(current_app.url_map):
            door = ROUTES[rule.endpoint]
            if not door.admits(role):
                for question in refused_at(rule, method, own.home):
                    yield self._put(browser, role, question, foreign, admitted=False)
                continue
            asked = [*asked_at(rule, method, own.home, other.home)]
            if role is Role.SITE_LEAD:
                asked += asked_at(rule, method, own.home, own.beside, OF_A_CLINIC)
            for question, nobodys in asked:
                answer = self._put(browser, role, question, foreign)
                if nobodys is not None:
                    beside = self._put(browser, role, nobodys, foreign)
                    self.faults += unlike_nobodys(question, role, answer, beside)
                yield answer

    def _pages(
        self, browser: Browser, role: Role, own: Canary, other: Canary, foreign: list[Marks]
    ) -> Iterator[Answer]:
        for key, door in PAGES.items():
            admitted = door.admits(role)
            for question in pages_asked(key, own.home, other.home, admitted=admitted):
                yield self._put(browser, role, question, foreign, admitted=admitted)

    def _put(
        self, browser: Browser, role: Role, question: Question, foreign: list[Marks], *, admitted: bool = True
    ) -> Answer:
        if question.method == "ASK":
            answer = browser.ask(question.address)
        else:
            answer = browser.open(question.method, question.address, question.form)
        if answer.status:
            self.asked[question.door] += 1
        if question.door in REPEATS_THE_ASKED:
            foreign = [Marks(marks.words, frozenset()) for marks in foreign]
        self.faults += faults_of(question, role, admitted, answer, foreign)
        return answer

    def _sign_out(self, browser: Browser, role: Role) -> None:
        """And see that the cookie is dead from then on, also one that was copied before."""
        copied = dict(browser.cookies)
        if browser.open("POST", "/sign-out").status == 302:
            self.asked[BY_ITSELF[-1]] += 1
        browser.cookies = copied
        if browser.open("POST", "/sign-out").status not in (400, 401):
            self.faults.append(Fault(BY_ITSELF[-1], role, "a session that was ended is still taken"))

    def over_tables(self, own: Canary, other: Canary) -> None:
        """Each table by itself, as the database's role that serves people: no row of another network, nor of another site."""
        for table, rule in TABLE_RULES.items():
            if rule.reach == "none":
                continue
            self.tables.add(table)
            self._table(table, own, Role.MANAGER, [other.marks])
            if rule.reach in _BY_SITE:
                self._table(table, own, Role.SITE_LEAD, [other.marks, own.beside_marks])
            if rule.reach != "person" and _answers_without_network(table):
                self.faults.append(Fault(f"table {table}", "nobody", "answered without being told for which network"))

    def _table(self, table: str, own: Canary, role: Role, foreign: list[Marks]) -> None:
        column = "id" if table == "network" else "network_id"
        with reading(own.scope_of(role)) as db:
            values = {"own": own.scope.network_id}
            strange = db.execute(text(f"SELECT 1 FROM {table} WHERE {column} <> :own LIMIT 1"), values).scalar()
            rows = "\n".join(db.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t LIMIT 2000")).scalars())
        if strange or (table not in _TRAIL and any(marks.found_in(rows) for marks in foreign)):
            self.faults.append(Fault(f"table {table}", role, "gave rows that are not of one's own network and sites"))


def _answers_without_network(table: str) -> bool:
    """Whether it gives rows, or nothing at all instead of an error.

    Of a table that holds nobody's row the server may look at no row, and so never come to ask for the network: that it would
    ask is told by its plan.
    """
    asking = f"SELECT 1 FROM {table} LIMIT 1"
    try:
        with of_nobody() as db:
            rows = db.execute(text(asking)).all()
            plan = "\n".join(db.execute(text(f"EXPLAIN (VERBOSE) {asking}")).scalars())
    except DBAPIError:
        return False
    return bool(rows) or _ASKS_FOR_NETWORK not in plan


def _counted(canary: Canary) -> dict[str, int]:
    """How many rows of each table a network has; its audit trail is sealed and written meanwhile, and is left out."""
    names = [name for name, rule in TABLE_RULES.items() if rule.reach not in ("none", "person") and name not in _TRAIL]
    with reading(canary.scope) as db:
        return {name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}
