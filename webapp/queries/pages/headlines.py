"""Headline numbers: value, interval, movement against the period compared with, and trend. A movement that chance explains says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from webapp.domain.intervals import count_change, newcombe_difference
from webapp.domain.periods import Period, add_months
from webapp.presentation import formats
from webapp.queries.cells import Selection
from webapp.queries.design_effects import COUNT
from webapp.queries.measures import MeasureRow
from webapp.queries.pages.ground import Ground, first_days_of
from webapp.queries.pages.shares import NOT_ENOUGH, is_told
from webapp.queries.session_verdicts import ALL_SIX
from webapp.queries.sites import SiteFacts
from webapp.queries.verdict_counts import CriterionCount, fetch_criteria_met

Sign = Literal["better", "worse", "moved", "none", "unjudged"]
Wanted = Literal["up", "down", ""]
"""Which direction is the better one; empty where neither is."""
NOT_CLOSED = "no closed cohort yet"
NOT_COMPARABLE = "not comparable"
NOT_NARROWED = "of all indications, phases and products"
ONLY_UNFILTERED = "show all indications, phases and products to see whether chance explains it"
"""The spread of a count is known of all sessions together, see `webapp.queries.design_effects`."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How a number moved. sign: better or worse only where chance does not explain it; none reads as "no clear change".

    unjudged: the words alone say what can be said, without a verdict.
    """

    sign: Sign
    amount: str = ""
    direction: Literal["up", "down", ""] = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class HeadlineNumber:
    """One headline. measure: the id in the registry. page: where the number opens."""

    title: str
    value: str
    interval: str
    movement: Movement | None
    note: str
    series: tuple[float | None, ...]
    measure: str
    page: str


def fetch_headlines(ground: Ground) -> tuple[HeadlineNumber, ...]:
    """The numbers at the head of a page: sessions, completion, any side effect, criteria; the middle two for who may see them."""
    clinical = (_completion(ground), _side_effects(ground)) if ground.scope.may_see_pseudonyms else ()
    return _sessions(ground), *clinical, _criteria(ground)


def _sessions(ground: Ground) -> HeadlineNumber:
    now = ground.one("session_count", ground.period).numerator
    trend = {row.key["month"]: float(row.numerator) for row in ground.rows("session_count", ground.trend, "month")}
    return HeadlineNumber(
        "Sessions delivered",
        formats.count(now),
        "",
        count_movement(ground),
        "",
        _series(ground.trend, trend),
        "session_count",
        "sessions",
    )


def count_movement(
    ground: Ground, delivered: tuple[Mapping[str, int], Mapping[str, int]] | None = None
) -> Movement | None:
    """Delivered sessions per weekday, over the sites that reported both periods.

    delivered: by site, of the period and of the one compared with, where they have been counted already.
    """
    if ground.before is None:
        return None
    before = ground.before.period
    both = [
        site
        for site in ground.sites
        if has_sent_both(ground, site, before)
        and (site.closed_on is None or site.closed_on >= ground.filters.period.last_on)
    ]
    if not both:
        return None
    codes = {site.code for site in both}
    counted = delivered or tuple(
        {row.key["site"]: row.numerator for row in ground.rows("session_count", selection, "site")}
        for selection in (ground.period, ground.before)
    )
    now, then = (sum(many for site, many in part.items() if site in codes) for part in counted)
    days = weekdays(ground.filters.period), weekdays(before)
    change = count_change(now, then, *days, ground.design_effect(COUNT))
    if change is None or change.ratio is None:
        return None
    amount = formats.percent(abs(change.ratio))
    than = f"per weekday than {before}, {formats.plural(len(both), 'site')} in both"
    words = f"{'more' if change.ratio > 0 else 'fewer'} {than}"
    if ground.is_narrowed:
        return Movement("unjudged", words=f"{amount} {words}; {ONLY_UNFILTERED}")
    if not change.is_clear:
        return Movement("none", words=f"{amount} {words}")
    return Movement("moved", amount, "up" if change.ratio > 0 else "down", words)


def has_sent_both(ground: Ground, site: SiteFacts, before: Period) -> bool:
    """Whether the site's data reach from the start of the earlier period, or its opening before that, to the end of the later one."""
    first = ground.once(first_days_of).get(site.id)
    if first is None or site.data_through is None:
        return False
    begins = max(first, site.opened_on or first)
    return begins <= before.start_on and site.data_through >= min(ground.filters.period.last_on, ground.on)


def weekdays(period: Period) -> int:
    """Days of the period from Monday to Friday."""
    weeks, rest = divmod(period.days, 7)
    return 5 * weeks + sum((period.start_on + timedelta(days=day)).weekday() < 5 for day in range(rest))


