"""The isolation's self-test over a real web server: it passes, a planted leak turns it, and what it did not try it does not pass."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask, request
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from werkzeug.serving import make_server

from tests.conftest import NOW
from webapp import access, transactions
from webapp.domain.doors import PAGES, ROUTES, Door
from webapp.domain.errors import BadInput
from webapp.domain.role_urls import APP_ROLE, OPERATOR_ROLE
from webapp.domain.scope import Scope
from webapp.domain.self_test import CANARY_SLUG, Outcome
from webapp.domain.vocabulary import Role
from webapp.migrations.row_security import enable
from webapp.models.security import OPERATOR_READS, TABLE_RULES
from webapp.queries.platform_status import NetworkService, fetch_network_services
from webapp.queries.report_ledger import get_file
from webapp.queries.self_tests import FiledRecord, find_newest, get_test, trouble_with_isolation
from webapp.services import people, queued_work, report_proof
from webapp.services.audit import PLATFORM
from webapp.services.self_test import canaries, questions, running
from webapp.services.self_test import sweep as sweeping
from webapp.services.self_test.canaries import Canary
from webapp.services.self_test.operators_tables import try_every_table
from webapp.transactions import of_nobody, reading
from webapp.views import findings, status
from workers.tasks.kinds import KINDS

pytestmark = pytest.mark.xdist_group("self-test")  # the two networks are made once, on one worker


@pytest.fixture(scope="module")
def served(session_app: Flask) -> Iterator[Flask]:
    """The application behind a real server, as the worker reaches it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, session_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    before = session_app.config["SELF_TEST_URL"]
    session_app.config["SELF_TEST_URL"] = f"http://127.0.0.1:{server.server_port}"
    yield session_app
    session_app.config["SELF_TEST_URL"] = before
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def pair(served: Flask) -> tuple[Canary, Canary]:
    """The two canaries, made as the first night makes them."""
    with served.app_context():
        assert running.run(lambda: NOW) is None  # the workers have yet to make what they show
        while queued_work.work_once(KINDS, None, lambda: NOW):
            pass
        made = canaries.ensure(NOW)
        assert made is not None
        return made


def found(outcome: Outcome) -> list[str]:
    return [f"{one.door}, {one.who}: {one.wording}" for one in outcome.faults]


def next_night() -> datetime:
    """After whatever has been filed in this database."""
    scope = people.network_scope(PLATFORM)
    with reading(scope) as db:
        newest = find_newest(scope, db)
    return newest.started_at + timedelta(days=2) if newest else NOW


def record_of(test_id: UUID) -> FiledRecord:
    scope = people.network_scope(PLATFORM)
    with reading(scope) as db:
        return get_test(scope, db, test_id)


def test_it_passes_and_is_filed(pair: tuple[Canary, Canary], app: Flask) -> None:
    """As the first network's people; the second's ask in `test_a_door_that_shows_the_others_things_fails`."""
    sweep = running.new_sweep()
    passwords = canaries.open_accounts(pair[0], NOW)
    sweep.over_tables(*pair)
    sweep.as_everybody(*pair, {role: passwords[role] for role in (Role.SITE_LEAD, Role.COMPLIANCE, Role.SURVEYOR)})
    canaries.close_accounts(*pair[0].accounts.values())
    sweep.as_operator(*pair, canaries.OPERATOR, canaries.open_operator(NOW))
    canaries.close_accounts(canaries.OPERATOR)
    outcome = running.outcome_of(sweep, NOW)
    assert found(outcome) == []
    assert outcome.passed and outcome.tried == outcome.declared == len(ROUTES) + 2 * len(PAGES)
    assert sweep.tables >= TABLE_RULES.keys()
    night = next_night()
    test_id = running.file(replace(outcome, started_at=night), night)
    filed = record_of(test_id)
    assert (filed.line.passed, filed.line.tried, filed.faults) == (True, outcome.declared, ())
    assert dict(filed.doors) == dict(outcome.asked)
    assert running.run_if_due(lambda: night + timedelta(hours=1)) is None
    with of_nobody() as db, pytest.raises(ProgrammingError, match="permission denied"):
        db.execute(text("UPDATE self_test SET passed = true"))


