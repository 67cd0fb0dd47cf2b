"""The panels of a site's monthly report: each a question, its table, and the chart drawn from it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from webapp.domain.periods import Period
from webapp.domain.screening import is_enough
from webapp.domain.vocabulary import CourseState, Phase, Product, Status
from webapp.presentation.filter_bar import PRODUCT_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.queries.accreditation import SiteEnding, SiteStanding
from webapp.queries.cells import SESSIONS, count_cells
from webapp.queries.course_cells import CourseGroup, cohort_of, fetch_course_groups, start_months
from webapp.queries.measures import MeasureRow
from webapp.queries.pages.shares import is_told, too_little_screening
from webapp.queries.report_ground import Ground

LOW = Column("low", "95 % from", "percent")
HIGH = Column("high", "95 % to", "percent")
STATUS_LABELS = {
    Status.COMPLETED: "Completed",
    Status.STOPPED_EARLY: "Stopped early",
    Status.CANCELLED: "Cancelled",
    Status.NO_SHOW: "No-show",
    Status.SCHEDULED: "Without an outcome",
}
NOT_ENOUGH = "not enough screening"
NO_NETWORK_LINE = (
    "The network's line is on the site's page: what it may show depends on who reads it, and this file is kept."
)
NOTHING_CAUSAL = "Completion is adherence, not benefit."


def words(value: str) -> str:
    """A value of a closed list as people read it: `raised_blood_pressure` as `Raised blood pressure`."""
    return value.replace("_", " ").capitalize()


def session_panels(ground: Ground) -> list[Panel]:
    """What became of the month's sessions, and the delivered ones week by week."""
    counts = count_cells(ground.scope, ground.db, SESSIONS, ground.month, ("status",))
    statuses: tuple[tuple[Cell, ...], ...] = tuple(
        (label, counts.get((status.value,), (0,))[0]) for status, label in STATUS_LABELS.items()
    )
    by_status = Table(
        "sessions_by_status",
        f"What became of the {ground.span}'s sessions?",
        f"All sessions of the {ground.span}, by the site-local day of their start, else of their booking",
        (Column("status", "Outcome"), Column("sessions", "Sessions", "integer")),
        statuses,
        "session_count",
        ("Delivered sessions are those completed or stopped early.",),
    )
    found: dict[tuple[date, str], int] = {
        (row.key["week"], row.key["phase"]): row.numerator
        for row in ground.rows("session_count", ground.weeks, "week", "phase")
    }
    by_week = Table(
        "sessions_by_week",
        "How many sessions were delivered week by week?",
        "Delivered sessions of thirteen whole weeks, Monday to Sunday",
        (
            Column("week", "Week from", "date"),
            Column("induction", "Induction", "integer"),
            Column("maintenance", "Booster", "integer"),
        ),
        tuple((week, *_of_week(ground, found, week)) for week in ground.weeks.period.mondays()) if found else (),
        "session_count",
    )
    return [Panel(by_status), Panel(by_week, "bars")]


def _of_week(ground: Ground, found: Mapping[tuple[date, str], int], week: date) -> tuple[int | None, int | None]:
    """Induction and boosters; a week before the first recorded one, or of which the site has sent nothing, is missing and not empty."""
    through = ground.site.data_through
    if through is None or through < week or week < min(monday for monday, _ in found):
        return None, None
    return found.get((week, Phase.INDUCTION), 0), found.get((week, Phase.MAINTENANCE), 0)


