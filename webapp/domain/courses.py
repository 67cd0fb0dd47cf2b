"""Courses as they are counted: from one course's recorded facts to spells, each with the one state it is in on a day.

A *spell* is one started course in the sense of every course measure. A source's course usually holds one spell; it
holds more when an induction session follows a terminal event (a re-induction).

What decides (all days are site-local; `first` is the spell's first delivered induction session):

- completed on time / late: the planned-th delivered induction session, at most `window_days` / `horizon_days` after
  first;
- stopped: `stopped_on`, unless a delivered session of any phase follows on a later day, at most `lapse_days` after it:
  such a stop is void and is filed as a finding when it would have decided the state;
- transferred: `transferred_on`;
- lapsed: the last delivered session of any phase + `lapse_days` + 1 day;
- open at horizon: first + `horizon_days`.

The earliest of these days decides and is final; on one day the order above decides.

Where the definition leaves a choice, this is the one taken:

- Only a delivered *induction* session starts a spell. Maintenance sessions are placed in the spell in progress or last
  ended, those before any induction in the first spell, all with infusion number 0. A course of maintenance sessions
  alone has no spell.
- A session on the day of a terminal event belongs to the ending spell, since a stop or a discharge is recorded after
  the session; only a lapse takes effect at the start of its day, so that an induction session on that day opens the
  next spell (unless that session is the planned-th: then completion and lapse fall on one day and the order above
  decides).
- Sessions are taken in order of day, then time, those without a time first, then id.
- A stop, transfer or stated outcome acts on the spell in which its day falls; between two spells it acts on none, and
  before the first it is a finding.
- A stated outcome replaces completion, stop, transfer and lapse in the spell whose first .. first + `horizon_days`
  holds its day; the horizon itself still stands, or a closed cohort would not be closed. A stated outcome beyond the
  horizon of every spell is a finding. Without a day it is dated by the stop or transfer it names, else by the last
  delivered induction session.
- A stated stop is never void: sessions after it open the next spell.
- The reason of a stop belongs to the spell that it ended: the stated outcome where the end is as stated, else
  `stop_reason` where `stopped_on` decided. A spell that ended otherwise has none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from webapp.domain.vocabulary import CourseState, Phase, StopReason


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a course of one indication and product is meant to be, for courses that start on `valid_from` or later."""

    indication: str
    product: str
    valid_from: date
    planned_infusions: int
    window_days: int
    lapse_days: int
    horizon_days: int


DEFAULT_PLAN = (6, 21, 28, 60)
"""Planned infusions, window, lapse and horizon where a network has stated none: six infusions over two to three weeks.
"""


