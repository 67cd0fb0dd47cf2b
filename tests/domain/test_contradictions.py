"""Records that overlap or contradict each other are taken, and whoever entered the last one is told which of them decides."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.accreditation import StandingRecord, status_as_of
from webapp.domain.contradictions import Said, sentences_beside
from webapp.domain.vocabulary import RecordEvent

EVENTS = [event for event in RecordEvent if event is not RecordEvent.CORRECTED]
FIRST = date(2026, 1, 1)


def said(event: str, month: int, until: date | None = None) -> Said:
    return Said(RecordEvent(event), date(2026, month, 1), until)


@pytest.mark.parametrize(
    ("new", "others", "words"),
    [
        (said("granted", 3), [], []),
        (said("renewed", 6, date(2028, 1, 1)), [said("granted", 1, date(2026, 12, 31))], []),
        (said("suspended", 3), [said("granted", 3)], ["“Granted” is on record for the same day, 1 Mar 2026"]),
        (said("granted", 3), [said("suspended", 5)], ["“Suspended” is on record as of 1 May 2026"]),
        (said("suspended", 3, date(2026, 4, 1)), [said("reinstated", 5)], []),
        (said("renewed", 6, date(2026, 8, 1)), [said("granted", 1, date(2026, 12, 31))], ["ended on 31 Dec 2026"]),
        (said("granted", 6, date(2026, 8, 1)), [said("granted", 1)], ["ended on no day that was set"]),
    ],
)
def test_what_is_said(new: Said, others: list[Said], words: list[str]) -> None:
    found = sentences_beside(new, others)
    assert len(found) == len(words)
    assert all(part in sentence for part, sentence in zip(words, found, strict=True))


said_by = st.builds(
    lambda event, start, long: Said(
        event, FIRST + timedelta(days=start), FIRST + timedelta(days=start + long) if long else None
    ),
    st.sampled_from([RecordEvent.GRANTED, RecordEvent.RENEWED]),
    st.integers(0, 20),
    st.integers(0, 20),
)


@given(said_by, st.lists(said_by, max_size=4))
def test_where_nothing_is_said_the_new_term_stands_on_each_of_its_days(new: Said, others: list[Said]) -> None:
    if sentences_beside(new, others):
        return
    at = datetime(2026, 12, 1, tzinfo=UTC)
    records = [
        StandingRecord(uuid4(), one.event, one.effective_on, one.until, at + timedelta(seconds=place))
        for place, one in enumerate([*others, new])
    ]
    last = new.until or new.effective_on + timedelta(days=60)
    for day in range((last - new.effective_on).days + 1):
        assert status_as_of(records, new.effective_on + timedelta(days=day)).is_valid
    assert (
        new.until is None
        or not status_as_of(records, new.until + timedelta(days=1)).is_valid
        or any(one.effective_on > new.until for one in others)
    )
