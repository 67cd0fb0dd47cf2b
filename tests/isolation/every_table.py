"""One row in every table, whatever tables there are: made from the models, for one site of one network at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Time,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

import webapp.models  # noqa: F401  # registers every table
from webapp.domain.scope import Scope
from webapp.extensions import metadata
from webapp.models.security import TABLE_RULES
from webapp.transactions import unit_of_work

ALWAYS = {"site_id", "session_id", "course_id"}
"""Columns that are filled although they may be empty: they say whose the row is."""

_DAY = date(2026, 10, 5)
_KINDS: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
    (Boolean, False),
    (Float, 1.0),
    (Numeric, Decimal(1)),
    (DateTime, datetime(2026, 10, 5, 15, tzinfo=UTC)),
    (Date, _DAY),
    (Time, time(6)),
    (JSONB, {}),
)


@dataclass
class Rows:
    """What was stored for one site: table -> column -> value. `words` stand in every text, `number` in every number."""

    scope: Scope
    words: str
    number: int
    of: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def site_id(self) -> UUID:
        """The site."""
        found: UUID = self.of["site"]["id"]
        return found


def fill_every_table(scope: Scope, words: str, number: int) -> Rows:
    """One row in each table of the scope's network, at a site of its own."""
    rows = Rows(scope, words, number)
    rows.of["network"] = {"id": scope.network_id}
    with unit_of_work(scope) as db:
        for table in _tables():
            row = dict(_values(table, rows))
            db.execute(table.insert(), row)
            rows.of[table.name] = row
    return rows


def _tables() -> Iterator[Table]:
    """Those that name a row of another one after it, whether the database would ask or not."""
    for table in sorted(metadata.sorted_tables, key=lambda one: "site_id" in one.c and not one.foreign_keys):
        if table.name == "user_account" or TABLE_RULES[table.name].reach not in ("none", "self"):
            yield table


def _values(table: Table, rows: Rows) -> Iterator[tuple[str, Any]]:
    referred: dict[str, Any] = {}
    for reference in table.foreign_key_constraints:
        target = rows.of.get(reference.referred_table.name)
        needed = all(not table.c[name].nullable or name in ALWAYS for name in reference.column_keys)
        if target is not None and needed:
            referred |= {e.parent.name: target[e.column.name] for e in reference.elements}
    for column in table.columns:
        if column.identity is not None:
            continue
        if column.name == "network_id":
            yield column.name, rows.scope.network_id
        elif column.name in referred:
            yield column.name, referred[column.name]
        elif column.name in ALWAYS and isinstance(column.type, Uuid):
            yield column.name, rows.of[column.name.removesuffix("_id")]["id"]
        elif not isinstance(column.type, Uuid) or not column.nullable:
            yield column.name, _value(column, rows)


def _value(column: Column[Any], rows: Rows) -> Any:
    if isinstance(column.type, Uuid):
        return uuid4()
    if isinstance(column.type, Text):
        return f"{rows.words} {column.table.name}.{column.name} {uuid4().hex}"
    if isinstance(column.type, LargeBinary):
        return uuid4().bytes
    if isinstance(column.type, ARRAY):
        if isinstance(column.type.item_type, Date):
            return [next(value for kind, value in _KINDS if kind is Date)]
        return [False] if isinstance(column.type.item_type, Boolean) else [0]
    if isinstance(column.type, Integer):
        return rows.number
    return next(value for kind, value in _KINDS if isinstance(column.type, kind))
