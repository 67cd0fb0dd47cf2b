"""The tuples and the files carry the same values, and the tuples fit the tables they are copied into."""

from csv import DictReader
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from webapp.domain.records import RECORD_TYPES, Field, RecordType
from webapp.domain.simulator.csv_out import write_batches
from webapp.domain.simulator.network import clocks_of, simulate
from webapp.domain.simulator.rows import row_columns, rows
from webapp.domain.simulator.settings import SimulationSettings
from webapp.services.staging import staged_columns

SETTINGS = SimulationSettings(starts_on=date(2025, 1, 6), ends_on=date(2026, 3, 31), sites=12, sessions=2_500)


def read(field: Field, text: str, zone: ZoneInfo) -> list[Any]:
    """One cell as the values that a tuple has for it, by the plainest path."""
    if field.kind == "day_or_instant":
        if len(text) <= 10:
            return [date.fromisoformat(text) if text else None, None]
        at = datetime.fromisoformat(text)
        return [at.astimezone(zone).date(), at.astimezone(UTC)]
    if field.kind == "pressure":
        return [int(part) for part in text.split("/")] if text else [None, None]
    if not text:
        return [None]
    match field.kind:
        case "instant":
            return [datetime.fromisoformat(text).astimezone(UTC)]
        case "date":
            return [date.fromisoformat(text)]
        case "flag":
            return [text == "yes"]
        case "integer":
            return [int(text)]
        case "number":
            return [float(text)]
    return [text]


def test_files_and_tuples_carry_the_same_values(tmp_path: Path) -> None:
    network = simulate(SETTINGS, 11)
    write_batches([network.batches], clocks_of(SETTINGS), tmp_path)
    for record in RECORD_TYPES:
        batch = network.batches[record.name]
        assert len(batch) > 0
        with (tmp_path / f"{record.name}.csv").open(newline="", encoding="utf-8") as file:
            cells = list(DictReader(file))
        tuples = list(rows(batch))
        assert len(cells) == len(tuples)
        for row, (cell, found) in enumerate(zip(cells, tuples, strict=True)):
            zone = ZoneInfo(SETTINGS.zones[batch.zone[row]])
            wanted = [value for field in record.fields for value in read(field, cell[field.name], zone)]
            assert list(found[: len(wanted)]) == wanted, (record.name, row)


@pytest.mark.parametrize("record", RECORD_TYPES, ids=lambda record: record.name)
def test_tuples_are_plain_python(record: RecordType) -> None:
    plain = {str, int, float, bool, date, datetime, type(None)}
    for found in rows(simulate(SETTINGS, 2).batches[record.name]):
        assert {type(value) for value in found} <= plain


@pytest.mark.parametrize(
    "record",
    [record for record in RECORD_TYPES if record.name not in {"credentials", "accreditations"}],
    ids=lambda record: record.name,
)
def test_tuples_have_the_columns_of_the_staged_tables(record: RecordType) -> None:
    assert row_columns(record.name) == ("key", *(column.name for column in staged_columns(record)))


def test_a_long_batch_is_given_out_piece_by_piece_without_loss() -> None:
    batch = simulate(SETTINGS, 2).batches["sessions"]
    keys = [found[0] for found in rows(batch)]
    assert keys == batch.columns["key"].tolist()
    assert np.unique(keys).size == len(keys)
