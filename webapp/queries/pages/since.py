"""What has changed at one site since the period before: coloured only where chance does not explain it."""

from dataclasses import dataclass, replace

from sqlalchemy import text

from webapp.domain.intervals import count_change
from webapp.domain.periods import Period
from webapp.domain.vocabulary import VALID_STANDINGS
from webapp.presentation import formats
from webapp.presentation.tables import Cell, Column, Table
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.design_effects import COUNT
from webapp.queries.fact_cells import FactView
from webapp.queries.measures import MeasureRow
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.headlines import (
    NOT_COMPARABLE,
    ONLY_UNFILTERED,
    Sign,
    Wanted,
    has_sent_both,
    share_movement,
    weekdays,
)
from webapp.queries.pages.shares import NOT_ENOUGH, is_told
from webapp.queries.site_terms import fetch_site_terms

NO_CLEAR_CHANGE = "no clear change"
READS: dict[Sign, str] = {"better": "better", "worse": "worse", "moved": "changed", "none": "", "unjudged": ""}
"""Better and worse only where chance does not explain it and the direction has a meaning."""
SHARES: tuple[tuple[str, str, Wanted], ...] = (
    ("no_show_rate", "No-shows", "down"),
    ("screening_coverage", "Sessions screened for side effects", "up"),
    ("side_effect_rate", "Any side effect, of screened sessions", "down"),
)


@dataclass(frozen=True, slots=True)
class Changed:
    """One line. key: for its tone and tests. sign: coloured only if better or worse."""

    key: str
    what: str
    now: str
    before: str
    change: str
    sign: Sign = "none"


def since_before(ground: Ground) -> Table | None:
    """The table, each line with how it reads; None where nothing is compared."""
    if ground.before is None:
        return None
    clinical = ground.scope.may_see_pseudonyms
    lines = [_sessions(ground, ground.before.period), *([_completion(ground)] if clinical else [])]
    lines += [_share(ground, *share) for share in SHARES if clinical or share[0] == "no_show_rate"]
    lines += [_accreditation(ground, ground.before.period), _imports(ground, ground.before.period)]
    rows: list[tuple[Cell, ...]] = [(line.what, line.now, line.before, line.change, READS[line.sign]) for line in lines]
    return Table(
        "since_before",
        "What has changed since the period before?",
        f"{ground.filters.period} beside {ground.before.period}",
        (
            Column("what", "What"),
            Column("now", "Now"),
            Column("before", "Before"),
            Column("change", "Change"),
            Column("reads", "Reads as"),
        ),
        tuple(rows),
        "",
        (
            (
                "A share has changed only if the 95 % interval of the difference leaves out 0. Sessions are compared by opening day,"
                " allowing for patients who bring several at once."
            ),
        ),
        row_keys=tuple(line.key for line in lines),
    )


def opening_days(ground: Ground, period: Period) -> int:
    """Days on which the site is open by its opening hours; days from Monday to Friday where none are on record."""
    terms = fetch_site_terms(
        ground.scope, ground.db, FactView(ground.scope.network_id, ground.settings.late_cancel_hours)
    )
    if len(terms) != 1 or terms[0].week is None:
        return weekdays(period)
    week = terms[0].week
    return sum(bool(week[day.weekday()]) for day in terms[0].open_days(period))


def _sessions(ground: Ground, before: Period) -> Changed:
    now = ground.one("session_count", ground.period).numerator
    then = ground.one("session_count", ground.period.over(before)).numerator
    days = opening_days(ground, ground.filters.period), opening_days(ground, before)
    told = [
        f"{formats.plural(many, 'session')} on {formats.plural(open_days, 'opening day')}"
        for many, open_days in zip((now, then), days, strict=True)
    ]
    line = Changed("session_count", "Sessions delivered", told[0], told[1], NOT_COMPARABLE)
    change = count_change(now, then, *days, ground.design_effect(COUNT))
    if change is None or not has_sent_both(ground, ground.sites[0], before):
        return line
    ratio = change.ratio
    word = f"{formats.percent(abs(ratio))} {'more' if ratio > 0 else 'fewer'}" if ratio is not None else "more"
    if ground.is_narrowed:
        return replace(line, change=f"{word} per opening day; {ONLY_UNFILTERED}", sign="unjudged")
    if not change.is_clear:
        return replace(line, change=NO_CLEAR_CHANGE)
    return replace(line, change=f"{word} per opening day", sign="moved")