@pytest.fixture
def narrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that only tries one door."""
    every = questions.routes_of
    monkeypatch.setattr(
        sweeping, "routes_of", lambda known: [r for r in every(known) if r[0].endpoint == "findings.show"]
    )
    monkeypatch.setattr(sweeping, "pages_asked", lambda *_, **__: [])


def test_a_door_that_is_not_tried_fails(pair: tuple[Canary, Canary], app: Flask, narrowed: None) -> None:
    outcome = running.carry_out(pair, NOW, [Role.MANAGER])
    assert {one.wording for one in outcome.faults} == {"was not tried"}
    assert (outcome.tried, outcome.passed) == (4, False)


def test_a_door_that_shows_the_others_things_fails(
    pair: tuple[Canary, Canary], app: Flask, narrowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pair[0].scope_of(Role.MANAGER)
    monkeypatch.setattr(findings, "current_scope", lambda: other)
    outcome = running.carry_out(pair, NOW, [Role.MANAGER])
    leaks = {one.wording for one in outcome.faults if one.door == "findings.show"}
    assert "showed something of the other's, asked about the other's things" in leaks
    assert "answered 200 about the other's things and 404 about nobody's" in leaks
    night = next_night()
    filed = record_of(running.file(replace(outcome, started_at=night), night))
    assert not filed.line.passed
    said = trouble_with_isolation(filed.line, night.date())
    assert said is not None and said.startswith("The isolation self-test failed: 4 of ")


@pytest.mark.parametrize("kind", ["pdf", "xlsx"])
def test_a_file_that_holds_the_others_words_fails(
    pair: tuple[Canary, Canary], app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The door hands out one's own report by its own name; drawn inside is the other's, and in this kind of file alone."""
    every, read_whole = questions.routes_of, report_proof.read_whole
    other, run_id = pair[1].scope_of(Role.MANAGER), UUID(pair[1].home["run_id"])
    with reading(other) as db:
        _, *stored = get_file(other, db, run_id, kind)

    def of_the_other(scope: Scope, asked: UUID, file_kind: str, name: str, sha256: str) -> bytes:
        if file_kind == kind:
            return read_whole(other, run_id, kind, *stored)
        return read_whole(scope, asked, file_kind, name, sha256)

    monkeypatch.setattr(
        sweeping, "routes_of", lambda known: [r for r in every(known) if r[0].endpoint == "reports.download"]
    )
    monkeypatch.setattr(sweeping, "pages_asked", lambda *_, **__: [])
    monkeypatch.setattr(report_proof, "read_whole", of_the_other)
    sweep = running.new_sweep()
    passwords = canaries.open_accounts(pair[0], NOW)
    sweep.as_everybody(*pair, {Role.MANAGER: passwords[Role.MANAGER]})
    canaries.close_accounts(*pair[0].accounts.values())
    assert [(one.door, one.who, one.wording) for one in sweep.faults] == [
        ("reports.download", "manager", "showed something of the other's, asked about own things")
    ]
    assert sweep.asked["reports.download"] == 9


