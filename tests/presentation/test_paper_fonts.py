"""The fonts of paper: what they cover and how wide their texts are, against figures read with another reader of fonts."""

import pytest

from webapp.presentation import paper_fonts


@pytest.mark.parametrize(
    ("text", "points"),
    [("Riverside 31.0 % – Ünï عيادة", 141.7578125), ("", 0.0), ("诊所", 20.0)],  # the first by fontTools 4.68
)
def test_a_text_is_as_wide_as_its_glyphs(text: str, points: float) -> None:
    assert paper_fonts.width(text, 10) == pytest.approx(points)


def test_bold_is_wider() -> None:
    assert paper_fonts.width("Riverside", 10, bold=True) > paper_fonts.width("Riverside", 10)


def test_a_text_is_cut_to_its_room() -> None:
    assert paper_fonts.fitted("Riverside", 100, 10) == "Riverside"
    cut = paper_fonts.fitted("x" * 300, 100, 10)
    assert cut.endswith("x…")
    assert 90 < paper_fonts.width(cut, 10) <= 100


def test_every_script_of_the_package_is_covered() -> None:
    assert all(paper_fonts.covers(character) for character in "aÜ€“عيادة诊診クリ클Ωж☤")
    assert not any(paper_fonts.covers(character) for character in "🙂क\ud800\ue000")
