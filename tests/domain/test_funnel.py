"""The funnel: limits and flags can never disagree, over-dispersion and standardisation against independent sums."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats.mstats import winsorize
from statsmodels.stats.proportion import proportion_confint

from webapp.domain.funnel import (
    SiteRate,
    enough_to_compare,
    expected_events,
    funnel_limits,
    funnel_of,
    indirect_standardisation,
    overdispersion,
    side_of_limit,
)
from webapp.domain.intervals import Z95, Z998, wilson

SHARES = st.floats(0.01, 0.99)
COUNTS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, SHARES, st.floats(1, 4), st.floats(1, 6), st.sampled_from([Z95, Z998]))
def test_a_flag_holds_exactly_when_that_wilson_interval_excludes_the_target(
    counts: tuple[int, int], p0: float, deff: float, phi: float, z: float
) -> None:
    k, n = counts
    interval = wilson(k, n, z * phi**0.5, n_eff=n / deff)
    assert interval is not None
    assume(min(abs(interval.low - p0), abs(interval.high - p0)) > 1e-9)
    assert (side_of_limit(k / n, n / deff, p0, z, phi) == "inside") is interval.holds(p0)


@given(COUNTS, SHARES, st.floats(1, 4), st.floats(1, 6), st.sampled_from([Z95, Z998]))
def test_a_flag_holds_exactly_when_the_point_lies_beyond_the_drawn_limit(
    counts: tuple[int, int], p0: float, deff: float, phi: float, z: float
) -> None:
    k, n = counts
    limits = funnel_limits(p0, n / deff, z, phi)
    share = k / n
    assume(min(abs(share - limits.low), abs(share - limits.high)) > 1e-9)
    side = side_of_limit(share, n / deff, p0, z, phi)
    assert side == ("below" if share < limits.low else "above" if share > limits.high else "inside")


@given(COUNTS, SHARES)
def test_the_flag_as_the_library_sees_it(counts: tuple[int, int], p0: float) -> None:
    k, n = counts
    low, high = proportion_confint(k, n, alpha=0.002, method="wilson")
    assume(min(abs(low - p0), abs(high - p0)) > 1e-9)
    assert (side_of_limit(k / n, n, p0, float(norm.ppf(0.999))) == "inside") is bool(low <= p0 <= high)


def test_limits_by_hand_and_clipped() -> None:
    limits = funnel_limits(0.2, 100, Z95)
    assert (round(limits.low, 4), round(limits.high, 4)) == (0.1216, 0.2784)
    assert funnel_limits(0.01, 10, Z998).low == 0.0
    assert funnel_limits(0.99, 10, Z998).high == 1.0


def test_too_little_to_compare() -> None:
    assert enough_to_compare(50, 0.1) and enough_to_compare(50, 0.9)
    assert not enough_to_compare(49, 0.1) and not enough_to_compare(49, 0.9)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(20, 900)), min_size=10, max_size=60), st.floats(0.05, 0.95))
def test_overdispersion_is_the_mean_square_of_winsorised_scores(sites: list[tuple[float, float]], p0: float) -> None:
    scores = np.array([(share - p0) / (p0 * (1 - p0) / n) ** 0.5 for share, n in sites])
    plain = float(np.mean(np.asarray(winsorize(scores, limits=(0.1, 0.1))) ** 2))
    assert overdispersion(sites, p0) == pytest.approx(max(1.0, plain))


def test_no_overdispersion_from_few_sites() -> None:
    wild = [(0.9, 100.0), (0.1, 100.0)] * 4
    assert overdispersion(wild, 0.5) == 1.0
    assert overdispersion(wild + wild, 0.5) > 10


def test_indirect_standardisation_by_hand() -> None:
    reference = {"first": (30, 100), "later": (20, 200)}
    expected = expected_events({"first": 10, "later": 20}, reference)
    assert expected == pytest.approx(10 * 0.3 + 20 * 0.1)
    p0 = 50 / 300
    assert indirect_standardisation(10, expected, p0) == pytest.approx(p0 * 2)
    assert indirect_standardisation(100, expected, p0) == 1.0
    assert indirect_standardisation(0, 0.0, p0) is None


def test_a_sum_over_strata_is_the_same_in_whatever_order_they_were_read() -> None:
    reference = {stratum: (1 + stratum % 5, 7 + 3 * stratum) for stratum in range(40)}
    observed = {stratum: 1 + stratum % 9 for stratum in reference}
    backwards = dict(reversed(observed.items()))
    by_size = dict(sorted(observed.items(), key=lambda one: one[1]))
    assert len({expected_events(order, reference) for order in (observed, backwards, by_size)}) == 1


def test_all_sites_together_are_expected_to_have_what_they_had() -> None:
    sites = [{"a": 30, "b": 5}, {"a": 10, "b": 45}]
    reference = {"a": (12, 40), "b": (5, 50)}
    assert expected_events(sites[0], reference) + expected_events(sites[1], reference) == pytest.approx(17)


def test_a_funnel_lists_small_sites_and_needs_five() -> None:
    sites = [SiteRate(name, 20, 100, 100.0) for name in "ABCD"]
    small = SiteRate("tiny", 1, 4, 4.0)
    funnel = funnel_of([*sites, small, SiteRate("empty", 0, 0, 0.0)], 0.2)
    assert [site.key for site in funnel.listed] == ["tiny", "empty"]
    assert not funnel.drawn and funnel.comparisons == 0
    wide = funnel_of([*sites, SiteRate("high", 40, 100, 100.0)], 0.2)
    assert wide.drawn and wide.comparisons == 5
    assert [(p.key, p.side95, p.side998) for p in wide.points][-1] == ("high", "above", "above")
    assert [p.key for p in wide.points] == ["A", "B", "C", "D", "high"]


def test_a_standardised_funnel_moves_the_point_not_the_crude_share() -> None:
    sites = [SiteRate(name, 20, 100, 100.0, expected=20.0) for name in "ABCD"]
    heavy = SiteRate("heavy", 40, 100, 100.0, expected=40.0)
    point = funnel_of([*sites, heavy], 0.2).points[-1]
    assert (point.crude, point.side95) == (0.4, "inside")
    assert point.share == pytest.approx(0.2)
