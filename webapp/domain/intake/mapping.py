"""A column mapping as data: how another system's files become our records. Its YAML is read in `mapping_reading`."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

SITE_TIME = "site"
"""The value of `time_zone` by which a time without an offset is the site's own."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where the column's value is among `values` (with `wanted` false: where it is not); '' is an empty cell."""

    column: str
    values: frozenset[str]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a `choose`: the value where all conditions hold."""

    conditions: tuple[Condition, ...]
    value: str


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where one field's text comes from: exactly one of column, constant, template, branches; then `values` translates
    it.

    template: literal texts and column names in turn, beginning with a literal. values: None for no translation; a text
    that it lacks becomes `default`, or stays as it is where that is None.
    """

    field: str
    column: str | None = None
    constant: str | None = None
    template: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    values: dict[str, str] | None = None
    default: str | None = None

    def columns(self) -> set[str]:
        """Every input column that is read for the field."""
        named = {self.column} if self.column is not None else set()
        return named | set(self.template[1::2]) | {c.column for branch in self.branches for c in branch.conditions}


@dataclass(frozen=True, slots=True)
class Interval:
    """Joins by time: the joined row in whose days `start` to `end` (both included) the day in `at` lies.

    An empty `end` means: until the day before the next one of the same key starts, or without end. Where several hold
    the day, the one that started last is meant. A day known only by its year or month is placed where all of it lies
    inside.
    """

    at: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Join:
    """Adds the columns of one matching row of another file, as `name.COLUMN`; the first in the file where several
    match.

    on: pairs of this table's column and the joined file's. leave_out: '' to go on with empty columns where nothing
    matches, else the reason for which the row is left out.
    """

    name: str
    file: str
    on: tuple[tuple[str, str], ...]
    where: tuple[Condition, ...] = ()
    interval: Interval | None = None
    leave_out: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Records of one type from one kind of file, or from rows written in the mapping itself.

    file: a name or pattern such as `sessions*.csv`, matched without regard to case; '' with `rows`. same_columns: each
    field is the column of its own name, and other columns are refused. distinct: only the first row of each value of
    these columns.
    """

    record_type: str
    file: str = ""
    rows: tuple[tuple[int, dict[str, str]], ...] = ()
    same_columns: bool = False
    where: tuple[Condition, ...] = ()
    distinct: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    fields: tuple[FieldSource, ...] = ()
    line: int = 0

    def columns(self) -> set[str]:
        """Every column that the table reads, joined ones as `name.COLUMN`."""
        named = {condition.column for condition in self.where} | set(self.distinct)
        for source in self.fields:
            named |= source.columns()
        for join in self.joins:
            named |= {own for own, _ in join.on} | ({join.interval.at} if join.interval else set())
        return named


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How the files of one sending system are read. `tables` are in order of reference.

    source: the sending system's name, part of each record's identity. time_zone: '' where times without an offset are
    the site's own, else an IANA zone. partial_dates: '' refuses a day of which only year or month is known, 'empty'
    takes it as not known. text: the YAML as written, kept with every batch.
    """

    name: str
    source: str
    title: str = ""
    notes: str = ""
    encoding: str = ""
    delimiter: str = ","
    time_zone: str = ""
    date_formats: tuple[str, ...] = ()
    partial_dates: str = ""
    na_values: frozenset[str] = frozenset()
    ignore: tuple[str, ...] = ()
    tables: tuple[TableMapping, ...] = ()
    text: str = field(default="", compare=False, repr=False)

    def patterns(self) -> tuple[str, ...]:
        """Every file name or pattern that is read, each once."""
        named = [
            pattern
            for table in self.tables
            for pattern in (table.file, *(join.file for join in table.joins))
            if pattern
        ]
        return tuple(dict.fromkeys(named))


def fits(file_name: str, pattern: str) -> bool:
    """Whether a file of that name is meant by the pattern; case does not count, `*` stands for any characters."""
    return fnmatchcase(file_name.lower(), pattern.lower())
