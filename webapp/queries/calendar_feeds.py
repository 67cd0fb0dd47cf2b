"""Whether whoever is asking has an address for their calendar program."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope


def find_made_at(scope: Scope, db: Session) -> datetime | None:
    """When one's own address was made; None where there is none that still opens anything."""
    made_at: datetime | None = db.execute(
        text(
            "SELECT f.made_at FROM calendar_feed f JOIN user_account u ON u.id = f.user_id"
            " WHERE f.network_id = :network AND f.user_id = :user AND u.authz_version = f.authz_version"
        ),
        {"network": scope.network_id, "user": scope.user_id},
    ).scalar()
    return made_at
