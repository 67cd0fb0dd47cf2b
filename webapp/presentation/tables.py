"""Table: the one shape that screens, CSV, XLSX, PDF and API all draw from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Kind = Literal["text", "integer", "number", "decimal", "percent", "date", "instant", "month"]
"""How a cell is typed: a number shows one decimal, a decimal two;
percent cells hold a share between 0 and 1; month cells hold the first day of the month."""

Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a key for code, a label for people, a kind for formatting."""

    key: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """What a panel shows, before anyone decides how it looks.

    title: the question the panel answers. subtitle: its denominator. measure: the id in the registry, or empty.
    rows: one tuple per row, as long as `columns`. notes: sentences that must stand below it wherever it is shown.
    row_keys: what opens the rows behind each row (a site's id, an ISO day); left empty, the first cell does.
    """

    key: str
    title: str
    subtitle: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    measure: str = ""
    notes: tuple[str, ...] = field(default=())
    row_keys: tuple[str, ...] = field(default=())

    def column(self, key: str) -> Sequence[Cell]:
        """All cells of the column with that key, top to bottom."""
        place = next(i for i, column in enumerate(self.columns) if column.key == key)
        return [row[place] for row in self.rows]

    def at(self, row: int, key: str) -> Cell:
        """The cell of one row in the column with that key."""
        return self.rows[row][next(i for i, column in enumerate(self.columns) if column.key == key)]
