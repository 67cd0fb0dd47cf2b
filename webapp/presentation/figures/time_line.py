"""Lines over time: last year dotted, an interval as a band, names at the lines' ends instead of a legend.

Table: the first column is a day or month; every column of the first numeric column's kind is a line. A key ending in
`_last_year` is drawn dotted and quiet; `<key>_low` and `<key>_high` are its interval. A missing value leaves a gap.
"""

from datetime import date
from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import (
    Figure,
    cell_key,
    escaped,
    has_column,
    hundredfold,
    iso_days,
    names_at_ends,
    numbers,
    room_for_names,
)
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import Theme

LAST_YEAR = "_last_year"
BOUNDS = ("_low", "_high")
MARKED_UP_TO = 14
"""Points up to which each is marked with a dot; of more only those that stand alone between gaps, where no line would show them."""
DOT, LONE_DOT = 5, 7


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure."""
    series = series_columns(table)
    shares = any(column.kind == "percent" for column in series)
    colours = _colours(series, theme)
    bands = [_band(table, column, theme) for column in series if has_column(table, column.key + "_low")]
    lines = [_line(table, column, colours[column.key]) for column in series]
    largest = max((value for trace in (*bands, *lines) for value in trace["y"] if value is not None), default=0.0)
    vertical = axes.percent_axis(largest) if shares else axes.count_axis(largest)
    layout: dict[str, Any] = {
        "xaxis": axes.day_axis([row[0] for row in table.rows if isinstance(row[0], date)]),
        "yaxis": vertical,
        "margin": {"r": room_for_names([column.label for column in series])},
        "hovermode": "x unified",
        "annotations": names_at_ends(lines, iso_days(table)[-1], vertical["range"][1]),
    }
    return {"data": bands + lines, "layout": layout}


def alternative_text(table: Table) -> str:
    """First, last, lowest and highest value of each line."""
    parts = [_described(table, column) for column in series_columns(table)]
    return f"{table.title} {table.subtitle}. " + " ".join(part for part in parts if part)


def series_columns(table: Table) -> list[Column]:
    """The columns drawn as lines: all of the first one's kind, so that an n beside a percentage is none."""
    drawable = [
        column
        for column in table.columns[1:]
        if column.kind in ("integer", "number", "percent") and not _is_bound(table, column.key)
    ]
    return [column for column in drawable if column.kind == drawable[0].kind]


def _is_bound(table: Table, key: str) -> bool:
    return any(key.endswith(ending) and has_column(table, key.removesuffix(ending)) for ending in BOUNDS)


def _colours(series: list[Column], theme: Theme) -> dict[str, str]:
    strong = [theme.accent, theme.second, theme.third, theme.ink]
    now = [column.key for column in series if not column.key.endswith(LAST_YEAR)]
    colours = {key: strong[place % len(strong)] for place, key in enumerate(now)}
    return {column.key: colours.get(column.key, theme.muted) for column in series}


def _values(table: Table, column: Column) -> list[float | None]:
    drawn = numbers(table, column.key)
    return [hundredfold(value) for value in drawn] if column.kind == "percent" else drawn


def _line(table: Table, column: Column, colour: str) -> dict[str, Any]:
    last_year = column.key.endswith(LAST_YEAR)
    values = _values(table, column)
    dots = _dots(values)
    return {
        "type": "scatter",
        "mode": "lines+markers" if any(dots) and not last_year else "lines",
        "name": escaped(column.label),
        "x": iso_days(table),
        "y": values,
        "line": {"color": colour, "width": 1.5 if last_year else 2.5, "dash": "dot" if last_year else "solid"},
        # Plotly draws dots of different sizes pale and edged, unless told otherwise.
        "marker": {
            "color": colour,
            "size": dots if any(dots) and not all(dots) else DOT,
            "opacity": 1,
            "line": {"width": 0},
        },
        "connectgaps": False,
        "cliponaxis": not any(dots),
        "customdata": [cell_key(table, row, column.key) for row in range(len(table.rows))],
        "hovertemplate": "%{y:,.1f} %" if column.kind == "percent" else "%{y:,.0f}",
    }


def _dots(values: list[float | None]) -> list[int]:
    """The size of each point's dot in pixels; 0 for none."""
    if len(values) <= MARKED_UP_TO:
        return [DOT] * len(values)
    lone = {run[0] for run in _runs([value is not None for value in values]) if len(run) == 1}
    return [LONE_DOT if place in lone else 0 for place in range(len(values))]


def _band(table: Table, column: Column, theme: Theme) -> dict[str, Any]:
    """One closed area per run of days that have both bounds."""
    low = [hundredfold(value) if column.kind == "percent" else value for value in numbers(table, column.key + "_low")]
    high = [hundredfold(value) if column.kind == "percent" else value for value in numbers(table, column.key + "_high")]
    days = iso_days(table)
    xs: list[str | None] = []
    ys: list[float | None] = []
    for run in _runs([a is not None and b is not None for a, b in zip(low, high, strict=True)]):
        if xs:
            xs.append(None)
            ys.append(None)
        xs += [days[i] for i in run] + [days[i] for i in reversed(run)]
        ys += [high[i] for i in run] + [low[i] for i in reversed(run)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "95 % interval",
        "x": xs,
        "y": ys,
        "fill": "toself",
        "fillcolor": theme.band,
        "line": {"width": 0, "color": theme.band},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _runs(present: list[bool]) -> list[list[int]]:
    runs: list[list[int]] = []
    for place, there in enumerate(present):
        if there and (place == 0 or not present[place - 1]):
            runs.append([])
        if there:
            runs[-1].append(place)
    return runs


def _described(table: Table, column: Column) -> str:
    known = [
        (row[0], value)
        for row, value in zip(table.rows, table.column(column.key), strict=True)
        if isinstance(value, int | float)
    ]
    if not known:
        return f"{column.label}: nothing recorded."
    lowest, highest = min(known, key=lambda pair: pair[1]), max(known, key=lambda pair: pair[1])
    first, last, low, high = (_told(table, column, pair) for pair in (known[0], known[-1], lowest, highest))
    return f"{column.label}: from {first} to {last}, lowest {low}, highest {high}."


def _told(table: Table, column: Column, pair: tuple[Cell, Cell]) -> str:
    day, value = pair
    preposition = "in" if table.columns[0].kind == "month" else "on"
    return f"{formats.cell(value, column.kind)} {preposition} {formats.cell(day, table.columns[0].kind)}"
