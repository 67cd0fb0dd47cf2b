"""A simulated network as files of the documented CSV format: `sites.csv`, `sessions.csv` and so on.

Instants are written in site time with their offset from UTC, so that they read alike to people and machines.
"""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.domain.records import RECORD_TYPES, Field
from webapp.domain.simulator.columns import Batch, pieces, stored_names
from webapp.domain.simulator.local_time import Clocks, Instants
from webapp.domain.simulator.network import Batches, clocks_of, simulate_chunks
from webapp.domain.simulator.settings import SimulationSettings

FLAG_TEXTS = ("no", "yes", "")


def write_csv(settings: SimulationSettings, seed: int, folder: Path) -> dict[str, int]:
    """Simulate a network into `folder` (made if missing), one file per record type; the number of records by type."""
    return write_batches(simulate_chunks(settings, seed), clocks_of(settings), folder)


def write_batches(chunks: Iterable[Batches], clocks: Clocks, folder: Path) -> dict[str, int]:
    """Write chunks of records as they come, each to the file of its type."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {record.name: 0 for record in RECORD_TYPES}
    with ExitStack() as files:
        writers = {}
        for record in RECORD_TYPES:
            file = files.enter_context((folder / f"{record.name}.csv").open("w", newline="", encoding="utf-8"))
            writers[record.name] = csv.writer(file, lineterminator="\n")
            writers[record.name].writerow([field.name for field in record.fields])
        for chunk in chunks:
            for record in RECORD_TYPES:
                for batch in pieces(chunk[record.name]) if record.name in chunk else ():
                    cells = (_cells(batch, field, clocks) for field in record.fields)
                    writers[record.name].writerows(zip(*cells, strict=True))
                    counts[record.name] += len(batch)
    return counts


def _cells(batch: Batch, field: Field, clocks: Clocks) -> list[Any]:
    """One field of every record as the text that stands in the file."""
    column = batch.columns[field.name]
    if field.kind == "day_or_instant":
        days = batch.columns[stored_names(field)[0]]
        return [
            instant or day for instant, day in zip(_instants(column, batch.zone, clocks), _dates(days), strict=True)
        ]
    if field.kind == "instant":
        return _instants(column, batch.zone, clocks)
    if field.kind == "date":
        return _dates(column)
    if field.kind == "flag":
        return [FLAG_TEXTS[value] for value in column.tolist()]
    if field.kind == "pressure":
        return [f"{high}/{low}" if high else "" for high, low in column.tolist()]
    if field.kind in {"integer", "number"}:
        return ["" if isnan(value) else f"{value:g}" for value in column.tolist()]
    return ["" if value is None else value for value in column.tolist()]


def _dates(column: NDArray[np.datetime64]) -> list[str]:
    return ["" if text == "NaT" else text for text in np.datetime_as_string(column, unit="D").tolist()]


def _instants(column: Instants, zone: NDArray[np.int8], clocks: Clocks) -> list[str]:
    offsets = clocks.offsets_at(zone, column)
    local = np.datetime_as_string(column + offsets.astype("timedelta64[s]"), unit="m").tolist()
    signs = {int(offset): _offset_text(int(offset)) for offset in np.unique(offsets)}
    return ["" if text == "NaT" else text + signs[offset] for text, offset in zip(local, offsets.tolist(), strict=True)]


def _offset_text(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
