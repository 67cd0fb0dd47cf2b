"""Accreditation and credential records out of a batch: append-only, so that a changed row is a correction, never an update."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.records import RecordType
from webapp.domain.scope import Scope
from webapp.services.facts import Batch, StoredCount
from webapp.services.staging import StagedRow, stage

_WHOSE = {
    "accreditations": (
        "accreditation_record",
        "site_id, programme_id",
        "h.id, p.id",
        (
            "JOIN site h ON h.network_id = :network AND h.code = s.site"
            " JOIN programme p ON p.network_id = :network AND p.code = s.programme"
        ),
    ),
    "credentials": (
        "credential_record",
        "practitioner_id, kind, state",
        "h.id, s.kind, s.state",
        "JOIN practitioner h ON h.network_id = :network AND h.source = :source AND h.source_key = s.practitioner",
    ),
}
STANDING_TYPES = frozenset(_WHOSE)
_SAID = "event, corrected_event, effective_on, until, verified_on, note"


def store_standing_records(
    scope: Scope, db: Session, batch: Batch, record_type: RecordType, rows: Iterable[StagedRow], recorded_at: datetime
) -> StoredCount:
    """Append the records of a batch. A key already known with other values becomes a correction of its latest record.

    A programme named for the first time is added and counts as a certified setting until the compliance officer says otherwise.
    """
    table = stage(db, record_type, rows)
    values: dict[str, object] = {
        "network": scope.network_id,
        "batch": batch.id,
        "source": batch.source,
        "at": recorded_at,
        "by": scope.user_id,
    }
    records, whose, chosen, joins = _WHOSE[record_type.name]
    if record_type.name == "accreditations":
        _add_programmes(db, table, values)
    # What corrects another record comes after it, so that a batch may bring both.
    new = sum(
        _append_new(db, table, records, whose, chosen, joins, f"s.event {comparison} 'corrected'", values)
        for comparison in ("<>", "=")
    )
    changed = _append_corrections(db, table, records, whose, chosen, joins, values)
    total: int = db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    return StoredCount(new, changed, total - new - changed)


def _add_programmes(db: Session, table: str, values: dict[str, object]) -> None:
    db.execute(
        text(
            "INSERT INTO programme (network_id, id, code, name, counts, is_template, version)"
            f" SELECT :network, gen_random_uuid(), programme, programme, true, false, 1"
            f" FROM (SELECT DISTINCT programme FROM {table} ORDER BY programme) d ON CONFLICT DO NOTHING"
        ),
        values,
    )


def _latest(records: str) -> str:
    """The latest record of each key of this source: one that no other replaces and that is not a mere striking-out."""
    return (
        f"(SELECT r.* FROM {records} r WHERE r.network_id = :network AND r.source = :source"
        " AND (r.event <> 'corrected' OR r.corrected_event IS NOT NULL) AND NOT EXISTS"
        f" (SELECT 1 FROM {records} n WHERE n.network_id = :network AND n.replaces_id = r.id AND n.source_key = r.source_key))"
    )


_WITHDRAWN = """EXISTS (SELECT 1 FROM {records} w JOIN {records} o ON o.network_id = w.network_id AND o.id = w.replaces_id
                AND o.source_key = w.source_key
            WHERE w.network_id = :network AND w.source = :source AND w.source_key = s.source_key AND w.batch_id <> :batch
                AND w.event = 'corrected' AND w.corrected_event IS NULL)
            AND NOT EXISTS (SELECT 1 FROM {latest} l WHERE l.source_key = s.source_key)"""
"""The key's own record was struck out, and nothing was said under it since: what is sent of it now is said anew."""


