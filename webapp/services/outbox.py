"""The doorbell: messages are rows first, written with what makes them due, and rung only after that is committed.

A message carries a run id and nothing else. Losing every message loses nothing: beat's bell rings again for what waits.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from celery import Celery
from flask import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope
from webapp.transactions import of_dispatcher

log = logging.getLogger(__name__)

WORK = "dripline.work"
WORK_QUEUE = "dripline.work"
BELL_QUEUE = "dripline.bell"
"""Tick and canary have a queue of their own, so that a month end's reports do not make the workers look dead."""

AT_ONCE = 200
KEPT_DAYS = 1
QUICK_TO_GIVE_UP = {
    "max_retries": 0,
    "connect_retries_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
"""A web request must not wait for a queue that is down: the row stays and is sent later."""

NOT_REACHED = (KombuError, RedisError, OSError)


def ring(scope: Scope, db: Session, subject_ids: Sequence[UUID], now: datetime, task: str = WORK) -> None:
    """Note, in the caller's transaction, that workers are to be told of these runs."""
    db.execute(
        text(
            "INSERT INTO outbox (network_id, task, subject_id, created_at)"
            " SELECT :network, :task, subject_id, :now FROM unnest(CAST(:subjects AS uuid[])) AS subject_id"
        ),
        {"network": scope.network_id, "task": task, "subjects": list(subject_ids), "now": now},
    )


def relay(now: datetime, limit: int = AT_ONCE) -> int:
    """Send what stands in the outbox, oldest first; returns how many were sent. Call it after the commit.

    A queue that does not answer is no error: the rows stay for the next call. A relay that dies between sending and noting it
    sends twice, which is harmless.
    """
    with of_dispatcher() as db:
        rows = db.execute(
            text(
                "SELECT id, task, subject_id FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
            ),
            {"limit": limit},
        ).all()
        sent = _send([(row.id, row.task, row.subject_id) for row in rows])
        if sent:
            db.execute(text("UPDATE outbox SET sent_at = :now WHERE id = ANY (:sent)"), {"now": now, "sent": sent})
    return len(sent)


def ring_again(subject_ids: Iterable[UUID]) -> int:
    """Send messages for runs that wait without one being on its way; returns how many were sent."""
    return len(_send([(place, WORK, subject) for place, subject in enumerate(subject_ids)]))


def forget_sent() -> int:
    """Remove rows that were sent days ago; returns how many."""
    statement = (
        f"DELETE FROM outbox WHERE sent_at IS NOT NULL AND created_at < now() - interval '{KEPT_DAYS} days' RETURNING 1"
    )
    with of_dispatcher() as db:
        return len(db.execute(text(statement)).all())


def _send(messages: Sequence[tuple[int, str, UUID]]) -> list[int]:
    """Publish; returns the numbers of those that were taken, up to the first that was not."""
    sent: list[int] = []
    if not messages:
        return sent
    try:
        with _bell().connection_for_write() as connection:
            for number, task, subject_id in messages:
                _bell().send_task(
                    task,
                    args=[str(subject_id)],
                    queue=WORK_QUEUE,
                    connection=connection,
                    retry=False,
                    ignore_result=True,
                )
                sent.append(number)
    except NOT_REACHED as error:
        log.warning(
            "the queue does not answer (%s); %d messages wait in the outbox",
            type(error).__name__,
            len(messages) - len(sent),
        )
    return sent


def _bell() -> Celery:
    """A client that knows the broker and no task: work is named, never imported."""
    client: Celery | None = current_app.extensions.get("bell")
    if client is None:
        client = Celery("dripline", broker=str(current_app.config["REDIS_URL"]), set_as_current=False)
        client.conf.update(
            task_serializer="json",
            task_ignore_result=True,
            broker_connection_timeout=2,
            broker_transport_options=QUICK_TO_GIVE_UP,
        )
        current_app.extensions["bell"] = client
    return client
