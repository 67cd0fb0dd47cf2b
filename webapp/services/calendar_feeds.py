"""The address at which a member's own calendar program asks what is due: made anew, ended, and ended with what it stood on."""

import secrets
from datetime import datetime

from sqlalchemy import text

from webapp.domain.scope import Scope
from webapp.queries.people import calendar_token_hash
from webapp.services import audit
from webapp.transactions import unit_of_work

TOKEN_BYTES = 32
MADE = "make a calendar address"
ENDED = "end a calendar address"


def make(scope: Scope, now: datetime) -> str:
    """A new address for whoever is asking; the one before, if any, is dead. Returns its token, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO calendar_feed (network_id, user_id, token_hash, authz_version, made_at)"
                " SELECT :network, u.id, :hash, u.authz_version, :now FROM user_account u WHERE u.id = :user"
                " ON CONFLICT (network_id, user_id) DO UPDATE SET token_hash = excluded.token_hash,"
                " authz_version = excluded.authz_version, made_at = excluded.made_at"
            ),
            {**_own(scope), "hash": calendar_token_hash(token), "now": now},
        )
        audit.record_within(scope, db, MADE, "reports due")
    return token


def end(scope: Scope) -> None:
    """End one's own address; nothing happens where there is none."""
    statement = "DELETE FROM calendar_feed WHERE network_id = :network AND user_id = :user RETURNING user_id"
    with unit_of_work(scope) as db:
        if db.execute(text(statement), _own(scope)).scalar() is not None:
            audit.record_within(scope, db, ENDED, "reports due")


def end_lapsed(scope: Scope, now: datetime) -> int:
    """End the addresses of those who are no members any more or can no longer sign in; returns how many.

    They open nothing from the moment of that change; ended here, none of them opens anything again if it is taken back.
    """
    with unit_of_work(scope) as db:
        holders = db.execute(text(_LAPSED), {"network": scope.network_id, "now": now}).scalars().all()
        for user_id in holders:
            audit.record_within(scope, db, ENDED, "reports due", details={"holder": str(user_id), "why": "lapsed"})
    return len(holders)


def _own(scope: Scope) -> dict[str, object]:
    return {"network": scope.network_id, "user": scope.user_id}


_LAPSED = """
DELETE FROM calendar_feed f WHERE f.network_id = :network AND NOT EXISTS (
    SELECT FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.network_id = f.network_id AND m.user_id = f.user_id AND m.revoked_at IS NULL
    AND (m.valid_until IS NULL OR m.valid_until > :now) AND u.is_active AND u.authz_version = f.authz_version
) RETURNING f.user_id
"""
