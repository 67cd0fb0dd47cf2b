"""One file's bytes to rows: the right reading, or one sentence that says why there is none.

A file is read twice as a stream: first to settle its encoding and limits, then row by row; memory stays flat. Text is
brought to Unicode NFC and stripped of surrounding white space once, here. A UTF-8 or UTF-16 byte order mark is obeyed;
otherwise the mapping's encoding holds, UTF-8 where it names none. LF, CRLF and CR end lines, also mixed; inside quotes
they are kept. Rows without any text are passed over.
"""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from webapp.domain.errors import BadInput
from webapp.domain.intake.encodings import settle_encoding


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was sent: the name its sender gave it, and a way to read its bytes from the start."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> "SourceFile":
        """A file that is already in memory."""
        return cls(name, lambda: io.BytesIO(data))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may be at most: bytes, rows, columns, and characters between two line ends."""

    size: int = 4 * 2**30
    rows: int = 12_000_000
    columns: int = 1_000
    line: int = 2**20


class CsvRow(NamedTuple):
    """The cells of one row, as many as columns; `line` is the line of the file on which it begins, from 1."""

    line: int
    cells: list[str]


class CountMismatch(NamedTuple):
    """A row that has another number of cells than the header; `text` is how it begins."""

    line: int
    found: int
    wanted: int
    text: str


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file with a readable header. `columns`: the names in order; an unnamed column is ''."""

    file: SourceFile
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    limits: Limits

    def rows(self) -> Iterator[CsvRow | CountMismatch]:
        """All rows after the header. Raises BadInput where the rest of the file cannot be told apart into rows."""
        rows = _physical_rows(self.file, self.encoding, self.delimiter)
        next(rows)
        width = len(self.columns)
        for number, (line, cells) in enumerate(rows, 1):
            if number > self.limits.rows:
                raise BadInput(f"{self.file.name} has more than {self.limits.rows:,} rows; send it in parts.")
            if len(cells) == width:
                yield CsvRow(line, cells)
            else:
                yield CountMismatch(line, len(cells), width, self.delimiter.join(cells)[:200])


_STANDARD_LIMITS = Limits()


def open_table(
    file: SourceFile, encoding: str = "", delimiter: str = ",", limits: Limits = _STANDARD_LIMITS
) -> CsvTable:
    """Settle the encoding and read the header. Raises BadInput with one sentence where the file is not such a table."""
    settled = settle_encoding(file.open, file.name, encoding, limits.size, limits.line)
    first = next(_physical_rows(file, settled, delimiter), None)
    if first is None:
        raise BadInput(f"{file.name} has no header row; its first row must name the columns.")
    columns = tuple(first[1])
    _check_header(file.name, columns, delimiter, limits)
    return CsvTable(file, columns, settled, delimiter, limits)


def _check_header(name: str, columns: tuple[str, ...], delimiter: str, limits: Limits) -> None:
    if len(columns) > limits.columns:
        raise BadInput(f"{name} has {len(columns):,} columns; at most {limits.columns:,} can be read.")
    if len(columns) == 1:
        for other, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars"), (",", "commas")):
            if other != delimiter and other in columns[0]:
                raise BadInput(
                    f"{name} has a single column, {columns[0][:60]!r}: its cells seem to be separated by {word}. "
                    f"Export it with commas, or name the delimiter in the column mapping."
                )
    twice = [column for column, times in Counter(columns).items() if times > 1 and column]
    if twice:
        raise BadInput(f"{name} names the column {twice[0][:60]!r} more than once; each column needs its own name.")


def _physical_rows(file: SourceFile, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each row begins and its cells, normalised; rows without any text are passed over."""
    with file.open() as stream, io.TextIOWrapper(stream, encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                joined = "".join(cells)
                if joined:
                    if not joined.isascii():
                        cells = [unicodedata.normalize("NFC", cell) for cell in cells]
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise BadInput(
                f"{file.name}, the row that begins on line {line:,}: {_quoting_fault(str(error))}"
            ) from error


def _quoting_fault(message: str) -> str:
    if "unexpected end" in message:
        return "a quote is opened and never closed. Close it, or double it where it belongs to the text."
    if "field limit" in message or "field larger" in message:
        return f"a cell has more than {csv.field_size_limit():,} characters; perhaps a quote is opened and not closed."
    if "expected after" in message:
        return "text stands after a closing quote. Double the quotes that belong to the text."
    return "it is not well-formed CSV. Check its quotes and line ends."
