"""`verify`: every derived row is worked out again from the facts and compared with what is stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.affected_patients import AFFECTED_COLUMNS, STEP_COLUMNS, affected_rows, step_rows
from webapp.queries.course_cohorts import COHORT_COLUMNS, cohort_rows
from webapp.queries.course_facts import judge_courses
from webapp.queries.course_progress import PROGRESS_COLUMNS, progress_rows
from webapp.queries.fact_cells import FactView
from webapp.queries.network_lines import LINE_COUNTS, network_months
from webapp.queries.network_settings import get_settings
from webapp.queries.response_cells import response_cells
from webapp.queries.response_keys import RESPONSE_COUNTS, RESPONSE_KEY
from webapp.queries.running_totals import TOTALS
from webapp.queries.session_verdicts import COMPLIANCE_COUNTS, COMPLIANCE_KEY
from webapp.queries.spacing_tiers import SPACING_TABLES
from webapp.services import touched
from webapp.services.design_effects import EFFECT_COLUMNS, effect_rows, fetch_effects, window_start
from webapp.services.recording import current_view, lock_network
from webapp.services.rollups import (
    CELLS,
    CLOCKS,
    COUNTING,
    TERM_KEY,
    TIERS,
    rebuild_touched,
    term_months,
)
from webapp.services.spells import SPELL_COLUMNS, spell_rows
from webapp.services.staging import count_anew
from webapp.services.tiers import months_sql
from webapp.services.verdict_cells import cells_now, fetch_standings, judge_everything
from webapp.services.verdict_effects import fetch_verdict_effects
from webapp.transactions import reading, unit_of_work

REPLACED = (*CELLS, "site_clock", "network_month", "design_effect")
"""Every table of what is counted, and what stands beside the cells: a mend leaves no row of them that it did not count."""
NOTHING_MORE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One derived table: how many rows it holds, and how many differ from a recount (missing, surplus or other counts)."""

    table: str
    rows: int
    differing: int


def verify(scope: Scope, db: Session) -> Iterator[Comparison]:
    """Recount every rollup of the network from its facts, told one by one. Reads only; the transaction should see one state throughout."""
    view = current_view(scope, db)
    yield _verify_spells(db, view)
    yield _verify_places(db, view)
    for stem, cells, key, counts in TIERS:
        columns = ", ".join(key + counts)
        yield _compare(db, view, f"{stem}_day", columns, cells(view))
        yield _compare(db, view, f"{stem}_month", columns, months_sql(stem, key, counts))
    for table in SPACING_TABLES:
        yield _compare(db, view, table.name, ", ".join(table.columns), table.rows(view, ""))
    verdicts, values = cells_now(scope, db)
    columns = ", ".join(COMPLIANCE_KEY + COMPLIANCE_COUNTS)
    yield _compare(db, view, "compliance_day", columns, verdicts, values)
    months = months_sql("compliance", COMPLIANCE_KEY, COMPLIANCE_COUNTS)
    yield _compare(db, view, "compliance_month", columns, months)
    yield _compare(db, view, "term_month", ", ".join((*TERM_KEY, "sessions")), term_months())
    yield _compare(db, view, "affected_month", ", ".join(AFFECTED_COLUMNS), affected_rows(view))
    yield _compare(db, view, "affected_step", ", ".join(STEP_COLUMNS), step_rows())
    yield _verify_progress(scope, db, view)
    yield _compare(db, view, "response_month", ", ".join(RESPONSE_KEY + RESPONSE_COUNTS), response_cells())
    yield _compare(db, view, "course_cohort", ", ".join(COHORT_COLUMNS), cohort_rows())
    for total in TOTALS:
        yield _compare(db, view, total.name, ", ".join(total.columns), total.rows())
    yield _compare(db, view, "site_clock", "site_id, data_through", CLOCKS.format(only=""))
    lines = f"month, measure, stratum, {', '.join(LINE_COUNTS)}"
    yield _compare(db, view, "network_month", lines, network_months(view))
    yield _verify_effects(scope, db, view)


