"""The filter line as data: which controls a page has and what they stand at. Drawn by one template for every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from webapp.domain.filters import Compare, Filters, Known, Preset, SiteChoice, Step, query_of, written_instant
from webapp.domain.periods import EARLIEST_ON
from webapp.domain.vocabulary import Indication, Phase, Product

Control = Literal["period", "sites", "indication", "phase", "product", "compare", "step", "as_of", "known"]

PRESET_LABELS = {
    Preset.LAST_7_DAYS: "7 days",
    Preset.LAST_30_DAYS: "30 days",
    Preset.LAST_MONTH: "Last month",
    Preset.LAST_12_MONTHS: "12 months",
    Preset.CUSTOM: "Custom",
}
KNOWN_LABELS = {Known.NOW: "now", Known.THEN: "at the end of that day", Known.AT: "at an instant"}
COMPARE_LABELS = {
    Compare.PREVIOUS: "period before",
    Compare.LAST_YEAR: "last year",
    Compare.NONE: "nothing",
}
INDICATION_LABELS = {
    Indication.DEPRESSION: "Depression",
    Indication.PTSD: "PTSD",
    Indication.SUICIDAL_IDEATION: "Suicidal ideation",
    Indication.CHRONIC_PAIN: "Chronic pain",
    Indication.ANXIETY: "Anxiety",
    Indication.OTHER: "Other",
}
PHASE_LABELS = {Phase.INDUCTION: "Induction", Phase.MAINTENANCE: "Booster"}
PRODUCT_LABELS = {
    Product.KETAMINE_IV: "Ketamine IV",
    Product.KETAMINE_IM: "Ketamine IM",
    Product.ESKETAMINE_NASAL: "Esketamine nasal",
    Product.OTHER: "Other",
}
STEP_LABELS = {Step.DAY: "day", Step.WEEK: "week", Step.MONTH: "month"}
NO_REGION = "Sites"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. default: what holds when the address says nothing."""

    value: str
    label: str
    chosen: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The sites of one region, by name."""

    label: str
    sites: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One drop-down list."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A link at the end of the line, such as Download report."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class FilterBar:
    """Everything that the filter line shows; an empty tuple is a control that this page does not have."""

    path: str
    presets: tuple[Option, ...]
    first_on: str
    last_on: str
    earliest_on: str
    latest_on: str
    regions: tuple[Region, ...]
    site_total: int
    sites_summary: str
    choices: tuple[Choice, ...]
    as_of_shown: bool
    as_of: str
    known_at: str
    actions: tuple[Action, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    untouched: bool = True


def filter_bar(
    path: str,
    filters: Filters,
    sites: Sequence[SiteChoice],
    controls: Sequence[Control],
    today: date,
    *,
    default: Preset = Preset.LAST_MONTH,
    actions: Sequence[Action] = (),
    whole_months: bool = False,
) -> FilterBar:
    """The filter line of a page. A person with a single site has no sites to choose.

    whole_months: only the last month and days of one's own are offered, of which the month is shown.
    """
    default = Preset.LAST_MONTH if whole_months else default
    shown = frozenset(controls)
    offered = sites if "sites" in shown and len(sites) > 1 else ()
    return FilterBar(
        path=path,
        presets=_presets(filters, default, whole_months=whole_months) if "period" in shown else (),
        first_on=filters.period.start_on.isoformat(),
        last_on=filters.period.last_on.isoformat(),
        earliest_on=EARLIEST_ON.isoformat(),
        latest_on=today.isoformat(),
        regions=_regions(offered, frozenset(filters.site_codes or ())),
        site_total=len(offered),
        sites_summary=sites_summary(filters, sites),
        choices=_choices(filters, shown),
        as_of_shown="as_of" in shown,
        as_of=filters.as_of.isoformat() if filters.as_of else "",
        known_at=written_instant(filters.known_at) if filters.known_at else "",
        actions=tuple(actions),
        untouched=not query_of(filters, default),
    )


def sites_summary(filters: Filters, sites: Sequence[SiteChoice]) -> str:
    """`All 24`, `Riverside`, `3 of 24`."""
    chosen = [site for site in sites if site.code in (filters.site_codes or ())]
    if filters.site_codes is None or len(chosen) == len(sites):
        return f"All {len(sites)}"
    return chosen[0].name if len(chosen) == 1 else f"{len(chosen)} of {len(sites)}"


def _presets(filters: Filters, default: Preset, *, whole_months: bool) -> tuple[Option, ...]:
    offered = (Preset.LAST_MONTH, Preset.CUSTOM) if whole_months else tuple(PRESET_LABELS)
    return tuple(
        Option(preset.value, PRESET_LABELS[preset], preset is filters.preset, preset is default) for preset in offered
    )


def _regions(sites: Sequence[SiteChoice], chosen: frozenset[str]) -> tuple[Region, ...]:
    names = sorted({site.region for site in sites}, key=lambda name: (not name, name.casefold()))
    return tuple(
        Region(
            name or NO_REGION,
            tuple(
                Option(site.code, site.name, site.code in chosen)
                for site in sorted(sites, key=lambda site: (site.name.casefold(), site.code))
                if site.region == name
            ),
        )
        for name in names
    )


def _choices(filters: Filters, shown: frozenset[Control]) -> tuple[Choice, ...]:
    lists: tuple[tuple[Control, str, dict[str, str], str | None], ...] = (
        ("indication", "Indication", {i.value: label for i, label in INDICATION_LABELS.items()}, filters.indication),
        ("phase", "Phase", {p.value: label for p, label in PHASE_LABELS.items()}, filters.phase),
        ("product", "Product", {p.value: label for p, label in PRODUCT_LABELS.items()}, filters.product),
    )
    choices = [
        Choice(name, label, (Option("", "All", chosen is None), *_options(labels, chosen)))
        for name, label, labels, chosen in lists
        if name in shown
    ]
    if "compare" in shown:
        labels = {c.value: label for c, label in COMPARE_LABELS.items() if c is not Compare.PREVIOUS}
        chosen = None if filters.compare is Compare.PREVIOUS else filters.compare
        first = Option("", COMPARE_LABELS[Compare.PREVIOUS], chosen is None)
        choices.append(Choice("compare", "Compare", (first, *_options(labels, chosen))))
    if "step" in shown:
        labels = {step.value: label for step, label in STEP_LABELS.items()}
        first = Option("", "as fits", filters.step is None)
        choices.append(Choice("step", "By", (first, *_options(labels, filters.step))))
    if "known" in shown:
        first = Option("", KNOWN_LABELS[Known.NOW], filters.known is Known.NOW)
        labels = {known.value: label for known, label in KNOWN_LABELS.items() if known is not Known.NOW}
        choices.append(Choice("known", "As known", (first, *_options(labels, filters.known))))
    return tuple(choices)


def _options(labels: dict[str, str], chosen: str | None) -> tuple[Option, ...]:
    return tuple(Option(value, label, value == chosen) for value, label in labels.items())
