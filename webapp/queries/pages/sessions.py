"""Sessions: how many were delivered, when, where and for whom; and where patients did not come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from webapp.domain.filters import Step
from webapp.domain.intervals import effective_number
from webapp.domain.periods import Period, add_months
from webapp.domain.vocabulary import DELIVERED, Indication, Phase, Status
from webapp.presentation import formats
from webapp.presentation.filter_bar import INDICATION_LABELS, PHASE_LABELS
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.cells import SESSIONS, count_cells
from webapp.queries.measures import MeasureRow
from webapp.queries.pages import session_spacing
from webapp.queries.pages.chairs import chair_use
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.headlines import Movement, count_movement, share_movement
from webapp.queries.pages.shares import ALIKE, HIGH, LOW, settled, share_cells, site_chart
from webapp.queries.spacing_cells import Quantity

LONGEST_BY_DAY = 45
LONGEST_BY_WEEK = 200
SILENT_NAMED = 8
"""How many sites without recent data a note names."""
YEAR_OF_WEEKS = timedelta(weeks=52)

STATUS_LABELS = {
    Status.COMPLETED: "Completed",
    Status.STOPPED_EARLY: "Stopped early",
    Status.CANCELLED: "Cancelled",
    Status.NO_SHOW: "No-show",
    Status.SCHEDULED: "Booked, no outcome yet",
}
_DELIVERED = "c.status IN ('completed', 'stopped_early')"
_MATCHED = {
    "day": "the days 52 weeks before, so that weekdays meet",
    "week": "the weeks 52 weeks before",
    "month": "the same months a year before",
}

_STEP_COLUMNS: Mapping[Step, Column] = {
    Step.DAY: Column("day", "Day", "date"),
    Step.WEEK: Column("week", "Week from", "date"),
    Step.MONTH: Column("month", "Month", "month"),
}

Cells = Mapping[tuple[Any, ...], tuple[int, ...]]
"""(site id, indication, phase, status) -> sessions, cancelled late, booked minutes."""


def panels(ground: Ground) -> tuple[Panel, ...]:
    """Every panel of the page."""
    cells: Cells = count_cells(
        ground.scope, ground.db, SESSIONS, ground.period, ("site", "indication", "phase", "status")
    )
    deff = ground.design_effect("no_show_rate")
    values = session_spacing.fetch_values(ground)
    return settled(
        Panel(over_time(ground), "line"),
        Panel(session_spacing.by_weekday_and_hour(values), "heat_map"),
        Panel(no_shows_by_site(ground, cells, deff), site_chart(ground.sites)),
        *((Panel(compared(ground, cells, deff)),) if ground.before else ()),
        Panel(by_status(cells)),
        Panel(by_indication(cells, deff)),
        Panel(by_site(ground, cells)),
        Panel(chair_use(ground, cells, sum(values[Quantity.NO_MINUTES].values()))),
        *session_spacing.panels(ground, values),
    )


def step_of(period: Period, asked: Step | None = None) -> Step:
    """How finely a period is drawn, if nothing is asked for: by day, by week from Monday, or by month."""
    if asked is not None:
        return asked
    if period.days <= LONGEST_BY_DAY:
        return Step.DAY
    return Step.WEEK if period.days <= LONGEST_BY_WEEK else Step.MONTH


def step_period(start: date, period: Period, asked: Step | None = None) -> Period:
    """The days of a step, as far as they lie in the period."""
    step = step_of(period, asked)
    end = add_months(start, 1) if step == "month" else start + timedelta(days=7 if step == "week" else 1)
    return Period(max(start, period.start_on), min(end, period.end_on))


def year_before(start: date, period: Period, asked: Step | None = None) -> Period:
    """The days a year before that stand beside a step, as far as they lie in the period a year before."""
    step = step_of(period, asked)
    then, before = _step_before(start, step), _year_before(period, step)
    end = add_months(then, 1) if step == "month" else then + timedelta(days=7 if step == "week" else 1)
    return Period(max(then, before.start_on), min(end, before.end_on))


def over_time(ground: Ground) -> Table:
    """Delivered sessions step by step by phase, beside the same time a year before."""
    period, step = ground.filters.period, step_of(ground.filters.period, ground.filters.step)
    phases = [ground.filters.phase] if ground.filters.phase else list(Phase)
    now, before = _counted_twice(ground, period, step)
    first = min((start for start, _ in before), default=None)
    through = ground.data_through
    rows: list[tuple[Cell, ...]] = []
    for start in _steps(period, step) if through and (now or before) else ():
        then = _step_before(start, step)
        here = [now.get((start, phase), 0) if through and start <= through else None for phase in phases]
        last_year = [before.get((then, phase), 0) if first and then >= first else None for phase in phases]
        rows.append((start, *here, *(last_year if before else ())))
    names = [(phase.value, PHASE_LABELS[phase]) for phase in phases]
    columns = [Column(key, label, "integer") for key, label in names]
    if before:
        columns += [Column(f"{key}_last_year", f"{label}, last year", "integer") for key, label in names]
    return Table(
        "sessions_over_time",
        "How many sessions were delivered?",
        f"Delivered sessions by {step}, induction and booster" + (f"; dotted: {_MATCHED[step]}" if before else ""),
        (_STEP_COLUMNS[step], *columns),
        tuple(rows),
        "session_count",
        _cut_notes(period, step),
    )


def compared(ground: Ground, cells: Cells, deff: float) -> Table:
    """The period beside the one that it is compared with; what chance explains is no change."""
    before = ground.before
    assert before is not None
    then: Cells = count_cells(ground.scope, ground.db, SESSIONS, before, ("site", "indication", "phase", "status"))
    delivered = _delivered_by_site(ground, cells), _delivered_by_site(ground, then)
    rows: list[tuple[Cell, ...]] = []
    shares: list[MeasureRow] = []
    for period, part in ((ground.filters.period, cells), (before.period, then)):
        phases = [
            sum(many for key, (many, *_) in part.items() if key[2] == phase and key[3] in DELIVERED) for phase in Phase
        ]
        missed, n = _held_ready(part, lambda key: "").get("", (0, 0))
        shares.append(MeasureRow({}, missed, n, effective_number(n, deff) if n else None))
        rows.append((str(period), sum(phases), *phases, n, missed, *share_cells(missed, n, deff)))
    told = [
        ("Delivered sessions", count_movement(ground, delivered)),
        ("No-shows", share_movement(shares[0], shares[1], "down")),
    ]
    return Table(
        "compared",
        "What changed?",
        f"{ground.filters.period} beside {before.period}",
        (
            Column("period", "Period"),
            Column("delivered", "Delivered", "integer"),
            *(Column(phase.value, PHASE_LABELS[phase], "integer") for phase in Phase),
            Column("n", "Held ready", "integer"),
            Column("no_shows", "No-shows", "integer"),
            Column("rate", "No-show rate", "percent"),
            LOW,
            HIGH,
        ),
        tuple(rows) if any(row[1] or row[5] for row in rows) else (),
        "session_count",
        tuple(f"{what}: {_change_words(moved)}." for what, moved in told if moved),
        row_keys=("now", "before") if any(row[1] or row[5] for row in rows) else (),
    )


def _change_words(moved: Movement) -> str:
    if moved.sign == "unjudged":
        return moved.words
    if moved.sign == "none":
        return f"no clear change{f' ({moved.words})' if moved.words else ''}"
    return f"{moved.amount} {moved.words}" if moved.words else f"{moved.direction} {moved.amount}"


def by_status(cells: Cells) -> Table:
    """What became of all sessions of the period."""
    found: dict[str, int] = defaultdict(int)
    late = 0
    for (_, _, _, status), (sessions, cancelled_late, _) in cells.items():
        found[status] += sessions
        late += cancelled_late
    whole = sum(found.values())
    rows = [
        (label, found[status.value], found[status.value] / whole if whole else None)
        for status, label in STATUS_LABELS.items()
    ]
    return Table(
        "sessions_by_status",
        "What became of the sessions?",
        "All sessions of the period, by the site-local day of their start, else of their booking",
        (Column("status", "Outcome"), Column("sessions", "Sessions", "integer"), Column("share", "Share", "percent")),
        tuple(rows) if whole else (),
        "session_count",
        (
            "Delivered sessions are those completed or stopped early.",
            *([f"Of the cancelled, {formats.count(late)} were cancelled late."] if late else []),
        ),
        row_keys=tuple(status.value for status in STATUS_LABELS) if whole else (),
    )


def by_site(ground: Ground, cells: Cells) -> Table:
    """Each site by name, with what became of its sessions."""
    columns: tuple[tuple[str, str, tuple[Status, ...], tuple[Phase, ...]], ...] = (
        ("delivered", "Delivered", DELIVERED, tuple(Phase)),
        ("induction", "Induction", DELIVERED, (Phase.INDUCTION,)),
        ("maintenance", "Booster", DELIVERED, (Phase.MAINTENANCE,)),
        *(
            (status.value, STATUS_LABELS[status], (status,), tuple(Phase))
            for status in STATUS_LABELS
            if status is not Status.COMPLETED
        ),
    )
    found: dict[tuple[Any, str], int] = defaultdict(int)
    for (site_id, _, phase, status), (sessions, *_) in cells.items():
        for key, _, statuses, phases in columns:
            if status in statuses and phase in phases:
                found[site_id, key] += sessions
    return Table(
        "sessions_by_site",
        "How many sessions did each site have?",
        "All sessions of the period; sites by name, nothing is ranked",
        (Column("site", "Site"), *(Column(key, label, "integer") for key, label, *_ in columns)),
        tuple((site.name, *(found[site.id, key] for key, *_ in columns)) for site in ground.sites),
        "session_count",
        _without_data(ground),
        row_keys=tuple(site.code for site in ground.sites),
    )


def no_shows_by_site(ground: Ground, cells: Cells, deff: float) -> Table:
    """The no-show rate of each site, by name."""
    counts = _held_ready(cells, lambda key: key[0])
    rows: list[tuple[Cell, ...]] = []
    for site in ground.sites:
        missed, n = counts.get(site.id, (0, 0))
        rows.append((site.name, *share_cells(missed, n, deff), n, missed, "" if n else "no sessions"))
    missed, n = (sum(part) for part in zip(*counts.values(), strict=True)) if counts else (0, 0)
    return Table(
        "no_shows_by_site",
        "Where do patients not come?",
        f"No-shows of sessions held ready (delivered, missed or cancelled late); {formats.rate(missed / n if n else None, n)} in all",
        (
            Column("site", "Site"),
            Column("rate", "No-show rate", "percent"),
            LOW,
            HIGH,
            Column("n", "Held ready", "integer"),
            Column("no_shows", "No-shows", "integer"),
            Column("standing", "Note"),
        ),
        tuple(rows) if n else (),
        "no_show_rate",
        (ALIKE,),
        row_keys=tuple(site.code for site in ground.sites) if n else (),
    )


def by_indication(cells: Cells, deff: float) -> Table:
    """Delivered sessions by indication and phase, with the no-show rate."""
    delivered: dict[tuple[str, str], int] = defaultdict(int)
    for (_, indication, phase, status), (sessions, *_) in cells.items():
        delivered[indication, phase] += sessions if status in DELIVERED else 0
    ready = _held_ready(cells, lambda key: key[1])
    present = [indication for indication in Indication if any(key[1] == indication for key in cells)]
    return Table(
        "sessions_by_indication",
        "What were they given for?",
        "Delivered sessions by indication and phase, and no-shows of sessions held ready",
        (
            Column("indication", "Indication"),
            Column("delivered", "Delivered", "integer"),
            *(Column(phase.value, PHASE_LABELS[phase], "integer") for phase in Phase),
            Column("n", "Held ready", "integer"),
            Column("no_shows", "No-shows", "integer"),
            Column("rate", "No-show rate", "percent"),
            LOW,
            HIGH,
        ),
        tuple(
            (
                INDICATION_LABELS[each],
                sum(delivered[each, phase] for phase in Phase),
                *(delivered[each, phase] for phase in Phase),
                ready.get(each, (0, 0))[1],
                ready.get(each, (0, 0))[0],
                *share_cells(*ready.get(each, (0, 0)), deff),
            )
            for each in present
        ),
        "session_count",
        row_keys=tuple(each.value for each in present),
    )


def _held_ready(cells: Cells, group: Any) -> dict[Any, tuple[int, int]]:
    """By group: no-shows, and sessions held ready (delivered, missed or cancelled late)."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, (sessions, late, _) in cells.items():
        missed = sessions if key[3] == Status.NO_SHOW else 0
        found[group(key)][0] += missed
        found[group(key)][1] += late + (sessions if missed or key[3] in DELIVERED else 0)
    return {name: (missed, n) for name, (missed, n) in found.items()}


