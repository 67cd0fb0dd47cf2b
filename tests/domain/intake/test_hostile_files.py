"""Every file of the folder of awkward input is read as its own JSON says, or refused with a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.domain.intake.nothing_stored import empty_network
from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import CsvRow, SourceFile, open_table
from webapp.domain.intake.raw_records import RawRecord
from webapp.domain.intake.row_checks import CheckedRow, check_rows
from webapp.domain.intake.rules import RULES, Rejection
from webapp.domain.intake.shipped import shipped_mapping, shipped_names
from webapp.domain.intake.translation import translate
from webapp.domain.records import RECORD_TYPES

CONTEXT = empty_network()


@pytest.fixture(scope="session")
def hostile(shared_data: Path) -> Path:
    """The folder."""
    return shared_data / "hostile"


def rows_of(data: bytes) -> list[dict[str, str]]:
    """The rows as the JSON files write them."""
    table = open_table(SourceFile.of_bytes("x.csv", data))
    return [dict(zip(table.columns, row.cells, strict=True)) for row in table.rows() if isinstance(row, CsvRow)]


def test_every_spectrum_file_is_read_as_its_json_says(hostile: Path) -> None:
    """A `_crlf` file copied without its CRs is read as it stands, and as its JSON says once they are put back."""
    files = sorted((hostile / "csv_spectrum" / "csvs").glob("*.csv"))
    assert len(files) >= 11
    for path in files:
        data = path.read_bytes()
        wanted = (hostile / "csv_spectrum" / "json" / f"{path.stem}.json").read_text("utf-8")
        if path.stem.endswith("_crlf") and b"\r\n" not in data:
            assert rows_of(data) == json.loads(wanted.replace("\\r\\n", "\\n")), path.name
            data = data.replace(b"\n", b"\r\n")
        assert rows_of(data) == json.loads(wanted), path.name


def test_every_file_is_refused_by_every_mapping_with_a_sentence(hostile: Path) -> None:
    """Under its own name nothing reads it; under a name that is read, its columns do not fit."""
    paths = [path for path in sorted(hostile.rglob("*")) if path.is_file()]
    assert len(paths) >= 27
    for path in paths:
        for name in shipped_names():
            mapping = shipped_mapping(name)
            for called in (path.name, *(pattern.replace("*", "") for pattern in mapping.patterns())):
                with pytest.raises(BadInput) as caught:
                    list(check_rows(translate(mapping, [SourceFile.of_bytes(called, path.read_bytes())]), CONTEXT))
                assert len(str(caught.value)) > 30, (path, called)


def naughty(hostile: Path) -> list[str]:
    """All naughty strings and formula cells."""
    strings = json.loads((hostile / "naughty_strings" / "blns.json").read_text("utf-8"))
    return [*strings, *(hostile / "formula_cells" / "csv-payload.txt").read_text("utf-8").splitlines()]


def records_with(text: str) -> Iterator[RawRecord]:
    """One record per field of every type, with that text in it and nothing else."""
    for record_type in RECORD_TYPES:
        for field in record_type.fields:
            yield RawRecord(record_type.name, "x.csv", 2, {field.name: text})


def test_naughty_strings_in_every_field_are_taken_or_refused_by_a_named_rule(hostile: Path) -> None:
    texts = naughty(hostile)
    assert len(texts) > 500
    for text in texts:
        for outcome in check_rows(records_with(text), CONTEXT):
            assert isinstance(outcome, Rejection)
            assert outcome.rule in RULES
            assert len(outcome.value) <= 200


def test_naughty_names_come_out_as_they_went_in_or_are_refused(hostile: Path) -> None:
    taken = 0
    for place, text in enumerate(naughty(hostile)):
        raw = {"key": f"S{place}", "name": text, "zone": "America/New_York"}
        for outcome in check_rows([RawRecord("sites", "sites.csv", 2, raw)], CONTEXT):
            if isinstance(outcome, CheckedRow):
                assert outcome.values["name"] == text
                taken += 1
            else:
                assert isinstance(outcome, Rejection)
                assert outcome.field == "name"
    assert taken > 300
