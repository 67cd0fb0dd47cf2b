"""Every rule by which a row is refused: its name, when it refuses, and the sentence a person reads."""

from dataclasses import dataclass
from typing import NamedTuple

VALUE_LENGTH = 200
"""How many characters of a refused value are kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named reason to refuse a row. `sentence` may use {field}, {value} and {detail}; `refuses` is for the manual."""

    name: str
    refuses: str
    sentence: str


_RULES = (
    Rule(
        "field_count",
        "A row with more or fewer cells than the header.",
        "The row has {detail}. Check for a missing quote or comma.",
    ),
    Rule(
        "missing_required", "An empty field that every record of its type needs.", "{field} is empty; it must be given."
    ),
    Rule("too_long", "A cell longer than its kind allows.", "{field} is longer than {detail} characters; shorten it."),
    Rule(
        "control_character",
        "A control character, or a line break outside free text.",
        "{field} holds the control character {detail}; remove it.",
    ),
    Rule(
        "invisible_character",
        "An invisible or direction-changing character, which makes two texts look alike that are not.",
        "{field} holds the invisible character {detail}; remove it.",
    ),
    Rule(
        "garbled_text",
        "Text that was read in a wrong encoding before it was sent.",
        "{field} is “{value}”, which looks garbled{detail}; export the file again as UTF-8.",
    ),
    Rule(
        "personal_identifier",
        "A social security number, telephone number or e-mail address. Its digits and letters are not kept.",
        "{field} seems to hold {detail}; Dripline takes no personal identifiers. Remove it.",
    ),
    Rule(
        "bad_key",
        "A key that cannot be one, such as a site's code with letters outside A-Z.",
        "{field} is “{value}”; {detail}.",
    ),
    Rule("not_a_choice", "A value outside the field's list.", "{field} is “{value}”; it must be one of: {detail}."),
    Rule(
        "not_a_number",
        "Anything but plain digits with a decimal point: no comma, exponent, NaN, infinity or foreign digits.",
        "{field} is “{value}”, which is not a number; write it like {detail}.",
    ),
    Rule("out_of_range", "A number outside the field's range.", "{field} is {value}; it must lie between {detail}."),
    Rule("not_a_flag", "Anything but yes or no.", "{field} is “{value}”; write yes or no."),
    Rule(
        "not_a_date", "A day that is not written as 2026-10-31.", "{field} is “{value}”; write the day as 2026-10-31."
    ),
    Rule(
        "not_an_instant",
        "A time that is not written as 2026-10-31T09:30.",
        "{field} is “{value}”; write 2026-10-31T09:30, with +hh:mm or Z where it is not the site's own time.",
    ),
    Rule(
        "time_missing",
        "A day without a time where the time is needed.",
        "{field} is “{value}”, a day without a time; write it as 2026-10-31T09:30.",
    ),
    Rule(
        "impossible_date",
        "A day or time that no calendar has, or a year before 1900 or after 2199.",
        "{field} is “{value}”; there is no such day or time.",
    ),
    Rule(
        "future_date",
        "Something recorded as done that lies after the day of the import, or a plan more than five years ahead.",
        "{field} is “{value}”, which lies after {detail}.",
    ),
    Rule(
        "time_does_not_exist",
        "A local time that the clocks skipped.",
        "{field} is “{value}”; the clocks of {detail} skipped that time. Send the time with its offset.",
    ),
    Rule(
        "not_a_pressure",
        "Anything but systolic/diastolic in mmHg, such as 128/82.",
        "{field} is “{value}”; write systolic/diastolic in mmHg, like 128/82{detail}.",
    ),
    Rule(
        "not_opening_hours",
        "Opening hours that cannot be read or that overlap.",
        "{field} is “{value}”: {detail}. Write them like Mon-Fri 08:00-18:00; Sat 09:00-13:00.",
    ),
    Rule(
        "unknown_zone",
        "A time zone that is not in the IANA list.",
        "{field} is “{value}”, which is no IANA time zone; write it like America/New_York.",
    ),
    Rule(
        "unknown_site",
        "A site's code that is neither in this batch nor known before.",
        "{field} is “{value}”; no site of that code is known. Send the site first, or correct the code.",
    ),
    Rule(
        "not_of_your_sites",
        "A key that is taken by a record which is not of the sender's sites.",
        "The key “{value}” is taken by a record that is not of your sites; only the network's manager can change it.",
    ),
    Rule(
        "manager_only",
        "A new record of a kind that only the network's manager sends: protocols, practitioners, credentials, "
        "accreditations.",
        "Only the network's manager adds {detail}; ask them to send “{value}” first.",
    ),
    Rule(
        "unknown_reference",
        "The key of a record that is neither accepted in this batch nor known before.",
        "{field} is “{value}”; there is no such record among {detail}. Send it first, or correct the key.",
    ),
    Rule(
        "duplicate_key",
        "A second, different record of the same key in one batch.",
        "The key “{value}” stands twice in this batch, with different contents. Send the right one only.",
    ),
    Rule("end_before_start", "An end that lies before its start.", "{field} is “{value}”, which lies before {detail}."),
    Rule(
        "too_long_session",
        "A session whose drug or stay lasts more than 24 hours.",
        "{field} is “{value}”, more than 24 hours after {detail}.",
    ),
    Rule(
        "no_day",
        "A session with neither a booking nor a start.",
        "Neither started_at nor booked_at is given; a session needs a day.",
    ),
    Rule(
        "delivered_without_start",
        "A completed or stopped session without a start.",
        "The session is {detail}, but started_at is empty; give at least the day.",
    ),
    Rule(
        "not_delivered_but_given",
        "A session that was not delivered with a dose; or a cancelled or missed one with a start or an end.",
        "{field} is “{value}”, but the status is {detail}; one of them is wrong.",
    ),
    Rule(
        "dose_not_possible",
        "A completed session with a dose of zero, or a dose per kg beyond any use.",
        "{field} is {value} mg, {detail}; check the amount and its unit.",
    ),
    Rule(
        "reason_without_stop",
        "A reason for stopping without the day of the stop.",
        "{field} is empty, but stop_reason is {detail}; give the day.",
    ),
    Rule(
        "death_mismatch",
        "Grade 5 with a seriousness other than death, or death with a lower grade.",
        "{field} is “{value}”, but {detail}; grade 5 means death.",
    ),
    Rule(
        "score_out_of_range",
        "A score, or an item's score, outside its instrument's range.",
        "{field} is {value}; on {detail}.",
    ),
    Rule(
        "replaces_mismatch",
        "A corrected record that does not name what it replaces, or another record that does.",
        "{field} is “{value}” and event is {detail}; a corrected record names in `replaces` what it replaces, others "
        "do not, and `corrected_event` is what that record should have said.",
    ),
    Rule("limits_crossed", "A lower limit above its upper limit.", "{field} is {value}, below {detail}."),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}


class Rejection(NamedTuple):
    """One reason why one row was not taken. `value` is as sent, at most `VALUE_LENGTH` characters, or masked."""

    rule: str
    record_type: str
    field: str
    value: str
    sentence: str
    file: str
    line: int


class RefusedError(Exception):
    """Raised inside a check: the value breaks `rule`."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


def rejection(
    rule: str, record_type: str, file: str, line: int, field: str = "", value: str = "", detail: str = ""
) -> Rejection:
    """The rejection with its sentence written out. A masked value never appears, in the sentence or beside it."""
    kept = masked(value) if rule == "personal_identifier" or field == "patient" else value
    sentence = RULES[rule].sentence.format(field=field, value=shortened(kept, 60), detail=detail)
    return Rejection(rule, record_type, field, shortened(kept, VALUE_LENGTH), sentence, file, line)


def shortened(text: str, length: int) -> str:
    """The text, cut to `length` characters with an ellipsis where it was longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def masked(text: str) -> str:
    """The text's shape only: digits as #, letters as x."""
    return "".join("#" if c.isdigit() else "x" if c.isalpha() else c for c in text[:VALUE_LENGTH])
