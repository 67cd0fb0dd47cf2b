"""Courses by site, start month and how they stand when the site's data end: counted cells of what the courses themselves say."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.vocabulary import CourseState
from webapp.queries.cells import Selection
from webapp.queries.course_cells import CourseGroup, fetch_course_groups
from webapp.queries.course_standing import STATE, joined
from webapp.transactions import ask

STATES = tuple(state.value for state in CourseState)
COHORT_COLUMNS = ("site_id", "month", "indication", "product", *STATES, "last_horizon_on")
_OF_STATE = "(count(*) FILTER (WHERE state = '{state}'))::integer AS {state}"
_MONTH = "(x.start_on - (extract(day FROM x.start_on)::integer - 1))"


def cohort_rows(only: str = "") -> str:
    """The rows of `course_cohort`, out of the courses and the clocks. `only` narrows, over alias `x`."""
    counts = ", ".join(_OF_STATE.format(state=state) for state in STATES)
    return f"""
        SELECT site_id, month, indication, product, {counts}, max(horizon_on) AS last_horizon_on FROM (
            SELECT x.site_id, {_MONTH} AS month, x.indication, x.product, x.horizon_on,
                {STATE} AS state
            FROM course_spell x {joined()}
            WHERE x.network_id = :network {only}) c
        GROUP BY site_id, month, indication, product"""


def fetch_cohorts(scope: Scope, db: Session, selection: Selection, by: Sequence[str] = ()) -> list[CourseGroup]:
    """Courses started in the period by site, start month and state, and by what else is named: indication, product.

    What is not named stands empty in a group, as do the reason of a stop and the infusions. Whole months as of now are read from
    the cells; an earlier day, a part of a month and what was known then are asked of the courses. Courses have no phase.
    """
    if not in_cells(scope, db, selection):
        return fetch_course_groups(scope, db, selection)
    more, values = selection.of_courses(scope, "c")
    kinds = ", ".join(f"c.{name}" if name in by else f"'' AS {name}" for name in ("indication", "product"))
    groups = ", ".join(["c.site_id", "c.month", *(f"c.{name}" for name in ("indication", "product") if name in by)])
    counts = ", ".join(f"sum(c.{state})::integer" for state in STATES)
    statement = f"""
        SELECT c.site_id, c.month, {kinds}, max(c.last_horizon_on), min(k.data_through), {counts} FROM course_cohort c
        LEFT JOIN site_clock k ON k.network_id = c.network_id AND k.site_id = c.site_id
        WHERE c.network_id = :network AND c.site_id = ANY (:sites) AND c.month >= :start AND c.month < :end {more}
        GROUP BY {groups}"""
    return [group for row in ask(db, statement, values) for group in _groups(row)]


def _groups(row: Sequence[Any]) -> Iterator[CourseGroup]:
    site_id, month, indication, product, last_horizon_on, clock, *counts = row
    for state, courses in zip(CourseState, counts, strict=True):
        if courses:
            yield CourseGroup(site_id, month, indication, product, state, None, 0, 0, courses, last_horizon_on, clock)


def in_cells(scope: Scope, db: Session, selection: Selection) -> bool:
    """Whether the cells hold the answer: whole months as of now, and every site's data end by the day asked for."""
    if selection.known is not None or not selection.period.whole_months:
        return False
    statement = "SELECT max(data_through) FROM site_clock WHERE network_id = :network AND site_id = ANY (:sites)"
    ((last,),) = ask(db, statement, {"network": scope.network_id, "sites": list(scope.site_ids)})
    return last is None or last <= selection.on
