"""The sessions page's panels of time and dose: when the chairs are used, how long between one thing and the next, doses by weight."""

from collections import Counter, defaultdict
from uuid import UUID

from webapp.domain.spacing import quartiles
from webapp.presentation import formats
from webapp.presentation.report_document import Panel
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.after_completion import AfterCompletion, fetch_after_completion
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.shares import HIGH, LOW, share_cells
from webapp.queries.spacing_cells import (
    DOSE_STEPS_PER_MG_KG,
    DOSES,
    NO_HOUR,
    NOT_RECORDED,
    RETURN_DAYS,
    WITHIN,
    Quantity,
)
from webapp.queries.spacing_counts import count_spacing

Values = dict[str, Counter[int]]
"""Quantity -> value -> how many have it."""

LONGEST_GAP_SHOWN = 28
STEP = 1 / DOSE_STEPS_PER_MG_KG
SPACES = (
    (Quantity.APPROVAL, "From approval to the first infusion", "approval_wait"),
    (Quantity.GAP, "Between infusions of a course", "infusion_gap"),
    (Quantity.BOOSTER, "To the next booster", "booster_gap"),
)
DOSE_COLUMNS = (
    (Quantity.DOSE_WITHIN, "Within the range"),
    (Quantity.DOSE_BELOW, "Below it"),
    (Quantity.DOSE_ABOVE, "Above it"),
    (Quantity.DOSE_NO_RANGE, "No range stated"),
)


def panels(ground: Ground, values: Values) -> tuple[Panel, ...]:
    """The panels, after those that count sessions."""
    after = fetch_after_completion(ground.scope, ground.db, ground.period)[None]
    return (
        Panel(gaps(values), "bars"),
        Panel(doses(values), "bars"),
        Panel(spaces(values)),
        Panel(returns(after)),
        Panel(boosters(after)),
        Panel(dose_by_site(ground)),
    )


def fetch_values(ground: Ground) -> Values:
    """Everything that is counted by its size, over the period and filters."""
    found: Values = defaultdict(Counter)
    for (quantity, value), many in count_spacing(ground.scope, ground.db, ground.period, ("quantity", "value")).items():
        found[quantity][value] += many
    return found


def by_weekday_and_hour(values: Values) -> Table:
    """Delivered sessions by weekday and hour of their start, in each site's own time."""
    hours = values[Quantity.HOUR]
    timed = {divmod(value, 100): many for value, many in hours.items() if value % 100 != NO_HOUR}
    untimed = sum(hours.values()) - sum(timed.values())
    return Table(
        "weekday_and_hour",
        "When are the chairs used?",
        "Delivered sessions by weekday and hour of their start, in each site's own time",
        (
            Column("weekday", "Weekday (1 = Monday)", "integer"),
            Column("hour", "Hour", "integer"),
            Column("sessions", "Sessions", "integer"),
        ),
        tuple((weekday, hour, many) for (weekday, hour), many in sorted(timed.items())),
        "session_count",
        (f"{formats.plural(untimed, 'session')} without a time of day not drawn.",) if untimed else (),
        row_keys=tuple(f"{weekday}-{hour}" for weekday, hour in sorted(timed)),
    )


def spaces(values: Values) -> Table:
    """Median days with quartiles: approval to first infusion, between infusions, to the next booster."""
    rows: list[tuple[Cell, ...]] = []
    for quantity, label, _ in SPACES:
        counts = values[quantity]
        found = quartiles({value: many for value, many in counts.items() if value >= 0})
        after = sum(many for value, many in counts.items() if NOT_RECORDED < value < 0)
        of_approval = (after, counts[NOT_RECORDED]) if quantity is Quantity.APPROVAL else (None, None)
        told = (found.first, found.median, found.third, found.many) if found else (None, None, None, 0)
        rows.append((label, *told, *of_approval))
    return Table(
        "spaces",
        "How long do patients wait?",
        "Days, by the day of the later session; at least half took no longer than the median",
        (
            Column("what", "Days"),
            Column("first", "Lower quartile", "integer"),
            Column("median", "Median", "integer"),
            Column("third", "Upper quartile", "integer"),
            Column("n", "Counted", "integer"),
            Column("after", "Approved after it", "integer"),
            Column("unknown", "Approval not recorded", "integer"),
        ),
        tuple(rows) if any(row[4] or row[5] or row[6] for row in rows) else (),
        "approval_wait",
        ("The space before a session is to the delivered session before it in the same course.",),
        row_keys=tuple(quantity.value for quantity, *_ in SPACES) if rows else (),
    )


