"""What opens behind the marks of charts that several pages draw: the rows of the mark's own days."""

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


def courses_of_start_month(behind: Behind) -> Links:
    """From a number of courses in a state to those courses of the month in which they started."""

    def states(start: str, column: str) -> str | None:
        whole = month_period(date.fromisoformat(start))
        return behind.rows(whole, list=RowList.COURSES.value, state=column) if column in set(CourseState) else None

    return states
