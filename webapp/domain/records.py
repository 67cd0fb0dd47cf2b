"""The record types of the CSV format as data: what may be sent in, field by field.

The row checks, the column mapping, the fact tables, the simulator and docs/csv-format.md all read this one list, so that
a field has one name, one meaning and one range everywhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from webapp.domain.vocabulary import (
    AskedHow,
    Indication,
    Instrument,
    Phase,
    Product,
    RecordEvent,
    Route,
    Serious,
    Status,
    StopReason,
    Term,
)

FieldKind = Literal[
    "key",
    "ref",
    "text",
    "choice",
    "integer",
    "number",
    "date",
    "instant",
    "day_or_instant",
    "flag",
    "pressure",
    "hours",
    "zone",
]
"""How a field is read.

key: this record's own key in the sending system. ref: the key of another record (of type `refers_to`; sites by code).
instant: a date with a time; without an offset it is the site's local time. day_or_instant: the time may be missing.
pressure: `systolic/diastolic` in mmHg. hours: opening hours such as `Mon-Fri 08:00-18:00; Sat 09:00-13:00`.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a record type. `low` and `high` bound numbers, inclusive, in the unit that `meaning` names."""

    name: str
    kind: FieldKind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers_to: str = ""


WITHDRAWN = Field("withdrawn", "flag", "yes: the record does not hold, or not any more; only its key is then read")
"""The last column of every record type. It says something of the record, not of what the record is about."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One kind of record: its file is `<name>.csv`. fields: what it is about; the file may hold `WITHDRAWN` besides."""

    name: str
    meaning: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[Field, ...]:
        """Every column that its file may hold."""
        return (*self.fields, WITHDRAWN)

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


def _choices(values: type[StrEnum]) -> tuple[str, ...]:
    return tuple(value.value for value in values)


STOP_OUTCOMES = ("completed", *_choices(StopReason), "transferred", "lapsed")

PROTOCOLS = RecordType(
    "protocols",
    "What a course of one indication and product is meant to be, from a day on.",
    (
        Field("key", "key", "the protocol's key", required=True),
        Field("indication", "choice", "the indication it is for", required=True, choices=_choices(Indication)),
        Field("product", "choice", "the product it is for", required=True, choices=_choices(Product)),
        Field("valid_from", "date", "the first day on which courses begin under it", required=True),
        Field(
            "planned_infusions",
            "integer",
            "delivered induction sessions that complete a course",
            required=True,
            low=1,
            high=60,
        ),
        Field(
            "window_days",
            "integer",
            "days from the first session within which completion is on time",
            required=True,
            low=1,
            high=730,
        ),
        Field(
            "lapse_days",
            "integer",
            "days without a session after which a course has lapsed",
            required=True,
            low=1,
            high=730,
        ),
        Field(
            "horizon_days",
            "integer",
            "days from the first session after which an open course counts as not completed",
            required=True,
            low=1,
            high=1095,
        ),
        Field("dose_low_mg_per_kg", "number", "lowest usual dose, mg/kg", low=0, high=10),
        Field("dose_high_mg_per_kg", "number", "highest usual dose, mg/kg", low=0, high=10),
    ),
)

SITES = RecordType(
    "sites",
    "A clinic of the network.",
    (
        Field("key", "key", "the site's code, unique in the network", required=True),
        Field("name", "text", "the site's name", required=True),
        Field("region", "text", "the region that it is grouped under"),
        Field("state", "text", "the state whose licences hold there"),
        Field("zone", "zone", "its IANA time zone, e.g. America/New_York", required=True),
        Field("zone_from", "date", "the first day on which that zone holds, where it changed"),
        Field("chairs", "integer", "treatment chairs", low=0, high=500),
        Field("opening_hours", "hours", "weekly opening hours in site time"),
        Field("opened_on", "date", "the first day of treatment"),
        Field("closed_on", "date", "the last day of treatment"),
        Field(
            "data_through", "date", "the last day that the sending system's data are complete through, where it says so"
        ),
    ),
)

PRACTITIONERS = RecordType(
    "practitioners",
    "A person who approves, administers or supervises.",
    (
        Field("key", "key", "the person's key", required=True),
        Field("name", "text", "the name shown to the network's own staff", required=True),
        Field("profession", "text", "physician, nurse, anaesthetist ..."),
        Field("prescriber", "flag", "may approve a course"),
    ),
)

_STANDING_FIELDS = (
    Field("event", "choice", "what happened", required=True, choices=_choices(RecordEvent)),
    Field("effective_on", "date", "the day it takes effect", required=True),
    Field("until", "date", "the last valid day, where it ends"),
    Field("replaces", "text", "the key of the record that a `corrected` record stands in for"),
    Field(
        "corrected_event",
        "choice",
        "what that record should have said; empty: it should not exist",
        choices=_choices(RecordEvent),
    ),
    Field("verified_on", "date", "the day it was checked at the issuing body"),
    Field("note", "text", "why, in a sentence"),
)

CREDENTIALS = RecordType(
    "credentials",
    "An event in the life of a practitioner's licence or certificate; never changed, only corrected by a further record.",
    (
        Field("key", "key", "the record's key", required=True),
        Field("practitioner", "ref", "whose it is", required=True, refers_to="practitioners"),
        Field("kind", "text", "which licence or certificate, e.g. medical_licence", required=True),
        Field("state", "text", "the state it holds for; empty for everywhere"),
        *_STANDING_FIELDS,
    ),
)

ACCREDITATIONS = RecordType(
    "accreditations",
    "An event in the life of a site's accreditation; never changed, only corrected by a further record.",
    (
        Field("key", "key", "the record's key", required=True),
        Field("site", "ref", "the site's code", required=True, refers_to="sites"),
        Field("programme", "text", "the accrediting programme's code", required=True),
        *_STANDING_FIELDS,
    ),
)

