"""The page on measures is made from the code, and is current."""

from pathlib import Path

from webapp.domain.compliance import Criterion
from webapp.domain.measures import MEASURES
from webapp.domain.measures_page import CRITERION_RULES, STATE_RULES, measures_page
from webapp.domain.settings import all_settings
from webapp.domain.vocabulary import CourseState

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measures.md"


def test_the_page_in_docs_is_the_one_that_the_code_makes() -> None:
    again = "make it again: python -m webapp.domain.measures_page > docs/measures.md"
    assert PAGE.read_text("utf-8") == measures_page(), again


def test_every_measure_threshold_state_and_criterion_stands_in_it() -> None:
    page = measures_page()
    assert [id_ for id_ in MEASURES if f"`{id_}`, version" not in page] == []
    assert [setting.key for setting in all_settings() if f"| `{setting.key}` |" not in page] == []
    assert set(STATE_RULES) == set(CourseState)
    assert set(CRITERION_RULES) == set(Criterion)


def test_no_threshold_is_left_unfilled() -> None:
    assert "{" not in measures_page()
