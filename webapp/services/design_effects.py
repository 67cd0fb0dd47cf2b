"""Design effects: estimated anew with each import, over the last year of the network's sessions."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intervals import design_effect_of_sums
from webapp.queries.fact_cells import FactView, screened_sql, sessions_sql
from webapp.services.gathering import gather

WINDOW = timedelta(days=365)
SPANS = {"month": "(extract(year FROM on_date) * 12 + extract(month FROM on_date))::integer", "year": "0"}
"""What makes a cluster beside the patient: the month, or nothing."""
_SINCE = "AND s.on_date > :since"

# Per cluster: how many sessions were observed, and how many of them had the event; then the sums that the estimate needs.
_SUMS = """
    WITH observed AS ({observed}), sizes AS (SELECT patient_id, part, count(*) AS n FROM observed GROUP BY patient_id, part),
    events AS ({events})
    SELECT e.stratum, (SELECT count(*) FROM sizes), (SELECT sum(n) FROM sizes), sum(e.x), sum(e.x * e.x), sum(e.x * z.n),
        (SELECT sum(n * n) FROM sizes)
    FROM events e JOIN sizes z ON z.patient_id = e.patient_id AND z.part = e.part GROUP BY e.stratum"""


def _measures(view: FactView, part: str) -> dict[str, str]:
    """Measure id -> the statement that gives its sums, one row a stratum."""
    screened = f"SELECT patient_id, session_id, {part} AS part FROM ({screened_sql(view)}) f WHERE f.asked_how <> ''"
    effects = f"""
        SELECT o.patient_id, o.part, coalesce(e.term, 'any') AS stratum, count(DISTINCT o.session_id) AS x
        FROM observed o JOIN side_effect_version e ON e.session_id = o.session_id AND {view.current("e")}
        GROUP BY GROUPING SETS ((o.patient_id, o.part, e.term), (o.patient_id, o.part))"""
    covered = f"SELECT patient_id, {part} AS part, asked_how <> '' AS hit FROM ({screened_sql(view)}) f"
    kept = f"""
        SELECT patient_id, {part} AS part, status = 'no_show' AS hit FROM ({sessions_sql(view)}) f
        WHERE f.delivered OR f.status = 'no_show' OR f.late_cancelled"""
    hits = "SELECT patient_id, part, '' AS stratum, count(*) FILTER (WHERE hit) AS x FROM observed GROUP BY patient_id, part"
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
    recent = gather(db, view, "recent_session", _SINCE, values)
    for span, part in SPANS.items():
        for measure, statement in _measures(recent, part).items():
            for stratum, *sums in db.execute(text(statement), values).all():
                m, *others = (float(value) for value in sums)
                named = {**values, "measure": measure, "stratum": stratum, "span": span}
                _insert(db, named, int(m), design_effect_of_sums(int(m), *others))


def _insert(db: Session, values: dict[str, object], clusters: int, effect: float) -> None:
    db.execute(
        text(
            "INSERT INTO design_effect (network_id, measure, stratum, span, since_on, clusters, value)"
            " VALUES (:network, :measure, :stratum, :span, :since, :clusters, :value)"
        ),
        {**values, "clusters": clusters, "value": effect},
    )
