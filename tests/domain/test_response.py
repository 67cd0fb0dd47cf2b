"""Response: each rule by example, and the whole against a plain reading of the same line of events."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.response_replay import last_scores
from webapp.domain.response import (
    IMPROVED_SCALES,
    RESPONSE_SCALES,
    Moment,
    Progress,
    RatedCourse,
    Score,
    Tally,
    count_course,
    entry_cut,
    is_improved,
    is_remission,
    is_response,
    progress_of,
)
from webapp.domain.settings import DEFAULT_SETTINGS
from webapp.domain.vocabulary import SCORE_RANGE, Instrument

DAY0 = date(2026, 1, 1)


def moment(day: int, hour: int | None = None) -> Moment:
    on = DAY0 + timedelta(days=day)
    return Moment(on, None if hour is None else datetime(on.year, on.month, on.day, hour, tzinfo=UTC))


def score(value: int, day: int, hour: int | None = None) -> Score:
    return Score(moment(day, hour), value)


INFUSIONS = (moment(0, 15), moment(3, 15), moment(7, 15))


@pytest.mark.parametrize(
    ("said", "baseline"),
    [
        ([score(20, -14)], 20),
        ([score(20, -15)], None),
        ([score(20, -9), score(18, -2)], 18),
        ([score(18, -2), score(20, -9)], 18),
        ([score(17, 0)], 17),
        ([score(17, 0, 14)], 17),
        ([score(17, 0, 15)], 17),
        ([score(17, 0, 16)], None),
        ([score(17, 0), score(16, 0, 9)], 16),
        ([], None),
    ],
)
def test_the_baseline_is_the_last_rating_before_the_first_infusion(said: list[Score], baseline: int | None) -> None:
    assert progress_of(RatedCourse(INFUSIONS, 6), said, DEFAULT_SETTINGS).baseline == baseline


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ([score(9, 0, 16)], (9, None, None)),
        ([score(9, 1), score(8, 2)], (8, None, None)),
        ([score(9, 3)], (9, None, None)),
        ([score(9, 3, 15)], (9, None, None)),
        ([score(9, 3, 16)], (None, 9, None)),
        ([score(9, 7)], (None, 9, None)),
        ([score(9, 21)], (None, None, 9)),
        ([score(9, 22)], (None, None, None)),
        ([score(9, -1)], (None, None, None)),
    ],
)
def test_a_score_is_the_last_after_its_infusion_and_before_the_next(
    said: list[Score], after: tuple[int | None, ...]
) -> None:
    found = progress_of(RatedCourse(INFUSIONS, 4), said, DEFAULT_SETTINGS).after
    assert found == (*after, None)


def test_a_later_induction_ends_what_counts_for_the_last_infusion() -> None:
    said = [score(9, 10), score(4, 12)]
    course = RatedCourse(INFUSIONS, 3)
    assert progress_of(course, said, DEFAULT_SETTINGS).after[2] == 4
    assert progress_of(replace(course, following=moment(11)), said, DEFAULT_SETTINGS).after[2] == 9


def test_an_infusion_after_too_long_a_gap_does_not_keep_the_score() -> None:
    late = RatedCourse((moment(0), moment(25)), 2)
    assert progress_of(late, [score(9, 20)], DEFAULT_SETTINGS).after == (None, None)
    assert progress_of(late, [score(9, 14)], DEFAULT_SETTINGS).after == (9, None)


def test_what_was_given_out_of_sight_leaves_its_neighbours_missing() -> None:
    course = RatedCourse((moment(0), None, moment(7)), 3)
    said = [score(20, -1), score(9, 2), score(8, 4), score(7, 9)]
    assert progress_of(course, said, DEFAULT_SETTINGS) == Progress(20, (None, None, 7))


def test_an_infusion_time_that_is_not_known_leaves_the_day_before_it() -> None:
    course = RatedCourse((moment(0), moment(3)), 2)
    assert progress_of(course, [score(20, 0, 18), score(9, 3, 18)], DEFAULT_SETTINGS) == Progress(20, (9, None))


@pytest.mark.parametrize(
    ("instrument", "baseline", "value", "response", "remission", "improved"),
    [
        (Instrument.PHQ9, 20, 10, True, False, False),
        (Instrument.PHQ9, 20, 11, False, False, False),
        (Instrument.PHQ9, 15, 8, False, False, False),
        (Instrument.PHQ9, 15, 7, True, False, False),
        (Instrument.PHQ9, 10, 4, True, True, False),
        (Instrument.MADRS, 30, 12, True, True, False),
        (Instrument.MADRS, 20, 12, False, True, False),
        (Instrument.MADRS, 30, 13, True, False, False),
        (Instrument.QIDS, 12, 5, True, True, False),
        (Instrument.QIDS, 12, 6, True, False, False),
        (Instrument.GAD7, 14, 10, False, False, True),
        (Instrument.GAD7, 14, 11, False, False, False),
        (Instrument.GAD7, 14, 0, False, False, True),
        (Instrument.PCL5, 50, 35, False, False, True),
        (Instrument.PCL5, 50, 36, False, False, False),
        (Instrument.CSSRS, 5, 0, False, False, False),
        (Instrument.CADSS, 50, 0, False, False, False),
    ],
)
def test_the_cuts_of_each_scale(
    instrument: Instrument, baseline: int, value: int, response: bool, remission: bool, improved: bool
) -> None:
    said = tuple(
        judge(instrument, baseline, value, DEFAULT_SETTINGS) for judge in (is_response, is_remission, is_improved)
    )
    assert said == (response, remission, improved)


def test_the_entry_cuts() -> None:
    cuts = {instrument: entry_cut(instrument, DEFAULT_SETTINGS) for instrument in (*RESPONSE_SCALES, *IMPROVED_SCALES)}
    assert list(cuts.values()) == [10, 20, 1, 10, 31]


@given(share=st.integers(1, 10), baseline=st.integers(1, 60))
def test_a_fall_of_exactly_the_share_is_a_response(share: int, baseline: int) -> None:
    own = replace(DEFAULT_SETTINGS, response_fall=share / 10)
    least = -(-share * baseline // 10)
    assert is_response(Instrument.MADRS, baseline, baseline - least, own)
    assert not is_response(Instrument.MADRS, baseline, baseline - least + 1, own)


HOURS = st.one_of(st.none(), st.integers(8, 20))
RATINGS = st.lists(st.tuples(st.integers(-20, 60), HOURS, st.integers(0, 27)), max_size=14)
GAPS = st.lists(st.tuples(st.integers(1, 18), HOURS), min_size=1, max_size=8)


@settings(max_examples=400, deadline=None)
@given(gaps=GAPS, planned=st.integers(1, 8), ratings=RATINGS, has_following=st.booleans())
def test_the_whole_equals_the_plain_reading(
    gaps: list[tuple[int, int | None]], planned: int, ratings: list[tuple[int, int | None, int]], has_following: bool
) -> None:
    days = [sum(gap for gap, _ in gaps[1 : place + 1]) for place in range(len(gaps))]
    infusions = [moment(day, hour) for day, (_, hour) in zip(days, gaps, strict=True)]
    following = infusions.pop() if has_following and len(infusions) > 1 else None
    said = [score(value, day, hour) for day, hour, value in ratings]
    found = progress_of(RatedCourse(infusions, planned, following), said, DEFAULT_SETTINGS)
    plain = last_scores(
        [(m.on, m.at) for m in infusions],
        (following.on, following.at) if following else None,
        [(s.moment.on, s.moment.at, s.value) for s in said],
        planned,
        DEFAULT_SETTINGS,
    )
    assert (found.baseline, list(found.after)) == plain


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 27)), st.one_of(st.none(), st.integers(0, 27)), st.integers(1, 6)
        ),
        max_size=30,
    )
)
def test_every_course_is_counted_once_and_the_bounds_hold_the_share(
    courses: list[tuple[int | None, int | None, int]],
) -> None:
    tally = Tally()
    for baseline, after, reached in courses:
        count_course(
            tally, Instrument.PHQ9, Progress(baseline, (None, after)), 2, reached, is_response, DEFAULT_SETTINGS
        )
    assert tally.entered + tally.without_baseline + tally.below_cut == len(courses)
    assert 0 <= tally.met <= tally.rated <= tally.entered
    if tally.bounds is None:
        assert tally.entered == 0
    else:
        low, high = tally.bounds
        assert 0 <= low <= high <= 1
        if tally.rated:
            assert low - 1e-12 <= tally.met / tally.rated <= high + 1e-12


def test_every_scale_with_cuts_has_a_range() -> None:
    assert all(
        entry_cut(scale, DEFAULT_SETTINGS) <= SCORE_RANGE[scale][1] for scale in (*RESPONSE_SCALES, *IMPROVED_SCALES)
    )
