"""Design effects: estimated anew with each import, over the last year of the network's sessions."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intervals import design_effect_of_sums
from webapp.queries.fact_cells import FactView, screened_sql, sessions_sql

WINDOW = timedelta(days=365)
_SINCE = "AND s.on_date > :since"

# Per patient: how many sessions were observed, and how many of them had the event; then the sums that the estimate needs.
_SUMS = """
    WITH observed AS ({observed}), sizes AS (SELECT patient_id, count(*) AS n FROM observed GROUP BY patient_id),
    events AS ({events})
    SELECT e.stratum, (SELECT count(*) FROM sizes), (SELECT sum(n) FROM sizes), sum(e.x), sum(e.x * e.x), sum(e.x * z.n),
        (SELECT sum(n * n) FROM sizes)
    FROM events e JOIN sizes z ON z.patient_id = e.patient_id GROUP BY e.stratum"""


def _measures(view: FactView) -> dict[str, str]:
    """Measure id -> the statement that gives its sums, one row a stratum."""
    screened = f"SELECT patient_id, session_id FROM ({screened_sql(view, _SINCE)}) f WHERE f.asked_how <> ''"
    effects = f"""
        SELECT o.patient_id, coalesce(e.term, 'any') AS stratum, count(DISTINCT o.session_id) AS x
        FROM observed o JOIN side_effect_version e ON e.session_id = o.session_id AND {view.current("e")}
        GROUP BY GROUPING SETS ((o.patient_id, e.term), (o.patient_id))"""
    covered = f"SELECT patient_id, asked_how <> '' AS hit FROM ({screened_sql(view, _SINCE)}) f"
    kept = f"""
        SELECT patient_id, status = 'no_show' AS hit FROM ({sessions_sql(view, _SINCE)}) f
        WHERE f.delivered OR f.status = 'no_show' OR f.late_cancelled"""
    hits = "SELECT patient_id, '' AS stratum, count(*) FILTER (WHERE hit) AS x FROM observed GROUP BY patient_id"
    return {
        "side_effect_rate": _SUMS.format(observed=screened, events=effects),
        "screening_coverage": _SUMS.format(observed=covered, events=hits),
        "no_show_rate": _SUMS.format(observed=kept, events=hits),
    }


def replace_design_effects(db: Session, view: FactView) -> None:
    """Estimate every design effect of the network again. Without any data there is none, and 1 stands for it."""
    newest: date | None = db.execute(
        text("SELECT max(data_through) FROM site_clock WHERE network_id = :network"), view.parameters
    ).scalar()
    db.execute(text("DELETE FROM design_effect WHERE network_id = :network"), view.parameters)
    if newest is None:
        return
    values = {**view.parameters, "since": newest - WINDOW}
    for measure, statement in _measures(view).items():
        for stratum, *sums in db.execute(text(statement), values).all():
            m, *others = (float(value) for value in sums)
            effect = design_effect_of_sums(int(m), *others)
            db.execute(
                text(
                    "INSERT INTO design_effect (network_id, measure, stratum, since_on, patients, value)"
                    " VALUES (:network, :measure, :stratum, :since, :patients, :value)"
                ),
                {**values, "measure": measure, "stratum": stratum, "patients": int(m), "value": effect},
            )
