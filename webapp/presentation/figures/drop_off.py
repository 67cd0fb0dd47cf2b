"""Drop-off: the share of started courses that reached infusion 1, 2, 3 ..., each with its interval.

Table, one row an infusion number: `infusion` (integer), `started`, `reached`, `share`, `low`, `high`.
"""

from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, escaped, hundredfold, number_at, numbers
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

FEW = 6
"""Bars up to which their percentages stand upright in them."""
SHORTEST = 0.1


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure."""
    shares = [hundredfold(value) for value in numbers(table, "share")]
    upper = _arm(shares, [hundredfold(value) for value in numbers(table, "high")], 1)
    lower = _arm(shares, [hundredfold(value) for value in numbers(table, "low")], -1)
    bars: dict[str, Any] = {
        "type": "bar",
        "x": list(range(len(table.rows))),
        "y": shares,
        "marker": {"color": theme.accent},
        "error_y": {
            "type": "data",
            "array": upper,
            "arrayminus": lower,
            "color": theme.ink,
            "thickness": 1.25,
            "width": 5,
        },
        "text": [_inside(value) for value in numbers(table, "share")],
        "textposition": "inside",
        "insidetextanchor": "start",
        "textangle": -90 if len(table.rows) > FEW else 0,
        "constraintext": "none",
        "textfont": {"color": theme.on_accent},
        "customdata": [cell_key(table, row, "reached") for row in range(len(table.rows))],
        "hovertext": [_told(table, row, escape=True) for row in range(len(table.rows))],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    labels = [escaped(formats.cell(row[0], table.columns[0].kind)) for row in table.rows]
    layout = {
        "bargap": 0.35,
        "xaxis": axes.titled(axes.category_axis(labels), escaped(table.columns[0].label).lower()),
        "yaxis": axes.percent_axis(100),
    }
    return {"data": [bars], "layout": layout}


def alternative_text(table: Table) -> str:
    """Each infusion's share with its interval and counts."""
    told = [_told(table, row, escape=False) for row in range(len(table.rows))]
    return f"{table.title} {table.subtitle}. {'; '.join(told)}."


def _inside(share: float | None) -> str:
    """What stands in a bar; nothing in one too short for it, whose number is in the table and in what is told of it."""
    return "" if share is None or share < SHORTEST else formats.percent(share)


def _told(table: Table, row: int, *, escape: bool) -> str:
    low, high = number_at(table, row, "low"), number_at(table, row, "high")
    name = formats.cell(table.rows[row][0], table.columns[0].kind)
    reached, started = (formats.cell(table.at(row, key), "integer") for key in ("reached", "started"))
    share = formats.cell(table.at(row, "share"), "percent")
    bounds = "" if low is None or high is None else f", 95 % {formats.interval(low, high)}"
    text = f"{table.columns[0].label.lower()} {name}: {share} ({reached} of {started}{bounds})"
    return escaped(text) if escape else text


def _arm(shares: list[float | None], bounds: list[float | None], side: int) -> list[float]:
    """The length of the whisker above (1) or below (-1) the bar; none where the interval is missing."""
    return [
        0.0 if share is None or bound is None else max(0.0, round((bound - share) * side, 9))
        for share, bound in zip(shares, bounds, strict=True)
    ]
