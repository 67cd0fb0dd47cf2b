"""Native charts for a panel's sheet: they read the cells, so that who changes a number sees the chart follow.

The colours are the screen's. A heat map becomes a colour scale on its count column; a funnel's limits stand in helper
columns beside the table, taken from the same figure that the screen draws.
"""

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from webapp.domain.vocabulary import CourseState
from webapp.presentation.figures import draw, stacked_bars, step_lines, time_line
from webapp.presentation.figures.funnel import outside_rows
from webapp.presentation.figures.marks import numbers
from webapp.presentation.plain_text import for_xml
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Column, Table
from webapp.presentation.tokens import LIGHT

SIZE = {"width": 720, "height": 340}
ROW_PIXELS = 26
"""What a bar that lies needs so that its name stands beside it."""
DASHES = {"solid": "solid", "dash": "dash", "dot": "round_dot"}
GRID = {"visible": True, "line": {"color": LIGHT.line}}
QUIET = {"color": LIGHT.control}


class Cells:
    """Where the columns of a panel stand on its sheet."""

    def __init__(self, sheet: Worksheet, table: Table, first_row: int) -> None:
        """`first_row`: the row of the first data row, from 0."""
        self.sheet, self.table, self.first_row = sheet, table, first_row
        self.last_row = first_row + len(table.rows) - 1

    def of(self, key: str) -> list[Any]:
        """The range of a column, as xlsxwriter takes it."""
        place = next(place for place, column in enumerate(self.table.columns) if column.key == key)
        return self.at(place)

    def at(self, place: int) -> list[Any]:
        """The range of the column in that place."""
        return [self.sheet.get_name(), self.first_row, place, self.last_row, place]


def insert(workbook: Workbook, sheet: Worksheet, panel: Panel, first_row: int) -> None:
    """Put the panel's chart to the right of its table."""
    table = panel.table
    cells = Cells(sheet, table, first_row)
    if panel.chart == "heat_map":
        _colour_scale(cells)
        return
    beside = len(table.columns) + 1
    if panel.chart == "funnel":
        chart, beside = _funnel(workbook, cells, beside)
    else:
        chart = BUILDERS[panel.chart or "line"](workbook, cells)
    if chart is None:
        return
    chart.set_title({"name": for_xml(table.title), "name_font": {"size": 12, "color": LIGHT.ink}, "overlay": False})
    lying = panel.chart in ("dots", "days_left")
    chart.set_size({**SIZE, "height": max(SIZE["height"], ROW_PIXELS * len(table.rows) + 100)} if lying else SIZE)
    sheet.insert_chart(first_row - 1, beside, chart, {"description": for_xml(f"{table.title} {table.subtitle}")})


def _line(workbook: Workbook, cells: Cells) -> Chart:
    chart = _new(workbook, {"type": "line"})
    table = cells.table
    series = time_line.series_columns(table)
    traces = [trace for trace in draw("line", table)["data"] if "fill" not in trace]
    for column, trace in zip(series, traces, strict=True):
        line = trace["line"]
        style = {"color": line["color"], "width": line["width"], "dash_type": DASHES[line["dash"]]}
        # A month alone between gaps has no line to stand on. The sheet's programs size the dots of a line alike.
        dot = {"type": "circle", "size": 4, "fill": {"color": line["color"]}, "border": {"none": True}}
        _add(chart, cells, column, line=style, marker=dot if "markers" in trace["mode"] else {"type": "none"})
    chart.set_x_axis({"date_axis": True, "num_format": "mmm yyyy", "line": QUIET})
    _value_axis(chart, series[0].kind if series else "integer")
    chart.set_legend({"position": "bottom"})
    chart.show_blanks_as("gap")
    return chart


def _steps(workbook: Workbook, cells: Cells) -> Chart:
    """Lines over days since a start; the sheet's programs know no steps, and with a row a day none is missed."""
    chart = _new(workbook, {"type": "line"})
    lines = [trace["line"] for trace in draw("steps", cells.table)["data"] if "fill" not in trace]
    for column, line in zip(step_lines.series_columns(cells.table), lines, strict=True):
        _add(chart, cells, column, line={"color": line["color"], "width": line["width"]})
    chart.set_x_axis({"name": for_xml(cells.table.columns[0].label), "line": QUIET, "interval_unit": 7})
    _value_axis(chart, "percent")
    chart.set_legend({"position": "bottom"})
    return chart


