"""What a person may enter about an accreditation or a credential: the rules that hold before anything is stored."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from webapp.domain.errors import BadInput
from webapp.domain.intake.characters import check_characters, check_no_identifier
from webapp.domain.intake.rules import RULES, RefusedError
from webapp.domain.periods import day_text
from webapp.domain.vocabulary import RecordEvent

EARLIEST_ON = date(1950, 1, 1)
LATEST_ON = date(2100, 12, 31)
LONGEST_NOTE = 500
WITHOUT_END = (RecordEvent.REVOKED, RecordEvent.WITHDRAWN)
"""Events that hold until a further record: a last day has no meaning for them."""

EVENT_LABELS: dict[RecordEvent, str] = {
    RecordEvent.APPLIED: "Applied",
    RecordEvent.GRANTED: "Granted",
    RecordEvent.RENEWED: "Renewed",
    RecordEvent.CONDITIONS: "Conditions imposed",
    RecordEvent.SUSPENDED: "Suspended",
    RecordEvent.REINSTATED: "Reinstated",
    RecordEvent.REVOKED: "Revoked",
    RecordEvent.WITHDRAWN: "Withdrawn",
    RecordEvent.CORRECTED: "Corrected",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is entered.

    until: the last valid day. verified_on: the day it was checked at the issuing body. replaces_id and corrected_event belong to
    `corrected`: the record that was wrong, and what it should have said (None: it should not exist).
    """

    event: RecordEvent
    effective_on: date
    until: date | None = None
    note: str = ""
    verified_on: date | None = None
    replaces_id: UUID | None = None
    corrected_event: RecordEvent | None = None


def checked(entry: Entry, today: date) -> Entry:
    """The entry with its note in one form. Raises BadInput with the first rule that it breaks."""
    _check_days(entry, today)
    _check_correction(entry)
    note = clean_text(entry.note, "The note", LONGEST_NOTE)
    if entry.event is RecordEvent.CORRECTED and not note:
        raise BadInput("Say in a sentence why the record is corrected; the note stays beside it for good.")
    return replace(entry, note=note)


def clean_text(text: str, name: str, longest: int) -> str:
    """The text in one Unicode form, without blanks around it. Raises BadInput for what must not stand in it."""
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(cleaned) > longest:
        raise BadInput(f"{name} has {len(cleaned)} characters; at most {longest} are kept.")
    try:
        check_characters(cleaned, free=True)
        check_no_identifier(cleaned)
    except RefusedError as refused:
        sentence = RULES[refused.rule].sentence.format(field=name, value=cleaned[:60], detail=refused.detail)
        raise BadInput(sentence) from None
    return cleaned


def _check_days(entry: Entry, today: date) -> None:
    for name, day in (("The day it takes effect", entry.effective_on), ("The last valid day", entry.until)):
        if day is not None and not EARLIEST_ON <= day <= LATEST_ON:
            raise BadInput(
                f"{name}, {day_text(day)}, cannot be meant: give a day from {EARLIEST_ON.year} to {LATEST_ON.year}."
            )
    if entry.until is not None and entry.until < entry.effective_on:
        raise BadInput(
            f"The last valid day, {day_text(entry.until)}, is before the day it takes effect, {day_text(entry.effective_on)}: give"
            " a later last day, or leave it empty."
        )
    said = entry.corrected_event if entry.event is RecordEvent.CORRECTED else entry.event
    if entry.until is not None and said in WITHOUT_END:
        raise BadInput(
            f"“{EVENT_LABELS[said]}” holds until a further record says otherwise: leave the last valid day empty."
        )
    # A site may be a day ahead of the clock in UTC.
    if entry.verified_on is not None and not EARLIEST_ON <= entry.verified_on <= today + timedelta(days=1):
        raise BadInput(
            f"The day it was checked, {day_text(entry.verified_on)}, is not a past day: give the day of the check."
        )


def _check_correction(entry: Entry) -> None:
    if entry.event is not RecordEvent.CORRECTED:
        if entry.replaces_id is not None or entry.corrected_event is not None:
            raise BadInput(
                "Only a correction names the record that it stands in for; choose “Corrected”, or leave that out."
            )
        return
    if entry.replaces_id is None:
        raise BadInput(
            "A correction names the record that was wrong: open the site's history and choose “Correct” beside it."
        )
    if entry.corrected_event is RecordEvent.CORRECTED:
        raise BadInput("Say what the record should have said: granted, renewed and so on; or that it should not exist.")
