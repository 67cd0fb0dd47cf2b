"""The network's own line beside one site's: shown only where enough other sites and patients stand behind it."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings

_OWN_PATIENTS = """
    SELECT count(DISTINCT c.patient_id) FROM session_version s
    JOIN course_version c ON c.network_id = s.network_id AND c.course_id = s.course_id AND c.superseded_by_batch_id IS NULL
    WHERE s.network_id = :network AND s.site_id = :site AND s.superseded_by_batch_id IS NULL AND s.on_date >= m.month
        AND s.on_date < CAST(m.month + interval '1 month' AS date)"""


def fetch_network_line(
    scope: Scope, db: Session, settings: MeasureSettings, measure: str, stratum: str, site_id: UUID, period: Period
) -> dict[date, float]:
    """The network's share by month, without the months in which the line would give the other sites' patients away."""
    rows = db.execute(
        text(
            "SELECT m.month, m.numerator, m.denominator FROM network_month m WHERE m.network_id = :network"
            " AND m.measure = :measure AND m.stratum = :stratum AND m.month >= :start AND m.month < :end"
            f" AND m.sites - 1 >= :sites AND m.patients - ({_OWN_PATIENTS}) >= :patients AND m.denominator > 0"
        ),
        {
            "network": scope.network_id,
            "measure": measure,
            "stratum": stratum,
            "site": site_id,
            "start": period.start_on,
            "end": period.end_on,
            "sites": settings.min_other_sites,
            "patients": settings.min_cell,
        },
    )
    return {month: k / n for month, k, n in rows}
