"""Stacked bars over time: course states as shares of all started courses, or plain counts by outcome.

Table: the first column is a month or day; every integer column is one layer, except `n`, `total` and `started`. For
course states the layers' keys are the values of CourseState; open courses are hatched, because nobody knows
yet how they end.
"""

from datetime import date
from typing import Any

from webapp.domain.vocabulary import CourseState
from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, escaped, hundredfold, numbers
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS, Theme

MOST_TICKS = 12
TOTALS = ("n", "total", "started")


def draw_states(table: Table, theme: Theme) -> Figure:
    """Course states by start month, each bar 100 % of the courses started."""
    layers = layer_columns(table)
    totals = _totals(table, layers)
    traces = []
    for column in layers:
        counts = numbers(table, column.key)
        shares = [
            None if value is None or not total else hundredfold(value / total)
            for value, total in zip(counts, totals, strict=True)
        ]
        trace = _bars(table, column, _state_marker(CourseState(column.key), theme), theme)
        traces.append(trace | {"y": shares, "hovertemplate": "%{hovertext}<br>%{y:.1f} %<extra></extra>"})
    return _figure(table, traces, axes.percent_axis(100))


def draw_counts(table: Table, theme: Theme) -> Figure:
    """Counts of each layer, stacked."""
    colours = [theme.accent, theme.state_completed_late, theme.other, theme.second, theme.third]
    layers = layer_columns(table)
    traces = [
        _bars(table, column, {"color": colours[place % len(colours)]}, theme) for place, column in enumerate(layers)
    ]
    return _figure(table, traces, axes.count_axis(max(_totals(table, layers), default=0.0)))


def alternative_text(table: Table) -> str:
    """How many of each layer over the whole time, with its share."""
    layers = layer_columns(table)
    whole = sum(_totals(table, layers))
    if not whole:
        return f"{table.title} {table.subtitle}. Nothing recorded."
    parts = []
    for column in layers:
        many = sum(value for value in numbers(table, column.key) if value is not None)
        parts.append(f"{_layer_name(column)} {formats.count(many)} ({formats.percent(many / whole)})")
    first, last = (formats.cell(table.rows[place][0], table.columns[0].kind) for place in (0, -1))
    return f"{table.title} {table.subtitle}. {first} to {last}, {formats.count(whole)} in all: {'; '.join(parts)}."


def layer_columns(table: Table) -> list[Column]:
    """The columns drawn as layers, from the bottom: the course states where there are any, else every other count."""
    counts = [column for column in table.columns[1:] if column.kind == "integer" and column.key not in TOTALS]
    states = [column for column in counts if column.key in set(CourseState)]
    return states or counts


def _layer_name(column: Column) -> str:
    return STATE_LABELS[CourseState(column.key)] if column.key in set(CourseState) else column.label


def _totals(table: Table, layers: list[Column]) -> list[float]:
    columns = [numbers(table, column.key) for column in layers]
    return [sum(column[row] or 0.0 for column in columns) for row in range(len(table.rows))]


def _state_marker(state: CourseState, theme: Theme) -> dict[str, Any]:
    if state is not CourseState.OPEN:
        return {"color": theme.state(state)}
    pattern = {
        "shape": "/",
        "fgcolor": theme.state_open,
        "bgcolor": theme.card,
        "fillmode": "overlay",
        "size": 6,
        "solidity": 0.3,
    }
    return {"color": theme.card, "pattern": pattern}


def _bars(table: Table, column: Column, marker: dict[str, Any], theme: Theme) -> dict[str, Any]:
    name = escaped(_layer_name(column))
    rows = zip(table.rows, table.column(column.key), strict=True)
    return {
        "type": "bar",
        "name": name,
        "x": list(range(len(table.rows))),
        "y": numbers(table, column.key),
        "marker": marker | {"line": {"color": theme.card, "width": 1}},
        "customdata": [cell_key(table, row, column.key) for row in range(len(table.rows))],
        "hovertext": [
            f"{escaped(formats.cell(row[0], table.columns[0].kind))}: {name} {formats.cell(many, 'integer')}"
            for row, many in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _figure(table: Table, traces: list[dict[str, Any]], vertical: axes.Axis) -> Figure:
    months = table.columns[0].kind == "month"
    # Where not every month is named, January may go unnamed, and with it the year: then each name has its own.
    labels = [_tick(row[0], months, with_year=len(table.rows) > MOST_TICKS) for row in table.rows]
    return {
        "data": traces,
        "layout": {
            "barmode": "stack",
            "bargap": 0.25,
            "showlegend": True,
            "legend": {"traceorder": "normal"},
            "xaxis": axes.category_axis(labels, most_ticks=MOST_TICKS),
            "yaxis": vertical,
        },
    }


def _tick(value: Cell, months: bool, *, with_year: bool) -> str:
    if not isinstance(value, date):
        return escaped(value)
    name = formats.MONTHS[value.month - 1]
    if not months:
        return f"{value.day} {name}"
    return name + (f"<br>{value.year}" if with_year or value.month == 1 else "")
