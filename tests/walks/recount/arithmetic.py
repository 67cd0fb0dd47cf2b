"""Intervals and design effects once more, written from their formulas; exact Poisson limits by SciPy's chi-squared quantiles."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from math import sqrt

from scipy.stats import chi2

from tests.walks.recount.source import Asked, Given

Z95 = 1.959963984540054
Z998 = 3.090232306167813
Share = dict[str, float | None]


def wilson(k: float, n: float, z: float = Z95, deff: float = 1.0) -> tuple[float, float]:
    """Wilson's score interval on n / max(1, deff)."""
    p, size = k / n, n / max(1.0, deff)
    middle = (p + z * z / 2 / size) / (1 + z * z / size)
    half = z * sqrt(p * (1 - p) / size + z * z / 4 / size / size) / (1 + z * z / size)
    return (0.0 if k == 0 else max(0.0, middle - half)), (1.0 if k == n else min(1.0, middle + half))


def share(k: int, n: int, deff: float = 1.0, names: tuple[str, str, str] = ("rate", "low", "high")) -> Share:
    """k of n with its interval, as the cells of a table; nothing where n is 0."""
    cells = (k / n, *wilson(k, n, deff=deff)) if n else (None, None, None)
    return dict(zip(names, cells, strict=True))


def nothing(names: tuple[str, str, str] = ("rate", "low", "high")) -> Share:
    """The same three cells where no rate may be told."""
    return dict.fromkeys(names)


def events(k: int) -> tuple[float, float]:
    """95 % limits of a count: exact below 10, Byar's from 10 on."""
    if k < 10:
        return (float(chi2.ppf(0.025, 2 * k) / 2) if k else 0.0), float(chi2.ppf(0.975, 2 * k + 2) / 2)
    low = k * (1 - 1 / (9 * k) - Z95 / 3 / sqrt(k)) ** 3
    return low, (k + 1) * (1 - 1 / (9 * (k + 1)) + Z95 / 3 / sqrt(k + 1)) ** 3


def design_effect(sessions: Iterable[Given], hit: Callable[[Given], bool], by_month: bool = False) -> float:
    """Rao and Scott's, with the patient as the cluster, or the patient's month; 1 where there is nothing to estimate."""
    size: Counter[tuple[str, date | None]] = Counter()
    hits: Counter[tuple[str, date | None]] = Counter()
    for each in sessions:
        cluster = each.patient, each.on.replace(day=1) if by_month else None
        size[cluster] += 1
        hits[cluster] += hit(each)
    m, n, x = len(size), size.total(), hits.total()
    if m < 2 or x in (0, n):
        return 1.0
    p = x / n
    residual = sum((hits[cluster] - p * size[cluster]) ** 2 for cluster in size)
    return m / (m - 1) * residual / (n * p * (1 - p))


def rate_effect(asked: Asked, term: str, by_month: bool = False) -> float:
    """The design effect of a side effect, over the last 365 days of the source's screened sessions."""
    return design_effect(asked.screened(*_year(asked)), lambda each: has(each, term), by_month)


def coverage_effect(asked: Asked) -> float:
    """The design effect of screening."""
    return design_effect(asked.given(*_year(asked)), lambda each: bool(each.asked))


def has(each: Given, term: str) -> bool:
    """Whether the term was recorded in the session; "any" is any."""
    return any(term in ("any", effect.term) for effect in each.effects)


def _year(asked: Asked) -> tuple[date, date]:
    return asked.source.through - timedelta(days=364), asked.source.through