def gaps(values: Values) -> Table:
    """How many infusions came how many days after the delivered session before them."""
    counts = values[Quantity.GAP]
    longest = min(max(counts, default=0), LONGEST_GAP_SHOWN)
    rows: list[tuple[Cell, ...]] = [(str(days), counts[days]) for days in range(longest + 1)]
    beyond = sum(many for days, many in counts.items() if days > LONGEST_GAP_SHOWN)
    keys = [str(days) for days in range(longest + 1)]
    if beyond:
        rows.append((f"over {LONGEST_GAP_SHOWN}", beyond))
        keys.append("beyond")
    found = quartiles(counts)
    half = f"; half of them at most {formats.plural(found.median, 'day')}" if found else ""
    return Table(
        "gaps",
        "How many days lie between infusions?",
        f"{formats.plural(sum(counts.values()), 'infusion')} after a course's first, by days since the delivered session before{half}",
        (Column("days", "Days"), Column("infusions", "Infusions", "integer")),
        tuple(rows) if counts else (),
        "infusion_gap",
        row_keys=tuple(keys) if counts else (),
    )


def doses(values: Values) -> Table:
    """Delivered sessions by dose in steps of 0.05 mg/kg, against the protocol's range."""
    used = [value for quantity, _ in DOSE_COLUMNS for value in values[quantity]]
    steps = range(min(used), max(used) + 1) if used else range(0)
    shown = [pair for pair in DOSE_COLUMNS if values[pair[0]]]
    unknown = sum(values[Quantity.DOSE_UNKNOWN].values())
    return Table(
        "doses",
        "Do doses keep to the protocol's range?",
        "Delivered sessions by mg per kg of body weight, in steps of 0.05",
        (
            Column("dose", "mg/kg"),
            *(Column(quantity.value, label, "integer") for quantity, label in shown),
        ),
        tuple((f"{step * STEP:.2f}", *(values[quantity][step] for quantity, _ in shown)) for step in steps),
        "dose_range",
        (f"{formats.plural(unknown, 'session')} without a dose or a weight on record, not drawn.",) if unknown else (),
        row_keys=tuple(str(step) for step in steps),
    )


def dose_by_site(ground: Ground) -> Table:
    """Each site's doses: quartiles, and how many lie within, below and above the range."""
    cells = count_spacing(ground.scope, ground.db, ground.period, ("site", "quantity", "value"), DOSES)
    steps: dict[UUID, Counter[int]] = defaultdict(Counter)
    many: dict[UUID, Counter[str]] = defaultdict(Counter)
    for (site_id, quantity, value), sessions in cells.items():
        many[site_id][quantity] += sessions
        steps[site_id][value] += sessions if quantity != Quantity.DOSE_UNKNOWN else 0
    rows: list[tuple[Cell, ...]] = []
    for site in ground.sites:
        found = quartiles(steps[site.id])
        told = [step * STEP for step in (found.first, found.median, found.third)] if found else [None, None, None]
        rows.append((site.name, *told, *(many[site.id][quantity] for quantity in DOSES)))
    labels = {**dict(DOSE_COLUMNS), Quantity.DOSE_UNKNOWN: "Not recorded"}
    return Table(
        "dose_by_site",
        "How does each site dose?",
        "Delivered sessions; mg per kg of body weight, rounded down to steps of 0.05; sites by name, nothing is ranked",
        (
            Column("site", "Site"),
            Column("first", "Lower quartile", "decimal"),
            Column("median", "Median", "decimal"),
            Column("third", "Upper quartile", "decimal"),
            *(Column(quantity.value, labels[quantity], "integer") for quantity in DOSES),
        ),
        tuple(rows) if cells else (),
        "dose_range",
        row_keys=tuple(site.code for site in ground.sites) if cells else (),
    )


def returns(after: AfterCompletion) -> Table:
    """Courses with a further session within 30 and 90 days after completion."""
    rows = [
        (
            f"Within {days} days",
            *share_cells(after.returned[days], after.followed[days]),
            after.returned[days],
            after.followed[days],
        )
        for days in WITHIN
    ]
    return Table(
        "returns",
        "Who comes back after completion?",
        f"{formats.plural(after.completed, 'course')} completed in the period; a length counts those followed for as long",
        (
            Column("within", "A further session"),
            Column("rate", "Share", "percent"),
            LOW,
            HIGH,
            Column("returned", "Came back", "integer"),
            Column("n", "Followed so long", "integer"),
        ),
        tuple(rows) if after.completed else (),
        "return_rate",
        ("A further session is not an outcome: some need none, and some stay away.",),
        row_keys=tuple(str(days) for days in WITHIN) if after.completed else (),
    )


def boosters(after: AfterCompletion) -> Table:
    """How many boosters completed courses had in 90 days."""
    followed = after.followed[RETURN_DAYS]
    given = sum(number * courses for number, courses in after.boosters.items())
    mean = f"{formats.number(given / followed, 2)} boosters a course" if followed else "none followed so long yet"
    return Table(
        "boosters",
        "How many boosters follow a completed course?",
        f"In the {RETURN_DAYS} days after completion: {mean}; {formats.plural(followed, 'course')} of the period followed so long",
        (
            Column("boosters", "Boosters in 90 days", "integer"),
            Column("courses", "Courses", "integer"),
            Column("share", "Share of courses", "percent"),
        ),
        tuple((number, after.boosters[number], after.boosters[number] / followed) for number in sorted(after.boosters)),
        "boosters_in_90_days",
        row_keys=tuple(str(number) for number in sorted(after.boosters)),
    )
