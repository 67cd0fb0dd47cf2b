"""Rows in another order keep their keys, and what is missing comes last."""

from datetime import date

from webapp.presentation.sorting import sorted_by
from webapp.presentation.tables import Column, Table

TABLE = Table(
    "t",
    "T",
    "",
    (Column("site", "Site"), Column("rate", "Rate", "percent"), Column("day", "Day", "date")),
    (
        ("b", 0.2, date(2026, 1, 2)),
        ("A", "not enough screening", None),
        ("c", None, date(2025, 1, 2)),
        ("d", 0.3, date(2026, 1, 1)),
    ),
    row_keys=("1", "2", "3", "4"),
)


def test_missing_and_words_come_last_both_ways() -> None:
    assert sorted_by(TABLE, "rate", descending=False).row_keys == ("1", "4", "2", "3")
    assert sorted_by(TABLE, "rate", descending=True).row_keys == ("4", "1", "2", "3")


def test_texts_go_by_their_letters_and_days_by_time() -> None:
    assert sorted_by(TABLE, "site", descending=False).row_keys == ("2", "1", "3", "4")
    assert sorted_by(TABLE, "day", descending=True).row_keys == ("1", "4", "3", "2")


def test_an_unknown_column_changes_nothing() -> None:
    assert sorted_by(TABLE, "nothing", descending=True) is TABLE
