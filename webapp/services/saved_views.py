"""Keeping, choosing and removing one's own views. Another person's view reads like one that is not there."""

from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, NotFound
from webapp.domain.saved_views import MOST_VIEWS, checked_name
from webapp.domain.scope import Scope
from webapp.services import audit
from webapp.transactions import unit_of_work

MISSING = "There is no such view among yours."


def save_view(scope: Scope, name: str, path: str, *, is_default: bool = False) -> UUID:
    """Keep a page with its filters under a name; a view of that name is replaced. Returns its id.

    Raises BadInput for a name that cannot be kept, Conflict where there are too many already.
    """
    name = checked_name(name)
    with unit_of_work(scope) as db:
        _lock(scope, db)
        if is_default:
            _start_nowhere(scope, db)
        held = db.execute(
            text(
                "UPDATE saved_view SET path = :path, is_default = is_default OR :default"
                " WHERE network_id = :network AND user_id = :user AND name = :name RETURNING id"
            ),
            {**_own(scope), "name": name, "path": path, "default": is_default},
        ).scalar()
        view_id: UUID = held or _insert(scope, db, name, path, is_default)
        audit.record_within(scope, db, "save view", str(view_id), details={"default": is_default})
    return view_id


def start_with(scope: Scope, view_id: UUID | None) -> None:
    """Make one view the page that opens after signing in; None: the usual page. Raises NotFound for a view that is not one's own."""
    with unit_of_work(scope) as db:
        _lock(scope, db)
        _start_nowhere(scope, db)
        if view_id is not None:
            _change(scope, db, "UPDATE saved_view SET is_default = true", view_id)
        audit.record_within(scope, db, "start with view", str(view_id or "the usual page"))


def remove_view(scope: Scope, view_id: UUID) -> None:
    """Remove one of one's own views. Raises NotFound for any other."""
    with unit_of_work(scope) as db:
        _change(scope, db, "DELETE FROM saved_view", view_id)
        audit.record_within(scope, db, "remove view", str(view_id))


def _own(scope: Scope) -> dict[str, object]:
    return {"network": scope.network_id, "user": scope.user_id}


def _lock(scope: Scope, db: Session) -> None:
    """One person's clicks in two windows wait for each other: there is one default, and one view of a name."""
    statement = "SELECT pg_advisory_xact_lock(hashtextextended(:whose, 2))"
    db.execute(text(statement), {"whose": f"{scope.network_id}:{scope.user_id}"})


def _start_nowhere(scope: Scope, db: Session) -> None:
    statement = (
        "UPDATE saved_view SET is_default = false WHERE network_id = :network AND user_id = :user AND is_default"
    )
    db.execute(text(statement), _own(scope))


def _insert(scope: Scope, db: Session, name: str, path: str, is_default: bool) -> UUID:
    statement = "SELECT count(*) FROM saved_view WHERE network_id = :network AND user_id = :user"
    if db.execute(text(statement), _own(scope)).scalar_one() >= MOST_VIEWS:
        raise Conflict(f"You have kept {MOST_VIEWS} views; remove one that you no longer need, then save this one.")
    view_id = uuid4()
    db.execute(
        text(
            "INSERT INTO saved_view (network_id, id, user_id, name, path, is_default)"
            " VALUES (:network, :id, :user, :name, :path, :default)"
        ),
        {**_own(scope), "id": view_id, "name": name, "path": path, "default": is_default},
    )
    return view_id


def _change(scope: Scope, db: Session, verb: str, view_id: UUID) -> None:
    statement = f"{verb} WHERE network_id = :network AND user_id = :user AND id = :id RETURNING id"
    if db.execute(text(statement), {**_own(scope), "id": view_id}).scalar() is None:
        raise NotFound(MISSING)
