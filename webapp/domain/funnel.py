"""Comparing sites fairly: funnel limits, over-dispersion, standardisation; and when there is nothing to compare.

Sources: Spiegelhalter DJ. Funnel plots for comparing institutional performance. Stat Med 2005;24:1185-1202 (limits,
A.3.2 winsorised over-dispersion); Breslow NE, Day NE. Statistical Methods in Cancer Research II. IARC 1987 (indirect
standardisation).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, fsum, sqrt
from typing import Literal, TypeVar

from webapp.domain.intervals import Z95, Z998, Interval, wilson
from webapp.domain.settings import DEFAULT_SETTINGS, MeasureSettings

Side = Literal["below", "inside", "above"]
Stratum = TypeVar("Stratum", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SiteRate:
    """One site's share: k of n, worth `n_eff` independent observations. `expected`: events if the site were as the
    network, stratum by stratum; None for a crude comparison. key: whatever names the site."""

    key: Hashable
    k: int
    n: int
    n_eff: float
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A site on the funnel: its crude and its standardised share, and where it lies to the two limits."""

    key: Hashable
    k: int
    n: int
    n_eff: float
    crude: float
    share: float
    limits95: Interval
    limits998: Interval
    side95: Side
    side998: Side


@dataclass(frozen=True, slots=True)
class Funnel:
    """points: the sites compared. listed: sites too small to compare, whose events are listed instead.

    drawn: False with too few points; then there is no funnel and no flag, whatever side the points say.
    """

    p0: float
    phi: float
    points: tuple[FunnelPoint, ...]
    listed: tuple[SiteRate, ...]
    drawn: bool

    @property
    def comparisons(self) -> int:
        """How many sites were compared with the network: stated beside every flag."""
        return len(self.points) if self.drawn else 0


def funnel_limits(p0: float, n_eff: float, z: float, phi: float = 1.0) -> Interval:
    """p0 +- z sqrt(phi) sqrt(p0 (1 - p0) / n_eff), clipped to [0, 1]."""
    half = z * sqrt(phi) * sqrt(p0 * (1 - p0) / n_eff)
    return Interval(max(0.0, p0 - half), min(1.0, p0 + half))


def side_of_limit(share: float, n_eff: float, p0: float, z: float, phi: float = 1.0) -> Side:
    """Where a share lies: "below" or "above" exactly when its Wilson interval at z sqrt(phi) and n_eff excludes p0.

    This is the same as lying beyond the unclipped `funnel_limits`, because Wilson's interval inverts that very test.
    """
    interval = wilson(share * n_eff, n_eff, z * sqrt(phi))
    if interval is None or interval.holds(p0):
        return "inside"
    return "above" if share > p0 else "below"


def enough_to_compare(n_eff: float, p0: float, settings: MeasureSettings = DEFAULT_SETTINGS) -> bool:
    """Whether enough events and non-events (5) would be expected: otherwise no flag and no point."""
    return min(n_eff * p0, n_eff - n_eff * p0) >= settings.min_expected - 1e-9


def overdispersion(
    shares: Sequence[tuple[float, float]], p0: float, settings: MeasureSettings = DEFAULT_SETTINGS
) -> float:
    """phi by which the variance between sites exceeds chance, from (share, n_eff) of each; 1.0 below 10 sites or when
    smaller.

    Naive z-scores, the lowest and the highest 10 % set to the next one (winsorised), then the mean of their squares.
    """
    if len(shares) < settings.min_dispersion_sites or not 0 < p0 < 1:
        return 1.0
    scores = sorted((share - p0) / sqrt(p0 * (1 - p0) / n_eff) for share, n_eff in shares)
    cut = floor(settings.winsorised_share * len(scores))
    low, high = scores[cut], scores[-cut - 1]
    return max(1.0, fsum(min(max(score, low), high) ** 2 for score in scores) / len(scores))


def expected_events(observed: Mapping[Stratum, int], reference: Mapping[Stratum, tuple[int, int]]) -> float:
    """Events a site would have at the network's rate in each stratum: the E of indirect standardisation.

    observed: sessions of the site by stratum. reference: (with the event, screened) of the network by stratum; a
    stratum which the network has no session in cannot be in `observed`, since the site is part of the network
    (KeyError).
    """
    expected = []
    for stratum, n in observed.items():
        k_all, n_all = reference[stratum]
        expected.append(n * k_all / n_all if n else 0.0)
    return fsum(expected)  # the same to the last digit in whatever order the strata were read


def indirect_standardisation(observed_events: float, expected: float, p0: float) -> float | None:
    """The standardised share p0 * O / E, at most 1. None where no event is expected."""
    return min(1.0, p0 * observed_events / expected) if expected > 0 else None


def funnel_of(sites: Sequence[SiteRate], p0: float, settings: MeasureSettings = DEFAULT_SETTINGS) -> Funnel:
    """The funnel of eligible sites around the network's rate p0. Sites keep their order: nothing is ranked."""
    compared: list[tuple[SiteRate, float]] = []
    listed: list[SiteRate] = []
    for site in sites:
        share = _share_of(site, p0)
        if share is None or not enough_to_compare(site.n_eff, p0, settings):
            listed.append(site)
        else:
            compared.append((site, share))
    phi = overdispersion([(share, site.n_eff) for site, share in compared], p0, settings)
    points = tuple(_point(site, share, p0, phi) for site, share in compared)
    return Funnel(p0, phi, points, tuple(listed), len(points) >= settings.min_funnel_sites)


def _share_of(site: SiteRate, p0: float) -> float | None:
    if site.n == 0:
        return None
    if site.expected is None:
        return site.k / site.n
    return indirect_standardisation(site.k, site.expected, p0)


def _point(site: SiteRate, share: float, p0: float, phi: float) -> FunnelPoint:
    return FunnelPoint(
        site.key,
        site.k,
        site.n,
        site.n_eff,
        site.k / site.n,
        share,
        funnel_limits(p0, site.n_eff, Z95, phi),
        funnel_limits(p0, site.n_eff, Z998, phi),
        side_of_limit(share, site.n_eff, p0, Z95, phi),
        side_of_limit(share, site.n_eff, p0, Z998, phi),
    )
