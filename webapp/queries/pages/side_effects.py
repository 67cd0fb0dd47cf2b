"""Side effects over screened sessions: which, at which infusion, how severe, where, since when; serious ones apart."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from webapp.domain.scope import WHOLE_NETWORK_ROLES
from webapp.domain.screening import is_enough
from webapp.domain.vocabulary import ANY_TERM, Product
from webapp.presentation import formats
from webapp.presentation.filter_bar import PRODUCT_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.affected_patients import count_patients_by_term
from webapp.queries.cells import SCREENINGS, SIDE_EFFECTS, Selection, count_cells
from webapp.queries.pages.comparison import STRATA
from webapp.queries.pages.control_charts import control_panels
from webapp.queries.pages.funnels import HOW_ASKED, funnel_table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.published import published_for, published_words
from webapp.queries.pages.resolution import time_to_resolution
from webapp.queries.pages.serious import serious_by_term, serious_list
from webapp.queries.pages.shares import (
    ALIKE,
    HIGH,
    LOW,
    NOT_ENOUGH,
    joined,
    settled,
    share_cells,
    site_chart,
    words,
)
from webapp.queries.term_months import TermMonth, add_up_months

GRADES = range(1, 6)
GRADE_LABELS = {1: "1 mild", 2: "2 moderate", 3: "3 severe", 4: "4 life-threatening", 5: "5 death"}
_SCREENED = "c.asked_how <> ''"


@dataclass(frozen=True)
class Effects:
    """The cells of one page, each asked for once. term: what is looked at closely; any when nothing was chosen."""

    ground: Ground
    term: str

    @cached_property
    def screenings(self) -> Mapping[tuple[Any, ...], tuple[int, ...]]:
        """(site id, product, way of asking, infusion) -> delivered sessions: of what the comparison of sites asks too."""
        ground = self.ground
        found: dict[tuple[Any, ...], tuple[int]] = {}
        for key, (sessions,) in count_cells(ground.scope, ground.db, SCREENINGS, ground.period, STRATA).items():
            site, product, asked, _, infusion = key
            found[site, product, asked, infusion] = (found.get((site, product, asked, infusion), (0,))[0] + sessions,)
        return found

    @cached_property
    def by_term_and_grade(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """(term or any, worst severity) -> screened sessions, events."""
        found: dict[tuple[str, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for (term, severity, asked), (sessions, events, _) in self._by_way.items():
            if asked:
                found[term, severity] = (found[term, severity][0] + sessions, found[term, severity][1] + events)
        return dict(found)

    @property
    def serious(self) -> dict[str, int]:
        """Term -> serious events of all delivered sessions, screened or not."""
        found: dict[str, int] = defaultdict(int)
        for (term, _, _), (_, _, serious) in self._by_way.items():
            if serious and term != ANY_TERM:
                found[term] += serious
        return dict(found)

    @cached_property
    def _by_way(self) -> Mapping[tuple[Any, ...], tuple[int, ...]]:
        ground = self.ground
        return count_cells(ground.scope, ground.db, SIDE_EFFECTS, ground.period, ("term", "severity", "asked_how"))

    def hits(self, group: str, of: Selection) -> dict[Any, int]:
        """Screened sessions with the term, by one group: site id, infusion or month."""
        found = count_cells(
            self.ground.scope,
            self.ground.db,
            SIDE_EFFECTS,
            of,
            (group,),
            where=f"{_SCREENED} AND c.term = :term",
            values={"term": self.term},
            counts=("sessions",),
        )
        return {key: sessions for (key,), (sessions,) in found.items()}

    def months(self, of: Selection) -> list[TermMonth]:
        """Every month of a selection by the term, in order; none where nothing was delivered.

        Without filters they are those that the charts of single sites are made of, which the page reads besides.
        """
        ground = self.ground
        if not of.filters:
            return add_up_months(ground.scope, ground.db, self.term, of.period)
        delivered: dict[date, int] = defaultdict(int)
        screened: dict[date, int] = defaultdict(int)
        for (month, asked), (sessions,) in count_cells(
            ground.scope, ground.db, SCREENINGS, of, ("month", "asked_how")
        ).items():
            delivered[month] += sessions
            screened[month] += sessions if asked else 0
        hits = self.hits("month", of) if delivered else {}
        listed = of.period.months() if delivered else ()
        return [TermMonth(month, hits.get(month, 0), screened[month], delivered[month]) for month in listed]

    @property
    def delivered(self) -> int:
        """All delivered sessions of the period."""
        return sum(sessions for (sessions,) in self.screenings.values())

    @property
    def screened(self) -> int:
        """Those whose screen was finished."""
        return sum(sessions for (_, _, asked, _), (sessions,) in self.screenings.items() if asked)

    @property
    def ways(self) -> frozenset[tuple[str, str]]:
        """Product and way of asking of everything that was screened."""
        return frozenset((product, asked) for (_, product, asked, _) in self.screenings if asked)

    @property
    def enough(self) -> bool:
        """Whether a rate over all sites may be told."""
        return is_enough(self.screened, self.delivered, self.ground.settings)

    @property
    def deff(self) -> float:
        """The design effect of the term."""
        return self.ground.design_effect("side_effect_rate", self.term)

    @property
    def name(self) -> str:
        """The term in words."""
        return term_words(self.term)


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every panel of the page."""
    effects = Effects(ground, ground.filters.rows.term or ANY_TERM)
    return settled(
        Panel(by_term(ground, effects), "dots"),
        *_funnel(ground),
        Panel(by_infusion(effects), "dots"),
        Panel(by_month(ground, effects), "line"),
        *control_panels(ground, effects.term),
        Panel(by_site(effects), site_chart(ground.sites)),
        Panel(coverage(effects), site_chart(ground.sites)),
        Panel(severity(effects)),
        Panel(time_to_resolution(ground)),
        Panel(serious_by_term(effects.serious)),
        *((Panel(serious_list(ground)),) if ground.scope.may_see_pseudonyms else ()),
    )


