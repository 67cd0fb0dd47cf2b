"""Signing in and out: a random token in the browser, its hash in the database, and a bound on guessing."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from werkzeug.security import check_password_hash, generate_password_hash

from webapp.domain.errors import BadInput, NotAllowed
from webapp.queries.people import token_hash
from webapp.services import audit
from webapp.services.attempts import MOST_FROM_AN_ADDRESS, are_too_many, key_of, note_failure
from webapp.transactions import of_nobody

HASH_METHOD = "scrypt:32768:8:1"
WRONG = "The e-mail address and the password do not belong together. Check both and try again."
TOO_MANY = "Too many attempts. Wait 15 minutes and try again."
_MOST = (5, MOST_FROM_AN_ADDRESS)
"""Failures of one account from one address, and of any account from it."""
_SEEN_EVERY = timedelta(seconds=30)
_NOBODY = (
    "scrypt:32768:8:1$0PSUikVWfUqW2m3k$03d760d7eae51053"
    "4a04e3ea197812b8d7aed172192045d3af085e7356fc73d8a16ae7a2b8adb7cac5ee773a1ddbcb0ebc706de1e2fd01dd8f2942d497520d25"
)
"""Stored as a password is, of one that was drawn at random and thrown away: a name that nobody has takes as long to refuse."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just opened: the token goes into the browser's cookie and is kept nowhere else."""

    token: str
    user_id: UUID


def hash_password(password: str) -> str:
    """The stored form of a password (scrypt). Raises BadInput for one of fewer than 12 characters."""
    if len(password) < 12:
        raise BadInput("A password needs at least 12 characters.")
    return generate_password_hash(password, HASH_METHOD)


def sign_in(email: str, password: str, address: str, now: datetime, secret: str) -> NewSession:
    """Open a session for whoever knows the password.

    An unknown address costs the same time and gives the same sentence as a wrong password. Raises NotAllowed.
    """
    email = email.strip().lower()
    keys = _attempt_keys(email, address, secret)
    if are_too_many(tuple(zip(keys, _MOST, strict=True)), now):
        audit.platform_event("sign_in", "throttled", "refused")
        raise NotAllowed(TOO_MANY)
    with of_nobody() as db:
        row = db.execute(
            text("SELECT id, password_hash, is_active, authz_version FROM user_account WHERE email = :email"),
            {"email": email},
        ).one_or_none()
    known = check_password_hash(row.password_hash if row else _NOBODY, password)
    if row is None or not known or not row.is_active:
        note_failure(keys, now)
        audit.platform_event("sign_in", "wrong password or address", "refused", row.id if row else None)
        raise NotAllowed(WRONG)
    audit.platform_event("sign_in", "session", "done", row.id)
    return NewSession(_open(row.id, row.authz_version, now, secret), row.id)


def _open(user_id: UUID, authz_version: int, now: datetime, secret: str) -> str:
    token = secrets.token_urlsafe(32)
    with of_nobody() as db:
        db.execute(
            text(
                "INSERT INTO login_session (token_hash, user_id, authz_version, created_at, last_seen_at)"
                " VALUES (:hash, :user, :authz, :now, :now)"
            ),
            {"hash": token_hash(token, secret), "user": user_id, "authz": authz_version, "now": now},
        )
    return token


def sign_out(hashed: bytes, user_id: UUID, now: datetime) -> None:
    """End a session on the server: a copied cookie is dead from here on."""
    with of_nobody() as db:
        db.execute(
            text("UPDATE login_session SET ended_at = :now WHERE token_hash = :hash AND ended_at IS NULL"),
            {"now": now, "hash": hashed},
        )
    audit.platform_event("sign_out", "session", "done", user_id)


def touch(hashed: bytes, last_seen_at: datetime, now: datetime) -> None:
    """Note that the person is active; at most one write in half a minute. last_seen_at: as read with the session."""
    if last_seen_at >= now - _SEEN_EVERY:
        return
    with of_nobody() as db:
        db.execute(
            text("UPDATE login_session SET last_seen_at = :now WHERE token_hash = :hash AND last_seen_at < :before"),
            {"now": now, "hash": hashed, "before": now - _SEEN_EVERY},
        )


def choose_network(hashed: bytes, network_id: UUID) -> None:
    """Remember which of their networks a person works in. The caller has checked that they belong to it."""
    with of_nobody() as db:
        db.execute(
            text("UPDATE login_session SET network_id = :network WHERE token_hash = :hash"),
            {"network": network_id, "hash": hashed},
        )


def _attempt_keys(email: str, address: str, secret: str) -> tuple[bytes, bytes]:
    """Of (account and address) and of the address."""
    return key_of(f"account {email} from {address}", secret), key_of(f"address {address}", secret)
