"""Reports whose days an import touches are marked in the import's own transaction, so that none is forgotten."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope


def mark_touched(scope: Scope, db: Session, now: datetime) -> None:
    """Mark what counts a day of `touched_day`: reports of that site, and of the network, whose period ends after it.

    One that is being made just now may have been read before this import. What was found when such a report was last looked at no
    longer says anything of it.
    """
    db.execute(
        text(
            "UPDATE report_run r SET review_since = :now, reviewed_version = NULL WHERE r.network_id = :network"
            " AND r.state IN ('stored', 'delivered', 'running') AND EXISTS (SELECT 1 FROM touched_day t"
            " WHERE (t.site_id = r.site_id OR r.site_id IS NULL) AND t.on_date < r.period_end)"
        ),
        {"network": scope.network_id, "now": now},
    )
