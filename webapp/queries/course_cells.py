"""Courses by how they stand on a day, each site's clock stopping at its data-through date."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState
from webapp.queries.cells import Selection
from webapp.queries.clocks import fetch_clocks
from webapp.queries.course_facts import judge_courses
from webapp.queries.course_standing import STATE, STOP_REASON, joined
from webapp.transactions import ask

COMPLETED = (CourseState.COMPLETED_ON_TIME, CourseState.COMPLETED_LATE)


class CourseGroup(NamedTuple):
    """Courses alike in everything listed. `clock`: min(day asked for, the site's data-through); None where nothing was received."""

    site_id: UUID
    month: date
    indication: str
    product: str
    state: CourseState
    stop_reason: str | None
    reached: int
    planned: int
    courses: int
    last_horizon_on: date
    clock: date | None


_GROUPS = f"""
    SELECT x.site_id, (x.start_on - (extract(day FROM x.start_on)::integer - 1)) AS month, x.indication, x.product,
        {STATE} AS state, {STOP_REASON} AS stop_reason, x.reached, x.planned, count(*), max(x.horizon_on), k.clock
    FROM course_spell x {joined("on")}
    WHERE x.network_id = :network AND x.site_id = ANY (:sites) AND x.start_on >= :start AND x.start_on < :end {{more}}
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 11"""


def fetch_course_groups(scope: Scope, db: Session, selection: Selection) -> list[CourseGroup]:
    """Courses started in the period, grouped. Courses have no phase: that filter does not narrow them."""
    if selection.known is not None:
        return _known_groups(scope, db, selection)
    more, values = selection.of_courses(scope)
    rows = ask(db, _GROUPS.format(more=more), values)
    found: list[tuple[Any, ...]] = [(*row[:4], CourseState(row[4]), *row[5:]) for row in rows]
    return [CourseGroup(*values) for values in found]


def _known_groups(scope: Scope, db: Session, selection: Selection) -> list[CourseGroup]:
    """The same from the facts as known then: judged again, with the clocks of then."""
    view = selection.known
    assert view is not None
    clocks = fetch_clocks(scope, db, selection)
    found: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, date.min])
    for course in judge_courses(db, view):
        wanted = course.site_id in scope.site_ids
        wanted &= selection.indication in (None, course.indication) and selection.product in (None, course.product)
        for spell, plan in zip(course.spells, course.plans, strict=True):
            if not wanted or spell.start_on not in selection.period:
                continue
            clock = clocks.get(course.site_id)
            ended = clock is not None and spell.end_on <= clock
            key = (
                course.site_id,
                spell.start_on.replace(day=1),
                course.indication,
                course.product,
                spell.end_state if ended else CourseState.OPEN,
                spell.stop_reason if ended else None,
                spell.reached,
                plan.planned_infusions,
                clock,
            )
            group = found[key]
            group[0] += 1
            group[1] = max(group[1], spell.start_on + timedelta(days=plan.horizon_days))
    groups: list[tuple[Any, ...]] = [(*key[:8], count, horizon, key[8]) for key, (count, horizon) in found.items()]
    return [CourseGroup(*values) for values in groups]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Courses started together. `closed`: every part of it has reached its horizon, so its completion is final.

    lowest, highest: completion if no open course completes, and if all of them do.
    """

    started: int
    completed: int
    open: int
    closed: bool
    closed_started: int
    closed_completed: int
    lowest: float | None
    highest: float | None


def cohort_of(groups: Iterable[CourseGroup]) -> Cohort:
    """The completion of some courses. What is closed is decided for each site and start month apart."""
    parts: dict[tuple[UUID, date], list[CourseGroup]] = defaultdict(list)
    for group in groups:
        parts[group.site_id, group.month].append(group)
    started = completed = still_open = closed_started = closed_completed = 0
    all_closed = bool(parts)
    for part in parts.values():
        here = sum(group.courses for group in part)
        done = sum(group.courses for group in part if group.state in COMPLETED)
        closed = is_closed(part)
        all_closed &= closed
        started, completed = started + here, completed + done
        still_open += sum(group.courses for group in part if group.state is CourseState.OPEN)
        if closed:
            closed_started, closed_completed = closed_started + here, closed_completed + done
    lowest = completed / started if started else None
    highest = (completed + still_open) / started if started else None
    return Cohort(started, completed, still_open, all_closed, closed_started, closed_completed, lowest, highest)


def is_closed(part: Sequence[CourseGroup]) -> bool:
    """Whether the last start of one site's month has reached its horizon by the site's clock."""
    clock = part[0].clock
    return clock is not None and max(group.last_horizon_on for group in part) <= clock


def start_months(period: Period, found: Collection[date], through: date | None) -> dict[date, bool]:
    """Every month of the period, and whether it is known how many courses began in it; none where none began at all.

    found: the months in which a course began. through: the last day that the data reach: a month after it is missing, not empty.
    """
    if not found:
        return {}
    return {month: month in found or (through is not None and month <= through) for month in period.months()}