def test_an_operator_who_is_shown_anything_of_a_network_fails(
    pair: tuple[Canary, Canary], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once by a page of the operator's own that tells too much, once by a door that lets the operator in."""
    (word,) = pair[1].home_words.words
    door_of_request = access.door_of_request

    def unguarded() -> Door | None:
        return Door("public") if request.endpoint == "findings.show" else door_of_request()

    monkeypatch.setattr(status, "fetch_network_services", lambda: [NetworkService(f"{word} clinic", 0, 0, 0, None)])
    monkeypatch.setattr(access, "door_of_request", unguarded)
    outcome = running.carry_out(pair, NOW, [Role.OPERATOR])
    told = {one.door: one.wording for one in outcome.faults if one.who == Role.OPERATOR}
    assert told["status.index"].startswith("showed something of the other's")
    assert told["findings.show"].endswith("to a role that may not enter, instead of 404")


GIVEN_TO_THE_OPERATOR = {
    "a column of a person": ("GRANT SELECT (email) ON user_account", "REVOKE SELECT (email) ON user_account", "opened"),
    "a column of a network": (
        "GRANT SELECT (data_version) ON network",
        "REVOKE SELECT (data_version) ON network",
        "it should: data_version",
    ),
    "the whole network": ("GRANT SELECT ON network", "REVOKE SELECT ON network", "shows more"),
    "a table behind its policy": ("GRANT SELECT ON finding", "REVOKE SELECT ON finding", "opened"),
    "a table to write": ("GRANT INSERT ON outbox", "REVOKE INSERT ON outbox", "may be changed"),
    "an undeclared view": (
        "CREATE VIEW handy AS SELECT * FROM finding; GRANT SELECT ON handy",
        "DROP VIEW handy",
        "opened",
    ),
}


@pytest.mark.parametrize("what", GIVEN_TO_THE_OPERATOR)
def test_a_table_that_is_open_to_the_operators_role_fails(
    pair: tuple[Canary, Canary], app: Flask, settings: dict[str, object], what: str
) -> None:
    given, taken, words = GIVEN_TO_THE_OPERATOR[what]
    engine = create_engine(str(settings["OWNER_DATABASE_URL"]))
    with engine.begin() as owner:
        owner.execute(text(f"{given} TO {OPERATOR_ROLE}"))
    try:
        tables, faults = try_every_table([canary.marks for canary in pair])
    finally:
        with engine.begin() as owner:
            owner.execute(text(taken if taken.startswith("DROP") else f"{taken} FROM {OPERATOR_ROLE}"))
            for table, columns in OPERATOR_READS.items():
                some = f" ({', '.join(columns)})" if columns else ""
                owner.execute(text(f"GRANT SELECT{some} ON {table} TO {OPERATOR_ROLE}"))
        engine.dispose()
    assert tables >= TABLE_RULES.keys()
    assert [(one.who, words in one.wording) for one in faults] == [("operator", True)]


def test_the_operators_role_must_be_there_to_be_tried(
    pair: tuple[Canary, Canary], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "db", SimpleNamespace(engines={}))
    _, (fault,) = try_every_table([])
    assert fault.wording.startswith("was not tried: The operator's database address is missing")


def test_a_table_without_its_policy_fails(pair: tuple[Canary, Canary], app: Flask, settings: dict[str, object]) -> None:
    sweep = running.new_sweep()
    engine = create_engine(str(settings["OWNER_DATABASE_URL"]))
    with engine.begin() as owner:
        owner.execute(text("ALTER TABLE finding DISABLE ROW LEVEL SECURITY"))
    try:
        sweep.over_tables(*pair)
    finally:
        with engine.begin() as owner:
            owner.execute(text("ALTER TABLE finding ENABLE ROW LEVEL SECURITY"))
        engine.dispose()
    assert {one.door for one in sweep.faults} == {"table finding"}
    assert {one.who for one in sweep.faults} == {"manager", "site_lead", "nobody"}


@pytest.mark.parametrize(
    ("policy", "answers"),
    [
        ("network_id = (SELECT app.network_id())", False),
        ("network_id = nullif(current_setting('app.network_id', true), '')::uuid", True),
        ("true", True),
    ],
)
def test_a_table_that_nobody_has_rows_in_is_judged_by_what_it_would_ask(
    app: Flask, settings: dict[str, object], policy: str, answers: bool
) -> None:
    """Of a table known to be empty the server reads no row and asks for no network, so that an error never comes."""
    engine = create_engine(str(settings["OWNER_DATABASE_URL"]), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as owner:
            owner.execute(text("CREATE TABLE nobodys (network_id uuid)"))
            for step in (*enable("nobodys"), f"CREATE POLICY tenant ON nobodys USING ({policy})"):
                owner.execute(text(step))
            owner.execute(text(f"GRANT SELECT ON nobodys TO {APP_ROLE}"))
            owner.execute(text("VACUUM ANALYZE nobodys"))
        with of_nobody() as db:
            assert db.execute(text("SELECT 1 FROM nobodys")).all() == []
        assert sweeping._answers_without_network("nobodys") == answers
    finally:
        with engine.connect() as owner:
            owner.execute(text("DROP TABLE nobodys"))
        engine.dispose()


def test_a_server_that_does_not_answer_is_no_pass(pair: tuple[Canary, Canary], app: Flask) -> None:
    kept, app.config["SELF_TEST_URL"] = app.config["SELF_TEST_URL"], "http://127.0.0.1:9"
    outcome = running.carry_out(pair, NOW, [Role.MANAGER])
    app.config["SELF_TEST_URL"] = kept
    assert (outcome.tried, outcome.passed) == (0, False)


def test_nobody_signs_in_between_the_nights(pair: tuple[Canary, Canary], app: Flask) -> None:
    emails = [canaries.OPERATOR, *(email for canary in pair for email in canary.accounts.values())]
    with of_nobody() as db:
        statement = text("SELECT count(*) FROM user_account WHERE email = ANY (:emails) AND is_active")
        assert db.execute(statement, {"emails": emails}).scalar_one() == 0


def test_the_canaries_are_served_to_nobody_and_counted_nowhere(pair: tuple[Canary, Canary], app: Flask) -> None:
    own = {canary.scope.network_id for canary in pair}
    assert own & set(people.fetch_network_ids()) == set()
    assert own <= {network_id for network_id, _ in people.fetch_canary_networks()}
    assert not [one for one in fetch_network_services() if one.name.startswith("Self-test")]
    with pytest.raises(BadInput, match="kept for the product's own"):
        people.add_network("Self-test clinics", NOW)


def test_one_that_was_never_finished_is_made_anew(pair: tuple[Canary, Canary], app: Flask) -> None:
    broken = people.add_canary_network("Self-test amber", f"{CANARY_SLUG}amber-{canaries.MADE_BY}-0", NOW)
    assert canaries.ensure(NOW) == pair
    assert broken not in {network_id for network_id, _ in people.fetch_canary_networks()}