def strike_out(
    scope: Scope, db: Session, batch: Batch, record_type: RecordType, keys: Sequence[str], recorded_at: datetime
) -> StoredCount:
    """Withdraw records by their keys: each gets a correction by which it should not exist."""
    records, whose, _, _ = _WHOSE[record_type.name]
    theirs = ", ".join(f"l.{column}" for column in whose.split(", "))
    gone = _rows_of(
        db,
        f"INSERT INTO {records} ({_CORRECTION.format(whose=whose)}) SELECT :network, gen_random_uuid(), :source, l.source_key,"
        f" :batch, :at, :by, {theirs}, l.id, 'corrected', NULL, l.effective_on, l.until, l.verified_on, l.note"
        f" FROM {_latest(records)} l WHERE l.source_key = ANY (:keys) AND l.batch_id <> :batch",
        {
            "network": scope.network_id,
            "batch": batch.id,
            "source": batch.source,
            "at": recorded_at,
            "by": scope.user_id,
            "keys": list(keys),
        },
    )
    return StoredCount(withdrawn=gone, unchanged=len(keys) - gone)


def _append_new(
    db: Session, table: str, records: str, whose: str, chosen: str, joins: str, which: str, values: dict[str, object]
) -> int:
    said = ", ".join(f"s.{column}" for column in _SAID.split(", "))
    withdrawn = _WITHDRAWN.format(records=records, latest=_latest(records))
    statement = f"""
        INSERT INTO {records} (network_id, id, source, source_key, batch_id, recorded_at, recorded_by, {whose}, replaces_id, {_SAID})
        SELECT :network, gen_random_uuid(), :source, s.source_key, :batch, :at, :by, {chosen}, o.id, {said}
        FROM {table} s {joins} LEFT JOIN {_latest(records)} o ON o.source_key = s.replaces
        WHERE {which} AND (NOT EXISTS (SELECT 1 FROM {records} k
            WHERE k.network_id = :network AND k.source = :source AND k.source_key = s.source_key) OR {withdrawn})
        """
    return _rows_of(db, statement, values)


_NAMES = ("effective_on", "until", "verified_on", "note")
_CORRECTION = (
    "network_id, id, source, source_key, batch_id, recorded_at, recorded_by, {whose}, replaces_id, event, corrected_event,"
    " effective_on, until, verified_on, note"
)


def _append_corrections(
    db: Session, table: str, records: str, whose: str, chosen: str, joins: str, values: dict[str, object]
) -> int:
    """What the latest record of a key says is its own event, or, where it is a correction, the event it corrects to.

    A record that moves to another site or person is struck out there and said anew here.
    """
    mine = ", ".join(["s.event", *(f"s.{name}" for name in _NAMES)])
    theirs = ", ".join(["coalesce(l.corrected_event, l.event)", *(f"l.{name}" for name in _NAMES)])
    here = f"({whose})".replace(", ", ", l.").replace("(", "(l.", 1)
    moved = f"{here} IS DISTINCT FROM ({chosen})"
    said = ", ".join(f"s.{name}" for name in _NAMES)
    source = f"FROM {table} s {joins} JOIN {_latest(records)} l ON l.source_key = s.source_key AND l.batch_id <> :batch"
    own = "SELECT :network, gen_random_uuid(), :source, s.source_key, :batch, :at, :by"
    into = f"INSERT INTO {records} ({_CORRECTION.format(whose=whose)})"
    # The new place first: what is struck out is no longer the latest of its key.
    anew = f"{into} {own}, {chosen}, NULL, s.event, NULL, {said} {source} WHERE s.event <> 'corrected' AND {moved}"
    count = _rows_of(db, anew, values)
    struck = (
        f"{into} {own}, {here[1:-1]}, l.id, 'corrected', NULL, l.effective_on, l.until, l.verified_on, l.note {source}"
        f" WHERE s.event <> 'corrected' AND {moved}"
    )
    _rows_of(db, struck, values)
    changed = (
        f"{into} {own}, {chosen}, l.id, 'corrected', s.event, {said} {source}"
        f" WHERE s.event <> 'corrected' AND NOT ({moved}) AND ({mine}) IS DISTINCT FROM ({theirs})"
    )
    return count + _rows_of(db, changed, values)


def _rows_of(db: Session, statement: str, values: dict[str, object]) -> int:
    result = db.execute(text(statement + " RETURNING 1"), values)
    return len(result.all())
