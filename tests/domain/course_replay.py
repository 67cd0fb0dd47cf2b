"""A second, deliberately plain reading of the course rules: walk through the days and look at each."""

from collections.abc import Sequence
from datetime import date, timedelta

from webapp.domain.courses import CourseFacts, DeliveredSession, Protocol
from webapp.domain.vocabulary import CourseState, Phase

Replayed = tuple[date, date, CourseState, int, bool, str | None]

STOPS = (CourseState.STOPPED_RESPONSE, CourseState.STOPPED_OTHER)


def replay(facts: CourseFacts, sessions: Sequence[DeliveredSession], plan: Protocol, until: date) -> list[Replayed]:
    """Start, end, end state, infusions reached, "as stated" and reason for stopping of each spell, by walking from day to day."""
    if not any(s.phase is Phase.INDUCTION for s in sessions):
        return []
    spells: list[Replayed] = []
    start: date | None = None
    last = today = min(s.on for s in sessions)
    reached = 0
    stated_on = _stated_day(facts, sessions)
    while today <= until:
        given = [s for s in sessions if s.on == today]
        infusions = sum(s.phase is Phase.INDUCTION for s in given)
        again = True
        while again:
            again = False
            if (
                start is None
                and infusions
                and not (spells and spells[-1][1] == today and infusions_used(spells, today))
            ):
                start, last, reached = today, today, 0
            if start is None:
                break
            states, taken = _events(facts, sessions, plan, today, start, last, reached + infusions, stated_on)
            if CourseState.LAPSED in states and len(states) == 1 and not taken:
                spells.append((start, today, CourseState.LAPSED, reached, False, None))
                start, again = None, True
                continue
            reached += infusions
            last = today if given else last
            if states:
                state = min(states, key=list(CourseState).index)
                said = facts.stated_outcome if taken else facts.stop_reason
                spells.append((start, today, state, reached, taken, said if state in STOPS else None))
                stated_on = None if taken else stated_on
                start = None
        today += timedelta(days=1)
    return spells


def infusions_used(spells: list[Replayed], today: date) -> bool:
    """Whether the day's infusions already belong to the spell that ended today (all ends but a derived lapse)."""
    return spells[-1][2] is not CourseState.LAPSED or spells[-1][4]


def _stated_day(facts: CourseFacts, sessions: Sequence[DeliveredSession]) -> date | None:
    if facts.stated_outcome is None:
        return None
    if facts.stated_on is not None:
        return facts.stated_on
    if facts.stated_outcome == "transferred" and facts.transferred_on is not None:
        return facts.transferred_on
    if facts.stated_outcome not in ("completed", "lapsed", "transferred") and facts.stopped_on is not None:
        return facts.stopped_on
    return max(s.on for s in sessions if s.phase is Phase.INDUCTION)


def _events(
    facts: CourseFacts,
    sessions: Sequence[DeliveredSession],
    plan: Protocol,
    today: date,
    start: date,
    last: date,
    reached: int,
    stated_on: date | None,
) -> tuple[set[CourseState], bool]:
    """The terminal events of today in an open spell, and whether the stated outcome is the one."""
    on_time = today <= start + timedelta(days=plan.window_days)
    horizon = start + timedelta(days=plan.horizon_days)
    completed = CourseState.COMPLETED_ON_TIME if on_time else CourseState.COMPLETED_LATE
    if stated_on is not None and start <= stated_on <= horizon:
        if today < stated_on:
            return set(), False
        named = {
            "completed": completed,
            "responded": CourseState.STOPPED_RESPONSE,
            "transferred": CourseState.TRANSFERRED,
            "lapsed": CourseState.LAPSED,
        }
        return {named.get(facts.stated_outcome or "", CourseState.STOPPED_OTHER)}, True
    events = set()
    if reached >= plan.planned_infusions:
        events.add(completed)
    void = any(today < s.on <= today + timedelta(days=plan.lapse_days) for s in sessions)
    if facts.stopped_on == today and not void:
        responded = facts.stop_reason == "responded"
        events.add(CourseState.STOPPED_RESPONSE if responded else CourseState.STOPPED_OTHER)
    if facts.transferred_on == today:
        events.add(CourseState.TRANSFERRED)
    if today == last + timedelta(days=plan.lapse_days + 1):
        events.add(CourseState.LAPSED)
    if today == horizon and not events:
        events.add(CourseState.OPEN_AT_HORIZON)
    return events, False
