"""From an address to a page: who asks, what they may open, which sites they see, what they asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards import elements as html
from dashboards.components import empty_state, notice
from dashboards.elements import Component
from dashboards.parts import Tree, tables_in
from dashboards.shell import Page, PageBody, PageRequest, scope_chip
from webapp.domain.doors import PAGES as DOORS
from webapp.domain.doors import ROUTES
from webapp.domain.errors import DriplineError, NotAllowed, NotFound
from webapp.domain.filters import Filters, parse_filters, query_of, unsorted_words
from webapp.domain.fixed_form import is_fixed, told_to
from webapp.domain.scope import Scope
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.viewer import Viewer

NO_SITE_IN_VIEW = (
    "None of your sites is in this view",
    "The sites named in this link are not among the sites you can see, so there is nothing to count.",
)
NO_SITE_GIVEN = (
    "No site has been given to you yet",
    "The manager of your network can give you sites; their numbers then stand here.",
)
NO_SITE_YET = (
    "There is nothing to count yet",
    "The network has no site so far. Sites come with the first file of sites that is imported.",
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asking, each worked out anew on every request.

    note_read(scope, page, filters, codes of the sites asked for): takes down that rows of single sessions or courses are shown.
    """

    viewer: Callable[[], Viewer | None]
    scope: Callable[[], Scope]
    note_read: Callable[[Scope, str, str, Sequence[str] | None], None]


def find_page(path: str, pages: Mapping[str, Page], viewer: Viewer | None) -> Page:
    """The page at a path. Raises NotFound alike for a page that is not there and for one that the role may not open."""
    page = pages.get(path.removeprefix(f"{DASHBOARDS}/").strip("/")) if path.startswith(f"{DASHBOARDS}/") else None
    door = DOORS.get(page.key) if page else None
    if page is None or door is None or viewer is None or not door.admits(viewer.role):
        raise NotFound  # without words: the guard's own answer to a page that is not there, to the letter
    return page


def filters_of(page: Page, search: str, viewer: Viewer) -> tuple[Filters, tuple[str, ...]]:
    """What an address asks of a page, and a sentence for each wish that cannot be met."""
    codes = (site.code for site in viewer.sites)
    filters, sentences = parse_filters(search, codes, viewer.today, page.period, page.key)
    told, more = told_to(viewer.role, page.key, filters, viewer.today, page.period)
    return told, (*sentences, *more)


def answer(path: str, search: str, pages: Mapping[str, Page], asking: Asking) -> tuple[Any, ...]:
    """Title, context line, chips, notices, body and foot of the page at this address, for whoever asks."""
    viewer = asking.viewer()
    page = find_page(path, pages, viewer)
    if viewer is None:
        raise NotAllowed("Sign in first.")
    filters, sentences = filters_of(page, search, viewer)
    scope = asking.scope().narrow(filters.site_ids(viewer.sites))
    request = PageRequest(viewer, scope, filters, page)
    body = _built(request)
    if page.shows_rows and not is_fixed(scope.role, page.key) and scope.site_ids:
        asking.note_read(scope, page.key, query_of(filters, page.period), filters.site_codes)
    sentences = (*sentences, *_not_sorted(filters, body))
    chips = [*body.chips, scope_chip(viewer)]
    notices = [notice(sentence, "warn") for sentence in sentences]
    foot = [html.Span(sentence) for sentence in body.foot]
    return body.title or page.title, body.context, Tree(chips), Tree(notices), Tree(body.children), Tree(foot)


def _not_sorted(filters: Filters, body: PageBody) -> tuple[str, ...]:
    """That the order asked for is of no table or column that is shown."""
    if filters.sort is None:
        return ()
    table, column, descending = filters.sort
    for shown in tables_in(body.children):
        if shown.table == table and any(each["key"] == column for each in shown.columns):
            return ()
    return (unsorted_words(f"{table}.{column}.{'down' if descending else 'up'}"),)


def _without_sites(request: PageRequest) -> Component:
    """Why there is nothing to see, and the next step."""
    if request.viewer.sites:
        return empty_state(*NO_SITE_IN_VIEW, "Show all my sites", request.href(site=None))
    if request.viewer.network_sites:
        return empty_state(*NO_SITE_GIVEN)
    may_send = ROUTES["data.upload"].admits(request.viewer.role)
    return empty_state(*NO_SITE_YET, "Send data" if may_send else "", "/data")


def _built(request: PageRequest) -> PageBody:
    """The page, or the sentence that says why it cannot be shown. Errors of ours go up, to be logged and said there."""
    if not request.scope.site_ids:
        return PageBody("", [_without_sites(request)])
    try:
        return request.page.build(request)
    except DriplineError as refused:
        return PageBody("", [empty_state("This cannot be shown", str(refused), "Reset the filters", request.page.path)])
