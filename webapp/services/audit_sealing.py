"""Sealing: every event of the audit trail becomes a link of its network's chain, soon after it was written."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.audit_chain import Event, Head, seal
from webapp.domain.scope import Scope
from webapp.queries.audit_chain import fetch_unsealed, get_head
from webapp.services import people
from webapp.services.audit import PLATFORM
from webapp.transactions import unit_of_work

AT_ONCE = 5_000
LOOKED_BACK = timedelta(days=2)
"""No transaction stays open for so long, so nothing older than this before the newest seal can still come into sight."""


def seal_every_network(now: datetime) -> int:
    """Seal what is new in every network, and what is of none; returns how many events."""
    canaries = [network_id for network_id, _ in people.fetch_canary_networks()]
    every = (PLATFORM, *people.fetch_network_ids(), *canaries)
    return sum(seal_network(people.network_scope(found), now) for found in every)


def seal_network(scope: Scope, now: datetime) -> int:
    """Seal what is new in this one; returns how many events."""
    sealed = 0
    while (more := _seal_some(scope, now)) > 0:
        sealed += more
    return sealed


def _seal_some(scope: Scope, now: datetime) -> int:
    with unit_of_work(scope) as db:
        _lock(scope, db)
        head = get_head(scope, db)
        events = fetch_unsealed(scope, db, _since(scope, db, now), AT_ONCE)
        _append(scope, db, head, events, now)
        return len(events)


def _lock(scope: Scope, db: Session) -> None:
    """One sealer at a time; imports, which lock the network by another number, go on."""
    db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:network, 2))"), {"network": str(scope.network_id)})


def _since(scope: Scope, db: Session, now: datetime) -> datetime:
    """From where on an event may be without a seal; a clock that once ran ahead must not hide what came after."""
    newest = db.execute(
        text(
            "SELECT e.at FROM audit_seal s JOIN audit_event e ON e.network_id = s.network_id AND e.number = s.event_number"
            " WHERE s.network_id = :network ORDER BY s.place DESC LIMIT 1"
        ),
        {"network": scope.network_id},
    ).scalar()
    return min(newest, now) - LOOKED_BACK if newest else datetime.min.replace(tzinfo=UTC)


def _append(scope: Scope, db: Session, head: Head, events: list[Event], now: datetime) -> None:
    rows = []
    for event in events:
        head = seal(head, event)
        rows.append(
            {"network": scope.network_id, "place": head.place, "number": event.number, "hash": head.hash, "at": now}
        )
    if rows:
        db.execute(
            text(
                "INSERT INTO audit_seal (network_id, place, event_number, hash, sealed_at)"
                " VALUES (:network, :place, :number, :hash, :at)"
            ),
            rows,
        )
