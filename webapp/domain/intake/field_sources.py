"""What a mapping says of one field, made into a function from a row's cells to the field's text."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from webapp.domain.intake.dates_as_sent import DateReader
from webapp.domain.intake.mapping import Condition, FieldSource
from webapp.domain.records import BY_NAME

Row = Mapping[str, str]
Getter = Callable[[Row], str]


def getter(record_type: str, source: FieldSource, dates: DateReader) -> Getter:
    """The text of that field: taken, then translated by `values`, then, for a day or time, brought to our form."""
    get = _taken(source)
    if source.values is not None:
        get = _translated(get, source.values, source.default)
    kind = BY_NAME[record_type].field(source.field).kind
    if kind in ("date", "instant", "day_or_instant") and dates.changes_anything:
        get = _dated(get, dates)
    return get


def hold(conditions: Iterable[Condition], cells: Row) -> bool:
    """Whether all of the conditions hold for the row."""
    return all((cells[condition.column] in condition.values) is condition.wanted for condition in conditions)


def _taken(source: FieldSource) -> Getter:
    if source.column is not None:
        column = source.column
        return lambda cells: cells[column]
    if source.constant is not None:
        constant = source.constant
        return lambda _: constant
    if source.template:
        return _filled(source.template)
    branches = source.branches
    return lambda cells: next((branch.value for branch in branches if hold(branch.conditions, cells)), "")


def _filled(parts: Sequence[str]) -> Getter:
    """The template with its columns; empty where one of them is, so that no half key is made."""
    columns = parts[1::2]

    def fill(cells: Row) -> str:
        found = [cells[column] for column in columns]
        if not all(found):
            return ""
        return "".join(found[place // 2] if place % 2 else part for place, part in enumerate(parts))

    return fill


def _translated(get: Getter, values: Mapping[str, str], default: str | None) -> Getter:
    def translate(cells: Row) -> str:
        text = get(cells)
        if text in values:
            return values[text]
        return text if default is None or not text else default

    return translate


def _dated(get: Getter, dates: DateReader) -> Getter:
    return lambda cells: dates.in_our_form(get(cells))
