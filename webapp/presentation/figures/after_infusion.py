"""A share after infusion 1, 2, 3 ...: a dot with its interval, and behind it how far the missing ones could move it.

Table, one row an infusion: `infusion` (integer), `rate`, `low`, `high`, `n` (rated), `lowest`, `highest` (bounds over all that
entered). The dots are not joined: other courses stand behind each.
"""

from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, escaped, hundredfold, number_at, numbers
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

HALF_WIDTH = 0.28


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure."""
    rates, low, high, lowest, highest = (
        [hundredfold(value) for value in numbers(table, key)] for key in ("rate", "low", "high", "lowest", "highest")
    )
    known = [row for row, rate in enumerate(rates) if rate is not None]
    dots: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "name": "Rated",
        "x": known,
        "y": [rates[row] for row in known],
        "marker": {"color": theme.accent, "size": 9, "symbol": "circle"},
        "error_y": {
            "type": "data",
            "array": [_length(rates[row], high[row]) for row in known],
            "arrayminus": [_length(low[row], rates[row]) for row in known],
            "color": theme.ink,
            "thickness": 1.5,
            "width": 5,
        },
        "customdata": [cell_key(table, row, "rate") for row in known],
        "hovertext": [escaped(_told(table, row)) for row in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    labels = [escaped(formats.cell(row[0], table.columns[0].kind)) for row in table.rows]
    layout = {
        "xaxis": axes.titled(axes.category_axis(labels), escaped(table.columns[0].label).lower()),
        "yaxis": axes.percent_axis(100),
    }
    return {"data": [_bounds(lowest, highest, theme), dots], "layout": layout}


def alternative_text(table: Table) -> str:
    """Each infusion's share with its interval, its n and its bounds."""
    told = [_told(table, row) for row in range(len(table.rows))]
    return f"{table.title} {table.subtitle}. {'; '.join(told)}."


def _bounds(lowest: list[float | None], highest: list[float | None], theme: Theme) -> dict[str, Any]:
    """A box an infusion, from the lowest to the highest share that the missing ones leave open."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for place, (low, high) in enumerate(zip(lowest, highest, strict=True)):
        if low is None or high is None:
            continue
        left, right = place - HALF_WIDTH, place + HALF_WIDTH
        gap: list[float | None] = [None] if xs else []
        xs += [*gap, left, right, right, left]
        ys += [*gap, low, low, high, high]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "What the missing leave open",
        "x": xs,
        "y": ys,
        "fill": "toself",
        "fillcolor": theme.band,
        "line": {"width": 0, "color": theme.band},
        "hoverinfo": "skip",
    }


def _told(table: Table, row: int) -> str:
    rate, low, high, lowest, highest = (
        number_at(table, row, key) for key in ("rate", "low", "high", "lowest", "highest")
    )
    n = int(number_at(table, row, "n") or 0)
    name = f"{table.columns[0].label.lower()} {formats.cell(table.rows[row][0], table.columns[0].kind)}"
    bounds = f"; with the missing {formats.interval(lowest, highest)}" if lowest is not None else ""
    if rate is None:
        return f"{name}: none rated{bounds}"
    return f"{name}: {formats.rate(rate, n, 'rated')} (95 % {formats.interval(low, high)}){bounds}"


def _length(lower: float | None, upper: float | None) -> float:
    return 0.0 if lower is None or upper is None else max(0.0, round(upper - lower, 9))
