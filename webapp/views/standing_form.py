"""What the forms of an accreditation and of a credential have in common: what happened, from when, until when, and what it corrects."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from webapp.domain.contradictions import Said, sentences_beside
from webapp.domain.errors import BadInput
from webapp.domain.standing_entry import EVENT_LABELS, Entry
from webapp.domain.vocabulary import RecordEvent
from webapp.queries.accreditation import TimelineEntry
from webapp.views.typed import Typed, read_uuid

VOID = "should_not_exist"
"""Chosen as the event, it strikes the wrong record out."""
EVENTS = tuple((event.value, label) for event, label in EVENT_LABELS.items() if event is not RecordEvent.CORRECTED)
FIELDS = ("event", "effective_on", "until", "verified_on", "note", "replaces")
SEALED_STAYS = "What was sealed or sent before stays as it was; it said what was known then."


def read_entry(typed: Typed, required: Mapping[str, str]) -> Entry | None:
    """What was typed as an entry; None with the errors beside their fields. required: what to say of each further field left empty.

    Raises BadInput where the record to correct is not named by an id.
    """
    correcting = bool(typed["replaces"])
    typed.choice("event", [*dict(EVENTS), *([VOID] if correcting else [])], "Choose what happened.")
    for name, words in required.items():
        typed.text(name, words)
    replaces = read_uuid(typed["replaces"])
    if correcting and replaces is None:
        raise BadInput("The record to correct is not named rightly. Choose “Correct” beside it in the history.")
    effective_on = typed.day("effective_on", "the day it takes effect", required=True)
    until, verified_on = typed.day("until", "the last valid day"), typed.day("verified_on", "the day it was checked")
    if typed.errors or effective_on is None:
        return None
    said = None if typed["event"] == VOID else RecordEvent(typed["event"])
    if correcting:
        return Entry(RecordEvent.CORRECTED, effective_on, until, typed["note"], verified_on, replaces, said)
    return Entry(RecordEvent(typed["event"]), effective_on, until, typed["note"], verified_on)


def contradictions(entries: Iterable[TimelineEntry], record_id: UUID) -> list[str]:
    """What to say of a record that was just added to this history, where others speak of its days."""
    standing = {entry.id: said for entry in entries if entry.replaced_by is None and (said := _said(entry)) is not None}
    new = standing.pop(record_id, None)
    return sentences_beside(new, standing.values()) if new else []


def _said(entry: TimelineEntry) -> Said | None:
    event = entry.corrected_event if entry.event is RecordEvent.CORRECTED else entry.event
    return Said(event, entry.effective_on, entry.until) if event else None


def offered_events(corrects: UUID | None) -> list[tuple[str, str]]:
    """The events to choose from; a record may also be struck out."""
    return [("", "Choose"), *EVENTS, *([(VOID, "It should not exist")] if corrects else [])]


def named(entries: Iterable[TimelineEntry], record_id: UUID | None) -> TimelineEntry | None:
    """The record of a history that is to be corrected, if it is there."""
    return next((entry for entry in entries if entry.id == record_id), None) if record_id else None


def prefilled(typed: Typed, wrong: TimelineEntry | None) -> dict[str, str]:
    """A correction begins with what the wrong record says, unless something was typed already."""
    if wrong is None or typed["event"] or typed["effective_on"]:
        return typed.values
    said = wrong.corrected_event if wrong.event is RecordEvent.CORRECTED else wrong.event
    return {
        **typed.values,
        "event": said.value if said else VOID,
        "effective_on": wrong.effective_on.isoformat(),
        "until": wrong.until.isoformat() if wrong.until else "",
        "verified_on": wrong.verified_on.isoformat() if wrong.verified_on else "",
    }
