"""The p-chart: baseline, limits, re-base, and the two signals."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.control_chart import ChartPeriod, p_chart

STEADY = [ChartPeriod(20, 100, 100.0)] * 6 + [ChartPeriod(22, 110, 110.0)] * 6


def test_no_limits_until_the_baseline_is_full() -> None:
    chart = p_chart(STEADY[:11])
    assert chart.centre is None
    assert all(point.limits is None and not point.is_signal for point in chart.points)


def test_limits_are_three_sigma_around_the_baseline() -> None:
    chart = p_chart([*STEADY, ChartPeriod(32, 100, 100.0), ChartPeriod(33, 100, 100.0)])
    assert chart.centre == 0.2
    limits = chart.points[12].limits
    assert limits is not None and (round(limits.low, 4), round(limits.high, 4)) == (0.08, 0.32)
    assert [point.is_beyond for point in chart.points[12:]] == [False, True]


def test_a_smaller_effective_number_widens_the_limits() -> None:
    assert not p_chart([*STEADY, ChartPeriod(33, 100, 50.0)]).points[-1].is_beyond


def test_eight_in_a_row_are_a_signal_seven_are_not() -> None:
    high = ChartPeriod(22, 100, 100.0)
    assert not any(point.is_signal for point in p_chart([*STEADY, *[high] * 7]).points)
    chart = p_chart([*STEADY, *[high] * 8])
    assert [point.in_run for point in chart.points] == [False] * 12 + [True] * 8
    broken = p_chart([*STEADY, *[high] * 4, ChartPeriod(20, 100, 100.0), *[high] * 4])
    assert not any(point.in_run for point in broken.points)


def test_a_gap_neither_breaks_nor_extends_a_run() -> None:
    high, gap = ChartPeriod(22, 100, 100.0), ChartPeriod(1, 2, 2.0, is_eligible=False)
    chart = p_chart([*STEADY, *[high] * 4, gap, *[high] * 4])
    assert [point.in_run for point in chart.points[12:]] == [True] * 4 + [False] + [True] * 4
    assert chart.points[16].limits is None
    assert p_chart([*STEADY, ChartPeriod(0, 0, 0.0)]).points[-1].share is None


def test_a_rebase_starts_again() -> None:
    after = [ChartPeriod(40, 100, 100.0, rebased=i == 0) for i in range(12)]
    chart = p_chart([*STEADY, *after])
    assert chart.centre == 0.4
    assert all(point.limits is None for point in chart.points[:12])
    assert not any(point.is_signal for point in chart.points)


def test_too_few_expected_events_are_never_beyond() -> None:
    rare = [ChartPeriod(1, 100, 100.0)] * 12
    assert not p_chart([*rare, ChartPeriod(9, 100, 100.0)]).points[-1].is_beyond


@given(st.lists(st.integers(0, 100), min_size=12, max_size=40))
def test_runs_against_a_plain_window(counts: list[int]) -> None:
    chart = p_chart([ChartPeriod(k, 100, 100.0) for k in counts])
    centre = sum(counts[:12]) / 1200
    sides = [(k / 100 > centre) - (k / 100 < centre) for k in counts]
    in_run = [False] * len(counts)
    for i in range(len(counts) - 7):
        if set(sides[i : i + 8]) in ({1}, {-1}):
            in_run[i : i + 8] = [True] * 8
    assert [point.in_run for point in chart.points] == in_run
