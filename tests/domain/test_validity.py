"""Runs of valid days and since when a lapse was known, against a plain look at every day and every instant."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_accreditation import DAY0, PLAIN_EVENTS, day, known, record
from webapp.domain.accreditation import StandingRecord, spans_known_at, standing_records, status_as_of
from webapp.domain.validity import (
    Run,
    best_standing,
    known_lapsed_since,
    lapsed_runs,
    last_valid_on,
    valid_runs,
)
from webapp.domain.vocabulary import RecordEvent, Standing

E = RecordEvent
DAYS = range(-5, 60)


@st.composite
def subjects(draw: st.DrawFn) -> list[list[StandingRecord]]:
    """Up to three subjects with up to five plain or corrected records each."""
    found: list[list[StandingRecord]] = []
    number = 0
    for _ in range(draw(st.integers(0, 3))):
        said: list[StandingRecord] = []
        for _ in range(draw(st.integers(0, 5))):
            number += 1
            event = draw(st.sampled_from([*PLAIN_EVENTS, E.CORRECTED])) if said else draw(st.sampled_from(PLAIN_EVENTS))
            start = draw(st.integers(0, 40))
            until = draw(st.none() | st.integers(start, start + 20))
            replaces = draw(st.sampled_from(said)).record_id.int if event is E.CORRECTED else None
            corrected = draw(st.none() | st.sampled_from(PLAIN_EVENTS)) if event is E.CORRECTED else None
            said.append(record(number, event, start, until, draw(st.integers(0, 9)), replaces, corrected))
        found.append(said)
    return found


@given(subjects())
def test_runs_hold_exactly_the_valid_days(told: list[list[StandingRecord]]) -> None:
    spans = [spans_known_at(records) for records in told]
    valid, lapsed = valid_runs(spans), lapsed_runs(spans)
    for offset in DAYS:
        on = day(offset)
        expected = any(status_as_of(records, on).is_valid for records in told)
        assert any(on in run for run in valid) is expected
        assert any(on in run for run in lapsed) is not expected
    merged = sorted((*valid, *lapsed), key=lambda run: run.first)
    assert merged[0].first == date.min and merged[-1].last is None
    for run, following in pairwise(merged):
        assert run.last is not None and following.first == run.last + timedelta(days=1)


@given(subjects())
def test_the_last_valid_day_is_the_end_of_the_run(told: list[list[StandingRecord]]) -> None:
    for records in told:
        spans = spans_known_at(records)
        for run in valid_runs([spans]):
            assert last_valid_on(spans, run.first) == run.last
            assert last_valid_on(spans, run.last or day(500)) == run.last


@given(subjects(), st.integers(0, 40), st.none() | st.integers(0, 9))
def test_known_since_is_the_start_of_the_last_unbroken_knowledge(
    told: list[list[StandingRecord]], offset: int, asked: int | None
) -> None:
    on, known_at = day(offset), None if asked is None else known(asked)
    since = known_lapsed_since(told, on, known_at)
    expected = None
    for instant in range(-1, (9 if asked is None else asked) + 1):
        recorded = [r for r in told if standing_records(r, known(instant))]
        lapsed = bool(recorded) and not any(status_as_of(r, on, known(instant)).is_valid for r in recorded)
        expected = (expected or known(instant)) if lapsed else None
    # What is known changes only at an instant of recording, so the two agree to the day of it.
    assert since == expected or (since is not None and expected is not None and since <= expected)
    assert (since is None) is (expected is None)


def test_a_lapse_is_known_since_the_record_that_says_so() -> None:
    granted = record(1, E.GRANTED, 0, 100, recorded=0)
    shortened = record(2, E.CORRECTED, 0, 10, recorded=30, replaces=1, corrected=E.GRANTED)
    assert known_lapsed_since([[granted]], day(20)) is None
    assert known_lapsed_since([[granted, shortened]], day(20)) == known(30)
    assert known_lapsed_since([[granted, shortened]], day(20), known(29)) is None
    assert known_lapsed_since([[granted, shortened]], day(5)) is None
    other = record(3, E.GRANTED, 15, 30, recorded=40)
    assert known_lapsed_since([[granted, shortened], [other]], day(20)) is None
    assert known_lapsed_since([], day(0)) is None


def test_the_best_of_several_standings() -> None:
    assert best_standing([Standing.EXPIRED, Standing.CONDITIONAL, Standing.NONE]) is Standing.CONDITIONAL
    assert best_standing([]) is Standing.NONE


@pytest.mark.parametrize(("offset", "inside"), [(-1, False), (0, True), (5, True), (6, False)])
def test_both_ends_of_a_run_are_in_it(offset: int, inside: bool) -> None:
    assert (day(offset) in Run(DAY0, day(5))) is inside
    assert (day(offset) in Run(DAY0, None)) is (offset >= 0)
