"""Recounts by the key of the table: each small function reads the raw source and nothing else.

A new panel of the sessions, courses or side-effects page needs one: write a function beside the others of its page that gives the
table's rows as dictionaries by column, with `KEY` for the row's key where the table has row keys, and put `@recount("its_key")` on
it (`in_order=False` where the raw files do not tell the order or the keys). Every column that holds a number or a day must be
there; words may be. `test_real_pages` says what is missing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.walks.recount.source import Asked
from webapp.presentation.tables import Table

KEY = "row key"
Row = dict[str, Any]
Recount = Callable[[Asked], Iterable[Row]]
NEW_NAMES = ("session", "pseudonym")
"""Columns of names that the product gives: compared by whether the same rows go together under one name."""


@dataclass(frozen=True)
class Registered:
    """A recount, and whether the order of its rows is told by the raw files."""

    rows: Recount
    in_order: bool


RECOUNTS: dict[str, Registered] = {}


def recount(key: str, in_order: bool = True) -> Callable[[Recount], Recount]:
    """Register a recount for the table of that key."""

    def register(function: Recount) -> Recount:
        assert key not in RECOUNTS, key
        RECOUNTS[key] = Registered(function, in_order)
        return function

    return register


def assert_recounted(table: Table, asked: Asked) -> None:
    """The table holds the rows that its recount gives, and every number in it has been recounted."""
    known = RECOUNTS.get(table.key)
    assert known is not None, f"The table {table.key} has no recount: add one in tests/walks/recount."
    counted = list(known.rows(asked))
    keys = table.row_keys or [None] * len(table.rows)
    columns = [column.key for column in table.columns]
    shown = [{KEY: key, **dict(zip(columns, row, strict=True))} for key, row in zip(keys, table.rows, strict=True)]
    assert len(shown) == len(counted), (table.key, len(shown), len(counted))
    needed = {column.key for column in table.columns if column.kind != "text"} | (
        {KEY} if table.row_keys and known.in_order else set()
    )
    for row in counted:
        assert needed <= set(row), (table.key, "not recounted", needed - set(row))
    names = [name for name in columns if counted and name in counted[0] and name in NEW_NAMES]
    if not known.in_order:
        wanted = set(counted[0]) - set(NEW_NAMES) if counted else set()
        shown, counted = (sorted(rows, key=lambda row: _texts(row, wanted)) for rows in (shown, counted))
    for real, plain in zip(shown, counted, strict=True):
        _assert_row(table.key, real, {name: cell for name, cell in plain.items() if name not in names})
    for name in names:
        assert _together(shown, name, set(counted[0])) == _together(counted, name, set(counted[0])), (table.key, name)


def _assert_row(key: str, real: Row, plain: Row) -> None:
    for name, cell in plain.items():
        if isinstance(cell, float):
            assert real[name] == pytest.approx(cell, rel=1e-9, abs=1e-12), (key, name, plain)
        else:
            assert real[name] == cell, (key, name, plain)


def _texts(row: Row, names: set[str]) -> list[str]:
    return [str(row[name]) for name in sorted(names)]


def _together(rows: Sequence[Row], name: str, columns: set[str]) -> Counter[tuple[tuple[str, ...], ...]]:
    """The rows of each name, without the names."""
    found: dict[Any, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(tuple(_texts(row, columns - set(NEW_NAMES))))
    return Counter(tuple(sorted(group)) for group in found.values())
