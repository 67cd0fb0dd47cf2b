"""What is told by rating scales: each rated course's progress, judged again where a course or a rating was touched, and its cells."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.settings import MeasureSettings
from webapp.queries.course_progress import PROGRESS_COLUMNS, progress_rows
from webapp.queries.fact_cells import FactView
from webapp.queries.response_cells import response_cells
from webapp.queries.response_keys import RESPONSE_COUNTS, RESPONSE_KEY
from webapp.services.staging import copy_rows

_TOUCHED = "AND x.course_id IN (SELECT course_id FROM touched_rated)"
_COHORTS = (
    "AND (x.site_id, CAST(date_trunc('month', x.start_on) AS date)) IN (SELECT site_id, month FROM touched_cohort)"
)


def note_cohorts(db: Session, view: FactView) -> None:
    """Take down the start months of the courses whose course or ratings were touched: before they are judged again, and after."""
    for statement in (
        "INSERT INTO touched_rated SELECT course_id FROM touched_course ON CONFLICT DO NOTHING",
        "ANALYZE touched_rated",
        (
            "INSERT INTO touched_cohort SELECT DISTINCT x.site_id, CAST(date_trunc('month', x.start_on) AS date)"
            f" FROM course_spell x WHERE x.network_id = :network {_TOUCHED} ON CONFLICT DO NOTHING"
        ),
    ):
        db.execute(text(statement), view.parameters)


def rebuild_progress(db: Session, view: FactView, settings: MeasureSettings) -> None:
    """After the spells were judged: the touched courses' progress, and the start months that were or are theirs."""
    note_cohorts(db, view)
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.new_course_progress",
        f"DELETE FROM course_progress x WHERE x.network_id = :network {_TOUCHED}",
        "CREATE TEMPORARY TABLE new_course_progress (LIKE course_progress) ON COMMIT DROP",
        "ALTER TABLE new_course_progress DROP COLUMN network_id",
    ):
        db.execute(text(statement), view.parameters)
    judged = list(progress_rows(db, view, settings, _TOUCHED))  # read before the copy takes the connection
    copy_rows(db, "new_course_progress", PROGRESS_COLUMNS, judged)
    names = ", ".join(PROGRESS_COLUMNS)
    key = ", ".join(RESPONSE_KEY + RESPONSE_COUNTS)
    for statement in (
        f"INSERT INTO course_progress (network_id, {names}) SELECT :network, {names} FROM new_course_progress",
        "DELETE FROM response_month WHERE network_id = :network AND (site_id, month) IN (SELECT site_id, month FROM touched_cohort)",
        f"INSERT INTO response_month (network_id, {key}) SELECT :network, {key} FROM ({response_cells(_COHORTS, _COHORTS)}) c",
    ):
        db.execute(text(statement), view.parameters)
