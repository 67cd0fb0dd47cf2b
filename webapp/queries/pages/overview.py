"""The overview's charts: are we treating more, is any site unlike the others, how do courses end, what lapses next."""

from datetime import date, timedelta

from webapp.domain.periods import Period
from webapp.domain.vocabulary import CourseState, Phase
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.queries.course_cells import start_months
from webapp.queries.pages.funnels import funnel_table
from webapp.queries.pages.ground import Ground, accreditations_of

YEAR_OF_WEEKS = 52
LAPSE_DAYS = 365


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every chart of the overview, each with the table behind it; without those of side effects and courses for who may not see them."""
    clinical = ground.scope.may_see_pseudonyms
    return (
        Panel(sessions_by_week(ground), "line"),
        *((Panel(funnel_table(ground), "funnel"), Panel(course_states(ground), "states")) if clinical else ()),
        Panel(what_lapses(ground), "days_left"),
    )


def sessions_by_week(ground: Ground) -> Table:
    """Delivered sessions of the 52 whole weeks up to the period's end, beside the same weeks a year (52 weeks) before."""
    end = min(ground.filters.period.end_on, ground.on + timedelta(days=1))
    monday = end - timedelta(days=end.weekday())
    year = timedelta(weeks=YEAR_OF_WEEKS)
    found: dict[tuple[date, str], int] = {
        (row.key["week"], row.key["phase"]): row.numerator
        for row in ground.rows("session_count", ground.period.over(Period(monday - 2 * year, monday)), "week", "phase")
    }
    weeks = [monday - year + timedelta(weeks=week) for week in range(YEAR_OF_WEEKS)]
    first = min((week for week, _ in found), default=monday)

    def counted(week: date, phase: Phase) -> int | None:
        """Weeks before the first that was recorded are missing, not empty."""
        return found.get((week, phase.value), 0) if week >= first else None

    return Table(
        "sessions_by_week",
        "Are we treating more than last year?",
        "Delivered sessions a week, induction and booster; last year dotted",
        (
            Column("week", "Week from", "date"),
            Column("induction", "Induction", "integer"),
            Column("maintenance", "Booster", "integer"),
            Column("induction_last_year", "Induction, last year", "integer"),
            Column("maintenance_last_year", "Booster, last year", "integer"),
        ),
        tuple(
            (
                week,
                counted(week, Phase.INDUCTION),
                counted(week, Phase.MAINTENANCE),
                counted(week - year, Phase.INDUCTION),
                counted(week - year, Phase.MAINTENANCE),
            )
            for week in weeks
        ),
        "session_count",
    )


def course_states(ground: Ground) -> Table:
    """How the courses of each start month stand; a month without a start stands there without courses."""
    found: dict[tuple[date, str], int] = {
        (row.key["month"], row.key["state"]): row.numerator
        for row in ground.rows("course_states", ground.trend, "month", "state")
    }
    through = ground.data_through
    months = start_months(ground.trend.period, {month for month, _ in found}, through)
    return Table(
        "course_states",
        "How do courses end?",
        "All courses by month of first session; open courses are not failures",
        (
            Column("month", "Month of first session", "month"),
            *(Column(state.value, STATE_LABELS[state], "integer") for state in CourseState),
        ),
        tuple(
            (month, *(found.get((month, state.value), 0) if known else None for state in CourseState))
            for month, known in months.items()
        ),
        "course_states",
        ("Completion is adherence, not benefit.",),
    )


def what_lapses(ground: Ground) -> Table:
    """Site accreditations that end within a year."""
    rows = sorted(
        (ending.days_left, f"{ending.site.name}: {ending.programme.name}", ending.last_valid_on, ending.site.code)
        for ending in ground.once(accreditations_of).ending(ground.on, LAPSE_DAYS)
    )
    return Table(
        "what_lapses",
        "What lapses next?",
        "Site accreditations ending within 12 months",
        (
            Column("what", "Accreditation"),
            Column("days_left", "Days left", "integer"),
            Column("ends_on", "Last valid day", "date"),
        ),
        tuple((what, left, ends_on) for left, what, ends_on, _ in rows),
        "accreditation_standing",
        () if rows else ("No accreditation ends within 12 months.",),
        row_keys=tuple(code for *_, code in rows),
    )
