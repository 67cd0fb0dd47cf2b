"""Overview: which of my sites needs me today, and why?"""

from collections.abc import Mapping

from dashboards.behind import Behind
from dashboards.behind_charts import courses_of_start_month, sessions_of_week, site_of_funnel
from dashboards.components import Attention, columns
from dashboards.counted_page import shared_page
from dashboards.drawing import context_line, draw_attention, draw_headline
from dashboards.panels import Links, chart_card
from dashboards.shell import Page, PageBody, PageRequest, frame_of
from webapp.domain.doors import ROUTES
from webapp.queries.attention import fetch_attention, stuck_reports_of
from webapp.queries.pages import overview
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.headlines import fetch_headlines
from webapp.queries.report_ledger import WHOLE_NETWORK
from webapp.queries.self_tests import find_newest, trouble_with_isolation
from webapp.transactions import reading

KEY = "overview"


def build(request: PageRequest) -> PageBody:
    """The attention list, four headlines, four charts."""
    if not request.scope.may_open_rows:
        return shared_page(request)
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, request.viewer.today)
        attention = fetch_attention(ground)
        of_all = [*_of_the_installation(ground), *_of_the_network(ground)]
        numbers = fetch_headlines(ground)
        panels = overview.panels(ground)
        chip, foot = frame_of(ground)
    behind = links(request)
    cards = columns(*(draw_headline(number, request, ground.settings) for number in numbers))
    charts = columns(
        *(
            chart_card(panel.table, panel.chart, request, links=behind.get(panel.table.key))
            for panel in panels
            if panel.chart
        ),
        wide=True,
    )
    return PageBody(
        context_line(request.viewer.network_name, request.filters),
        [draw_attention(attention, request, len(ground.sites), of_all), cards, charts],
        chips=[chip],
        foot=foot,
    )


def _of_the_installation(ground: Ground) -> list[Attention]:
    """That the newest self-test of the isolation failed or is missing: for those who may open its page."""
    if not ROUTES["isolation.index"].admits(ground.scope.role):
        return []
    trouble = trouble_with_isolation(find_newest(ground.scope, ground.db), ground.today)
    return [Attention("Isolation", "bad", "Every site", trouble, "See which door", "/isolation")] if trouble else []


def _of_the_network(ground: Ground) -> list[Attention]:
    """Reports of the whole network that are not made: for those who see the whole of it."""
    return [
        Attention("Report", "warn", WHOLE_NETWORK, each.sentence, each.next_step, f"/reports/{each.run_id}")
        for each in ground.once(stuck_reports_of)
        if each.site_id is None
    ]


def links(request: PageRequest) -> Mapping[str, Links]:
    """Where the marks and cells of each chart lead: to their rows, or to their site's part of a page."""
    behind = Behind(request)
    return {
        "funnel": site_of_funnel(behind, lambda site, _column: behind.site(site)),
        "what_lapses": lambda site, _column: request.href("accreditation", site=site),
        "course_states": courses_of_start_month(behind),
        "sessions_by_week": sessions_of_week(behind),
    }


PAGE = Page(KEY, "Overview", build)
