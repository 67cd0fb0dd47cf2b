"""Raw records to checked rows, or to rejections by named rules, in order of reference and chunk by chunk."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple, Protocol

from webapp.domain.intake.consistency import faults_of
from webapp.domain.intake.field_readers import KEY_LENGTH, Reader, plain_reader, read_day, read_key, read_time
from webapp.domain.intake.known_records import KnownRecords
from webapp.domain.intake.local_time import LocalTime, Moment, ZoneSpell
from webapp.domain.intake.raw_records import Item, LeftOut, RawRecord
from webapp.domain.intake.rules import RefusedError, Rejection, rejection
from webapp.domain.records import BY_NAME, WITHDRAWN, Field, RecordType

CHUNK = 5_000
TEXTS_KEPT = 10_000
TIMED_KINDS = ("instant", "day_or_instant")

DONE_FIELDS = frozenset(
    {
        "cancelled_at", "started_at", "ended_at", "discharged_at", "finished_at", "onset_at", "resolved_at", "rated_at",
        "evaluated_on", "approved_on", "stopped_on", "transferred_on", "stated_on", "monitoring_form_on", "verified_on",
    }
)  # fmt: skip
"""What is recorded once it has happened: never after today."""

REPEATED = "the same row stands in this batch before"
_read_withdrawn = plain_reader(WITHDRAWN, "")

PLANNED_FIELDS = frozenset({"booked_at"})
LONGEST_PLAN = timedelta(days=5 * 366)


class StoredRecords(Protocol):
    """What the network holds already. Asked once per chunk and record type."""

    def places(self, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
        """Of these keys, the stored ones with their site's code: itself for a site, '' where a type has none."""
        ...


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks must know from outside.

    today: the latest day that any site's calendar shows now. zones: the spells of each stored site, by code. stored:
    asked for references. times_zone: the IANA zone of times without an offset, '' for each site's own.
    """

    today: date
    zones: Mapping[str, tuple[ZoneSpell, ...]]
    stored: StoredRecords
    times_zone: str = ""


class CheckedRow(NamedTuple):
    """One record as facts. `values` has every field of its type; None where nothing was sent.

    Values by kind: key, ref, text, choice, hours, zone: str; integer: int; number: Decimal; date: date; instant: aware
    UTC datetime; day_or_instant: Moment; flag: bool; pressure: (systolic, diastolic). A session has two more:
    `on_date`, the site-local day of its start, else of its booking; `local_hour`, the hour of the same on the site's
    clocks, or None.
    """

    record_type: str
    file: str
    line: int
    key: str
    values: dict[str, object]


class WithdrawnRow(NamedTuple):
    """A row by which its record is withdrawn; whether it is held is not looked up here."""

    record_type: str
    file: str
    line: int
    key: str


Outcome = CheckedRow | WithdrawnRow | LeftOut | Rejection


def check_rows(items: Iterable[Item], context: CheckContext, chunk: int = CHUNK) -> Iterator[Outcome]:
    """Check a whole batch. `items` come in order of reference; what is accepted may be referred to by what follows.

    A row that breaks several rules gives one rejection for each; an identical repetition of an accepted row is left
    out.
    """
    batch = _Batch(context)
    stream = iter(items)
    while piece := list(islice(stream, chunk)):
        batch.prepare(item for item in piece if isinstance(item, RawRecord))
        for item in piece:
            if isinstance(item, RawRecord):
                yield from batch.check(item)
            else:
                yield item


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the rows of one type are read: compiled once per batch.

    timed: per field its name, whether a day suffices, and the last day it may name. placed_by: the reference that says
    at which site the record lies.
    """

    blank: dict[str, object]
    required: tuple[str, ...]
    plain: tuple[tuple[str, Reader], ...]
    refs: tuple[tuple[str, str], ...]
    timed: tuple[tuple[str, bool, date], ...]
    placed_by: str


