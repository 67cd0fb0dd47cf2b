"""Steps and states as people read them, with their tone."""

from collections.abc import Mapping

from webapp.domain.answering import State, Step
from webapp.presentation.tokens import Tone

STATE_LABELS: Mapping[State, str] = {
    State.OPEN: "Open",
    State.ASSIGNED: "Assigned",
    State.EXPLAINED: "Explained, waits for a second person",
    State.PLANNED: "Planned",
    State.DONE: "Done, waits for a second person",
    State.CLOSED: "Closed",
}
STATE_TONES: Mapping[State, Tone] = {
    State.OPEN: "bad",
    State.ASSIGNED: "warn",
    State.EXPLAINED: "info",
    State.PLANNED: "warn",
    State.DONE: "info",
    State.CLOSED: "ok",
}
STEP_LABELS: Mapping[Step, str] = {
    Step.ASSIGNED: "Assigned",
    Step.EXPLAINED: "Explained",
    Step.CLOSED: "Closed",
    Step.PLANNED: "Planned",
    Step.DONE: "Said to be done",
    Step.VERIFIED: "Verified and closed",
    Step.REOPENED: "Reopened",
}
ORIGIN_LABELS: Mapping[str, str] = {"survey": "Survey", "self_audit": "Self-audit", "incident": "Incident"}
SEVERITY_LABELS: Mapping[str, str] = {"minor": "Minor", "major": "Major", "critical": "Critical"}
SEVERITY_TONES: Mapping[str, Tone] = {"minor": "info", "major": "warn", "critical": "bad"}
