"""Tables and charts on a page. Each chart has its table behind it, each is for download; marks and cells open rows."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from dashboards import elements as html
from dashboards.components import card
from dashboards.elements import Component
from dashboards.parts import Chart, DataTable, Picture, TableBehind
from dashboards.shell import FileFormat, PageRequest
from webapp.domain.measures import Explanation, explain
from webapp.presentation import figures, formats
from webapp.presentation.addresses import own_address
from webapp.presentation.figures.marks import row_key
from webapp.presentation.filter_words import filter_words
from webapp.presentation.tables import Cell, Column, Kind, Table
from webapp.presentation.tokens import LIGHT, Tone

TELLING: frozenset[Kind] = frozenset({"text", "integer"})
"""Kinds whose cells are sorted by their texts."""

LEAST_HEIGHT = 160
"""Pixels that a chart needs for its axis and one bar."""

Links = Callable[[str, str], str | None]
"""From a row's key and a column's key to the page behind that cell; None where nothing opens."""

Tones = Callable[[str, str], Tone | None]
"""From a row's key and a column's key to the tone that its words stand in; None for plain text."""


def table_view(
    table: Table,
    request: PageRequest,
    *,
    links: Links | None = None,
    tones: Tones | None = None,
    counted: Explanation | None = None,
) -> Component:
    """A card with a table: sorted by its headings, searched when long, with its downloads.

    counted: the measure in words under a network's own thresholds; by default the table's measure under the usual ones.
    """
    return card(
        table.title,
        DataTable(**_table_parts(table, links and _own(links)), tones=_tones(table, tones)),
        *_notes(table),
        subtitle=table.subtitle,
        tools=[_downloads(table, request)],
        counted=counted or _explanation(table),
        key=table.key,
    )


def chart_card(
    table: Table,
    kind: figures.ChartKind,
    request: PageRequest,
    *,
    links: Links | None = None,
    counted: Explanation | None = None,
    height: int = 320,
) -> Component:
    """A card titled with the question it answers: the chart, its table behind it, its downloads. height in pixels.

    Where there is nothing to draw, the table's notes say so, or the usual sentence.
    """
    if not table.rows:
        nothing = _notes(table) or [html.P(figures.NOTHING, className="nothing")]
        return card(table.title, *nothing, subtitle=table.subtitle, counted=counted or _explanation(table))
    links = _own(links) if links else None
    drawn = figures.draw(kind, table, LIGHT)
    drawn = {"data": [_opening(trace, links) for trace in drawn["data"]], "layout": drawn["layout"] | {"meta": kind}}
    own = drawn["layout"].pop("height", None)
    if kind == "days_left" and own:
        height = max(own, LEAST_HEIGHT)  # each bar has the room of its name
    return card(
        table.title,
        Chart(figure=drawn, label=figures.alternative_text(kind, table), height=height),
        *_notes(table),
        TableBehind(**_table_parts(table, links)),
        subtitle=table.subtitle,
        tools=[_downloads(table, request, drawn=True)],
        counted=counted or _explanation(table),
        key=table.key,
    )


def _own(links: Links) -> Links:
    """Only addresses of this product pass. A mark and its cell open the same, which is put together once."""
    return cache(lambda row, column: own_address(links(row, column)))


def _table_parts(table: Table, links: Links | None) -> dict[str, Any]:
    columns = [
        {
            "key": c.key,
            "label": c.label,
            "right": formats.aligned_right(c),
            "text": c.kind == "text",
            "whole": _is_whole(c, table),
        }
        for c in table.columns
    ]
    return {
        "table": table.key,
        "caption": f"{table.title} {table.subtitle}".strip(),
        "columns": columns,
        "texts": formats.row_texts(table),
        "values": [_sortable(table, place) for place in range(len(table.columns))],
        "links": _row_links(table, links) if links else None,
    }


def _is_whole(column: Column, table: Table) -> bool:
    """Whether the column's cells are one word each, or a number or a day: such a cell is never broken into lines."""
    return column.kind != "text" or not any(" " in str(cell) for cell in table.column(column.key))


def _row_links(table: Table, links: Links) -> list[list[str | None]]:
    """Where each cell leads, row by row; a missing value leads nowhere, nor does a count of nothing."""
    columns = [(column.key, column.kind == "integer") for column in table.columns]
    return [
        [
            None if value is None or (counts and value == 0) else links(key, column)
            for value, (column, counts) in zip(row, columns, strict=True)
        ]
        for row, key in ((row, row_key(table, place)) for place, row in enumerate(table.rows))
    ]


def _tones(table: Table, tones: Tones | None) -> list[list[Tone | None]] | None:
    if tones is None:
        return None
    keys = [row_key(table, place) for place in range(len(table.rows))]
    return [[tones(key, column.key) for column in table.columns] for key in keys]


def _sortable(table: Table, place: int) -> list[str | float | None] | None:
    """A column's cells as something that JSON and a sort know: days as their number; None where the texts do."""
    if table.columns[place].kind in TELLING:
        return None
    return [_number_of(row[place]) for row in table.rows]


def _number_of(value: Cell) -> str | float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.toordinal()
    return round(value, 6) if isinstance(value, float) else value


def _downloads(table: Table, request: PageRequest, *, drawn: bool = False) -> Component:
    """A file holds all rows of the table, with the filters of the page; of a chart there is a picture too."""
    kinds: tuple[tuple[str, FileFormat], ...] = (("CSV", "csv"), ("XLSX", "xlsx"))
    ways = [
        html.Li(html.A(f"{name} of “{table.title}”", href=request.download(table.key, kind), download=""))
        for name, kind in kinds
    ]
    if drawn:
        ways.append(html.Li(_picture(table, request)))
    return html.Details([html.Summary("Download"), html.Div(html.Ul(ways), className="panel")], className="pop")


def _picture(table: Table, request: PageRequest) -> Component:
    words = filter_words(request.filters, request.viewer)
    if request.filters.as_of:
        words.append(("States on", formats.day(request.filters.as_of)))
    about = [f"{label}: {value}" for label, value in words]
    stem = f"{request.page.key}-{table.key.replace('_', '-')}-{request.filters.period.start_on}"
    return Picture(
        label=f"PNG of “{table.title}”",
        name=f"{stem}.png",
        title=table.title,
        subtitle=table.subtitle,
        notes=list(table.notes),
        about=about,
    )


def _notes(table: Table) -> list[Component]:
    return [html.Div([html.P(sentence) for sentence in table.notes], className="card-notes")] if table.notes else []


def _explanation(table: Table) -> Explanation | None:
    return explain(table.measure) if table.measure else None


def _opening(trace: Mapping[str, Any], links: Links | None) -> dict[str, Any]:
    """A mark's customdata becomes the address that a click opens."""
    return {**trace, "customdata": _addresses(trace["customdata"], links)} if "customdata" in trace else dict(trace)


def _addresses(marks: Any, links: Links | None) -> Any:
    if not isinstance(marks, list):
        return None
    if len(marks) == 2 and isinstance(marks[0], str) and isinstance(marks[1], str):
        return links(marks[0], marks[1]) if links else None
    return [_addresses(mark, links) for mark in marks]