def _funnel(ground: Ground) -> tuple[Panel, ...]:
    """The comparison of sites: drawn for all of them, explained for some, left out for a role that sees only its own."""
    if ground.scope.whole_network:
        return (Panel(funnel_table(ground), "funnel"),)
    return (Panel(funnel_table(ground)),) if ground.scope.role in WHOLE_NETWORK_ROLES else ()


def term_words(term: str) -> str:
    """A side-effect term as people read it; `any` as any side effect."""
    return "Any side effect" if term == ANY_TERM else words(term)


def by_term(ground: Ground, effects: Effects) -> Table:
    """Each term: screened sessions with it, its rate, events and patients. Terms chosen beforehand are told also at zero."""
    sessions: dict[str, int] = defaultdict(int)
    events: dict[str, int] = defaultdict(int)
    for (term, _), (with_it, many) in effects.by_term_and_grade.items():
        sessions[term] += with_it
        events[term] += many
    patients = count_patients_by_term(ground.scope, ground.db, ground.period)
    told = sorted({*sessions, *ground.settings.attention_terms} - {ANY_TERM}, key=words)
    n = effects.screened
    published = published_for(ground, effects.ways)
    rows: list[tuple[Cell, ...]] = []
    for term in (ANY_TERM, *told):
        share = (
            share_cells(sessions[term], n, ground.design_effect("side_effect_rate", term))
            if effects.enough
            else (None,) * 3
        )
        note = "" if effects.enough else NOT_ENOUGH
        beside = (published.get(term),) if published else ()
        rows.append((term_words(term), *share, n, sessions[term], events[term], patients.get(term, 0), *beside, note))
    return Table(
        "side_effects_by_term",
        "Which side effects were recorded?",
        f"Screened sessions with at least one; {formats.count(n)} of {formats.count(effects.delivered)} delivered were screened",
        (
            Column("term", "Side effect"),
            Column("rate", "Rate", "percent"),
            LOW,
            HIGH,
            Column("n", "Screened sessions", "integer"),
            Column("sessions", "Sessions with it", "integer"),
            Column("events", "Events", "integer"),
            Column("patients", "Patients", "integer"),
            *((Column("published", "Published", "percent"),) if published else ()),
            Column("standing", "Note"),
        ),
        tuple(rows) if effects.delivered else (),
        "side_effect_rate",
        (ALIKE, *_mixed_notes(effects), published_words(published)),
        row_keys=(ANY_TERM, *told) if effects.delivered else (),
    )


