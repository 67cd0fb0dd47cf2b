"""What is written about one batch: how far it is while it is open, and once, how it ended."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.intake.rules import Rejection
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import OPEN_BATCH_STATES, BatchState
from webapp.services import audit
from webapp.services.facts import StoredCount
from webapp.services.import_check import Checked
from webapp.services.recording import COUNTING
from webapp.services.run_queue import LeaseLost
from webapp.services.staging import copy_rows
from webapp.transactions import unit_of_work

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows are done, and of how many."""

_REASON_COLUMNS = ("place", "file", "line", "record_type", "rule", "field", "value", "sentence")


class ImportLedger:
    """The row of one batch. Nothing is written once the batch is settled. scope: the product's own, in its sender's name."""

    def __init__(self, scope: Scope, batch_id: UUID, progress: Progress = lambda _words, _done, _of: None) -> None:
        self.scope = scope
        self.batch_id = batch_id
        self._progress = progress

    def checking(self, rows_read: int, rows_total: int) -> None:
        """So many rows have been read."""
        self._progress("Checking", rows_read, rows_total)
        self._note(BatchState.CHECKING, None, rows_read=rows_read, rows_total=rows_total)

    def storing(self, last: str = "") -> None:
        """The checked rows are being stored; the record type `last` is in."""
        words = f"Storing: the {last.replace('_', ' ')} are in" if last else "Storing"
        if last == COUNTING:
            words = "Counting again what was touched"
        self._progress(words, 0, 0)
        self._note(BatchState.STORING, words)

    def note_failure(self, reason: str, *, final: bool) -> None:
        """An attempt went wrong; after the last one the batch is failed, before it waits for the next."""
        is_open = self._note(BatchState.FAILED if final else BatchState.RECEIVED, reason)
        if final and is_open:
            audit.record(self.scope, "store data", self._subject, "failed")

    @property
    def _subject(self) -> str:
        return f"import batch {self.batch_id}"

    def _note(self, state: BatchState, message: str | None, **rows: int) -> bool:
        """Write on a transaction of its own, so that whoever polls sees it at once; False once the batch is settled."""
        more = "".join(f", {name} = :{name}" for name in rows)
        with unit_of_work(self.scope) as db:
            changed = db.execute(
                text(
                    f"UPDATE import_batch SET state = :state, message = :message{more} {self._WHERE_OPEN} RETURNING id"
                ),
                {**self._values, "state": state, "message": message, **rows},
            )
            return changed.scalar() is not None

    _WHERE_OPEN = "WHERE network_id = :network AND id = :batch AND state = ANY (:open)"

    @property
    def _values(self) -> dict[str, object]:
        return {"network": self.scope.network_id, "batch": self.batch_id, "open": list(OPEN_BATCH_STATES)}

    def keep_reasons(self, db: Session, reasons: Sequence[Rejection]) -> None:
        """Keep why rows were not taken, in the order of the rows."""
        if not reasons:
            return
        db.execute(
            text(
                "CREATE TEMPORARY TABLE reason (place integer, file text, line bigint, record_type text, rule text, field text,"
                " value text, sentence text) ON COMMIT DROP"
            )
        )
        rows = (
            (place, r.file, r.line, r.record_type, r.rule, r.field, r.value, r.sentence)
            for place, r in enumerate(reasons, 1)
        )
        copy_rows(db, "reason", _REASON_COLUMNS, rows)
        names = ", ".join(_REASON_COLUMNS)
        db.execute(
            text(
                f"INSERT INTO rejected_row (network_id, batch_id, {names}) SELECT :network, :batch, {names} FROM reason"
            ),
            {"network": self.scope.network_id, "batch": self.batch_id},
        )

    def settle(self, db: Session, state: BatchState, message: str, checked: Checked, counts: StoredCount) -> None:
        """Write how the batch ended, in the transaction that ends it. Raises LeaseLost when it was settled before."""
        settled = db.execute(
            text(
                "UPDATE import_batch SET state = :state, message = :message, rows_read = :read, rows_total = :read,"
                " rows_stored = :new, rows_changed = :changed, rows_unchanged = :unchanged, rows_rejected = :rejected"
                f" {self._WHERE_OPEN} RETURNING id"
            ),
            {
                **self._values,
                "state": state,
                "message": message,
                "read": checked.read,
                "new": counts.new,
                "changed": counts.changed + counts.withdrawn,
                "unchanged": counts.unchanged,
                "rejected": checked.rejected,
            },
        ).scalar()
        if settled is None:
            raise LeaseLost
        audit.record_within(
            self.scope,
            db,
            "store data",
            self._subject,
            "done" if state is BatchState.STORED else "refused",
            {"rows": checked.read, "stored": counts.versions, "rejected": checked.rejected},
        )