def _delivered_by_site(ground: Ground, cells: Cells) -> dict[str, int]:
    """By a site's code."""
    found: dict[str, int] = {site.code: 0 for site in ground.sites}
    codes = {site.id: site.code for site in ground.sites}
    for (site_id, _, _, status), (sessions, *_) in cells.items():
        if site_id in codes and status in DELIVERED:
            found[codes[site_id]] += sessions
    return found


Steps = dict[tuple[date, str], int]
"""(first day of the step, phase) -> delivered sessions."""


def _counted_twice(ground: Ground, period: Period, step: Step) -> tuple[Steps, Steps]:
    """The period and the same a year before. Whole months that touch or overlap are one question: no step is cut by an edge."""
    before = _year_before(period, step)
    if step != "month" or not period.whole_months or before.end_on < period.start_on:
        return _counted(ground, period, step), _counted(ground, before, step)
    both = _counted(ground, Period(before.start_on, period.end_on), step)
    now, then = ({key: many for key, many in both.items() if key[0] in part} for part in (period, before))
    return now, then


def _counted(ground: Ground, period: Period, step: Step) -> Steps:
    cells = count_cells(
        ground.scope,
        ground.db,
        SESSIONS,
        ground.period.over(period),
        (step, "phase"),
        where=_DELIVERED,
        counts=("sessions",),
    )
    return {(start, phase): sessions for (start, phase), (sessions,) in cells.items()}


