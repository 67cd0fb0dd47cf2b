"""How an accreditation or a credential stands on a day, as known at an instant: a pure function of append-only records.

The records are those of one subject (a site's programme, or a practitioner's credential of one kind and state). Two
times: a record takes effect on `effective_on` (`until` is the last valid day) and was recorded at `recorded_at`; asking
with `known_at` sees only what had been recorded by then.

Corrections. A `corrected` record stands in for the record it names: its `corrected_event`, `effective_on` and `until`
replace the named record's. Without a `corrected_event` it voids the record it names. Corrections of corrections follow
the same rule, so that voiding a correction brings back what it had replaced. Of several corrections of one record the
last recorded decides. A correction that names no known record changes nothing.

Rules where records overlap or contradict each other:

- Records act in the order of their effective day. On one day the one recorded later acts later; recorded at the same
  instant, the less favourable acts later and so decides. A correction keeps the place of the record that it corrects.
- `granted` begins a new term and ends everything before it. `renewed` sets the term's last day and leaves conditions
  and a suspension in place; it does not revive what was revoked or withdrawn. A later term replaces an earlier one,
  even where it ends sooner.
- `conditions_imposed` and `suspended` hold until their own `until`, a `reinstated` or a new `granted`. `reinstated`
  lifts the revocation or withdrawal, else the suspension, else the conditions, and sets the term's last day where it
  names one.
- `renewed` or `reinstated` with no earlier term gives the term it names: the grant is missing from the records, not
  from the world.
- After the term's last day it is expired, also while suspended. `applied` means pending only where nothing is in force
  that day.
- A record whose `until` lies before its `effective_on` says nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from webapp.domain.vocabulary import VALID_STANDINGS, RecordEvent, Standing


class StandingRecord(NamedTuple):
    """One append-only record. `replaces` and `corrected_event` belong to `corrected` records only."""

    record_id: UUID
    event: RecordEvent
    effective_on: date
    until: date | None
    recorded_at: datetime
    replaces: UUID | None = None
    corrected_event: RecordEvent | None = None
    note: str = ""


class StandingAsOf(NamedTuple):
    """The standing on a day. since: first day of this unbroken standing, None when it was always so.

    until: its last day as the records in force on the day say, None when no end is known. record_id: the record that
    decides.
    """

    standing: Standing
    since: date | None
    until: date | None
    record_id: UUID | None

    @property
    def is_valid(self) -> bool:
        """Whether it counts on that day (conditional counts, noted)."""
        return self.standing in VALID_STANDINGS


class StandingSpan(NamedTuple):
    """Days `start .. next span's start` of one answer. `start` is date.min for the first."""

    start: date
    answer: StandingAsOf


@dataclass(frozen=True, slots=True)
class StandingChange:
    """A day on which the standing becomes another one."""

    on: date
    before: Standing
    after: Standing
    record_id: UUID | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A valid standing that ends: its last valid day, the days left from the day asked for, and what follows."""

    last_valid_on: date
    days_left: int
    then: Standing
    record_id: UUID | None


@dataclass(slots=True)
class _Term:
    until: date | None
    record_id: UUID


@dataclass(slots=True)
class _InForce:
    """What the records up to a day have built up. A hold is (last day or None, deciding record)."""

    term: _Term | None = None
    gone: tuple[Standing, UUID] | None = None
    suspension: _Term | None = None
    conditions: _Term | None = None
    application: _Term | None = None


_LESS_FAVOURABLE_LATER = (
    RecordEvent.APPLIED,
    RecordEvent.GRANTED,
    RecordEvent.RENEWED,
    RecordEvent.REINSTATED,
    RecordEvent.CONDITIONS,
    RecordEvent.SUSPENDED,
    RecordEvent.WITHDRAWN,
    RecordEvent.REVOKED,
)
_FAVOUR = {event: order for order, event in enumerate(_LESS_FAVOURABLE_LATER)}
_IN_FORCE = (*VALID_STANDINGS, Standing.SUSPENDED)


def status_as_of(records: Iterable[StandingRecord], on_date: date, known_at: datetime | None = None) -> StandingAsOf:
    """How it stands on that day, as known at that instant (None: all that is recorded)."""
    return answer_on(spans_known_at(records, known_at), on_date)


def answer_on(spans: Sequence[StandingSpan], on_date: date) -> StandingAsOf:
    """The answer for a day out of spans made once: for asking many days of one subject."""
    return spans[bisect_right(spans, on_date, key=lambda span: span.start) - 1].answer


def spans_known_at(records: Iterable[StandingRecord], known_at: datetime | None = None) -> tuple[StandingSpan, ...]:
    """The whole life of one subject as known then: spans in order of day, the first from date.min, with no gaps."""
    events = sorted(
        standing_records(records, known_at),
        key=lambda r: (r.effective_on, r.recorded_at, _FAVOUR[r.event], r.record_id.int),
    )
    days = {event.effective_on for event in events} | {_day_after(event.until) for event in events if event.until}
    spans = [StandingSpan(date.min, StandingAsOf(Standing.NONE, None, None, None))]
    state = _InForce()
    position = 0
    for day in sorted(days):
        while position < len(events) and events[position].effective_on == day:
            _apply(state, events[position])
            position += 1
        answer = _answer(state, day)
        last = spans[-1].answer
        since = last.since if last.standing is answer.standing else day
        answer = StandingAsOf(answer.standing, since, answer.until, answer.record_id)
        if answer != last:
            spans.append(StandingSpan(day, answer))
    return tuple(spans)


