"""Courses: how they end, how many are completed, where they break off and why, and who is due. Adherence, not benefit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from webapp.domain.statistics import IncidencePoint, aalen_johansen, incidence_at
from webapp.domain.vocabulary import CourseState, StopReason
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import STATE_LABELS
from webapp.queries.course_cells import CourseGroup, cohort_of, is_closed, start_months
from webapp.queries.course_counts import CourseCounts, Reached, fetch_course_counts, fetch_reached
from webapp.queries.course_days import CAUSES, Cause, Endings, Parts, Progress, fetch_progress
from webapp.queries.course_rows import fetch_due_courses
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import ADHERENCE, HIGH, LOW, joined, settled, share_cells, site_chart, words

NO_CLOSED = "no closed cohort yet"
SHORT_ID = 8
MOST_DUE = 200
CAUSE_LABELS: dict[Cause, str] = {
    "completed": "Completed",
    "stopped": "Stopped",
    "transferred": "Transferred",
    "lapsed": "Lapsed",
}

Groups = Sequence[CourseGroup]


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every panel of the page. Courses have no phase: that filter does not narrow them."""
    counts = fetch_course_counts(ground.scope, ground.db, ground.period)
    groups = counts.parts
    unclosed = [(part[0].site_id, part[0].month) for part in _parts(groups) if not is_closed(part)]
    reached = fetch_reached(ground.scope, ground.db, ground.period, unclosed)
    return settled(
        Panel(states(ground, groups), "states"),
        Panel(completion_by_month(ground, groups), "line"),
        Panel(completion_by_day(counts.endings), "steps"),
        Panel(drop_off(reached), "drop_off"),
        Panel(drop_off_so_far(ground, unclosed), "drop_off"),
        Panel(completion_by_site(ground, groups), site_chart(ground.sites)),
        Panel(stop_reasons(counts)),
        *((Panel(due_list(ground)),) if ground.scope.may_see_pseudonyms else ()),
    )


def states(ground: Ground, groups: Groups) -> Table:
    """Courses of each start month by the state they are in; a month without a start stands there without courses."""
    by_month = _by_month(ground, groups)
    return Table(
        "course_states",
        "How do courses end?",
        "All courses by the month of their first session; open courses are not failures",
        (
            Column("month", "Month of first session", "month"),
            *(Column(state.value, STATE_LABELS[state], "integer") for state in CourseState),
        ),
        tuple((month, *(_many(part, state) for state in CourseState)) for month, part in by_month.items()),
        "course_states",
        (ADHERENCE,),
    )


def completion_by_month(ground: Ground, groups: Groups) -> Table:
    """The completion of each start month: a rate once every site's part of it is closed, bounds before, neither without a start."""
    rows: list[tuple[Cell, ...]] = []
    for month, part in _by_month(ground, groups).items():
        cohort = cohort_of(part or ())
        k, n = cohort.closed_completed, cohort.closed_started
        rate = share_cells(k, n) if cohort.closed else (None, None, None)
        bounds = (None, None, None) if cohort.closed else (cohort.lowest, cohort.lowest, cohort.highest)
        standing = ("closed" if cohort.closed else "open") if part else None
        counted = (None, None) if part is None else (cohort.started, cohort.completed)
        rows.append((month, *rate, *bounds, standing, *counted))
    return Table(
        "completion_by_month",
        "How many courses are completed?",
        "All courses started in the month; a rate with its 95 % interval once the month's last start has reached its horizon,"
        " before that the lowest and highest it can still become",
        (
            Column("month", "Month of first session", "month"),
            Column("rate", "Closed cohorts", "percent"),
            Column("rate_low", "95 % from", "percent"),
            Column("rate_high", "95 % to", "percent"),
            Column("open", "Open so far", "percent"),
            Column("open_low", "If no open course completes", "percent"),
            Column("open_high", "If all open courses complete", "percent"),
            Column("cohort", "Cohort"),
            Column("started", "Started", "integer"),
            Column("completed", "Completed", "integer"),
        ),
        tuple(rows),
        "course_completion",
        (ADHERENCE,),
    )


