"""Data in: what is sent is kept whole, then checked, then stored whole or not at all.

`receive` keeps the files and enters the batch; `work` checks and stores it, in one transaction that holds the rows, the rejected
rows, the counted cells, the data version and the audit event. A batch that is worked on twice, or by two at once, ends the same.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.artifacts import StoredFile, file_store
from webapp.domain.errors import BadInput, NotAllowed
from webapp.domain.intake.csv_reading import SourceFile
from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.intake.translation import sort_files
from webapp.domain.pseudonyms import pseudonym
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState, Role
from webapp.queries.imports import ReceivedBatch, find_open_batch
from webapp.services import audit, outbox, people, run_queue
from webapp.services.facts import Batch, StoredCount
from webapp.services.import_check import Checked, check_batch
from webapp.services.import_ledger import ImportLedger, Progress
from webapp.services.import_words import refused_words, stored_words
from webapp.services.kept_files import keep, open_kept, plain_name, require_unchanged
from webapp.services.recording import lock_network, record_rows, seal_batch
from webapp.services.row_spool import RowSpool
from webapp.services.run_queue import IMPORT, IMPORT_HERE, Claim
from webapp.services.snapshots import declare, withdrawals_of
from webapp.services.withdrawals import Withdrawals
from webapp.transactions import reading, unit_of_work

SENDERS = (Role.MANAGER, Role.SITE_LEAD)
STORING_TIMEOUT_MS = 1_800_000
"""Longest that one statement of the storing transaction may take, waiting for another import of the network included."""

BROKEN_OFF = "The import was broken off before anything was stored. Send the files again."

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it arrives: its name as given, and its bytes, to be read once."""

    name: str
    chunks: Iterable[bytes]


def receive(
    scope: Scope,
    files: Sequence[SentFile],
    mapping: ColumnMapping,
    accept_good_rows: bool,
    now: datetime,
    *,
    snapshot: Snapshot | None = None,
    queue: bool = True,
    hold: bool = False,
) -> UUID:
    """Keep the files whole and enter their batch; returns its id.

    snapshot: what the batch is declared to hold all of.
    queue: a worker is told of it. hold: the caller works on it and must keep its lease alive (see `import_here`).

    Raises BadInput where the names alone show that the mapping does not read them, or where the snapshot cannot be one;
    NotAllowed for a role that sends nothing.
    """
    if scope.role not in SENDERS:
        raise NotAllowed("Your role does not send data.")
    names = [plain_name(file.name) for file in files]
    sort_files(mapping, [SourceFile.of_bytes(name, b"") for name in names])
    declared = declare(scope, snapshot, accept_good_rows) if snapshot else None
    batch_id = uuid4()
    kept: list[StoredFile] = []
    try:
        for place, file in enumerate(files):
            kept.append(keep(scope, batch_id, place, file.chunks))
        faults.reached("import.1.kept")
        with unit_of_work(scope) as db:
            _enter(scope, db, batch_id, mapping, accept_good_rows, declared, now)
            _enter_files(scope, db, batch_id, names, kept)
            audit.record_within(scope, db, "send data", f"import batch {batch_id}", details={"files": len(files)})
            if queue:
                run_queue.enter(scope, db, IMPORT, [batch_id])
                outbox.ring(scope, db, [batch_id], now)
            if hold:
                run_queue.hold(scope, db, IMPORT_HERE, batch_id)
    except BaseException:
        for stored in kept:
            file_store().remove(stored.stored_name)
        raise
    faults.reached("import.2.entered")
    if queue:
        outbox.relay(now)
    return batch_id


def _enter(
    scope: Scope,
    db: Session,
    batch_id: UUID,
    mapping: ColumnMapping,
    accept_good_rows: bool,
    declared: str | None,
    now: datetime,
) -> None:
    sites = None if scope.whole_network else json.dumps(sorted(str(site) for site in scope.site_ids))
    db.execute(
        text(
            "INSERT INTO import_batch (network_id, id, source, mapping, mapping_text, state, accept_good_rows, snapshot, received_at,"
            " received_by, received_role, site_ids, rows_read, rows_stored, rows_changed, rows_unchanged, rows_rejected)"
            " VALUES (:network, :id, :source, :mapping, :text, 'received', :accept, CAST(:snapshot AS jsonb), :now, :by,"
            " :role, CAST(:sites AS jsonb), 0, 0, 0, 0, 0)"
        ),
        {
            "network": scope.network_id,
            "id": batch_id,
            "source": mapping.source,
            "mapping": mapping.name,
            "text": mapping.text,
            "accept": accept_good_rows,
            "snapshot": declared,
            "now": now,
            "by": scope.user_id,
            "role": scope.role.value,
            "sites": sites,
        },
    )