@dataclass(frozen=True, slots=True)
class DeliveredSession:
    """One delivered session: `on` is the site-local day of its start, `at` the instant where it is known."""

    session_id: UUID
    on: date
    at: datetime | None
    phase: Phase


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What is recorded about one course beside its sessions. `stated_outcome` is one of `records.STOP_OUTCOMES`."""

    course_id: UUID
    stopped_on: date | None = None
    stop_reason: str | None = None
    transferred_on: date | None = None
    stated_outcome: str | None = None
    stated_on: date | None = None


class CourseFinding(StrEnum):
    """What does not fit together in one course's records. The value is a stable code; `FINDING_SENTENCES` has the
    words.
    """

    VOID_STOP = "void_stop"
    BEFORE_START = "outcome_before_start"
    AFTER_TRANSFER = "session_after_transfer"
    AFTER_STATED = "session_after_stated_outcome"
    BEYOND_HORIZON = "stated_outcome_beyond_horizon"


FINDING_SENTENCES: dict[CourseFinding, str] = {
    CourseFinding.VOID_STOP: (
        "The stop is void: a delivered session follows it within the lapse. Correct the stop or the session."
    ),
    CourseFinding.BEFORE_START: (
        "A stop, transfer or stated outcome is dated before the first delivered induction session."
    ),
    CourseFinding.AFTER_TRANSFER: "A delivered session follows the transfer out of the network within the lapse.",
    CourseFinding.AFTER_STATED: (
        "A delivered induction session follows the outcome that the sending system states, within the lapse."
    ),
    CourseFinding.BEYOND_HORIZON: (
        "The stated outcome is dated after the horizon; the course counts as open at horizon or as derived."
    ),
}


@dataclass(frozen=True, slots=True)
class Spell:
    """One started course as it is counted.

    ordinal: 1 for the first, more for a re-induction. start_on: first delivered induction session. end_state, end_on:
    the terminal event as if no more data came; it counts only from `end_on` on (`state_on`). stop_reason: why it was
    stopped, one of `StopReason`; None where it was not, or nobody said. as_stated: the sending system's own outcome.
    places: session id and infusion number, 0 = booster. reached: delivered induction sessions. findings: codes.
    """

    ordinal: int
    start_on: date
    end_state: CourseState
    end_on: date
    stop_reason: str | None
    as_stated: bool
    places: tuple[tuple[UUID, int], ...]
    reached: int
    findings: tuple[str, ...]


class _End(NamedTuple):
    on: date
    order: int


class _Ending(NamedTuple):
    """What ended a spell, the reason if it was a stop, whether it is the stated outcome, and what does not fit."""

    end: _End
    reason: str | None
    taken: bool
    findings: list[str]


_STATES = tuple(CourseState)
_ORDER = {state: order for order, state in enumerate(_STATES)}
_REASONS = frozenset(reason.value for reason in StopReason)
_NO_TIME = datetime.min.replace(tzinfo=UTC)


def protocol_on(protocols: Iterable[Protocol], indication: str, product: str, on: date) -> Protocol:
    """The version in force on that day: the latest `valid_from` not after it; the default plan where there is none."""
    found: Protocol | None = None
    for protocol in protocols:
        fits = protocol.indication == indication and protocol.product == product and protocol.valid_from <= on
        if fits and (found is None or protocol.valid_from >= found.valid_from):
            found = protocol
    return found or Protocol(indication, product, date.min, *DEFAULT_PLAN)


def spells_of(facts: CourseFacts, sessions: Sequence[DeliveredSession], protocol: Protocol) -> tuple[Spell, ...]:
    """All spells of one course in order of start, under one protocol. `sessions`: delivered only, in any order."""
    return spells_by_start(facts, sessions, lambda _: protocol)


def spells_by_start(
    facts: CourseFacts, sessions: Sequence[DeliveredSession], protocol_at: Callable[[date], Protocol]
) -> tuple[Spell, ...]:
    """As `spells_of`, where each spell is governed by the protocol version of its own first day."""
    ordered = sorted(sessions, key=_in_time_order)
    first = next((i for i, session in enumerate(ordered) if session.phase is Phase.INDUCTION), None)
    if first is None:
        return ()
    stated = _stated_end(facts, ordered)
    spells: list[Spell] = []
    placed = 0
    start: int | None = first
    while start is not None:
        protocol = protocol_at(ordered[start].on)
        end, reason, taken, findings = _end_of(facts, ordered, start, protocol, stated)
        following = _next_start(ordered, start, end, taken)
        stop = len(ordered) if following is None else following
        places, reached = _places(ordered[placed:stop], start - placed)
        spells.append(
            Spell(
                ordinal=len(spells) + 1,
                start_on=ordered[start].on,
                end_state=_STATES[end.order],
                end_on=end.on,
                stop_reason=reason,
                as_stated=taken,
                places=places,
                reached=reached,
                findings=tuple(findings),
            )
        )
        placed, start = stop, following
        stated = None if taken else stated
    return _with_course_findings(spells, facts, stated)


def state_on(spell: Spell, on: date) -> CourseState:
    """The spell's state on a day that its site's clock has reached: `on` = min(as-of, data-through), not before the
    start.
    """
    if on < spell.start_on:
        raise ValueError(f"The course starts on {spell.start_on}; it has no state on {on}.")
    return spell.end_state if on >= spell.end_on else CourseState.OPEN


def _in_time_order(session: DeliveredSession) -> tuple[date, datetime, int]:
    return session.on, session.at or _NO_TIME, session.session_id.int


def _stated_end(facts: CourseFacts, ordered: Sequence[DeliveredSession]) -> tuple[str, date] | None:
    """The stated outcome with its day, supplied where the source left the day out."""
    outcome = facts.stated_outcome
    if not outcome:
        return None
    day = facts.stated_on
    if day is None and outcome == "transferred":
        day = facts.transferred_on
    if day is None and outcome not in ("completed", "transferred", "lapsed"):
        day = facts.stopped_on
    return outcome, day or max(session.on for session in ordered if session.phase is Phase.INDUCTION)


def _end_of(
    facts: CourseFacts,
    ordered: Sequence[DeliveredSession],
    start: int,
    protocol: Protocol,
    stated: tuple[str, date] | None,
) -> _Ending:
    """The terminal event of the spell that starts there, with its reason, its origin and what does not fit."""
    first = ordered[start].on
    horizon = _End(first + timedelta(days=protocol.horizon_days), _ORDER[CourseState.OPEN_AT_HORIZON])
    if stated is not None and first <= stated[1] <= horizon.on:
        state = _stated_state(stated[0], (stated[1] - first).days <= protocol.window_days)
        follows = _follows(ordered, stated[1], protocol.lapse_days, induction_only=True)
        reason = stated[0] if stated[0] in _REASONS else None
        return _Ending(_End(stated[1], _ORDER[state]), reason, True, [CourseFinding.AFTER_STATED] if follows else [])
    ends = [horizon, *_ends_by_sessions(ordered, start, protocol)]
    if facts.transferred_on is not None and facts.transferred_on >= first:
        ends.append(_End(facts.transferred_on, _ORDER[CourseState.TRANSFERRED]))
    end, reason = min(ends), None
    findings: list[str] = []
    if facts.stopped_on is not None and facts.stopped_on >= first:
        stop = _End(facts.stopped_on, _ORDER[_stop_state(facts.stop_reason)])
        if stop < end and _follows(ordered, stop.on, protocol.lapse_days):
            findings.append(CourseFinding.VOID_STOP)
        elif stop < end:
            end, reason = stop, facts.stop_reason
    if end.order == _ORDER[CourseState.TRANSFERRED] and _follows(ordered, end.on, protocol.lapse_days):
        findings.append(CourseFinding.AFTER_TRANSFER)
    return _Ending(end, reason, False, findings)


def _ends_by_sessions(ordered: Sequence[DeliveredSession], start: int, protocol: Protocol) -> list[_End]:
    """The lapse, and the completion where it does not come after the lapse or the horizon."""
    first = last = ordered[start].on
    reached = 0
    ends: list[_End] = []
    for i in range(start, len(ordered)):
        session = ordered[i]
        gap = (session.on - last).days
        reached += session.phase is Phase.INDUCTION
        if gap > protocol.lapse_days + 1:
            break
        if reached == protocol.planned_infusions and session.phase is Phase.INDUCTION:
            after = (session.on - first).days
            if after <= protocol.horizon_days:
                state = _stated_state("completed", after <= protocol.window_days)
                ends.append(_End(session.on, _ORDER[state]))
            break
        if gap <= protocol.lapse_days:
            last = session.on
    ends.append(_End(last + timedelta(days=protocol.lapse_days + 1), _ORDER[CourseState.LAPSED]))
    return ends


def _stated_state(outcome: str, in_window: bool) -> CourseState:
    match outcome:
        case "completed":
            return CourseState.COMPLETED_ON_TIME if in_window else CourseState.COMPLETED_LATE
        case "transferred":
            return CourseState.TRANSFERRED
        case "lapsed":
            return CourseState.LAPSED
        case _:
            return _stop_state(outcome)


def _stop_state(reason: str | None) -> CourseState:
    return CourseState.STOPPED_RESPONSE if reason == StopReason.RESPONDED else CourseState.STOPPED_OTHER


def _follows(ordered: Sequence[DeliveredSession], day: date, within: int, induction_only: bool = False) -> bool:
    """Whether a delivered session follows on a later day, at most `within` days after it."""
    return any(
        0 < (session.on - day).days <= within and (session.phase is Phase.INDUCTION or not induction_only)
        for session in ordered
    )


def _next_start(ordered: Sequence[DeliveredSession], start: int, end: _End, taken: bool) -> int | None:
    """The induction session that opens the next spell: after the terminal day, or on that of a derived lapse."""
    lapsed = end.order == _ORDER[CourseState.LAPSED] and not taken
    for i in range(start + 1, len(ordered)):
        session = ordered[i]
        if session.phase is Phase.INDUCTION and (session.on > end.on or (lapsed and session.on == end.on)):
            return i
    return None


def _places(sessions: Sequence[DeliveredSession], first: int) -> tuple[tuple[tuple[UUID, int], ...], int]:
    """The infusion number of each session, counted from the induction session at index `first`; 0 for maintenance."""
    number = 0
    places: list[tuple[UUID, int]] = []
    for i, session in enumerate(sessions):
        if i >= first and session.phase is Phase.INDUCTION:
            number += 1
            places.append((session.session_id, number))
        else:
            places.append((session.session_id, 0))
    return tuple(places), number


def _with_course_findings(
    spells: list[Spell], facts: CourseFacts, untaken: tuple[str, date] | None
) -> tuple[Spell, ...]:
    """Add what concerns the whole course: to the first spell what lies before it, to the last what lies beyond."""
    first = spells[0].start_on
    early = [day for day in (facts.stopped_on, facts.transferred_on, untaken and untaken[1]) if day and day < first]
    if early:
        spells[0] = _adding(spells[0], CourseFinding.BEFORE_START)
    if untaken is not None and untaken[1] >= first:
        spells[-1] = _adding(spells[-1], CourseFinding.BEYOND_HORIZON)
    return tuple(spells)


def _adding(spell: Spell, finding: CourseFinding) -> Spell:
    return replace(spell, findings=(*spell.findings, finding))
