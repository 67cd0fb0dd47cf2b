"""People's texts are changed no more than the file needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.presentation.plain_text import ZERO_WIDTH_SPACE, breakable, for_paper, for_xml, without_formula


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "＝1"])
def test_what_would_be_calculated_gets_an_apostrophe(text: str) -> None:
    assert without_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["Northgate", "", "a=1", "'x", "1-2", " =1"])
def test_other_texts_stay(text: str) -> None:
    assert without_formula(text) == text


def test_only_words_longer_than_any_real_one_are_broken() -> None:
    assert breakable("Certified-setting accreditation") == "Certified-setting accreditation"
    assert breakable("x" * 40).replace(ZERO_WIDTH_SPACE, "") == "x" * 40
    assert ZERO_WIDTH_SPACE in breakable("x" * 40)


def test_control_and_direction_characters_do_not_reach_paper() -> None:
    assert for_paper("a\u202eb\tc\nd\0e\ud800") == "ab c d\ufffde\ufffd"


@given(st.text())
def test_any_text_can_be_put_in_xml_and_on_paper(text: str) -> None:
    for_xml(text).encode("utf-8")
    for_paper(text).encode("utf-8")
