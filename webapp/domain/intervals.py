"""Intervals around proportions, differences and event counts; each with the source of its formula. No SciPy at run
time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
"""1.959964: two-sided 95 %."""
Z998 = NormalDist().inv_cdf(0.999)
"""3.090232: two-sided 99.8 %."""

EXACT_BELOW = 10
"""Events below which the exact Poisson interval is taken, and from which Byar's approximation."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval, in the unit of what it is around."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies inside, ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Difference:
    """Share 1 minus share 2 with its interval. Only a clear one, whose interval excludes 0, is coloured."""

    value: float
    interval: Interval

    @property
    def is_clear(self) -> bool:
        """Whether 0 lies outside the interval."""
        return not self.interval.holds(0.0)


def wilson(k: float, n: float, z: float = Z95, n_eff: float | None = None) -> Interval | None:
    """The Wilson score interval of k out of n; `n_eff` is the effective number where observations are alike. None for n
    = 0.

    Source: Wilson EB. J Am Stat Assoc 1927;22:209-212. With n_eff, the share k/n is kept and n_eff stands for n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a share.")
    if n == 0:
        return None
    share, size = k / n, n if n_eff is None else n_eff
    scale = 1 + z * z / size
    centre = (share + z * z / (2 * size)) / scale
    half = z / scale * sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return Interval(0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))


def newcombe_difference(
    k1: float,
    n1: float,
    k2: float,
    n2: float,
    z: float = Z95,
    n_eff1: float | None = None,
    n_eff2: float | None = None,
) -> Difference | None:
    """k1/n1 - k2/n2 with the interval built from the two Wilson intervals. None where either has no observations.

    Source: Newcombe RG. Stat Med 1998;17:873-890, method 10.
    """
    first, second = wilson(k1, n1, z, n_eff1), wilson(k2, n2, z, n_eff2)
    if first is None or second is None:
        return None
    p1, p2 = k1 / n1, k2 / n2
    down = sqrt((p1 - first.low) ** 2 + (second.high - p2) ** 2)
    up = sqrt((first.high - p1) ** 2 + (p2 - second.low) ** 2)
    return Difference(p1 - p2, Interval(p1 - p2 - down, p1 - p2 + up))


@dataclass(frozen=True, slots=True)
class CountChange:
    """Two counts by their daily rates. ratio: the first over the second less 1; None where the second is 0."""

    ratio: float | None
    is_clear: bool


def count_change(now: int, then: int, days_now: float, days_then: float, deff: float) -> CountChange | None:
    """Whether the daily rate of a count of sessions has changed beyond chance, at 95 %. None where nothing can be compared.

    deff: sum n_i^2 / sum n_i over the n_i sessions of each patient: patients come by chance (Poisson), and each brings n_i at once.
    Source: of two Poisson counts, given their sum, the first is binomial with the share of its days (Przyborowski J, Wilenski H.
    Biometrika 1940;31:313-323). The variance of a compound Poisson count is its mean times deff (Feller W. An Introduction to
    Probability Theory I, 3rd ed., XII.2), so the share is tested on (now + then) / deff: its Wilson interval holds equal rates or not.
    """
    if days_now <= 0 or days_then <= 0:
        return None
    interval = wilson(now, now + then, n_eff=effective_number(now + then, deff))
    if interval is None:
        return None
    ratio = (now / days_now) / (then / days_then) - 1 if then else None
    return CountChange(ratio, not interval.holds(days_now / (days_now + days_then)))


def exact_poisson(events: int, level: float = 0.95) -> Interval:
    """The exact interval of the mean of a Poisson count (multiply by 1 / exposure for a rate).

    Source: Garwood F. Biometrika 1936;28:437-442: each tail has probability (1 - level) / 2. Found by bisection on the
    Poisson distribution function, to about 1e-12 of the value.
    """
    _check_count(events)
    tail = (1 - level) / 2
    reach = events + 1.0
    while _poisson_at_most(events, reach) > tail:
        reach *= 2
    high = _bisect(lambda mean: _poisson_at_most(events, mean) - tail, 0.0, reach)
    if events == 0:
        return Interval(0.0, high)
    low = _bisect(lambda mean: _poisson_at_most(events - 1, mean) - (1 - tail), 0.0, float(events))
    return Interval(low, high)


def byar(events: int, z: float = Z95) -> Interval:
    """Byar's approximation to the exact interval of the mean of a Poisson count; good from 10 events on.

    Source: Breslow NE, Day NE. Statistical Methods in Cancer Research II. IARC 1987, p. 69.
    """
    _check_count(events)
    above = events + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3
    if events == 0:
        return Interval(0.0, high)
    return Interval(max(0.0, events * (1 - 1 / (9 * events) - z / (3 * sqrt(events))) ** 3), high)


def event_interval(events: int) -> Interval:
    """The 95 % interval of a count of events: exact below 10 events, Byar from 10 on."""
    return exact_poisson(events) if events < EXACT_BELOW else byar(events)


def design_effect(clusters: Iterable[tuple[float, float]]) -> float:
    """How much larger the variance of a share is because observations of one cluster (a patient) are alike.

    clusters: (with the event, observed) of each. 1.0 where there is nothing to estimate (one cluster, or no variation).
    Source: Rao JNK, Scott AJ. Biometrics 1992;48:577-585: d = n v / (p (1 - p)), v = m / (m - 1) * sum (x_i - n_i p)^2
    / n^2.
    """
    m = 0
    n = x = xx = xn = nn = 0.0
    for k, size in clusters:
        m, n, x = m + 1, n + size, x + k
        xx, xn, nn = xx + k * k, xn + k * size, nn + size * size
    return design_effect_of_sums(m, n, x, xx, xn, nn)


def design_effect_of_sums(m: int, n: float, x: float, xx: float, xn: float, nn: float) -> float:
    """As `design_effect`, from sums over the m clusters: n_i, x_i, x_i^2, x_i n_i, n_i^2 (one SQL aggregate)."""
    if m < 2 or n == 0 or x in (0, n):
        return 1.0
    p = x / n
    residual = max(0.0, xx - 2 * p * xn + p * p * nn)
    return m / (m - 1) * residual / (n * p * (1 - p))


def effective_number(n: float, deff: float) -> float:
    """n / max(1, deff): how many independent observations the n are worth."""
    return n / max(1.0, deff)


def _check_count(events: int) -> None:
    if events < 0:
        raise ValueError(f"{events} events: a count is not negative.")


def _poisson_at_most(k: int, mean: float) -> float:
    """P(X <= k) for a Poisson X, summed from the largest term down so that no term overflows."""
    if mean == 0:
        return 1.0
    top = min(k, int(mean))
    total = term = 1.0
    for i in range(top, 0, -1):
        term *= i / mean
        total += term
        if term < total * 1e-17:
            break
    term = 1.0
    for i in range(top + 1, k + 1):
        term *= mean / i
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, total * exp(top * log(mean) - mean - lgamma(top + 1)))


def _bisect(falling: Callable[[float], float], low: float, high: float) -> float:
    """The zero of a falling function between low and high."""
    for _ in range(200):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
        if high - low <= 1e-13 * high:
            break
    return (low + high) / 2
