"""XLSX: a README sheet, a sheet a panel with typed cells and a native chart, and how each measure is counted.

Text is always text, never a formula or a link. The file's own time is the document's as-of: the same document gives the
same bytes.
"""

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from math import isfinite
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from webapp.presentation import headings, xlsx_charts
from webapp.presentation.figures import why_nothing
from webapp.presentation.formats import aligned_right, cell, interval
from webapp.presentation.plain_text import for_xml
from webapp.presentation.report_document import Panel, ReportDocument
from webapp.presentation.tables import Cell, Column, Kind, Table
from webapp.presentation.tokens import FONT_SPREADSHEET, LIGHT

LONGEST_TEXT = 32_767
LONGEST_NAME = 31
HEAD_ROWS = 4
"""Rows above the first data row of a panel's sheet: title, denominator, empty, column labels."""

NUMBER_FORMATS: dict[Kind, str] = {
    "integer": "#,##0",
    "number": "#,##0.0",
    "decimal": "#,##0.00",
    "percent": '0.0" "%',
    "date": "d mmm yyyy",
    "month": "mmm yyyy",
    "instant": "d mmm yyyy hh:mm",
}
ON_THE_RIGHT = ("integer", "number", "decimal", "percent")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class Book:
    """A workbook being written: its formats, its sheet names, the zone of its instants."""

    def __init__(self, target: io.BytesIO, created_at: datetime, title: str, zone: str) -> None:
        """`created_at` becomes the file's own time."""
        self.workbook = Workbook(target, OPTIONS)
        self.zone = zone
        self.names: list[str] = []
        created = created_at.astimezone(UTC).replace(tzinfo=None)
        self.workbook.set_properties({"title": for_xml(title), "author": "Dripline", "created": created})
        self.title = self._format(bold=True, font_size=14)
        self.quiet = self._format(font_color=LIGHT.secondary)
        self.note = self._format(font_color=LIGHT.secondary, text_wrap=False)
        self.wrapped = self._format(text_wrap=True, valign="top")
        self.label = self._format(bold=True, valign="top")
        self._cells = {
            (kind, beside): self._format(num_format=number_format, **self._side(kind in ON_THE_RIGHT, beside))
            for kind, number_format in {"text": "General", **NUMBER_FORMATS}.items()
            for beside in (False, True)
        }
        head = {"bold": True, "font_color": LIGHT.accent, "bg_color": LIGHT.accent_soft, "text_wrap": True, "bottom": 1}
        self._heads = {
            (right, beside): self._format(**self._side(right, beside), **head)
            for right in (True, False)
            for beside in (False, True)
        }

    def cell(self, column: Column, place: int) -> Format:
        """How a cell of the column in that place is written."""
        kind = column.kind if column.kind in NUMBER_FORMATS else "text"
        return self._cells[kind, place > 0]

    def head(self, column: Column | None = None, place: int = 0) -> Format:
        """How the label of the column in that place is written; without one, that of a list."""
        right = column is not None and place > 0 and aligned_right(column)
        return self._heads[right, place > 0]

    @staticmethod
    def _side(right: bool, beside: bool) -> dict[str, object]:
        """A column on the left keeps off the numbers before it."""
        return {"align": "right"} if right else {"align": "left", "indent": 1 if beside else 0}

    def _format(self, **options: object) -> Format:
        return self.workbook.add_format({"font_name": FONT_SPREADSHEET, "font_size": 11, **options})

    def add_sheet(self, wished: str) -> Worksheet:
        """A new sheet under a name that Excel takes and that no other sheet has."""
        self.names.append(sheet_name(wished, self.names))
        sheet = self.workbook.add_worksheet(self.names[-1])
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(1)
        sheet.fit_to_pages(1, 0)
        return sheet


def render(document: ReportDocument) -> bytes:
    """A whole report."""
    target = io.BytesIO()
    book = Book(target, document.as_of, f"{document.site or document.network}: {document.title}", document.zone)
    readme = book.add_sheet("README")
    for panel in document.panels:
        _panel_sheet(book, panel)
    if document.counted:
        _counted_sheet(book, document)
    _readme(book, readme, document)
    book.workbook.close()
    return target.getvalue()


def render_table(table: Table, about: Iterable[tuple[str, str]], as_of: datetime, zone: str = "UTC") -> bytes:
    """One table as it is shown, with a README sheet of its filters and its as-of."""
    target = io.BytesIO()
    book = Book(target, as_of, table.title, zone)
    readme = book.add_sheet("README")
    _panel_sheet(book, Panel(table))
    readme.set_column(0, 0, 24)
    readme.set_column(1, 1, 80)
    write_text(readme, 0, 0, table.title, book.title)
    _pairs(book, readme, 2, about)
    book.workbook.close()
    return target.getvalue()


