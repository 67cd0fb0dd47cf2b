"""The funnel's table: which term is compared, where each site lies to the limits, and why some sites have no point."""

from webapp.domain.funnel import FunnelPoint, SiteRate
from webapp.domain.intervals import Z95, wilson
from webapp.domain.vocabulary import ANY_TERM, Product, Term
from webapp.presentation import formats
from webapp.presentation.filter_bar import PRODUCT_LABELS
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.pages.comparison import Comparison, compare_sites, compare_terms, screened_alike
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import NOT_ENOUGH, words

DEFAULT_TERM = Term.DIZZINESS.value
TOO_FEW_EXPECTED = "too few to compare"
HOW_ASKED = {"solicited": "asked by a checklist", "scale": "asked by a scale", "spontaneous": "told unasked"}
ONLY_WHOLE = "Sites are compared with the whole network, so this is drawn only for all sites together: clear the choice of sites."
NOTHING_SCREENED = "No session of the period was screened."


def funnel_table(ground: Ground) -> Table:
    """The funnel of the term that is asked for; else of the one with the most sites outside; else of dizziness."""
    comparison = _chosen(ground)
    term = comparison.term if comparison else ground.filters.rows.term or DEFAULT_TERM
    name = "Any side effect" if term == ANY_TERM else words(term)
    return Table(
        "funnel",
        "Is any site unlike the others?",
        f"{name} per screened session; 95 % and 99.8 % limits",
        (
            Column("site", "Site"),
            Column("n", "Screened sessions", "integer"),
            Column("n_eff", "Effective number", "number"),
            Column("events", "Sessions with it", "integer"),
            Column("crude", "As recorded", "percent"),
            Column("rate", "Standardised rate", "percent"),
            Column("low", "95 % from", "percent"),
            Column("high", "95 % to", "percent"),
            Column("target", "Network", "percent"),
            Column("phi", "Over-dispersion", "number"),
            Column("standing", "Against the limits"),
        ),
        _rows(ground, comparison) if comparison else (),
        "side_effect_rate",
        _notes(ground, comparison),
        row_keys=_keys(comparison) if comparison else (),
    )


def standing_words(point: FunnelPoint) -> str:
    """Where a site lies to the limits, as the funnel's table says it."""
    if point.side998 != "inside":
        return f"{point.side998} 99.8 %"
    return f"{point.side95} 95 %" if point.side95 != "inside" else "inside"


def _chosen(ground: Ground) -> Comparison | None:
    screened = screened_alike(ground)
    if screened is None:
        return None
    if ground.filters.rows.term:
        return compare_sites(ground, screened, ground.filters.rows.term)
    terms = list(dict.fromkeys((*ground.settings.attention_terms, DEFAULT_TERM)))
    compared = compare_terms(ground, screened, terms)
    outside = [
        sum(point.side998 != "inside" for point in each.funnel.points) if each.funnel.drawn else 0 for each in compared
    ]
    return compared[outside.index(max(outside))] if max(outside) else compared[terms.index(DEFAULT_TERM)]


def _keys(comparison: Comparison) -> tuple[str, ...]:
    """Of each site its code and what is compared: `RIV.ketamine_iv.solicited.dizziness`."""
    what = f"{comparison.product}.{comparison.asked_how}.{comparison.term}"
    return tuple(f"{code}.{what}" for code in _codes(comparison))


def _codes(comparison: Comparison) -> list[str]:
    funnel = comparison.funnel
    return [
        *(str(point.key) for point in funnel.points),
        *(str(site.key) for site in funnel.listed),
        *comparison.too_little,
    ]


def _rows(ground: Ground, comparison: Comparison) -> tuple[tuple[Cell, ...], ...]:
    """Sites compared, then those too small to compare with what they recorded, then those with too little screening."""
    funnel = comparison.funnel
    same: tuple[Cell, Cell] = (funnel.p0, round(funnel.phi, 3))
    rows: list[tuple[Cell, ...]] = []
    for point in funnel.points:
        interval = wilson(point.share * point.n, point.n, Z95, point.n_eff)
        ends = (interval.low, interval.high) if interval else (None, None)
        standing = standing_words(point) if funnel.drawn else "not compared"
        name = ground.site_names[str(point.key)]
        rows.append((name, point.n, round(point.n_eff, 1), point.k, point.crude, point.share, *ends, *same, standing))
    rows += [_listed(ground, site, same) for site in funnel.listed]
    rows += [(ground.site_names[code], *(None,) * 7, *same, NOT_ENOUGH) for code in comparison.too_little]
    return tuple(rows)


def _listed(ground: Ground, site: SiteRate, same: tuple[Cell, Cell]) -> tuple[Cell, ...]:
    crude = site.k / site.n if site.n else None
    name = ground.site_names[str(site.key)]
    return (name, site.n, round(site.n_eff, 1), site.k, crude, None, None, None, *same, TOO_FEW_EXPECTED)


def _notes(ground: Ground, comparison: Comparison | None) -> tuple[str, ...]:
    if comparison is None:
        if ground.scope.whole_network:
            return (NOTHING_SCREENED,)
        return (ONLY_WHOLE,)
    product = PRODUCT_LABELS[Product(comparison.product)]
    like = f"Compared like with like: {product}, {HOW_ASKED[comparison.asked_how]}; standardised by indication and infusion number."
    limits = "Limits rest on the effective number of sessions."
    others = len(ground.sites) - len(_codes(comparison))
    said = f"{formats.plural(comparison.funnel.comparisons, 'site')} compared"
    return (like, limits, f"{said}; {formats.count(others)} had no such session." if others else f"{said}.")
