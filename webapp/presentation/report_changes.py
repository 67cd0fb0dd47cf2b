"""What a further issue of a report says differently from the issue before: each changed number, before and after."""

from collections.abc import Iterator

from webapp.presentation import formats
from webapp.presentation.report_document import ReportDocument
from webapp.presentation.tables import Table

MOST_TOLD = 60
NOTHING = "No number of this report changed."


def changes_between(before: ReportDocument, after: ReportDocument) -> tuple[str, ...]:
    """One sentence for each number that changed, appeared or is gone, headline numbers first; at most sixty, the rest counted."""
    found = [*_headlines(before, after), *_panels(before, after)]
    if not found:
        return (NOTHING,)
    told = tuple(found[:MOST_TOLD])
    left = len(found) - len(told)
    return (*told, f"{formats.plural(left, 'more number')} changed.") if left else told


def _headlines(before: ReportDocument, after: ReportDocument) -> Iterator[str]:
    earlier = {each.label: formats.cell(each.value, each.kind) for each in before.headlines}
    for each in after.headlines:
        now = formats.cell(each.value, each.kind)
        then = earlier.get(each.label, formats.MISSING)
        if now != then:
            yield f"{each.label}: {then} before, {now} now."


def _panels(before: ReportDocument, after: ReportDocument) -> Iterator[str]:
    earlier = {panel.table.key: panel.table for panel in before.panels}
    for panel in after.panels:
        then = earlier.pop(panel.table.key, None)
        yield from _cells(then, panel.table)
    for table in earlier.values():
        yield f"{table.title} is no longer part of the report."


def _cells(before: Table | None, after: Table) -> Iterator[str]:
    then, now = _by_place(before), _by_place(after)
    for place in {**now, **then}:
        old, new = then.get(place, formats.MISSING), now.get(place, formats.MISSING)
        if old != new:
            yield f"{after.title} {', '.join(part for part in place if part)}: {old} before, {new} now."


def _by_place(table: Table | None) -> dict[tuple[str, str], str]:
    """Every cell as it is shown, by its row's name and its column's label; unnamed rows have the table's only line."""
    if table is None:
        return {}
    named = table.columns[0].kind in ("text", "date", "month") or table.columns[0].key == "infusion"
    cells: dict[tuple[str, str], str] = {}
    for row in table.rows:
        name = formats.cell(row[0], table.columns[0].kind) if named else ""
        for column, value in list(zip(table.columns, row, strict=True))[1 if named else 0 :]:
            cells[name, column.label] = formats.cell(value, column.kind)
    return cells
