"""What the fields of one row say together: what is surely wrong is refused; the merely odd is a finding, elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from webapp.domain.intake.local_time import Moment
from webapp.domain.vocabulary import DELIVERED, SCORE_RANGE, Instrument, RecordEvent, Serious, Status

Values = Mapping[str, object]

LONGEST_SESSION = timedelta(hours=24)
HIGHEST_MG_PER_KG = Decimal(20)
LOWEST_MG_PER_KG = Decimal("0.005")
"""Beyond any use of ketamine or esketamine, anaesthesia included: such a dose is a unit's mistake."""

SUICIDALITY_RANGE: dict[Instrument, tuple[int, int]] = {
    Instrument.PHQ9: (0, 3),
    Instrument.MADRS: (0, 6),
    Instrument.QIDS: (0, 3),
    Instrument.CSSRS: (0, 5),
}
"""The range of each scale's own item on suicidal thoughts; the other scales have none."""


class Fault(NamedTuple):
    """A rule that the row as a whole breaks, and the field to look at first."""

    rule: str
    field: str
    detail: str = ""


def faults_of(record_type: str, values: Values) -> Iterator[Fault]:
    """Every rule on combined fields that this row breaks.

    Times of either kind are Moments here. Fields that were refused by themselves are absent or None.
    """
    check = _CHECKS.get(record_type)
    return check(values) if check is not None else iter(())


def _session(values: Values) -> Iterator[Fault]:
    status = values.get("status")
    if values.get("started_at") is None:
        if values.get("booked_at") is None:
            yield Fault("no_day", "started_at")
        elif status in DELIVERED:
            yield Fault("delivered_without_start", "started_at", str(status))
    if status in (Status.CANCELLED, Status.NO_SHOW):
        for field in ("started_at", "ended_at"):
            if values.get(field) is not None:
                yield Fault("not_delivered_but_given", field, str(status))
    yield from _session_order(values)
    yield from _session_dose(values, status)


def _session_order(values: Values) -> Iterator[Fault]:
    started, ended, discharged = values.get("started_at"), values.get("ended_at"), values.get("discharged_at")
    if _precedes(ended, started):
        yield Fault("end_before_start", "ended_at", "started_at")
    elif _exceeds(started, ended, LONGEST_SESSION):
        yield Fault("too_long_session", "ended_at", "started_at")
    if _precedes(discharged, ended):
        yield Fault("end_before_start", "discharged_at", "ended_at")
    elif _precedes(discharged, started):
        yield Fault("end_before_start", "discharged_at", "started_at")
    elif _exceeds(started, discharged, LONGEST_SESSION):
        yield Fault("too_long_session", "discharged_at", "started_at")


def _session_dose(values: Values, status: object) -> Iterator[Fault]:
    dose, weight = values.get("dose_mg"), values.get("weight_kg")
    if not isinstance(dose, Decimal):
        return
    if dose and status is not None and status not in DELIVERED:
        yield Fault("not_delivered_but_given", "dose_mg", str(status))
    elif not dose and status == Status.COMPLETED:
        yield Fault("dose_not_possible", "dose_mg", "but the session is completed")
    elif isinstance(weight, Decimal) and dose:
        per_kg = dose / weight
        if per_kg > HIGHEST_MG_PER_KG or (per_kg < LOWEST_MG_PER_KG and status == Status.COMPLETED):
            yield Fault("dose_not_possible", "dose_mg", f"{per_kg:.4f} mg per kg")


def _course(values: Values) -> Iterator[Fault]:
    if values.get("stop_reason") is not None and values.get("stopped_on") is None:
        yield Fault("reason_without_stop", "stopped_on", str(values["stop_reason"]))


def _side_effect(values: Values) -> Iterator[Fault]:
    if _precedes(values.get("resolved_at"), values.get("onset_at")):
        yield Fault("end_before_start", "resolved_at", "onset_at")
    severity, serious = values.get("severity"), values.get("serious")
    if severity is None or serious is None:
        return
    if (severity == 5) != (serious == Serious.DEATH):
        yield Fault("death_mismatch", "severity", f"serious is {serious}")


def _rating(values: Values) -> Iterator[Fault]:
    instrument = values.get("instrument")
    if not isinstance(instrument, str):
        return
    scale = Instrument(instrument)
    score, item = values.get("score"), values.get("suicidality")
    low, high = SCORE_RANGE[scale]
    if isinstance(score, int) and not low <= score <= high:
        yield Fault("score_out_of_range", "score", f"{scale} scores run from {low} to {high}")
    if not isinstance(item, int):
        return
    span = SUICIDALITY_RANGE.get(scale)
    if span is None:
        yield Fault("score_out_of_range", "suicidality", f"{scale} there is no such item")
    elif not span[0] <= item <= span[1]:
        yield Fault("score_out_of_range", "suicidality", f"{scale} the item runs from {span[0]} to {span[1]}")


def _standing(values: Values) -> Iterator[Fault]:
    if _precedes(values.get("until"), values.get("effective_on")):
        yield Fault("end_before_start", "until", "effective_on")
    event = values.get("event")
    corrected = event == RecordEvent.CORRECTED
    instead = values.get("corrected_event")
    if event is not None and corrected != (values.get("replaces") is not None):
        yield Fault("replaces_mismatch", "replaces", str(event))
    elif instead is not None and (not corrected or instead == RecordEvent.CORRECTED):
        yield Fault("replaces_mismatch", "corrected_event", str(event))


def _site(values: Values) -> Iterator[Fault]:
    if _precedes(values.get("closed_on"), values.get("opened_on")):
        yield Fault("end_before_start", "closed_on", "opened_on")


def _protocol(values: Values) -> Iterator[Fault]:
    for low, high in (("window_days", "horizon_days"), ("dose_low_mg_per_kg", "dose_high_mg_per_kg")):
        below, above = values.get(low), values.get(high)
        if isinstance(below, int | Decimal) and isinstance(above, int | Decimal) and above < below:
            yield Fault("limits_crossed", high, f"{low}, which is {below}")


def _precedes(later: object, earlier: object) -> bool:
    """Whether what should be later lies before: by the instant where both have one, else by the day."""
    if isinstance(later, Moment) and isinstance(earlier, Moment):
        if later.at is not None and earlier.at is not None:
            return later.at < earlier.at
        return later.on < earlier.on
    if isinstance(later, date) and isinstance(earlier, date):
        return later < earlier
    return False


def _exceeds(start: object, end: object, longest: timedelta) -> bool:
    if not (isinstance(start, Moment) and isinstance(end, Moment)):
        return False
    if start.at is not None and end.at is not None:
        return end.at - start.at > longest
    return end.on - start.on > longest


_CHECKS: dict[str, Callable[[Values], Iterator[Fault]]] = {
    "protocols": _protocol,
    "sites": _site,
    "credentials": _standing,
    "accreditations": _standing,
    "courses": _course,
    "sessions": _session,
    "side_effects": _side_effect,
    "ratings": _rating,
}