def standing_records(records: Iterable[StandingRecord], known_at: datetime | None = None) -> list[StandingRecord]:
    """The records that count at that instant, corrections worked in; a corrected record keeps its place of recording.

    Its `record_id` becomes that of the correction, so that the answer names the record that says it.
    """
    known = [r for r in records if known_at is None or r.recorded_at <= known_at]
    corrections: dict[UUID, list[StandingRecord]] = {}
    correcting = [r for r in known if r.event is RecordEvent.CORRECTED]
    for record in sorted(correcting, key=lambda r: (r.recorded_at, r.record_id.int)):
        if record.replaces is not None:
            corrections.setdefault(record.replaces, []).append(record)
    found = []
    for record in known:
        if record.event is not RecordEvent.CORRECTED:
            stands = _resolve(record, corrections)
            if isinstance(stands, StandingRecord) and (stands.until is None or stands.until >= stands.effective_on):
                found.append(stands if stands is record else stands._replace(recorded_at=record.recorded_at))
    return found


def changes_between(
    records: Iterable[StandingRecord], start: date, end: date, known_at: datetime | None = None
) -> tuple[StandingChange, ...]:
    """The days in [start, end) on which the standing becomes another one."""
    spans = spans_known_at(records, known_at)
    return tuple(
        StandingChange(span.start, before.answer.standing, span.answer.standing, span.answer.record_id)
        for before, span in pairwise(spans)
        if start <= span.start < end and before.answer.standing is not span.answer.standing
    )


def ending_within(spans: Sequence[StandingSpan], on: date, days: int) -> Ending | None:
    """Valid on `on`, and no longer so within `days` days: what ends. A renewal already recorded prevents it. None
    otherwise.
    """
    deciding = answer_on(spans, on)
    if not deciding.is_valid:
        return None
    for span in spans:
        if span.start <= on:
            continue
        if not span.answer.is_valid:
            last = span.start - timedelta(days=1)
            left = (last - on).days
            return Ending(last, left, span.answer.standing, deciding.record_id) if left <= days else None
        deciding = span.answer
    return None


def _resolve(record: StandingRecord, corrections: dict[UUID, list[StandingRecord]]) -> StandingRecord | str:
    """What a record says with its own corrections worked in: a record, "voids" (a voiding correction) or "undone"."""
    for correction in reversed(corrections.get(record.record_id, [])):
        stands = _resolve(correction, corrections)
        if stands == "voids":
            return "undone"
        if stands != "undone":
            return stands
    if record.event is not RecordEvent.CORRECTED:
        return record
    if record.corrected_event is None or record.corrected_event is RecordEvent.CORRECTED:
        return "voids"
    return record._replace(event=record.corrected_event, replaces=None, corrected_event=None)


def _apply(state: _InForce, record: StandingRecord) -> None:
    hold = _Term(record.until, record.record_id)
    match record.event:
        case RecordEvent.APPLIED:
            if _answer(state, record.effective_on).standing not in _IN_FORCE:
                state.application = hold
        case RecordEvent.GRANTED:
            state.term = hold
            state.gone = state.suspension = state.conditions = state.application = None
        case RecordEvent.RENEWED:
            if state.gone is None:
                state.term, state.application = hold, None
        case RecordEvent.REINSTATED:
            _reinstate(state, record, hold)
        case RecordEvent.CONDITIONS:
            state.conditions = hold
        case RecordEvent.SUSPENDED:
            state.suspension, state.application = hold, None
        case RecordEvent.REVOKED:
            state.gone, state.application = (Standing.REVOKED, record.record_id), None
        case RecordEvent.WITHDRAWN:
            state.gone, state.application = (Standing.WITHDRAWN, record.record_id), None


def _reinstate(state: _InForce, record: StandingRecord, hold: _Term) -> None:
    if state.gone is not None:
        state.gone = None
    elif _holds(state.suspension, record.effective_on):
        state.suspension = None
    else:
        state.conditions = None
    if state.term is None or record.until is not None:
        state.term = hold
    state.application = None


def _holds(hold: _Term | None, day: date) -> bool:
    return hold is not None and (hold.until is None or day <= hold.until)


def _answer(state: _InForce, day: date) -> StandingAsOf:
    """The standing on a day by what is in force; `since` is filled in by the caller."""
    if state.application is not None and _holds(state.application, day):
        return StandingAsOf(Standing.PENDING, None, state.application.until, state.application.record_id)
    if state.gone is not None:
        return StandingAsOf(state.gone[0], None, None, state.gone[1])
    if state.term is not None and not _holds(state.term, day):
        return StandingAsOf(Standing.EXPIRED, None, None, state.term.record_id)
    if state.suspension is not None and _holds(state.suspension, day):
        return _held(Standing.SUSPENDED, state.suspension, state.term)
    if state.term is None:
        return StandingAsOf(Standing.NONE, None, None, None)
    if state.conditions is not None and _holds(state.conditions, day):
        return _held(Standing.CONDITIONAL, state.conditions, state.term)
    return StandingAsOf(Standing.ACCREDITED, None, state.term.until, state.term.record_id)


def _held(standing: Standing, hold: _Term, term: _Term | None) -> StandingAsOf:
    ends = [day for day in (hold.until, term and term.until) if day]
    return StandingAsOf(standing, None, min(ends, default=None), hold.record_id)


def _day_after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
