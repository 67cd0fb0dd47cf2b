"""Intervals against published values and an independent library."""

from collections.abc import Sequence
from math import inf, isclose
from random import Random

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from webapp.domain.intervals import (
    Z95,
    Z998,
    byar,
    count_change,
    design_effect,
    design_effect_of_sums,
    effective_number,
    event_interval,
    exact_poisson,
    newcombe_difference,
    wilson,
)

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_two_levels() -> None:
    assert (round(Z95, 6), round(Z998, 6)) == (1.959964, 3.090232)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published(k: int, n: int, low: float, high: float) -> None:
    """Newcombe RG. Stat Med 1998;17:857-872, table I, method 3."""
    interval = wilson(k, n)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(COUNTS)
def test_wilson_as_the_library(counts: tuple[int, int]) -> None:
    k, n = counts
    interval = wilson(k, n)
    assert interval is not None
    low, high = proportion_confint(k, n, method="wilson")
    assert interval.low == pytest.approx(low, abs=1e-12) and interval.high == pytest.approx(high, abs=1e-12)


@given(COUNTS, st.floats(1, 8))
def test_an_effective_number_is_as_many_fewer_observations(counts: tuple[int, int], deff: float) -> None:
    k, n = counts
    smaller = wilson(k / deff, n / deff)
    assert smaller is not None
    alike = wilson(k, n, n_eff=effective_number(n, deff))
    assert alike is not None
    assert alike.low == pytest.approx(smaller.low, abs=1e-9) and alike.high == pytest.approx(smaller.high, abs=1e-9)


def test_no_observations_have_no_interval_and_nonsense_is_refused() -> None:
    assert wilson(0, 0) is None
    assert newcombe_difference(0, 0, 1, 2) is None
    for k, n in [(3, 2), (-1, 2)]:
        with pytest.raises(ValueError, match="not a share"):
            wilson(k, n)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_published(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe RG. Stat Med 1998;17:873-890, table II, method 10."""
    found = newcombe_difference(*counts)
    assert found is not None
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (low, high)
    assert found.is_clear is (low > 0)


@given(COUNTS, COUNTS)
def test_newcombe_as_the_library(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = newcombe_difference(*first, *second)
    assert found is not None
    low, high = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    assert found.interval.low == pytest.approx(low, abs=1e-9) and found.interval.high == pytest.approx(high, abs=1e-9)


MONTHS, PATIENTS, COURSE = 4000, 60, (1, 1, 1, 2, 4, 6, 6)
"""Pairs of months; expected patients a month; the sessions that one of them brings, each as likely."""


def equal_months(chance: Random) -> tuple[list[int], list[int]]:
    """The sessions of each patient in two months that differ by chance alone."""
    now, then = ([chance.choice(COURSE) for _ in range(_poisson(chance, PATIENTS))] for _ in range(2))
    return now, then


def _poisson(chance: Random, mean: float) -> int:
    arrived, at = 0, chance.expovariate(mean)
    while at < 1:
        arrived, at = arrived + 1, at + chance.expovariate(mean)
    return arrived


def test_equal_months_of_patients_with_several_sessions_are_called_moved_in_one_of_twenty() -> None:
    """With the design effect of each pair itself; taken for independent sessions they would be in a quarter or more."""
    chance = Random(20261122)
    clustered = independent = 0
    for _ in range(MONTHS):
        now, then = equal_months(chance)
        sizes = now + then
        deff = sum(n * n for n in sizes) / sum(sizes)
        clustered += is_clear(sum(now), sum(then), deff)
        independent += is_clear(sum(now), sum(then), 1.0)
    assert 0.035 < clustered / MONTHS < 0.065
    assert independent / MONTHS > 0.25


def is_clear(now: int, then: int, deff: float) -> bool:
    change = count_change(now, then, 21, 21, deff)
    return change is not None and change.is_clear


def test_a_count_that_doubled_has_changed_and_is_told_by_its_days() -> None:
    change = count_change(800, 400, 20, 20, 4.0)
    assert change is not None and change.is_clear and change.ratio == pytest.approx(1.0)
    longer = count_change(800, 400, 40, 20, 4.0)
    assert longer is not None and not longer.is_clear and longer.ratio == pytest.approx(0.0)
    few = count_change(8, 4, 20, 20, 4.0)
    assert few is not None and not few.is_clear
    first = count_change(50, 0, 20, 20, 4.0)
    assert first is not None and first.is_clear and first.ratio is None


@pytest.mark.parametrize("asked", [(0, 0, 20, 20), (5, 5, 0, 20), (5, 5, 20, 0)])
def test_nothing_or_no_days_cannot_be_compared(asked: tuple[int, int, int, int]) -> None:
    assert count_change(*asked, 1.0) is None


def test_without_a_design_effect_it_is_the_conditional_test_of_two_poisson_counts() -> None:
    """At the edge of the normal approximation of Przyborowski and Wilenski's test: |now - then| = 1.96 sqrt(now + then)."""
    assert [is_clear(100 + d, 100 - d, 1.0) for d in (13, 14)] == [False, True]
    assert [is_clear(100 + d, 100 - d, 4.0) for d in (27, 28)] == [False, True]


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (20, 12.217, 30.888)],
)
def test_exact_poisson_published(events: int, low: float, high: float) -> None:
    """Garwood's limits, as tabulated in Ulm K. Am J Epidemiol 1990;131:373-375 and standard tables."""
    interval = exact_poisson(events)
    assert (round(interval.low, 3), round(interval.high, 3)) == (low, high)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20_000))
