"""Opening hours are read, checked and written one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.intake.opening_hours import read_week, written_week
from webapp.domain.intake.rules import RefusedError


@pytest.mark.parametrize(
    ("given_text", "written"),
    [
        ("Mon-Fri 08:00-18:00; Sat 09:00-13:00", "Mon-Fri 08:00-18:00; Sat 09:00-13:00"),
        ("Sat 09:00-13:00;Mon-Fri 08:00-18:00;", "Mon-Fri 08:00-18:00; Sat 09:00-13:00"),
        ("Mon 08:00-12:00,13:00-17:00; Tue 13:00-17:00,08:00-12:00", "Mon-Tue 08:00-12:00,13:00-17:00"),
        ("Mon,Wed 10:00-24:00", "Mon 10:00-24:00; Wed 10:00-24:00"),
        ("", ""),
    ],
)
def test_written_one_way(given_text: str, written: str) -> None:
    assert written_week(read_week(given_text)) == written


BAD = (
    "Mon", "Mo 08:00-18:00", "Fri-Mon 08:00-18:00", "Mon 18:00-08:00", "Mon 08:00-08:00", "Mon 8-18", "Mon 25:00-26:00",
    "Mon 08:00-12:00; Mon 11:00-13:00", "weekdays", "Mon ٠٨:00-18:00",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_refused(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_week(text)
    assert caught.value.rule == "not_opening_hours"


MINUTES = st.lists(st.integers(0, 1440), unique=True, max_size=6).map(sorted)


@given(st.lists(MINUTES, min_size=7, max_size=7))
def test_reading_what_was_written_changes_nothing(days: list[list[int]]) -> None:
    week = tuple(tuple(zip(day[::2], day[1::2], strict=False)) for day in days)
    assert read_week(written_week(week)) == week
