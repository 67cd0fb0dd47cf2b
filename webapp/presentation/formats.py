"""Values as people read them. Every screen, file and sentence formats its numbers and days here.

A missing value is drawn as missing (an en dash), never as zero. Months are spelled out here, not by the machine's
locale.
"""

from datetime import UTC, date, datetime
from math import isfinite
from zoneinfo import ZoneInfo

from webapp.domain.periods import Period
from webapp.presentation.tables import Cell, Column, Kind, Table

MISSING = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RIGHT_ALIGNED: frozenset[Kind] = frozenset({"integer", "number", "decimal", "percent"})
"""Kinds whose cells stand at the right of their column."""


def day(value: date | None) -> str:
    """`31 Oct 2026`."""
    return MISSING if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month(value: date | None) -> str:
    """`Oct 2026`."""
    return MISSING if value is None else f"{MONTHS[value.month - 1]} {value.year}"


def period(start: date, end: date) -> str:
    """A half-open period by its first and last day: `1–31 Oct 2026`, `28 Sep – 4 Oct 2026`."""
    last = date.fromordinal(max(start.toordinal(), end.toordinal() - 1))
    if start == last:
        return day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{day(last)}"
    if start.year == last.year:
        return f"{start.day} {MONTHS[start.month - 1]} – {day(last)}"
    return f"{day(start)} – {day(last)}"


def period_name(start: date, end: date) -> str:
    """`Oct 2026` for a whole calendar month, any other half-open period by its days."""
    return month(start) if Period(start, end).whole_months == 1 else period(start, end)


def instant(value: datetime | None, zone: str = "UTC") -> str:
    """`22 Nov 2026 06:40 (America/New_York)`: an aware instant in the clock of `zone`, which is always named.

    Raises ValueError for a datetime without a zone: it names no instant.
    """
    if value is None:
        return MISSING
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone, so it names no instant")
    local = value.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return f"{day(local.date())} {local.hour:02d}:{local.minute:02d} ({zone})"


def count(value: float | None) -> str:
    """`6,214`."""
    return MISSING if value is None or not isfinite(value) else _signed(f"{round(value):,}")


def number(value: float | None, places: int = 1) -> str:
    """`1,204.5`; as many decimals as asked for."""
    return MISSING if value is None or not isfinite(value) else _signed(f"{value:,.{places}f}")


def percent(share: float | None, places: int = 1) -> str:
    """A share between 0 and 1 as `31.0 %`."""
    return MISSING if share is None or not isfinite(share) else _signed(f"{share * 100:.{places}f} %")


def interval(low: float | None, high: float | None) -> str:
    """Two shares as `26.9–35.6 %`."""
    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        return MISSING
    return f"{_signed(f'{low * 100:.1f}')}–{_signed(f'{high * 100:.1f}')} %"


def rate(share: float | None, denominator: int, what: str = "") -> str:
    """A percentage never stands without its n: `31.0 % of 412 screened sessions`."""
    return f"{percent(share)} of {count(denominator)} {what}".rstrip()


def points(change: float | None) -> str:
    """A difference of two shares in percentage points: `+1.4 pts`, `−0.3 pts`."""
    if change is None or not isfinite(change):
        return MISSING
    shown = round(change * 100, 1) or 0.0
    return f"{'+' if shown > 0 else ''}{_signed(f'{shown:.1f}')} pts"


def plural(many: int, one: str, several: str = "") -> str:
    """`1 session`, `4 sessions`."""
    return f"{count(many)} {one if many == 1 else several or one + 's'}"


def cell(value: Cell, kind: Kind, zone: str = "UTC") -> str:
    """One cell as text, by its column's kind. A text in a numeric column (`not enough screening`) is shown as it is."""
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    return _time(value, kind, zone) if isinstance(value, date) else _number(value, kind)


def row_texts(table: Table, zone: str = "UTC") -> list[list[str]]:
    """Every cell of a table as text, row by row."""
    return [
        [cell(value, column.kind, zone) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
    ]


def aligned_right(column: Column) -> bool:
    """Whether the column's cells stand at the right."""
    return column.kind in RIGHT_ALIGNED


def _time(value: date, kind: Kind, zone: str) -> str:
    if isinstance(value, datetime):
        return instant(value, zone)
    return month(value) if kind == "month" else day(value)


def _number(value: float, kind: Kind) -> str:
    if kind == "percent":
        return percent(value)
    if kind in ("number", "decimal"):
        return number(value, 1 if kind == "number" else 2)
    return count(value) if kind == "integer" else str(value)


def _signed(text: str) -> str:
    """A true minus sign, and no minus before a zero."""
    if text.startswith("-"):
        return text[1:] if not any(character in "123456789" for character in text) else "−" + text[1:]
    return text
