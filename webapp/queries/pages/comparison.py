"""Is any site unlike the others? One term over one product and way of asking, standardised, with the network as the target.

The network's rate is only known to whoever sees the whole network: for anybody else there is no comparison.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from webapp.domain.funnel import Funnel, SiteRate, expected_events, funnel_of
from webapp.domain.intervals import effective_number
from webapp.domain.scope import WHOLE_NETWORK_ROLES
from webapp.domain.screening import is_enough
from webapp.domain.vocabulary import ANY_TERM
from webapp.queries.cells import SCREENINGS, SIDE_EFFECTS, count_cells
from webapp.queries.pages.ground import Ground
from webapp.transactions import over_reach

STRATA = ("site", "product", "asked_how", "indication", "infusion")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The funnel of one term. product, asked_how: what was compared. too_little: codes of sites without enough screening, by name."""

    term: str
    product: str
    asked_how: str
    funnel: Funnel
    too_little: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screened:
    """The screened sessions of a period by site and stratum, of the product and way of asking that most were screened under."""

    product: str
    asked_how: str
    sessions: dict[str, dict[Hashable, int]]
    too_little: tuple[str, ...]


def compare_sites(ground: Ground, screened: Screened, term: str = ANY_TERM) -> Comparison:
    """The funnel of a term over what was screened alike."""
    return compare_terms(ground, screened, (term,))[0]


def compare_terms(ground: Ground, screened: Screened, terms: Sequence[str]) -> list[Comparison]:
    """The funnel of each term, in their order: the same two questions to the database for all of them."""
    hits = _hits(ground, screened, terms)
    return [_compared(ground, screened, term, hits[term]) for term in terms]


def _compared(ground: Ground, screened: Screened, term: str, hits: "Hits") -> Comparison:
    totals: dict[Hashable, int] = defaultdict(int)
    for strata in screened.sessions.values():
        for stratum, sessions in strata.items():
            totals[stratum] += sessions
    reference = {stratum: (hits.of_strata.get(stratum, 0), n) for stratum, n in totals.items()}
    p0 = sum(k for k, _ in reference.values()) / sum(totals.values())
    deff = ground.design_effect("side_effect_rate", term)
    rates = [
        _site_rate(code, strata, hits.of_sites.get(code, 0), reference, deff)
        for code, strata in sorted(screened.sessions.items(), key=lambda item: ground.site_names[item[0]])
        if code not in screened.too_little
    ]
    return Comparison(
        term, screened.product, screened.asked_how, funnel_of(rates, p0, ground.settings), screened.too_little
    )


def _site_rate(
    code: str,
    strata: dict[Hashable, int],
    k: int,
    reference: dict[Hashable, tuple[int, int]],
    deff: float,
) -> SiteRate:
    n = sum(strata.values())
    return SiteRate(code, k, n, effective_number(n, deff), expected_events(strata, reference))


def screened_alike(ground: Ground) -> Screened | None:
    """What may be compared; None without a screened session or for a scope of less than the whole network."""
    return ground.once(_screened_alike)


@contextmanager
def beside_all(ground: Ground) -> Iterator[tuple[Ground, Screened | None]]:
    """What the sites in view are held against, within the block: every site, also while the person looks at some of them.

    Nothing for whoever does not see the whole network: what is compared would tell them of the other sites (decision 0010).
    """
    scope = ground.scope
    if scope.narrowed_from is None or scope.role not in WHOLE_NETWORK_ROLES:
        yield ground, screened_alike(ground)
        return
    with over_reach(scope, ground.db):
        every = replace(ground, scope=replace(scope, site_ids=scope.reach))
        yield every, _screened(every)


def _screened_alike(ground: Ground) -> Screened | None:
    return _screened(ground) if ground.scope.whole_network else None


def _screened(ground: Ground) -> Screened | None:
    cells = count_cells(ground.scope, ground.db, SCREENINGS, ground.period, STRATA)
    by_way: dict[tuple[str, str], int] = defaultdict(int)
    for (_, product, asked_how, *_rest), (sessions,) in cells.items():
        if asked_how:
            by_way[product, asked_how] += sessions
    if not by_way:
        return None
    product, asked_how = max(sorted(by_way), key=lambda way: by_way[way])
    codes = {site.id: site.code for site in ground.sites}
    found: dict[str, dict[Hashable, int]] = defaultdict(dict)
    delivered: dict[str, int] = defaultdict(int)
    screened: dict[str, int] = defaultdict(int)
    for (site_id, of_product, how, indication, infusion), (sessions,) in cells.items():
        delivered[codes[site_id]] += sessions
        screened[codes[site_id]] += sessions if how else 0
        if (of_product, how) == (product, asked_how):
            found[codes[site_id]][indication, infusion] = sessions
    settings = ground.settings
    too_little = tuple(
        code
        for code in sorted(found, key=lambda code: ground.site_names[code])
        if not is_enough(screened[code], delivered[code], settings)
    )
    return Screened(product, asked_how, dict(found), too_little)


@dataclass(frozen=True, slots=True)
class Hits:
    """Screened sessions with a term: of each site, and of each stratum of all sites together."""

    of_sites: dict[str, int]
    of_strata: dict[Hashable, int]


def _hits(ground: Ground, screened: Screened, terms: Sequence[str]) -> dict[str, Hits]:
    """By term. What is compared needs no stratum of a site by itself, so none is read."""
    codes = {site.id: site.code for site in ground.sites}
    found = {term: Hits({}, {}) for term in terms}
    for (term, site_id), (sessions, *_) in _with_terms(ground, screened, terms, ("site",)).items():
        found[term].of_sites[codes[site_id]] = sessions
    for (term, *stratum), (sessions, *_) in _with_terms(ground, screened, terms, ("indication", "infusion")).items():
        found[term].of_strata[tuple(stratum)] = sessions
    return found


def _with_terms(
    ground: Ground, screened: Screened, terms: Sequence[str], by: Sequence[str]
) -> Mapping[tuple[Any, ...], tuple[int, ...]]:
    return count_cells(
        ground.scope,
        ground.db,
        SIDE_EFFECTS,
        ground.period,
        ("term", *by),
        where="c.term = ANY (:terms) AND c.product = :of_product AND c.asked_how = :asked_how",
        values={"terms": list(terms), "of_product": screened.product, "asked_how": screened.asked_how},
        counts=("sessions",),
    )