def _stacked(workbook: Workbook, cells: Cells, *, shares: bool) -> Chart:
    chart = _new(workbook, {"type": "column", "subtype": "percent_stacked" if shares else "stacked"})
    figure = draw("states" if shares else "bars", cells.table)
    for column, trace in zip(stacked_bars.layer_columns(cells.table), figure["data"], strict=True):
        marker = trace["marker"]
        if shares and column.key == CourseState.OPEN:
            pattern = {"pattern": "wide_upward_diagonal", "fg_color": LIGHT.state_open, "bg_color": LIGHT.card}
            _add(chart, cells, column, pattern=pattern, gap=35)
        else:
            _add(chart, cells, column, fill={"color": marker["color"]}, gap=35)
    # Each bar has its own place: on an axis of days a week's bar would be a day wide.
    by_day = cells.table.columns[0].kind == "date"
    chart.set_x_axis({"text_axis": True, "num_format": "d mmm" if by_day else "mmm yyyy", "line": QUIET})
    chart.set_y_axis({"major_gridlines": GRID, "line": {"none": True}, "num_format": "0%" if shares else "#,##0"})
    chart.set_legend({"position": "bottom"})
    return chart


def _days_left(workbook: Workbook, cells: Cells) -> Chart:
    chart = _new(workbook, {"type": "bar"})
    column = _column(cells.table, "days_left")
    _add(chart, cells, column, fill={"color": LIGHT.accent}, gap=60, data_labels={"value": True})
    chart.set_y_axis({"reverse": True, "line": QUIET, "interval_unit": 1})
    chart.set_x_axis({"major_gridlines": GRID, "line": {"none": True}})
    chart.set_legend({"none": True})
    return chart


def _drop_off(workbook: Workbook, cells: Cells) -> Chart:
    chart = _new(workbook, {"type": "column"})
    column = _column(cells.table, "share")
    _add(chart, cells, column, fill={"color": LIGHT.accent}, gap=50, y_error_bars=_error_bars(cells.table, "share"))
    chart.set_x_axis({"name": for_xml(cells.table.columns[0].label), "line": QUIET})
    _value_axis(chart, "percent")
    chart.set_legend({"none": True})
    return chart


def _after_infusion(workbook: Workbook, cells: Cells) -> Chart:
    chart = _new(workbook, {"type": "line"})
    marker = {"type": "circle", "size": 7, "fill": {"color": LIGHT.accent}, "border": {"none": True}}
    bars = _error_bars(cells.table, "rate")
    _add(chart, cells, _column(cells.table, "rate"), line={"none": True}, marker=marker, y_error_bars=bars)
    for key in ("lowest", "highest"):
        dash = {"type": "short_dash", "size": 9, "fill": {"color": LIGHT.other}, "border": {"none": True}}
        _add(chart, cells, _column(cells.table, key), line={"none": True}, marker=dash)
    chart.set_x_axis({"name": for_xml(cells.table.columns[0].label), "line": QUIET})
    _value_axis(chart, "percent")
    chart.set_legend({"position": "bottom"})
    return chart


def _dots(workbook: Workbook, cells: Cells) -> Chart:
    chart = _new(workbook, {"type": "bar"})
    column = _column(cells.table, "rate")
    bars = _error_bars(cells.table, "rate")
    _add(chart, cells, column, fill={"color": LIGHT.accent_soft}, gap=60, x_error_bars=bars)
    chart.set_y_axis({"reverse": True, "line": QUIET, "interval_unit": 1})
    chart.set_x_axis({"major_gridlines": GRID, "line": {"none": True}, "num_format": "0%", "min": 0})
    chart.set_legend({"none": True})
    return chart


