"""Values as people read them."""

from datetime import UTC, date, datetime

import pytest

from webapp.presentation import formats
from webapp.presentation.tables import Cell, Column, Kind, Table


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "percent", "–"),
        (None, "text", "–"),
        (date(2026, 10, 31), "date", "31 Oct 2026"),
        (date(2026, 10, 1), "month", "Oct 2026"),
        (datetime(2026, 11, 22, 11, 40, tzinfo=UTC), "instant", "22 Nov 2026 06:40 (America/New_York)"),
        (0.31, "percent", "31.0 %"),
        (0, "percent", "0.0 %"),
        (1, "percent", "100.0 %"),
        (6214, "integer", "6,214"),
        (-3, "integer", "−3"),
        (1204.46, "number", "1,204.5"),
        (float("nan"), "percent", "–"),
        (float("inf"), "number", "–"),
        ("not enough screening", "percent", "not enough screening"),
        (-0.0, "percent", "0.0 %"),
        (-0.0004, "percent", "0.0 %"),
        (7, "text", "7"),
    ],
)
def test_cells(value: Cell, kind: Kind, shown: str) -> None:
    assert formats.cell(value, kind, "America/New_York") == shown


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), "1–31 Oct 2026"),
        (date(2026, 9, 28), date(2026, 10, 5), "28 Sep – 4 Oct 2026"),
        (date(2025, 11, 1), date(2026, 11, 1), "1 Nov 2025 – 31 Oct 2026"),
        (date(2026, 10, 8), date(2026, 10, 9), "8 Oct 2026"),
        (date(2026, 10, 8), date(2026, 10, 8), "8 Oct 2026"),
    ],
)
def test_a_half_open_period_is_told_by_its_last_day(start: date, end: date, shown: str) -> None:
    assert formats.period(start, end) == shown


def test_intervals_rates_and_points() -> None:
    assert formats.interval(0.269, 0.356) == "26.9–35.6 %"
    assert formats.interval(None, 0.356) == "–"
    assert formats.rate(0.31, 412, "screened sessions") == "31.0 % of 412 screened sessions"
    assert formats.rate(0.31, 412) == "31.0 % of 412"
    assert formats.points(0.014) == "+1.4 pts"
    assert formats.points(-0.003) == "−0.3 pts"
    assert formats.points(-0.0001) == "0.0 pts"
    assert formats.plural(1, "session") == "1 session"
    assert formats.plural(1204, "session") == "1,204 sessions"
    assert formats.plural(2, "person", "people") == "2 people"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        formats.instant(datetime(2026, 11, 22, 6, 40))


def test_rows_of_a_table() -> None:
    table = Table("t", "T", "s", (Column("site", "Site"), Column("rate", "Rate", "percent")), (("A", 0.5), ("B", None)))
    assert formats.row_texts(table) == [["A", "50.0 %"], ["B", "–"]]
    assert [formats.aligned_right(column) for column in table.columns] == [False, True]
