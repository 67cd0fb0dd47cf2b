"""The funnel of the Side effects page, recounted from Spiegelhalter's formulas.

It compares the sessions of the product and way of asking that most were screened under.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt

from tests.walks.recount.arithmetic import Z95, Z998, has, rate_effect, wilson
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.side_effects import ATTENTION, enough
from tests.walks.recount.source import Asked, Given

MIN_EXPECTED, MIN_SITES, MIN_DISPERSION_SITES, WINSORISED = 5.0, 5, 10, 0.1

ONLY_PRODUCT = "other"
"""As the mappings of the sources with one product call it."""


@dataclass(frozen=True)
class Point:
    """A site's sessions, those with the term, and its share standardised by infusion number; None where it is not compared."""

    site: str
    n: int
    k: int
    n_eff: float
    share: float | None


@recount("funnel")
def funnel(asked: Asked) -> Sequence[Row]:
    """The term with the most sites above 99.8 %, the first of them that are chosen beforehand; else dizziness."""
    screened = list(asked.screened())
    if not screened:
        return []
    drawn = {term: _compared(asked, screened, term) for term in ATTENTION}
    flagged = {term: sum(row["standing"] == "above 99.8 %" for row in rows) for term, rows in drawn.items()}
    most = max(ATTENTION, key=lambda term: flagged[term])
    return drawn[most if flagged[most] else "dizziness"]


def _compared(asked: Asked, in_any_way: list[Given], term: str) -> list[Row]:
    deff = max(1.0, rate_effect(asked, term))
    ways = sorted((each.like[0], each.asked) for each in in_any_way)
    way = max(ways, key=ways.count)
    screened = [each for each in in_any_way if (each.like[0], each.asked) == way]
    p0 = sum(has(each, term) for each in screened) / len(screened)
    delivered, in_all = Counter(each.site for each in asked.given()), Counter(each.site for each in in_any_way)
    compared_at = {each.site for each in screened}
    sites = [site for site in asked.all_sites if site in compared_at]
    too_little = [site for site in sites if not enough(in_all[site], delivered[site])]
    points = [_point(screened, site, term, p0, deff) for site in sites if site not in too_little]
    compared = [point for point in points if point.share is not None]
    phi = _dispersion([(point.share or 0.0, point.n_eff) for point in compared], p0)
    network = {"target": p0, "phi": round(phi, 3)}
    rows = [_row(asked, point, network, _standing(point, p0, phi, len(compared))) for point in compared]
    rows += [_row(asked, point, network, "too few to compare") for point in points if point.share is None]
    empty = dict.fromkeys(("n", "n_eff", "events", "crude", "rate", "low", "high"))
    silent = {"standing": "not enough screening", **empty, **network}
    rows += [{KEY: site, "site": asked.source.sites[site], **silent} for site in too_little]
    product, how = way
    return [{**row, KEY: f"{row[KEY]}.{product or ONLY_PRODUCT}.{how}.{term}"} for row in rows]


def _point(screened: list[Given], site: str, term: str, p0: float, deff: float) -> Point:
    here = [each for each in screened if each.site == site]
    k = sum(has(each, term) for each in here)
    expected = 0.0
    for stratum, many in Counter((each.like, each.infusion) for each in here).items():
        alike = [each for each in screened if (each.like, each.infusion) == stratum]
        expected += many * sum(has(each, term) for each in alike) / len(alike)
    n_eff = len(here) / deff
    fits = expected > 0 and min(n_eff * p0, n_eff * (1 - p0)) >= MIN_EXPECTED - 1e-9
    return Point(site, len(here), k, n_eff, min(1.0, p0 * k / expected) if fits else None)


def _dispersion(shares: list[tuple[float, float]], p0: float) -> float:
    if len(shares) < MIN_DISPERSION_SITES:
        return 1.0
    z = sorted((share - p0) / sqrt(p0 * (1 - p0) / n_eff) for share, n_eff in shares)
    cut = floor(WINSORISED * len(z))
    drawn_in = [min(max(score, z[cut]), z[-1 - cut]) for score in z]
    return max(1.0, sum(score * score for score in drawn_in) / len(z))


def _standing(point: Point, p0: float, phi: float, compared: int) -> str:
    if compared < MIN_SITES:
        return "not compared"
    assert point.share is not None
    for z, name in ((Z998, "99.8 %"), (Z95, "95 %")):
        low, high = wilson(point.share * point.n_eff, point.n_eff, z * sqrt(phi))
        if not low <= p0 <= high:
            return f"{'above' if point.share > p0 else 'below'} {name}"
    return "inside"


def _row(asked: Asked, point: Point, network: Row, standing: str) -> Row:
    ends: tuple[float | None, float | None] = (None, None)
    if point.share is not None:
        ends = wilson(point.share * point.n, point.n, deff=point.n / point.n_eff)
    counts = {"n": point.n, "n_eff": round(point.n_eff, 1), "events": point.k, "crude": point.k / point.n}
    rates = {"rate": point.share, "low": ends[0], "high": ends[1], **network, "standing": standing}
    return {KEY: point.site, "site": asked.source.sites[point.site], **counts, **rates}
