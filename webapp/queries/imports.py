"""Import batches as people see them: which there are, how far each is, and what was not taken and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.intake.rules import RULES
from webapp.domain.intake.snapshot import Snapshot
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import OPEN_BATCH_STATES, BatchState


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch. rows_*: records; while it is open, rows_read and rows_total say how far the reading is.

    message: what became of it, in a sentence. data_version: None while nothing of it counts. sent_by: the person's name.
    is_within: whether all that it was sent for is within the reader's reach today; else its values stay closed, also to its sender.
    """

    id: UUID
    source: str
    mapping: str
    state: BatchState
    accept_good_rows: bool
    message: str
    received_at: datetime
    sent_by: str
    rows_read: int
    rows_total: int | None
    rows_stored: int
    rows_changed: int
    rows_unchanged: int
    rows_rejected: int
    data_version: int | None
    recorded_at: datetime | None
    files: tuple[str, ...]
    is_within: bool
    snapshot: Snapshot | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits or is at work."""
        return self.state in OPEN_BATCH_STATES


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One reason why one row was not taken."""

    file: str
    line: int
    record_type: str
    field: str
    value: str
    rule: str
    sentence: str


_LINE = """
    SELECT b.id, b.source, b.mapping, b.state, b.accept_good_rows, coalesce(b.message, ''), b.received_at, coalesce(u.name, ''),
        b.rows_read, b.rows_total, b.rows_stored, b.rows_changed, b.rows_unchanged, b.rows_rejected, b.data_version, b.recorded_at,
        ARRAY(SELECT f.given_name FROM batch_file f WHERE f.network_id = b.network_id AND f.batch_id = b.id ORDER BY f.given_name),
        {within} AS is_within,
        b.snapshot
    FROM import_batch b LEFT JOIN user_account u ON u.id = b.received_by WHERE b.network_id = :network"""
_SENT_WITHIN = "(b.site_ids IS NOT NULL AND b.site_ids <> '[]' AND b.site_ids <@ CAST(:sites AS jsonb))"
"""A site lead reads what was sent for their sites of today alone: a rejected row may name another site's patient."""
_SEEN = f" AND (b.received_by = :user OR {_SENT_WITHIN})"
"""Of what they sent themselves for sites that are no longer theirs they see the line and its counts."""
NO_LONGER_YOURS = "You sent this for sites that are not all yours today, so its counts are shown without their values."


def fetch_batches(scope: Scope, db: Session, limit: int) -> list[BatchLine]:
    """The newest batches that the scope may see."""
    rows = db.execute(
        text(f"{_lines(scope)} ORDER BY b.received_at DESC, b.id LIMIT :limit"),
        {**_values(scope), "limit": limit},
    )
    return [_line(row) for row in rows]


