"""From what the queries found to the parts of a page: headline numbers and the attention list, alike on every page."""

from collections.abc import Sequence

from dashboards.behind import whole_of
from dashboards.components import Attention, Change, attention_list, headline_card
from dashboards.elements import Component
from dashboards.shell import PageRequest
from webapp.domain.filters import Filters
from webapp.domain.measures import explain
from webapp.domain.settings import MeasureSettings
from webapp.presentation import formats
from webapp.queries.attention import AttentionItem, AttentionList
from webapp.queries.pages.headlines import HeadlineNumber

PLAIN_PAGES = {page: f"/{page}" for page in ("reports", "data", "findings", "exceptions", "evidence")}


def context_line(network: str, filters: Filters) -> str:
    """Network, period and what it is compared with."""
    compared = filters.compared_period
    return f"{network} · {filters.period}" + (f" compared with {compared}" if compared else "")


def draw_headline(number: HeadlineNumber, request: PageRequest, settings: MeasureSettings) -> Component:
    """One headline card; the number opens the page that counts it."""
    moved = number.movement
    change = Change(moved.sign, moved.amount, moved.direction, moved.words) if moved else None
    return headline_card(
        number.title,
        number.value,
        interval=number.interval,
        change=change,
        note=number.note,
        series=number.series,
        href=request.href(number.page),
        counted=explain(number.measure, settings),
    )


def draw_attention(
    attention: AttentionList, request: PageRequest, sites: int, of_all: Sequence[Attention] = ()
) -> Component:
    """What needs somebody, worst first; or the sentence that nothing is outstanding. of_all: what is of no one site."""
    items = [
        *of_all,
        *(
            Attention(item.kind, item.tone, item.site.name, item.sentence, item.next_step, _address(request, item))
            for item in attention.items
        ),
    ]
    subtitle = f"{_things(len(attention.items))}." if items else ""
    if sites > 1:
        quiet = sites - attention.sites_with_something
        subtitle = f"{_things(len(attention.items))} across {formats.plural(sites, 'site')}; {_quiet(quiet)}."
    if attention.comparisons:
        subtitle += (
            f" {formats.plural(attention.comparisons, 'comparison')} of side-effect rates made, at the 99.8 % limit."
        )
    if attention.silent:
        subtitle += f" Nothing can be said of {', '.join(site.name for site in attention.silent)}: no data yet."
    return attention_list("Needs you today", subtitle.strip(), items, "Nothing outstanding.")


def _things(many: int) -> str:
    return formats.plural(many, "thing") if many else "Nothing outstanding"


def _quiet(many: int) -> str:
    return (
        f"the other {formats.plural(many, 'site')} have nothing outstanding"
        if many != 1
        else "one site has nothing outstanding"
    )


def _address(request: PageRequest, item: AttentionItem) -> str:
    """Where an item is looked into: its own page, else its site's part of the page; a comparison of sites with all of them."""
    if item.run_id:
        return f"{PLAIN_PAGES[item.page]}/{item.run_id}"
    if item.page in PLAIN_PAGES:
        return PLAIN_PAGES[item.page]
    if item.days:
        return request.href(item.page, site=item.site.code, **whole_of(item.days))
    if item.alone:
        return request.href(item.page, site=item.site.code, term=item.term or None)
    if item.term:
        return request.href(item.page, term=item.term)
    return request.href(item.page, site=item.site.code)
