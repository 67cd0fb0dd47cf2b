"""One share over time: a p-chart with 3-sigma limits and the two rules that make a signal.

Source: Montgomery DC. Introduction to Statistical Quality Control, ch. 7 (p-chart); Western Electric. Statistical
Quality Control Handbook, 1956 (rule 1: a point beyond the limits; rule 4: eight in a row on one side).

Where the definition leaves a choice: a period is compared only if it is eligible (enough screening); others are drawn
as gaps and neither extend nor break a run. A point on the centre ends a run. There are no limits until the baseline is
full, and none before the last re-base. A point where fewer than 5 events or non-events would be expected is never
beyond a limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from webapp.domain.funnel import enough_to_compare, funnel_limits, side_of_limit
from webapp.domain.intervals import Interval
from webapp.domain.settings import DEFAULT_SETTINGS, MeasureSettings

SIGMAS = 3.0


class ChartPeriod(NamedTuple):
    """One period: k of n, worth `n_eff` independent observations; rebased: a dated re-base takes effect with it."""

    k: int
    n: int
    n_eff: float
    is_eligible: bool = True
    rebased: bool = False


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A period on the chart. share is None where n is 0; limits are None where none apply."""

    share: float | None
    limits: Interval | None
    is_beyond: bool
    in_run: bool

    @property
    def is_signal(self) -> bool:
        """Whether either rule holds."""
        return self.is_beyond or self.in_run


@dataclass(frozen=True, slots=True)
class Chart:
    """centre: the share of the baseline periods, None while the baseline is not full. compared: the places of the periods
    that limits apply to, in order; none without a centre. runs: those of them in a run.

    Points are worked out when asked for: of most charts nobody looks at more than the newest.
    """

    centre: float | None
    periods: Sequence[ChartPeriod]
    compared: Sequence[int]
    runs: frozenset[int]
    settings: MeasureSettings

    @property
    def points(self) -> tuple[ChartPoint, ...]:
        """One per period."""
        compared = frozenset(self.compared)
        return tuple(
            self._compared_point(place) if place in compared else _bare(period)
            for place, period in enumerate(self.periods)
        )

    @property
    def newest(self) -> tuple[int, ChartPoint] | None:
        """The last period that limits apply to: its place, and its point."""
        return (self.compared[-1], self._compared_point(self.compared[-1])) if self.compared else None

    def _compared_point(self, place: int) -> ChartPoint:
        period, centre = self.periods[place], self.centre
        assert centre is not None
        share = period.k / period.n
        beyond = enough_to_compare(period.n_eff, centre, self.settings) and (
            side_of_limit(share, period.n_eff, centre, SIGMAS) != "inside"
        )
        return ChartPoint(share, funnel_limits(centre, period.n_eff, SIGMAS), beyond, place in self.runs)


def p_chart(periods: Sequence[ChartPeriod], settings: MeasureSettings = DEFAULT_SETTINGS) -> Chart:
    """The chart of periods in order of time."""
    first = max((i for i, period in enumerate(periods) if period.rebased), default=0)
    eligible = [i for i in range(first, len(periods)) if periods[i].is_eligible and periods[i].n > 0]
    baseline = eligible[: settings.chart_baseline_periods]
    if len(baseline) < settings.chart_baseline_periods:
        return Chart(None, periods, (), frozenset(), settings)
    centre = sum(periods[i].k for i in baseline) / sum(periods[i].n for i in baseline)
    running = _in_runs([periods[i].k / periods[i].n for i in eligible], centre, settings.chart_run_length)
    return Chart(centre, periods, eligible, frozenset(eligible[place] for place in running), settings)


def _bare(period: ChartPeriod) -> ChartPoint:
    return ChartPoint(period.k / period.n if period.n else None, None, False, False)


def _in_runs(shares: Sequence[float], centre: float, length: int) -> set[int]:
    """The places of all points in a run of at least that length strictly on one side of the centre."""
    found: set[int] = set()
    start = 0
    for i in range(len(shares) + 1):
        side = (shares[i] > centre) - (shares[i] < centre) if i < len(shares) else 0
        before = (shares[i - 1] > centre) - (shares[i - 1] < centre) if i else 0
        if side == 0 or side != before:
            if before and i - start >= length:
                found.update(range(start, i))
            start = i
    return found
