"""One ring of the bell: any number of them, at once or after days of silence, leaves the same ledger."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from webapp.services import (
    deliveries,
    kept_files,
    outbox,
    people,
    queued_work,
    report_making,
    report_runs,
    restatements,
    retention,
    run_queue,
    tracer_packets,
)
from webapp.services.queued_work import Kind

SWEEP_MINUTE = 20
ORPHAN_AGE = timedelta(hours=2)
RUNG_AT_ONCE = 100


def ring(kinds: Mapping[str, Kind], now: datetime) -> None:
    """Enter what is missing, give out what is made, send what was noted, ring again for what waits; once an hour, clear away."""
    report_runs.reconcile(now)
    deliveries.distribute(now)
    queued_work.give_up_exhausted(kinds)
    _send(now)
    outbox.ring_again(run_queue.fetch_unattended(RUNG_AT_ONCE))
    if restatements.review(now):  # last: it reads reports anew, which nobody's mail or report waits for
        _send(now)
    if now.minute == SWEEP_MINUTE:
        clear_away(now)


def _send(now: datetime) -> None:
    """Everything that the outbox holds."""
    while outbox.relay(now) == outbox.AT_ONCE:
        pass


def clear_away(now: datetime) -> None:
    """Remove what nothing refers to any more: sent messages, done queue rows, files without a run."""
    outbox.forget_sent()
    run_queue.forget_done()
    retention.remove_expired(now)
    for network_id in people.fetch_network_ids():
        report_making.sweep(network_id, now - ORPHAN_AGE)
        kept_files.sweep(people.network_scope(network_id), now - ORPHAN_AGE)
        tracer_packets.sweep(people.network_scope(network_id), now - ORPHAN_AGE)
