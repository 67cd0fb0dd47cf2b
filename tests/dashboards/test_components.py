"""The parts of a page: text stays text, links stay inside, a change says no more than it knows."""

import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboards.components import (
    Attention,
    Change,
    attention_list,
    empty_state,
    headline_card,
    how_counted,
    link,
    strong_parts,
)
from dashboards.elements import Component
from dashboards.sparklines import sparkline
from webapp.domain.measures import explain

HOSTILE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "//evil.example",
    "/\\evil.example",
    "\\/evil",
    "https://evil.example",
    "https:evil",
    "/ok\r\nSet-Cookie: a=b",
    "/a\tb",
    "/.//evil.example",
    "/a/%2E.//evil.example",
    "",
]


def drawn(part: Component | str) -> str:
    return json.dumps(part, cls=PlotlyJSONEncoder, ensure_ascii=False)


@pytest.mark.parametrize("address", HOSTILE)
def test_no_link_leaves_the_product(address: str) -> None:
    assert '"href"' not in drawn(link("there", address))
    item = Attention("Data", "warn", "Riverside", "Nothing since **14 Oct**", "Ask", address)
    assert '"href"' not in drawn(attention_list("Needs you", "", [item], "nothing"))
    assert '"href"' not in drawn(empty_state("None", "Nothing", "Go", address))


def test_an_own_link_keeps_its_filters() -> None:
    assert '"href": "/d/sessions?site=RIV&from=2026-10-01"' in drawn(link("6", "/d/sessions?site=RIV&from=2026-10-01"))


def test_strong_words_are_parts_and_markup_is_text() -> None:
    parts = strong_parts("<i>Riverside</i>: **31.0 %** of 412")
    assert parts[0] == "<i>Riverside</i>: "
    assert '"B"' in drawn(parts[1]) and "31.0\u00a0%" in drawn(parts[1])


def test_a_change_without_a_sign_says_so_and_has_no_colour() -> None:
    card = drawn(headline_card("Completed", "58.1 %", change=Change("none"), note="closed cohort"))
    assert "no clear change" in card and "better" not in card and "worse" not in card


@pytest.mark.parametrize(
    ("value", "in_words"), [("6,214", False), ("58.1 %", False), ("–", False), ("no closed cohort yet", True)]
)
def test_words_in_the_place_of_a_number_are_not_set_as_large_as_one(value: str, in_words: bool) -> None:
    assert ("in-words" in drawn(headline_card("Completed", value))) == in_words


def test_a_number_without_a_page_behind_it_is_no_link() -> None:
    assert '"href"' not in drawn(headline_card("Sessions", "6,214"))


def test_how_a_number_is_counted_names_its_measure() -> None:
    told = drawn(how_counted(explain("course_completion")))
    assert "How is this counted?" in told and "Left out" in told and "measure version" in told


def test_an_empty_list_says_what_that_means() -> None:
    assert "Nothing needs you today." in drawn(attention_list("Needs you", "", [], "Nothing needs you today."))


def test_missing_values_are_gaps_in_a_trend() -> None:
    whole, broken = drawn(sparkline([1, 2, 3, 4])), drawn(sparkline([1, 2, None, 4]))
    line = "fill%3D%27none%27"
    assert whole.split(line)[0].count("M0.0") == broken.split(line)[0].count("M0.0")
    assert whole.count("%20L") > broken.count("%20L")


@pytest.mark.parametrize("series", [[5.0], [5.0, 5.0], [None, 0.0], [0.0, None, None]])
def test_a_trend_of_little_is_still_drawn(series: list[float | None]) -> None:
    assert "nan" not in drawn(sparkline(series)).lower()
