"""Cumulative incidence against statsmodels and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from webapp.domain.statistics import (
    IncidencePoint,
    aalen_johansen,
    incidence_at,
)

CAUSES = ("censored", "completed", "lapsed", "stopped")


def grouped(rows: list[tuple[int, int]]) -> tuple[dict[int, dict[str, int]], dict[int, int]]:
    events: dict[int, dict[str, int]] = {}
    censored: dict[int, int] = {}
    for day, status in rows:
        if status == 0:
            censored[day] = censored.get(day, 0) + 1
        else:
            of_day = events.setdefault(day, {})
            of_day[CAUSES[status]] = of_day.get(CAUSES[status], 0) + 1
    return events, censored


def test_a_small_table_by_hand() -> None:
    """Five courses: completed on day 2, lapsed on 3, censored on 3, completed on 5, censored on 6."""
    found = aalen_johansen({2: {"completed": 1}, 3: {"lapsed": 1}, 5: {"completed": 1}}, {3: 1, 6: 1}, horizon=60)
    completed = [(point.day, round(point.probability, 4)) for point in found["completed"]]
    assert completed == [(2, 0.2), (3, 0.2), (5, 0.5)]
    assert [round(point.probability, 4) for point in found["lapsed"]] == [0.0, 0.2, 0.2]


def test_without_censoring_it_is_the_plain_share() -> None:
    found = aalen_johansen({4: {"completed": 3}, 9: {"lapsed": 1}, 12: {"completed": 2}}, {}, 60)
    last = incidence_at(found["completed"], 60)
    assert last.probability == pytest.approx(5 / 6)
    assert last.error == pytest.approx((5 / 6 * 1 / 6 / 6) ** 0.5)
    assert incidence_at(found["completed"], 3).probability == 0.0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), min_size=3, max_size=80))
def test_incidence_as_the_library(rows: list[tuple[int, int]]) -> None:
    rows = [*rows, (31, 0), (31, 0)]  # the library's error is not defined once nobody is at risk
    events, censored = grouped(rows)
    found = aalen_johansen(events, censored, 31)
    library = CumIncidenceRight(np.array([day for day, _ in rows]), np.array([status for _, status in rows]))
    for status, (values, errors) in enumerate(zip(library.cinc, library.cinc_se, strict=True), start=1):
        points = found.get(CAUSES[status], ())
        for day, value, error in zip(library.times, values, errors, strict=True):
            at = incidence_at(points, int(day))
            assert at.probability == pytest.approx(value, abs=1e-12)
            assert at.error == pytest.approx(error, abs=1e-9)
            interval = at.interval()
            if interval is None:
                assert value == pytest.approx(0) or value == pytest.approx(1)
            else:
                assert 0 <= interval.low < at.probability < interval.high <= 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 1)), min_size=2, max_size=50))
def test_with_one_cause_it_is_one_minus_kaplan_meier(rows: list[tuple[int, int]]) -> None:
    events, censored = grouped(rows)
    found = aalen_johansen(events, censored, 40).get("completed", ())
    curve = SurvfuncRight([day for day, _ in rows], [status for _, status in rows])
    for day, surviving in zip(curve.surv_times, curve.surv_prob, strict=True):
        assert incidence_at(found, int(day)).probability == pytest.approx(1 - surviving, abs=1e-12)


def test_all_causes_and_survival_sum_to_one_and_the_horizon_cuts() -> None:
    events, censored = grouped([(0, 1), (3, 2), (3, 3), (7, 1), (70, 1), (9, 0)])
    found = aalen_johansen(events, censored, 60)
    assert all(point.day <= 60 for points in found.values() for point in points)
    assert sum(points[-1].probability for points in found.values()) == pytest.approx(4 / 6)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_an_event_that_all_had_is_certain_however_the_shares_round(counts: list[int]) -> None:
    events = {day: {"reached": many, "ended": 0} for day, many in enumerate(counts)}
    last = aalen_johansen(events, {}, len(counts))["reached"][-1]
    assert last.probability == pytest.approx(1)
    assert last.interval() is None


@pytest.mark.parametrize("missing", [1e-9, 2**-53])
def test_the_interval_of_what_is_nearly_certain_can_be_told(missing: float) -> None:
    interval = IncidencePoint(60, 1 - missing, 0.01).interval()
    assert interval is None or 0 <= interval.low <= 1 - missing <= interval.high <= 1


def test_one_of_one_and_none_of_thirty_have_no_interval() -> None:
    """An interval without width would say that nothing is uncertain, of the numbers of which least is known."""
    [one] = aalen_johansen({14: {"completed": 1}}, {}, 60)["completed"]
    assert (one.probability, one.interval()) == (1.0, None)
    thirty = aalen_johansen({20: {"completed": 0, "lapsed": 1}}, {25: 29}, 60)
    assert (thirty["completed"][-1].probability, thirty["completed"][-1].interval()) == (0.0, None)
    assert thirty["lapsed"][-1].interval() is not None
    assert incidence_at(thirty["lapsed"], 19).interval() is None
    assert IncidencePoint(20, 0.5, 0.0).interval() is None and IncidencePoint(20, 0.0, 0.1).interval() is None
