"""One good row of each record type, a network to check it against, and short ways to change and check it."""

from collections.abc import Collection, Mapping
from datetime import date

from webapp.domain.intake.local_time import ZoneSpell
from webapp.domain.intake.raw_records import RawRecord
from webapp.domain.intake.row_checks import CheckContext, CheckedRow, Outcome, check_rows
from webapp.domain.intake.rules import Rejection


class Stored:
    """A network that holds one record of each type that may be referred to, at site NY; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def places(self, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
        """Those of the keys that are stored."""
        self.asked.append((record_type, sorted(keys)))
        held = {
            "sites": {"NY": "NY", "LA": "LA"},
            "practitioners": {"P": ""},
            "courses": {"C": "NY"},
            "sessions": {"V": "NY"},
        }
        return {key: place for key, place in held[record_type].items() if key in keys}


ZONES = {
    "NY": (ZoneSpell(date.min, "America/New_York"),),
    "LA": (ZoneSpell(date.min, "America/Los_Angeles"),),
}

GOOD: dict[str, dict[str, str]] = {
    "protocols": {
        "key": "p",
        "indication": "depression",
        "product": "ketamine_iv",
        "valid_from": "2026-01-01",
        "planned_infusions": "6",
        "window_days": "21",
        "lapse_days": "28",
        "horizon_days": "60",
        "dose_low_mg_per_kg": "0.5",
        "dose_high_mg_per_kg": "1.0",
    },
    "sites": {
        "key": "A1",
        "name": "Riverside",
        "zone": "America/Chicago",
        "opened_on": "2024-01-01",
        "closed_on": "2030-01-01",
        "opening_hours": "Mon-Fri 08:00-18:00",
    },
    "practitioners": {"key": "P9", "name": "Dr. Víctor O'Brien", "prescriber": "yes"},
    "credentials": {
        "key": "c",
        "practitioner": "P",
        "kind": "medical_licence",
        "event": "granted",
        "effective_on": "2026-01-01",
        "until": "2099-12-31",
    },
    "accreditations": {
        "key": "a",
        "site": "NY",
        "programme": "AAAHC",
        "event": "corrected",
        "effective_on": "2026-01-01",
        "replaces": "b",
        "corrected_event": "renewed",
    },
    "courses": {
        "key": "c",
        "site": "NY",
        "patient": "12345",
        "indication": "ptsd",
        "product": "ketamine_iv",
        "approved_by": "P",
        "stopped_on": "2026-10-01",
        "stop_reason": "cost",
    },
    "sessions": {
        "key": "s",
        "course": "C",
        "site": "NY",
        "status": "completed",
        "phase": "induction",
        "booked_at": "2026-10-05T09:00",
        "started_at": "2026-10-05T09:10",
        "ended_at": "2026-10-05T09:50",
        "discharged_at": "2026-10-05T12:00",
        "dose_mg": "40.50",
        "weight_kg": "81",
        "route": "intravenous",
        "administered_by": "P",
        "escort_in": "Yes",
        "escort_out": "0",
        "pressure_before": "128/82",
        "stated_infusion": "1.0",
    },
    "screens": {"key": "n", "session": "V", "asked_how": "scale", "finished_at": "2026-10-05T12:00"},
    "side_effects": {
        "key": "e",
        "session": "V",
        "term": "nausea",
        "severity": "2",
        "serious": "no",
        "onset_at": "2026-10-05",
        "resolved_at": "2026-10-05T12:00",
    },
    "ratings": {
        "key": "r",
        "course": "C",
        "instrument": "phq9",
        "rated_at": "2026-10-05",
        "score": "17",
        "suicidality": "1",
    },
}


def check(*records: tuple[str, dict[str, str]], times_zone: str = "", stored: Stored | None = None) -> list[Outcome]:
    """All outcomes of a batch of these records, one to a line."""
    raws = [RawRecord(kind, f"{kind}.csv", line, raw) for line, (kind, raw) in enumerate(records, 2)]
    return list(check_rows(raws, CheckContext(date(2026, 11, 1), ZONES, stored or Stored(), times_zone)))


def checked(kind: str, times_zone: str = "", **changes: str) -> dict[str, object]:
    """The values of the good row of that type with these changes."""
    (outcome,) = check((kind, GOOD[kind] | changes), times_zone=times_zone)
    assert isinstance(outcome, CheckedRow), outcome
    return outcome.values


def rules_of(kind: str, **changes: str) -> list[tuple[str, str]]:
    """Rule and field of each rejection of the good row with these changes."""
    outcomes = check((kind, GOOD[kind] | changes))
    return [(outcome.rule, outcome.field) for outcome in outcomes if isinstance(outcome, Rejection)]
