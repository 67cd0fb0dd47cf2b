"""Bytes to rows: the right reading, or one sentence."""

import csv
import io
import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import CountMismatch, CsvRow, Limits, SourceFile, open_table


def read(data: bytes, encoding: str = "", delimiter: str = ",", limits: Limits | None = None) -> list[list[str]]:
    """Header and rows of the bytes; a row of another width as its mismatch."""
    table = open_table(SourceFile.of_bytes("x.csv", data), encoding, delimiter, limits or Limits())
    rows: list[list[str]] = [list(table.columns)]
    for row in table.rows():
        assert isinstance(row, CsvRow)
        rows.append(row.cells)
    return rows


def refusal(data: bytes, encoding: str = "", limits: Limits | None = None) -> str:
    """The sentence by which the bytes are refused."""
    with pytest.raises(BadInput) as caught:
        read(data, encoding, limits=limits)
    sentence = str(caught.value)
    assert sentence.startswith("x.csv"), sentence
    assert sentence.endswith((".", "?")), sentence
    return sentence


PLAIN = [["a", "b"], ["1", "é"], ["2", ""]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings(end: str, last: bool, encoding: str) -> None:
    text = end.join(["a,b", "1,é", '2,""']) + (end if last else "")
    assert read(text.encode(encoding)) == PLAIN


def test_utf16_of_either_order() -> None:
    text = "a,b\n1,é\n2,\n"
    assert read(b"\xff\xfe" + text.encode("utf-16-le")) == PLAIN
    assert read(b"\xfe\xff" + text.encode("utf-16-be")) == PLAIN


def test_mixed_line_ends_and_lines_counted() -> None:
    table = open_table(SourceFile.of_bytes("x.csv", b'a,b\r\n1,"x\ny"\r2,z\n\n3,w'))
    assert [(row.line, row.cells) for row in table.rows() if isinstance(row, CsvRow)] == [
        (2, ["1", "x\ny"]),
        (4, ["2", "z"]),
        (6, ["3", "w"]),
    ]


def test_encoding_named_by_the_mapping() -> None:
    assert read("a,b\n1,é\n2,\n".encode("latin-1"), "latin-1") == PLAIN


def test_text_is_normalised_and_stripped_once() -> None:
    assert read("a , b\n e\u0301 ,\u00a0x\u00a0\n".encode()) == [["a", "b"], ["é", "x"]]


def test_rows_without_text_are_passed_over() -> None:
    assert read(b"\n\na,b\n,\n\n1,2\n , \n") == [["a", "b"], ["1", "2"]]


def test_header_only() -> None:
    assert read(b"a,b") == [["a", "b"]]


def test_quotes_inside_an_unquoted_cell_are_text() -> None:
    assert read(b'a,b\n6" tall,x\n') == [["a", "b"], ['6" tall', "x"]]


def test_rows_of_another_width_are_named_one_by_one() -> None:
    table = open_table(SourceFile.of_bytes("x.csv", b"a,b\n1\n1,2\n1,2,3\n"))
    found = list(table.rows())
    assert found == [CountMismatch(2, 1, 2, "1"), CsvRow(3, ["1", "2"]), CountMismatch(4, 3, 2, "1,2,3")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (b"\xef\xbb\xbf", "no header row"),
        (b"a;b\n1;2\n", "semicolons"),
        (b"a\tb\n1\t2\n", "tabs"),
        (b"a|b\n1|2\n", "vertical bars"),
        (b"a,b,a\n1,2,3\n", "'a' more than once"),
        (b'a,b\n1,"x\n2,y\n', "begins on line 2: a quote is opened and never closed"),
        (b'a,b\n1,"x"y\n', "after a closing quote"),
        (b"a,b\n1,\x00\n", "NUL character on line 2"),
        ("a,b\n1,é\n".encode("utf-16-le"), "NUL character on line 1"),
        ("a,b\n1,é\n".encode("utf-32"), "UTF-32"),
        (b"a,b\n1,2\n3,\xe9\n", "byte 11 (line 3)"),
        (b"a,b\n1,\xc3", "byte 7 (line 2)"),
        (b"PK\x03\x04rest", "ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"\x1f\x8brest", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html>", "web page"),
        (b"a,b\n1," + b"x" * 200_000, "a cell has more than"),
        (b"a,b\n1," + b"x" * 2_000_000, "has more than 1,048,576 characters"),
        (",".join(f"c{i}" for i in range(1_001)).encode(), "1,001 columns"),
    ],
)
def test_refused_with_a_sentence(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_a_workbook_under_a_csv_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>" * 1_000)
    assert "Excel workbook" in refusal(buffer.getvalue())


def test_an_invalid_byte_far_into_the_file_is_placed() -> None:
    lines = b"a,b\r\n" + b"1,2\r\n" * 200_000
    assert f"byte {len(lines) + 3:,} (line 200,002)" in refusal(lines + b"1,\xff\r\n")


def test_size_and_row_limits() -> None:
    assert "larger than" in refusal(b"a,b\n" + b"1,2\n" * 300_000, limits=Limits(size=2**20))
    assert "more than 3 rows" in refusal(b"a,b\n" + b"1,2\n" * 4, limits=Limits(rows=3))


def test_undecodable_in_the_named_encoding() -> None:
    assert "is not cp1252: byte 7" in refusal(b"a,b\n1,\x81\n", "cp1252")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read(rows: list[tuple[str, str]], end: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(("first", "second"))
    writer.writerows(rows)
    wanted = [[unicodedata.normalize("NFC", cell.strip()) for cell in row] for row in rows]
    assert read(buffer.getvalue().encode())[1:] == [row for row in wanted if any(row)]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for start in (b"", b"a,b\n", b"\xff\xfe", b'a,"b"\r'):
        try:
            table = open_table(SourceFile.of_bytes("x.csv", start + data))
            lines = [row.line for row in table.rows()]
        except BadInput as refused:
            said = str(refused)
        else:
            said = "x.csv was read"
            assert all(line > 1 for line in lines)
        assert said.startswith("x.csv")
