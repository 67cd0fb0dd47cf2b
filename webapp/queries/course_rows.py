"""The courses behind a number, paged by first day and id, newest first; and the open ones whose next infusion is due."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.row_choice import AFTER_COMPLETION, COMPLETED, NO_REASON, STOPPED, RowChoice, RowPlace
from webapp.domain.scope import Scope
from webapp.queries.cells import Selection
from webapp.queries.course_standing import ENDED_ON, STATE, STOP_REASON, joined
from webapp.queries.fact_cells import FactView
from webapp.queries.session_rows import ROWS_A_PAGE, RowPage, page_of
from webapp.queries.spacing_cells import Quantity, after_completion_values
from webapp.transactions import over_reach


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One started course as it stands on the day asked for. ended_on: None while it is open.

    baseline, score: on the scale that was asked for, the score after the infusion asked for.
    """

    course_id: UUID
    site_id: UUID
    start_on: date
    state: str
    ended_on: date | None
    stop_reason: str | None
    reached: int
    planned: int
    indication: str
    product: str
    baseline: int | None
    score: int | None
    pseudonym: str | None

    @property
    def place(self) -> RowPlace:
        """Where the row stands in the list."""
        return RowPlace(self.start_on, self.course_id)


@dataclass(frozen=True, slots=True)
class DueCourse:
    """An open course of which another infusion is due. clock: the day up to which its site has sent data.

    days_left: days from the clock to the window's last day; below 0 it has passed.
    """

    course_id: UUID
    site_id: UUID
    clock: date
    start_on: date
    infusion_due: int
    planned: int
    last_on: date
    window_ends_on: date
    days_left: int
    pseudonym: str | None


@dataclass(frozen=True, slots=True)
class DueCourses:
    """Those of which an infusion is due, by the days left: the first of them, how many there are, and how many are past their window."""

    rows: tuple[DueCourse, ...]
    many: int
    passed: int


# Closed is decided as for the measure: for the courses of one site and start month that the filters leave.
_COURSES = f"""(
    SELECT x.course_id, x.ordinal, x.site_id, x.start_on, x.reached, x.planned, x.indication, x.product,
        k.clock, {STATE} AS state, {ENDED_ON} AS ended_on, {STOP_REASON} AS stop_reason,
        coalesce(max(x.horizon_on) OVER (PARTITION BY x.site_id, date_trunc('month', x.start_on)) <= k.clock, false) AS closed
    FROM course_spell x {joined("on")}
    WHERE x.network_id = :network AND x.site_id = ANY (:sites) AND {{day}} >= :start AND {{day}} < :end {{more}}) x"""

_PATIENT = """LEFT JOIN course_version c ON c.network_id = :network AND c.course_id = x.course_id AND c.superseded_by_batch_id IS NULL
        AND NOT c.withdrawn LEFT JOIN patient h ON h.network_id = :network AND h.id = c.patient_id"""

_STATES = {
    COMPLETED: "x.state IN ('completed_on_time', 'completed_late')",
    STOPPED: "x.state IN ('stopped_response', 'stopped_other')",
}
_PROGRESS = """LEFT JOIN course_progress g ON g.network_id = :network AND g.course_id = x.course_id AND g.ordinal = x.ordinal
        AND g.scale = :scale"""
_SCORES = "g.scores[1], CASE WHEN CAST(:infusion AS integer) > 0 THEN g.scores[:infusion + 1] END"
_RATED = "g.entered AND g.scores[:infusion + 1] IS NOT NULL"
_OUTCOMES = {
    "baseline": "g.scores[1] IS NOT NULL",
    "entered": "g.entered AND g.planned >= :infusion",
    "rated": _RATED,
    "met": f"{_RATED} AND g.met[:infusion + 1]",
    "remitted": f"{_RATED} AND g.remitted[:infusion + 1]",
    "risen": f"{_RATED} AND g.scores[:infusion + 1] > g.scores[1]",
    "missing": "g.entered AND g.planned >= :infusion AND g.scores[:infusion + 1] IS NULL",
}
"""Which courses have the outcome on the scale asked for, after the infusion asked for."""
_REASONS = {NO_REASON: "x.stop_reason IS NULL AND x.state IN ('stopped_response', 'stopped_other')"}
_COHORTS = {"closed": "x.closed", "open": "NOT x.closed"}
_FOLLOWED = f"{_STATES[COMPLETED]} AND x.ended_on <= x.clock - CAST(:followed AS integer)"
_SIZED = "{value} BETWEEN coalesce(CAST(:least AS integer), {value}) AND coalesce(CAST(:most AS integer), {value})"


def fetch_course_rows(
    scope: Scope, db: Session, selection: Selection, choice: RowChoice, limit: int = ROWS_A_PAGE
) -> RowPage:
    """One page of the courses behind a number."""
    courses, conditions, values = _chosen(scope, selection, choice)
    backward = choice.before is not None
    edge = choice.before or choice.after
    if edge is not None:
        conditions.append(f"(x.start_on, x.course_id) {'>' if backward else '<'} (:edge_on, :edge_id)")
        values |= {"edge_on": edge.on, "edge_id": edge.id}
    way = "ASC" if backward else "DESC"
    statement = f"""SELECT x.course_id, x.site_id, x.start_on, x.state, x.ended_on, x.stop_reason, x.reached, x.planned, x.indication,
            x.product, {_SCORES if choice.scale else "NULL, NULL"}, h.pseudonym
        FROM {courses} {_PATIENT} {_PROGRESS if choice.scale else ""} WHERE {" AND ".join(conditions)}
        ORDER BY x.start_on {way}, x.course_id {way} LIMIT :limit"""
    with _seeing_what_followed(scope, db, choice):
        found = db.execute(text(statement), {**values, "limit": limit + 1}).all()
    more = len(found) > limit
    kept = found[:limit][::-1] if backward else found[:limit]
    rows = tuple(CourseRow(*_told(scope, row)) for row in kept)
    return page_of(rows, more, backward, edge is not None)


