"""How alike a patient's sessions are in what they meet: the design effect of each criterion, stored with the sums it follows from.

An import has them summed over the last year, as the other design effects. A change of who was allowed to treat changes no session,
so that only the patients of the touched days are summed: once as judged before, once as judged now.
"""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.queries.fact_cells import FactView
from webapp.queries.session_standings import SessionStandings
from webapp.queries.session_verdicts import verdict_parameters, verdict_sums
from webapp.services.design_effects import SINCE, Effects, Sums, forget_effects, store_effects, window_start

MEASURE = "criteria_met"
_LIKE = "touched_like"


def replace_verdict_effects(scope: Scope, db: Session, settings: MeasureSettings, standings: SessionStandings) -> None:
    """Sum the last year again, whatever is stored. Without any data nothing is, and 1 stands for each."""
    forget_effects(scope, db, (MEASURE,))
    since = window_start(scope, db)
    if since is not None:
        store_effects(scope, db, since, fetch_verdict_effects(scope, db, settings, standings, since))


def adjust_verdict_effects(
    scope: Scope,
    db: Session,
    settings: MeasureSettings,
    touched: str,
    before: SessionStandings,
    after: SessionStandings,
) -> None:
    """Take out of the stored sums what the patients of the touched days add as judged before, and put in what they add now.

    touched: the table of (site_id, on_date) with every day on which a session is judged otherwise.
    """
    since = window_start(scope, db)
    if since is None:
        return
    view = _view(scope, settings)
    values = {**view.parameters, "since": since}
    db.execute(text(f"DROP TABLE IF EXISTS pg_temp.{_LIKE}"))
    db.execute(text(_patients_like(view, touched)), values)
    db.execute(text(f"ANALYZE {_LIKE}"))
    # A session without a course is a cluster of its own, and so found by its day.
    only = f"AND (s.course_id IN (SELECT course_id FROM {_LIKE}) OR (s.site_id, s.on_date) IN (SELECT site_id, on_date FROM {touched}))"
    was, now = (fetch_verdict_effects(scope, db, settings, one, since, only) for one in (before, after))
    if was != now:
        stored = _fetch_stored(scope, db)
        forget_effects(scope, db, (MEASURE,))
        store_effects(scope, db, since, {key: _moved(sums, was.get(key), now.get(key)) for key, sums in stored.items()})


def fetch_verdict_effects(
    scope: Scope, db: Session, settings: MeasureSettings, standings: SessionStandings, since: date, only: str = ""
) -> Effects:
    """The sums over delivered sessions after a day. only: narrows further, over alias `s`."""
    view = _view(scope, settings)
    statement = verdict_sums(view, standings, f"{SINCE} {only}")
    values = {**view.parameters, **verdict_parameters(settings, standings), "since": since}
    rows = db.execute(text(statement), values)
    return {(MEASURE, name, span): Sums(*(int(value) for value in sums)) for span, name, *sums in rows}


def _patients_like(view: FactView, touched: str) -> str:
    """Every course of the patients who were treated on a touched day of the window, as a temporary table."""
    return f"""
        CREATE TEMPORARY TABLE {_LIKE} ON COMMIT DROP AS
        WITH here AS (SELECT DISTINCT s.course_id FROM {touched} t JOIN session_version s ON s.site_id = t.site_id
            AND s.on_date = t.on_date WHERE {view.current("s")} AND s.status IN ('completed', 'stopped_early') {SINCE})
        SELECT c.course_id FROM course_version c WHERE {view.current("c")} AND c.patient_id IN
            (SELECT p.patient_id FROM here h JOIN course_version p ON p.course_id = h.course_id AND {view.current("p")})"""


def _view(scope: Scope, settings: MeasureSettings) -> FactView:
    return FactView(scope.network_id, settings.late_cancel_hours)


def _fetch_stored(scope: Scope, db: Session) -> Effects:
    names = ", ".join(Sums._fields)
    statement = (
        f"SELECT measure, stratum, span, {names} FROM design_effect WHERE network_id = :network AND measure = :measure"
    )
    rows = db.execute(text(statement), {"network": scope.network_id, "measure": MEASURE})
    return {(measure, stratum, span): Sums(*sums) for measure, stratum, span, *sums in rows}


def _moved(stored: Sums, was: Sums | None, now: Sums | None) -> Sums:
    """A criterion that applies to none of the patients' sessions moves nothing."""
    if was is None or now is None:
        return stored
    return Sums(*(one - before + after for one, before, after in zip(stored, was, now, strict=True)))