def _plan(record_type: RecordType, today: date) -> _Plan:
    fields = record_type.fields
    refs = tuple((field.name, field.refers_to) for field in fields if field.kind == "ref")
    timed = tuple(
        (f.name, f.kind == "day_or_instant", _last_day(f.name, today)) for f in fields if f.kind in TIMED_KINDS
    )
    outside = {name for name, _ in refs} | {name for name, _, _ in timed}
    placed_by = next((name for wanted in ("sites", "sessions", "courses") for name, to in refs if to == wanted), "")
    return _Plan(
        blank={field.name: None for field in fields},
        required=tuple(field.name for field in fields if field.required),
        plain=tuple((f.name, _reader(f, record_type.name, today)) for f in fields if f.name not in outside),
        refs=refs,
        timed=timed,
        placed_by=placed_by,
    )


def _last_day(name: str, today: date) -> date:
    if name in DONE_FIELDS:
        return today
    return today + LONGEST_PLAN if name in PLANNED_FIELDS else date.max


def _reader(field: Field, record_type: str, today: date) -> Reader:
    read = plain_reader(field, record_type)
    if field.kind == "date" and field.name in DONE_FIELDS:
        read = _until(today, read)
    return read if field.kind in ("key", "text") else _remembering(read)


def _until(last: date, read: Reader) -> Reader:
    def read_done(text: str) -> object:
        day = read(text)
        if isinstance(day, date) and day > last:
            raise RefusedError("future_date", _spoken(last))
        return day

    return read_done


def _remembering(read: Reader) -> Reader:
    """The same reader, which keeps what it has read: most fields hold few different texts."""
    kept: dict[str, object] = {}

    def recall(text: str) -> object:
        value = kept.get(text)
        if value is None:
            value = read(text)
            if len(kept) < TEXTS_KEPT:
                kept[text] = value
        return value

    return recall


Problem = tuple[str, str, str]
"""The rule, the field and the detail."""


