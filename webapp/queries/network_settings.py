"""The thresholds in force in a network."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings, settings_of


def get_settings(scope: Scope, db: Session) -> MeasureSettings:
    """The network's own thresholds over the defaults, with the version that is printed beside what was computed."""
    values = {"network": scope.network_id}
    version = db.execute(text("SELECT settings_version FROM network WHERE id = :network"), values).scalar_one()
    rows = db.execute(
        text(
            "SELECT DISTINCT ON (key) key, value FROM network_setting WHERE network_id = :network ORDER BY key, version DESC"
        ),
        values,
    )
    return settings_of(version, {key: value for key, value in rows})
