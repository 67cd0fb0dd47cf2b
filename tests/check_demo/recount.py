"""Three numbers of the overview again, by a second and deliberately plain path: the raw rows, and Python."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

DELIVERED = ("completed", "stopped_early")
CURRENT = "superseded_by_batch_id IS NULL AND NOT withdrawn"
USUAL_PLAN = (6, 21, 28, 60)


class Share(NamedTuple):
    """A part of a whole."""

    part: int
    whole: int


@dataclass(frozen=True)
class RawRows:
    """The current rows of a network. sessions: id, course, site, status, phase, day, instant."""

    sessions: Sequence[Any]
    screened: frozenset[UUID]
    with_side_effect: frozenset[UUID]
    courses: Sequence[Any]
    plans: Sequence[Any]


@contextmanager
def as_app(url: str, network_id: UUID) -> Iterator[Connection]:
    """A transaction of the application's own role in one network: what it may not see is not counted here either."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            for name, value in (
                ("network_id", network_id),
                ("user_id", UUID(int=1)),
                ("role", "manager"),
                ("sites", "*"),
            ):
                connection.execute(text(f"SET LOCAL app.{name} = '{value}'"))
            yield connection
    finally:
        engine.dispose()


def find_network(dispatcher_url: str, slug: str) -> UUID:
    """The network's id by its short name."""
    engine = create_engine(dispatcher_url)
    try:
        with engine.begin() as connection:
            found: UUID = connection.execute(
                text("SELECT id FROM network WHERE slug = :slug"), {"slug": slug}
            ).scalar_one()
            return found
    finally:
        engine.dispose()


def read_rows(connection: Connection) -> RawRows:
    """All current rows that the three numbers rest on."""

    def rows(columns: str, table: str) -> Sequence[Any]:
        return connection.execute(text(f"SELECT {columns} FROM {table} WHERE {CURRENT}")).all()

    return RawRows(
        rows("session_id, course_id, site_id, status, phase, on_date, started_at", "session_version"),
        frozenset(row[0] for row in rows("session_id", "screen_version")),
        frozenset(row[0] for row in rows("session_id", "side_effect_version")),
        rows(
            "course_id, indication, product, stopped_on, stop_reason, transferred_on, stated_outcome, stated_on",
            "course_version",
        ),
        rows(
            "indication, product, valid_from, planned_infusions, window_days, lapse_days, horizon_days",
            "protocol_version",
        ),
    )


def count_delivered(rows: RawRows, first_on: date, last_on: date) -> int:
    """Sessions in which something was given, between two days."""
    return sum(row.status in DELIVERED and first_on <= row.on_date <= last_on for row in rows.sessions)


def count_side_effects(rows: RawRows, first_on: date, last_on: date) -> Share:
    """Screened sessions with at least one side effect, of all screened sessions."""
    screened = {
        row.session_id
        for row in rows.sessions
        if row.status in DELIVERED and first_on <= row.on_date <= last_on and row.session_id in rows.screened
    }
    return Share(len(screened & rows.with_side_effect), len(screened))


def count_completed(rows: RawRows, month: date) -> Share:
    """Courses started in a month that reached their planned infusions within the horizon, of all courses started in it."""
    given = defaultdict(list)
    for row in rows.sessions:
        if row.status in DELIVERED:
            given[row.course_id].append((row.on_date, str(row.started_at or ""), row.phase))
    done = started = 0
    for course in rows.courses:
        for start_on, completed in _started(course, sorted(given[course.course_id]), rows.plans):
            if (start_on.year, start_on.month) == (month.year, month.month):
                started += 1
                done += completed
    return Share(done, started)


def _started(course: Any, visits: Sequence[tuple[date, str, str]], plans: Iterable[Any]) -> Iterator[tuple[date, bool]]:
    """Each start of a course (the first one, and those after an end), and whether it was completed."""
    inductions = [day for day, _, phase in visits if phase == "induction"]
    days = [day for day, *_ in visits]
    while inductions:
        first = inductions[0]
        planned, _window, lapse, horizon = _plan(course, first, plans)
        ends_on, completed, lapsed = _end(course, inductions, days, (planned, lapse, horizon))
        yield first, completed
        inductions = [day for day in inductions[1:] if day > ends_on or (lapsed and day == ends_on)]
        days = [day for day in days if inductions and day >= inductions[0]]


def _plan(course: Any, on: date, plans: Iterable[Any]) -> tuple[int, int, int, int]:
    fitting = [
        p for p in plans if (p.indication, p.product) == (course.indication, course.product) and p.valid_from <= on
    ]
    if not fitting:
        return USUAL_PLAN
    latest = max(fitting, key=lambda plan: plan.valid_from)
    return latest.planned_infusions, latest.window_days, latest.lapse_days, latest.horizon_days


def _end(
    course: Any, inductions: Sequence[date], days: Sequence[date], plan: tuple[int, int, int]
) -> tuple[date, bool, bool]:
    """When a started course ended, whether as completed, whether as lapsed. On one day the better news comes first."""
    planned, lapse, horizon = plan
    first = inductions[0]
    until = first + timedelta(days=horizon)
    stated_on = course.stated_on or (course.stopped_on if course.stated_outcome not in (None, "completed") else None)
    if course.stated_outcome and first <= (stated_on or inductions[-1]) <= until:
        return stated_on or inductions[-1], course.stated_outcome == "completed", False
    ends: list[tuple[date, int]] = [(until, 6)]
    if len(inductions) >= planned and inductions[planned - 1] <= until:
        ends.append((inductions[planned - 1], 0))
    if course.transferred_on is not None and course.transferred_on >= first:
        ends.append((course.transferred_on, 4))
    last = first
    for day in days:
        if last < day <= last + timedelta(days=lapse):
            last = day
    ends.append((last + timedelta(days=lapse + 1), 5))
    stop = course.stopped_on
    if stop is not None and stop >= first and not any(stop < day <= stop + timedelta(days=lapse) for day in days):
        ends.append((stop, 3))
    ends_on, how = min(ends)
    return ends_on, how == 0, how == 5
