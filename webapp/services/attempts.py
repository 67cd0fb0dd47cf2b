"""How often somebody without a name has tried a secret: failures are counted under keyed hashes, so that nobody is named."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import text

from webapp.transactions import of_nobody

WINDOW = timedelta(minutes=15)
MOST_FROM_AN_ADDRESS = 50


def key_of(words: str, secret: str) -> bytes:
    """What stands for an account or an address in the table of attempts."""
    return hmac.new(secret.encode(), words.encode(), hashlib.sha256).digest()


def are_too_many(limits: Sequence[tuple[bytes, int]], now: datetime) -> bool:
    """Whether under any of the keys as many have failed within the window as its limit allows."""
    with of_nobody() as db:
        return any(
            db.execute(
                text("SELECT count(*) FROM sign_in_attempt WHERE key = :key AND at > :since"),
                {"key": key, "since": now - WINDOW},
            ).scalar_one()
            >= most
            for key, most in limits
        )


def note_failure(keys: Sequence[bytes], now: datetime) -> None:
    """One more failure under each of the keys; what is older than the window is forgotten."""
    with of_nobody() as db:
        db.execute(text("DELETE FROM sign_in_attempt WHERE at < :before"), {"before": now - WINDOW})
        db.execute(
            text("INSERT INTO sign_in_attempt (id, key, at) VALUES (:id, :key, :now)"),
            [{"id": uuid4(), "key": key, "now": now} for key in keys],
        )
