"""Course spells, places of sessions in them and the findings they bring: judged again for the touched courses."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.courses import FINDING_SENTENCES, CourseFinding
from webapp.domain.scope import Scope
from webapp.queries.course_facts import JudgedCourse, judge_courses
from webapp.queries.fact_cells import FactView
from webapp.services.staging import copy_rows

SPELL_COLUMNS = (
    "course_id",
    "ordinal",
    "site_id",
    "indication",
    "product",
    "start_on",
    "end_on",
    "end_state",
    "stop_reason",
    "as_stated",
    "planned",
    "reached",
    "window_ends_on",
    "horizon_on",
    "last_on",
    "infusion_days",
)
_PLACE_COLUMNS = ("session_id", "course_id", "spell", "infusion")
_SITE_OF_SESSION = (
    "session_version v ON v.network_id = :network AND v.session_id = n.session_id AND v.superseded_by_batch_id IS NULL"
    " AND NOT v.withdrawn"
)
_FINDING_COLUMNS = ("id", "site_id", "course_id", "rule", "sentence")
_TOUCHED = "AND c.course_id IN (SELECT course_id FROM touched_course)"


def spell_rows(course: JudgedCourse) -> Iterator[tuple[Any, ...]]:
    """The rows of `course_spell` that one course gives, in the order of `SPELL_COLUMNS`."""
    for spell, plan, days in zip(course.spells, course.plans, course.infusion_days, strict=True):
        yield (
            course.course_id,
            spell.ordinal,
            course.site_id,
            course.indication,
            course.product,
            spell.start_on,
            spell.end_on,
            spell.end_state.value,
            spell.stop_reason,
            spell.as_stated,
            plan.planned_infusions,
            spell.reached,
            spell.start_on + timedelta(days=plan.window_days),
            spell.start_on + timedelta(days=plan.horizon_days),
            course.last_on,
            list(days),
        )


def _place_rows(course: JudgedCourse) -> Iterator[tuple[Any, ...]]:
    for spell in course.spells:
        for session_id, infusion in spell.places:
            yield session_id, course.course_id, spell.ordinal, infusion


def _finding_rows(course: JudgedCourse) -> Iterator[tuple[Any, ...]]:
    for spell in course.spells:
        for finding in spell.findings:
            yield uuid4(), course.site_id, course.course_id, str(finding), FINDING_SENTENCES[CourseFinding(finding)]


def rebuild_spells(scope: Scope, db: Session, view: FactView) -> None:
    """Judge the touched courses again."""
    judged = list(judge_courses(db, view, _TOUCHED))
    for table in ("course_spell", "session_place", "data_finding"):
        db.execute(
            text(
                f"DELETE FROM {table} x USING touched_course t WHERE x.network_id = :network AND x.course_id = t.course_id"
            ),
            view.parameters,
        )
    _insert(db, view, "course_spell", SPELL_COLUMNS, (row for course in judged for row in spell_rows(course)))
    places = (row for course in judged for row in _place_rows(course))
    _insert(db, view, "session_place", _PLACE_COLUMNS, places, _SITE_OF_SESSION)
    _insert(db, view, "data_finding", _FINDING_COLUMNS, (row for course in judged for row in _finding_rows(course)))


def _insert(
    db: Session,
    view: FactView,
    table: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    sited_by: str = "",
) -> None:
    """Copy rows into a temporary twin of the table, then move them on; `sited_by`: a join `v` that gives their site, over alias `n`."""
    names = ", ".join(columns)
    db.execute(text(f"DROP TABLE IF EXISTS pg_temp.new_{table}"))
    db.execute(
        text(
            f"CREATE TEMPORARY TABLE new_{table} ON COMMIT DROP AS SELECT {names} FROM {table} WHERE network_id = :network LIMIT 0"
        ),
        view.parameters,
    )
    copy_rows(db, f"new_{table}", columns, rows)
    db.execute(text(f"ANALYZE new_{table}"))
    chosen = ", ".join(f"n.{column}" for column in columns)
    stored, found, join = (
        (f"{names}, site_id", f"{chosen}, v.site_id", f"JOIN {sited_by}") if sited_by else (names, chosen, "")
    )
    db.execute(
        text(f"INSERT INTO {table} (network_id, {stored}) SELECT :network, {found} FROM new_{table} n {join}"),
        view.parameters,
    )