def completion_by_site(ground: Ground, groups: Groups) -> Table:
    """The completion of each site's closed cohorts, by name, beside that of all."""
    by_site: dict[UUID, list[CourseGroup]] = defaultdict(list)
    for group in groups:
        by_site[group.site_id].append(group)
    whole = cohort_of(groups)
    everything = whole.closed_completed / whole.closed_started if whole.closed_started else None
    rows: list[tuple[Cell, ...]] = []
    for site in ground.sites:
        cohort = cohort_of(by_site[site.id])
        k, n = cohort.closed_completed, cohort.closed_started
        note = "" if n else NO_CLOSED if cohort.started else "no courses started"
        rows.append((site.name, *share_cells(k, n), n, k, cohort.started - n, note))
    return Table(
        "completion_by_site",
        "Do sites differ in completion?",
        f"Closed cohorts of the period; sites by name, nothing is ranked; all of them {formats.rate(everything, whole.closed_started)}",
        (
            Column("site", "Site"),
            Column("rate", "Completion", "percent"),
            LOW,
            HIGH,
            Column("n", "Started, closed cohorts", "integer"),
            Column("completed", "Completed", "integer"),
            Column("not_closed", "In cohorts not yet closed", "integer"),
            Column("standing", "Note"),
        ),
        tuple(rows) if groups else (),
        "course_completion",
        (ADHERENCE,),
        row_keys=tuple(site.code for site in ground.sites) if groups else (),
    )


def drop_off(closed: Sequence[Reached]) -> Table:
    """The share of started courses of closed cohorts that reached each infusion."""
    started = sum(group.courses for group in closed)
    plans: dict[int, int] = defaultdict(int)
    for group in closed:
        plans[group.planned] += group.courses
    rows: list[tuple[Cell, ...]] = []
    for infusion in range(1, max(plans, default=0) + 1):
        among = [group for group in closed if group.planned >= infusion]
        n = sum(group.courses for group in among)
        reached = sum(group.courses for group in among if group.reached >= infusion)
        rows.append((infusion, *share_cells(reached, n), reached, n))
    told = joined([f"{formats.count(many)} of {planned} infusions" for planned, many in sorted(plans.items())])
    mixed = (f"Plans differ ({told}): a course counts only up to the infusions that its own plan holds.",)
    return Table(
        "drop_off",
        "Where do courses break off?",
        f"Closed cohorts of the period: {formats.plural(started, 'course')} started",
        (
            Column("infusion", "Infusion", "integer"),
            Column("share", "Share", "percent"),
            LOW,
            HIGH,
            Column("reached", "Reached it", "integer"),
            Column("started", "Courses started", "integer"),
        ),
        tuple(rows),
        "drop_off",
        (*(mixed if len(plans) > 1 else ()), ADHERENCE),
    )


def completion_by_day(found: Endings) -> Table:
    """The cumulative incidence of completion by day since the first session, beside what competes with it."""
    curves = aalen_johansen(found.events, found.censored, found.horizon)
    gone = {
        day: sum(found.events.get(day, {}).values()) + found.censored.get(day, 0) for day in range(found.horizon + 1)
    }
    rows: list[tuple[Cell, ...]] = []
    at_risk = found.started
    for day in range(found.horizon + 1) if found.started else ():
        cells: list[Cell] = []
        for cause in CAUSES:
            point = incidence_at(curves.get(cause, ()), day)
            cells += [point.probability, *_ends(point)]
        rows.append((day, *cells, at_risk))
        at_risk -= gone[day]
    bounds = (("", ""), ("_low", ", 95 % from"), ("_high", ", 95 % to"))
    return Table(
        "completion_by_day",
        "How soon are courses completed, and what comes first instead?",
        f"All {formats.plural(found.started, 'course')} started in the period, by the days since the first session; open"
        " courses count up to the day that their site's data reach",
        (
            Column("day", "Days since the first session", "integer"),
            *(
                Column(f"{cause}{ending}", f"{CAUSE_LABELS[cause]}{words}", "percent")
                for cause in CAUSES
                for ending, words in bounds
            ),
            Column("at_risk", "Courses followed", "integer"),
        ),
        tuple(rows),
        "completion_incidence",
        (ADHERENCE,),
    )


def drop_off_so_far(ground: Ground, parts: Parts) -> Table:
    """Of cohorts that are not closed: the probability of reaching each infusion by the horizon."""
    steps = fetch_progress(ground.scope, ground.db, ground.period, parts)
    return Table(
        "drop_off_so_far",
        "Where do courses of open cohorts break off?",
        f"Cohorts not yet closed: {formats.plural(max((step.courses for step in steps), default=0), 'course')} started; the"
        " probability of reaching each infusion by the horizon (Aalen-Johansen)",
        (
            Column("infusion", "Infusion", "integer"),
            Column("share", "Probability", "percent"),
            LOW,
            HIGH,
            Column("reached", "Reached it so far", "integer"),
            Column("started", "Courses started", "integer"),
        ),
        tuple((step.infusion, *_reaching(step), sum(step.reached.values()), step.courses) for step in steps),
        "drop_off",
        (ADHERENCE,),
    )


