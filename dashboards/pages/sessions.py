"""Sessions: how many were delivered, when, where and for whom."""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboards.behind import Behind
from dashboards.counted_page import Tables, counted_page
from dashboards.panels import Links
from dashboards.shell import Page, PageBody, PageRequest
from webapp.domain.row_choice import DELIVERED_ROWS, HELD_READY, QUANTITIES
from webapp.domain.scope import WHOLE_NETWORK_ROLES
from webapp.domain.vocabulary import Phase, Status
from webapp.presentation import formats
from webapp.queries.pages.registry import default_period
from webapp.queries.pages.session_spacing import LONGEST_GAP_SHOWN
from webapp.queries.pages.sessions import step_period, year_before
from webapp.queries.spacing_cells import NOT_RECORDED, RETURN_DAYS, Quantity

KEY = "sessions"
LAST_YEAR = "_last_year"


def build(request: PageRequest) -> PageBody:
    """The answer in sentences, the charts, the tables."""
    return counted_page(request, told, links)


def told(tables: Tables) -> Sequence[str]:
    """How many were delivered, and how many did not come."""
    outcomes = dict(
        zip(tables["sessions_by_status"].row_keys, tables["sessions_by_status"].column("sessions"), strict=True)
    )
    many = {status: int(str(sessions)) for status, sessions in outcomes.items()}
    if not many:
        return ["No session is recorded for this choice."]
    delivered = many[Status.COMPLETED] + many[Status.STOPPED_EARLY]
    by_phase = {
        phase: sum(int(str(value)) for value in tables["sessions_by_site"].column(phase.value)) for phase in Phase
    }
    missed = tables["no_shows_by_site"]
    no_shows = sum(int(str(value)) for value in missed.column("no_shows"))
    ready = sum(int(str(value)) for value in missed.column("n"))
    came = (
        f"**{formats.percent(no_shows / ready)}** of {formats.plural(ready, 'session')} held ready were no-shows."
        if ready
        else ""
    )
    return [
        f"**{formats.plural(delivered, 'session')}** delivered: {formats.count(by_phase[Phase.INDUCTION])} induction,"
        f" {formats.plural(by_phase[Phase.MAINTENANCE], 'booster')}. {came}".strip()
    ]


def links(request: PageRequest) -> Mapping[str, Links]:
    """What opens behind each table's cells."""
    behind = Behind(request)
    period, step, then = request.filters.period, request.filters.step, request.filters.compared_period

    def over_time(start: str, column: str) -> str | None:
        day = date.fromisoformat(start)
        if column.endswith(LAST_YEAR):
            return behind.rows(
                year_before(day, period, step), status=DELIVERED_ROWS, phase=column.removesuffix(LAST_YEAR)
            )
        if column in set(Phase):
            return behind.rows(step_period(day, period, step), status=DELIVERED_ROWS, phase=column)
        return None

    def by_hour(place: str, column: str) -> str | None:
        weekday, hour = place.split("-")
        return behind.rows(None, status=DELIVERED_ROWS, weekday=weekday, hour=hour) if column == KEY else None

    def by_indication(indication: str, column: str) -> str | None:
        asked = _status_and_phase(column)
        return behind.rows(None, indication=indication, **asked) if asked else None

    def by_site(site: str, column: str) -> str | None:
        if column == "site":
            return behind.site(site)
        if column == "rate":
            return behind.here(None, site=site)
        asked = _status_and_phase(column)
        return behind.rows(None, site=site, **asked) if asked else None

    def compared(which: str, column: str) -> str | None:
        asked = _status_and_phase(column)
        return behind.rows(then if which == "before" else None, **asked) if asked else None

    return {
        "compared": compared,
        **_of_size_links(behind),
        "sessions_over_time": over_time,
        "weekday_and_hour": by_hour,
        "sessions_by_status": lambda status, column: behind.rows(None, status=status) if column == KEY else None,
        "sessions_by_indication": by_indication,
        "no_shows_by_site": by_site,
        "sessions_by_site": by_site,
    }


def _of_size_links(behind: Behind) -> Mapping[str, Links]:
    """What opens behind the tables of time and dose."""

    def of_size(quantity: str, least: int | None = None, most: int | None = None, **asked: str) -> str | None:
        sizes = {name: str(size) for name, size in (("least", least), ("most", most)) if size is not None}
        return behind.rows(None, quantity=quantity, **sizes, **asked)

    def spaces(quantity: str, column: str) -> str | None:
        sizes = {"n": (0, None), "after": (NOT_RECORDED + 1, -1), "unknown": (NOT_RECORDED, NOT_RECORDED)}
        return of_size(quantity, *sizes[column]) if column in sizes else None

    def gaps(days: str, column: str) -> str | None:
        if column != "infusions":
            return None
        beyond = days == "beyond"
        return of_size("gap", LONGEST_GAP_SHOWN + 1 if beyond else int(days), None if beyond else int(days))

    def followed(days: str, **asked: str) -> str | None:
        return behind.rows(None, list="courses", followed=days, **asked)

    def returns(days: str, column: str) -> str | None:
        if column == "returned":
            return followed(days, quantity=Quantity.RETURN.value, least="0", most=days)
        return followed(days) if column == "n" else None

    def boosters(number: str, column: str) -> str | None:
        # Who does not see every site would find other courses: those of which boosters were given elsewhere.
        sees_all = behind.request.scope.role in WHOLE_NETWORK_ROLES
        sized = {"quantity": Quantity.BOOSTERS.value, "least": number, "most": number}
        return followed(str(RETURN_DAYS), **sized) if column == "courses" and sees_all else None

    def chairs(site: str, column: str) -> str | None:
        if column == "site":
            return behind.site(site)
        return behind.here(None, site=site) if column == "use" else None

    return {
        "chair_use": chairs,
        "spaces": spaces,
        "gaps": gaps,
        "returns": returns,
        "boosters": boosters,
        "doses": lambda step, column: of_size(column, int(step), int(step)) if column in QUANTITIES else None,
        "dose_by_site": lambda site, column: (
            of_size(column, site=site) if column in QUANTITIES else behind.site(site) if column == "site" else None
        ),
    }


def _status_and_phase(column: str) -> dict[str, str] | None:
    """What the rows of a counting column have in common."""
    if column in set(Phase):
        return {"status": DELIVERED_ROWS, "phase": column}
    named = {"n": HELD_READY, "no_shows": Status.NO_SHOW.value, DELIVERED_ROWS: DELIVERED_ROWS}
    status = named.get(column, column if column in set(Status) else "")
    return {"status": status} if status else None


PAGE = Page(
    KEY,
    "Sessions",
    build,
    controls=("period", "sites", "indication", "phase", "product", "compare", "step"),
    period=default_period(KEY),
    skeleton=(("rows", 1), ("charts", 6)),
)
