"""The thresholds in force in a network."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings, settings_of
from webapp.transactions import ask


def get_settings(scope: Scope, db: Session, known_at: datetime | None = None) -> MeasureSettings:
    """The network's own thresholds over the defaults, with the version that is printed beside what was computed.

    known_at: those in force at that instant instead of now's; the version is now's all the same.
    """
    values = {"network": scope.network_id}
    version = ask(db, "SELECT settings_version FROM network WHERE id = :network", values)[0][0]
    statement = (
        "SELECT DISTINCT ON (key) key, value FROM network_setting WHERE network_id = :network"
        " AND changed_at <= coalesce(CAST(:known_at AS timestamptz), 'infinity') ORDER BY key, version DESC"
    )
    rows = ask(db, statement, {**values, "known_at": known_at})
    return settings_of(version, {key: value for key, value in rows})
