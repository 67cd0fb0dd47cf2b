"""From checked values to a staged table: the columns that each record type is copied in under.

Rows are copied into a temporary table (COPY into a table under row-level security is refused) and moved on by SQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.records import Field, RecordType
from webapp.domain.scope import Scope

StagedRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StagedColumn:
    """One staged column. `refers_to` is the identity table whose key it holds; the stored column is then `<name>_id`."""

    name: str
    sql_type: str
    refers_to: str = ""

    @property
    def stored(self) -> str:
        """The column's name in the version table."""
        return f"{self.name}_id" if self.refers_to else self.name


_SQL_TYPES = {
    "text": "text",
    "choice": "text",
    "hours": "text",
    "zone": "text",
    "integer": "bigint",
    "number": "numeric",
    "date": "date",
    "instant": "timestamptz",
    "flag": "boolean",
}

IDENTITY_TABLES = {
    "protocols": "protocol",
    "sites": "site",
    "practitioners": "practitioner",
    "courses": "course",
    "sessions": "session",
    "screens": "screen",
    "side_effects": "side_effect",
    "ratings": "rating",
}
"""Record type -> the table that keeps its identities; `<table>_version` keeps what is said of them."""


def _columns_of(field: Field) -> tuple[StagedColumn, ...]:
    if field.kind == "key":
        return ()
    if field.kind == "ref":
        return (StagedColumn(field.name, "text", IDENTITY_TABLES[field.refers_to]),)
    if field.kind == "day_or_instant":
        return StagedColumn(day_name(field.name), "date"), StagedColumn(field.name, "timestamptz")
    if field.kind == "pressure":
        when = field.name.removeprefix("pressure_")
        return StagedColumn(f"systolic_{when}", "smallint"), StagedColumn(f"diastolic_{when}", "smallint")
    if field.name == "patient":
        return (StagedColumn("patient", "text", "patient"),)
    return (StagedColumn(field.name, _SQL_TYPES[field.kind]),)


def day_name(field: str) -> str:
    """The column of the site-local day beside the column of the instant: `onset_at` -> `onset_on`."""
    return f"{field.removesuffix('_at')}_on"


def staged_columns(record_type: RecordType) -> tuple[StagedColumn, ...]:
    """The columns of a record type beside its key, in order."""
    columns = [column for field in record_type.fields for column in _columns_of(field)]
    if record_type.name == "sessions":
        columns += [StagedColumn("on_date", "date"), StagedColumn("local_hour", "smallint")]
    return tuple(columns)


def stage(db: Session, record_type: RecordType, rows: Iterable[StagedRow]) -> str:
    """Copy rows (key first, then `staged_columns` in order) into a new temporary table; return its name."""
    table = f"staged_{record_type.name}"
    columns = staged_columns(record_type)
    definitions = ", ".join(f"{column.name} {column.sql_type}" for column in columns)
    cursor = raw_cursor(db)
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f'CREATE TEMPORARY TABLE {table} (source_key text COLLATE "C", {definitions}) ON COMMIT DROP')
    copy_rows(db, table, ("source_key", *(column.name for column in columns)), rows)
    cursor.execute(f"ANALYZE {table}")
    return table


def copy_rows(db: Session, table: str, columns: Sequence[str], rows: Iterable[StagedRow]) -> None:
    """Copy rows into a temporary table on the transaction's own connection."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with raw_cursor(db).copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


FEW_ROWS = 200
"""Fewer new rows never change a plan for the worse."""
GROWTH = 0.05
"""By how much of what a network holds it must grow for the planner's numbers to be counted anew within the transaction."""


def many_rows(scope: Scope, db: Session) -> int:
    """From how many new rows of one type on the planner must be told.

    It is the network's own growth that counts: a network that the planner's numbers do not know yet is taken for one row, and
    1,600 side effects joined on that belief took minutes instead of a tenth of a second.
    """
    statement = "SELECT coalesce(sum(rows_stored), 0) FROM import_batch WHERE network_id = :network"
    held = int(db.execute(text(statement), {"network": scope.network_id}).scalar_one())
    return max(FEW_ROWS, int(GROWTH * held))


def count_anew(db: Session, *tables: str) -> None:
    """Let the planner know what has just been stored, before it plans what reads it."""
    for table in tables:
        db.execute(text("SELECT app.count_anew(:table)"), {"table": table})


def raw_cursor(db: Session) -> Any:
    """A psycopg cursor on the transaction's own connection, for COPY, which SQLAlchemy does not speak."""
    return db.connection().connection.cursor()
