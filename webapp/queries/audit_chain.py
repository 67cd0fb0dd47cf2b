"""Reading one network's audit chain: its links in order, its head, and the events that no seal covers yet."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.audit_chain import START, Event, Head, Link
from webapp.domain.scope import Scope

READ_AT_ONCE = 20_000

_FIELDS = "e.number, e.at, CAST(e.user_id AS text), e.role, e.action, e.object, e.outcome, CAST(e.details AS text)"

_SEALS = (
    "SELECT place, event_number, hash FROM audit_seal WHERE network_id = %(network)s AND place > %(after)s"
    " ORDER BY place LIMIT %(limit)s"
)
_EVENTS = f"SELECT {_FIELDS} FROM audit_event e WHERE e.network_id = %(network)s AND e.number = ANY (%(numbers)s)"

_UNSEALED = (
    "FROM audit_event e WHERE e.network_id = :network AND {when} AND NOT EXISTS"
    " (SELECT 1 FROM audit_seal s WHERE s.network_id = e.network_id AND s.event_number = e.number)"
)


def fetch_links(scope: Scope, db: Session) -> Iterator[Link]:
    """The chain from its beginning, read in portions by the driver itself: a million events need not fit into memory.

    The seals of a portion and then their events, each along its own key: joined, a million look-ups took twice as long.
    """
    driver: Any = db.connection().connection.driver_connection
    values: dict[str, Any] = {"network": scope.network_id, "after": 0, "limit": READ_AT_ONCE}
    with driver.cursor(binary=True) as cursor:
        while seals := cursor.execute(_SEALS, values).fetchall():
            values["after"] = seals[-1][0]
            numbers = sorted(seal[1] for seal in seals)
            events = {row[0]: row for row in cursor.execute(_EVENTS, {**values, "numbers": numbers}).fetchall()}
            for place, number, hashed in seals:
                row = events.get(number)
                yield Link(place, number, hashed, Event(*row) if row is not None else None)


def get_head(scope: Scope, db: Session) -> Head:
    """Where the chain ends now."""
    row = db.execute(
        text("SELECT place, hash FROM audit_seal WHERE network_id = :network ORDER BY place DESC LIMIT 1"),
        {"network": scope.network_id},
    ).one_or_none()
    return Head(row[0], bytes(row[1])) if row else START


def fetch_unsealed(scope: Scope, db: Session, since: datetime, limit: int) -> list[Event]:
    """Events since then that no seal covers, oldest number first.

    A number is taken before its transaction commits, so that an event may come into sight after later ones were sealed.
    """
    rows: list[tuple[Any, ...]] = list(
        db.execute(
            text(f"SELECT {_FIELDS} {_UNSEALED.format(when='e.at >= :since')} ORDER BY e.number LIMIT :limit"),
            {"network": scope.network_id, "since": since, "limit": limit},
        )
    )
    return [Event(*row) for row in rows]


def count_unsealed(scope: Scope, db: Session, before: datetime) -> int:
    """How many events from before that instant no seal covers: none, while sealing goes on as it should."""
    counted = db.execute(
        text(f"SELECT count(*) {_UNSEALED.format(when='e.at < :before')}"),
        {"network": scope.network_id, "before": before},
    ).scalar_one()
    return int(counted)
