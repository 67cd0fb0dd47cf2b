"""Standings and record events as people read them, with their tone: colour never stands alone."""

from collections.abc import Mapping

from webapp.domain.standing_entry import EVENT_LABELS
from webapp.domain.vocabulary import RecordEvent, Standing, Verdict
from webapp.presentation.tokens import Tone

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
VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.MET: "Met",
    Verdict.NOT_MET: "Not met",
    Verdict.NOT_RECORDED: "Not recorded",
}


def event_words(event: RecordEvent, corrected_event: RecordEvent | None) -> str:
    """`Granted`, `Corrected to: renewed`, `Corrected: should not exist`."""
    if event is not RecordEvent.CORRECTED:
        return EVENT_LABELS[event]
    return f"Corrected to: {EVENT_LABELS[corrected_event].lower()}" if corrected_event else "Corrected: should not exist"