def _funnel(workbook: Workbook, cells: Cells, beside: int) -> tuple[Chart | None, int]:
    """The chart and the first free column beside the limits."""
    figure = draw("funnel", cells.table)
    curves = [trace for trace in figure["data"] if trace["mode"] == "lines" and len(trace["x"]) > 2]
    if not curves:
        return None, beside
    chart = _new(workbook, {"type": "scatter", "subtype": "straight"})
    sheet, top = cells.sheet, cells.first_row
    _write_column(sheet, top, beside, "n of the limits", curves[0]["x"])
    for place, curve in enumerate(curves, start=beside + 1):
        _write_column(sheet, top, place, curve["name"], [None if y is None else y / 100 for y in curve["y"]])
        last = top + len(curve["x"]) - 1
        chart.add_series(
            {
                "name": curve["name"],
                "categories": [sheet.get_name(), top, beside, last, beside],
                "values": [sheet.get_name(), top, place, last, place],
                "line": {"color": LIGHT.control, "width": 1, "dash_type": DASHES[curve["line"]["dash"]]},
                "marker": {"type": "none"},
            }
        )
    chart.add_series(
        {
            "name": for_xml(cells.table.title),
            "categories": cells.of("n"),
            "values": cells.of("rate"),
            "line": {"none": True},
            "marker": {"type": "circle", "size": 6, "fill": {"color": LIGHT.other}, "border": {"none": True}},
            "points": _point_colours(cells.table),
        }
    )
    chart.set_x_axis({"name": for_xml(_column(cells.table, "n").label), "min": 0, "line": QUIET})
    _value_axis(chart, "percent")
    chart.set_legend({"none": True})
    return chart, beside + len(curves) + 2


def _point_colours(table: Table) -> list[dict[str, Any] | None]:
    outside = set(outside_rows(table))
    return [{"fill": {"color": LIGHT.bad}} if row in outside else None for row in range(len(table.rows))]


def _write_column(sheet: Worksheet, top: int, place: int, label: str, values: list[Any]) -> None:
    sheet.write_string(top - 1, place, label)
    for row, value in enumerate(values):
        if value is not None:
            sheet.write_number(top + row, place, value)


def _colour_scale(cells: Cells) -> None:
    scale = {"type": "2_color_scale", "min_color": LIGHT.accent_soft, "max_color": LIGHT.state_completed_late}
    cells.sheet.conditional_format(cells.first_row, 2, cells.last_row, 2, scale)


def _error_bars(table: Table, key: str) -> dict[str, Any]:
    middle, low, high = (numbers(table, name) for name in (key, "low", "high"))
    known = list(zip(middle, low, high, strict=True))
    plus = [0.0 if m is None or h is None else max(0.0, h - m) for m, _, h in known]
    minus = [0.0 if m is None or lo is None else max(0.0, m - lo) for m, lo, _ in known]
    return {"type": "custom", "plus_values": plus, "minus_values": minus, "line": {"color": LIGHT.ink}}


def _new(workbook: Workbook, options: dict[str, str]) -> Chart:
    chart = workbook.add_chart(options)
    if chart is None:
        raise ValueError(f"xlsxwriter knows no chart {options}")
    return chart


def _add(chart: Chart, cells: Cells, column: Column, **style: object) -> None:
    chart.add_series(
        {"name": for_xml(column.label), "categories": cells.at(0), "values": cells.of(column.key), **style}
    )


def _value_axis(chart: Chart, kind: str) -> None:
    number_format = "0%" if kind == "percent" else "#,##0"
    chart.set_y_axis({"major_gridlines": GRID, "line": {"none": True}, "num_format": number_format, "min": 0})


def _column(table: Table, key: str) -> Column:
    return next(column for column in table.columns if column.key == key)


def _states(workbook: Workbook, cells: Cells) -> Chart:
    return _stacked(workbook, cells, shares=True)


def _bars(workbook: Workbook, cells: Cells) -> Chart:
    return _stacked(workbook, cells, shares=False)


BUILDERS = {
    "line": _line,
    "sparkline": _line,
    "states": _states,
    "bars": _bars,
    "days_left": _days_left,
    "drop_off": _drop_off,
    "dots": _dots,
    "steps": _steps,
    "after_infusion": _after_infusion,
}