def _steps(period: Period, step: Step) -> Iterable[date]:
    if step == "month":
        return period.months()
    length = 7 if step == "week" else 1
    first = period.start_on - timedelta(days=period.start_on.weekday()) if step == "week" else period.start_on
    return [first + timedelta(days=at) for at in range(0, (period.end_on - first).days, length)]


def _year_before(period: Period, step: Step) -> Period:
    if step == "month":
        return period.year_before()
    return Period(period.start_on - YEAR_OF_WEEKS, period.end_on - YEAR_OF_WEEKS)


def _step_before(start: date, step: Step) -> date:
    return add_months(start, -12) if step == "month" else start - YEAR_OF_WEEKS


def _cut_notes(period: Period, step: Step) -> tuple[str, ...]:
    """Which steps at the ends hold fewer days than the others, so that nobody takes them for a fall."""
    if step == "day" or (period.whole_months and step == "month"):
        return ()
    starts = list(_steps(period, step))
    whole = {"week": 7, "month": 28}[step]
    ends = [
        (name, step_period(start, period, step).days) for name, start in (("first", starts[0]), ("last", starts[-1]))
    ]
    cut = [f"the {name} {step} holds {formats.plural(days, 'day')}" for name, days in ends if days < whole]
    return (f"Cut by the period: {' and '.join(cut)}.",) if cut else ()


def _without_data(ground: Ground) -> tuple[str, ...]:
    end = min(ground.filters.period.last_on, ground.on)
    silent = [
        f"{site.name} ({formats.day(site.data_through) if site.data_through else 'none yet'})"
        for site in ground.sites
        if site.data_through is None or (end - site.data_through).days > ground.settings.stale_after_days
    ]
    named, more = ", ".join(silent[:SILENT_NAMED]), len(silent) - SILENT_NAMED
    rest = f" and {formats.count(more)} more, which the page Data names" if more > 0 else ""
    return (f"Days are missing, not empty, at sites whose data end earlier: {named}{rest}.",) if silent else ()
