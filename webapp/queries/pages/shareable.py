"""What pages show to readers who may not see single patients: sums of one month with small cells hidden. Screen, CSV and XLSX
print from one decision.

Nothing reaches such a reader but what is listed here; a panel that is not is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from webapp.domain.errors import NotAllowed
from webapp.domain.fixed_form import FIXED_FORM, NO_INDICATION, STANDING_PAGES, is_fixed
from webapp.domain.intervals import effective_number, wilson
from webapp.domain.row_choice import ROWS_PAGE
from webapp.domain.screening import is_enough
from webapp.domain.vocabulary import CourseState, Term
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.overview import what_lapses
from webapp.queries.pages.sessions import STATUS_LABELS
from webapp.queries.pages.shares import HIGH, LOW, NOT_ENOUGH, words
from webapp.queries.pages.site import standings
from webapp.queries.shareable_counts import Release, fetch_release

HIDDEN = "hidden"
"""Stands in the place of a number, its share, its interval and its mark."""
NARROWED = "Your role sees the network as a whole: clear the choice of sites."

Builder = Callable[[Ground], tuple[Panel, ...]]


def without_rows(page: str, build: Builder) -> Builder:
    """The page's own panels for whoever may see what they count; for everybody else those of this module."""

    def built(ground: Ground) -> tuple[Panel, ...]:
        if page in STANDING_PAGES or not is_fixed(ground.scope.role, page):
            if page != ROWS_PAGE and ground.filters.indication and not ground.scope.may_see_pseudonyms:
                raise NotAllowed(NO_INDICATION)
            return build(ground)
        if not ground.scope.whole_network:
            raise NotAllowed(NARROWED)
        if ground.filters.period.whole_months != 1:
            raise NotAllowed(FIXED_FORM)
        return PAGES[page](ground) if page in PAGES else ()

    return built


def told(ground: Ground) -> tuple[str, ...]:
    """What such a page says first."""
    return (
        f"**{ground.filters.period}**, the whole network.",
        (
            f"A number that rests on fewer than {ground.settings.min_cell} patients reads “{HIDDEN}”, and so do as many others"
            " as are needed for nobody to work it out."
        ),
    )


def get_release(ground: Ground) -> Release:
    """The month's one decision."""
    settings = ground.settings
    return fetch_release(ground.scope, ground.db, ground.filters.period, settings.min_cell, settings.late_cancel_hours)


def _sessions(ground: Ground) -> tuple[Panel, ...]:
    release = get_release(ground)
    status = Table(
        "sessions_by_status",
        "What became of the sessions?",
        f"All sessions of the month: {_text(release.shown('sessions'))}; delivered: {_text(release.shown('delivered'))}",
        (Column("status", "Outcome"), Column("sessions", "Sessions", "integer")),
        tuple((label, _cell(release.shown("status", one.value))) for one, label in STATUS_LABELS.items()),
        "session_count",
        row_keys=tuple(one.value for one in STATUS_LABELS),
    )
    return Panel(status), Panel(_by_site(ground, release, "sessions_by_site", ("sessions", "delivered")))


def _by_site(ground: Ground, release: Release, key: str, kinds: tuple[str, ...]) -> Table:
    labels = {"sessions": "Sessions of any outcome", "delivered": "Delivered", "started": "Courses started"}
    rows = [(site.name, *(_cell(release.shown(kind, site.id)) for kind in kinds)) for site in ground.sites]
    rows.append(("All sites", *(_cell(release.shown(kind)) for kind in kinds)))
    return Table(
        key,
        "How many did each site have?",
        f"{ground.filters.period}; sites by name, nothing is ranked",
        (Column("site", "Site"), *(Column(kind, labels[kind], "integer") for kind in kinds)),
        tuple(rows),
        "course_starts" if kinds == ("started",) else "session_count",
        row_keys=(*(site.code for site in ground.sites), "*"),
    )


