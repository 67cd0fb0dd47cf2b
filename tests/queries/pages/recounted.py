"""The second, deliberately plain path for the pages: which rows of the version tables a page's filters leave, in plain loops."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import text

from tests.domain.course_replay import replay
from tests.queries import recount
from webapp.domain.courses import DEFAULT_PLAN, CourseFacts, DeliveredSession, Protocol
from webapp.domain.filters import parse_filters
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Phase
from webapp.presentation.tables import Cell, Table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import PANELS, default_period
from webapp.transactions import reading

TODAY = date(2026, 11, 22)
SEARCHES = (
    "?from=2026-10-01&to=2026-10-31",
    "?from=2026-03-09&to=2026-07-16&indication=depression",
    "?from=2025-11-01&to=2026-10-31&phase=maintenance",
    "?from=2026-06-01&to=2026-11-21&site={0}&site={1}&indication=ptsd",
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Started:
    """One started course: its facts, and how it ended by the plain replay."""

    course: Row
    start: date
    end: date
    state: str
    reason: str | None
    reached: int
    planned: int
    window: int
    horizon: int
    sessions: list[Row]


@dataclass(frozen=True)
class Plain:
    """The facts that the filters leave."""

    facts: recount.Facts
    start: date
    end: date
    sites: dict[Any, str]
    indication: str | None
    phase: str | None
    infusions: dict[Any, int] = field(default_factory=dict)
    stated: dict[Any, list[date]] = field(default_factory=dict)

    def sessions(self, start: date | None = None, end: date | None = None) -> Iterator[Row]:
        """Sessions of any status."""
        for session in self.facts.sessions:
            course = self.facts.courses[session["course_id"]]
            wanted = session["site_id"] in self.sites and (start or self.start) <= session["on_date"] < (
                end or self.end
            )
            wanted = (
                wanted and self.indication in (None, course["indication"]) and self.phase in (None, session["phase"])
            )
            if wanted:
                yield {**session, "course": course, "infusion": self.infusions.get(session["session_id"], 0)}

    def delivered(self, start: date | None = None, end: date | None = None) -> Iterator[Row]:
        """Delivered sessions."""
        return (session for session in self.sessions(start, end) if session["status"] in recount.DELIVERED)

    def screened(self, start: date | None = None, end: date | None = None) -> Iterator[Row]:
        """Screened delivered sessions, with what was recorded."""
        for session in self.delivered(start, end):
            if session["session_id"] in self.facts.screens:
                yield {**session, "effects": self.facts.effects.get(session["session_id"], [])}

    def held_ready(self) -> Iterator[Row]:
        """Delivered, missed or cancelled with less than a day's notice."""
        for session in self.sessions():
            if session["status"] in (*recount.DELIVERED, "no_show") or is_late(session):
                yield session

    def clock(self, site: Any) -> date:
        """The last day of the site on which anything became of a session, or a later one that it states; or today.

        A site that has told nothing stands before every day."""
        done = (*recount.DELIVERED, "no_show")
        days = [s["on_date"] for s in self.facts.sessions if s["site_id"] == site and s["status"] in done]
        last: date = max([*days, *self.stated.get(site, ())], default=date.min)
        return min(last, TODAY)

    def start_months(self, found: Iterable[date]) -> dict[date, bool]:
        """Each month of the period, if any course began in it: whether the data of any site reach it, or a course began there."""
        known = set(found)
        through = max((self.clock(site) for site in self.sites), default=date.min)
        days = (self.start + timedelta(days=n) for n in range((self.end - self.start).days if known else 0))
        return {month: month in known or month <= through for month in sorted({day.replace(day=1) for day in days})}


def is_late(session: Row) -> bool:
    """Whether a cancellation came less than a day before."""
    cancelled, booked = session["cancelled_at"], session["booked_at"]
    if session["status"] != "cancelled" or cancelled is None or booked is None:
        return False
    return bool(cancelled > booked - timedelta(hours=24))


def plain_of(facts: recount.Facts, search: str, spells: list[Started], stated: dict[Any, list[date]]) -> Plain:
    """The facts under an address, read apart from the product's own reader."""
    asked = parse_qs(search.removeprefix("?"))
    last = date.fromisoformat(asked["to"][0])
    codes = asked.get("site")
    sites = {site: code for site, code in facts.sites.items() if codes is None or code in codes}
    infusions = {
        session["session_id"]: number for spell in spells for number, session in enumerate(spell.sessions, start=1)
    }
    return Plain(
        facts,
        date.fromisoformat(asked["from"][0]),
        last + timedelta(days=1),
        sites,
        asked.get("indication", [None])[0],
        asked.get("phase", [None])[0],
        infusions,
        stated,
    )


