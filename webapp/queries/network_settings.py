"""The thresholds in force in a network."""

from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings, settings_of
from webapp.transactions import ask


def get_settings(scope: Scope, db: Session) -> MeasureSettings:
    """The network's own thresholds over the defaults, with the version that is printed beside what was computed."""
    values = {"network": scope.network_id}
    version = ask(db, "SELECT settings_version FROM network WHERE id = :network", values)[0][0]
    statement = "SELECT DISTINCT ON (key) key, value FROM network_setting WHERE network_id = :network ORDER BY key, version DESC"
    rows = ask(db, statement, values)
    return settings_of(version, {key: value for key, value in rows})
