"""The audit trail: who did, read or was refused what. Written on a connection of its own, so that it outlives a rollback."""

import json
from typing import Any
from uuid import UUID

from flask import g, has_request_context
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services.clock import now
from webapp.transactions import unit_of_work

PLATFORM = UUID(int=0)
"""The network under which events of no network stand, such as a failed sign-in."""

_INSERT = text(
    "INSERT INTO audit_event (network_id, at, user_id, role, action, object, outcome, details)"
    " VALUES (:network, :at, :user, :role, :action, :object, :outcome, CAST(:details AS jsonb))"
)


def record(
    scope: Scope, action: str, subject: str, outcome: str = "done", details: dict[str, Any] | None = None
) -> None:
    """Take down one event of a person in a network. `subject` names the object; `details` hold keys, never clinical values."""
    _write(scope, scope.user_id, scope.role.value, action, subject, outcome, details)


def refused(user_id: UUID | None, network_id: UUID | None, role: Role | None, subject: str) -> None:
    """Take down that somebody stood before a door that is not theirs."""
    scope = Scope(network_id or PLATFORM, user_id or PLATFORM, role or Role.VIEWER, frozenset())
    _write(scope, user_id, role.value if role else None, "open", subject, "refused", None)


def platform_event(action: str, subject: str, outcome: str, user_id: UUID | None = None) -> None:
    """Take down an event of no network."""
    scope = Scope(PLATFORM, user_id or PLATFORM, Role.OPERATOR, frozenset())
    _write(scope, user_id, None, action, subject, outcome, None)


def record_within(
    scope: Scope, db: Session, action: str, subject: str, outcome: str = "done", details: dict[str, Any] | None = None
) -> None:
    """As `record`, in the transaction of the change itself: the one stands exactly when the other does."""
    db.execute(_INSERT, _values(scope, scope.user_id, scope.role.value, action, subject, outcome, details))


def _write(
    scope: Scope,
    user_id: UUID | None,
    role: str | None,
    action: str,
    subject: str,
    outcome: str,
    details: dict[str, Any] | None,
) -> None:
    with unit_of_work(scope) as db:
        db.execute(_INSERT, _values(scope, user_id, role, action, subject, outcome, details))
    if outcome == "refused" and has_request_context():
        g.refusal_noted = True


def refusal_is_noted() -> bool:
    """Whether this request has already taken down that it was refused."""
    return bool(g.get("refusal_noted", False))


def _values(
    scope: Scope,
    user_id: UUID | None,
    role: str | None,
    action: str,
    subject: str,
    outcome: str,
    details: dict[str, Any] | None,
) -> dict[str, object]:
    return {
        "network": scope.network_id,
        "at": now(),
        "user": user_id,
        "role": role,
        "action": action,
        "object": _writable(subject)[:500],
        "outcome": outcome,
        "details": json.dumps(details) if details is not None else None,
    }


def _writable(subject: str) -> str:
    """Whatever an address holds, as text that the database takes."""
    return subject.encode("utf-8", "replace").decode().replace("\0", "?")
