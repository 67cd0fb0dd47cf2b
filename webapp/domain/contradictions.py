"""What is said to whoever has recorded something that speaks of the same days as an earlier record: which of them decides.

The rules are those of `webapp.domain.accreditation`; nothing is refused, since both may be true in the order in which they became known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from webapp.domain.periods import day_text
from webapp.domain.standing_entry import EVENT_LABELS
from webapp.domain.vocabulary import RecordEvent

_TERMS = (RecordEvent.GRANTED, RecordEvent.RENEWED, RecordEvent.REINSTATED)


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says by now: of one that was corrected, what its correction says. until: the last valid day, if any was named."""

    event: RecordEvent
    effective_on: date
    until: date | None = None


def sentences_beside(new: Said, others: Iterable[Said]) -> list[str]:
    """A sentence for each way in which the others speak of the days of the new record, which was recorded last."""
    return list(_sentences(new, sorted(others, key=lambda one: one.effective_on)))


def _sentences(new: Said, others: list[Said]) -> Iterator[str]:
    same = [one for one in others if one.effective_on == new.effective_on]
    if same:
        yield (
            f"{_named(same[-1])} is on record for the same day, {day_text(new.effective_on)}. What is recorded later acts later, so this"
            " decides; if the other one was wrong, correct it."
        )
    after = [one for one in others if one.effective_on > new.effective_on]
    if after and (new.until is None or after[0].effective_on <= new.until):
        yield (
            f"{_named(after[0])} is on record as of {day_text(after[0].effective_on)}, and acts from that day on, whatever was recorded now"
            " for the days before."
        )
    before = [one for one in others if one.effective_on <= new.effective_on and one.event in _TERMS]
    if new.event in _TERMS and new.until is not None and before:
        last = before[-1]
        if last.until is None or last.until > new.until:
            ends = f"on {day_text(last.until)}" if last.until else "on no day that was set"
            yield f"It ends on {day_text(new.until)}, sooner than {_named(last)} before it, which ended {ends}. The later term decides."


def _named(one: Said) -> str:
    return f"“{EVENT_LABELS[one.event]}”"
