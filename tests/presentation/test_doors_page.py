"""The tables of doors in docs/security.md are made from the doors, and are current."""

from pathlib import Path

import pytest

from webapp.domain.doors import PAGES, ROUTES
from webapp.presentation.doors_page import BEGIN, END, WORDS, doors_section, with_doors

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"


def cells(section: str, first: str) -> list[str]:
    """The cells of the line that begins with that cell."""
    line = next(line for line in section.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_door_is_told_in_words_and_nothing_else_is() -> None:
    assert set(WORDS) == {*ROUTES, *PAGES}, "say in webapp/presentation/doors_page.py what is behind each door"


def test_the_tables_in_docs_are_those_that_the_code_makes() -> None:
    again = "make them again: python -m webapp.presentation.doors_page docs/security.md"
    page = PAGE.read_text("utf-8")
    assert page == with_doors(page), again


def test_compliance_reads_rows_without_what_is_clinical_and_the_operator_reads_none() -> None:
    section = doors_section()
    roles = cells(section, "What can be read there")
    row = dict(zip(roles, cells(section, "a session's row: id, site, day, supervisor"), strict=True))
    clinical = dict(
        zip(roles, cells(section, "pseudonym, indication, product, dose, side effects of a row"), strict=True)
    )
    assert (row["Compliance officer"], clinical["Compliance officer"]) == ("yes", "")
    assert (row["Viewer"], row["Operator"], row["Surveyor"]) == ("", "", "")
    assert (row["Site lead"], clinical["Site lead"]) == ("yes", "yes")


def test_a_page_without_the_marks_is_refused() -> None:
    assert with_doors(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{doors_section()}\nb\n"
    with pytest.raises(ValueError, match="lacks the marks"):
        with_doors("nothing")
