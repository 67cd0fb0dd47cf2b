"""Who is signed in, and what they belong to."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role
from webapp.transactions import go_on_as, of_holder, of_nobody, of_person

IDLE_LIMIT = timedelta(minutes=15)
ABSOLUTE_LIMIT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's role in one network, with the sites they see there and the network's name."""

    network_id: UUID
    network_name: str
    role: Role
    site_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session on the server, and what its person belongs to."""

    user_id: UUID
    name: str
    email: str
    is_operator: bool
    network_id: UUID | None
    token_hash: bytes
    last_seen_at: datetime
    memberships: Sequence[Membership]


@dataclass(frozen=True, slots=True)
class CalendarHolder:
    """Whoever's calendar program asks, and what they are in the network of its address."""

    user_id: UUID
    membership: Membership


def token_hash(token: str, secret: str) -> bytes:
    """What the database keeps of a session's token: a keyed hash, so that a stolen table signs nobody in."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).digest()


def find_signed_in(token: str, now: datetime, secret: str) -> SignedIn | None:
    """The session behind a token, unless it was ended, has been idle or open too long, or the person's rights have changed."""
    hashed = token_hash(token, secret)
    with of_nobody() as db:
        row = db.execute(
            text(
                "SELECT u.id, u.name, u.email, u.is_operator, s.network_id, s.last_seen_at"
                " FROM login_session s JOIN user_account u ON u.id = s.user_id"
                " WHERE s.token_hash = :hash AND s.ended_at IS NULL AND u.is_active AND s.authz_version = u.authz_version"
                " AND s.last_seen_at > :idle AND s.created_at > :absolute"
            ),
            {"hash": hashed, "idle": now - IDLE_LIMIT, "absolute": now - ABSOLUTE_LIMIT},
        ).one_or_none()
        if row is None:
            return None
        go_on_as(db, row.id)
        memberships = _memberships(db, row.id, now)
    return SignedIn(row.id, row.name, row.email, row.is_operator, row.network_id, hashed, row.last_seen_at, memberships)


def calendar_token_hash(token: str) -> bytes:
    """What the database keeps of a calendar address: SHA-256 of its token, which is random and too long to be tried out."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def find_calendar_holder(token: str, now: datetime) -> CalendarHolder | None:
    """Whose calendar address holds the token, and what they are in its network now.

    None for a token that nobody has, and where the account or the membership has ended since, or the network is archived.
    """
    hashed = calendar_token_hash(token)
    with of_holder(hashed) as db:
        row = db.execute(
            text(
                "SELECT f.network_id, u.id FROM calendar_feed f JOIN user_account u ON u.id = f.user_id"
                " WHERE f.token_hash = :hash AND u.is_active AND u.authz_version = f.authz_version"
            ),
            {"hash": hashed},
        ).one_or_none()
        if row is None:
            return None
        go_on_as(db, row.id)
        memberships = _memberships(db, row.id, now)
    membership = next((each for each in memberships if each.network_id == row.network_id), None)
    return CalendarHolder(row.id, membership) if membership is not None else None


def fetch_memberships(user_id: UUID, now: datetime) -> list[Membership]:
    """The networks a person belongs to now, by name. Roles that see all sites get them listed too."""
    with of_person(user_id) as db:
        return _memberships(db, user_id, now)


def _memberships(db: Session, user_id: UUID, now: datetime) -> list[Membership]:
    """Within a transaction of the person, which goes on in one of their networks after the other."""
    statement = (
        "SELECT network_id, role FROM membership WHERE user_id = :user AND revoked_at IS NULL"
        " AND (valid_until IS NULL OR valid_until > :now)"
    )
    rows = db.execute(text(statement), {"user": user_id, "now": now}).all()
    found = [_membership(db, user_id, network_id, Role(role)) for network_id, role in rows]
    return sorted((m for m in found if m is not None), key=lambda m: m.network_name)


def _membership(db: Session, user_id: UUID, network_id: UUID, role: Role) -> Membership | None:
    """A membership with its network's name and sites; nothing of an archived network."""
    sites = "site" if role in WHOLE_NETWORK_ROLES else "membership_site"
    own = "" if role in WHOLE_NETWORK_ROLES else " AND user_id = :user"
    column = "id" if role in WHOLE_NETWORK_ROLES else "site_id"
    go_on_as(db, Scope(network_id, user_id, role, frozenset()))
    values = {"network": network_id, "user": user_id}
    name = db.execute(text("SELECT name FROM network WHERE id = :network AND archived_at IS NULL"), values).scalar()
    seen = db.execute(text(f"SELECT {column} FROM {sites} WHERE network_id = :network{own}"), values).scalars()
    return Membership(network_id, name, role, frozenset(seen)) if name is not None else None