def sheet_name(wished: str, taken: list[str]) -> str:
    """At most 31 characters, none of `[]:*?/\\`, no apostrophe at an end, not Excel's own `History`, not yet taken."""
    kept = "".join(" " if letter in "[]:*?/\\" or ord(letter) < 32 else letter for letter in for_xml(wished))
    name = " ".join(kept.split()).strip("'")[:LONGEST_NAME].strip(" '") or "Sheet"
    if name.casefold() == "history":
        name = "History."
    base, number = name, 1
    while name.casefold() in {other.casefold() for other in taken}:
        number += 1
        ending = f" ({number})"
        name = base[: LONGEST_NAME - len(ending)].rstrip(" '") + ending
    return name


def write_text(sheet: Worksheet, row: int, column: int, text: str, style: Format | None = None) -> None:
    """Text as text, cut at what a cell can hold."""
    safe = for_xml(text)
    sheet.write_string(row, column, safe if len(safe) <= LONGEST_TEXT else safe[: LONGEST_TEXT - 1] + "…", style)


def _panel_sheet(book: Book, panel: Panel) -> None:
    table = panel.table
    sheet = book.add_sheet(table.title)
    write_text(sheet, 0, 0, table.title, book.title)
    write_text(sheet, 1, 0, table.subtitle, book.quiet)
    for place, column in enumerate(table.columns):
        label = f"{column.label} ({book.zone})" if column.kind == "instant" else column.label
        write_text(sheet, HEAD_ROWS - 1, place, label, book.head(column, place))
        sheet.set_column(place, place, _width(table, place))
    for row, cells in enumerate(table.rows):
        for place, (value, column) in enumerate(zip(cells, table.columns, strict=True)):
            _write(book, sheet, (HEAD_ROWS + row, place), value, column)
    for place, note in enumerate(table.notes):
        write_text(sheet, HEAD_ROWS + len(table.rows) + 1 + place, 0, note, book.note)
    sheet.freeze_panes(HEAD_ROWS, 1)
    if panel.chart and not why_nothing(panel.chart, table):
        xlsx_charts.insert(book.workbook, sheet, panel, HEAD_ROWS)


def _write(book: Book, sheet: Worksheet, at: tuple[int, int], value: Cell, column: Column) -> None:
    row, place = at
    style = book.cell(column, place)
    if value is None or (isinstance(value, float) and not isfinite(value)):
        sheet.write_blank(row, place, None, style)
    elif isinstance(value, str):
        write_text(sheet, row, place, value, style)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.astimezone(ZoneInfo(book.zone)).replace(tzinfo=None), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, style)
    else:
        sheet.write_number(row, place, value, style)


def _width(table: Table, place: int) -> float:
    column = table.columns[place]
    longest = max((len(cell(row[place], column.kind)) for row in table.rows[:200]), default=0)
    return float(min(48, max(11, longest + 2, min(len(column.label), 18) + 2)))


def _readme(book: Book, sheet: Worksheet, document: ReportDocument) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 90)
    write_text(sheet, 0, 0, f"{document.site or document.network}: {document.title}", book.title)
    row = _pairs(book, sheet, 2, [*headings.about(document), *document.settings])
    row = _lines(book, sheet, row + 1, "Changed", [(change, "", "") for change in document.changes])
    row = _lines(book, sheet, row, "Needs attention", [(s.tag, s.subject, s.text) for s in document.sentences])
    numbers = [
        (each.label, cell(each.value, each.kind), " · ".join(filter(None, (_bounds(each.low, each.high), each.note))))
        for each in document.headlines
    ]
    row = _lines(book, sheet, row, "Headline numbers", numbers)
    sheets = zip(book.names[1:], [panel.table.subtitle for panel in document.panels], strict=False)
    _lines(book, sheet, row, "Sheets", [(name, "", subtitle) for name, subtitle in sheets])


def _bounds(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"95 % {interval(low, high)}"


def _pairs(book: Book, sheet: Worksheet, row: int, pairs: Iterable[tuple[str, str]]) -> int:
    for label, value in pairs:
        write_text(sheet, row, 0, label, book.label)
        write_text(sheet, row, 1, value)
        row += 1
    return row


def _lines(book: Book, sheet: Worksheet, row: int, title: str, lines: list[tuple[str, str, str]]) -> int:
    if not lines:
        return row
    write_text(sheet, row, 0, title, book.head())
    for line in lines:
        row += 1
        for place, text in enumerate(line):
            write_text(sheet, row, place, text)
    return row + 2


def _counted_sheet(book: Book, document: ReportDocument) -> None:
    sheet = book.add_sheet("How it is counted")
    for place, label in enumerate(headings.COUNTED_LABELS):
        write_text(sheet, 0, place, label, book.head())
        sheet.set_column(place, place, 40 if place > 2 else 22)
    for row, cells in enumerate(headings.counted(document), start=1):
        for place, each in enumerate(cells):
            if isinstance(each, int):
                sheet.write_number(row, place, each, book.wrapped)
            else:
                write_text(sheet, row, place, each, book.wrapped)
    sheet.freeze_panes(1, 1)