def mend(scope: Scope, timeout_ms: int) -> None:
    """Count everything of the network anew and store it: after an upgrade that counts something new, or a repair by hand."""
    with unit_of_work(scope, timeout_ms=timeout_ms) as db:
        view = current_view(scope, db)
        lock_network(scope, db)
        touched.begin(db)
        touched.everything(db, view.parameters)
        for table in REPLACED:  # also days and months in which nothing happened any more, which nothing touches
            db.execute(text(f"DELETE FROM {table} WHERE network_id = :network"), {"network": scope.network_id})
        rebuild_touched(scope, db, view, many=True, anew=True)
        judge_everything(scope, db)
        count_anew(db, *CELLS)
        db.execute(
            text("UPDATE network SET counted_as = :counting WHERE id = :network"),
            {"counting": COUNTING, "network": scope.network_id},
        )


def mend_outdated(scope: Scope, name: str, timeout_ms: int, say: Callable[[str], None]) -> None:
    """Count the network anew if it was counted by an older definition, and say so by its name."""
    with reading(scope) as db:
        statement = "SELECT counted_as FROM network WHERE id = :network"
        counted_as: int = db.execute(text(statement), {"network": scope.network_id}).scalar_one()
    if counted_as < COUNTING:
        say(f"Counting {name} anew: this version counts what an earlier one did not ...")
        mend(scope, timeout_ms)


def _compare(
    db: Session, view: FactView, table: str, columns: str, recount: str, values: Mapping[str, object] = NOTHING_MORE
) -> Comparison:
    stored = f"SELECT {columns} FROM {table} WHERE network_id = :network"
    counted = f"SELECT {columns} FROM ({recount}) c"
    rows, differing = db.execute(
        text(
            f"SELECT (SELECT count(*) FROM ({stored}) a), (SELECT count(*) FROM"
            f" (({stored} EXCEPT ALL {counted}) UNION ALL ({counted} EXCEPT ALL {stored})) d)"
        ),
        {**view.parameters, **values},
    ).one()
    return Comparison(table, rows, differing)


def _verify_spells(db: Session, view: FactView) -> Comparison:
    names = ", ".join(SPELL_COLUMNS)
    stored = {
        _hashable(row)
        for row in db.execute(text(f"SELECT {names} FROM course_spell WHERE network_id = :network"), view.parameters)
    }
    judged = {_hashable(row) for course in judge_courses(db, view) for row in spell_rows(course)}
    return Comparison("course_spell", len(stored), len(stored ^ judged))


def _verify_progress(scope: Scope, db: Session, view: FactView) -> Comparison:
    names = ", ".join(PROGRESS_COLUMNS)
    statement = f"SELECT {names} FROM course_progress WHERE network_id = :network"
    stored = {_hashable(row) for row in db.execute(text(statement), view.parameters)}
    judged = {_hashable(row) for row in progress_rows(db, view, get_settings(scope, db))}
    return Comparison("course_progress", len(stored), len(stored ^ judged))


def _verify_effects(scope: Scope, db: Session, view: FactView) -> Comparison:
    names = ", ".join(EFFECT_COLUMNS)
    rows = db.execute(text(f"SELECT {names} FROM design_effect WHERE network_id = :network"), view.parameters)
    stored = {tuple(row) for row in rows}
    since = window_start(scope, db)
    estimated: set[tuple[object, ...]] = set()
    if since is not None:
        criteria = fetch_verdict_effects(scope, db, get_settings(scope, db), fetch_standings(scope, db), since)
        estimated = set(effect_rows(since, {**fetch_effects(scope, db, view, since), **criteria}))
    return Comparison("design_effect", len(stored), len(stored ^ estimated))


def _hashable(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _verify_places(db: Session, view: FactView) -> Comparison:
    statement = "SELECT session_id, spell, infusion FROM session_place WHERE network_id = :network"
    stored = {tuple(row) for row in db.execute(text(statement), view.parameters)}
    judged = {
        (session_id, spell.ordinal, infusion)
        for course in judge_courses(db, view)
        for spell in course.spells
        for session_id, infusion in spell.places
    }
    return Comparison("session_place", len(stored), len(stored ^ judged))
