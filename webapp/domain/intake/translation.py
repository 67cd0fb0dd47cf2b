"""Files and a column mapping to raw records, in order of reference. Files are streamed; joined columns are kept."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from webapp.domain.errors import BadInput
from webapp.domain.intake.csv_reading import CountMismatch, CsvTable, Limits, SourceFile, open_table
from webapp.domain.intake.dates_as_sent import DateReader
from webapp.domain.intake.field_sources import getter, hold
from webapp.domain.intake.lookups import Joined, Row, lookup_of
from webapp.domain.intake.mapping import ColumnMapping, Join, TableMapping, fits
from webapp.domain.intake.raw_records import Item, LeftOut, RawRecord
from webapp.domain.intake.rules import Rejection, rejection
from webapp.domain.records import BY_NAME

_STANDARD_LIMITS = Limits()


def translate(mapping: ColumnMapping, files: Sequence[SourceFile], limits: Limits = _STANDARD_LIMITS) -> Iterator[Item]:
    """Every record that the mapping makes of these files, type by type in order of reference.

    Rows are given as RawRecord, as LeftOut where a join's stated rule leaves them out, or as Rejection where a row has
    the wrong number of cells. Raises BadInput, before the first row, where a file is not read by any table, lacks a
    column or is no CSV text; later only where a file cannot be told apart into rows any further.
    """
    chosen = sort_files(mapping, files)
    opened = {file.name: open_table(file, mapping.encoding, mapping.delimiter, limits) for file in chosen}
    work = _Translation(mapping, opened)
    work.check_columns()
    return work.items()


def sort_files(mapping: ColumnMapping, files: Sequence[SourceFile]) -> list[SourceFile]:
    """The files that the mapping reads, without those it ignores.

    Raises BadInput where none is left, one is meant by nothing, or two have one name.
    """
    chosen: list[SourceFile] = []
    for file in files:
        if any(fits(file.name, pattern) for pattern in mapping.ignore):
            continue
        if not any(fits(file.name, pattern) for pattern in mapping.patterns()):
            raise BadInput(
                f"The mapping {mapping.name} does not read a file named {file.name!r}; it reads "
                f"{', '.join(mapping.patterns())}. Rename the file, or choose another mapping."
            )
        if any(other.name == file.name for other in chosen):
            raise BadInput(f"Two files are named {file.name!r}; send each file once, under a name of its own.")
        chosen.append(file)
    if not chosen:
        raise BadInput(f"There is no file to read; the mapping {mapping.name} reads {', '.join(mapping.patterns())}.")
    return chosen


class _Translation:
    """One mapping at work on one set of opened files."""

    def __init__(self, mapping: ColumnMapping, opened: dict[str, CsvTable]) -> None:
        self._mapping = mapping
        self._opened = opened
        self._dates = DateReader(mapping.date_formats, mapping.partial_dates == "empty")

    def check_columns(self) -> None:
        """Refuse, before any row is read, what the headers already show, and a file that would only be looked up."""
        used: set[str] = set()
        for table in self._mapping.tables:
            for csv_table in self._named(table.file):
                used.add(csv_table.file.name)
                if table.same_columns:
                    _check_same_columns(csv_table, table.record_type)
                else:
                    used |= self._check_columns(csv_table, table)
        for name in self._opened:
            if name not in used:
                raise BadInput(f"{name} is only looked up for other files; send those in the same batch.")

    def items(self) -> Iterator[Item]:
        """All records in order of reference."""
        for table in self._mapping.tables:
            for line, cells in table.rows:
                yield RawRecord(table.record_type, f"{self._mapping.name}.yaml", line, cells)
            if read := self._named(table.file):
                yield from _same_columns(table, read) if table.same_columns else self._mapped(table, read)

    def _named(self, pattern: str) -> list[CsvTable]:
        return [table for name, table in self._opened.items() if pattern and fits(name, pattern)]

    def _joined_files(self, join: Join, record_type: str) -> list[CsvTable]:
        found = self._named(join.file)
        if not found:
            raise BadInput(f"The {record_type} need the file {join.file} as well; send it in the same batch.")
        return found

    def _check_columns(self, csv_table: CsvTable, table: TableMapping) -> set[str]:
        """Refuse missing columns; gives the names of the joined files."""
        joined: set[str] = set()
        for column in sorted(_own_columns(table)):
            _require(csv_table, column, table.record_type)
        for join in table.joins:
            for other in self._joined_files(join, table.record_type):
                joined.add(other.file.name)
                for column in sorted(_needed_of(join, table) | {theirs for _, theirs in join.on}):
                    _require(other, column, table.record_type)
        return joined

    def _mapped(self, table: TableMapping, read: Iterable[CsvTable]) -> Iterator[Item]:
        kind = table.record_type
        names = {join.name for join in table.joins}
        before = [condition for condition in table.where if condition.column.partition(".")[0] not in names]
        after = [condition for condition in table.where if condition not in before]
        getters = [(source.field, getter(kind, source, self._dates)) for source in table.fields]
        joins = [self._join(join, table) for join in table.joins]
        seen: set[tuple[str, ...]] = set()
        for line, name, cells in self._rows(kind, read):
            if isinstance(cells, Rejection):
                yield cells
                continue
            if not hold(before, cells):
                continue
            if reason := next((reason for join in joins if (reason := join.add_to(cells))), ""):
                yield LeftOut(kind, name, line, reason)
            elif hold(after, cells) and _first_of_its_kind(table.distinct, cells, seen):
                yield RawRecord(kind, name, line, {field: get(cells) for field, get in getters})

    def _rows(self, kind: str, read: Iterable[CsvTable]) -> Iterator[tuple[int, str, dict[str, str] | Rejection]]:
        for csv_table in read:
            name = csv_table.file.name
            for row in csv_table.rows():
                if isinstance(row, CountMismatch):
                    yield row.line, name, _mismatch(kind, name, row)
                else:
                    yield row.line, name, self._cells(csv_table, row.cells)

    def _cells(self, csv_table: CsvTable, cells: Sequence[str]) -> dict[str, str]:
        empty = self._mapping.na_values
        if empty:
            cells = ["" if cell in empty else cell for cell in cells]
        return dict(zip(csv_table.columns, cells, strict=True))

    def _join(self, join: Join, table: TableMapping) -> Joined:
        needed = sorted(_needed_of(join, table))
        return Joined(join, tuple(needed), lookup_of(join, self._joined_rows(join, table.record_type, needed)))

    def _joined_rows(self, join: Join, kind: str, needed: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Row]]:
        for line, name, cells in self._rows(kind, self._joined_files(join, kind)):
            if isinstance(cells, Rejection):
                raise BadInput(f"{name}, line {line:,}: {cells.sentence}")
            if hold(join.where, cells):
                yield tuple(cells[theirs] for _, theirs in join.on), {column: cells[column] for column in needed}


def _own_columns(table: TableMapping) -> set[str]:
    names = {join.name for join in table.joins}
    return {column for column in table.columns() if column.partition(".")[0] not in names or "." not in column}


def _needed_of(join: Join, table: TableMapping) -> set[str]:
    """The columns of the joined file that are read, beside those it is joined on."""
    needed = {column.partition(".")[2] for column in table.columns() if column.startswith(f"{join.name}.")}
    needed |= {condition.column for condition in join.where}
    return needed | ({join.interval.start, join.interval.end} if join.interval else set())


def _same_columns(table: TableMapping, read: Iterable[CsvTable]) -> Iterator[Item]:
    """Each field from the column of its own name: the fast way of our own format."""
    kind = table.record_type
    for csv_table in read:
        name, columns = csv_table.file.name, csv_table.columns
        for row in csv_table.rows():
            if isinstance(row, CountMismatch):
                yield _mismatch(kind, name, row)
            else:
                yield RawRecord(kind, name, row.line, dict(zip(columns, row.cells, strict=True)))


def _check_same_columns(csv_table: CsvTable, record_type: str) -> None:
    fields = {field.name: field.required for field in BY_NAME[record_type].columns}
    for place, column in enumerate(csv_table.columns, 1):
        if column not in fields:
            named = f"column {column!r}" if column else f"column without a name (number {place})"
            raise BadInput(
                f"{csv_table.file.name} has a {named}, which {record_type} do not have{_nearest(column, fields)}."
            )
    for name, required in fields.items():
        if required:
            _require(csv_table, name, record_type)


def _require(csv_table: CsvTable, column: str, record_type: str) -> None:
    if column not in csv_table.columns:
        shown = ", ".join(name for name in csv_table.columns[:20] if name)
        raise BadInput(
            f"{csv_table.file.name} has no column {column!r}, which the {record_type} need"
            f"{_nearest(column, csv_table.columns)}. Its columns are: {shown[:300]}."
        )


def _nearest(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f"; is {found[0]!r} meant?" if found else ""


def _mismatch(kind: str, file: str, row: CountMismatch) -> Rejection:
    detail = f"{row.found} cells, but the header has {row.wanted}"
    return rejection("field_count", kind, file, row.line, value=row.text, detail=detail)


def _first_of_its_kind(distinct: Sequence[str], cells: Row, seen: set[tuple[str, ...]]) -> bool:
    if not distinct:
        return True
    kind = tuple(cells[column] for column in distinct)
    if kind in seen:
        return False
    seen.add(kind)
    return True
