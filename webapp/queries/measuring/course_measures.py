"""Courses: how many began, how they ended, which infusions they reached. Courses are counted as they are, without a design effect."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from webapp.domain.intervals import wilson
from webapp.domain.statistics import aalen_johansen, incidence_at
from webapp.queries.cells import Key
from webapp.queries.course_cells import CourseGroup, cohort_of, fetch_course_groups, is_closed
from webapp.queries.course_cohorts import fetch_cohorts
from webapp.queries.course_days import CAUSES, fetch_endings
from webapp.queries.measuring.asking import COURSE_GROUPS, Answers, Asking, MeasureRow


def _course_parts(ask: Asking, groups: Iterable[CourseGroup]) -> dict[Key, list[CourseGroup]]:
    """Courses by the groups asked for; a group is named as a CourseGroup names it."""
    names = {"site": "site_id"}
    parts: dict[Key, list[CourseGroup]] = defaultdict(list)
    for group in groups:
        parts[tuple(getattr(group, names.get(name, name)) for name in ask.by)].append(group)
    return parts


def _cohorts(ask: Asking) -> list[CourseGroup]:
    """The courses by what is asked for: out of the cells, unless it is why they were stopped."""
    if "stop_reason" in ask.by:
        return fetch_course_groups(ask.scope, ask.db, ask.selection)
    return fetch_cohorts(ask.scope, ask.db, ask.selection, ask.by)


def _course_completion(ask: Asking) -> Iterable[MeasureRow]:
    for key, groups in _course_parts(ask, _cohorts(ask)).items():
        cohort = cohort_of(groups)
        k, n = cohort.closed_completed, cohort.closed_started
        bounds = (cohort.lowest or 0.0, cohort.highest or 0.0) if not cohort.closed else None
        excluded = {"in cohorts not yet closed": cohort.started - cohort.closed_started}
        yield MeasureRow(ask.keyed(key), k, n, float(n), wilson(k, n) if n else None, bounds, excluded)


def _course_starts(ask: Asking) -> Iterable[MeasureRow]:
    return [
        MeasureRow(ask.keyed(key), sum(g.courses for g in groups))
        for key, groups in _course_parts(ask, _cohorts(ask)).items()
    ]


def _course_states(ask: Asking) -> Iterable[MeasureRow]:
    """Courses in each state, over all started courses of the rest of the group."""
    totals: dict[Key, int] = defaultdict(int)
    parts = _course_parts(ask, _cohorts(ask))
    place = ask.by.index("state") if "state" in ask.by else None
    for key, groups in parts.items():
        rest = key if place is None else key[:place] + key[place + 1 :]
        totals[rest] += sum(g.courses for g in groups)
    for key, groups in parts.items():
        rest = key if place is None else key[:place] + key[place + 1 :]
        k, n = sum(g.courses for g in groups), totals[rest]
        yield MeasureRow(ask.keyed(key), k, n, float(n), wilson(k, n))


def _drop_off(ask: Asking) -> Iterable[MeasureRow]:
    """The share of started courses of closed cohorts that reached each infusion up to the planned one."""
    by_rest = tuple(name for name in ask.by if name != "infusion")
    rest = ask.grouped(by_rest)
    for key, groups in _course_parts(rest, fetch_course_groups(ask.scope, ask.db, ask.selection)).items():
        closed = _of_closed_cohorts(groups)
        excluded = sum(g.courses for g in groups) - sum(g.courses for g in closed)
        for infusion in range(1, max((g.planned for g in closed), default=0) + 1):
            # Where plans differ, a course counts only up to the infusions that its own plan holds.
            among = [g for g in closed if g.planned >= infusion]
            n = sum(g.courses for g in among)
            k = sum(g.courses for g in among if g.reached >= infusion)
            yield MeasureRow(
                {**rest.keyed(key), "infusion": infusion},
                k,
                n,
                float(n),
                wilson(k, n) if n else None,
                None,
                {"in cohorts not yet closed": excluded},
            )


def _of_closed_cohorts(groups: Sequence[CourseGroup]) -> list[CourseGroup]:
    """Those whose site and start month have reached their horizon."""
    parts: dict[tuple[UUID, date], list[CourseGroup]] = defaultdict(list)
    for group in groups:
        parts[group.site_id, group.month].append(group)
    return [group for part in parts.values() if is_closed(part) for group in part]


def _completion_incidence(ask: Asking) -> Iterable[MeasureRow]:
    """By cause: the courses that ended so, of all started; the interval is that of the probability by the horizon."""
    for site_id, found in fetch_endings(ask.scope, ask.db, ask.selection, by_site="site" in ask.by).items():
        curves = aalen_johansen(found.events, found.censored, found.horizon)
        for cause in CAUSES if "cause" in ask.by else CAUSES[:1]:
            ended = sum(by_cause.get(cause, 0) for by_cause in found.events.values())
            point = incidence_at(curves.get(cause, ()), found.horizon)
            interval = point.interval() if found.started else None
            key = ask.keyed(ask.key_of({"site": site_id, "cause": cause}))
            open_now = {"open on that day": sum(found.censored.values())}
            yield MeasureRow(key, ended, found.started, float(found.started), interval, None, {}, open_now)


ANSWERS: Answers = {
    "course_starts": (COURSE_GROUPS, _course_starts),
    "course_completion": (COURSE_GROUPS, _course_completion),
    "course_states": ((*COURSE_GROUPS, "state", "stop_reason"), _course_states),
    "completion_incidence": (("site", "cause"), _completion_incidence),
    "drop_off": ((*COURSE_GROUPS, "infusion"), _drop_off),
}
