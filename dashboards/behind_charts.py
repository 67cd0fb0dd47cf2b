"""What opens behind the marks of charts that several pages draw: the rows of the mark's own days."""

from collections.abc import Callable
from datetime import date, timedelta

from dashboards.behind import Behind
from dashboards.panels import Links
from webapp.domain.periods import Period, month_period
from webapp.domain.row_choice import DELIVERED_ROWS, RowList
from webapp.domain.vocabulary import CourseState, Phase

YEAR = timedelta(weeks=52)
LAST_YEAR = "_last_year"


def sessions_of_week(behind: Behind) -> Links:
    """From a week's number of sessions to those sessions, of this year or of the same week a year before."""

    def week(start: str, column: str) -> str | None:
        before = column.endswith(LAST_YEAR)
        monday = date.fromisoformat(start) - (YEAR if before else timedelta())
        phase = column.removesuffix(LAST_YEAR)
        days = Period(monday, monday + timedelta(weeks=1))
        return behind.rows(days, status=DELIVERED_ROWS, phase=phase) if phase in set(Phase) else None

    return week


def site_of_funnel(behind: Behind, named: Callable[[str, str], str | None]) -> Links:
    """From a number of sessions of the funnel to those that it compares; from everything else where `named` leads from a site's code.

    The row's key: see `webapp.queries.pages.funnels`.
    """

    def site(key: str, column: str) -> str | None:
        code, product, asked, term = key.rsplit(".", 3)
        counted = {"n": {}, "events": {"term": term}}
        if column not in counted:
            return named(code, column)
        return behind.rows(None, site=code, product=product, asked=asked, **counted[column])

    return site


def courses_of_start_month(behind: Behind) -> Links:
    """From a number of courses in a state to those courses of the month in which they started."""

    def states(start: str, column: str) -> str | None:
        whole = month_period(date.fromisoformat(start))
        return behind.rows(whole, list=RowList.COURSES.value, state=column) if column in set(CourseState) else None

    return states