def _courses(ground: Ground) -> tuple[Panel, ...]:
    release = get_release(ground)
    states = Table(
        "course_states",
        "How do courses end?",
        f"Courses whose first session was in {ground.filters.period}: {_text(release.shown('started'))}",
        (Column("state", "State"), Column("courses", "Courses", "integer")),
        tuple((STATE_LABELS[state], _cell(release.shown("state", state.value))) for state in CourseState),
        "course_states",
        ("Completion is adherence, not benefit.",),
        row_keys=tuple(state.value for state in CourseState),
    )
    return Panel(states), Panel(_by_site(ground, release, "courses_by_site", ("started",)))


_RATE = (
    Column("rate", "Rate", "percent"),
    LOW,
    HIGH,
    Column("n", "Screened sessions", "integer"),
    Column("sessions", "Sessions with it", "integer"),
    Column("standing", "Note"),
)


def _side_effects(ground: Ground) -> tuple[Panel, ...]:
    release = get_release(ground)
    n, delivered = release.shown("screened"), release.shown("delivered")
    by_term = Table(
        "side_effects_by_term",
        "Which side effects were recorded?",
        f"Screened sessions of the month with at least one; screened: {_text(n)}",
        (Column("term", "Side effect"), *_RATE),
        (
            ("Any side effect", *_share(ground, release.shown("with_any"), n, delivered, "any")),
            *(
                (words(term), *_share(ground, release.shown("term", term.value), n, delivered, term.value))
                for term in Term
            ),
        ),
        "side_effect_rate",
        row_keys=("any", *(term.value for term in Term)),
    )
    by_site = Table(
        "side_effects_by_site",
        "What does each site record?",
        "Any side effect per screened session, as recorded; sites by name, nothing is ranked",
        (Column("site", "Site"), *_RATE),
        tuple(
            (
                site.name,
                *_share(
                    ground,
                    release.shown("with_any", site.id),
                    release.shown("screened", site.id),
                    release.shown("delivered", site.id),
                    "any",
                ),
            )
            for site in ground.sites
        ),
        "side_effect_rate",
        row_keys=tuple(site.code for site in ground.sites),
    )
    return Panel(by_term, "dots"), Panel(by_site, "dots" if len(ground.sites) > 1 else None)


def _share(ground: Ground, k: int | None, n: int | None, delivered: int | None, term: str) -> tuple[Cell, ...]:
    """Rate, interval, n, k and a note; a hidden number takes its share and interval with it.

    So do hidden delivered sessions: whether enough of them were screened would tell of them.
    """
    if k is None or n is None or delivered is None:
        return HIDDEN, HIDDEN, HIDDEN, _cell(n), _cell(k), HIDDEN
    enough = is_enough(n, delivered, ground.settings)
    interval = (
        wilson(k, n, n_eff=effective_number(n, ground.design_effect("side_effect_rate", term))) if enough else None
    )
    if interval is None:
        return None, None, None, n, k, NOT_ENOUGH if delivered else "no sessions"
    return k / n, interval.low, interval.high, n, k, ""


def _overview(ground: Ground) -> tuple[Panel, ...]:
    return (*_sessions(ground), Panel(what_lapses(ground), "days_left"))


def _site(ground: Ground) -> tuple[Panel, ...]:
    table = Table(
        "sites",
        "Which sites are there?",
        "By name, nothing is ranked",
        (
            Column("site", "Site"),
            Column("region", "Region"),
            Column("code", "Code"),
            Column("data_through", "Data through", "date"),
        ),
        tuple((site.name, site.region, site.code, site.data_through) for site in ground.sites),
        row_keys=tuple(site.code for site in ground.sites),
    )
    return (Panel(table), *((Panel(standings(ground)),) if len(ground.sites) == 1 else ()))


def _cell(number: int | None) -> Cell:
    return HIDDEN if number is None else number


def _text(number: int | None) -> str:
    return HIDDEN if number is None else formats.count(number)


PAGES: Mapping[str, Callable[[Ground], Any]] = {
    "overview": _overview,
    "sessions": _sessions,
    "courses": _courses,
    "side-effects": _side_effects,
    "site": _site,
}
