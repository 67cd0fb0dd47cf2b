"""Records as tuples of plain Python values, ready for COPY.

A tuple follows `row_columns(record)`: str, int, float (rounded), date, aware datetime in UTC, bool, None. A pressure
stands in two columns, such as `systolic_before` and `diastolic_before`.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.domain.records import BY_NAME, Field
from webapp.domain.simulator.columns import Batch, column_names, pieces, stored_names

FLAGS = (False, True, None)
"""By the stored value 0, 1, -1."""


def rows(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """The records of a batch, one tuple each, in the order of `row_columns(batch.name)`."""
    fields = {name: field for field in BY_NAME[batch.name].fields for name in stored_names(field)}
    for piece in pieces(batch):
        lists: list[list[Any]] = []
        for name, column in piece.columns.items():
            lists += _readings(column) if column.ndim == 2 else [values(column, fields.get(name))]
        yield from zip(*lists, strict=True)


def row_columns(record_name: str) -> tuple[str, ...]:
    """What the values of a tuple are, in order; the key is the first."""
    names: list[str] = []
    for name in column_names(record_name):
        when = name.removeprefix("pressure_")
        names += [name] if when == name else [f"systolic_{when}", f"diastolic_{when}"]
    return tuple(names)


def _readings(column: NDArray[Any]) -> list[list[Any]]:
    return [[value or None for value in reading] for reading in column.T.tolist()]


def values(column: NDArray[Any], field: Field | None) -> list[Any]:
    """One column as Python values; `field` is None for a session's `on_date` and `local_hour`."""
    if column.dtype == np.int8:
        return [FLAGS[value] for value in column.tolist()]
    if column.dtype.kind == "f":
        return _numbers(column, whole=field is None or field.kind == "integer")
    plain: list[Any] = column.tolist()
    if column.dtype == np.dtype("datetime64[s]"):
        return [None if value is None else value.replace(tzinfo=UTC) for value in plain]
    return plain


def _numbers(column: NDArray[np.float64], whole: bool) -> list[Any]:
    missing = np.isnan(column)
    plain: list[Any] = (np.where(missing, 0, column).astype(np.int64) if whole else np.round(column, 2)).tolist()
    if not missing.any():
        return plain
    return [None if gone else value for gone, value in zip(missing.tolist(), plain, strict=True)]