def stated_days(scope: Scope) -> dict[Any, list[date]]:
    """By site, the day up to which its sending system says that the data reach."""
    statement = "SELECT site_id, data_through FROM site_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
    with reading(scope) as db:
        return {site: [day] for site, day in db.execute(text(statement)) if day}


def spells_of(scope: Scope, facts: recount.Facts) -> list[Started]:
    """Every started course by the day-by-day replay; each takes as many induction sessions in time order as it reached."""
    with reading(scope) as db:
        protocols = [
            Protocol(*row)
            for row in db.execute(
                text(
                    "SELECT indication, product, valid_from, planned_infusions, window_days, lapse_days, horizon_days"
                    " FROM protocol_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
                )
            )
        ]
    by_course: dict[Any, list[Row]] = defaultdict(list)
    for session in facts.sessions:
        if session["status"] in recount.DELIVERED:
            by_course[session["course_id"]].append(session)
    found: list[Started] = []
    for course_id, sessions in by_course.items():
        course = facts.courses[course_id]
        induction = sorted((s for s in sessions if s["phase"] == "induction"), key=_in_time)
        plan = _plan(protocols, course, induction[0]["on_date"] if induction else TODAY)
        said = CourseFacts(course_id, *(course[name] for name in _SAID))
        given = [DeliveredSession(s["session_id"], s["on_date"], s["started_at"], Phase(s["phase"])) for s in sessions]
        used = 0
        for start, end, state, reached, _, reason in replay(said, given, plan, TODAY + timedelta(days=200)):
            days = (plan.planned_infusions, plan.window_days, plan.horizon_days)
            found.append(
                Started(course, start, end, state.value, reason, reached, *days, induction[used : used + reached])
            )
            used += reached
    return found


_SAID = ("stopped_on", "stop_reason", "transferred_on", "stated_outcome", "stated_on")


def _plan(protocols: list[Protocol], course: Row, on: date) -> Protocol:
    ours = (course["indication"], course["product"])
    fitting = [p for p in protocols if (p.indication, p.product) == ours and p.valid_from <= on]
    return max(fitting, key=lambda p: p.valid_from, default=Protocol(*ours, date.min, *DEFAULT_PLAN))


def _in_time(session: Row) -> tuple[date, bool, datetime | None, Any]:
    return session["on_date"], session["started_at"] is not None, session["started_at"], session["session_id"]


@contextmanager
def page_ground(scope: Scope, page: str, search: str) -> Iterator[Ground]:
    """What the page stands on at an address, as the screen makes it."""
    with reading(scope) as db:
        known = {code: site_id for site_id, code in db.execute(text("SELECT id, code FROM site"))}
    filters, sentences = parse_filters(search, known, TODAY, default_period(page), page)
    assert sentences == ()
    wished = None if filters.site_codes is None else [known[code] for code in filters.site_codes]
    narrowed = scope.narrow(wished)
    with reading(narrowed) as db:
        yield Ground(narrowed, db, filters, TODAY)


LOOKED_AT: set[tuple[str, str]] = set()
"""Page and key of every table that a recount has taken from a page."""


class PageTables(dict[str, Table]):
    """The tables of a page by key; which of them a recount takes is noted."""

    def __init__(self, page: str, tables: Iterable[Table]) -> None:
        super().__init__({table.key: table for table in tables})
        self.page = page

    def __getitem__(self, key: str) -> Table:
        LOOKED_AT.add((self.page, key))
        return super().__getitem__(key)


def page_tables(scope: Scope, page: str, search: str) -> PageTables:
    """The tables of a page at an address, by key."""
    with page_ground(scope, page, search) as ground:
        return PageTables(page, (panel.table for panel in PANELS[page](ground)))


def by_key(table: Table, *columns: str) -> dict[str, tuple[Cell, ...]]:
    """Row key -> the cells of some columns."""
    keys = table.row_keys or tuple(
        row[0].isoformat() if isinstance(row[0], date) else str(row[0]) for row in table.rows
    )
    cells = [table.column(name) for name in columns]
    return {key: tuple(column[place] for column in cells) for place, key in enumerate(keys)}


def assert_shares(
    table: Table, numerator: str, rate: str = "rate", low: str = "low", high: str = "high", n: str = "n"
) -> None:
    """Each rate is its numerator over its n, inside its interval; where there is no n there is no rate."""
    columns = zip(*(table.column(name) for name in (numerator, n, rate, low, high)), strict=True)
    for k, of, share, down, up in columns:
        assert isinstance(k, int) and isinstance(of, int)
        if share is None:
            assert down is None and up is None
            continue
        assert isinstance(share, float) and isinstance(down, float) and isinstance(up, float)
        assert abs(share - k / of) < 1e-12
        assert 0 <= down <= share <= up <= 1
