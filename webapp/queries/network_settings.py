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
    statement = """SELECT n.settings_version, s.key, s.value FROM network n
        LEFT JOIN (SELECT DISTINCT ON (key) key, value FROM network_setting WHERE network_id = :network
            AND changed_at <= coalesce(CAST(:known_at AS timestamptz), 'infinity') ORDER BY key, version DESC) s ON true
        WHERE n.id = :network"""
    rows = ask(db, statement, {"network": scope.network_id, "known_at": known_at})
    return settings_of(rows[0][0], {key: value for _, key, value in rows if key is not None})