def _completion(ground: Ground) -> Changed:
    """Of the two newest closed start months."""
    rows = {row.key["month"]: row for row in ground.rows("course_completion", ground.trend, "month")}
    closed = [month for month, row in sorted(rows.items()) if row.denominator and row.bounds is None][-2:]
    told = [f"{_rate(rows[month])} started in {formats.month(month)}" for month in reversed(closed)]
    what = "Courses completed, newest closed start month"
    if len(closed) < 2:
        return Changed("course_completion", what, told[0] if told else formats.MISSING, formats.MISSING, NOT_COMPARABLE)
    return _moved("course_completion", what, told[0], told[1], rows[closed[1]], rows[closed[0]], "up")


def _share(ground: Ground, measure: str, what: str, wanted: Wanted) -> Changed:
    before = ground.before or ground.period
    now, then = ground.one(measure, ground.period), ground.one(measure, before)
    if measure == "side_effect_rate" and not all(is_told(row, ground.settings) for row in (now, then)):
        told = [_screened_rate(ground, row) for row in (now, then)]
        return Changed(measure, what, told[0], told[1], f"{NOT_COMPARABLE}: {NOT_ENOUGH}", "unjudged")
    return _moved(measure, what, _rate(now), _rate(then), now, then, wanted)


def _moved(key: str, what: str, now: str, before: str, row: MeasureRow, earlier: MeasureRow, wanted: Wanted) -> Changed:
    movement = share_movement(row, earlier, wanted)
    if movement is None:
        return Changed(key, what, now, before, NOT_COMPARABLE)
    if movement.sign == "none":
        return Changed(key, what, now, before, NO_CLEAR_CHANGE)
    word = "higher" if movement.direction == "up" else "lower"
    return Changed(key, what, now, before, f"{movement.amount} {word}", movement.sign)


def _screened_rate(ground: Ground, row: MeasureRow) -> str:
    """A rate of side effects, or how far its screening is from enough."""
    screened = row.denominator or 0
    delivered = screened + row.excluded.get("not screened", 0)
    if is_told(row, ground.settings) or not delivered:
        return _rate(row)
    return f"{NOT_ENOUGH}: {formats.count(screened)} of {formats.count(delivered)}"


def _rate(row: MeasureRow) -> str:
    return formats.rate(row.share, row.denominator) if row.denominator else formats.MISSING


def _accreditation(ground: Ground, before: Period) -> Changed:
    """How many programmes are valid on the last day of each period."""
    days = (min(ground.filters.period.last_on, ground.on), before.last_on)
    valid = [
        {
            cell.programme.name
            for cell in fetch_matrix(ground.scope, ground.db, day)
            if cell.held.standing in VALID_STANDINGS
        }
        for day in days
    ]
    told = [
        f"{formats.plural(len(names), 'valid programme')} on {formats.day(day)}"
        for names, day in zip(valid, days, strict=True)
    ]
    gained, lost = sorted(valid[0] - valid[1]), sorted(valid[1] - valid[0])
    said = [f"now valid: {', '.join(gained)}"] if gained else []
    said += [f"no longer valid: {', '.join(lost)}"] if lost else []
    sign: Sign = "worse" if lost else "better" if gained else "none"
    return Changed("accreditation", "Accreditations", told[0], told[1], "; ".join(said) or "no change", sign)


def _imports(ground: Ground, before: Period) -> Changed:
    """Imports that said something new of the site's sessions, by the day on which they were recorded (UTC)."""
    many = [_count_imports(ground, period) for period in (ground.filters.period, before)]
    told = [formats.plural(count, "import") for count in many]
    difference = many[0] - many[1]
    change = f"{formats.count(abs(difference))} {'more' if difference > 0 else 'fewer'}" if difference else "no change"
    return Changed("imports", "Imports with sessions of the site", told[0], told[1], change)


def _count_imports(ground: Ground, period: Period) -> int:
    statement = text(
        """SELECT count(*) FROM import_batch b WHERE b.network_id = :network
            AND b.recorded_at >= CAST(:start AS timestamp) AT TIME ZONE 'UTC'
            AND b.recorded_at < CAST(:end AS timestamp) AT TIME ZONE 'UTC' AND EXISTS (SELECT 1 FROM session_version v
                WHERE v.network_id = :network AND v.batch_id = b.id AND v.site_id = ANY (:sites))"""
    )
    values = {
        "network": ground.scope.network_id,
        "sites": list(ground.scope.site_ids),
        "start": period.start_on,
        "end": period.end_on,
    }
    return int(ground.db.execute(statement, values).scalar_one())