def get_batch(scope: Scope, db: Session, batch_id: UUID) -> BatchLine:
    """One batch. Raises NotFound, alike for a missing one and one outside the scope."""
    row = db.execute(text(f"{_lines(scope)} AND b.id = :batch"), {**_values(scope), "batch": batch_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such import, or none that you can see.")
    return _line(row)


def fetch_rejected(scope: Scope, db: Session, batch_id: UUID, limit: int | None = None) -> list[RejectedLine]:
    """The reasons of a batch, in the order of its rows. Raises NotFound as `get_batch`.

    Who may not see pseudonyms and ratings, or no longer every site that the batch was sent for, reads the rule in general
    instead of the value that broke it.
    """
    batch = get_batch(scope, db, batch_id)
    rows = db.execute(
        text(
            "SELECT file, line, record_type, field, value, rule, sentence FROM rejected_row WHERE network_id = :network"
            " AND batch_id = :batch ORDER BY place LIMIT :limit"
        ),
        {"network": scope.network_id, "batch": batch_id, "limit": limit},
    )
    found = [RejectedLine(*row) for row in rows]
    may_read = scope.may_see_pseudonyms and batch.is_within
    return found if may_read else [_without_value(line) for line in found]


def _without_value(line: RejectedLine) -> RejectedLine:
    general = RULES[line.rule].refuses if line.rule in RULES else ""
    return RejectedLine(line.file, line.line, line.record_type, line.field, "", line.rule, general)


def _lines(scope: Scope) -> str:
    return _LINE.format(within="true") if scope.whole_network else _LINE.format(within=_SENT_WITHIN) + _SEEN


def _values(scope: Scope) -> dict[str, Any]:
    values: dict[str, Any] = {"network": scope.network_id}
    if not scope.whole_network:
        listed = ",".join(f'"{site}"' for site in sorted(map(str, scope.site_ids)))
        values |= {"user": scope.user_id, "sites": f"[{listed}]"}
    return values


def _line(row: Sequence[Any]) -> BatchLine:
    named = dict(zip((field.name for field in fields(BatchLine)), row, strict=True))
    told = named["message"] if named["is_within"] else NO_LONGER_YOURS
    return BatchLine(
        **{
            **named,
            "message": told,
            "state": BatchState(named["state"]),
            "files": tuple(named["files"]),
            "snapshot": _declared(named["snapshot"]) if named["is_within"] else None,
        }
    )


def _declared(said: dict[str, Any] | None) -> Snapshot | None:
    """The declaration as it is kept: its days, and the codes and ids of its sites, null for all."""
    if said is None:
        return None
    return Snapshot(
        date.fromisoformat(said["first_on"]), date.fromisoformat(said["last_on"]), tuple(said["codes"] or ())
    )


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One raw file: the name its sender gave it, where it stands in the file store, and its hash."""

    given_name: str
    stored_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReceivedBatch:
    """A batch as its worker takes it. site_ids: what a site lead may send; None for the whole network.

    snapshot: what the batch was declared to hold all of. snapshot_site_ids: its sites; None for every site.
    """

    id: UUID
    mapping: str
    mapping_text: str
    source: str
    accept_good_rows: bool
    received_by: UUID
    received_role: str
    site_ids: frozenset[UUID] | None
    snapshot: Snapshot | None
    snapshot_site_ids: frozenset[UUID] | None
    files: tuple[ReceivedFile, ...]


def find_open_batch(scope: Scope, db: Session, batch_id: UUID) -> ReceivedBatch | None:
    """The batch to work on, for the product itself; None when there is none or nothing is left to do."""
    row = db.execute(
        text(
            "SELECT id, mapping, mapping_text, source, accept_good_rows, received_by, received_role, site_ids, snapshot"
            " FROM import_batch"
            " WHERE network_id = :network AND id = :batch AND state = ANY (:open)"
        ),
        {"network": scope.network_id, "batch": batch_id, "open": list(OPEN_BATCH_STATES)},
    ).one_or_none()
    if row is None:
        return None
    files = db.execute(
        text(
            "SELECT given_name, stored_name, sha256 FROM batch_file WHERE network_id = :network AND batch_id = :batch"
            " ORDER BY given_name, id"
        ),
        {"network": scope.network_id, "batch": batch_id},
    )
    sites = _ids(row.site_ids)
    return ReceivedBatch(
        row.id,
        row.mapping,
        row.mapping_text,
        row.source,
        row.accept_good_rows,
        row.received_by,
        row.received_role,
        sites,
        _declared(row.snapshot),
        _ids((row.snapshot or {}).get("site_ids")),
        tuple(ReceivedFile(*file) for file in files),
    )


def _ids(said: Sequence[str] | None) -> frozenset[UUID] | None:
    return None if said is None else frozenset(map(UUID, said))


def fetch_uploaded_names(scope: Scope, db: Session) -> set[str]:
    """The stored names of every raw file of the network: what a sweep of the file store must keep."""
    rows = db.execute(
        text("SELECT stored_name FROM batch_file WHERE network_id = :network"), {"network": scope.network_id}
    )
    return set(rows.scalars())