COURSES = RecordType(
    "courses",
    "One patient's series of sessions for one indication.",
    (
        Field("key", "key", "the course's key", required=True),
        Field("site", "ref", "the code of the site where it begins", required=True, refers_to="sites"),
        Field(
            "patient", "text", "the sending system's key of the patient; kept only as a keyed pseudonym", required=True
        ),
        Field("indication", "choice", "why it was begun", required=True, choices=_choices(Indication)),
        Field("product", "choice", "what is given", required=True, choices=_choices(Product)),
        Field("evaluated_on", "date", "the day of the comprehensive evaluation"),
        Field("approved_on", "date", "the day a prescriber approved it"),
        Field("approved_by", "ref", "the approving practitioner", refers_to="practitioners"),
        Field("enrolled", "flag", "esketamine: the patient is enrolled in the programme"),
        Field("stopped_on", "date", "the day it was stopped"),
        Field("stop_reason", "choice", "why it was stopped", choices=_choices(StopReason)),
        Field("transferred_on", "date", "the day the patient left for a clinic outside the network"),
        Field("stated_outcome", "choice", "the outcome as the sending system itself states it", choices=STOP_OUTCOMES),
        Field("stated_on", "date", "the day of that outcome"),
    ),
)

SESSIONS = RecordType(
    "sessions",
    "One booked visit for an infusion or dose.",
    (
        Field("key", "key", "the session's key", required=True),
        Field("course", "ref", "the course it belongs to", required=True, refers_to="courses"),
        Field("site", "ref", "the code of the site where it takes place", required=True, refers_to="sites"),
        Field("status", "choice", "what became of it", required=True, choices=_choices(Status)),
        Field("phase", "choice", "induction or maintenance (booster)", required=True, choices=_choices(Phase)),
        Field("booked_at", "instant", "the booked start"),
        Field("booked_minutes", "integer", "the booked chair time, minutes", low=1, high=1440),
        Field("cancelled_at", "instant", "when it was cancelled"),
        Field("started_at", "day_or_instant", "the start of the drug"),
        Field("ended_at", "day_or_instant", "the end of the drug"),
        Field("discharged_at", "instant", "when the patient left"),
        Field("dose_mg", "number", "the dose given, mg", low=0, high=2000),
        Field("wasted_mg", "number", "the amount wasted, mg", low=0, high=2000),
        Field("wasted_witness", "ref", "who witnessed the waste", refers_to="practitioners"),
        Field("weight_kg", "number", "the patient's weight, kg", low=20, high=400),
        Field("route", "choice", "how it was given", choices=_choices(Route)),
        Field("administered_by", "ref", "who gave it", refers_to="practitioners"),
        Field("supervised_by", "ref", "who supervised", refers_to="practitioners"),
        Field("escort_in", "flag", "someone brought the patient"),
        Field("escort_out", "flag", "someone accompanied the patient home"),
        Field("substance_history", "choice", "the answer when asked about substance use", choices=("none", "positive")),
        Field("substance_decision", "text", "the documented decision where it was positive"),
        Field("pressure_before", "pressure", "blood pressure before"),
        Field("pressure_during", "pressure", "blood pressure during"),
        Field("pressure_discharge", "pressure", "blood pressure before discharge"),
        Field("monitoring_form_on", "date", "esketamine: the day the monitoring form was sent"),
        Field("stated_infusion", "integer", "the sending system's own infusion number", low=1, high=400),
    ),
)

SCREENS = RecordType(
    "screens",
    "A finished look for side effects in one session: only such sessions stand in a side-effect rate's denominator.",
    (
        Field("key", "key", "the screen's key", required=True),
        Field("session", "ref", "the session", required=True, refers_to="sessions"),
        Field("asked_how", "choice", "how it was asked", required=True, choices=_choices(AskedHow)),
        Field("finished_at", "day_or_instant", "when it was finished"),
    ),
)

SIDE_EFFECTS = RecordType(
    "side_effects",
    "One side effect of one session.",
    (
        Field("key", "key", "the side effect's key", required=True),
        Field("session", "ref", "the session", required=True, refers_to="sessions"),
        Field("term", "choice", "what it was", required=True, choices=_choices(Term)),
        Field("source_term", "text", "the sending system's own word for it"),
        Field("severity", "integer", "grade 1 (mild) to 5 (death)", required=True, low=1, high=5),
        Field("serious", "choice", "whether, and why, it is serious", choices=_choices(Serious)),
        Field("onset_at", "day_or_instant", "when it began"),
        Field("resolved_at", "day_or_instant", "when it was over"),
    ),
)

RATINGS = RecordType(
    "ratings",
    "One score on a rating scale.",
    (
        Field("key", "key", "the rating's key", required=True),
        Field("course", "ref", "the course", required=True, refers_to="courses"),
        Field("instrument", "choice", "the scale", required=True, choices=_choices(Instrument)),
        Field("rated_at", "day_or_instant", "when it was rated", required=True),
        Field("score", "integer", "the total score", required=True, low=0, high=92),
        Field("suicidality", "integer", "the scale's own item on suicidal thoughts", low=0, high=6),
    ),
)

RECORD_TYPES: tuple[RecordType, ...] = (
    PROTOCOLS,
    SITES,
    PRACTITIONERS,
    CREDENTIALS,
    ACCREDITATIONS,
    COURSES,
    SESSIONS,
    SCREENS,
    SIDE_EFFECTS,
    RATINGS,
)
"""In the order of reference: a record only refers to types before its own."""

BY_NAME = {record_type.name: record_type for record_type in RECORD_TYPES}