def course_panels(ground: Ground) -> list[Panel]:
    """How the courses of twelve start months stand at the end of the month, their completion, and where they break off."""
    groups = fetch_course_groups(ground.scope, ground.db, ground.trend)
    by_month: dict[date, list[CourseGroup]] = defaultdict(list)
    for group in groups:
        by_month[group.month].append(group)
    states: list[tuple[Cell, ...]] = []
    completion: list[tuple[Cell, ...]] = []
    rates = {row.key["month"]: row for row in ground.rows("course_completion", ground.trend, "month")}
    for month, known in start_months(ground.trend.period, by_month, ground.site.data_through).items():
        here, row = by_month[month], rates.get(month)
        states.append((month, *(_of_state(here, state) if known else None for state in CourseState)))
        cohort = cohort_of(here)
        counted = (cohort.started, cohort.completed) if known else (None, None)
        closed = ("closed" if cohort.closed else "open") if here else None
        rate = (row.share, *_ends(row)) if row else (None, None, None)
        completion.append((month, *counted, closed, *rate, cohort.lowest, cohort.highest))
    return [
        Panel(
            Table(
                "course_states",
                "How did courses end?",
                "All courses by the month of their first session; open courses are not failures",
                (
                    Column("month", "Month of first session", "month"),
                    *(Column(state.value, STATE_LABELS[state], "integer") for state in CourseState),
                ),
                tuple(states),
                "course_states",
                (NOTHING_CAUSAL,),
            ),
            "states",
        ),
        Panel(
            Table(
                "course_completion",
                "How many courses were completed?",
                "All courses started in the month; a rate only once the month's last start has reached its horizon",
                (
                    Column("month", "Month of first session", "month"),
                    Column("started", "Started", "integer"),
                    Column("completed", "Completed", "integer"),
                    Column("cohort", "Cohort"),
                    Column("rate", "Completion", "percent"),
                    LOW,
                    HIGH,
                    Column("lowest", "If no open course completes", "percent"),
                    Column("highest", "If all open courses complete", "percent"),
                ),
                tuple(completion),
                "course_completion",
                (NOTHING_CAUSAL,),
            )
        ),
        *(Panel(table, "drop_off") for table in _drop_offs(ground)),
    ]


def _of_state(groups: Iterable[CourseGroup], state: CourseState) -> int:
    return sum(group.courses for group in groups if group.state is state)


def _drop_offs(ground: Ground) -> list[Table]:
    """One table a product: each has its own planned number of infusions."""
    by_product: dict[str, list[MeasureRow]] = defaultdict(list)
    for row in ground.rows("drop_off", ground.trend, "product", "infusion"):
        if row.denominator:
            by_product[row.key["product"]].append(row)
    return [_drop_off(product, rows) for product, rows in sorted(by_product.items())]


def _drop_off(product: str, rows: list[MeasureRow]) -> Table:
    in_order = sorted(rows, key=lambda row: int(row.key["infusion"]))
    return Table(
        f"drop_off_{product}",
        "Where do courses break off?",
        f"{PRODUCT_LABELS[Product(product)]}: closed cohorts of twelve start months, all courses started",
        (
            Column("infusion", "Infusion", "integer"),
            Column("started", "Courses started", "integer"),
            Column("reached", "Reached it", "integer"),
            Column("share", "Share", "percent"),
            LOW,
            HIGH,
        ),
        tuple((row.key["infusion"], row.denominator, row.numerator, row.share, *_ends(row)) for row in in_order),
        "drop_off",
        (NOTHING_CAUSAL,),
    )


def is_screened_enough(ground: Ground) -> bool:
    """Whether enough of the month's delivered sessions were screened for a rate to be told."""
    coverage = ground.one("screening_coverage", ground.month)
    return is_enough(coverage.numerator, coverage.denominator or 0, ground.settings)


def side_effect_panels(ground: Ground) -> list[Panel]:
    """Side effects of the month by term and by infusion, twelve months of any side effect, and how much was screened."""
    enough = is_screened_enough(ground)
    by_term = ground.rows("side_effect_rate", ground.month, "term")
    events = {row.key["term"]: row.numerator for row in ground.rows("side_effect_events", ground.month, "term")}
    rows = [(words(row.key["term"]), *_rate(row, enough), events.get(row.key["term"], 0)) for row in by_term]
    by_infusion = ground.rows("side_effect_rate", ground.month, "infusion")
    in_order = sorted(by_infusion, key=lambda row: (not row.key["infusion"], row.key["infusion"] or 0))  # boosters last
    columns = (
        Column("n", "Screened sessions", "integer"),
        Column("sessions", "Sessions with it", "integer"),
        Column("rate", "Rate", "percent"),
        LOW,
        HIGH,
        Column("standing", "Read as"),
    )
    return [
        Panel(
            Table(
                "side_effects_by_term",
                "Which side effects were recorded?",
                f"Screened sessions of the {ground.span} with at least one such side effect",
                (Column("term", "Side effect"), *columns, Column("events", "Events", "integer")),
                tuple(sorted(rows)),
                "side_effect_rate",
            ),
            "dots",
        ),
        Panel(
            Table(
                "side_effects_by_infusion",
                "Does the infusion's number matter?",
                f"Screened sessions of the {ground.span} with any side effect, by the infusion's number in its course",
                (Column("infusion", "Infusion"), *columns),
                tuple((_infusion(row.key["infusion"]), *_rate(row, is_told(row, ground.settings))) for row in in_order),
                "side_effect_rate",
            )
        ),
        Panel(_any_by_month(ground), "line"),
        Panel(_coverage(ground)),
    ]


