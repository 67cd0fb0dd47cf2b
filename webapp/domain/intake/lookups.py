"""Rows of another file, found by key or by key and day: what a mapping's `join` looks things up in."""

import calendar
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from webapp.domain.intake.mapping import Interval, Join

Row = Mapping[str, str]

NO_PARTNER = "no partner"
NO_DAY = "day not known"
BEFORE, BETWEEN, AFTER = "before the first", "between two", "after the last"


class Lookup(Protocol):
    """What a join asks."""

    def find(self, key: tuple[str, ...], at: str) -> Row | str:
        """The row for that key, and that day where time counts; else why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Joined:
    """One join at work: the columns it adds and where it finds them."""

    join: Join
    columns: tuple[str, ...]
    lookup: Lookup

    def add_to(self, cells: dict[str, str]) -> str:
        """Add `name.COLUMN` to the row for each column; gives the reason where the row is to be left out instead."""
        join = self.join
        key = tuple(cells[own] for own, _ in join.on)
        found = self.lookup.find(key, cells[join.interval.at] if join.interval else "")
        if isinstance(found, str):
            if join.leave_out:
                return f"{join.leave_out} ({found})" if join.interval else join.leave_out
            found = {}
        for column in self.columns:
            cells[f"{join.name}.{column}"] = found.get(column, "")
        return ""


def lookup_of(join: Join, rows: Iterable[tuple[tuple[str, ...], Row]]) -> Lookup:
    """The rows of the joined file by their keys, and by their days where the join has an interval."""
    return IntervalLookup(rows, join.interval) if join.interval else KeyLookup(rows)


class KeyLookup:
    """The first row of each key."""

    def __init__(self, rows: Iterable[tuple[tuple[str, ...], Row]]) -> None:
        self._rows: dict[tuple[str, ...], Row] = {}
        for key, row in rows:
            self._rows.setdefault(key, row)

    def find(self, key: tuple[str, ...], _: str) -> Row | str:
        """The row of that key, or why there is none."""
        return self._rows.get(key, NO_PARTNER) if all(key) else NO_PARTNER


@dataclass(slots=True)
class _Spans:
    starts: list[date] = field(default_factory=list)
    spans: list[tuple[date, date, Row]] = field(default_factory=list)


class IntervalLookup:
    """The row of a key in whose days a given day lies, as `Interval` says. A row without a start holds none."""

    def __init__(self, rows: Iterable[tuple[tuple[str, ...], Row]], interval: Interval) -> None:
        gathered: dict[tuple[str, ...], list[tuple[date, date | None, Row]]] = {}
        for key, row in rows:
            start, end = days_meant(row[interval.start]), days_meant(row[interval.end])
            if start is not None:
                gathered.setdefault(key, []).append((start[0], end[1] if end else None, row))
        self._spans = {key: _closed(spans) for key, spans in gathered.items()}

    def find(self, key: tuple[str, ...], at: str) -> Row | str:
        """The row in whose days all of `at` lies, or why there is none."""
        known = self._spans.get(key)
        if known is None:
            return NO_PARTNER
        days = days_meant(at)
        if days is None:
            return NO_DAY
        first, last = days
        for start, end, row in reversed(known.spans[: bisect_right(known.starts, first)]):
            if start <= first and last <= end:
                return row
        if last < known.starts[0]:
            return BEFORE
        return AFTER if first > max(end for _, end, _ in known.spans) else BETWEEN


def _closed(spans: Sequence[tuple[date, date | None, Row]]) -> _Spans:
    """Sorted by start, each without an end closed by the day before the next start."""
    ordered = sorted(spans, key=lambda span: span[0])
    made = _Spans()
    for place, (start, stated, row) in enumerate(ordered):
        following = next((other for other, _, _ in ordered[place + 1 :] if other > start), None)
        before_next = following - timedelta(days=1) if following else date.max
        made.starts.append(start)
        made.spans.append((start, stated or before_next, row))
    return made


def days_meant(text: str) -> tuple[date, date] | None:
    """First and last day that an ISO text can mean: a day, a day with a time, a month `2014-03` or a year `2014`."""
    try:
        if len(text) >= 10:
            day = date.fromisoformat(text[:10])
            return day, day
        parts = [int(part) for part in text.split("-")]
        if len(text) == 7 and len(parts) == 2:
            return date(parts[0], parts[1], 1), date(parts[0], parts[1], calendar.monthrange(*parts)[1])
        if len(text) == 4 and len(parts) == 1:
            return date(parts[0], 1, 1), date(parts[0], 12, 31)
    except (ValueError, calendar.IllegalMonthError):
        pass
    return None
