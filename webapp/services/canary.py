"""The canary: workers leave a sign of life in the queue's server, so that a silence can be noticed."""

from datetime import datetime, timedelta

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError

KEY = "dripline:canary"
SILENCE = timedelta(minutes=3)
"""Workers that have done nothing for so long are taken for stuck: connected, perhaps, but not consuming."""


def sing(now: datetime) -> None:
    """Note that a worker did a task just now."""
    _server().set(KEY, now.isoformat())


def heard_at() -> datetime | None:
    """When a worker last did a task; None when that is not known."""
    try:
        kept = _server().get(KEY)
    except RedisError:
        return None
    return datetime.fromisoformat(kept.decode()) if isinstance(kept, bytes) else None


def is_silent(now: datetime) -> bool:
    """Whether the workers have been silent for too long."""
    heard = heard_at()
    return heard is None or now - heard > SILENCE


def _server() -> Redis:
    return Redis.from_url(str(current_app.config["REDIS_URL"]), socket_timeout=2, socket_connect_timeout=2)