class _Batch:
    """One batch under check: its plans, what it has accepted, and the clocks of its sites."""

    def __init__(self, context: CheckContext) -> None:
        self._times_zone = context.times_zone
        self._known = KnownRecords(context.stored.places)
        self._times = LocalTime(context.zones)
        self._plans = {name: _plan(record_type, context.today) for name, record_type in BY_NAME.items()}

    def prepare(self, records: Iterable[RawRecord]) -> None:
        """Ask once for all that a chunk refers to."""
        wanted: dict[str, set[str]] = {}
        for record in records:
            for name, refers_to in self._plans[record.record_type].refs:
                if (key := record.raw.get(name)) and len(key) <= KEY_LENGTH:
                    wanted.setdefault(refers_to, set()).add(key)
        self._known.look_up(wanted)

    def check(self, record: RawRecord) -> Iterator[Outcome]:
        """The one checked row, or what is wrong with it."""
        kind, file, line, raw = record
        plan = self._plans[kind]
        values = plan.blank.copy()
        get = raw.get
        if said := get(WITHDRAWN.name):
            try:
                if _read_withdrawn(said):
                    yield self._withdraw(record, plan)
                    return
            except RefusedError as refused:
                yield rejection(refused.rule, kind, file, line, WITHDRAWN.name, said, refused.detail)
                return
        problems: list[Problem] = [("missing_required", name, "") for name in plan.required if not get(name)]
        for name, read in plan.plain:
            if text := get(name):
                try:
                    values[name] = read(text)
                except RefusedError as refused:
                    problems.append((refused.rule, name, refused.detail))
        site = self._read_refs(plan, raw, values, problems)
        self._read_times(plan, raw, values, site, problems)
        faults = list(faults_of(kind, values))
        if faults:
            refused_by_themselves = {name for _, name, _ in problems} | _unread_times(plan, raw, values)
            problems.extend(fault for fault in faults if fault.field not in refused_by_themselves)
        if problems:
            for rule, name, detail in problems:
                yield rejection(rule, kind, file, line, name, raw.get(name, ""), detail)
            return
        key = str(values["key"])
        place = key if kind == "sites" else site or ""
        taken = self._known.accept(kind, key, place, hash(tuple(map(get, plan.blank))))
        if taken == "repeated":
            yield LeftOut(kind, file, line, REPEATED)
        elif taken == "differs":
            yield rejection("duplicate_key", kind, file, line, "key", key)
        else:
            self._complete(kind, values, plan, site)
            yield CheckedRow(kind, file, line, key, values)

    def _withdraw(self, record: RawRecord, plan: _Plan) -> Outcome:
        """What becomes of a row by which its record is withdrawn: nothing but the key is read."""
        kind, file, line, raw = record
        if not (text := raw.get("key")):
            return rejection("missing_required", kind, file, line, "key")
        try:
            key = str(dict(plan.plain)["key"](text))
        except RefusedError as refused:
            return rejection(refused.rule, kind, file, line, "key", text, refused.detail)
        taken = self._known.withdraw(kind, key)
        if taken == "repeated":
            return LeftOut(kind, file, line, REPEATED)
        return (
            rejection("duplicate_key", kind, file, line, "key", key)
            if taken == "differs"
            else WithdrawnRow(kind, file, line, key)
        )

    def _read_refs(
        self, plan: _Plan, raw: Mapping[str, str], values: dict[str, object], problems: list[Problem]
    ) -> str | None:
        """Read every reference; give the code of the site at which the record lies, None where it has or finds none."""
        site: str | None = None
        for name, refers_to in plan.refs:
            if not (text := raw.get(name)):
                continue
            place = self._known.place(refers_to, text)
            if place is not None:
                values[name] = text
                if name == plan.placed_by:
                    site = place
            else:
                problems.append(_unknown(name, refers_to, text))
        return site

    def _read_times(
        self, plan: _Plan, raw: Mapping[str, str], values: dict[str, object], site: str | None, problems: list[Problem]
    ) -> None:
        """Read instants and moments, both as Moments; without a known site only their form can be checked."""
        for name, day_suffices, last in plan.timed:
            if not (text := raw.get(name)):
                continue
            try:
                if day_suffices and len(text) == 10:
                    moment = Moment(read_day(text), None)
                else:
                    read = read_time(text)
                    if site is None:
                        continue
                    moment = self._times.moment(read, site, self._times_zone)
                if moment.on > last:
                    raise RefusedError("future_date", _spoken(last))
                values[name] = moment
            except RefusedError as refused:
                problems.append((refused.rule, name, refused.detail))

    def _complete(self, kind: str, values: dict[str, object], plan: _Plan, site: str | None) -> None:
        """Add what is derived from the row and the site's clock, and learn the clock of a site that is new."""
        if kind == "sites":
            since = values["zone_from"]
            self._times.learn(str(values["key"]), str(values["zone"]), since if isinstance(since, date) else None)
        elif kind == "sessions" and site is not None:
            moment = values["started_at"] or values["booked_at"]
            if isinstance(moment, Moment):
                values["on_date"] = moment.on
                hour = None if moment.at is None else self._times.local_hour(moment.at, moment.on, site)
                values["local_hour"] = hour
        for name, day_suffices, _ in plan.timed:
            moment = values[name]
            if not day_suffices and isinstance(moment, Moment):
                values[name] = moment.at


def _unread_times(plan: _Plan, raw: Mapping[str, str], values: Mapping[str, object]) -> set[str]:
    """All times of the row, where one was sent that could not be read without knowing its site: none is then judged."""
    names = {name for name, _, _ in plan.timed}
    return names if any(raw.get(name) and values[name] is None for name in names) else set()


def _unknown(name: str, refers_to: str, text: str) -> Problem:
    try:
        read_key(text)
    except RefusedError as refused:
        return refused.rule, name, refused.detail
    return ("unknown_site", name, "") if refers_to == "sites" else ("unknown_reference", name, refers_to)


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