def test_exact_poisson_as_the_library(events: int) -> None:
    interval = exact_poisson(events)
    low, high = confint_poisson(events, 1, method="exact-c")
    assert interval.low == pytest.approx(0 if events == 0 else low, rel=1e-9)
    assert interval.high == pytest.approx(high, rel=1e-9)


@given(st.integers(10, 100_000))
def test_byar_is_close_to_the_exact_limits_from_ten_events_on(events: int) -> None:
    near = byar(events)
    low, high = confint_poisson(events, 1, method="exact-c")
    assert near.low == pytest.approx(low, rel=2e-3) and near.high == pytest.approx(high, rel=2e-3)


def test_events_are_exact_below_ten_and_byar_from_ten_on() -> None:
    assert event_interval(9) == exact_poisson(9)
    assert event_interval(10) == byar(10)
    assert byar(0).low == 0.0
    with pytest.raises(ValueError, match="not negative"):
        event_interval(-1)


def clusters_of(seed: int, m: int) -> list[tuple[int, int]]:
    random = Random(seed)
    found = []
    for _ in range(m):
        n, p = random.randint(1, 8), random.betavariate(1, 2)
        found.append((sum(random.random() < p for _ in range(n)), n))
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60))
def test_the_design_effect_is_the_cluster_robust_variance_over_the_binomial(seed: int, m: int) -> None:
    clusters = clusters_of(seed, m)
    n, x = sum(c[1] for c in clusters), sum(c[0] for c in clusters)
    if x in (0, n):
        assert design_effect(clusters) == 1.0
        return
    events = np.concatenate([[1] * k + [0] * (size - k) for k, size in clusters])
    groups = np.repeat(np.arange(m), [size for _, size in clusters])
    fit = sm.OLS(events, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    p = x / n
    assert design_effect(clusters) == pytest.approx(fit.bse[0] ** 2 / (p * (1 - p) / n), rel=1e-6)


def test_design_effect_of_whole_copies_and_of_singles() -> None:
    alike = [(5, 5), (0, 5)] * 20
    assert design_effect(alike) == pytest.approx(5 * 40 / 39)
    singles = [(i % 2, 1) for i in range(40)]
    assert isclose(design_effect(singles), 40 / 39)
    assert effective_number(100, 0.5) == 100


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(5, 9)), max_size=20))
def test_sums_give_the_same_design_effect(clusters: Sequence[tuple[int, int]]) -> None:
    x, n = [k for k, _ in clusters], [size for _, size in clusters]
    sums = design_effect_of_sums(
        len(clusters),
        sum(n),
        sum(x),
        sum(k * k for k in x),
        sum(k * size for k, size in clusters),
        sum(size * size for size in n),
    )
    assert sums == pytest.approx(design_effect(clusters)) and 0 <= sums < inf
