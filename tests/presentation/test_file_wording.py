"""The words inside the files that doors hand out, which the bytes of the file do not show."""

import io
import zipfile
from dataclasses import replace

import pytest

from tests.presentation.example_report import example_report
from webapp.presentation import pdf_file, xlsx_file
from webapp.presentation.file_wording import words_of
from webapp.presentation.report_document import Panel, ReportDocument
from webapp.presentation.tables import Column, Table

WORD = "amber1a2b3c4dhome"


def told(words: str) -> ReportDocument:
    """A report with a table of one cell."""
    table = Table("one", "One", "Nothing else", (Column("name", "Name"),), ((words,),), "session_count")
    return replace(example_report(), panels=(Panel(table),))


@pytest.mark.parametrize("words", [f"{WORD} clinic", f"{'A long way to the end of the line, ' * 4}{WORD * 4}"])
def test_the_words_drawn_in_a_pdf_are_read(words: str) -> None:
    content = pdf_file.render(told(words))
    assert WORD not in content.decode(errors="replace")
    assert WORD in words_of(content)
    assert WORD not in words_of(pdf_file.render(told("Somebody's clinic")))


def test_the_cells_of_a_workbook_are_read_and_so_are_files_inside_a_packet() -> None:
    workbook = xlsx_file.render(told(f"{WORD} clinic"))
    assert WORD not in workbook.decode(errors="replace")
    assert WORD in words_of(workbook)
    packet = io.BytesIO()
    with zipfile.ZipFile(packet, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("report.pdf", pdf_file.render(told(f"{WORD} clinic")))
    assert WORD in words_of(packet.getvalue())


def test_what_is_no_pdf_after_all_is_taken_as_it_came() -> None:
    assert words_of(b"%PDF-1.7 and nothing of one: " + WORD.encode()).count(WORD) == 1
    assert words_of(b"Nothing") == "Nothing"
