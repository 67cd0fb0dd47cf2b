"""A report is kept as canonical JSON and comes back as it was."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.presentation.example_report import example_report, hostile_report
from webapp.domain.errors import BadInput
from webapp.presentation.report_document import Panel, content_hash, from_json, to_json
from webapp.presentation.tables import Cell, Column, Table

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
)


@pytest.mark.parametrize("document", [example_report(), hostile_report()], ids=["example", "hostile"])
def test_it_comes_back_equal_and_with_the_same_bytes(document: object) -> None:
    kept = to_json(document)  # type: ignore[arg-type]  # parametrize hands over objects
    assert from_json(kept) == document
    assert to_json(from_json(kept)) == kept


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_any_cells_come_back_with_their_types(rows: list[tuple[Cell, Cell]]) -> None:
    table = Table("t", "T", "s", (Column("a", "A"), Column("b", "B", "percent")), tuple(rows))
    document = replace(example_report(), panels=(Panel(table),))
    back = from_json(to_json(document))
    assert back == document
    assert [[type(cell) for cell in row] for row in back.panels[0].table.rows] == [
        [type(c) for c in row] for row in rows
    ]


def test_a_text_that_looks_like_a_day_stays_a_text() -> None:
    table = Table("t", "T", "s", (Column("a", "A", "date"),), (("2026-10-31",), (date(2026, 10, 31),)))
    back = from_json(to_json(replace(example_report(), panels=(Panel(table),))))
    assert back.panels[0].table.rows == (("2026-10-31",), (date(2026, 10, 31),))


def test_one_instant_has_one_spelling() -> None:
    document = example_report()
    elsewhere = replace(document, as_of=document.as_of.astimezone(timezone(timedelta(hours=-5))))
    assert to_json(elsewhere) == to_json(document)


def test_the_fingerprint_moves_with_every_change() -> None:
    document = example_report()
    later = replace(document, as_of=document.as_of + timedelta(days=1), issue=2)
    assert content_hash(later) != content_hash(document)


def test_numbers_that_are_no_answers_are_refused() -> None:
    table = Table("t", "T", "s", (Column("a", "A", "number"),), ((float("nan"),),))
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json(replace(example_report(), panels=(Panel(table),)))


def test_what_could_not_be_drawn_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        replace(example_report(), as_of=datetime(2026, 11, 1))
    with pytest.raises(ValueError, match="not as long"):
        replace(example_report(), panels=(Panel(Table("t", "T", "s", (Column("a", "A"),), (("x", "y"),))),))


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"format":1,"document":{"title":3}}', b'{"format":1}', b"\xff"])
def test_foreign_bytes_are_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(BadInput, match="not a kept report"):
        from_json(data)


def test_another_format_is_named() -> None:
    with pytest.raises(BadInput, match="format 99"):
        from_json(b'{"format":99,"document":{}}')
