"""The tables of the Courses page that follow courses by day, recounted from the textbook's sums, one course at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from tests.walks.recount.arithmetic import Z95
from tests.walks.recount.registry import Row, recount
from tests.walks.recount.source import Asked, Begun

CAUSES = {
    "completed": ("completed_on_time", "completed_late"),
    "stopped": ("stopped_response", "stopped_other"),
    "transferred": ("transferred",),
    "lapsed": ("lapsed",),
}
ENDED = [state for states in CAUSES.values() for state in states]


@dataclass(frozen=True)
class Followed:
    """One course, in days since its first session: up to which it was followed, and what happened then; None if nothing did."""

    last: int
    event: str | None


@dataclass(frozen=True)
class Step:
    """A day with events: courses at risk, with any event, with the one looked at; the share without any before; the incidence."""

    day: int
    n: int
    d: int
    of_cause: int
    before: float
    incidence: float


def curve(courses: Sequence[Followed], causes: Sequence[str]) -> list[Step]:
    """The cumulative incidence of some events beside all others (Aalen-Johansen)."""
    steps: list[Step] = []
    without, incidence = 1.0, 0.0
    for day in sorted({course.last for course in courses if course.event}):
        n = sum(course.last >= day for course in courses)
        here = [course.event for course in courses if course.last == day and course.event]
        of_cause = sum(event in causes for event in here)
        incidence += without * of_cause / n
        steps.append(Step(day, n, len(here), of_cause, without, incidence))
        without *= 1 - len(here) / n
    return steps


def at(steps: Sequence[Step], day: int) -> tuple[float, float | None, float | None]:
    """The incidence at the end of a day with its 95 % interval: delta-method variance, on the log(-log) scale, which has no value
    at 0 and 1."""
    past = [step for step in steps if step.day <= day]
    p = past[-1].incidence if past else 0.0
    variance = 0.0
    for step in past:
        apart = p - step.incidence
        variance += apart**2 * step.d / (step.n * (step.n - step.d)) if step.d < step.n else 0.0
        variance += step.before**2 * (step.n - step.of_cause) * step.of_cause / step.n**3
        variance -= 2 * apart * step.before * step.of_cause / step.n**2
    if not 0 < p < 1 - 1e-12 or variance <= 0:
        return p, None, None
    spread = Z95 * sqrt(variance) / (p * abs(log(p)))
    low, high = sorted((p ** exp(spread), p ** exp(-spread)))
    return p, low, high


@recount("completion_by_day")
def completion_by_day(asked: Asked) -> Iterator[Row]:
    """A course that is open at its horizon is followed to the longest of them."""
    begun = [course for course in asked.begun() if course.start <= asked.clock]
    horizon = max((course.horizon for course in begun), default=0)
    followed = [_followed(asked, course, horizon) for course in begun]
    curves = {cause: curve(followed, states) for cause, states in CAUSES.items()}
    for day in range(horizon + 1) if begun else ():
        row: Row = {"day": day, "at_risk": sum(course.last >= day for course in followed)}
        for cause, steps in curves.items():
            row |= dict(zip((cause, f"{cause}_low", f"{cause}_high"), at(steps, day), strict=True))
        yield row


def _followed(asked: Asked, course: Begun, horizon: int) -> Followed:
    state = asked.state(course)
    if state == "open_at_horizon":
        return Followed(horizon, None)
    return Followed((min(course.end, asked.clock) - course.start).days, state if state in ENDED else None)


@recount("drop_off_so_far")
def drop_off_so_far(asked: Asked) -> Iterator[Row]:
    """Courses of cohorts that are not closed; one plan holds in each of these sources."""
    closed = asked.closed()
    waiting = [course for course in asked.begun() if course not in closed and course.start <= asked.clock]
    for infusion in range(1, waiting[0].planned + 1 if waiting else 1):
        followed = [_until(asked, course, infusion) for course in waiting]
        reached = sum(course.event == "reached" for course in followed)
        share = dict(zip(("share", "low", "high"), at(curve(followed, ["reached"]), waiting[0].horizon), strict=True))
        yield {"infusion": infusion, "reached": reached, "started": len(waiting), **share}


def _until(asked: Asked, course: Begun, infusion: int) -> Followed:
    had = [day for day in course.days if day <= asked.clock]
    if len(had) >= infusion:
        return Followed((had[infusion - 1] - course.start).days, "reached")
    state = asked.state(course)
    return Followed((min(course.end, asked.clock) - course.start).days, None if state == "open" else "ended")
