"""Courses: how they end, how many are completed, where they break off, who is due."""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboards.behind import Behind
from dashboards.counted_page import Tables, counted_page
from dashboards.panels import Links
from dashboards.shell import Page, PageBody, PageRequest
from webapp.domain.intervals import wilson
from webapp.domain.periods import Period, month_period
from webapp.domain.row_choice import COMPLETED, STOPPED
from webapp.domain.vocabulary import CourseState
from webapp.presentation import formats
from webapp.queries.pages.registry import default_period

KEY = "courses"
SOON_DAYS = 3
ENDED_BY = {
    "completed": COMPLETED,
    "stopped": STOPPED,
    "transferred": CourseState.TRANSFERRED.value,
    "lapsed": CourseState.LAPSED.value,
}
"""The state that the rows behind a line have."""


def build(request: PageRequest) -> PageBody:
    """The answer in sentences, the charts, the tables."""
    return counted_page(request, told, links)


def told(tables: Tables) -> Sequence[str]:
    """How many courses of closed cohorts were completed, and who is about to leave the window."""
    by_site = tables["completion_by_site"]
    n, k = (sum(int(str(value)) for value in by_site.column(key)) for key in ("n", "completed"))
    unclosed = sum(int(str(value)) for value in by_site.column("not_closed"))
    interval = wilson(k, n)
    if interval is None:
        said = ["No start month of the period is closed yet, so there is no completion rate."]
    else:
        rate = f"**{formats.percent(k / n)}** ({formats.interval(interval.low, interval.high)})"
        said = [
            f"{rate} of {formats.count(n)} courses of closed cohorts were completed. This is adherence, not benefit."
        ]
    if unclosed:
        said.append(f"{formats.plural(unclosed, 'course')} more started in cohorts that are not closed yet.")
    if "due_list" in tables:
        left = [int(str(value)) for value in tables["due_list"].column("days_left")]
        soon = sum(1 for days in left if 0 <= days <= SOON_DAYS)
        said.append(
            f"**{formats.plural(soon, 'open course')}** {'has' if soon == 1 else 'have'} {SOON_DAYS} days or fewer left in the window."
        )
    return said


def links(request: PageRequest) -> Mapping[str, Links]:
    """What opens behind each table's cells."""
    behind = Behind(request)

    def of_month(month: str) -> Period:
        whole, asked = month_period(date.fromisoformat(month)), request.filters.period
        return Period(max(whole.start_on, asked.start_on), min(whole.end_on, asked.end_on))

    def states(month: str, column: str) -> str | None:
        if column in set(CourseState):
            return behind.rows(of_month(month), list=KEY, state=column)
        return None

    def completion(month: str, column: str) -> str | None:
        if column in ("rate", "open"):
            return behind.here(of_month(month))
        if column == COMPLETED:
            return behind.rows(of_month(month), list=KEY, state=COMPLETED)
        return behind.rows(of_month(month), list=KEY) if column == "started" else None

    def by_site(site: str, column: str) -> str | None:
        if column == "site":
            return behind.site(site)
        if column == "rate":
            return behind.here(None, site=site)
        asked = {
            "n": {"cohort": "closed"},
            COMPLETED: {"cohort": "closed", "state": COMPLETED},
            "not_closed": {"cohort": "open"},
        }
        return behind.rows(None, site=site, list=KEY, **asked[column]) if column in asked else None

    def by_day(day: str, column: str) -> str | None:
        state = ENDED_BY.get(column)
        return behind.rows(None, list=KEY, state=state, within=day) if state else None

    def steps(cohort: str) -> Links:
        """From a number of courses at an infusion to those that planned it, and had it where that is what is counted."""

        def step(infusion: str, column: str) -> str | None:
            had = {"reached": {"reached": infusion}, "started": {}}
            if column not in had:
                return None
            return behind.rows(None, list=KEY, cohort=cohort, planned=infusion, **had[column])

        return step

    return {
        "course_states": states,
        "completion_by_month": completion,
        "completion_by_site": by_site,
        "drop_off": steps("closed"),
        "completion_by_day": by_day,
        "drop_off_so_far": steps("open"),
        "stop_reasons": lambda reason, column: behind.rows(None, list=KEY, reason=reason) if column == KEY else None,
    }


PAGE = Page(
    KEY,
    "Courses",
    build,
    controls=("period", "sites", "indication", "product", "as_of"),
    period=default_period(KEY),
    skeleton=(("rows", 2), ("charts", 6)),
)
