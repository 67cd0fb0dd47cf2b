"""Steps over days since a start: each line a share that only rises, with its interval as a band, its name at its end.

Table: the first column is the day (integer); every column of shares whose `<key>_low` and `<key>_high` stand beside it is
a line.
"""

from collections.abc import Iterator
from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import (
    Figure,
    cell_key,
    escaped,
    has_column,
    hundredfold,
    names_at_ends,
    number_at,
    numbers,
    room_for_names,
)
from webapp.presentation.tables import Column, Table
from webapp.presentation.tokens import Theme

BOUNDS = ("_low", "_high")
TICK_DAYS = (7, 14, 30, 60, 90)
MOST_TICKS = 9


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure."""
    series = series_columns(table)
    colours = _colours(theme)
    lines = [_line(table, column, colours[place % len(colours)]) for place, column in enumerate(series)]
    bands = [_band(table, column, theme) for column in series]
    largest = max((value for trace in (*bands, *lines) for value in trace["y"] if value is not None), default=0.0)
    days = _days(table)
    vertical = axes.percent_axis(largest)
    layout: dict[str, Any] = {
        "xaxis": axes.titled(_day_axis(days[-1]), escaped(table.columns[0].label).lower()),
        "yaxis": vertical,
        "margin": {"r": room_for_names([column.label for column in series])},
        "hovermode": "x unified",
        "annotations": names_at_ends(lines, days[-1], vertical["range"][1]),
    }
    return {"data": bands + lines, "layout": layout}


def alternative_text(table: Table) -> str:
    """Where each line stands at the last day, with its interval, and when it passed half of that."""
    return f"{table.title} {table.subtitle}. " + " ".join(_described(table, column) for column in series_columns(table))


def series_columns(table: Table) -> list[Column]:
    """The columns drawn as lines: shares with both bounds beside them."""
    return [
        column
        for column in table.columns[1:]
        if column.kind == "percent" and all(has_column(table, column.key + ending) for ending in BOUNDS)
    ]


def _days(table: Table) -> list[float]:
    return [value or 0.0 for value in numbers(table, table.columns[0].key)]


def _day_axis(last: float) -> axes.Axis:
    """From day 0 to the last, with a tick each week, fortnight, month ... as there is room for."""
    step = next((step for step in TICK_DAYS if last / step < MOST_TICKS), TICK_DAYS[-1])
    ticks = list(range(0, round(last) + 1, step))
    return {"range": [0, max(last, 1)], "tickvals": ticks, "ticktext": [str(tick) for tick in ticks], "showgrid": False}


def _colours(theme: Theme) -> list[str]:
    return [theme.accent, theme.state_stopped_other, theme.state_transferred, theme.state_lapsed]


def _line(table: Table, column: Column, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escaped(column.label),
        "x": _days(table),
        "y": [hundredfold(value) for value in numbers(table, column.key)],
        "line": {"color": colour, "width": 2.5, "dash": "solid", "shape": "hv"},
        "connectgaps": False,
        "customdata": [cell_key(table, row, column.key) for row in range(len(table.rows))],
        "hovertemplate": "%{y:,.1f} %",
    }


def _band(table: Table, column: Column, theme: Theme) -> dict[str, Any]:
    """The interval as closed areas whose edges are steps: one for each run of days that have an interval."""
    low, high = ([hundredfold(value) for value in numbers(table, column.key + ending)] for ending in BOUNDS)
    outline: list[tuple[float | None, float | None]] = []
    for days, lows, highs in _runs(_days(table), low, high):
        outline += [(None, None)] if outline else []
        outline += _stepped(days, highs) + _stepped(days, lows)[::-1]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "95 % interval",
        "x": [x for x, _ in outline],
        "y": [y for _, y in outline],
        "fill": "toself",
        "fillcolor": theme.band,
        "line": {"width": 0, "color": theme.band},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _runs(
    days: list[float], low: list[float | None], high: list[float | None]
) -> Iterator[tuple[list[float], list[float], list[float]]]:
    """The days in a row that have both ends, with them; each holds up to the day after the last."""
    run: tuple[list[float], list[float], list[float]] = [], [], []
    for day, lowest, highest in zip(days, low, high, strict=True):
        if lowest is not None and highest is not None:
            for kept, value in zip(run, (day, lowest, highest), strict=True):
                kept.append(value)
        elif run[0]:
            yield [*run[0], day], [*run[1], run[1][-1]], [*run[2], run[2][-1]]
            run = [], [], []
    if run[0]:
        yield run


def _stepped(days: list[float], values: list[float]) -> list[tuple[float, float]]:
    """The corners of a line that holds each value up to the next day."""
    corners: list[tuple[float, float]] = []
    for day, value in zip(days, values, strict=True):
        if corners:
            corners.append((day, corners[-1][1]))
        corners.append((day, value))
    return corners


def _described(table: Table, column: Column) -> str:
    known = [
        (day, value) for day, value in zip(_days(table), numbers(table, column.key), strict=True) if value is not None
    ]
    if not known or not known[-1][1]:
        return f"{column.label}: none."
    last, share = known[-1]
    half = next(day for day, value in known if value >= share / 2)
    low, high = (number_at(table, -1, column.key + ending) for ending in BOUNDS)
    bounds = "no interval" if low is None or high is None else f"95 % {formats.interval(low, high)}"
    return f"{column.label}: {formats.percent(share)} by day {last:g} ({bounds}), half of it by day {half:g}."
