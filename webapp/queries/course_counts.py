"""The courses page's counts, added up in the database in one look at the courses: by site and month, by reason, by day of the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState
from webapp.queries.cells import Selection, sees_all
from webapp.queries.course_cells import CourseGroup
from webapp.queries.course_cohorts import fetch_cohorts, in_cells
from webapp.queries.course_days import Endings, Parts
from webapp.queries.course_standing import FOLLOWED, STATE, STOP_REASON, joined
from webapp.queries.course_totals import of_kind, read_courses
from webapp.queries.running_totals import COURSE_ENDS, COURSE_REACH, Total

STOPPED = (CourseState.STOPPED_RESPONSE, CourseState.STOPPED_OTHER)


@dataclass(frozen=True, slots=True)
class Reached:
    """Courses alike in the infusions that were planned and reached."""

    planned: int
    reached: int
    courses: int


@dataclass(slots=True)
class CourseCounts:
    """Courses started in the period. parts: alike in site, start month and state, whatever else; reasons: of the stopped ones."""

    parts: list[CourseGroup] = field(default_factory=list)
    reasons: Counter[str | None] = field(default_factory=Counter)
    endings: Endings = field(default_factory=Endings)


_COURSES = f"""
    SELECT x.site_id, (x.start_on - (extract(day FROM x.start_on)::integer - 1)) AS month, x.planned, x.reached, x.horizon_on,
        k.clock, {STATE} AS state, {STOP_REASON} AS stop_reason, {FOLLOWED} AS day, x.horizon_on - x.start_on AS horizon
    FROM course_spell x {joined("on")}
    WHERE x.network_id = :network AND x.site_id = ANY (:sites) AND x.start_on >= :start AND x.start_on < :end {{more}}"""
_COUNTS = f"""
    SELECT grouping(c.site_id) = 0, grouping(c.stop_reason) = 0, c.site_id, c.month, c.clock, c.state, c.stop_reason, c.day,
        c.horizon, count(*), max(c.horizon_on)
    FROM ({_COURSES}) c
    GROUP BY GROUPING SETS ((c.site_id, c.month, c.clock, c.state), (c.state, c.stop_reason), (c.state, c.day, c.horizon))"""
_REACHED = f"""
    SELECT c.planned, c.reached, count(*) FROM ({_COURSES}) c
    WHERE NOT EXISTS (SELECT 1 FROM unnest(CAST(:part_sites AS uuid[]), CAST(:part_months AS date[])) AS u(site_id, month)
        WHERE u.site_id = c.site_id AND u.month = c.month)
    GROUP BY 1, 2"""


def fetch_course_counts(scope: Scope, db: Session, selection: Selection) -> CourseCounts:
    """Everything but how far the courses came. Courses have no phase: that filter does not narrow them."""
    if in_cells(scope, db, selection) and sees_all(scope, db):
        return _counted(scope, db, selection)
    more, values = selection.of_courses(scope)
    found = CourseCounts()
    for of_site, of_reason, *row in db.execute(text(_COUNTS.format(more=more)), values):
        site_id, month, clock, state, stop_reason, day, horizon, courses, last_horizon_on = row
        if of_site:
            found.parts.append(_part(site_id, month, CourseState(state), courses, last_horizon_on, clock))
        elif of_reason:
            found.reasons[stop_reason] += courses if state in STOPPED else 0
        else:
            found.endings.add(state, day, horizon, courses)
    found.endings.close()
    found.reasons += Counter()
    return found


def _counted(scope: Scope, db: Session, selection: Selection) -> CourseCounts:
    """The same of all sites out of the counted cells."""
    found = CourseCounts(list(fetch_cohorts(scope, db, selection)))
    for state, stop_reason, day, horizon, courses in _totals(
        scope, db, selection, COURSE_ENDS, ("state", "stop_reason", "day", "horizon")
    ):
        found.reasons[stop_reason or None] += courses if state in STOPPED else 0
        found.endings.add(state, day, horizon, courses)
    found.endings.close()
    found.reasons += Counter()
    return found


def _totals(
    scope: Scope, db: Session, selection: Selection, total: Total, columns: tuple[str, ...]
) -> Sequence[Sequence[Any]]:
    """Courses of whole start months of all sites by the columns."""
    filters = {name: value for name, value in selection.filters.items() if name != "phase"}
    return read_courses(scope, db, selection.period, total, columns, filters)


def fetch_reached(scope: Scope, db: Session, selection: Selection, left_out: Parts) -> list[Reached]:
    """How far the courses came, but those of some sites' start months: alike in planned and reached infusions, whatever else.

    left_out: those that are not closed.
    """
    if in_cells(scope, db, selection) and sees_all(scope, db):
        columns = ("planned", "reached")
        rows = read_courses(scope, db, selection.period, COURSE_REACH, columns, of_kind(selection))
        return [Reached(planned, reached, courses) for planned, reached, courses in rows]
    more, values = selection.of_courses(scope)
    values |= {"part_sites": [site for site, _ in left_out], "part_months": [month for _, month in left_out]}
    rows = db.execute(text(_REACHED.format(more=more)), values).all()
    return [Reached(planned, reached, courses) for planned, reached, courses in rows]


def _part(
    site_id: UUID, month: date, state: CourseState, courses: int, last_horizon_on: date, clock: date | None
) -> CourseGroup:
    return CourseGroup(site_id, month, "", "", state, None, 0, 0, courses, last_horizon_on, clock)
