"""What a cell may hold: nothing invisible, nothing garbled, nothing that identifies a person."""

import pytest

from webapp.domain.intake.characters import check_characters, check_no_identifier
from webapp.domain.intake.rules import RefusedError


@pytest.mark.parametrize(
    "text", ["Riverside", "Zürich", "東京", "Ω-3", "naïve café", "👍", "👩\u200d⚕\ufe0f", "a\nb", "=1+1"]
)
def test_free_text_that_is_taken(text: str) -> None:
    check_characters(text, free=True)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a\nb", "control_character"),
        ("a\x07b", "control_character"),
        ("S\u200d1", "invisible_character"),
        ("S\u00a01", "invisible_character"),
        ("S\ufe0f1", "invisible_character"),
        ("VÃ\xadctor", "garbled_text"),
        ("caf\ufffd", "garbled_text"),
    ],
)
def test_refused_in_keys(text: str, rule: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_characters(text, free=False)
    assert caught.value.rule == rule


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\u2028", "\x85"])
def test_refused_everywhere(sign: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_characters(f"River{sign}side", free=True)
    assert f"U+{ord(sign):04X}" in caught.value.detail


@pytest.mark.parametrize(
    "text",
    ["SSN 999-17-5017", "call (617) 665-2300", "617-665-2300", "+1 617 665 2300", "+44 20 7946 0958", "617.665.2300",
     "write to jo.doe@example.org please"],
)  # fmt: skip
def test_identifiers_are_refused(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_no_identifier(text)
    assert caught.value.rule == "personal_identifier"
    assert text not in caught.value.detail


@pytest.mark.parametrize(
    "text",
    ["01-701-1015", "57f2562b-445c-f11c-ba40-edc55af3c84f", "2026-10-31", "128/82", "S-000000000123", "NDA020800",
     "P-2026-10-31-0930", "12345678901234567890", "40 mg @ 10:30"],
)  # fmt: skip
def test_keys_and_notes_are_not_taken_for_identifiers(text: str) -> None:
    check_no_identifier(text)
