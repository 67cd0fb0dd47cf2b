"""How a site was found to meet a criterion: against a plain replay, for random histories and every instant of knowing."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.criteria import (
    Assessment,
    AssessmentEntry,
    CriterionText,
    Deciding,
    checked_assessment,
    checked_text,
    found_on,
)
from webapp.domain.errors import BadInput
from webapp.domain.vocabulary import Verdict

FIRST, AT = date(2026, 3, 1), datetime(2026, 6, 1, tzinfo=UTC)
DAYS = st.integers(0, 20)


@st.composite
def histories(draw: st.DrawFn) -> list[Assessment]:
    made: list[Assessment] = []
    for number in range(draw(st.integers(0, 6))):
        replaces = draw(st.sampled_from([None, *(one.id for one in made)]))
        verdict = draw(st.sampled_from([*Verdict, *([None] if replaces else [])]))
        on = FIRST + timedelta(days=draw(DAYS))
        until = draw(st.one_of(st.none(), DAYS.map(lambda n: FIRST + timedelta(days=n))))
        made.append(Assessment(UUID(int=number), 1, verdict, on, until, AT + timedelta(hours=number), replaces))
    return made


def replayed(made: list[Assessment], on: date, known_at: datetime) -> Verdict:
    """Word for word: what each says once those recorded after it have been worked in, from the last one back."""
    known = [one for one in made if one.recorded_at <= known_at]
    says: dict[UUID, Assessment | str] = {}
    for one in reversed(known):
        later = [
            says[other.id] for other in reversed(known) if other.replaces_id == one.id and says[other.id] != "undone"
        ]
        own: Assessment | str = one if one.verdict is not None else "voids"
        says[one.id] = own if not later else ("undone" if later[0] == "voids" else later[0])
    standing = [says[one.id] for one in known if one.replaces_id is None]
    found = [
        s for s in standing if isinstance(s, Assessment) and s.assessed_on <= on and (s.until or on) >= s.assessed_on
    ]
    if not found:
        return Verdict.NOT_RECORDED
    last = max(found, key=lambda s: (s.assessed_on, s.recorded_at))
    assert last.verdict is not None
    return last.verdict if last.until is None or last.until >= on else Verdict.NOT_RECORDED


@settings(max_examples=150)
@given(histories(), st.integers(-1, 7))
def test_each_day_equals_a_plain_replay(made: list[Assessment], hours: int) -> None:
    known_at = AT + timedelta(hours=hours)
    for day in range(-1, 23):
        on = FIRST + timedelta(days=day)
        assert found_on(made, on, known_at).verdict is replayed(made, on, known_at)


def test_striking_out_a_correction_brings_back_what_it_replaced() -> None:
    first = Assessment(UUID(int=1), 1, Verdict.NOT_MET, FIRST, None, AT)
    second = Assessment(UUID(int=2), 1, Verdict.MET, FIRST, None, AT + timedelta(hours=1), first.id)
    third = Assessment(UUID(int=3), 1, None, FIRST, None, AT + timedelta(hours=2), second.id)
    assert found_on([first, second], FIRST).verdict is Verdict.MET
    assert found_on([first, second, third], FIRST).verdict is Verdict.NOT_MET
    assert found_on([first, second, third], FIRST - timedelta(days=1)).verdict is Verdict.NOT_RECORDED


def test_after_its_last_day_it_has_run_out() -> None:
    one = Assessment(UUID(int=1), 3, Verdict.MET, FIRST, FIRST + timedelta(days=9), AT)
    assert found_on([one], FIRST + timedelta(days=9)).deciding == Deciding(one.version, one.assessed_on, one.until)
    later = found_on([one], FIRST + timedelta(days=10))
    assert (later.verdict, later.deciding, later.ran_out_on) == (Verdict.NOT_RECORDED, None, one.until)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (AssessmentEntry(Verdict.MET, FIRST + timedelta(days=1)), "is not a past day"),
        (AssessmentEntry(Verdict.MET, FIRST, FIRST - timedelta(days=1)), "is before the day of the assessment"),
        (AssessmentEntry(None, FIRST), "Choose how"),
        (AssessmentEntry(Verdict.NOT_MET, FIRST), "why it is not met"),
        (AssessmentEntry(Verdict.MET, FIRST, replaces_id=UUID(int=1)), "why it is corrected"),
        (AssessmentEntry(Verdict.MET, FIRST, note="call 212-555-0142"), "identifiers"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(entry: AssessmentEntry, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        checked_assessment(entry, FIRST)


def test_a_criterion_needs_its_words() -> None:
    with pytest.raises(BadInput, match="title and its wording"):
        checked_text(CriterionText(" ", "Wording"))
    assert checked_text(CriterionText(" T ", "W ")) == CriterionText("T", "W")
