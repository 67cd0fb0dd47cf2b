"""Figures: a Table and the name of a chart kind give a plain plotly figure dict, and a sentence that says the same.

A figure carries only what differs from `layout(theme)`, which is applied once on the client or merged by `with_layout`.
Each mark's customdata is [row key, column key]: with the table's key it names the cell whose rows a click opens.
The columns that a kind needs stand at the head of its module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from webapp.presentation.figures import (
    after_infusion,
    days_left,
    dot_interval,
    drop_off,
    funnel,
    heat_map,
    sparkline,
    stacked_bars,
    step_lines,
    time_line,
)
from webapp.presentation.figures.layout import layout, with_layout
from webapp.presentation.figures.marks import Figure, nothing_to_draw
from webapp.presentation.tables import Table
from webapp.presentation.tokens import LIGHT, Theme

ChartKind = Literal[
    "line",
    "states",
    "bars",
    "funnel",
    "days_left",
    "drop_off",
    "dots",
    "sparkline",
    "heat_map",
    "steps",
    "after_infusion",
]
NOTHING = "Nothing was recorded for this choice."
NO_POINT = "No point of it can be drawn; the table says why."


@dataclass(frozen=True, slots=True)
class Chart:
    """How one kind is drawn and told."""

    draw: Callable[[Table, Theme], Figure]
    alternative_text: Callable[[Table], str]


CHARTS: Mapping[ChartKind, Chart] = {
    "line": Chart(time_line.draw, time_line.alternative_text),
    "states": Chart(stacked_bars.draw_states, stacked_bars.alternative_text),
    "bars": Chart(stacked_bars.draw_counts, stacked_bars.alternative_text),
    "funnel": Chart(funnel.draw, funnel.alternative_text),
    "days_left": Chart(days_left.draw, days_left.alternative_text),
    "drop_off": Chart(drop_off.draw, drop_off.alternative_text),
    "dots": Chart(dot_interval.draw, dot_interval.alternative_text),
    "sparkline": Chart(sparkline.draw, sparkline.alternative_text),
    "heat_map": Chart(heat_map.draw, heat_map.alternative_text),
    "steps": Chart(step_lines.draw, step_lines.alternative_text),
    "after_infusion": Chart(after_infusion.draw, after_infusion.alternative_text),
}


def draw(kind: ChartKind, table: Table, theme: Theme = LIGHT) -> Figure:
    """The table as a figure of that kind; an empty table, or lines without a point, give a figure that says so."""
    nothing = why_nothing(kind, table)
    return nothing_to_draw(theme, nothing) if nothing else CHARTS[kind].draw(table, theme)


def alternative_text(kind: ChartKind, table: Table) -> str:
    """What the chart shows, in a sentence with its numbers."""
    nothing = why_nothing(kind, table)
    return f"{table.title} {table.subtitle}. {nothing}" if nothing else CHARTS[kind].alternative_text(table)


def why_nothing(kind: ChartKind, table: Table) -> str:
    """Why there is nothing to draw; empty where there is something."""
    if not table.rows:
        return NOTHING
    if kind != "line":
        return ""
    drawn = (cell for column in time_line.series_columns(table) for cell in table.column(column.key))
    return NO_POINT if all(cell is None for cell in drawn) else ""


__all__ = [
    "CHARTS",
    "NOTHING",
    "ChartKind",
    "Figure",
    "alternative_text",
    "draw",
    "layout",
    "nothing_to_draw",
    "why_nothing",
    "with_layout",
]
