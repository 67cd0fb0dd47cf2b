"""Side effects over screened sessions: which, when, where; serious ones apart."""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboards.behind import Behind
from dashboards.behind_charts import site_of_funnel
from dashboards.counted_page import Tables, counted_page
from dashboards.panels import Links
from dashboards.shell import Page, PageBody, PageRequest
from webapp.domain.periods import month_period
from webapp.domain.row_choice import DELIVERED_ROWS, SCREENED
from webapp.domain.vocabulary import ANY_TERM
from webapp.presentation import formats
from webapp.presentation.tables import Cell
from webapp.queries.pages.registry import default_period

KEY = "side-effects"


def build(request: PageRequest) -> PageBody:
    """The answer in sentences, the charts, the tables."""
    return counted_page(request, told, links)


def told(tables: Tables) -> Sequence[str]:
    """The rate of any side effect, how much was screened, and whether any was serious."""
    by_term, coverage = tables["side_effects_by_term"], tables["screening_coverage"]
    if not by_term.rows:
        return ["No session was delivered in this choice, so there is nothing to tell of side effects."]
    delivered, screened = (sum(int(str(value)) for value in coverage.column(key)) for key in ("n", "screened"))
    first: dict[str, Cell] = {column.key: value for column, value in zip(by_term.columns, by_term.rows[0], strict=True)}
    rate, low, high = (first[key] for key in ("rate", "low", "high"))
    share = formats.percent(screened / delivered)
    if isinstance(rate, float) and isinstance(low, float) and isinstance(high, float):
        said = f"Any side effect in **{formats.percent(rate)}** ({formats.interval(low, high)})"
        said += f" of {formats.count(screened)} screened sessions; {share} of {formats.count(delivered)} delivered sessions were screened."
    else:
        said = f"**Not enough screening** for a rate: {share} of {formats.count(delivered)} delivered sessions were screened."
    serious = sum(int(str(value)) for value in tables["serious_by_term"].column("events"))
    apart = (
        f"**{formats.plural(serious, 'serious side effect')}** recorded; listed apart below."
        if serious
        else "None was recorded as serious."
    )
    closely = tables["side_effects_by_month"].columns[1].label
    chosen = [f"By infusion, month and site: **{closely}**."] if by_term.rows[0][0] != closely else []
    return [said, apart, *chosen]


def links(request: PageRequest) -> Mapping[str, Links]:
    """What opens behind each table's cells."""
    behind = Behind(request)
    term = request.filters.rows.term or ANY_TERM

    def by_term(of_term: str, column: str) -> str | None:
        if column in ("term", "rate"):
            return behind.here(None, term=of_term)
        asked = {"n": {}, "sessions": {"term": of_term}}
        return behind.rows(None, asked=SCREENED, **asked[column]) if column in asked else None

    def by_infusion(number: str, column: str) -> str | None:
        asked = {"n": {}, "sessions": {"term": term}}
        return behind.rows(None, asked=SCREENED, infusion=number, **asked[column]) if column in asked else None

    def by_month(month: str, column: str) -> str | None:
        whole = month_period(date.fromisoformat(month))
        if column == "rate":
            return behind.here(whole)
        asked = {"n": {}, "sessions": {"term": term}}
        return behind.rows(whole, asked=SCREENED, **asked[column]) if column in asked else None

    def by_site(site: str, column: str) -> str | None:
        asked = {"n": {}, "sessions": {"term": term}}
        return (
            behind.rows(None, site=site, asked=SCREENED, **asked[column])
            if column in asked
            else _of_site(behind, site, column)
        )

    def coverage(site: str, column: str) -> str | None:
        asked = {"n": {"status": DELIVERED_ROWS}, "screened": {"asked": SCREENED}}
        return behind.rows(None, site=site, **asked[column]) if column in asked else _of_site(behind, site, column)

    def control(month: str, column: str) -> str | None:
        return by_month(month, "" if column == "rate" else column)

    def severity(of_term: str, column: str) -> str | None:
        grade = column.removeprefix("grade_")
        return (
            behind.rows(None, asked=SCREENED, term=of_term, severity=grade)
            if grade != column
            else behind.here(None, term=of_term)
        )

    return {
        "side_effects_by_term": by_term,
        "side_effects_by_infusion": by_infusion,
        "side_effects_by_month": by_month,
        "side_effects_by_site": by_site,
        "screening_coverage": coverage,
        "severity": severity,
        "serious_list": behind.serious,
        "control_chart": control,
        "control_by_site": lambda site, column: _of_site(behind, site, column),
        "time_to_resolution": lambda of_term, column: behind.here(None, term=of_term) if column == "term" else None,
        "funnel": site_of_funnel(behind, lambda site, column: _of_site(behind, site, column)),
        "serious_by_term": behind.with_serious,
    }


def _of_site(behind: Behind, site: str, column: str) -> str | None:
    """A site's name opens its page, its rate this page for it alone."""
    if column == "site":
        return behind.site(site)
    return behind.here(None, site=site) if column == "rate" else None


PAGE = Page(
    KEY, "Side effects", build, period=default_period(KEY), skeleton=(("rows", 2), ("charts", 6)), shows_rows=True
)
