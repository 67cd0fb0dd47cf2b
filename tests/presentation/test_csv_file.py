"""CSV: read back by a plain reader, nothing in it can be calculated."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

from tests.presentation.example_report import COUNTED, example_report, hostile_report
from tests.presentation.examples import HOSTILE_NAMES, TABLES
from webapp.presentation import csv_file
from webapp.presentation.plain_text import FORMULA_STARTS
from webapp.presentation.report_document import Counted
from webapp.presentation.tables import Column, Table


def lines(data: bytes) -> list[list[str]]:
    """All records."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def test_line_ends_and_quotes_follow_rfc_4180() -> None:
    table = Table("t", "T", "s", (Column("a", 'He said "a", b'),), (("two\nlines",),))
    data = csv_file.render_table(table)
    assert data.endswith(b"\r\n")
    assert b'"He said ""a"", b"\r\n' in data
    assert lines(data)[-1] == ["two\nlines"]


def test_a_panel_is_a_block_that_reads_back_to_its_table() -> None:
    records = lines(csv_file.render(example_report()))
    table = TABLES["funnel"]
    start = records.index(["Panel", table.key, table.title])
    assert records[start + 1] == ["Counted over", table.subtitle]
    assert records[start + 2] == [column.label for column in table.columns]
    for record, row in zip(records[start + 3 :][: len(table.rows)], table.rows, strict=True):
        assert record[0] == row[0]
        assert int(record[1]) == row[1]
        assert record[4] == ("" if row[4] is None else repr(row[4]))


def test_the_head_says_what_it_is_and_as_of_when() -> None:
    records = lines(csv_file.render(example_report()))
    head = dict(record for record in records[: records.index([])] if len(record) == 2)
    assert head["Site"] == "Riverside"
    assert head["Period"] == "1–31 Oct 2026"
    assert head["As of"] == "22 Nov 2026 06:40 (America/New_York)"
    assert head["Indication"] == "All"


def test_it_ends_with_how_each_measure_is_counted_and_its_version() -> None:
    records = lines(csv_file.render(example_report()))
    start = next(place for place, record in enumerate(records) if record[:2] == ["Measure", "Version"])
    assert records[start - 1] == []
    assert [record[:3] for record in records[start + 1 :]] == [
        [each.measure, str(each.version), each.label] for each in COUNTED
    ]
    assert [record[3:] for record in records[start + 1 :]] == [
        [each.sentence, each.numerator, each.denominator, each.exclusions, each.interval, each.source]
        for each in COUNTED
    ]


def test_an_older_report_is_drawn_as_it_was() -> None:
    older, now = (csv_file.render(each) for each in (replace(example_report(), layout=0), example_report()))
    assert b"Wilson score" not in older
    head = [line for line in older.splitlines() if not line.startswith(b'"Fingerprint')]
    assert head[0].startswith(b'"Report"') and len(head) > 10
    assert head == [line for line in now.splitlines() if not line.startswith(b'"Fingerprint')][: len(head)]


def test_one_table_carries_its_filters() -> None:
    records = lines(csv_file.render_table(TABLES["dots"], (("Sites", "All 24"), ("As of", "x"))))
    assert records[:3] == [["Sites", "All 24"], ["As of", "x"], []]


def test_types() -> None:
    moment = datetime(2026, 11, 22, 11, 40, tzinfo=UTC)
    columns = tuple(Column(key, key) for key in "abcdef")
    data = csv_file.render_table(Table("t", "T", "s", columns, ((date(2026, 10, 31), moment, -3, 0.31, None, "x"),)))
    assert data.splitlines()[-1] == b'"2026-10-31","2026-11-22T11:40:00Z",-3,0.31,"","x"'


def test_no_text_can_be_calculated() -> None:
    counted = tuple(Counted(name, 1, *(name,) * 7) for name in HOSTILE_NAMES)
    for record in lines(csv_file.render(replace(hostile_report(), counted=counted))):
        for field in record:
            assert not field.startswith(FORMULA_STARTS)


def test_each_name_survives_behind_its_apostrophe() -> None:
    found = {field for record in lines(csv_file.render(hostile_report())) for field in record}
    for name in HOSTILE_NAMES[:-1]:
        assert name in found or "'" + name in found
