"""Course states: each rule by example, and the whole against a deliberately plain replay, day by day."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.course_replay import replay
from webapp.domain.courses import (
    DEFAULT_PLAN,
    CourseFacts,
    CourseFinding,
    DeliveredSession,
    Protocol,
    protocol_on,
    spells_by_start,
    spells_of,
    state_on,
)
from webapp.domain.records import STOP_OUTCOMES
from webapp.domain.vocabulary import CourseState, Phase, StopReason

DAY0 = date(2026, 1, 1)
COURSE = UUID(int=1)
PLAN = Protocol("depression", "ketamine_iv", date.min, *DEFAULT_PLAN)


def day(offset: int) -> date:
    return DAY0 + timedelta(days=offset)


def sessions_on(*offsets: int, phase: Phase = Phase.INDUCTION, first_id: int = 100) -> list[DeliveredSession]:
    return [DeliveredSession(UUID(int=first_id + i), day(o), None, phase) for i, o in enumerate(offsets)]


@pytest.mark.parametrize(
    ("offsets", "state", "end"),
    [
        ((0, 3, 7, 10, 14, 21), CourseState.COMPLETED_ON_TIME, 21),
        ((0, 3, 7, 10, 14, 22), CourseState.COMPLETED_LATE, 22),
        ((0, 10, 20, 30, 40, 60), CourseState.COMPLETED_LATE, 60),
        ((0, 10, 20, 30, 40, 61), CourseState.OPEN_AT_HORIZON, 60),
        ((0,), CourseState.LAPSED, 29),
        ((0, 3, 7, 10, 14, 42), CourseState.COMPLETED_LATE, 42),
        ((0, 3, 7, 10, 14, 43), CourseState.COMPLETED_LATE, 43),  # completion and lapse on one day: the table's order
        ((0, 3, 7, 10, 14, 44), CourseState.LAPSED, 43),
        ((0, 20, 31), CourseState.LAPSED, 60),  # lapse and horizon on one day
        ((0, 20, 32), CourseState.OPEN_AT_HORIZON, 60),
    ],
)
def test_state_by_sessions_alone(offsets: tuple[int, ...], state: CourseState, end: int) -> None:
    spell = spells_of(CourseFacts(COURSE), sessions_on(*offsets), PLAN)[0]
    assert (spell.end_state, spell.end_on) == (state, day(end))
    assert state_on(spell, day(end - 1) if end else day(0)) is CourseState.OPEN
    assert state_on(spell, day(end + 400)) is state


def test_a_later_induction_session_opens_a_reinduction() -> None:
    first, second = spells_of(CourseFacts(COURSE), sessions_on(0, 2, 4, 6, 8, 10, 11), PLAN)
    assert first.reached == 6 and first.ordinal == 1
    assert second.start_on == day(11) and second.ordinal == 2 and second.reached == 1


def test_an_induction_session_on_the_day_of_the_lapse_opens_the_next_spell() -> None:
    first, second = spells_of(CourseFacts(COURSE), sessions_on(0, 29), PLAN)
    assert first.end_on == second.start_on == day(29)
    assert first.reached == 1


def test_boosters_have_number_0_and_hold_off_the_lapse() -> None:
    given_sessions = sessions_on(0, 50) + sessions_on(-3, 25, 70, phase=Phase.MAINTENANCE, first_id=200)
    (spell,) = spells_of(CourseFacts(COURSE), given_sessions, PLAN)
    assert spell.end_state is CourseState.OPEN_AT_HORIZON
    assert dict(spell.places) == {
        UUID(int=200): 0,
        UUID(int=100): 1,
        UUID(int=201): 0,
        UUID(int=101): 2,
        UUID(int=202): 0,
    }


def test_maintenance_alone_starts_no_course() -> None:
    assert spells_of(CourseFacts(COURSE), sessions_on(0, 5, phase=Phase.MAINTENANCE), PLAN) == ()
    assert spells_of(CourseFacts(COURSE), [], PLAN) == ()


def test_a_stop_is_void_when_a_delivered_session_follows_within_the_lapse() -> None:
    stopped = CourseFacts(COURSE, stopped_on=day(5), stop_reason=StopReason.COST)
    (void,) = spells_of(stopped, sessions_on(0, 33), PLAN)[:1]
    assert void.findings == (CourseFinding.VOID_STOP,)
    assert void.end_state is CourseState.LAPSED
    (held,) = spells_of(stopped, sessions_on(0, 5, 34), PLAN)[:1]
    assert (held.end_state, held.end_on, held.findings) == (CourseState.STOPPED_OTHER, day(5), ())


def test_a_void_stop_leaves_the_other_event_of_its_day() -> None:
    facts = CourseFacts(COURSE, stopped_on=day(5), stop_reason=StopReason.COST, transferred_on=day(5))
    spell = spells_of(facts, sessions_on(0, 10), PLAN)[0]
    assert (spell.end_state, spell.end_on) == (CourseState.TRANSFERRED, day(5))
    assert spell.findings == (CourseFinding.VOID_STOP, CourseFinding.AFTER_TRANSFER)


def test_a_stop_after_completion_changes_nothing_and_is_no_finding() -> None:
    facts = CourseFacts(COURSE, stopped_on=day(10), stop_reason=StopReason.RESPONDED)
    boosters = sessions_on(20, phase=Phase.MAINTENANCE, first_id=200)
    (spell,) = spells_of(facts, sessions_on(0, 2, 4, 6, 8, 10) + boosters, PLAN)
    assert spell.end_state is CourseState.COMPLETED_ON_TIME and spell.findings == ()


def test_stop_reasons_and_transfer() -> None:
    def ended(**facts: object) -> CourseState:
        return spells_of(CourseFacts(COURSE, **facts), sessions_on(0), PLAN)[0].end_state  # type: ignore[arg-type]  # keywords by name

    assert ended(stopped_on=day(3), stop_reason="responded") is CourseState.STOPPED_RESPONSE
    assert ended(stopped_on=day(3), stop_reason="died") is CourseState.STOPPED_OTHER
    assert ended(stopped_on=day(3)) is CourseState.STOPPED_OTHER
    assert ended(transferred_on=day(3)) is CourseState.TRANSFERRED
    assert ended(transferred_on=day(3), stopped_on=day(3), stop_reason="cost") is CourseState.STOPPED_OTHER


@pytest.mark.parametrize(
    ("outcome", "on", "state"),
    [
        ("completed", 21, CourseState.COMPLETED_ON_TIME),
        ("completed", 22, CourseState.COMPLETED_LATE),
        ("responded", 40, CourseState.STOPPED_RESPONSE),
        ("side_effect", 40, CourseState.STOPPED_OTHER),
        ("transferred", 40, CourseState.TRANSFERRED),
        ("lapsed", 10, CourseState.LAPSED),
    ],
)
def test_a_stated_outcome_is_taken_and_marked(outcome: str, on: int, state: CourseState) -> None:
    facts = CourseFacts(COURSE, stated_outcome=outcome, stated_on=day(on))
    (spell,) = spells_of(facts, sessions_on(0), PLAN)
    assert (spell.end_state, spell.end_on, spell.as_stated) == (state, day(on), True)


def test_a_stated_outcome_beyond_the_horizon_or_before_the_start_is_a_finding() -> None:
    (late,) = spells_of(
        CourseFacts(COURSE, stated_outcome="completed", stated_on=day(61)), sessions_on(0, 25, 50), PLAN
    )
    assert (late.end_state, late.as_stated) == (CourseState.OPEN_AT_HORIZON, False)
    assert late.findings == (CourseFinding.BEYOND_HORIZON,)
    (early,) = spells_of(CourseFacts(COURSE, stated_outcome="lapsed", stated_on=day(-1)), sessions_on(0), PLAN)
    assert early.findings == (CourseFinding.BEFORE_START,)


def test_a_stated_outcome_without_a_day_is_dated_by_what_it_names() -> None:
    (stop,) = spells_of(CourseFacts(COURSE, stopped_on=day(9), stated_outcome="cost"), sessions_on(0, 4), PLAN)
    assert stop.end_on == day(9)
    (done,) = spells_of(CourseFacts(COURSE, stated_outcome="completed"), sessions_on(0, 4), PLAN)
    assert done.end_on == day(4)


@pytest.mark.parametrize("outcome", STOP_OUTCOMES)
def test_a_stated_stop_is_its_own_reason(outcome: str) -> None:
    facts = CourseFacts(COURSE, stopped_on=day(3), stop_reason="cost", stated_outcome=outcome, stated_on=day(2))
    (spell,) = spells_of(facts, sessions_on(0), PLAN)
    assert spell.stop_reason == (outcome if outcome in set(StopReason) else None)


def test_each_spell_has_the_reason_of_the_stop_that_ended_it() -> None:
    """The first stop is as recorded, the second as the source states; an end that is no stop has no reason."""
    facts = CourseFacts(
        COURSE, stopped_on=day(5), stop_reason=StopReason.COST, stated_outcome="died", stated_on=day(85)
    )
    first, second = spells_of(facts, sessions_on(0, 5, 80), PLAN)
    assert (first.end_on, first.stop_reason, first.as_stated) == (day(5), "cost", False)
    assert (second.end_on, second.stop_reason, second.as_stated) == (day(85), "died", True)
    again = CourseFacts(COURSE, stopped_on=day(85), stated_outcome="side_effect", stated_on=day(5))
    first, second = spells_of(again, sessions_on(0, 5, 80), PLAN)
    assert (first.stop_reason, second.stop_reason) == ("side_effect", None)
    assert second.end_state is CourseState.STOPPED_OTHER
    (void,) = spells_of(CourseFacts(COURSE, stopped_on=day(5), stop_reason="cost"), sessions_on(0, 20), PLAN)
    assert (void.end_state, void.stop_reason) == (CourseState.LAPSED, None)


def test_protocol_versions_by_day_and_the_default() -> None:
    old = Protocol("ptsd", "ketamine_iv", day(0), 6, 21, 28, 60)
    new = Protocol("ptsd", "ketamine_iv", day(30), 8, 28, 28, 90)
    assert protocol_on([new, old], "ptsd", "ketamine_iv", day(29)) is old
    assert protocol_on([new, old], "ptsd", "ketamine_iv", day(30)) is new
    assert protocol_on([new, old], "anxiety", "ketamine_iv", day(30)).planned_infusions == 6
    spells = spells_by_start(
        CourseFacts(COURSE), sessions_on(0, 40, 42), lambda on: protocol_on([new, old], "ptsd", "ketamine_iv", on)
    )
    assert [spell.end_on for spell in spells] == [day(29), day(71)]


def test_a_day_before_the_start_has_no_state() -> None:
    (spell,) = spells_of(CourseFacts(COURSE), sessions_on(0), PLAN)
    with pytest.raises(ValueError, match="starts on"):
        state_on(spell, day(-1))


OFFSETS = st.integers(0, 60)
FACTS = st.builds(
    CourseFacts,
    course_id=st.just(COURSE),
    stopped_on=st.none() | OFFSETS.map(day),
    stop_reason=st.none() | st.sampled_from([reason.value for reason in StopReason]),
    transferred_on=st.none() | st.none() | OFFSETS.map(day),
    stated_outcome=st.none() | st.sampled_from(STOP_OUTCOMES),
    stated_on=st.none() | OFFSETS.map(day),
)
PROTOCOLS = st.builds(
    Protocol,
    indication=st.just("depression"),
    product=st.just("ketamine_iv"),
    valid_from=st.just(date.min),
    planned_infusions=st.integers(1, 5),
    window_days=st.integers(1, 15),
    lapse_days=st.integers(1, 9),
    horizon_days=st.integers(1, 25),
)


@st.composite
def deliveries(draw: st.DrawFn) -> list[DeliveredSession]:
    drawn = draw(st.lists(st.tuples(OFFSETS, st.none() | st.integers(0, 3), st.sampled_from("iiim")), max_size=14))
    return [
        DeliveredSession(
            UUID(int=i + 1),
            day(offset),
            None if hour is None else datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=offset),
            Phase.INDUCTION if phase == "i" else Phase.MAINTENANCE,
        )
        for i, (offset, hour, phase) in enumerate(drawn)
    ]


@settings(max_examples=200, deadline=None)
@given(FACTS, deliveries(), PROTOCOLS)
def test_spells_agree_with_a_replay_day_by_day(
    facts: CourseFacts, given_sessions: list[DeliveredSession], protocol: Protocol
) -> None:
    spells = spells_of(facts, given_sessions, protocol)
    replayed = replay(facts, given_sessions, protocol, until=day(200))
    shown = [(s.start_on, s.end_on, s.end_state, s.reached, s.as_stated, s.stop_reason) for s in spells]
    assert shown == replayed


@settings(max_examples=80, deadline=None)
@given(FACTS, deliveries(), PROTOCOLS)
def test_one_state_a_day_and_what_ends_a_course_is_for_good(
    facts: CourseFacts, given_sessions: list[DeliveredSession], protocol: Protocol
) -> None:
    for spell in spells_of(facts, given_sessions, protocol):
        seen = [state_on(spell, spell.start_on + timedelta(days=offset)) for offset in range(120)]
        closed = [state for state in seen if state is not CourseState.OPEN]
        assert len(set(closed)) == 1 and seen == [CourseState.OPEN] * (120 - len(closed)) + closed


@settings(max_examples=80, deadline=None)
@given(FACTS, deliveries(), PROTOCOLS, st.randoms(use_true_random=False))
def test_every_session_has_one_place_whatever_the_order_of_arrival(
    facts: CourseFacts, given_sessions: list[DeliveredSession], protocol: Protocol, random: object
) -> None:
    spells = spells_of(facts, given_sessions, protocol)
    assert spells_of(facts, given_sessions[::-1], protocol) == spells
    placed = [place for spell in spells for place in spell.places]
    phases = {session.session_id: session.phase for session in given_sessions}
    assert len(placed) == len(dict(placed)) == (len(given_sessions) if spells else 0)
    for spell in spells:
        numbers = [number for _, number in spell.places if number]
        assert numbers == list(range(1, spell.reached + 1))
        assert all((number > 0) == (phases[session] is Phase.INDUCTION) for session, number in spell.places)


@settings(max_examples=80, deadline=None)
@given(FACTS.map(lambda f: CourseFacts(f.course_id)), deliveries(), PROTOCOLS, st.integers(0, 60))
def test_data_up_to_a_day_give_the_states_of_that_day(
    facts: CourseFacts, given_sessions: list[DeliveredSession], protocol: Protocol, cut: int
) -> None:
    """By sessions alone, what was known on a day already gives the state that all later data give for it."""
    known = [session for session in given_sessions if session.on <= day(cut)]
    before = [state_on(s, day(cut)) for s in spells_of(facts, known, protocol)]
    after = [state_on(s, day(cut)) for s in spells_of(facts, given_sessions, protocol) if s.start_on <= day(cut)]
    assert before == after
