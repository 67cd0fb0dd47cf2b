"""Design effects: estimated anew with each import, over the last year of the network's sessions.

Each is stored with the sums that it follows from: a change of few verdicts moves those, see `webapp.services.verdict_effects`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intervals import design_effect_of_sums
from webapp.domain.scope import Scope
from webapp.queries.fact_cells import FactView, screened_sql, sessions_sql
from webapp.services.gathering import gather

WINDOW = timedelta(days=365)
SPANS = {"month": "(extract(year FROM on_date) * 12 + extract(month FROM on_date))::integer", "year": "0"}
"""What makes a cluster beside the patient: the month, or nothing."""
SINCE = "AND s.on_date > :since"
MEASURES = ("side_effect_rate", "screening_coverage", "no_show_rate")
EFFECT_COLUMNS = (
    *("measure", "stratum", "span", "since_on", "clusters"),
    *("observed", "hits", "hits_squared", "hits_by_size", "size_squared", "value"),
)


class Sums(NamedTuple):
    """What a design effect follows from, as `design_effect_of_sums` takes it, in whole numbers."""

    clusters: int
    observed: int
    hits: int
    hits_squared: int
    hits_by_size: int
    size_squared: int


Effects = Mapping[tuple[str, str, str], Sums]
"""By measure, stratum and span."""

# Per cluster: how many sessions were observed, and how many of them had the event; then the sums that the estimate needs.
_SUMS = """
    WITH observed AS ({observed}), sizes AS (SELECT patient_id, part, count(*) AS n FROM observed GROUP BY patient_id, part),
    events AS ({events})
    SELECT e.stratum, (SELECT count(*) FROM sizes), (SELECT sum(n) FROM sizes), sum(e.x), sum(e.x * e.x), sum(e.x * z.n),
        (SELECT sum(n * n) FROM sizes)
    FROM events e JOIN sizes z ON z.patient_id = e.patient_id AND z.part = e.part GROUP BY e.stratum"""


def effect_sums(view: FactView, part: str, only: str = "") -> dict[str, str]:
    """Measure id -> the statement that gives its sums, one row a stratum. only: narrows over alias `s`."""
    screened = (
        f"SELECT patient_id, session_id, {part} AS part FROM ({screened_sql(view, only)}) f WHERE f.asked_how <> ''"
    )
    effects = f"""
        SELECT o.patient_id, o.part, coalesce(e.term, 'any') AS stratum, count(DISTINCT o.session_id) AS x
        FROM observed o JOIN side_effect_version e ON e.session_id = o.session_id AND {view.current("e")}
        GROUP BY GROUPING SETS ((o.patient_id, o.part, e.term), (o.patient_id, o.part))"""
    covered = f"SELECT patient_id, {part} AS part, asked_how <> '' AS hit FROM ({screened_sql(view, only)}) f"
    kept = f"""
        SELECT patient_id, {part} AS part, status = 'no_show' AS hit FROM ({sessions_sql(view, only)}) f
        WHERE f.delivered OR f.status = 'no_show' OR f.late_cancelled"""
    hits = "SELECT patient_id, part, '' AS stratum, count(*) FILTER (WHERE hit) AS x FROM observed GROUP BY patient_id, part"
    statements = (
        _SUMS.format(observed=screened, events=effects),
        _SUMS.format(observed=covered, events=hits),
        _SUMS.format(observed=kept, events=hits),
    )
    return dict(zip(MEASURES, statements, strict=True))


def replace_design_effects(scope: Scope, db: Session, view: FactView) -> None:
    """Estimate the design effects of what is seen in a session again. Without any data there is none, and 1 stands for it."""
    forget_effects(scope, db, MEASURES)
    since = window_start(scope, db)
    if since is not None:
        recent = gather(db, view, "recent_session", SINCE, {**view.parameters, "since": since})
        store_effects(scope, db, since, fetch_effects(scope, db, recent, since))


def fetch_effects(scope: Scope, db: Session, view: FactView, since: date) -> Effects:
    """The sums over the sessions after that day, as the facts stand."""
    found = {}
    values = {**view.parameters, "network": scope.network_id, "since": since}
    for span, part in SPANS.items():
        for measure, statement in effect_sums(view, part, SINCE).items():
            for stratum, *sums in db.execute(text(statement), values):
                found[measure, stratum, span] = Sums(*(int(value) for value in sums))
    return found


def window_start(scope: Scope, db: Session) -> date | None:
    """The day after which sessions are looked at: a year before the newest data of any site; None without any."""
    newest: date | None = db.execute(
        text("SELECT max(data_through) FROM site_clock WHERE network_id = :network"), {"network": scope.network_id}
    ).scalar()
    return newest - WINDOW if newest else None


def forget_effects(scope: Scope, db: Session, measures: Iterable[str]) -> None:
    """Take away what is stored of these measures."""
    statement = "DELETE FROM design_effect WHERE network_id = :network AND measure = ANY (:measures)"
    db.execute(text(statement), {"network": scope.network_id, "measures": list(measures)})


def store_effects(scope: Scope, db: Session, since: date, effects: Effects) -> None:
    """Store what follows from the sums, in the place of what was forgotten."""
    rows = effect_rows(since, effects)
    names = ", ".join(EFFECT_COLUMNS)
    bound = ", ".join(f":{name}" for name in EFFECT_COLUMNS)
    statement = f"INSERT INTO design_effect (network_id, {names}) VALUES (:network, {bound})"
    if rows:
        values = {"network": scope.network_id}
        db.execute(text(statement), [{**values, **dict(zip(EFFECT_COLUMNS, row, strict=True))} for row in rows])


def effect_rows(since: date, effects: Effects) -> list[tuple[object, ...]]:
    """The rows of `design_effect` in the order of `EFFECT_COLUMNS`."""
    return [
        (*key, since, *sums, design_effect_of_sums(sums.clusters, *(float(value) for value in sums[1:])))
        for key, sums in effects.items()
    ]
