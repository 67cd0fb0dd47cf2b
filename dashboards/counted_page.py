"""A page of panels: each as its chart or table, under the sentences that answer first, with how fresh the data are."""

from collections.abc import Callable, Mapping, Sequence

from dashboards.components import columns, empty_state, sentence_list
from dashboards.elements import Component
from dashboards.panels import Links, chart_card, table_view
from dashboards.shell import PageBody, PageRequest, frame_of
from webapp.domain.fixed_form import is_fixed
from webapp.domain.measures import explain
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Table
from webapp.queries.pages import shareable
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import PANELS
from webapp.transactions import reading

Tables = Mapping[str, Table]
HEIGHT = 320
PIXELS_A_LINE = 22
PIXELS_OF_AXIS = 76
"""Of a chart with a line a row."""


def counted_page(
    request: PageRequest,
    told: Callable[[Tables], Sequence[str]],
    links: Callable[[PageRequest], Mapping[str, Links]],
) -> PageBody:
    """The page of the registry's panels. told: the answer in sentences, from the tables that are shown. links: by table."""
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, request.viewer.today)
        panels = PANELS[request.page.key](ground)
        chip, foot = frame_of(ground)
        is_empty = ground.data_through is None
        settings = ground.settings
        shared = shareable.told(ground) if is_fixed(request.scope.role, request.page.key) else None
    context = f"{request.viewer.network_name} · {request.filters.period}"
    if is_empty:
        return PageBody(context, [nothing_received()], chips=[chip], foot=foot)
    by_table = links(request) if shared is None else {}

    def drawn(panel: Panel) -> Component:
        of_table, table = by_table.get(panel.table.key), panel.table
        counted = explain(table.measure, settings) if table.measure else None
        if panel.chart is None:
            return table_view(table, request, links=of_table, counted=counted)
        return chart_card(table, panel.chart, request, links=of_table, counted=counted, height=_height(panel))

    charts = [drawn(panel) for panel in panels if panel.chart]
    tables = [drawn(panel) for panel in panels if not panel.chart]
    sentences = sentence_list(told({panel.table.key: panel.table for panel in panels}) if shared is None else shared)
    return PageBody(
        context,
        [sentences, columns(*charts, wide=True), *tables],
        chips=[chip],
        foot=foot if shared is None else foot[:1],
    )


def shared_page(request: PageRequest) -> PageBody:
    """The page of a role that gets the fixed form: its panels, and how they are to be read."""
    return counted_page(request, lambda _tables: (), lambda _request: {})


def nothing_received() -> Component:
    """What a page says before the first data are there."""
    sentence = (
        "As soon as the first session that was delivered or missed has been received, it is counted here. Bookings and"
        " cancellations alone do not tell up to which day the data reach."
    )
    return empty_state("No session held yet", sentence, "Bring in data", "/data")


def _height(panel: Panel) -> int:
    """Charts with a line a row are as high as their rows; an empty one keeps room for its sentence."""
    many = len(panel.table.rows)
    return PIXELS_OF_AXIS + PIXELS_A_LINE * many if panel.chart == "dots" and many else HEIGHT
