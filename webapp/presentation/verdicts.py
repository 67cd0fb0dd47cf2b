"""Verdicts as people read them, with their tone: colour never stands alone."""

from collections.abc import Mapping

from webapp.domain.vocabulary import Verdict
from webapp.presentation.tokens import Tone

VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.MET: "Met",
    Verdict.NOT_MET: "Not met",
    Verdict.NOT_RECORDED: "Not recorded",
}
VERDICT_TONES: Mapping[Verdict, Tone | None] = {
    Verdict.MET: "ok",
    Verdict.NOT_MET: "bad",
    Verdict.NOT_RECORDED: None,
}
