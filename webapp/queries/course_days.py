"""Courses by days since their first session: what ended them and when, and when each infusion was reached."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState
from webapp.queries.cells import Selection, sees_all
from webapp.queries.clocks import fetch_clocks
from webapp.queries.course_cohorts import in_cells
from webapp.queries.course_facts import judge_courses
from webapp.queries.course_standing import ENDED_ON, FOLLOWED, STATE, joined
from webapp.queries.course_totals import of_kind, read_courses
from webapp.queries.running_totals import COURSE_PROGRESS

Cause = Literal["completed", "stopped", "transferred", "lapsed"]
CAUSES: tuple[Cause, ...] = ("completed", "stopped", "transferred", "lapsed")
CAUSE_OF: dict[str, Cause] = {
    CourseState.COMPLETED_ON_TIME: "completed",
    CourseState.COMPLETED_LATE: "completed",
    CourseState.STOPPED_RESPONSE: "stopped",
    CourseState.STOPPED_OTHER: "stopped",
    CourseState.TRANSFERRED: "transferred",
    CourseState.LAPSED: "lapsed",
}
Parts = Sequence[tuple[UUID, date]]
"""Sites with a start month."""


@dataclass(slots=True)
class Endings:
    """By day since the first session: courses ended, by cause; and courses still open when their site's clock stopped.

    A course that is open at its horizon is never completed: it counts as followed to the longest horizon.
    """

    started: int = 0
    horizon: int = 0
    events: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    censored: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    never: int = 0

    def add(self, state: str, day: int | None, horizon: int, courses: int) -> None:
        """Count courses by their state and the day of their end, or up to which they are followed; those not begun by then are not."""
        if day is None or day < 0:
            return
        self.started += courses
        self.horizon = max(self.horizon, horizon)
        if state in CAUSE_OF:
            self.events[day][CAUSE_OF[state]] += courses
        elif state == CourseState.OPEN:
            self.censored[day] += courses
        else:
            self.never += courses

    def close(self) -> None:
        """Follow those open at their horizon to the longest one, once it is known."""
        if self.never:
            self.censored[self.horizon] += self.never
            self.never = 0


@dataclass(slots=True)
class Progress:
    """Of some courses that plan at least `infusion` infusions, in days since the first session.

    reached: day -> courses that had it then. ended: day -> courses that ended before it. censored: day -> courses that are
    open without it, when their site's clock stopped.
    """

    infusion: int
    horizon: int = 0
    reached: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    ended: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    censored: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def courses(self) -> int:
        """How many there are."""
        return sum(sum(part.values()) for part in (self.reached, self.ended, self.censored))


_ENDINGS = f"""
    SELECT {{site}} AS part, {STATE} AS state, {FOLLOWED} AS day, x.horizon_on - x.start_on AS horizon, count(*)
    FROM course_spell x {joined("on")}
    WHERE x.network_id = :network AND x.site_id = ANY (:sites) AND x.start_on >= :start AND x.start_on < :end
        AND x.start_on <= k.clock {{more}}
    GROUP BY 1, 2, 3, 4"""


def fetch_endings(
    scope: Scope, db: Session, selection: Selection, *, by_site: bool = False
) -> dict[UUID | None, Endings]:
    """The courses started in the period, by the day and cause of their end: of each site that has any, or of all (None).

    Courses have no phase: that filter does not narrow them.
    """
    found: dict[UUID | None, Endings] = {} if by_site else {None: Endings()}
    rows = _known_endings(scope, db, selection) if selection.known else _stored_endings(scope, db, selection, by_site)
    for site_id, state, day, horizon, courses in rows:
        found.setdefault(site_id if by_site else None, Endings()).add(state, day, horizon, courses)
    for endings in found.values():
        endings.close()
    return found


def _stored_endings(scope: Scope, db: Session, selection: Selection, by_site: bool) -> Iterable[Any]:
    more, values = selection.of_courses(scope)
    site = "x.site_id" if by_site else "CAST(NULL AS uuid)"
    return db.execute(text(_ENDINGS.format(site=site, more=more)), values)


def _known_endings(scope: Scope, db: Session, selection: Selection) -> Iterable[tuple[UUID, str, int, int, int]]:
    """The same of the facts as known then: each course judged again, with the clocks of then."""
    assert selection.known is not None
    clocks = fetch_clocks(scope, db, selection)
    for course in judge_courses(db, selection.known):
        clock = clocks.get(course.site_id)
        wanted = selection.indication in (None, course.indication) and selection.product in (None, course.product)
        for spell, plan in zip(course.spells, course.plans, strict=True):
            if not wanted or clock is None or spell.start_on > clock or spell.start_on not in selection.period:
                continue
            state = spell.end_state if spell.end_on <= clock else CourseState.OPEN
            yield course.site_id, state, (min(spell.end_on, clock) - spell.start_on).days, plan.horizon_days, 1


# A course's own days: when it had each infusion, and when it ended or its site's data did.
_PROGRESS = f"""
    WITH course AS (
        SELECT x.infusion_days, x.planned, x.start_on, x.horizon_on - x.start_on AS horizon, k.clock - x.start_on AS clock_day,
            {ENDED_ON} - x.start_on AS end_day
        FROM unnest(CAST(:part_sites AS uuid[]), CAST(:part_months AS date[])) AS u(site_id, month)
        JOIN course_spell x ON x.network_id = :network AND x.site_id = u.site_id AND x.start_on >= u.month
            AND x.start_on < u.month + interval '1 month'
        {joined("on")}
        WHERE x.site_id = ANY (:sites) AND x.start_on >= :start AND x.start_on < :end AND x.start_on <= k.clock {{more}}
    )
    SELECT i.infusion, CASE WHEN i.day <= c.clock_day THEN 'reached' WHEN c.end_day IS NULL THEN 'open' ELSE 'ended' END AS what,
        CASE WHEN i.day <= c.clock_day THEN i.day ELSE coalesce(c.end_day, c.clock_day) END AS on_day, max(c.horizon), count(*)
    FROM course c CROSS JOIN LATERAL (
        SELECT n AS infusion, CAST(c.infusion_days[n] AS integer) AS day FROM generate_series(1, c.planned) n) i
    GROUP BY 1, 2, 3"""


def fetch_progress(scope: Scope, db: Session, selection: Selection, parts: Parts) -> list[Progress]:
    """Of the courses of some sites' start months, how far they came by when: for each infusion that a plan holds.

    parts: all those that are not closed.
    """
    if not parts:
        return []
    found: dict[int, Progress] = {}
    for infusion, what, day, horizon, courses in _progress(scope, db, selection, parts):
        one = found.setdefault(infusion, Progress(infusion))
        one.horizon = max(one.horizon, horizon)
        {"reached": one.reached, "open": one.censored, "ended": one.ended}[what][day] += courses
    return [found[infusion] for infusion in sorted(found)]


_COLUMNS = ("infusion", "what", "day", "horizon")


def _progress(scope: Scope, db: Session, selection: Selection, parts: Parts) -> Iterable[Any]:
    """Infusion, what came of it, the day, the horizon and how many courses."""
    if in_cells(scope, db, selection) and sees_all(scope, db):
        return read_courses(scope, db, selection.period, COURSE_PROGRESS, _COLUMNS, of_kind(selection))
    more, values = selection.of_courses(scope)
    values |= {"part_sites": [site for site, _ in parts], "part_months": [month for _, month in parts]}
    return db.execute(text(_PROGRESS.format(more=more)), values)
