"""The tables of the Courses page, recounted."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from tests.walks.recount.arithmetic import nothing, share
from tests.walks.recount.registry import KEY, Row, recount
from tests.walks.recount.source import Asked, months

STATES = (
    "completed_on_time", "completed_late", "stopped_response", "stopped_other", "transferred", "lapsed", "open_at_horizon", "open",
)  # fmt: skip
COMPLETED = STATES[:2]
REASONS = ("responded", "side_effect", "patient_choice", "cost", "contraindication", "moved_away", "died", "unknown")


@recount("course_states")
def course_states(asked: Asked) -> Iterator[Row]:
    found = Counter((course.start.replace(day=1), asked.state(course)) for course in asked.begun())
    for month, known in _start_months(asked):
        yield {"month": month, **{state: found[month, state] if known else None for state in STATES}}


@recount("completion_by_month")
def completion_by_month(asked: Asked) -> Iterator[Row]:
    closed = asked.closed()
    for month, known in _start_months(asked):
        here = [course for course in asked.begun() if course.start.replace(day=1) == month]
        done = sum(asked.state(course) in COMPLETED for course in here)
        still = sum(asked.state(course) == "open" for course in here)
        row: Row = {"month": month, "started": len(here), "completed": done}
        rate, bounds = ("rate", "rate_low", "rate_high"), ("open", "open_low", "open_high")
        if not here:
            started = {"started": 0, "completed": 0} if known else dict.fromkeys(("started", "completed"))
            yield {**row, **started, "cohort": None, **nothing(rate), **nothing(bounds)}
        elif all(course in closed for course in here):
            yield {**row, "cohort": "closed", **share(done, len(here), names=rate), **nothing(bounds)}
        else:
            low, high = done / len(here), (done + still) / len(here)
            yield {**row, "cohort": "open", **nothing(rate), "open": low, "open_low": low, "open_high": high}


def _start_months(asked: Asked) -> list[tuple[date, bool]]:
    """The months of the period, if a course began in any: a month after the data's end is not known to be without one."""
    listed = months(asked.first, asked.last) if asked.begun() else []
    return [(month, month <= asked.source.through) for month in listed]


@recount("completion_by_site")
def completion_by_site(asked: Asked) -> Iterator[Row]:
    begun, closed = asked.begun(), asked.closed()
    for site in asked.all_sites if begun else ():
        final = [course for course in closed if course.site == site]
        done = sum(asked.state(course) in COMPLETED for course in final)
        waiting = sum(course.site == site for course in begun) - len(final)
        kept = {"n": len(final), "completed": done, "not_closed": waiting, **share(done, len(final))}
        yield {KEY: site, "site": asked.source.sites[site], **kept}


@recount("drop_off")
def drop_off(asked: Asked) -> Iterator[Row]:
    """One plan holds in each of these sources."""
    closed = asked.closed()
    for infusion in range(1, closed[0].planned + 1 if closed else 1):
        reached = sum(len(course.days) >= infusion for course in closed)
        rate = share(reached, len(closed), names=("share", "low", "high"))
        yield {"infusion": infusion, "reached": reached, "started": len(closed), **rate}


@recount("stop_reasons")
def stop_reasons(asked: Asked) -> Iterator[Row]:
    found = Counter(course.reason for course in asked.begun() if asked.state(course).startswith("stopped"))
    for reason in (*REASONS, None):
        if found[reason]:
            yield {KEY: reason or "none", "courses": found[reason], **share(found[reason], found.total())}


@recount("due_list", in_order=False)
def due_list(asked: Asked) -> Iterator[Row]:
    """Open courses of any start that have not reached their planned infusions by the clock's day."""
    for course in asked.source.begun:
        had = [day for day in course.days if day <= asked.clock]
        if course.start <= asked.clock < course.end and len(had) < course.planned:
            window = course.start + timedelta(days=course.window)
            plan = {"infusion_due": len(had) + 1, "planned": course.planned, "window_ends_on": window}
            days = {"start_on": course.start, "last_on": had[-1], "days_left": (window - asked.clock).days}
            site = asked.source.sites[course.site]
            yield {"pseudonym": course.patient, "site": site, **plan, **days, "clock": asked.clock}
