"""Plausible tables, one for each kind of chart, for the tests of this folder."""

from datetime import UTC, date, datetime, timedelta
from math import sin, sqrt

from webapp.domain.vocabulary import CourseState
from webapp.presentation.figures import ChartKind
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS

SITES = (
    "Northgate", "Riverside", "Lakeside", "Harbour Point", "Elm Park", "Quayside", "Cedar Row", "Mill Lane", "St Anne",
    "Ashworth", "Bay Road", "Copperfield", "Dale End", "Eastmoor", "Fairview", "Grove Hill", "Highfield", "Ivy Court",
    "Juniper", "Kingsway", "Larkhill", "Meadow", "Newbridge", "Orchard",
)  # fmt: skip

LOW = Column("low", "95 % from", "percent")
HIGH = Column("high", "95 % to", "percent")


def months(many: int, year: int = 2025, month: int = 11) -> list[date]:
    """The first days of months in a row."""
    return [date(year + (month - 1 + step) // 12, (month - 1 + step) % 12 + 1, 1) for step in range(many)]


def weeks_table() -> Table:
    """Delivered sessions a week with last year beside them."""
    first = date(2025, 11, 3)
    rows: list[tuple[Cell, ...]] = []
    for week in range(52):
        induction = round(1010 + 60 * sin(week / 5) + 2 * week + 40 * sin(week * 2.3))
        booster = round(190 + 1.4 * week + 18 * sin(week * 1.7))
        rows.append((first + timedelta(weeks=week), induction, booster, round(1040 + 70 * sin(week / 7))))
    columns = (
        Column("week", "Week from", "date"),
        Column("induction", "Induction", "integer"),
        Column("maintenance", "Booster", "integer"),
        Column("induction_last_year", "last year", "integer"),
    )
    subtitle = "Delivered sessions a week, induction and booster; last year dotted"
    return Table("sessions_by_week", "Are we treating more than last year?", subtitle, columns, tuple(rows))


def rate_table() -> Table:
    """A monthly rate with its interval and one month without data."""
    rows: list[tuple[Cell, ...]] = []
    for place, month in enumerate(months(12)):
        share = 0.43 + 0.03 * sin(place)
        rows.append((month, None, None, None, 0) if place == 5 else (month, share, share - 0.03, share + 0.03, 1000))
    columns = (
        Column("month", "Month", "month"),
        Column("any", "Any side effect", "percent"),
        Column("any_low", "95 % from", "percent"),
        Column("any_high", "95 % to", "percent"),
        Column("n", "Screened sessions", "integer"),
    )
    return Table("any_by_month", "Do side effects change?", "Screened sessions with at least one", columns, tuple(rows))


def states_table() -> Table:
    """Course states by start month."""
    rows: list[tuple[Cell, ...]] = []
    for place, month in enumerate(months(12)):
        closed = (96 + place, 18, 11, 31, 6, 40, 4, 0)
        late: dict[int, tuple[int, ...]] = {
            9: (82, 12, 9, 22, 4, 34, 0, 25), 10: (52, 8, 5, 15, 2, 22, 0, 92), 11: (18, 2, 1, 5, 0, 8, 0, 160),
        }  # fmt: skip
        rows.append((month, *late.get(place, closed)))
    columns = (
        Column("month", "Month of first session", "month"),
        *(Column(state.value, STATE_LABELS[state], "integer") for state in CourseState),
    )
    subtitle = "All courses by month of first session; open courses are not failures"
    notes = ("A cohort is closed 60 days after its last start.",)
    return Table("course_states", "How do courses end?", subtitle, columns, tuple(rows), "course_states", notes)


def funnel_table() -> Table:
    """Dizziness per screened session: Riverside is unlike the others, two sites have too little screening."""
    target, phi, deff = 0.22, 1.3, 1.4
    rows: list[tuple[Cell, ...]] = []
    for place, site in enumerate(SITES):
        n = 412 if site == "Riverside" else 60 + (place * 97) % 460
        rate = 0.31 if site == "Riverside" else target + 0.9 * sqrt(target * (1 - target) / n) * sin(place * 2.1)
        half = 1.96 * sqrt(rate * (1 - rate) / (n / deff))
        standing = "above 99.8 %" if site == "Riverside" else "inside"
        if place >= 22:
            rows.append((site, 12, 12 / deff, 2, None, None, None, target, phi, "not enough screening"))
        else:
            rows.append((site, n, n / deff, round(rate * n), rate, rate - half, rate + half, target, phi, standing))
    columns = (
        Column("site", "Site"),
        Column("n", "Screened sessions", "integer"),
        Column("n_eff", "Effective n", "number"),
        Column("events", "With dizziness", "integer"),
        Column("rate", "Rate", "percent"),
        LOW,
        HIGH,
        Column("target", "Network", "percent"),
        Column("phi", "Over-dispersion", "number"),
        Column("standing", "Compared"),
    )
    keys = tuple(f"site-{place}" for place in range(len(SITES)))
    subtitle = "Dizziness per screened session; 95 % and 99.8 % limits"
    return Table("funnel_dizziness", "Is any site unlike the others?", subtitle, columns, tuple(rows), row_keys=keys)


def days_left_table() -> Table:
    """Accreditations that end within a year."""
    on = date(2026, 11, 22)
    left = {"Northgate": 23, "Quayside": 58, "Cedar Row": 84, "Harbour Point": 131, "Mill Lane": 166, "St Anne": 214}
    rows: list[tuple[Cell, ...]] = [(site, days, on + timedelta(days=days)) for site, days in left.items()]
    columns = (
        Column("site", "Site"),
        Column("days_left", "Days left", "integer"),
        Column("ends_on", "Last valid day", "date"),
    )
    subtitle = "Site accreditations ending within 12 months"
    return Table("accreditation_ends", "What lapses next?", subtitle, columns, tuple(rows))


def drop_off_table() -> Table:
    """Share of started courses that reached infusion k."""
    started = 1204
    rows: list[tuple[Cell, ...]] = []
    for place, share in enumerate((1.0, 0.87, 0.79, 0.72, 0.66, 0.581)):
        half = 1.96 * sqrt(share * (1 - share) / started)
        rows.append((place + 1, started, round(started * share), share, share - half, min(1.0, share + half)))
    columns = (
        Column("infusion", "Infusion", "integer"),
        Column("started", "Courses started", "integer"),
        Column("reached", "Reached it", "integer"),
        Column("share", "Share", "percent"),
        LOW,
        HIGH,
    )
    return Table("drop_off", "Where do courses break off?", "Closed cohorts, all courses started", columns, tuple(rows))


def dots_table() -> Table:
    """Completion by site."""
    rows: list[tuple[Cell, ...]] = []
    for place, site in enumerate(SITES[:9]):
        share = 0.58 + 0.05 * sin(place * 1.3)
        known = place != 2
        rate, low, high = (share, share - 0.09, share + 0.09) if known else (None, None, None)
        rows.append((site, 90 + place, rate, low, high, 0.581, "inside" if known else "no closed cohort"))
    columns = (
        Column("site", "Site"),
        Column("n", "Courses started", "integer"),
        Column("rate", "Completed", "percent"),
        LOW,
        HIGH,
        Column("target", "Network", "percent"),
        Column("standing", "Compared"),
    )
    return Table("completion_by_site", "How many finish, by site?", "Closed cohorts", columns, tuple(rows))


def heat_table() -> Table:
    """Sessions by weekday and hour; one cell is hidden."""
    rows: list[tuple[Cell, ...]] = [
        (weekday, hour, None if (weekday, hour) == (3, 9) else round(90 - 8 * abs(12 - hour) - 6 * weekday))
        for weekday in range(1, 6)
        for hour in range(8, 18)
    ]
    columns = (
        Column("weekday", "Weekday", "integer"),
        Column("hour", "Hour", "integer"),
        Column("sessions", "Sessions", "integer"),
    )
    return Table("week_hours", "When are the chairs used?", "Delivered sessions", columns, tuple(rows))


def status_table() -> Table:
    """Sessions by month and status."""
    rows: list[tuple[Cell, ...]] = [(month, 5800 + 40 * place, 61, 210, 130) for place, month in enumerate(months(12))]
    columns = (
        Column("month", "Month", "month"),
        Column("completed", "Completed", "integer"),
        Column("stopped_early", "Stopped early", "integer"),
        Column("cancelled", "Cancelled", "integer"),
        Column("no_show", "No-show", "integer"),
    )
    return Table("sessions_by_status", "What became of the bookings?", "All booked sessions", columns, tuple(rows))


def days_table() -> Table:
    """The cumulative incidence of completion and of what competes with it."""
    rows: list[tuple[Cell, ...]] = []
    for day in range(61):
        cells: list[Cell] = []
        for top, half in ((0.58, 14), (0.21, 20), (0.05, 25), (0.11, 30)):
            share = top * day / (day + half / 3)
            cells += [share, share * 0.9, share * 1.1] if day else [share, None, None]
        rows.append((day, *cells, 1204 - 18 * day))
    columns = (
        Column("day", "Days since the first session", "integer"),
        *(
            Column(f"{key}{ending}", f"{label}{words}", "percent")
            for key, label in (
                ("completed", "Completed"),
                ("stopped", "Stopped"),
                ("transferred", "Transferred"),
                ("lapsed", "Lapsed"),
            )
            for ending, words in (("", ""), ("_low", ", 95 % from"), ("_high", ", 95 % to"))
        ),
        Column("at_risk", "Courses followed", "integer"),
    )
    return Table("completion_by_day", "How soon are courses completed?", "All courses started", columns, tuple(rows))


def after_infusion_table() -> Table:
    """Response after each infusion; fewer are rated the later it is, and nobody after the last."""
    rows: list[tuple[Cell, ...]] = []
    for place, share in enumerate((0.22, 0.31, 0.38, 0.44, 0.5, None)):
        rated = 180 - 25 * place if share is not None else 0
        met = round(rated * (share or 0.0))
        half = 1.96 * sqrt((share or 0.0) * (1 - (share or 0.0)) / max(rated, 1))
        ends = (None, None) if share is None else (share - half, share + half)
        rows.append((place + 1, share, *ends, met / 200, (met + 200 - rated) / 200, rated))
    columns = (
        Column("infusion", "After infusion", "integer"),
        Column("rate", "Response", "percent"),
        LOW,
        HIGH,
        Column("lowest", "Lowest", "percent"),
        Column("highest", "Highest", "percent"),
        Column("n", "Rated", "integer"),
    )
    return Table("response", "How many respond?", "PHQ-9, score after infusion k", columns, tuple(rows))


TABLES: dict[ChartKind, Table] = {
    "line": weeks_table(),
    "states": states_table(),
    "bars": status_table(),
    "funnel": funnel_table(),
    "days_left": days_left_table(),
    "drop_off": drop_off_table(),
    "dots": dots_table(),
    "sparkline": rate_table(),
    "heat_map": heat_table(),
    "steps": days_table(),
    "after_infusion": after_infusion_table(),
}

AS_OF = datetime(2026, 11, 22, 11, 40, tzinfo=UTC)
HOSTILE_NAMES = (
    "#{$x} *bold* _it_ @ref <label> `raw` \\ / // /* ~ -- ..",
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    "\x00Null",
    "عيادة النهر",
    "诊所河畔",
    "Ünï “quoted” 'single' \"double\"",
    "</script><script>alert(1)</script>",
    "<b>bold</b> &amp; $\\alpha$",
    "x" * 300,
    "🙂 clinic",
    "a\u202eb",
    "[A]:*?/\\'",
    "line\nbreak",
    "",
    '#eval("1")',
    "]]>",
    "{{7*7}} %{y}",
    "\ufffe\ud800 unpaired",
)
"""Names of sites and people as somebody might send them."""