def _completion(ground: Ground) -> HeadlineNumber:
    """Of the latest closed start months: a horizon's length before the period's end, twelve months back."""
    rows = {row.key["month"]: row for row in ground.rows("course_completion", ground.trend, "month")}
    closed = [month for month, row in sorted(rows.items()) if row.denominator and row.bounds is None]
    latest = rows[closed[-1]] if closed else None
    earlier = rows.get(add_months(closed[-1], -1)) if closed else None
    note = (
        f"closed cohort, {formats.month(closed[-1])} starts, n = {formats.count(latest.denominator or 0)}"
        if closed and latest
        else ""
    )
    return HeadlineNumber(
        "Courses completed",
        formats.percent(latest.share) if latest else NOT_CLOSED,
        _interval(latest),
        share_movement(latest, earlier, "up"),
        note,
        _series(ground.trend, {month: rows[month].share for month in closed}),
        "course_completion",
        "courses",
    )


def _side_effects(ground: Ground) -> HeadlineNumber:
    now = ground.one("side_effect_rate", ground.period)
    then = ground.one("side_effect_rate", ground.before) if ground.before else None
    settings = ground.settings
    months = ground.rows("side_effect_rate", ground.trend, "month")
    trend = {row.key["month"]: row.share for row in months if is_told(row, settings)}
    coverage = ground.one("screening_coverage", ground.period)
    enough = is_told(now, settings)
    screened = (
        f"{formats.percent(coverage.share)} of {formats.count(coverage.denominator)} screened"
        if coverage.denominator
        else ""
    )
    return HeadlineNumber(
        "Any side effect",
        formats.percent(now.share) if enough else NOT_ENOUGH,
        _interval(now) if enough else "",
        _rate_movement(ground, now, then) if enough else None,
        screened,
        _series(ground.trend, trend),
        "side_effect_rate",
        "side-effects",
    )


def _rate_movement(ground: Ground, now: MeasureRow, then: MeasureRow | None) -> Movement | None:
    """How a rate that is told moved against an earlier one, which may rest on too little screening."""
    if then is None or ground.before is None or is_told(then, ground.settings):
        return share_movement(now, then, "down")
    return Movement("unjudged", words=f"{NOT_COMPARABLE}: {NOT_ENOUGH} in {ground.before.period}")


def _criteria(ground: Ground) -> HeadlineNumber:
    """All six criteria per session: met over delivered, with not recorded beside it. The cells of verdicts know no filters but sites."""
    now = _all_six(ground, ground.filters.period)
    then = _all_six(ground, ground.before.period) if ground.before else None
    row = _row_of(now)
    not_recorded = f"{formats.percent(now.not_recorded / now.delivered)} not recorded" if now and now.delivered else ""
    note = "; ".join(filter(None, (not_recorded, NOT_NARROWED if ground.is_narrowed else "")))
    return HeadlineNumber(
        "All six criteria met",
        formats.percent(row.share if row else None),
        _interval(row),
        share_movement(row, _row_of(then), "up"),
        note,
        (),
        "criteria_met",
        "accreditation",
    )


def _all_six(ground: Ground, period: Period) -> CriterionCount | None:
    counts = fetch_criteria_met(ground.scope, ground.db, period)
    return next((count for count in counts if count.criterion == ALL_SIX), None)


def _row_of(count: CriterionCount | None) -> MeasureRow | None:
    """A criterion's count as a row of its measure; None where nothing was delivered."""
    if count is None or not count.delivered:
        return None
    return MeasureRow({}, count.met, count.delivered, count.n_eff, count.interval)


def share_movement(now: MeasureRow | None, then: MeasureRow | None, wanted: Wanted) -> Movement | None:
    """The difference of two shares; coloured only when its Newcombe interval on the effective numbers excludes 0."""
    if now is None or then is None or not now.denominator or not then.denominator:
        return None
    difference = newcombe_difference(
        now.numerator, now.denominator, then.numerator, then.denominator, n_eff1=now.n_eff, n_eff2=then.n_eff
    )
    if difference is None:
        return None
    if not difference.is_clear:
        return Movement("none")
    direction: Literal["up", "down"] = "up" if difference.value > 0 else "down"
    sign: Sign = "moved"
    if wanted:
        sign = "better" if direction == wanted else "worse"
    return Movement(sign, formats.points(abs(difference.value)).lstrip("+"), direction)


def _interval(row: MeasureRow | None) -> str:
    return formats.interval(row.interval.low, row.interval.high) if row and row.interval else ""


def _series(selection: Selection, values: dict[date, float | None] | dict[date, float]) -> tuple[float | None, ...]:
    months: Sequence[date] = list(selection.period.months())
    return tuple(values.get(month) for month in months)