def _enter_files(scope: Scope, db: Session, batch_id: UUID, names: Sequence[str], kept: Sequence[StoredFile]) -> None:
    db.execute(
        text(
            "INSERT INTO batch_file (network_id, id, batch_id, given_name, stored_name, size, sha256)"
            " VALUES (:network, :id, :batch, :name, :stored, :size, :sha256)"
        ),
        [
            {
                "network": scope.network_id,
                "id": uuid4(),
                "batch": batch_id,
                "name": name,
                "stored": stored.stored_name,
                "size": stored.size,
                "sha256": stored.sha256,
            }
            for name, stored in zip(names, kept, strict=True)
        ],
    )


def make(held: Claim, clock: Clock) -> bool:
    """The work of a claimed import, for the queue."""
    return work(held.network_id, held.run_id, clock)


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Say in the batch why an attempt went wrong; after the last one it is failed."""
    ImportLedger(people.network_scope(held.network_id), held.run_id).note_failure(reason, final=final)


def abandon(scope: Scope, batch_id: UUID) -> None:
    """Say that a batch which no queue holds was broken off; one that is settled stays as it is."""
    ImportLedger(scope, batch_id).note_failure(BROKEN_OFF, final=True)


def work(network_id: UUID, batch_id: UUID, clock: Clock, progress: Progress = lambda _words, _done, _of: None) -> bool:
    """Check and store a received batch, or refuse it; False when nothing was left to do.

    Raises LeaseLost when somebody else settled it meanwhile: then nothing of what was done here stays.
    """
    network = people.network_scope(network_id)
    with reading(network) as db:
        batch = find_open_batch(network, db, batch_id)
    if batch is None:
        return False
    ledger = ImportLedger(people.network_scope(network_id, batch.received_by), batch_id, progress)
    try:
        _check_and_store(ledger, batch, clock)
    except BadInput as refusal:
        _refuse(ledger, Checked(), str(refusal))
    return True


def _check_and_store(ledger: ImportLedger, batch: ReceivedBatch, clock: Clock) -> None:
    mapping = read_mapping(batch.mapping_text, batch.mapping)
    files = open_kept(batch.files)
    key = current_app.config["PSEUDONYM_KEY"].encode()
    with RowSpool(partial(pseudonym, key, ledger.scope.network_id, mapping.source)) as spool:
        checked = check_batch(
            _sender(ledger.scope.network_id, batch),
            mapping,
            files,
            spool,
            clock(),
            keep_good=batch.accept_good_rows,
            note=ledger.checking,
        )
        require_unchanged(batch.files)
        faults.reached("import.3.checked")
        if checked.rejected and not (batch.accept_good_rows and checked.accepted):
            _refuse(ledger, checked, refused_words(checked))
        else:
            asked = withdrawals_of(batch, mapping, spool.withdrawn())
            _store(ledger, Batch(batch.id, mapping.source), spool, checked, asked, clock)


def _sender(network_id: UUID, batch: ReceivedBatch) -> Scope:
    """The reach under which the batch was sent: a stored run's own scope."""
    whole = batch.site_ids is None
    return Scope(
        network_id, batch.received_by, Role(batch.received_role), batch.site_ids or frozenset(), whole_network=whole
    )


def _store(
    ledger: ImportLedger, batch: Batch, spool: RowSpool, checked: Checked, asked: Withdrawals, clock: Clock
) -> None:
    """Store the accepted rows, withdraw what was asked for, keep the reasons of the others, and count anew: all of it or nothing."""
    scope = ledger.scope
    ledger.storing()
    with unit_of_work(scope, timeout_ms=STORING_TIMEOUT_MS) as db:
        lock_network(scope, db)
        counts = record_rows(scope, db, batch, spool.rows(), clock(), lambda name, _: ledger.storing(name), asked)
        faults.reached("import.4.recorded")
        ledger.settle(db, BatchState.STORED, stored_words(counts, checked), checked, counts)
        ledger.keep_reasons(db, checked.reasons)
        if counts.versions:
            seal_batch(scope, db, batch, clock())
        faults.reached("import.5.sealed")
    faults.reached("import.6.stored")


def _refuse(ledger: ImportLedger, checked: Checked, sentence: str) -> None:
    with unit_of_work(ledger.scope) as db:
        ledger.settle(db, BatchState.REFUSED, sentence, checked, StoredCount())
        ledger.keep_reasons(db, checked.reasons)
