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
    """The table as a figure of that kind; an empty table gives a figure that says so."""
    return CHARTS[kind].draw(table, theme) if table.rows else nothing_to_draw(theme, NOTHING)


def alternative_text(kind: ChartKind, table: Table) -> str:
    """What the chart shows, in a sentence with its numbers."""
    return CHARTS[kind].alternative_text(table) if table.rows else f"{table.title} {table.subtitle}. {NOTHING}"


__all__ = [
    "CHARTS",
    "NOTHING",
    "ChartKind",
    "Figure",
    "alternative_text",
    "draw",
    "layout",
    "nothing_to_draw",
    "with_layout",
]
