"""Standing as of a day and a knowledge: each rule by example, and the whole against a plain replay, day by day."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.standing_replay import replay_standing
from webapp.domain.accreditation import (
    StandingRecord,
    answer_on,
    changes_between,
    ending_within,
    spans_known_at,
    status_as_of,
)
from webapp.domain.vocabulary import RecordEvent, Standing

DAY0 = date(2026, 1, 1)
NOON0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
E = RecordEvent
PLAIN_EVENTS = [event for event in RecordEvent if event is not E.CORRECTED]


def day(offset: int) -> date:
    return DAY0 + timedelta(days=offset)


def known(offset: int) -> datetime:
    return NOON0 + timedelta(days=offset)


def record(
    number: int,
    event: RecordEvent,
    on: int,
    until: int | None = None,
    recorded: int | None = None,
    replaces: int | None = None,
    corrected: RecordEvent | None = None,
) -> StandingRecord:
    return StandingRecord(
        UUID(int=number),
        event,
        day(on),
        None if until is None else day(until),
        known(number if recorded is None else recorded),
        None if replaces is None else UUID(int=replaces),
        corrected,
    )


def standings(records: list[StandingRecord], *days: int) -> list[Standing]:
    return [status_as_of(records, day(d)).standing for d in days]


def test_until_is_the_last_valid_day() -> None:
    records = [record(1, E.GRANTED, 10, 20)]
    assert standings(records, 9, 10, 20, 21) == [
        Standing.NONE,
        Standing.ACCREDITED,
        Standing.ACCREDITED,
        Standing.EXPIRED,
    ]
    assert status_as_of(records, day(15)).until == day(20)
    assert status_as_of(records, day(30)).since == day(21)


def test_known_at_sees_only_what_was_recorded_by_then() -> None:
    records = [record(1, E.GRANTED, 0, recorded=0), record(2, E.REVOKED, 5, recorded=40)]
    assert status_as_of(records, day(10), known(39)).standing is Standing.ACCREDITED
    assert status_as_of(records, day(10), known(40)).standing is Standing.REVOKED


def test_suspension_reinstatement_and_conditions() -> None:
    records = [
        record(1, E.GRANTED, 0, 100),
        record(2, E.CONDITIONS, 10),
        record(3, E.SUSPENDED, 20, 29),
        record(4, E.SUSPENDED, 40),
        record(5, E.REINSTATED, 50),
        record(6, E.REINSTATED, 60),
    ]
    assert standings(records, 5, 15, 25, 35, 45, 55, 65, 101) == [
        Standing.ACCREDITED,
        Standing.CONDITIONAL,
        Standing.SUSPENDED,
        Standing.CONDITIONAL,
        Standing.SUSPENDED,
        Standing.CONDITIONAL,
        Standing.ACCREDITED,
        Standing.EXPIRED,
    ]


def test_a_renewal_extends_but_does_not_revive_what_was_revoked() -> None:
    records = [record(1, E.GRANTED, 0, 10), record(2, E.RENEWED, 8, 30)]
    assert standings(records, 11, 30, 31) == [Standing.ACCREDITED, Standing.ACCREDITED, Standing.EXPIRED]
    assert status_as_of(records, day(20)).since == day(0)
    revoked = [*records, record(3, E.REVOKED, 9), record(4, E.RENEWED, 20, 40)]
    assert standings(revoked, 25) == [Standing.REVOKED]
    assert standings([*revoked, record(5, E.REINSTATED, 30)], 30, 35) == [Standing.ACCREDITED, Standing.EXPIRED]


def test_pending_only_where_nothing_is_in_force() -> None:
    records = [
        record(1, E.APPLIED, 0),
        record(2, E.GRANTED, 10, 20),
        record(3, E.APPLIED, 15),
        record(4, E.APPLIED, 25),
    ]
    assert standings(records, 5, 16, 22, 26) == [
        Standing.PENDING,
        Standing.ACCREDITED,
        Standing.EXPIRED,
        Standing.PENDING,
    ]


def test_of_two_records_of_one_day_and_instant_the_less_favourable_decides() -> None:
    records = [record(1, E.REVOKED, 5, recorded=0), record(2, E.GRANTED, 5, recorded=0)]
    assert standings(records, 5) == [Standing.REVOKED]
    assert standings([record(1, E.REVOKED, 5), record(2, E.GRANTED, 5)], 5) == [Standing.ACCREDITED]


def test_a_correction_replaces_and_without_an_event_voids() -> None:
    granted = record(1, E.GRANTED, 0, 100)
    shorter = record(2, E.CORRECTED, 0, 50, replaces=1, corrected=E.GRANTED)
    assert standings([granted, shorter], 60) == [Standing.EXPIRED]
    void = record(3, E.CORRECTED, 0, replaces=1)
    assert standings([granted, void], 10) == [Standing.NONE]


def test_of_two_corrections_of_one_record_the_last_recorded_decides() -> None:
    granted = record(1, E.GRANTED, 0, 100)
    first = record(2, E.CORRECTED, 0, 50, replaces=1, corrected=E.GRANTED)
    second = record(3, E.CORRECTED, 0, 70, replaces=1, corrected=E.GRANTED)
    assert standings([second, granted, first], 60, 71) == [Standing.ACCREDITED, Standing.EXPIRED]
    assert status_as_of([second, granted, first], day(60), known(2)).standing is Standing.EXPIRED


def test_a_correction_of_a_correction() -> None:
    granted = record(1, E.GRANTED, 0, 100)
    wrong = record(2, E.CORRECTED, 0, 50, replaces=1, corrected=E.GRANTED)
    again = record(3, E.CORRECTED, 0, 70, replaces=2, corrected=E.GRANTED)
    assert status_as_of([granted, wrong, again], day(60)).record_id == UUID(int=3)
    assert standings([granted, wrong, again], 60, 71) == [Standing.ACCREDITED, Standing.EXPIRED]
    taken_back = record(3, E.CORRECTED, 0, replaces=2)
    assert standings([granted, wrong, taken_back], 60, 90) == [Standing.ACCREDITED, Standing.ACCREDITED]


def test_a_renewal_already_recorded_prevents_an_ending() -> None:
    granted = record(1, E.GRANTED, 0, 20, recorded=0)
    ending = ending_within(spans_known_at([granted]), day(10), 30)
    assert ending is not None and (ending.last_valid_on, ending.days_left, ending.then) == (
        day(20),
        10,
        Standing.EXPIRED,
    )
    assert ending_within(spans_known_at([granted]), day(10), 9) is None
    assert ending_within(spans_known_at([granted]), day(25), 30) is None
    renewal = record(2, E.RENEWED, 21, 400, recorded=15)
    assert ending_within(spans_known_at([granted, renewal]), day(10), 30) is None
    assert ending_within(spans_known_at([granted, renewal], known(14)), day(10), 30) is not None


def test_changes_between_is_half_open() -> None:
    records = [record(1, E.GRANTED, 0, 9), record(2, E.GRANTED, 20)]
    assert [(c.on, c.after) for c in changes_between(records, day(0), day(20))] == [
        (day(0), Standing.ACCREDITED),
        (day(10), Standing.EXPIRED),
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[StandingRecord]:
    records: list[StandingRecord] = []
    for number in range(1, draw(st.integers(0, 7)) + 1):
        correction = bool(records) and draw(st.integers(0, 3)) == 0
        on = draw(st.integers(0, 25))
        length = draw(st.none() | st.integers(-1, 15))
        records.append(
            record(
                number,
                E.CORRECTED if correction else draw(st.sampled_from(PLAIN_EVENTS)),
                on,
                None if length is None else on + length,
                recorded=number * 2,
                replaces=draw(st.integers(0, number)) if correction else None,
                corrected=draw(st.none() | st.sampled_from(PLAIN_EVENTS)) if correction else None,
            )
        )
    return records


@settings(max_examples=120, deadline=None)
@given(histories())
def test_every_day_of_every_knowledge_agrees_with_a_plain_replay(records: list[StandingRecord]) -> None:
    instants = {r.recorded_at + late for r in records for late in (timedelta(), timedelta(days=-1))} | {known(0)}
    for known_at in sorted(instants):
        spans = spans_known_at(records, known_at)
        plain = replay_standing([r for r in records if r.recorded_at <= known_at], day(-1), day(45))
        assert [answer_on(spans, on).standing for on, _ in plain] == [standing for _, standing in plain]


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter_and_since_and_until_hold(
    records: list[StandingRecord], random: object
) -> None:
    spans = spans_known_at(records)
    assert spans_known_at(records[::-1]) == spans
    for offset in range(-1, 45):
        answer = answer_on(spans, day(offset))
        if answer.since is not None:
            assert answer_on(spans, answer.since).standing is answer.standing
            assert answer_on(spans, answer.since - timedelta(days=1)).standing is not answer.standing
        assert answer.until is None or answer.until >= day(offset)


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(-1, 30), st.integers(0, 20))
def test_ending_within_is_the_first_invalid_day(records: list[StandingRecord], on: int, days: int) -> None:
    valid = [status_as_of(records, day(d)).is_valid for d in range(on, on + days + 2)]
    ending = ending_within(spans_known_at(records), day(on), days)
    if not valid[0] or all(valid):
        assert ending is None
    else:
        assert ending is not None
        assert ending.last_valid_on == day(on + valid.index(False) - 1)


def test_a_correction_that_names_nothing_known_changes_nothing() -> None:
    lost = record(2, E.CORRECTED, 0, replaces=99, corrected=E.REVOKED)
    assert standings([record(1, E.GRANTED, 0), lost], 5) == [Standing.ACCREDITED]


@pytest.mark.parametrize("event", [E.RENEWED, E.REINSTATED])
def test_a_missing_grant_is_missing_from_the_records_only(event: RecordEvent) -> None:
    assert standings([record(1, event, 0, 10)], 5, 11) == [Standing.ACCREDITED, Standing.EXPIRED]
