"""A dot and its interval per site (or term), by name: a comparison without a ranking.

Table: the first column names the row; `rate`, `low`, `high`, `n`; optionally `target` (the network's rate, one line),
`published` (what others report of the same, a diamond on the row) and `standing`, whose text (`not enough screening`) stands
in the place of a missing rate.
"""

import re
from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import (
    Figure,
    axis_label,
    cell_key,
    escaped,
    has_column,
    hundredfold,
    number_at,
    numbers,
)
from webapp.presentation.tables import Cell, Table
from webapp.presentation.tokens import Theme

ROW_PIXELS = 22
MOST_TOLD = 30
LONGEST_NUMBER = 12
LONG, ROOM_FOR_SCALE = 35, 28
"""A chart of more rows is scrolled through, and has its scale where one begins to read."""


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure, first name at the top."""
    order = rows_by_name(table)
    rates = [hundredfold(value) for value in numbers(table, "rate")]
    known = [(place, row) for place, row in enumerate(order) if rates[row] is not None]
    high = [hundredfold(value) for value in numbers(table, "high")]
    low = [hundredfold(value) for value in numbers(table, "low")]
    dots: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "cliponaxis": False,
        "x": [rates[row] for _, row in known],
        "y": [place for place, _ in known],
        "marker": {"color": theme.accent, "size": 8, "symbol": "circle"},
        "error_x": {
            "type": "data",
            "array": [_length(rates[row], high[row]) for _, row in known],
            "arrayminus": [_length(low[row], rates[row]) for _, row in known],
            "color": theme.other,
            "thickness": 2,
            "width": 0,
        },
        "customdata": [cell_key(table, row, "rate") for _, row in known],
        "hovertext": [escaped(_told(table, row)) for _, row in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    beside = [hundredfold(value) for value in numbers(table, "published")] if has_column(table, "published") else []
    largest = max([value for value in (*high, *rates, *beside) if value is not None], default=0.0)
    target = (
        next((value for value in numbers(table, "target") if value is not None), None)
        if has_column(table, "target")
        else None
    )
    is_long = len(order) > LONG
    layout = {
        "height": 60 + ROW_PIXELS * len(order),
        "xaxis": axes.percent_axis(max(largest, hundredfold(target) or 0.0))
        | {"showline": False, "side": "top" if is_long else "bottom"},
        "margin": {"t": ROOM_FOR_SCALE} if is_long else {},
        "yaxis": axes.category_axis([axis_label(table.rows[row][0]) for row in order], downward=True),
        "annotations": _reasons(table, order, rates, theme),
    }
    return {"data": [*_target(target, len(order), theme), *_published(table, order, theme), dots], "layout": layout}


def alternative_text(table: Table) -> str:
    """Each row with its rate, interval and n, by name."""
    order = rows_by_name(table)
    told = [_told(table, row) for row in order[:MOST_TOLD]]
    rest = f" {formats.count(len(order) - MOST_TOLD)} more stand in the table." if len(order) > MOST_TOLD else ""
    return f"{table.title} {table.subtitle}. {'; '.join(told)}.{rest}"


def rows_by_name(table: Table) -> list[int]:
    """All rows in the order of their names; numbers in names count as numbers, so that 2 comes before 10."""
    return sorted(range(len(table.rows)), key=lambda row: (_by_letters(table.rows[row][0]), row))


def _by_letters(name: Cell) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].zfill(LONGEST_NUMBER), str(name).casefold())


def _told(table: Table, row: int) -> str:
    rate, low, high = (number_at(table, row, key) for key in ("rate", "low", "high"))
    name = formats.cell(table.rows[row][0], table.columns[0].kind)
    if rate is None:
        return f"{name} {_reason(table, row)}"
    return f"{name} {formats.rate(rate, int(number_at(table, row, 'n') or 0))} (95 % {formats.interval(low, high)})"


def _reason(table: Table, row: int) -> str:
    return formats.cell(table.at(row, "standing"), "text") if has_column(table, "standing") else "not shown"


def _reasons(table: Table, order: list[int], rates: list[float | None], theme: Theme) -> list[dict[str, Any]]:
    """Where there is no dot, the reason stands in its place."""
    return [
        {
            "text": escaped(_reason(table, row)),
            "x": 0,
            "y": place,
            "xref": "x",
            "yref": "y",
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 6,
            "showarrow": False,
            "font": {"color": theme.muted},
        }
        for place, row in enumerate(order)
        if rates[row] is None
    ]


def _target(target: float | None, rows: int, theme: Theme) -> list[dict[str, Any]]:
    if target is None:
        return []
    line = {"color": theme.ink, "width": 1.25, "dash": "dash"}
    at = hundredfold(target)
    name = f"network {formats.percent(target)}"
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [at, at],
            "y": [-0.6, rows - 0.4],
            "line": line,
            "hoverinfo": "name",
        }
    ]


def _published(table: Table, order: list[int], theme: Theme) -> list[dict[str, Any]]:
    """What was published of the same, as a diamond on the row."""
    if not has_column(table, "published"):
        return []
    shares = [hundredfold(value) for value in numbers(table, "published")]
    known = [(place, row) for place, row in enumerate(order) if shares[row] is not None]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "published",
            "x": [shares[row] for _, row in known],
            "y": [place for place, _ in known],
            "marker": {"color": theme.second, "size": 8, "symbol": "diamond"},
            "hoverinfo": "name+x",
        }
    ]


def _length(lower: float | None, upper: float | None) -> float:
    return 0.0 if lower is None or upper is None else max(0.0, round(upper - lower, 9))
