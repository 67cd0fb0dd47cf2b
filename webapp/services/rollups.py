"""Rollups: rebuilt for just the touched cells, from the facts, inside the transaction that touched them."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.course_cohorts import COHORT_COLUMNS, cohort_rows
from webapp.queries.fact_cells import (
    RESOLUTION_COUNTS,
    RESOLUTION_KEY,
    SCREENING_COUNTS,
    SCREENING_KEY,
    SESSION_COUNTS,
    SESSION_KEY,
    SIDE_EFFECT_COUNTS,
    SIDE_EFFECT_KEY,
    FactView,
    resolution_cells,
    screening_cells,
    session_cells,
    side_effect_cells,
)
from webapp.queries.network_lines import LINE_COUNTS, network_months
from webapp.queries.network_settings import get_settings
from webapp.queries.running_totals import TOTALS
from webapp.queries.spacing_cells import COMPLETION_COUNTS, COMPLETION_KEY, completion_cells
from webapp.queries.spacing_tiers import SPACING_TABLES
from webapp.services import touched
from webapp.services.affected import replace_affected
from webapp.services.design_effects import replace_design_effects
from webapp.services.gathering import gather
from webapp.services.progress import note_cohorts, rebuild_progress
from webapp.services.running_totals import note_clocks, replace_totals
from webapp.services.spells import rebuild_spells
from webapp.services.staging import count_anew
from webapp.services.tiers import MONTH_OF, replace_days, replace_months

COUNTING = 6
"""The definition of all that is counted here. It rises with every change of what a cell holds; networks counted by an older one are
counted anew when the database is brought to this version."""

TIERS = (
    ("session", session_cells, SESSION_KEY, SESSION_COUNTS),
    ("screening", screening_cells, SCREENING_KEY, SCREENING_COUNTS),
    ("side_effect", side_effect_cells, SIDE_EFFECT_KEY, SIDE_EFFECT_COUNTS),
    ("resolution", resolution_cells, RESOLUTION_KEY, RESOLUTION_COUNTS),
    ("completion", completion_cells, COMPLETION_KEY, COMPLETION_COUNTS),
)
"""Each rollup: the stem of its two tables, its cells from the facts, its key and its counts."""

JUDGED = ("course_spell", "session_place")
"""Where courses and their sessions stand: what the cells are counted by."""
CELLS = (
    *(f"{stem}_{tier}" for stem, *_ in TIERS for tier in ("day", "month")),
    *(table.name for table in SPACING_TABLES),
    "compliance_day",
    "compliance_month",
    "course_progress",
    "response_month",
    "term_month",
    "affected_month",
    "affected_step",
    "course_cohort",
    *(total.name for total in TOTALS),
)
"""Every table of what is counted, read by the pages."""

_TOUCHED = "AND (s.site_id, s.on_date) IN (SELECT site_id, on_date FROM touched_day)"
# Bounded by days besides, so that an import of a few months reads no others.
_TOUCHED_MONTHS = f"""
    AND s.on_date >= (SELECT min({MONTH_OF}) FROM touched_day)
    AND s.on_date < (SELECT max({MONTH_OF}) FROM touched_day) + interval '1 month'
    AND (s.site_id, (s.on_date - (extract(day FROM s.on_date)::integer - 1))) IN (SELECT DISTINCT site_id, {MONTH_OF} FROM touched_day)"""


def rebuild_touched(scope: Scope, db: Session, view: FactView, *, many: bool, anew: bool = False) -> None:
    """Judge the touched courses again and count the touched cells again, both tiers. The caller holds the network's lock.

    many: so much is touched that the planner must be told of the new places before sessions are joined with them.
    anew: everything is touched, so what is stored of the running totals is not built upon.
    """
    touched.add_days_of_courses(db, view.parameters)
    touched.add_days_of_completions(db, view.parameters)
    db.execute(text("ANALYZE touched_course"))
    db.execute(text("ANALYZE touched_day"))
    note_cohorts(db, view)
    note_clocks(scope, db)
    rebuild_spells(scope, db, view)
    if many:
        count_anew(db, *JUDGED)
    touched.add_days_of_completions(db, view.parameters)
    gathered = gather(db, view, "touched_session", _TOUCHED_MONTHS, view.parameters)
    for stem, cells, key, counts in TIERS:
        replace_days(scope, db, stem, cells(gathered, _TOUCHED), key + counts, view.parameters)
        replace_months(scope, db, stem, key, counts)
    _replace_spacing(db, gathered)
    _replace_terms(db, view)
    replace_affected(scope, db, gathered, anew=many)
    rebuild_progress(db, view, get_settings(scope, db))
    _replace_clocks(db, view)
    replace_totals(scope, db, anew=anew)
    _replace_cohorts(db, view)
    _replace_network_months(db, view)
    replace_design_effects(scope, db, view)


def _replace_spacing(db: Session, view: FactView) -> None:
    for table in SPACING_TABLES:
        names = ", ".join(table.columns)
        rows = table.rows(view, table.touched)
        for statement in (
            f"DELETE FROM {table.name} WHERE network_id = :network AND {table.stale}",
            f"INSERT INTO {table.name} (network_id, {names}) SELECT :network, {names} FROM ({rows}) c",
        ):
            db.execute(text(statement), view.parameters)


TERM_KEY = ("term", "site_id", "month", "asked_how")


def term_months(only: str = "") -> str:
    """The months of each term at each site, out of the month tiers; `only` narrows over alias `m`."""
    return f"""
        SELECT m.term, m.site_id, m.on_date AS month, m.asked_how, sum(m.sessions)::integer AS sessions FROM side_effect_month m
        WHERE m.network_id = :network AND m.asked_how <> '' {only} GROUP BY m.term, m.site_id, m.on_date, m.asked_how
        UNION ALL
        SELECT '', m.site_id, m.on_date, m.asked_how, sum(m.sessions)::integer FROM screening_month m
        WHERE m.network_id = :network {only} GROUP BY m.site_id, m.on_date, m.asked_how"""


def _replace_terms(db: Session, view: FactView) -> None:
    months = f"SELECT DISTINCT site_id, {MONTH_OF} FROM touched_day"
    for statement in (
        f"DELETE FROM term_month WHERE network_id = :network AND (site_id, month) IN ({months})",
        (
            f"INSERT INTO term_month (network_id, {', '.join(TERM_KEY)}, sessions) SELECT :network, t.*"
            f" FROM ({term_months(f'AND (m.site_id, m.on_date) IN ({months})')}) t"
        ),
    ):
        db.execute(text(statement), view.parameters)


CLOCKS = """
    SELECT site_id, max(day) AS data_through FROM (
        SELECT site_id, on_date AS day FROM session_day
            WHERE network_id = :network AND status IN ('completed', 'stopped_early', 'no_show')
        UNION ALL SELECT site_id, data_through FROM site_version
            WHERE network_id = :network AND superseded_by_batch_id IS NULL AND NOT withdrawn AND data_through IS NOT NULL
    ) d WHERE true {only} GROUP BY site_id"""
"""A site's data reach the last day on which something is known to have happened (a booking or a cancellation does not count),
or a later day that its sending system states."""


def _replace_clocks(db: Session, view: FactView) -> None:
    sites = "AND site_id IN (SELECT site_id FROM touched_day UNION SELECT site_id FROM touched_site)"
    for statement in (
        f"DELETE FROM site_clock WHERE network_id = :network {sites}",
        f"INSERT INTO site_clock (network_id, site_id, data_through) SELECT :network, c.* FROM ({CLOCKS.format(only=sites)}) c",
    ):
        db.execute(text(statement), view.parameters)


def _replace_cohorts(db: Session, view: FactView) -> None:
    """All start months of the touched sites, whose clocks may have moved: that decides how their courses stand."""
    sites = "(SELECT site_id FROM touched_day UNION SELECT site_id FROM touched_site UNION SELECT site_id FROM touched_cohort)"
    names = ", ".join(COHORT_COLUMNS)
    rows = cohort_rows(f"AND x.site_id IN {sites}")
    for statement in (
        f"DELETE FROM course_cohort WHERE network_id = :network AND site_id IN {sites}",
        f"INSERT INTO course_cohort (network_id, {names}) SELECT :network, {names} FROM ({rows}) c",
    ):
        db.execute(text(statement), view.parameters)


def _replace_network_months(db: Session, view: FactView) -> None:
    months = f"SELECT DISTINCT {MONTH_OF} FROM touched_day"
    cells = network_months(view, f"AND (s.on_date - (extract(day FROM s.on_date)::integer - 1)) IN ({months})")
    for statement in (
        f"DELETE FROM network_month WHERE network_id = :network AND month IN ({months})",
        (
            f"INSERT INTO network_month (network_id, month, measure, stratum, {', '.join(LINE_COUNTS)})"
            f" SELECT :network, c.* FROM ({cells}) c"
        ),
    ):
        db.execute(text(statement), view.parameters)
