"""An import by a command, which does the work in its own process.

The batch is held under a lease from its first row on. A command that is killed stops renewing it; the next ring of beat's bell, or
the next import by a command, then says in the batch that it was broken off. Its rows were never committed, so none is stored.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.scope import Scope
from webapp.services import import_batches, people, queued_work, run_queue
from webapp.services.import_batches import BROKEN_OFF, Clock, SentFile
from webapp.services.import_ledger import Progress
from webapp.services.queued_work import Kind
from webapp.services.run_queue import IMPORT_HERE, Claim


def note_broken_off(held: Claim, _reason: str, _final: bool) -> None:
    """Say in the batch that whoever worked on it is gone."""
    import_batches.abandon(people.network_scope(held.network_id), held.run_id)


KINDS: Mapping[str, Kind] = {IMPORT_HERE: Kind(import_batches.make, note_broken_off)}


def import_here(
    scope: Scope,
    files: Sequence[SentFile],
    mapping: ColumnMapping,
    accept_good_rows: bool,
    clock: Clock,
    progress: Progress,
    snapshot: Snapshot | None = None,
) -> UUID:
    """Receive a batch and work on it; returns its id once it is settled. One that breaks off is marked as failed."""
    queued_work.give_up_exhausted(KINDS, kind=IMPORT_HERE)
    batch_id = import_batches.receive(
        scope, files, mapping, accept_good_rows, clock(), snapshot=snapshot, queue=False, hold=True
    )
    held = run_queue.held_here(scope, IMPORT_HERE, batch_id)
    try:
        with run_queue.kept_alive(held):
            import_batches.work(scope.network_id, batch_id, clock, progress)
    except BaseException:
        import_batches.abandon(scope, batch_id)
        run_queue.give_up(held, BROKEN_OFF)
        raise
    run_queue.finish(held)
    return batch_id
