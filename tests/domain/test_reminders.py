"""Thresholds of reminders: one at a time, the nearest; each once before the end and weekly after it."""

from datetime import date, timedelta

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.reminders import MOST_WEEKS_AFTER, checked_snooze, threshold_on

ENDS_ON = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        *((91, None), (90, 90), (61, 90), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7)),
        *((-1, 0), (-7, 0), (-8, -7), (-14, -7), (-15, -14), (-7 * MOST_WEEKS_AFTER - 8, None)),
    ],
)
def test_the_nearest_threshold_is_the_one_reached(left: int, expected: int | None) -> None:
    assert threshold_on(ENDS_ON, ENDS_ON - timedelta(days=left)) == expected


def test_thresholds_only_ever_fall() -> None:
    days = [threshold_on(ENDS_ON, ENDS_ON - timedelta(days=90) + timedelta(days=n)) for n in range(200)]
    reached = [one for one in days if one is not None]
    assert len(reached) == len(days) and reached == sorted(reached, reverse=True)
    assert list(dict.fromkeys(reached))[:6] == [90, 60, 30, 7, 0, -7]


@pytest.mark.parametrize(
    ("until", "reason", "words"),
    [(0, "Why", "after"), (91, "Why", "within the next 90"), (5, "", "Say in a sentence")],
)
def test_a_snooze_has_rules(until: int, reason: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked_snooze(ENDS_ON + timedelta(days=until), reason, ENDS_ON)
