"""Where each site's clock stands: it stops where the site's data end."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.queries.cells import Selection
from webapp.transactions import ask


def fetch_clocks(scope: Scope, db: Session, selection: Selection) -> dict[UUID, date]:
    """By site the day asked for, or the last day that its data reach where that is earlier. Sites without any data are left out."""
    values = {"network": scope.network_id, "sites": list(scope.site_ids), "on": selection.on}
    statement = "SELECT site_id, LEAST(:on, data_through) FROM site_clock WHERE network_id = :network AND site_id = ANY (:sites)"
    view = selection.known
    if view is not None:
        values |= view.parameters
        statement = f"""SELECT site_id, LEAST(:on, max(day)) FROM (
            SELECT s.site_id, s.on_date AS day FROM session_version s WHERE {view.current("s")}
                AND s.status IN ('completed', 'stopped_early', 'no_show')
            UNION ALL SELECT v.site_id, v.data_through FROM site_version v WHERE {view.current("v")} AND v.data_through IS NOT NULL
            ) d WHERE site_id = ANY (:sites) GROUP BY site_id"""
    return {site_id: day for site_id, day in ask(db, statement, values)}
