"""Versioned facts: what a batch says is stored beside what was said before, and nothing is overwritten.

Each function runs a few set-based statements over a whole staged record type, however many rows it has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.records import RecordType
from webapp.domain.scope import Scope
from webapp.services import touched
from webapp.services.staging import (
    FEW_ROWS,
    IDENTITY_TABLES,
    StagedColumn,
    StagedRow,
    count_anew,
    stage,
    staged_columns,
)


@dataclass(frozen=True, slots=True)
class StoredCount:
    """What became of the rows of one record type: records new to the network, said anew, the same as before, and withdrawn.

    withdrawn: also those that go along with another, or are absent from a snapshot, and so have no row.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0

    def __add__(self, other: "StoredCount") -> "StoredCount":
        return StoredCount(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.withdrawn + other.withdrawn,
        )

    @property
    def versions(self) -> int:
        """How many versions were stored."""
        return self.new + self.changed + self.withdrawn


@dataclass(frozen=True, slots=True)
class Batch:
    """The batch that speaks: its id and the name of the sending system."""

    id: UUID
    source: str


def store_records(
    scope: Scope,
    db: Session,
    batch: Batch,
    record_type: RecordType,
    rows: Iterable[StagedRow],
    many_from: int = FEW_ROWS,
) -> StoredCount:
    """Store checked rows of one record type as versions of this batch.

    rows: key first, then `staged_columns(record_type)` in order. References must exist (earlier batches or earlier record types
    of this one). A record whose values are the same as its current version is left alone. many_from: see `staging.many_rows`.
    """
    table = stage(db, record_type, rows)
    values = {"network": scope.network_id, "batch": batch.id, "source": batch.source}
    if record_type.name == "courses":
        _add_patients(db, table, values)
    identity = IDENTITY_TABLES[record_type.name]
    _add_identities(db, table, identity, values)
    counts = _resolve(db, table, identity, staged_columns(record_type), values)
    many = counts.new + counts.changed >= many_from
    if many:
        # A network that the planner has never seen is one row to it: each course would look through all patients.
        count_anew(db, identity, *(("patient",) if identity == "course" else ()))
    store_versions(scope, db, batch, identity, staged_columns(record_type))
    if many:
        count_anew(db, f"{identity}_version")
    touched.note(db, identity, values)
    return counts


def _add_patients(db: Session, table: str, values: dict[str, object]) -> None:
    statement = f"""
        INSERT INTO patient (network_id, id, pseudonym)
        SELECT :network, gen_random_uuid(), patient FROM (SELECT DISTINCT patient FROM {table} ORDER BY patient) p
        ON CONFLICT DO NOTHING"""
    db.execute(text(statement), values)


def _add_identities(db: Session, table: str, identity: str, values: dict[str, object]) -> None:
    """Give every key that is new to the network an id. Rows come in key order, so that two imports cannot deadlock."""
    columns = "network_id, id, code" if identity == "site" else "network_id, id, source, source_key"
    chosen = "source_key" if identity == "site" else ":source, source_key"
    db.execute(
        text(
            f"INSERT INTO {identity} ({columns}) SELECT :network, gen_random_uuid(), {chosen} FROM {table}"
            " ORDER BY source_key ON CONFLICT DO NOTHING"
        ),
        values,
    )


def _identity_join(alias: str, identity: str, key: str) -> str:
    """How a key finds its record: sites by code and patients by pseudonym in the whole network, the others within their source."""
    if identity == "site":
        condition = f"{alias}.code = {key}"
    elif identity == "patient":
        condition = f"{alias}.pseudonym = {key}"
    else:
        condition = f"{alias}.source = :source AND {alias}.source_key = {key}"
    return f"{identity} {alias} ON {alias}.network_id = :network AND {condition}"


def _resolve(
    db: Session, table: str, identity: str, columns: tuple[StagedColumn, ...], values: dict[str, object]
) -> StoredCount:
    """Make `resolved`: the staged rows with ids in the place of keys, new records and changed ones told apart by their values.

    NULL equals NULL; a withdrawn record that is said again has changed.
    """
    chosen = {
        column.stored: f"r{place}.id" if column.refers_to else f"s.{column.name}"
        for place, column in enumerate(columns)
    }
    joins = [
        f"LEFT JOIN {_identity_join(f'r{place}', column.refers_to, f's.{column.name}')}"
        for place, column in enumerate(columns)
        if column.refers_to
    ]
    said = ", ".join(f"{source} AS {name}" for name, source in chosen.items())
    differs = f"({', '.join(chosen.values())}) IS DISTINCT FROM ({', '.join(f'v.{name}' for name in chosen)})"
    db.execute(text("DROP TABLE IF EXISTS pg_temp.resolved"))
    db.execute(
        text(
            f"CREATE TEMPORARY TABLE resolved ON COMMIT DROP AS SELECT i.id AS {identity}_id, {said},"
            f" v.{identity}_id IS NULL AS is_new, v.{identity}_id IS NOT NULL AND (v.withdrawn OR {differs}) AS is_changed"
            f" FROM {table} s JOIN {_identity_join('i', identity, 's.source_key')} {' '.join(joins)}"
            f" LEFT JOIN {identity}_version v ON v.network_id = :network AND v.{identity}_id = i.id"
            " AND v.superseded_by_batch_id IS NULL"
        ),
        values,
    )
    db.execute(text(f"CREATE UNIQUE INDEX ON resolved ({identity}_id)"))
    db.execute(text("ANALYZE resolved"))
    new, changed, total = db.execute(
        text("SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_changed), count(*) FROM resolved")
    ).one()
    return StoredCount(new, changed, total - new - changed)


def store_versions(
    scope: Scope,
    db: Session,
    batch: Batch,
    identity: str,
    columns: tuple[StagedColumn, ...],
    *,
    withdrawn: bool = False,
) -> None:
    """Give every new and changed row in the table `resolved` its version of this batch, in the place of the one before."""
    values = {"network": scope.network_id, "batch": batch.id, "withdrawn": withdrawn}
    db.execute(
        text(
            f"UPDATE {identity}_version v SET superseded_by_batch_id = :batch FROM resolved r WHERE r.is_changed"
            f" AND v.network_id = :network AND v.{identity}_id = r.{identity}_id AND v.superseded_by_batch_id IS NULL"
        ),
        values,
    )
    stored = ", ".join(column.stored for column in columns)
    db.execute(
        text(
            f"INSERT INTO {identity}_version (network_id, {identity}_id, batch_id, withdrawn, {stored})"
            f" SELECT :network, {identity}_id, :batch, :withdrawn, {stored} FROM resolved WHERE is_new OR is_changed"
        ),
        values,
    )