def _reaching(step: Progress) -> tuple[Cell, Cell, Cell]:
    """The probability of reaching the infusion by the horizon, with its interval; ending before it competes."""
    days = sorted({*step.reached, *step.ended})
    events = {day: {"reached": step.reached.get(day, 0), "ended": step.ended.get(day, 0)} for day in days}
    point = incidence_at(aalen_johansen(events, step.censored, step.horizon).get("reached", ()), step.horizon)
    return point.probability, *_ends(point)


def _ends(point: IncidencePoint) -> tuple[Cell, Cell]:
    """The ends of the interval; missing where none can be told."""
    interval = point.interval()
    return (interval.low, interval.high) if interval else (None, None)


def stop_reasons(counts: CourseCounts) -> Table:
    """Why courses were stopped, over all courses stopped."""
    found = counts.reasons
    whole = sum(found.values())
    reasons = [reason.value for reason in StopReason if found[reason.value]]
    named: list[tuple[str, str | None]] = [(words(reason), reason) for reason in reasons]
    if found[None]:
        named.append(("No reason recorded", None))
    return Table(
        "stop_reasons",
        "Why are courses stopped?",
        f"Courses started in the period and stopped since: {formats.count(whole)} of {formats.count(sum(g.courses for g in counts.parts))}",
        (
            Column("reason", "Reason"),
            Column("courses", "Courses", "integer"),
            Column("rate", "Share of those stopped", "percent"),
            LOW,
            HIGH,
        ),
        tuple((label, found[reason], *share_cells(found[reason], whole)) for label, reason in named),
        "course_states",
        row_keys=tuple(reason or "none" for _, reason in named),
    )


def due_list(ground: Ground) -> Table:
    """Open courses with the infusion that is due and the days left in their window, those with the fewest first, up to `MOST_DUE`."""
    names = {site.id: site.name for site in ground.sites}
    due = fetch_due_courses(ground.scope, ground.db, ground.period, MOST_DUE)
    cut = (f"Listed are the {len(due.rows)} with the fewest days left: choose a site to see the rest.",)
    return Table(
        "due_list",
        "Who is due?",
        f"Open courses on {formats.day(ground.on)} whatever their first day, each by its own site's data;"
        f" {formats.plural(due.many, 'course')}, {formats.count(due.passed)} past the window but within the horizon",
        (
            Column("pseudonym", "Patient (pseudonym)"),
            Column("site", "Site"),
            Column("infusion_due", "Infusion due", "integer"),
            Column("planned", "Planned", "integer"),
            Column("start_on", "First session", "date"),
            Column("last_on", "Last session", "date"),
            Column("window_ends_on", "Window ends", "date"),
            Column("days_left", "Days left", "integer"),
            Column("clock", "Data through", "date"),
        ),
        tuple(
            (
                course.pseudonym,
                names[course.site_id],
                course.infusion_due,
                course.planned,
                course.start_on,
                course.last_on,
                course.window_ends_on,
                course.days_left,
                course.clock,
            )
            for course in due.rows
        ),
        "course_states",
        (
            *(cut if due.many > len(due.rows) else ()),
            "Days are counted from the day up to which the site has sent data, so that a silent feed makes nobody late.",
        ),
        row_keys=tuple(course.course_id.hex[:SHORT_ID] for course in due.rows),
    )


def _many(groups: Iterable[CourseGroup] | None, state: CourseState) -> int | None:
    return None if groups is None else sum(group.courses for group in groups if group.state is state)


def _by_month(ground: Ground, groups: Groups) -> dict[date, list[CourseGroup] | None]:
    """The courses that began in each month of the period; None for a month that the data do not reach."""
    found: dict[date, list[CourseGroup]] = defaultdict(list)
    for group in groups:
        found[group.month].append(group)
    through = ground.data_through
    months = start_months(ground.filters.period, found, through)
    return {month: found[month] if known else None for month, known in months.items()}


def _parts(groups: Groups) -> Iterable[list[CourseGroup]]:
    """The courses of each site and start month: what closes together."""
    found: dict[tuple[UUID, date], list[CourseGroup]] = defaultdict(list)
    for group in groups:
        found[group.site_id, group.month].append(group)
    return found.values()
