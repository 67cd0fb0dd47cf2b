"""The page on the CSV format is made from the code, and is current."""

from pathlib import Path

from webapp.domain.intake.format_page import csv_format_page
from webapp.domain.intake.rules import RULES
from webapp.domain.records import RECORD_TYPES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "csv-format.md"


def test_the_page_in_docs_is_the_one_that_the_code_makes() -> None:
    again = "make it again: python -m webapp.domain.intake.format_page > docs/csv-format.md"
    assert PAGE.read_text("utf-8") == csv_format_page(), again


def test_every_field_and_rule_stands_in_it() -> None:
    page = csv_format_page()
    for record_type in RECORD_TYPES:
        assert f"### {record_type.name}.csv" in page
        for field in record_type.fields:
            assert f"| `{field.name}` |" in page
    for rule in RULES:
        assert f"| `{rule}` |" in page
