"""What people typed reaches paper as they typed it, or spelled out: never as a box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.presentation.paper_text import ZERO_WIDTH_SPACE, breakable, for_paper


def test_only_words_longer_than_any_real_one_are_broken() -> None:
    assert breakable("Certified-setting accreditation") == "Certified-setting accreditation"
    assert breakable("x" * 40).replace(ZERO_WIDTH_SPACE, "") == "x" * 40
    assert ZERO_WIDTH_SPACE in breakable("x" * 40)


def test_control_and_direction_characters_do_not_reach_paper() -> None:
    assert for_paper("a\u202eb\tc\nd\0e\ud800") == "ab c d[U+0000]e[U+D800]"


@pytest.mark.parametrize(
    "text", ["诊所河畔", "クリニック", "클리닉", "診所", "عيادة النهر", "Κλινική", "“quoted” 'x' – ½"]
)
def test_what_a_font_of_paper_shows_stays(text: str) -> None:
    assert for_paper(text) == text


def test_what_no_font_of_paper_shows_is_spelled_out() -> None:
    assert for_paper("🙂 clinic") == "[U+1F642] clinic"
    assert for_paper("क") == "[U+0915]"
    assert for_paper("\ue000") == "[U+E000]"
    assert for_paper("a\u200db\ufe0f") in ("ab", "a\u200db\ufe0f")


@given(st.text())
def test_any_text_can_be_put_on_paper(text: str) -> None:
    for_paper(text).encode("utf-8")
