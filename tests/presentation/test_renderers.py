"""The same document gives the same bytes in another process, place, time zone and locale, also from the kept JSON."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.presentation.example_report import example_report, hostile_report
from webapp.presentation.renderers import FILE_KINDS, FileKind, file_name, render, versions
from webapp.presentation.report_document import from_json, to_json

STARTS: dict[FileKind, bytes] = {"pdf": b"%PDF-1.7", "xlsx": b"PK\x03\x04", "csv": b'"Report"', "zip": b"PK\x03\x04"}
ELSEWHERE = """
import hashlib, sys
from webapp.presentation.renderers import FILE_KINDS, render
from webapp.presentation.report_document import from_json
document = from_json(sys.stdin.buffer.read())
print(" ".join(hashlib.sha256(render(kind, document)).hexdigest() for kind in FILE_KINDS))
"""


@pytest.mark.parametrize("document", [example_report(), hostile_report()], ids=["example", "hostile"])
def test_another_process_draws_the_same_bytes_from_the_kept_json(document: object, tmp_path: Path) -> None:
    kept = to_json(document)  # type: ignore[arg-type]  # parametrize hands over objects
    here = [hashlib.sha256(render(kind, from_json(kept))).hexdigest() for kind in FILE_KINDS]
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONHASHSEED": "4711",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=kept, capture_output=True, check=True, cwd=tmp_path, env=environment
    )
    assert done.stdout.decode().split() == here


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_each_kind_is_what_it_says(kind: FileKind) -> None:
    assert render(kind, example_report()).startswith(STARTS[kind])
    assert file_name(kind, example_report()) == f"riverside-monthly-report-2026-10.{kind}"


@pytest.mark.parametrize(
    ("starts", "ends", "named"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), "2026-10"),
        (date(2026, 10, 1), date(2027, 1, 1), "2026-10"),
        (date(2026, 10, 5), date(2026, 10, 12), "2026-10-05"),
        (date(2026, 10, 12), date(2026, 10, 19), "2026-10-12"),
        (date(2026, 9, 28), date(2026, 10, 5), "2026-09-28"),
    ],
)
def test_the_files_of_one_months_weeks_have_names_of_their_own(starts: date, ends: date, named: str) -> None:
    document = replace(example_report(), period_start=starts, period_end=ends, issue=2)
    expected = [f"riverside-monthly-report-{named}-issue-2.{kind}" for kind in FILE_KINDS]
    assert [file_name(kind, document) for kind in FILE_KINDS] == expected
    inside = zipfile.ZipFile(io.BytesIO(render("zip", document))).namelist()
    assert {*expected[:3]} <= {*inside}
    assert file_name("csv", replace(document, layout=0)) == f"riverside-monthly-report-{starts:%Y-%m}-issue-2.csv"


def test_file_names_are_plain_whatever_the_site_is_called() -> None:
    name = file_name("pdf", hostile_report())
    assert name.isascii()
    assert "/" not in name
    assert name.endswith("-2026-10.pdf")


def test_versions_are_those_that_the_bytes_depend_on() -> None:
    assert set(versions()) == {"drawing", "fonts", "justmytype-intl-cjk", "typst", "unicode", "xlsxwriter", "zlib"}
