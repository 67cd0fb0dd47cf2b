"""The queue that workers claim from: leases, attempts, back-off. Only the database's clock decides when a lease has ended.

A claim raises a token that no later claim repeats. Whoever holds an older one changes nothing any more: that is what makes a
worker that was thought dead harmless. The rows name a run and its network, and nothing else of it.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.transactions import of_dispatcher

log = logging.getLogger(__name__)

LEASE_SECONDS = 90
HEARTBEAT_SECONDS = 30.0
MOST_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 30
KEPT_DAYS = 2

REPORT = "report"
IMPORT = "import"
IMPORT_HERE = "import_here"
"""An import whose work is done by the command that received it, never by a worker."""
_HELD_FROM_THE_START = 0
"""The token of a run that its maker holds without having claimed it: smaller than that of every claim."""

_CLAIMABLE = (
    "(q.state = 'waiting' AND q.next_attempt_at <= now() OR q.state = 'running' AND q.lease_until < now())"
    f" AND q.attempts < {MOST_ATTEMPTS}"
)


class LeaseLost(Exception):
    """Another worker has taken the run over: whatever was made for it here must not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One run held under a lease. token: greater than that of every claim before it. attempts: this one included."""

    run_id: UUID
    network_id: UUID
    kind: str
    token: int
    attempts: int


def enter(scope: Scope, db: Session, kind: str, run_ids: Sequence[UUID]) -> None:
    """Queue runs of the scope's network, in the caller's transaction. Those that are queued already stay as they are."""
    db.execute(
        text(
            "INSERT INTO run_queue (run_id, network_id, kind, state, attempts, next_attempt_at, created_at)"
            " SELECT run_id, :network, :kind, 'waiting', 0, now(), now() FROM unnest(CAST(:runs AS uuid[])) AS run_id"
            " ON CONFLICT DO NOTHING"
        ),
        {"network": scope.network_id, "kind": kind, "runs": list(run_ids)},
    )


def hold(scope: Scope, db: Session, kind: str, run_id: UUID) -> None:
    """Enter a run, in the caller's transaction, that the caller does itself: no worker claims it.

    It has no further attempt: once its lease ends it can only be given up (`claim_exhausted`).
    """
    db.execute(
        text(
            "INSERT INTO run_queue (run_id, network_id, kind, state, attempts, lease_token, lease_until, next_attempt_at, created_at)"
            " VALUES (:run, :network, :kind, 'running', :attempts, :token, now() + make_interval(secs => :lease), now(), now())"
        ),
        {
            "run": run_id,
            "network": scope.network_id,
            "kind": kind,
            "attempts": MOST_ATTEMPTS,
            "token": _HELD_FROM_THE_START,
            "lease": LEASE_SECONDS,
        },
    )


def held_here(scope: Scope, kind: str, run_id: UUID) -> Claim:
    """The claim of whoever entered a run by `hold`."""
    return Claim(run_id, scope.network_id, kind, _HELD_FROM_THE_START, MOST_ATTEMPTS)


def claim(run_id: UUID | None = None, *, lease_seconds: int = LEASE_SECONDS) -> Claim | None:
    """Take that run, or else whichever has waited longest, network by network in turn; None when there is nothing to do.

    The attempt is counted here, before the work, so that work which kills its worker is counted too.
    """
    wished = _claim_where("AND q.run_id = :run", {"run": run_id}, lease_seconds) if run_id else None
    return wished or _claim_where("", {}, lease_seconds)


def _claim_where(only: str, values: dict[str, object], lease_seconds: int) -> Claim | None:
    # The network that was served longest ago comes first: a network with ten thousand runs delays another by one.
    statement = f"""
        UPDATE run_queue SET state = 'running', lease_token = nextval('lease_token'), attempts = attempts + 1,
            lease_until = now() + make_interval(secs => :lease)
        WHERE run_id = (
            SELECT q.run_id FROM run_queue q
            LEFT JOIN (SELECT network_id, max(lease_token) AS served FROM run_queue GROUP BY network_id) n USING (network_id)
            WHERE {_CLAIMABLE} {only}
            ORDER BY n.served NULLS FIRST, q.next_attempt_at, q.created_at, q.run_id
            LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
        RETURNING run_id, network_id, kind, lease_token, attempts"""
    with of_dispatcher() as db:
        row = db.execute(text(statement), {**values, "lease": lease_seconds}).one_or_none()
    return Claim(*row) if row else None


def renew(held: Claim, *, lease_seconds: int = LEASE_SECONDS) -> bool:
    """Prolong the lease; False when somebody else has taken the run over."""
    return _change(held, f"lease_until = now() + make_interval(secs => {int(lease_seconds)})")


def finish(held: Claim) -> bool:
    """Take a run off the queue that is done; False when it is no longer held."""
    return _change(held, "state = 'done', lease_until = NULL, reason = NULL")


def put_back(held: Claim, reason: str) -> bool:
    """Let a run that went wrong wait for another attempt, twice as long each time; False when it is no longer held."""
    pause = FIRST_PAUSE_SECONDS * 2 ** (held.attempts - 1)
    return _change(
        held,
        f"state = 'waiting', lease_until = NULL, next_attempt_at = now() + make_interval(secs => {pause}), reason = :reason",
        reason=reason,
    )


def give_up(held: Claim, reason: str) -> bool:
    """Try a run no more; its ledger must have been told before. False when it is no longer held."""
    return _change(held, "state = 'failed', lease_until = NULL, reason = :reason", reason=reason)


def _change(held: Claim, assignments: str, **values: object) -> bool:
    statement = f"UPDATE run_queue SET {assignments} WHERE run_id = :run AND lease_token = :token AND state = 'running' RETURNING 1"
    with of_dispatcher() as db:
        return db.execute(text(statement), {**values, "run": held.run_id, "token": held.token}).scalar() is not None


def reopen(run_ids: Sequence[UUID]) -> int:
    """Let runs be claimed again, from the first attempt, that the queue holds for ended but their ledger does not."""
    if not run_ids:
        return 0
    statement = (
        "UPDATE run_queue SET state = 'waiting', attempts = 0, next_attempt_at = now(), lease_until = NULL, reason = NULL"
        " WHERE run_id = ANY (:runs) AND state IN ('done', 'failed') RETURNING 1"
    )
    with of_dispatcher() as db:
        return len(db.execute(text(statement), {"runs": list(run_ids)}).all())


def claim_exhausted(kind: str | None = None) -> Claim | None:
    """Take a run whose last allowed attempt ended without a word, so that it can be given up; None when there is none.

    kind: only such a run.
    """
    statement = f"""
        UPDATE run_queue SET state = 'running', lease_token = nextval('lease_token'),
            lease_until = now() + make_interval(secs => {LEASE_SECONDS})
        WHERE run_id = (
            SELECT run_id FROM run_queue WHERE attempts >= {MOST_ATTEMPTS}
            AND (state = 'running' AND lease_until < now() OR state = 'waiting')
            AND kind = coalesce(CAST(:kind AS text), kind)
            ORDER BY next_attempt_at, run_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING run_id, network_id, kind, lease_token, attempts"""
    with of_dispatcher() as db:
        row = db.execute(text(statement), {"kind": kind}).one_or_none()
    return Claim(*row) if row else None


def fetch_unattended(limit: int) -> list[UUID]:
    """Runs that could be claimed now, longest waiting first: what beat's bell rings for again."""
    statement = f"SELECT q.run_id FROM run_queue q WHERE {_CLAIMABLE} ORDER BY q.next_attempt_at, q.run_id LIMIT :limit"
    with of_dispatcher() as db:
        return list(db.execute(text(statement), {"limit": limit}).scalars())


def forget_done() -> int:
    """Remove rows of runs that were done days ago; returns how many."""
    statement = (
        f"DELETE FROM run_queue WHERE state = 'done' AND created_at < now() - interval '{KEPT_DAYS} days' RETURNING 1"
    )
    with of_dispatcher() as db:
        return len(db.execute(text(statement)).all())


@contextmanager
def kept_alive(held: Claim, *, every_seconds: float = HEARTBEAT_SECONDS) -> Iterator[Event]:
    """Renew the lease from a thread for as long as the block runs. The event is set once the lease is lost."""
    lost, ended = Event(), Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the thread needs the application itself

    def beat() -> None:
        while not ended.wait(every_seconds):
            with app.app_context():
                try:
                    if not renew(held):
                        lost.set()
                        return
                except SQLAlchemyError:
                    log.warning("the lease of run %s could not be renewed; trying again", held.run_id, exc_info=True)

    thread = Thread(target=beat, name=f"lease-{held.token}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