def count_course_rows(scope: Scope, db: Session, selection: Selection, choice: RowChoice) -> int:
    """How many courses stand behind a number."""
    courses, conditions, values = _chosen(scope, selection, choice)
    progress = _PROGRESS if choice.scale else ""
    statement = f"SELECT count(*) FROM {courses} {progress} WHERE {' AND '.join(conditions)}"
    with _seeing_what_followed(scope, db, choice):
        return int(db.execute(text(statement), values).scalar_one())


def fetch_due_courses(scope: Scope, db: Session, selection: Selection, limit: int | None = None) -> DueCourses:
    """The open courses that have not reached their planned infusions, by the days left in their window. All start days count.

    limit: rows at most; all where none is named.
    """
    more, values = selection.of_courses(scope)
    rows = db.execute(text(_DUE.format(more=more)), {**values, "limit": limit}).all()
    many, passed = rows[0][:2] if rows else (0, 0)
    return DueCourses(tuple(DueCourse(*_told(scope, row[2:])) for row in rows), many, passed)


# The rows are cut before the patients are looked up: their order is all that the window knows.
_DUE = f"""
    SELECT x.due_in_all, x.passed, x.course_id, x.site_id, x.clock, x.start_on, x.had + 1, x.planned, x.seen_on, x.window_ends_on,
        x.days_left, h.pseudonym
    FROM (SELECT x.*, x.window_ends_on - x.clock AS days_left, count(*) OVER () AS due_in_all,
            count(*) FILTER (WHERE x.window_ends_on < x.clock) OVER () AS passed
        FROM (SELECT x.*, CASE WHEN x.last_on <= x.clock THEN x.reached ELSE i.many END AS had,
                CASE WHEN x.last_on <= x.clock THEN x.last_on ELSE i.seen_on END AS seen_on
            FROM (SELECT x.*, k.clock FROM (SELECT site_id, LEAST(:on, data_through) AS clock FROM site_clock
                    WHERE network_id = :network AND site_id = ANY (:sites)) k
                CROSS JOIN LATERAL (SELECT course_id, site_id, ordinal, start_on, last_on, reached, planned, window_ends_on
                    FROM course_spell x WHERE x.network_id = :network AND x.site_id = k.site_id
                    AND x.end_on > k.clock AND x.start_on <= k.clock {{more}}) x) x
            LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE p.infusion > 0)::integer AS many, max(s.on_date) AS seen_on
                FROM session_place p JOIN session_version s ON s.network_id = p.network_id AND s.session_id = p.session_id
                    AND s.superseded_by_batch_id IS NULL AND NOT s.withdrawn AND s.on_date <= x.clock
                WHERE p.network_id = :network AND p.course_id = x.course_id AND p.spell = x.ordinal AND x.last_on > x.clock) i
                ON x.last_on > x.clock) x
        WHERE x.had < x.planned
        ORDER BY x.window_ends_on - x.clock, x.start_on, x.course_id LIMIT CAST(:limit AS bigint)) x
    {_PATIENT}
    ORDER BY x.days_left, x.start_on, x.course_id"""


def _told(scope: Scope, row: Sequence[Any]) -> list[Any]:
    """The row, with its last value, the pseudonym, only for a role that may see it."""
    return [*row[:-1], row[-1] if scope.may_see_pseudonyms else None]


def _chosen(scope: Scope, selection: Selection, choice: RowChoice) -> tuple[str, list[str], dict[str, Any]]:
    """The courses as a table, conditions and bound values of the choice."""
    more, values = selection.of_courses(scope)
    asks = {
        "state": _STATES.get(choice.state or "", "x.state = :state"),
        "reason": _REASONS.get(choice.reason or "", "x.stop_reason = :reason"),
        "reached": "x.reached >= :reached",
        "planned": "x.planned >= :planned",
        "within": "x.ended_on - x.start_on <= :within",
        "cohort": _COHORTS.get(choice.cohort or "", "true"),
        "followed": _FOLLOWED,
    }
    conditions = ["true"]
    for name, condition in asks.items():
        if getattr(choice, name) is not None:
            conditions.append(condition)
            values[name] = getattr(choice, name)
    if choice.scale:
        conditions.append(_OUTCOMES.get(choice.outcome or "", "g.scale IS NOT NULL"))
        values |= {"scale": choice.scale, "infusion": choice.infusion or 0}
    if choice.quantity in AFTER_COMPLETION:
        known = after_completion_values(FactView(scope.network_id, 0), "x.course_id", "x.ended_on")
        conditions += [_STATES[COMPLETED], _SIZED.format(value=known[Quantity(choice.quantity)])]
        values |= {"least": choice.least, "most": choice.most}
    return _COURSES.format(more=more, day="x.start_on" if choice.followed is None else "x.end_on"), conditions, values


def _seeing_what_followed(scope: Scope, db: Session, choice: RowChoice) -> AbstractContextManager[None]:
    """A course of the choice may have gone on at another site that the person may see."""
    return over_reach(scope, db) if choice.quantity in AFTER_COMPLETION else nullcontext()
