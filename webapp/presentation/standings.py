"""Standings and record events as people read them, with their tone: colour never stands alone."""

from collections.abc import Mapping
from datetime import date

from webapp.domain.standing_entry import EVENT_LABELS
from webapp.domain.vocabulary import VALID_STANDINGS, RecordEvent, Standing
from webapp.presentation import formats
from webapp.presentation.tokens import Tone

SAID_UP_TO_DAYS = 90
"""Up to so many days left, the days are said beside the last valid day."""

STANDING_LABELS: Mapping[Standing, str] = {
    Standing.NONE: "No record",
    Standing.PENDING: "Applied for",
    Standing.ACCREDITED: "Valid",
    Standing.CONDITIONAL: "Valid, with conditions",
    Standing.SUSPENDED: "Suspended",
    Standing.EXPIRED: "Expired",
    Standing.REVOKED: "Revoked",
    Standing.WITHDRAWN: "Withdrawn",
}
STANDING_TONES: Mapping[Standing, Tone | None] = {
    Standing.NONE: None,
    Standing.PENDING: "info",
    Standing.ACCREDITED: "ok",
    Standing.CONDITIONAL: "warn",
    Standing.SUSPENDED: "bad",
    Standing.EXPIRED: "bad",
    Standing.REVOKED: "bad",
    Standing.WITHDRAWN: None,
}


ABBREVIATIONS = frozenset({"acls", "bls", "cpr", "dea", "nbcrna", "rems"})


def credential_name(kind: str) -> str:
    """The kind of a credential as people write it: `nursing licence`, `DEA registration`, `ACLS`."""
    return " ".join(word.upper() if word in ABBREVIATIONS else word for word in kind.split("_"))


def event_words(event: RecordEvent, corrected_event: RecordEvent | None) -> str:
    """`Granted`, `Corrected to: renewed`, `Corrected: should not exist`."""
    if event is not RecordEvent.CORRECTED:
        return EVENT_LABELS[event]
    return (
        f"Corrected to: {EVENT_LABELS[corrected_event].lower()}" if corrected_event else "Corrected: should not exist"
    )


def held_words(standing: Standing, since: date | None, until: date | None, days_left: int | None) -> str:
    """One cell of a matrix in words: `Valid to 31 Dec 2026 (39 days)`, `Expired since 8 Nov 2026`."""
    label = STANDING_LABELS[standing]
    if standing is Standing.CONDITIONAL and until is not None:
        label += ","
    if standing in VALID_STANDINGS:
        left = (
            f" ({formats.plural(days_left, 'day')})" if days_left is not None and days_left <= SAID_UP_TO_DAYS else ""
        )
        return f"{label} to {formats.day(until)}{left}" if until else f"{label}, no end set"
    return f"{label} since {formats.day(since)}" if since and standing is not Standing.NONE else label
