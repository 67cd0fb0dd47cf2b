"""A simulated network straight into the database: the same rows that its CSV files would bring, without the files."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.pseudonyms import pseudonym
from webapp.domain.records import BY_NAME, RECORD_TYPES
from webapp.domain.scope import Scope
from webapp.domain.simulator.network import Batches, simulate_chunks
from webapp.domain.simulator.rows import row_columns, rows
from webapp.domain.simulator.settings import SimulationSettings
from webapp.services.facts import Batch, StoredCount
from webapp.services.recording import COUNTING, record_rows, seal_batch
from webapp.services.staging import StagedRow, staged_columns
from webapp.transactions import unit_of_work

SOURCE = "simulator"
_LONG = 1_800_000

Say = Callable[[str], None]


def fill_with_simulation(
    scope: Scope, settings: SimulationSettings, seed: int, key: bytes, now: datetime, say: Say
) -> StoredCount:
    """Simulate a network and record it as one batch. Progress is said record type by record type."""
    chunks = list(simulate_chunks(settings, seed))
    batch = Batch(uuid4(), SOURCE)
    with unit_of_work(scope, timeout_ms=_LONG) as db:
        add_batch(scope, db, batch, f"seed {seed}", now)
        counts = record_rows(
            scope,
            db,
            batch,
            {record.name: _staged(scope, record.name, chunks, key) for record in RECORD_TYPES},
            now,
            lambda name, count: say(_progress(name, count)),
        )
        total = counts.new + counts.changed + counts.unchanged
        db.execute(
            text(
                "UPDATE import_batch SET rows_read = :total, rows_total = :total, rows_stored = :new, rows_changed = :changed,"
                " rows_unchanged = :unchanged WHERE network_id = :network AND id = :batch"
            ),
            {
                "total": total,
                "new": counts.new,
                "changed": counts.changed,
                "unchanged": counts.unchanged,
                "network": scope.network_id,
                "batch": batch.id,
            },
        )
        seal_batch(scope, db, batch, now)
    return counts


def _progress(name: str, count: StoredCount) -> str:
    if name == COUNTING:
        return "  counting every cell of the pages ..."
    return f"  {name}: {count.new + count.changed:,}"


def add_batch(scope: Scope, db: Session, batch: Batch, mapping: str, now: datetime) -> UUID:
    """Enter a batch that has no file: its rows were made here."""
    db.execute(
        text(
            "INSERT INTO import_batch (network_id, id, source, mapping, state, accept_good_rows, received_at, received_by,"
            " received_role, rows_read, rows_stored, rows_changed, rows_unchanged, rows_rejected)"
            " VALUES (:network, :id, :source, :mapping, 'stored', false, :now, :by, :role, 0, 0, 0, 0, 0)"
        ),
        {
            "network": scope.network_id,
            "id": batch.id,
            "source": batch.source,
            "mapping": mapping,
            "now": now,
            "by": scope.user_id,
            "role": scope.role.value,
        },
    )
    return batch.id


def _staged(scope: Scope, name: str, chunks: Iterable[Batches], key: bytes) -> Iterator[StagedRow]:
    """The rows of a record type in the order of the staged columns, patients as pseudonyms."""
    given = row_columns(name)
    wanted = ["key", *(column.name for column in staged_columns(BY_NAME[name]))]
    order = [given.index(name) for name in wanted]
    patient = wanted.index("patient") if "patient" in wanted else None
    for row in chain.from_iterable(rows(chunk[name]) for chunk in chunks if name in chunk):
        staged = [row[place] for place in order]
        if patient is not None:
            staged[patient] = pseudonym(key, scope.network_id, SOURCE, staged[patient])
        yield tuple(staged)
