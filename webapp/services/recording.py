"""Recording a batch: its rows become versions, the touched cells are counted again, and the network's data version rises.

All of it in the caller's one transaction: whoever looks sees all of a batch or nothing of it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.records import RECORD_TYPES
from webapp.domain.scope import Scope
from webapp.queries.fact_cells import FactView
from webapp.queries.network_settings import get_settings
from webapp.queries.session_standings import SessionStandings
from webapp.services import touched, verdict_cells
from webapp.services.facts import Batch, StoredCount, store_records
from webapp.services.report_marks import MOVED_CLOCKS, note_touched
from webapp.services.rollups import CELLS, rebuild_touched
from webapp.services.staging import StagedRow, count_anew, many_rows
from webapp.services.standing_facts import STANDING_TYPES, store_standing_records
from webapp.services.withdrawals import NOTHING_WITHDRAWN, Withdrawals, withdraw

Progress = Callable[[str, StoredCount], None]
COUNTING = "counting"
"""Said in the place of a record type once all are stored and the touched cells are counted again."""


def lock_network(scope: Scope, db: Session) -> None:
    """Wait until no other import of this network is storing.

    One lock for the network and not one for each site: which sites a batch touches (the old site of a session that moved, a
    course's other sites) is known only after its facts have been compared, and two locks taken late can deadlock.
    """
    db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:network, 1))"), {"network": str(scope.network_id)})


def next_instant(scope: Scope, db: Session, now: datetime) -> datetime:
    """The instant of what is recorded next: now, or just above all that the network has recorded. The caller holds its lock.

    Whoever waited for the lock read the clock before what was recorded meanwhile, and clocks differ between machines; what is
    recorded below the as-of of a sealed report would count as known to it.
    """
    newest: datetime | None = db.execute(text(_NEWEST), {"network": scope.network_id}).scalar()
    return max(now, newest + timedelta(microseconds=1)) if newest else now


_NEWEST = "SELECT greatest({})".format(
    ", ".join(
        f"(SELECT max({column}) FROM {table} WHERE network_id = :network)"
        for table, column in (
            ("import_batch", "recorded_at"),
            ("accreditation_record", "recorded_at"),
            ("credential_record", "recorded_at"),
            ("network_setting", "changed_at"),
        )
    )
)
"""What the as-of of a report follows from (`webapp.queries.reports.get_data_instant`)."""


def current_view(scope: Scope, db: Session) -> FactView:
    """The facts as they stand now, under the network's settings in force."""
    return FactView(scope.network_id, get_settings(scope, db).late_cancel_hours)


def record_rows(
    scope: Scope,
    db: Session,
    batch: Batch,
    rows: Mapping[str, Iterable[StagedRow]],
    now: datetime,
    progress: Progress = lambda _name, _count: None,
    withdrawals: Withdrawals = NOTHING_WITHDRAWN,
) -> StoredCount:
    """Store the rows of each record type (`records.RECORD_TYPES` gives the order), withdraw, and count what that touches again.

    rows: record type name -> staged rows. Takes the network's lock; raises what PostgreSQL raises when a reference is missing.
    """
    lock_network(scope, db)
    now = next_instant(scope, db, now)
    touched.begin(db)
    before = verdict_cells.fetch_standings(scope, db)
    many_from = many_rows(scope, db)
    total = StoredCount()
    for record_type in RECORD_TYPES:
        if record_type.name not in rows:
            continue
        if record_type.name in STANDING_TYPES:
            count = store_standing_records(scope, db, batch, record_type, rows[record_type.name], now)
        else:
            count = store_records(scope, db, batch, record_type, rows[record_type.name], many_from)
        progress(record_type.name, count)
        total += count
    total += withdraw(scope, db, batch, withdrawals, now)
    progress(COUNTING, total)
    many = total.versions >= many_from
    rebuild_touched(scope, db, current_view(scope, db), many=many)
    _judge_again(scope, db, before)
    if many:
        count_anew(db, *CELLS)
    return total


def _judge_again(scope: Scope, db: Session, before: SessionStandings) -> None:
    """Count the verdicts of the touched days again, and of those on which somebody's standing reads otherwise than before."""
    verdict_cells.begin(scope, db)
    db.execute(text(f"INSERT INTO {verdict_cells.TOUCHED} SELECT site_id, on_date FROM touched_day"))
    verdict_cells.touch_changed(scope, db, before, verdict_cells.fetch_standings(scope, db))
    verdict_cells.rebuild(scope, db)
    verdict_cells.replace_effects(scope, db)
    note_touched(scope, db, f"SELECT site_id, on_date FROM {verdict_cells.TOUCHED} UNION ALL {MOVED_CLOCKS}")


def raise_data_version(scope: Scope, db: Session) -> int:
    """Raise the network's data version: the last statement of every write that changes an answer."""
    statement = "UPDATE network SET data_version = data_version + 1 WHERE id = :network RETURNING data_version"
    version: int = db.execute(text(statement), {"network": scope.network_id}).scalar_one()
    return version


def seal_batch(scope: Scope, db: Session, batch: Batch, now: datetime) -> int:
    """Give the batch the next data version and its instant, as the last statements of its transaction.

    The instant is not before that of anything recorded, such as of the batch's own records.
    """
    version = raise_data_version(scope, db)
    db.execute(
        text(
            f"UPDATE import_batch SET data_version = :version, recorded_at = greatest(CAST(:now AS timestamptz), ({_NEWEST}))"
            " WHERE network_id = :network AND id = :batch"
        ),
        {"version": version, "now": now, "network": scope.network_id, "batch": batch.id},
    )
    return version
