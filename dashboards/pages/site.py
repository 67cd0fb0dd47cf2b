"""Site: everything about one site on one page; the page on which a site lead starts. Of several sites, the list."""

from collections.abc import Mapping
from datetime import date

from dashboards.behind import Behind
from dashboards.behind_charts import courses_of_start_month, sessions_of_week
from dashboards.components import columns, facts
from dashboards.counted_page import shared_page
from dashboards.drawing import context_line, draw_attention, draw_headline
from dashboards.elements import Component
from dashboards.panels import Links, Tones, chart_card, table_view
from dashboards.shell import Page, PageBody, PageRequest, frame_of
from webapp.domain.measures import explain
from webapp.domain.periods import month_period
from webapp.domain.row_choice import SCREENED
from webapp.domain.vocabulary import ANY_TERM
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Table
from webapp.presentation.tokens import Tone
from webapp.queries.attention import fetch_attention
from webapp.queries.pages import site as site_page
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.headlines import fetch_headlines
from webapp.queries.sites import SiteFacts
from webapp.transactions import reading

KEY = "site"


def build(request: PageRequest) -> PageBody:
    """The one site's attention list, headlines, charts and standing; or the sites to choose from."""
    if not request.scope.may_open_rows:
        return shared_page(request)
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, request.viewer.today)
        site = site_page.find_site(ground)
        panels = site_page.panels(ground)
        context = context_line(request.viewer.network_name, request.filters)
        chip, foot = frame_of(ground)
        if site is None:
            table = table_view(panels[0].table, request, links=_to_site(request))
            return PageBody(context, [table], chips=[chip], foot=foot, title="Sites")
        attention = fetch_attention(ground)
        numbers = fetch_headlines(ground)
        settings = ground.settings
    behind = links(request)

    def drawn(panel: Panel) -> Component:
        table, of_table = panel.table, behind.get(panel.table.key)
        counted = explain(table.measure, settings) if table.measure else None
        if panel.chart:
            return chart_card(table, panel.chart, request, links=of_table, counted=counted)
        return table_view(table, request, links=of_table, tones=_tones(table), counted=counted)

    charts = [drawn(panel) for panel in panels if panel.chart]
    tables = [drawn(panel) for panel in panels if not panel.chart]
    first = 1 if panels[0].table.key == "since_before" else 0
    children: list[Component] = [
        _facts(site),
        draw_attention(attention, request, 1),
        columns(*(draw_headline(number, request, ground.settings) for number in numbers)),
        *tables[:first],
        columns(*charts, wide=True),
        *tables[first:],
    ]
    return PageBody(context, children, chips=[chip], foot=foot, title=site.name)


def links(request: PageRequest) -> Mapping[str, Links]:
    """What opens behind the marks and cells of one site: its rows where the role may, else the page that counts them."""
    behind = Behind(request)

    def month(start: str, column: str) -> str | None:
        whole = month_period(date.fromisoformat(start))
        asked = {"n": {}, "sessions": {"term": request.filters.rows.term or ANY_TERM}, "any": {"term": ANY_TERM}}
        return behind.rows(whole, asked=SCREENED, **asked[column]) if column in asked else None

    def to(page: str) -> Links:
        return lambda _key, _column: request.href(page)

    return {
        "sessions_by_week": sessions_of_week(behind),
        "side_effects_by_month": month,
        "control_chart": month,
        "control_by_site": to("side-effects"),
        "response_by_infusion": to("response"),
        "course_states": courses_of_start_month(behind),
        "what_lapses": to("accreditation"),
        "standings": lambda _key, column: request.href("accreditation") if column == "programme" else None,
        "serious_list": behind.serious,
    }


def _tones(table: Table) -> Tones | None:
    """What has changed is coloured where it reads better or worse, and nowhere else."""
    if table.key != "since_before":
        return None
    tones: dict[Cell, Tone] = {"better": "ok", "worse": "bad"}
    reads = dict(zip(table.row_keys, table.column("reads"), strict=True))
    return lambda key, column: tones.get(reads[key]) if column in ("change", "reads") else None


def _to_site(request: PageRequest) -> Links:
    """A site's name opens its page, its number of sessions the sessions."""
    opened = {"site": "site", "sessions": "sessions"}
    return lambda code, column: request.href(opened[column], site=code) if column in opened else None


def _facts(site: SiteFacts) -> Component:
    return facts(
        [
            ("Code", site.code),
            ("Region", site.region or "none stated"),
            ("Time zone", site.zone),
            ("Data through", formats.day(site.data_through) if site.data_through else "no data yet"),
        ]
    )


PAGE = Page(KEY, "Sites", build, skeleton=(("rows", 3), ("cards", 4), ("charts", 4)))
