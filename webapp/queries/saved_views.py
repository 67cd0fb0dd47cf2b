"""The saved views of whoever asks: nobody sees another person's."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.saved_views import SavedView
from webapp.domain.scope import Scope


def fetch_saved_views(scope: Scope, db: Session) -> tuple[SavedView, ...]:
    """The person's own views in this network, by name."""
    rows = db.execute(
        text(
            "SELECT id, name, path, is_default FROM saved_view WHERE network_id = :network AND user_id = :user"
            " ORDER BY lower(name), id"
        ),
        {"network": scope.network_id, "user": scope.user_id},
    )
    return tuple(SavedView(*row) for row in rows)
