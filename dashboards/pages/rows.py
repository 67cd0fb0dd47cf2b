"""The rows behind a number: sessions or courses by pseudonym, a page at a time."""

from typing import Any

from dashboards import elements as html
from dashboards.components import link, notice, sentence_list
from dashboards.elements import Component
from dashboards.panels import table_view
from dashboards.shell import Page, PageBody, PageRequest, frame_of
from webapp.domain.row_choice import RowList
from webapp.presentation import formats
from webapp.queries.pages import rows
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import default_period
from webapp.queries.session_rows import RowPage
from webapp.transactions import reading

KEY = "rows"
PAGES_LABEL: dict[str, Any] = {"aria-label": "Pages of rows"}
ONLY_EVIDENCE = (
    "Your role sees each session's site, day, supervising person and verdicts, not the patient or anything clinical."
)

UNSEEN = {
    RowList.SESSIONS: (
        "further session",
        "may belong here: they are of courses that began at a site outside this choice, which say nothing here.",
    ),
    RowList.COURSES: ("further course", "came back to a site that you do not see, so that no row here can show it."),
}


def build(request: PageRequest) -> PageBody:
    """How many they are and what they have in common; a page of them; the ways to the pages beside it."""
    with reading(request.scope) as db:
        ground = Ground(request.scope, db, request.filters, request.viewer.today)
        page = rows.fetch_page(ground)
        many, unseen = rows.count_rows(ground), rows.count_unseen(ground)
        table = rows.rows_table(ground, page)
        chip, foot = frame_of(ground)
    choice = request.filters.rows
    what = "course" if choice.list is RowList.COURSES else "session"
    common = ", ".join(rows.choice_words(choice))
    said = f"**{formats.plural(many, what)}**" + (f": {common}." if common else ".")
    more, why = UNSEEN[choice.list]
    further = [f"{formats.plural(unseen, more)} {why}"] if unseen else []
    role = [] if request.scope.may_see_pseudonyms else [notice(ONLY_EVIDENCE)]
    return PageBody(
        f"{request.viewer.network_name} · {request.filters.period}",
        [
            sentence_list([said, *further]),
            *role,
            table_view(table, request),
            _pages(request, page, many, len(table.rows)),
        ],
        chips=[chip],
        foot=foot[:1],
        title=f"{what.capitalize()}s behind a number",
    )


def _pages(request: PageRequest, page: RowPage, many: int, here: int) -> Component:
    """Links to the rows before and after; to the first page where this one is beyond the end."""
    ways: list[str | Component] = []
    if page.newer:
        ways += [link("Newest", request.href(after=None, before=None), className="button"), " "]
        ways += [link("← Newer", request.href(after=None, before=str(page.newer)), className="button"), " "]
    if page.older:
        ways += [link("Older →", request.href(before=None, after=str(page.older)), className="button"), " "]
    if not here and many:
        ways = [link("Show the newest", request.href(after=None, before=None), className="button")]
    said = f"{formats.count(here)} of {formats.count(many)} rows on this page. "
    return html.Nav([said, *ways], className="pages", **PAGES_LABEL)


PAGE = Page(
    KEY,
    "Rows behind a number",
    build,
    controls=("period", "sites", "indication", "phase"),
    period=default_period(KEY),
    skeleton=(("rows", 1), ("table", 1)),
    shows_rows=True,
)
