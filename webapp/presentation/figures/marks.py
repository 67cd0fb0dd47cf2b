"""What all figures share: the shape of a figure, safe labels, the keys that a click carries, an empty figure."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from itertools import pairwise
from math import isfinite
from textwrap import wrap
from typing import Any

from webapp.presentation.tables import Cell, Table
from webapp.presentation.tokens import Theme

Figure = dict[str, Any]
"""A plain plotly figure: `data` (traces) and `layout` (only what differs from the theme's layout)."""

LONGEST_LABEL = 30
LETTERS_OF_A_LINE = 30
MOST_LINES = 3
NAME_GAP = 0.07
"""Names at the lines' ends stand at least this share of the height apart."""

LETTER_PIXELS = 7
MOST_NAME_PIXELS = 150


def escaped(text: Cell) -> str:
    """A name as a chart may show it: plotly reads a small HTML in its texts, so people's text is always escaped."""
    return escape(str(text if text is not None else "–"), quote=False)


def axis_label(text: Cell) -> str:
    """A name short enough to stand beside an axis; the whole name is in the hover text and in the table."""
    name = " ".join(str(text if text is not None else "–").split())
    return escaped(name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1].rstrip() + "…")


def label_lines(text: Cell, letters: int = LETTERS_OF_A_LINE, most: int = MOST_LINES) -> list[str]:
    """A name in lines short enough to stand beside an axis, broken after a colon first, then between words.

    A word that is longer than a line is cut through; what would need more lines ends in an ellipsis.
    """
    name = " ".join(str(text if text is not None else "–").split())
    lines: list[str] = []
    for part in name.replace(": ", ":\n").splitlines():
        lines += wrap(part, letters) or [""]
    if len(lines) > most:  # a long first part may share its line with the next
        lines = wrap(name, letters)
    if len(lines) > most:
        last = lines[most - 1]
        lines = [*lines[: most - 1], last[: letters - 1].rstrip() + "…"]
    return [escaped(line) for line in lines] or ["–"]


def row_key(table: Table, row: int) -> str:
    """What opens the rows behind a row of the table: its key, else its first cell (days as ISO)."""
    if table.row_keys:
        return table.row_keys[row]
    first = table.rows[row][0]
    return first.isoformat() if isinstance(first, date) else str(first)


def cell_key(table: Table, row: int, column: str) -> list[str]:
    """The customdata of one mark: row key, column key. Together with the table's key they name one cell."""
    return [row_key(table, row), column]


def numeric(value: Cell) -> float | None:
    """The cell as a number to draw, or None where it is missing, hidden or a text such as `not enough screening`."""
    if isinstance(value, (int, float)) and isfinite(value):  # half the time, and asked for every cell
        return float(value)
    return None


def numbers(table: Table, column: str) -> list[float | None]:
    """A column as numbers to draw."""
    return [numeric(value) for value in table.column(column)]


def number_at(table: Table, row: int, column: str) -> float | None:
    """One cell as a number to draw."""
    return numeric(table.at(row, column))


def has_column(table: Table, key: str) -> bool:
    """Whether the table has a column of that key."""
    return any(column.key == key for column in table.columns)


def hundredfold(share: float | None) -> float | None:
    """A share as the number of its percentage, without the noise of binary fractions."""
    return None if share is None else round(share * 100, 9)


def iso_days(table: Table) -> list[str]:
    """The first column as ISO days."""
    return [iso_day(row[0]) for row in table.rows]


def iso_day(value: Cell) -> str:
    """A day or instant as an ISO day; anything else as text."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The same places moved apart until neighbours are at least `gap` apart, keeping their order."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + gap)
    return moved


def room_for_names(names: Sequence[str]) -> int:
    """Pixels to the right of lines for their names."""
    return min(MOST_NAME_PIXELS, 20 + LETTER_PIXELS * max((len(name) for name in names), default=0))


def names_at_ends(lines: Sequence[Figure], last: str | float, top: float) -> list[Figure]:
    """Each line's name at its end, at the place `last` of the horizontal axis, moved apart where they would meet."""
    known = [(line, [value for value in line["y"] if value is not None]) for line in lines]
    ends = [(line, values[-1]) for line, values in known if values]
    places = spread([end for _, end in ends], top * NAME_GAP)
    return [
        {
            "text": line["name"],
            "x": last,
            "y": place,
            "xref": "x",
            "yref": "y",
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 8,
            "showarrow": False,
            "font": {"color": line["line"]["color"], "weight": 400 if line["line"]["dash"] == "dot" else 600},
        }
        for (line, _), place in zip(ends, places, strict=True)
    ]


def nothing_to_draw(theme: Theme, sentence: str) -> Figure:
    """An empty figure of the usual size that says so."""
    hidden = {"visible": False, "range": [0, 1]}
    note = {"text": escaped(sentence), "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    return {
        "data": [],
        "layout": {"xaxis": hidden, "yaxis": dict(hidden), "annotations": [note | {"font": {"color": theme.muted}}]},
    }