def by_infusion(effects: Effects) -> Table:
    """The chosen term by the infusion's number in its course; boosters last."""
    delivered: dict[int, int] = defaultdict(int)
    screened: dict[int, int] = defaultdict(int)
    for (_, _, asked, infusion), (sessions,) in effects.screenings.items():
        delivered[infusion] += sessions
        screened[infusion] += sessions if asked else 0
    hits = effects.hits("infusion", effects.ground.period)
    order = [*sorted(number for number in screened if number), *([0] if 0 in screened else [])]
    rows: list[tuple[Cell, ...]] = []
    for number in order:
        k, n = hits.get(number, 0), screened[number]
        enough = is_enough(n, delivered[number], effects.ground.settings)
        share = share_cells(k, n, effects.deff) if enough else (None,) * 3
        rows.append((infusion_words(number), *share, n, k, "" if enough else NOT_ENOUGH))
    return Table(
        "side_effects_by_infusion",
        "Does the infusion's number matter?",
        f"{effects.name}: screened sessions by their number in the course",
        (Column("infusion", "Infusion"), *_RATE_COLUMNS),
        tuple(rows),
        "side_effect_rate",
        (ALIKE,),
        row_keys=tuple(str(number) for number in order),
    )


def by_site(effects: Effects) -> Table:
    """The chosen term at each site, by name; crude, over whatever was screened there."""
    delivered, screened = _by_site(effects)
    hits = effects.hits("site", effects.ground.period)
    rows: list[tuple[Cell, ...]] = []
    for site in effects.ground.sites:
        k, n = hits.get(site.id, 0), screened[site.id]
        enough = is_enough(n, delivered[site.id], effects.ground.settings)
        share = share_cells(k, n, effects.deff) if enough else (None,) * 3
        rows.append((site.name, *share, n, k, "" if enough else NOT_ENOUGH if delivered[site.id] else "no sessions"))
    return Table(
        "side_effects_by_site",
        "What does each site record?",
        f"{effects.name} per screened session, as recorded; sites by name, nothing is ranked",
        (Column("site", "Site"), *_RATE_COLUMNS),
        tuple(rows) if effects.delivered else (),
        "side_effect_rate",
        (ALIKE, "Sites differ in product, indication and way of asking: only the funnel compares like with like."),
        row_keys=tuple(site.code for site in effects.ground.sites) if effects.delivered else (),
    )


def coverage(effects: Effects) -> Table:
    """The share of each site's delivered sessions that was screened."""
    delivered, screened = _by_site(effects)
    deff = effects.ground.design_effect("screening_coverage")
    settings = effects.ground.settings
    rows: list[tuple[Cell, ...]] = []
    for site in effects.ground.sites:
        n, k = delivered[site.id], screened[site.id]
        note = "no sessions" if not n else "enough" if is_enough(k, n, settings) else NOT_ENOUGH
        rows.append((site.name, *share_cells(k, n, deff), n, k, note))
    return Table(
        "screening_coverage",
        "How many sessions were screened?",
        f"Delivered sessions; enough is {formats.percent(settings.min_coverage, 0)} and {settings.min_screened} sessions or more",
        (
            Column("site", "Site"),
            Column("rate", "Screened", "percent"),
            LOW,
            HIGH,
            Column("n", "Delivered sessions", "integer"),
            Column("screened", "Sessions screened", "integer"),
            Column("standing", "Reads as"),
        ),
        tuple(rows) if effects.delivered else (),
        "screening_coverage",
        row_keys=tuple(site.code for site in effects.ground.sites) if effects.delivered else (),
    )


