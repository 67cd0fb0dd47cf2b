"""From which day on a write changes what stored reports may say: noted in its own transaction, so that no report is forgotten.

Nothing is written to a report's own row: what is touched is held against the data version that a report was read at, whether it was
stored already, was being made just then, or was not even entered.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope

MOVED_CLOCKS = """SELECT site_id, CASE WHEN b.data_through IS NULL OR k.data_through IS NULL THEN CAST('-infinity' AS date)
        ELSE least(b.data_through, k.data_through) END AS on_date FROM clock_before b
    FULL JOIN (SELECT site_id, data_through FROM site_clock WHERE network_id = :network) k USING (site_id)
    WHERE b.data_through IS DISTINCT FROM k.data_through"""
"""The sites whose clock an import moved, each with the earlier of its two days: courses that were open after it may have ended since.
Where a clock appears or vanishes, every day. The clocks before are those of `webapp.services.running_totals.note_clocks`."""

_NOTE = """
    WITH fresh AS (SELECT d.site_id, min(d.on_date) AS first_on FROM ({days}) d GROUP BY d.site_id),
    covered AS (DELETE FROM report_touch t USING fresh f
        WHERE t.network_id = :network AND t.site_id = f.site_id AND t.first_on > f.first_on)
    INSERT INTO report_touch (network_id, site_id, first_on, data_version)
    SELECT n.id, f.site_id, f.first_on, n.data_version + 1 FROM fresh f JOIN network n ON n.id = :network
    ON CONFLICT (network_id, site_id, first_on) DO UPDATE SET data_version = excluded.data_version"""


def note_touched(scope: Scope, db: Session, days: str) -> None:
    """Note of each touched site its first touched day, under the data version that this transaction will have.

    days: a query, put together from constants, of site_id and on_date. What was noted of later days is covered by it and goes, so
    that a site has few rows however often it is imported. The caller holds the network's lock.
    """
    db.execute(text(_NOTE.format(days=days)), {"network": scope.network_id})
