"""Stopwatches: around a call, and around the SQL inside it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Engine

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One row of the results."""

    what: str
    took: str
    beside: str


def measured(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds that a call took, and what it gave."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def median_of(call: Callable[[], Any], times: int) -> float:
    """The median seconds of some calls."""
    return median(measured(call)[0] for _ in range(times))


@contextmanager
def statements() -> Iterator[list[tuple[float, str]]]:
    """The seconds and the text of each SQL statement that runs inside the block."""
    took: list[tuple[float, str]] = []

    def before(*args: Any) -> None:
        args[4].began = time.perf_counter()

    def after(*args: Any) -> None:
        took.append((time.perf_counter() - args[4].began, str(args[2])))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield took
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)
