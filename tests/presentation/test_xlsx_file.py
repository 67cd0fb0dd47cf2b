"""XLSX: opened by another library, cells have their types, no text is a formula."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.presentation.example_report import example_report, hostile_report
from tests.presentation.examples import AS_OF, TABLES
from webapp.presentation import xlsx_file
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Column, Table


def opened(data: bytes) -> Workbook:
    """The workbook as openpyxl reads it."""
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_sheet_a_panel_between_readme_and_how_it_is_counted() -> None:
    book = opened(xlsx_file.render(example_report()))
    assert book.sheetnames[0] == "README"
    assert book.sheetnames[-1] == "How it is counted"
    assert len(book.sheetnames) == len(example_report().panels) + 2


def test_cells_have_their_types() -> None:
    moment = datetime(2026, 11, 22, 11, 40, tzinfo=UTC)
    columns = (
        Column("a", "Text"),
        Column("b", "Count", "integer"),
        Column("c", "Share", "percent"),
        Column("d", "Day", "date"),
        Column("e", "Month", "month"),
        Column("f", "Recorded", "instant"),
        Column("g", "Gap", "percent"),
        Column("h", "Said", "percent"),
    )
    row = ("007", 6214, 0.31, date(2026, 10, 31), date(2026, 10, 1), moment, None, "not enough screening")
    document = replace(example_report(), panels=(Panel(Table("t", "T", "s", columns, (row,))),), counted=())
    sheet = opened(xlsx_file.render(document))["T"]
    cells = sheet[5]
    assert [cell.value for cell in cells] == [
        "007", 6214, 0.31, datetime(2026, 10, 31), datetime(2026, 10, 1), datetime(2026, 11, 22, 6, 40), None,
        "not enough screening",
    ]  # fmt: skip
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "d", "d", "d", "n", "s"]
    assert "%" in cells[2].number_format
    assert sheet["F4"].value == "Recorded (America/New_York)"
    assert sheet.freeze_panes == "B5"


def test_charts_are_native() -> None:
    document = example_report()
    data = xlsx_file.render(document)
    drawn = [panel for panel in document.panels if panel.chart not in (None, "heat_map")]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == len(drawn)


def test_lines_without_a_point_are_no_chart() -> None:
    """Such as the rate of a site that screened too little in each of its months."""
    table = TABLES["line"]
    unsaid = replace(table, rows=tuple((row[0], *[None] * (len(row) - 1)) for row in table.rows))
    document = replace(example_report(), panels=(Panel(unsaid, "line"),))
    with zipfile.ZipFile(io.BytesIO(xlsx_file.render(document))) as parts:
        assert not [name for name in parts.namelist() if name.startswith("xl/charts/")]


def test_no_text_is_a_formula_or_a_link() -> None:
    data = xlsx_file.render(hostile_report())
    for sheet in opened(data).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not any("externalLink" in name or "vba" in name for name in parts.namelist())
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "/sheet" in name)


@pytest.mark.parametrize(
    ("wished", "name"),
    [
        ("Are we treating more than last year?", "Are we treating more than last"),
        ("[A]:*?/\\'", "A"),
        ("history", "History."),
        ("", "Sheet"),
        ("'quoted'", "quoted"),
        ("line\nbreak", "line break"),
    ],
)
def test_sheet_names_are_such_as_excel_takes(wished: str, name: str) -> None:
    assert xlsx_file.sheet_name(wished, []) == name


def test_equal_titles_get_different_sheets() -> None:
    taken: list[str] = []
    for _ in range(12):
        taken.append(xlsx_file.sheet_name("Is any site unlike all the others?", taken))
    assert len({name.casefold() for name in taken}) == 12
    assert all(len(name) <= 31 for name in taken)
    assert taken[1] == "Is any site unlike all the (2)"


def test_one_table_with_its_filters() -> None:
    book = opened(xlsx_file.render_table(TABLES["dots"], (("Sites", "All 24"),), AS_OF))
    assert [cell.value for cell in book["README"][3]] == ["Sites", "All 24"]
    assert book.worksheets[1].max_row >= 13


def test_a_text_longer_than_a_cell_is_cut() -> None:
    table = Table("t", "T", "s", (Column("a", "A"),), (("x" * 40_000,),))
    sheet = opened(xlsx_file.render_table(table, (), AS_OF))["T"]
    assert sheet["A5"].value == "x" * 32_766 + "…"
