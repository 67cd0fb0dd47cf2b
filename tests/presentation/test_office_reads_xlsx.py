"""A report's workbook in another program: LibreOffice opens it, saves it again, and every cell is what we wrote.

Where LibreOffice is not installed the same comparison runs on what openpyxl reads and writes again: docs/operations.md says so.
"""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.presentation.example_report import example_report, hostile_report
from webapp.presentation import xlsx_file

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
SECONDS = 120
Value = tuple[str, object]


@pytest.fixture(scope="module", params=[example_report(), hostile_report()], ids=["example", "hostile"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The workbook that we write of a document, and the same as the other program saved it."""
    ours = xlsx_file.render(request.param)
    return ours, saved_again(ours, tmp_path_factory.mktemp("office"))


def saved_again(content: bytes, folder: Path) -> bytes:
    """The workbook opened and saved by another program."""
    if OFFICE is None:
        book, target = openpyxl.load_workbook(io.BytesIO(content)), io.BytesIO()
        book.save(target)
        return target.getvalue()
    (folder / "report.xlsx").write_bytes(content)
    own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    wanted = [
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(folder / "out"),
        str(folder / "report.xlsx"),
    ]
    subprocess.run([OFFICE, own, "--headless", *wanted], check=True, capture_output=True, timeout=SECONDS)
    return (folder / "out" / "report.xlsx").read_bytes()


def cells(content: bytes) -> dict[str, dict[str, Value]]:
    """Type and value of each cell that holds something, by sheet and place."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: {
            cell.coordinate: (cell.data_type, _plain(cell.value))
            for row in sheet.iter_rows()
            for cell in row
            if cell.value not in (None, "")
        }
        for sheet in book
    }


def _plain(value: object) -> object:
    """A number to the digits that a spreadsheet keeps; a carriage return as itself, which stands escaped in the file."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value.replace("_x000D_", "\r") if isinstance(value, str) else value


def charts(content: bytes) -> int:
    """How many native charts the workbook holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return sum(re.fullmatch(r"xl/charts/chart\d+\.xml", name) is not None for name in parts.namelist())


def test_every_cell_is_read_as_it_was_written(both: tuple[bytes, bytes]) -> None:
    ours, theirs = both
    written, read = cells(ours), cells(theirs)
    assert list(read) == list(written)
    for name, sheet in written.items():
        assert read[name] == sheet
    assert not any(kind == "f" for sheet in read.values() for kind, _ in sheet.values())


def test_every_chart_is_kept(both: tuple[bytes, bytes]) -> None:
    ours, theirs = both
    assert charts(ours) > 0
    if OFFICE is not None:  # openpyxl keeps no chart that it has not made
        assert charts(theirs) == charts(ours)
