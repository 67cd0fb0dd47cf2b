"""PDF: tagged to PDF/UA-1, every chart has its text, headings and header cells are marked, names stay names."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from tests.presentation.example_report import example_report, hostile_report
from tests.presentation.examples import TABLES
from webapp.presentation import pdf_file
from webapp.presentation.figures import alternative_text
from webapp.presentation.report_document import Panel


def elements(node: Any) -> Iterator[Any]:
    """Every structure element of a tagged PDF."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from elements(each)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    """The example report."""
    return PdfReader(io.BytesIO(pdf_file.render(example_report())))


def test_it_declares_what_it_is(reader: PdfReader) -> None:
    root = catalogue(reader)
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own boolean object
    assert str(root["/Lang"]).startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712  # as above
    assert reader.metadata is not None
    assert reader.metadata.title == "Riverside: monthly report"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert reader.metadata.creation_date == example_report().as_of


def test_each_chart_has_its_text(reader: PdfReader) -> None:
    found = [str(each["/Alt"]) for each in structure(reader) if each["/S"] == "/Figure"]
    charts = [panel for panel in example_report().panels if panel.chart]
    assert len(found) == len(charts)
    first = alternative_text("line", TABLES["line"])
    assert found[0].replace("\u00a0", " ") == first


def test_headings_tables_and_bookmarks(reader: PdfReader) -> None:
    counted = Counter(str(each["/S"]) for each in structure(reader))
    assert counted["/Title"] == 1
    assert counted["/H1"] >= len(example_report().panels) + 2
    assert counted["/TH"] > 50
    assert counted["/Table"] >= len(example_report().panels)
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[:2] == ["Needs attention", "Are we treating more than last year?"]
    assert titles[-2:] == ["How it is counted", "About this report"]


def test_the_page_is_letter_and_numbered(reader: PdfReader) -> None:
    assert (float(reader.pages[0].mediabox.width), float(reader.pages[0].mediabox.height)) == (612, 792)
    assert f"Page 1 of {len(reader.pages)}" in reader.pages[0].extract_text()


def test_the_words_and_numbers_of_the_screen_stand_in_it(reader: PdfReader) -> None:
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for wanted in ("6,214", "58.1 %", "55.3–60.8 %", "Data version 1,482", "22 Nov 2026 06:40", "not enough screening"):
        assert wanted in text


def test_only_fonts_of_the_package_are_used(reader: PdfReader) -> None:
    resources: list[Any] = [page["/Resources"] for page in reader.pages]
    fonts = [font.get_object() for each in resources for font in each.get("/Font", {}).values()]
    names = {str(font["/BaseFont"]).split("+")[-1] for font in fonts}
    assert names
    assert all(name.startswith("DejaVuSans") for name in names)


def test_hostile_names_are_only_names() -> None:
    reader = PdfReader(io.BytesIO(pdf_file.render(hostile_report())))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "#{$x} *bold* _it_ @ref <label> `raw`" in text
    assert '#eval("1")' in text
    assert "{{7*7}}" in text
    assert "عيادة النهر" in text or "ﺮﻬﻨﻟا ةدﺎﻴﻋ" in text or "رهنلا ةدايع" in text
    assert "诊所河畔" in text
    assert "[U+1F642] clinic" in text
    assert "\ufffd" not in text


def test_every_character_has_a_glyph_of_its_own() -> None:
    """Glyph 0 is what a reader sees as a box: no line of the hostile report asks for it."""
    reader = PdfReader(io.BytesIO(pdf_file.render(hostile_report())))
    shown = {font for page in reader.pages for font in fonts_of(page)}
    assert {name.split("+")[-1] for name, _ in shown} == {"DejaVuSans", "DejaVuSans-Bold", "NotoSansSC-Thin"}
    assert all("<0000> <" not in mapped for _, mapped in shown)


def test_a_report_without_anything_is_still_a_report() -> None:
    bare = replace(
        example_report(),
        panels=(Panel(replace(TABLES["line"], rows=()), "line"),),
        sentences=(),
        headlines=(),
        counted=(),
    )
    reader = PdfReader(io.BytesIO(pdf_file.render(bare)))
    text = reader.pages[0].extract_text()
    assert "Nothing needs attention" in text
    assert text.count("Nothing was recorded") == 1
    assert not [each for each in structure(reader) if each["/S"] == "/Figure"]


def test_a_very_long_table_is_cut_and_says_where_the_rest_is() -> None:
    table = TABLES["bars"]
    long = replace(table, rows=table.rows * 40)
    data = pdf_file.render(replace(example_report(), panels=(Panel(long, "bars"),)))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    assert "80 more rows are in the XLSX and CSV files of this report." in text


def fonts_of(page: Any) -> set[tuple[str, str]]:
    """Name and character map of each font of a page."""
    fonts = (font.get_object() for font in page["/Resources"].get("/Font", {}).values())
    return {
        (str(font["/BaseFont"]), font["/ToUnicode"].get_data().split(b"endcodespacerange")[-1].decode())
        for font in fonts
    }


def structure(reader: PdfReader) -> list[Any]:
    """All structure elements, in reading order."""
    return list(elements(catalogue(reader)["/StructTreeRoot"]))


def catalogue(reader: PdfReader) -> Any:
    """The document's root object."""
    return reader.trailer["/Root"].get_object()
