"""Is it only chance from month to month? One side effect at each site against the site's own first twelve months."""

from collections.abc import Sequence
from uuid import UUID

from webapp.domain.control_chart import ChartPoint
from webapp.domain.screening import is_enough
from webapp.domain.vocabulary import ANY_TERM
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import words
from webapp.queries.term_months import TermChart, fetch_term_charts

OWN_MONTHS = "Limits rest on the site's own first {} eligible months after the last change of the way of asking or of the protocol."
FILTERED = "Charts over time are drawn of all sessions of a site: clear the other filters."


def charts_of(ground: Ground, terms: Sequence[str]) -> list[TermChart]:
    """The charts of the sites in view, up to the period's end or the site's last day."""
    last_on = min(ground.filters.period.last_on, ground.on)
    through = {site.id: min(site.data_through, last_on) for site in ground.sites if site.data_through}
    deffs = {term: ground.design_effect("side_effect_rate", term, ("month",)) for term in terms}
    return fetch_term_charts(ground.scope, ground.db, terms, through, deffs, ground.settings)


def control_panels(ground: Ground, term: str) -> tuple[Panel, ...]:
    """Of one site its chart; of several, what each one's chart says."""
    filters = ground.filters
    if filters.indication or filters.phase or filters.product:
        return (Panel(_empty(ground, term, FILTERED)),)
    charts = charts_of(ground, (term,))
    if len(ground.sites) == 1 and charts:
        return (Panel(control_chart(ground, charts[0]), "line"),)
    return (Panel(control_by_site(ground, charts, term)),)


def control_chart(ground: Ground, found: TermChart) -> Table:
    """One site month by month, with its centre and its 3-sigma limits."""
    rows: list[tuple[Cell, ...]] = []
    for month, period, point in zip(found.months, found.chart.periods, found.chart.points, strict=True):
        limits = (point.limits.low, point.limits.high) if point.limits else (None, None)
        centre = found.chart.centre if point.limits else None
        share = point.share if point.limits else None
        rows.append((month.month, share, centre, *limits, month.screened, period.k, _reads(point)))
    notes = [OWN_MONTHS.format(ground.settings.chart_baseline_periods)]
    notes += [f"Begun anew in {formats.month(month)}." for month in found.rebased]
    if found.chart.centre is None:
        notes = [_too_few(ground, found)]
    return Table(
        "control_chart",
        "Is it more than chance from month to month?",
        f"{_name(found.term)} per screened session, with the site's own centre and 3-sigma limits",
        (
            Column("month", "Month", "month"),
            Column("rate", _name(found.term), "percent"),
            Column("centre", "Centre", "percent"),
            Column("centre_low", "Lower limit", "percent"),
            Column("centre_high", "Upper limit", "percent"),
            Column("n", "Screened sessions", "integer"),
            Column("sessions", "Sessions with it", "integer"),
            Column("standing", "Reads as"),
        ),
        tuple(rows) if found.chart.centre is not None else (),
        "side_effect_rate",
        tuple(notes),
    )


def control_by_site(ground: Ground, charts: Sequence[TermChart], term: str) -> Table:
    """What the newest month of each site's chart says; sites by name."""
    by_site: dict[UUID, TermChart] = {found.site_id: found for found in charts}
    rows: list[tuple[Cell, ...]] = []
    for site in ground.sites:
        found = by_site.get(site.id)
        last = found.last if found else None
        if found is None or last is None:
            rows.append((site.name, None, None, None, None, None, _too_few(ground, found) if found else "no sessions"))
            continue
        month, point = last
        limits = (point.limits.low, point.limits.high) if point.limits else (None, None)
        rows.append((site.name, month.month, point.share, found.chart.centre, *limits, signal_words(ground, found)))
    return Table(
        "control_by_site",
        "Has any site changed?",
        f"{_name(term)}: the newest month against the site's own first months; sites by name, nothing is ranked",
        (
            Column("site", "Site"),
            Column("month", "Newest month", "month"),
            Column("rate", "Rate", "percent"),
            Column("centre", "Centre", "percent"),
            Column("low", "Lower limit", "percent"),
            Column("high", "Upper limit", "percent"),
            Column("standing", "Reads as"),
        ),
        tuple(rows) if charts else (),
        "side_effect_rate",
        (OWN_MONTHS.format(ground.settings.chart_baseline_periods),) if charts else (),
        row_keys=tuple(site.code for site in ground.sites) if charts else (),
    )


def signal_words(ground: Ground, found: TermChart) -> str:
    """`steady`, `above the limit`, `8 months in a row above`."""
    last = found.last
    if last is None or found.chart.centre is None:
        return _too_few(ground, found)
    _, point = last
    side = "above" if (point.share or 0) > found.chart.centre else "below"
    if point.is_beyond:
        return f"{side} the limit"
    return f"{found.run} months in a row {side}" if point.in_run else "steady"


def _reads(point: ChartPoint) -> str:
    if point.limits is None:
        return "not compared"
    if point.is_beyond:
        return "beyond the limit"
    return "part of a run" if point.in_run else "inside"


def _too_few(ground: Ground, found: TermChart) -> str:
    enough = ground.settings
    since = found.rebased[-1] if found.rebased else None
    eligible = sum(
        is_enough(one.screened, one.delivered, enough) for one in found.months if since is None or one.month >= since
    )
    return f"no limits yet: {eligible} of {enough.chart_baseline_periods} eligible months"


def _empty(ground: Ground, term: str, sentence: str) -> Table:
    table = control_by_site(ground, (), term)
    return Table(table.key, table.title, table.subtitle, table.columns, (), table.measure, (sentence,))


def _name(term: str) -> str:
    return "Any side effect" if term == ANY_TERM else words(term)
