"""People's texts are changed no more than the file needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.presentation.plain_text import for_xml, one_line, without_formula


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "＝1"])
def test_what_would_be_calculated_gets_an_apostrophe(text: str) -> None:
    assert without_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["Northgate", "", "a=1", "'x", "1-2", " =1"])
def test_other_texts_stay(text: str) -> None:
    assert without_formula(text) == text


def test_control_and_direction_characters_do_not_reach_a_page() -> None:
    assert one_line("a\u202eb\tc\nd\0e\ud800") == "ab c d\ufffde\ufffd"


@given(st.text())
def test_any_text_can_be_put_in_xml_and_on_a_page(text: str) -> None:
    for_xml(text).encode("utf-8")
    one_line(text).encode("utf-8")