def by_month(ground: Ground, effects: Effects) -> Table:
    """The chosen term over the twelve months that end with the period."""
    deff = ground.design_effect("side_effect_rate", effects.term, by=("month",))
    rows: list[tuple[Cell, ...]] = []
    for one in effects.months(ground.trend):
        enough = is_enough(one.screened, one.delivered, ground.settings)
        share = share_cells(one.k, one.screened, deff) if enough else (None,) * 3
        rows.append((one.month, *share, one.screened, one.k, "" if enough or not one.delivered else NOT_ENOUGH))
    return Table(
        "side_effects_by_month",
        "Do side effects change?",
        f"{effects.name} per screened session in the twelve months to {formats.month(ground.trend.period.last_on)}",
        (
            Column("month", "Month", "month"),
            Column("rate", effects.name, "percent"),
            Column("rate_low", "95 % from", "percent"),
            Column("rate_high", "95 % to", "percent"),
            Column("n", "Screened sessions", "integer"),
            Column("sessions", "Sessions with it", "integer"),
            Column("standing", "Note"),
        ),
        tuple(rows),
        "side_effect_rate",
        (ALIKE,),
    )


def severity(effects: Effects) -> Table:
    """Screened sessions with each term by its worst severity in the session."""
    found = {key: sessions for key, (sessions, *_) in effects.by_term_and_grade.items()}
    terms = [ANY_TERM, *sorted({term for term, _ in found} - {ANY_TERM}, key=words)] if found else []
    return Table(
        "severity",
        "How severe were they?",
        "Screened sessions by the worst grade of the term in the session; severe is not serious",
        (
            Column("term", "Side effect"),
            *(Column(f"grade_{grade}", f"Grade {GRADE_LABELS[grade]}", "integer") for grade in GRADES),
        ),
        tuple((term_words(term), *(found.get((term, grade), 0) for grade in GRADES)) for term in terms),
        "side_effect_rate",
        row_keys=tuple(terms),
    )


def infusion_words(number: int | None) -> str:
    """`Infusion 2`, `Maintenance (booster)`."""
    return f"Infusion {number}" if number else "Maintenance (booster)"


_RATE_COLUMNS = (
    Column("rate", "Rate", "percent"),
    LOW,
    HIGH,
    Column("n", "Screened sessions", "integer"),
    Column("sessions", "Sessions with it", "integer"),
    Column("standing", "Note"),
)


def _by_site(effects: Effects) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Delivered and screened sessions of each site."""
    delivered: dict[UUID, int] = defaultdict(int)
    screened: dict[UUID, int] = defaultdict(int)
    for (site_id, _, asked, _), (sessions,) in effects.screenings.items():
        delivered[site_id] += sessions
        screened[site_id] += sessions if asked else 0
    return delivered, screened


def _mixed_notes(effects: Effects) -> tuple[str, ...]:
    """That several products or ways of asking are counted together here, when they are."""
    ways: dict[tuple[str, str], int] = defaultdict(int)
    for (_, product, asked, _), (sessions,) in effects.screenings.items():
        if asked:
            ways[product, asked] += sessions
    if len(ways) < 2:
        return ()
    order = sorted(ways, key=lambda way: (-ways[way], way))
    told = [
        f"{PRODUCT_LABELS[Product(product)]} {HOW_ASKED[asked]} ({formats.count(ways[product, asked])})"
        for product, asked in order
    ]
    return (
        f"Counted together here: {joined(told)}. Rates differ by product and way of asking, so sites are compared within one only.",
    )
