"""Courses over time: cumulative incidence with competing events."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

from webapp.domain.intervals import Z95, Interval

ROUNDING = 1e-12
WIDEST = 700.0
"""The largest power of e that a float holds, nearly: beyond it the interval's end is 0 all the same."""


@dataclass(frozen=True, slots=True)
class IncidencePoint:
    """The probability that the event has come first by the end of that day since the start, and its standard error."""

    day: int
    probability: float
    error: float

    def interval(self, z: float = Z95) -> Interval | None:
        """The pointwise interval on the log(-log) scale, which stays inside [0, 1]; None where it is not defined.

        Source: Choudhury JB. Stat Med 2002;21:1129-1144. The scale has no value at 0 and at 1 and the estimated error is 0
        there: before the first event, and once all have had it, nothing is told of the spread, which is not to say that
        there is none. A sum of shares that is all of them may miss 1 by a rounding.
        """
        if not 0 < self.probability < 1 - ROUNDING or self.error == 0:
            return None
        spread = z * self.error / (self.probability * abs(log(self.probability)))
        ends = (self.probability ** exp(min(spread, WIDEST)), self.probability ** exp(-spread))
        return Interval(min(ends), max(ends))


def aalen_johansen(
    events: Mapping[int, Mapping[str, int]], censored: Mapping[int, int], horizon: int
) -> dict[str, tuple[IncidencePoint, ...]]:
    """Cumulative incidence by cause, from counts by day since the start (0 ..): a step at each day with an event, to
    `horizon`.

    events: day -> cause -> courses. censored: day -> courses still open when their clock stopped. Everyone of both is
    at risk from the start; on one day events come before censoring. Days after the horizon are read as censored at it.
    Source: Aalen OO, Johansen S. Scand J Stat 1978;5:141-150; variance by the delta method, Marubini E, Valsecchi MG.
    Analysing Survival Data from Clinical Trials and Observational Studies. Wiley 1995, ch. 10.
    """
    at_risk = sum(sum(by_cause.values()) for by_cause in events.values()) + sum(censored.values())
    causes = sorted({cause for by_cause in events.values() for cause in by_cause})
    sums = {cause: _Delta() for cause in causes}
    points: dict[str, list[IncidencePoint]] = {cause: [] for cause in causes}
    surviving = 1.0
    for day in sorted(set(events) | set(censored)):
        if day > horizon:
            break
        by_cause = events.get(day, {})
        total = sum(by_cause.values())
        for cause in causes:
            delta = sums[cause]
            delta.step(by_cause.get(cause, 0), total, at_risk, surviving)
            if total:
                points[cause].append(IncidencePoint(day, delta.incidence, delta.error))
        surviving *= (at_risk - total) / at_risk if at_risk else 1.0
        at_risk -= total + censored.get(day, 0)
    return {cause: tuple(found) for cause, found in points.items()}


def incidence_at(points: tuple[IncidencePoint, ...], day: int) -> IncidencePoint:
    """The step function at that day; 0 before the first event."""
    found = IncidencePoint(day, 0.0, 0.0)
    for point in points:
        if point.day <= day:
            found = point
    return found


class _Delta:
    """The running sums of one cause's incidence and of its variance.

    With I the incidence so far, a = d / (n (n - d)) over all causes, b = S (n - d_k) d_k / n^3 ..., the variance at t
    is sum (I_t - I_j)^2 a_j + sum S_j^2 (n_j - d_kj) d_kj / n_j^3 - 2 sum (I_t - I_j) S_j d_kj / n_j^2.
    """

    def __init__(self) -> None:
        self.incidence = 0.0
        self._a = self._ia = self._iia = 0.0
        self._own = self._b = self._ib = 0.0

    @property
    def error(self) -> float:
        """The standard error of the incidence so far."""
        now = self.incidence
        spread = now * now * self._a - 2 * now * self._ia + self._iia
        return sqrt(max(0.0, spread + self._own - 2 * now * self._b + 2 * self._ib))

    def step(self, of_cause: int, of_all: int, at_risk: int, surviving: float) -> None:
        """One day: events of this cause and of all, courses at risk, and the share without any event before it."""
        if not of_all:
            return
        self.incidence += surviving * of_cause / at_risk
        now = self.incidence
        if of_all < at_risk:  # after the last one at risk nothing remains whose variance this term would carry
            a = of_all / (at_risk * (at_risk - of_all))
            self._a += a
            self._ia += now * a
            self._iia += now * now * a
        self._own += surviving * surviving * (at_risk - of_cause) * of_cause / at_risk**3
        b = surviving * of_cause / at_risk**2
        self._b += b
        self._ib += now * b
