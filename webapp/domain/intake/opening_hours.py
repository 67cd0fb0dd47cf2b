"""Weekly opening hours such as `Mon-Fri 08:00-18:00; Sat 09:00-13:00`: read, checked, written one way."""

import re
from itertools import pairwise

from webapp.domain.intake.rules import RefusedError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For Monday to Sunday: the spans in which the site is open, each (from, to) in minutes after local midnight."""

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)


def read_week(text: str) -> Week:
    """The week that the text describes; days not named are closed. Raises RefusedError saying what cannot be read."""
    days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        named, _, hours = part.partition(" ")
        spans = [_span(piece.strip()) for piece in hours.split(",")]
        for day in _days_named(named):
            days[day].extend(spans)
    for name, day_spans in zip(DAYS, days, strict=True):
        day_spans.sort()
        if any(start < end for (_, end), (start, _) in pairwise(day_spans)):
            raise RefusedError("not_opening_hours", f"the hours of {name} overlap")
    return tuple(tuple(spans) for spans in days)


def written_week(week: Week) -> str:
    """The one way to write a week: runs of equal days together, in order from Monday."""
    parts: list[str] = []
    first = 0
    while first < len(DAYS):
        last = first
        while last + 1 < len(DAYS) and week[last + 1] == week[first]:
            last += 1
        if week[first]:
            named = DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"
            parts.append(f"{named} " + ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in week[first]))
        first = last + 1
    return "; ".join(parts)


def _days_named(named: str) -> list[int]:
    found: list[int] = []
    for piece in named.split(","):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise RefusedError("not_opening_hours", f"“{piece[:20]}” names no days; use {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        if end < start:
            raise RefusedError("not_opening_hours", f"“{piece[:20]}” runs backwards")
        found.extend(range(start, end + 1))
    return found


def _span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise RefusedError("not_opening_hours", f"“{text[:20]}” is no span of hours")
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    if end <= start:
        raise RefusedError("not_opening_hours", f"“{text}” ends before it begins")
    return start, end


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
