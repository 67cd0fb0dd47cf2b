"""The overview's charts: are we treating more, is any site unlike the others, how do courses end, what lapses next."""

from datetime import date, timedelta

from webapp.domain.funnel import FunnelPoint
from webapp.domain.intervals import Z95, wilson
from webapp.domain.periods import Period
from webapp.domain.vocabulary import CourseState, Phase, Product, Term
from webapp.presentation.filter_bar import PRODUCT_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.queries.accreditation import fetch_ending
from webapp.queries.pages.comparison import Comparison, compare_sites, screened_alike
from webapp.queries.pages.funnels import HOW_ASKED
from webapp.queries.pages.ground import Ground

YEAR_OF_WEEKS = 52
LAPSE_DAYS = 365
DEFAULT_TERM = Term.DIZZINESS


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every chart of the overview, each with the table behind it."""
    return (
        Panel(sessions_by_week(ground), "line"),
        Panel(funnel_table(ground), "funnel"),
        Panel(course_states(ground), "states"),
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


def funnel_table(ground: Ground) -> Table:
    """The funnel of the term with a site outside its 99.8 % limit, or of dizziness where there is none."""
    comparison = _most_telling(ground)
    term = comparison.term if comparison else DEFAULT_TERM.value
    words = term.replace("_", " ").capitalize()
    notes: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    if comparison is not None:
        rows = _funnel_rows(ground, comparison)
        like = f"{PRODUCT_LABELS[Product(comparison.product)]}, {HOW_ASKED[comparison.asked_how]}"
        notes = (
            f"Compared like with like: {like}; standardised by indication and infusion number.",
            "Limits rest on the effective number of sessions.",
        )
    return Table(
        "funnel",
        "Is any site unlike the others?",
        f"{words} per screened session; 95 % and 99.8 % limits",
        (
            Column("site", "Site"),
            Column("n", "Screened sessions", "integer"),
            Column("n_eff", "Effective number", "number"),
            Column("events", f"Sessions with {words.lower()}", "integer"),
            Column("rate", "Standardised rate", "percent"),
            Column("low", "95 % from", "percent"),
            Column("high", "95 % to", "percent"),
            Column("target", "Network", "percent"),
            Column("phi", "Over-dispersion", "number"),
            Column("standing", "Against the limits"),
        ),
        rows,
        "side_effect_rate",
        notes,
        row_keys=tuple(str(key) for key in _funnel_keys(comparison)),
    )


def _most_telling(ground: Ground) -> Comparison | None:
    screened = screened_alike(ground)
    if screened is None:
        return None
    for term in ground.settings.attention_terms:
        compared = compare_sites(ground, screened, term)
        if compared.funnel.drawn and any(point.side998 == "above" for point in compared.funnel.points):
            return compared
    return compare_sites(ground, screened, DEFAULT_TERM.value)


def _funnel_keys(comparison: Comparison | None) -> list[object]:
    if comparison is None:
        return []
    return [point.key for point in comparison.funnel.points] + [*comparison.too_little]


def _funnel_rows(ground: Ground, comparison: Comparison) -> tuple[tuple[Cell, ...], ...]:
    funnel = comparison.funnel
    if not funnel.drawn:
        # Too few sites to compare: their numbers are told, but there is no point, no limit and no flag.
        return tuple(
            (ground.site_names[str(key)], None, None, None, None, None, None, None, None, "too few sites to compare")
            for key in _funnel_keys(comparison)
        )
    drawn = [
        (
            ground.site_names[str(point.key)],
            point.n,
            round(point.n_eff, 1),
            point.k,
            point.share,
            *_ends(point),
            funnel.p0,
            round(funnel.phi, 3),
            standing_words(point),
        )
        for point in funnel.points
    ]
    missing: list[tuple[Cell, ...]] = [
        (ground.site_names[code], None, None, None, None, None, None, funnel.p0, round(funnel.phi, 3), "not enough screening")
        for code in comparison.too_little
    ]
    return (*drawn, *missing)


def _ends(point: FunnelPoint) -> tuple[float | None, float | None]:
    interval = wilson(point.share * point.n, point.n, Z95, point.n_eff)
    return (interval.low, interval.high) if interval else (None, None)


def standing_words(point: FunnelPoint) -> str:
    """Where a site lies to the limits, as the funnel's table says it."""
    if point.side998 != "inside":
        return f"{point.side998} 99.8 %"
    return f"{point.side95} 95 %" if point.side95 != "inside" else "inside"


def course_states(ground: Ground) -> Table:
    """How the courses of each start month stand."""
    found: dict[tuple[date, str], int] = {
        (row.key["month"], row.key["state"]): row.numerator
        for row in ground.rows("course_states", ground.trend, "month", "state")
    }
    months = [month for month in ground.trend.period.months() if any(key[0] == month for key in found)]
    return Table(
        "course_states",
        "How do courses end?",
        "All courses by month of first session; open courses are not failures",
        (
            Column("month", "Month of first session", "month"),
            *(Column(state.value, STATE_LABELS[state], "integer") for state in CourseState),
        ),
        tuple((month, *(found.get((month, state.value), 0) for state in CourseState)) for month in months),
        "course_states",
        ("Completion is adherence, not benefit.",),
    )


def what_lapses(ground: Ground) -> Table:
    """Site accreditations that end within a year."""
    rows = sorted(
        (ending.days_left, f"{ending.site.name}: {ending.programme.name}", ending.last_valid_on, ending.site.code)
        for ending in fetch_ending(ground.scope, ground.db, ground.on, LAPSE_DAYS)
    )
    return Table(
        "what_lapses",
        "What lapses next?",
        "Site accreditations ending within 12 months",
        (Column("what", "Accreditation"), Column("days_left", "Days left", "integer"), Column("ends_on", "Last valid day", "date")),
        tuple((what, left, ends_on) for left, what, ends_on, _ in rows),
        "accreditation_standing",
        () if rows else ("No accreditation ends within 12 months.",),
        row_keys=tuple(code for *_, code in rows),
    )