def _rate(row: MeasureRow, enough: bool) -> tuple[Cell, ...]:
    return (row.denominator, row.numerator, *_shown(row, enough), "" if enough else NOT_ENOUGH)


def _shown(row: MeasureRow, enough: bool) -> tuple[Cell, Cell, Cell]:
    return (row.share, *_ends(row)) if enough else (None, None, None)


def _infusion(number: int | None) -> str:
    return "Booster" if not number else str(number)


def _any_by_month(ground: Ground) -> Table:
    rows = ground.rows("side_effect_rate", ground.trend, "month")
    return Table(
        "any_by_month",
        "Do side effects change?",
        "Screened sessions with at least one side effect, by month",
        (
            Column("month", "Month", "month"),
            Column("any", "Any side effect", "percent"),
            Column("any_low", "95 % from", "percent"),
            Column("any_high", "95 % to", "percent"),
            Column("n", "Screened sessions", "integer"),
        ),
        tuple(
            (month, *_shown(row, is_told(row, ground.settings)), row.denominator)
            if row
            else (month, None, None, None, 0)
            for month, row in _by_month(rows)
        ),
        "side_effect_rate",
        (too_little_screening(ground.settings), NO_NETWORK_LINE),
    )


def _by_month(rows: Sequence[MeasureRow]) -> Iterator[tuple[date, MeasureRow | None]]:
    """Every month from the first that has a row to the last: one between them without a row is a gap, and stands in its place."""
    found = {row.key["month"]: row for row in rows}
    months = Period(min(found), max(found) + timedelta(days=1)).months() if found else ()
    return ((month, found.get(month)) for month in months)


def _coverage(ground: Ground) -> Table:
    rows = ground.rows("screening_coverage", ground.trend, "month")
    return Table(
        "screening_coverage",
        "How many sessions were screened for side effects?",
        "Delivered sessions by month",
        (
            Column("month", "Month", "month"),
            Column("delivered", "Delivered sessions", "integer"),
            Column("screened", "Screened", "integer"),
            Column("share", "Screened", "percent"),
        ),
        tuple(
            (month, row.denominator, row.numerator, row.share) if row else (month, 0, 0, None)
            for month, row in _by_month(rows)
        ),
        "screening_coverage",
    )


def standing_panels(span: str, standings: list[SiteStanding], ending: list[SiteEnding]) -> list[Panel]:
    """How the site's accreditations stand on the period's last day, and which of them end within the notice period after it."""
    standing = Table(
        "accreditation_standing",
        "How do the accreditations stand?",
        f"On the {span}'s last day, as recorded by now",
        (
            Column("programme", "Programme"),
            Column("standing", "Standing"),
            Column("since", "Since", "date"),
            Column("until", "Last valid day", "date"),
        ),
        tuple(
            (cell.programme.name, words(cell.held.standing.value), cell.held.since, cell.held.until)
            for cell in standings
        ),
        "accreditation_standing",
    )
    ends = Table(
        "accreditation_ends",
        "What lapses next?",
        f"Accreditations that end within the notice period after the {span}'s last day",
        (
            Column("programme", "Programme"),
            Column("days_left", "Days left", "integer"),
            Column("ends_on", "Last valid day", "date"),
        ),
        tuple((each.programme.name, each.days_left, each.last_valid_on) for each in ending),
        "accreditation_standing",
    )
    return [Panel(standing), *([Panel(ends, "days_left")] if ending else [])]


def _ends(row: MeasureRow) -> tuple[float | None, float | None]:
    return (row.interval.low, row.interval.high) if row.interval else (None, None)
