"""Columns: the records of one type held as arrays, one per field of `webapp.domain.records`.

How a field of each kind is held, and how a missing value is:

key, ref, text, choice, hours, zone: object array of str; None.
integer: float array of whole numbers; NaN. number: float array, rounded to one decimal; NaN.
date: datetime64[D]; NaT. instant: datetime64[s], naive UTC; NaT.
day_or_instant `f_at`: two arrays, `f_on` (site-local day) and `f_at` (NaT where only the day is known).
flag: int8, 1 yes, 0 no, -1 not recorded.
pressure: int16 of shape (n, 2), systolic and diastolic in mmHg; (0, 0) not recorded.
Sessions also have `on_date` (site-local day of the start, else of the booking) and `local_hour` (0-23; NaN).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.domain.records import BY_NAME, Field
from webapp.domain.simulator.parameters import Weights

Columns = dict[str, NDArray[Any]]
NOT_RECORDED = -1
SESSION_EXTRAS = ("on_date", "local_hour")


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one type. `zone` is the zone of each row's site, an index into the settings' zones."""

    name: str
    columns: Columns
    zone: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.zone)


def make_batch(name: str, columns: Columns, zone: NDArray[np.int8]) -> Batch:
    """A batch with every field of its type in order; fields that `columns` leaves out are missing in every record."""
    record = BY_NAME[name]
    kinds = {stored: field for field in record.fields for stored in stored_names(field)}
    complete: Columns = {}
    for stored in column_names(name):
        complete[stored] = columns[stored] if stored in columns else _missing(kinds[stored], stored, len(zone))
    if extra := columns.keys() - complete.keys():
        raise KeyError(f"{name} has no field {sorted(extra)}")
    return Batch(name, complete, zone)


def _missing(field: Field, stored: str, count: int) -> NDArray[Any]:
    if field.kind in {"instant", "day_or_instant", "date"}:
        return np.full(count, np.datetime64("NaT", "s" if stored.endswith("_at") else "D"))
    if field.kind in {"integer", "number"}:
        return np.full(count, np.nan)
    if field.kind == "flag":
        return np.full(count, NOT_RECORDED, dtype=np.int8)
    if field.kind == "pressure":
        return np.zeros((count, 2), dtype=np.int16)
    return np.full(count, None, dtype=object)


def pieces(batch: Batch, size: int = 50_000) -> Iterator[Batch]:
    """The batch in pieces of at most `size` records, so that few of them stand as Python objects at a time."""
    for begin in range(0, len(batch), size):
        rows = slice(begin, begin + size)
        columns = {name: values[rows] for name, values in batch.columns.items()}
        yield Batch(batch.name, columns, batch.zone[rows])


def stored_names(field: Field) -> tuple[str, ...]:
    """The array names of one field: two for `day_or_instant`, else its own."""
    if field.kind == "day_or_instant":
        return (field.name.removesuffix("_at") + "_on", field.name)
    return (field.name,)


def column_names(record_name: str) -> tuple[str, ...]:
    """All array names of a record type, in the order of its fields; sessions end with `on_date`, `local_hour`."""
    names = tuple(name for field in BY_NAME[record_name].fields for name in stored_names(field))
    return names + SESSION_EXTRAS if record_name == "sessions" else names


def texts(values: Iterable[str | None]) -> NDArray[np.object_]:
    """An object array of texts; members of a closed list become plain text."""
    return np.array([None if value is None else str(value) for value in values], dtype=object)


def numbered(prefix: str, count: int, width: int = 6, first: int = 1) -> NDArray[np.object_]:
    """`count` keys `prefix000001`, `prefix000002` ..."""
    return texts([f"{prefix}{number:0{width}d}" for number in range(first, first + count)])


def draw(rng: np.random.Generator, parts: Weights, count: int) -> NDArray[np.int64]:
    """`count` positions into the keys of `parts`, drawn by their weights."""
    edges = np.cumsum(np.array(list(parts.values()), dtype=float))
    found: NDArray[np.int64] = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return found.clip(0, len(edges) - 1)


def pick(values: Sequence[str | None], codes: NDArray[Any]) -> NDArray[np.object_]:
    """The value at each code."""
    picked: NDArray[np.object_] = texts(values)[codes]
    return picked


def where_known(known: NDArray[np.bool_], values: NDArray[np.object_]) -> NDArray[np.object_]:
    """The values where known, else None."""
    result = np.full(len(values), None, dtype=object)
    result[known] = values[known]
    return result


def flags(rng: np.random.Generator, count: int, no: float, missing: float) -> NDArray[np.int8]:
    """Yes, except for a share of no and a share not recorded."""
    chance = rng.random(count)
    return np.where(chance < missing, NOT_RECORDED, np.where(chance < missing + no, 0, 1)).astype(np.int8)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of one record type as one."""
    first = batches[0]
    if len(batches) == 1:
        return first
    columns = {name: np.concatenate([batch.columns[name] for batch in batches]) for name in first.columns}
    return Batch(first.name, columns, np.concatenate([batch.zone for batch in batches]))
