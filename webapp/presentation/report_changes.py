"""What one issue of a report says differently from another: each changed number, before and after."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from webapp.presentation import formats
from webapp.presentation.report_document import ReportDocument
from webapp.presentation.tables import Cell, Column, Kind, Table

MOST_TOLD = 250
NOTHING = "No number of this report changed."
GONE = "no longer part of the report"
SITE_COLUMN = "site"
"""The key of the column that names a row's site, where a table has a row for each."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One number, day or word that changed. what: `How do courses end? Nov 2025, Completed on time`. None: it was not there."""

    what: str
    before: Cell
    after: Cell
    kind: Kind

    @property
    def told(self) -> tuple[str, str]:
        """Both values as they are shown."""
        return formats.cell(self.before, self.kind), formats.cell(self.after, self.kind)

    def is_at_least(self, count: float, share: float) -> bool:
        """Whether it is large enough: a count by so many, a share by so much; anything else whenever it changed."""
        before, after = (0 if each is None else each for each in (self.before, self.after))
        if not isinstance(before, int | float) or not isinstance(after, int | float):
            return True
        return abs(after - before) >= (share if self.kind == "percent" else count) - 1e-12


def removed_before(issue: int, on: date) -> str:
    """What stands in place of the changes where the issue before is not kept any more."""
    return f"What changed since issue {issue} cannot be told: its tables were kept until {formats.day(on)} and then removed."


def changes_between(before: ReportDocument, after: ReportDocument) -> tuple[str, ...]:
    """One sentence for each number that changed, appeared or is gone, headline numbers first; the most are told, the rest counted."""
    found = [_sentence(each) for each in numbers_changed(before, after)]
    if not found:
        return (NOTHING,)
    told = tuple(found[:MOST_TOLD])
    left = len(found) - len(told)
    return (*told, f"{formats.plural(left, 'more number')} changed.") if left else told


def numbers_changed(before: ReportDocument, after: ReportDocument) -> Sequence[Changed]:
    """Every value that is shown differently, in the order of the report."""
    return [*_headlines(before, after), *_panels(before, after)]


def under_names(document: ReportDocument, names: Mapping[str, str]) -> ReportDocument:
    """The same report with sites under other names: two states are compared site by site, whatever the sites are called.

    names: the name to give, by the name that stands there.
    """
    if not names:
        return document
    panels = tuple(
        replace(panel, table=replace(panel.table, rows=tuple(_renamed(row, names) for row in panel.table.rows)))
        if panel.table.columns[0].key == SITE_COLUMN
        else panel
        for panel in document.panels
    )
    return replace(document, panels=panels)


def _renamed(row: tuple[Cell, ...], names: Mapping[str, str]) -> tuple[Cell, ...]:
    return names.get(str(row[0]), row[0]), *row[1:]


def changes_table(before: ReportDocument, after: ReportDocument) -> Table:
    """What changed as a table, for a page."""
    return Table(
        "report_changes",
        "What changed",
        f"Issue {before.issue} (data version {formats.count(before.data_version)}) and"
        f" issue {after.issue} (data version {formats.count(after.data_version)})",
        (
            Column("what", "Number"),
            Column("before", f"Issue {before.issue}"),
            Column("after", f"Issue {after.issue}"),
        ),
        # A narrow column breaks no line between a number and its percent sign.
        tuple(
            (each.what, *(shown.replace(" %", "\u00a0%") for shown in each.told))
            for each in numbers_changed(before, after)
        ),
    )


def _sentence(changed: Changed) -> str:
    then, now = changed.told
    return f"{changed.what} is {GONE}." if changed.after == GONE else f"{changed.what}: {then} before, {now} now."


def _headlines(before: ReportDocument, after: ReportDocument) -> Iterator[Changed]:
    earlier = {each.label: each for each in before.headlines}
    for each in after.headlines:
        then = earlier.get(each.label)
        changed = Changed(each.label, then.value if then else None, each.value, each.kind)
        if len(set(changed.told)) > 1:
            yield changed


def _panels(before: ReportDocument, after: ReportDocument) -> Iterator[Changed]:
    earlier = {panel.table.key: panel.table for panel in before.panels}
    for panel in after.panels:
        then = earlier.pop(panel.table.key, None)
        yield from _cells(then, panel.table)
    for table in earlier.values():
        yield Changed(table.title, None, GONE, "text")


def _cells(before: Table | None, after: Table) -> Iterator[Changed]:
    width = max(_naming_columns(table) for table in (before, after) if table)
    then, now = _by_place(before, width), _by_place(after, width)
    for place in {**now, **then}:
        old, new = then.get(place), now.get(place)
        kind = next(each[1] for each in (new, old) if each)
        what = f"{after.title} {', '.join(part for part in place if part)}"
        changed = Changed(what, old[0] if old else None, new[0] if new else None, kind)
        if len(set(changed.told)) > 1:
            yield changed


def _naming_columns(table: Table) -> int:
    """How many columns, from the first, tell a table's rows apart: a name, and words beside it where several rows bear that name."""
    first = table.columns[0]
    width = 1 if first.kind in ("text", "date", "month") or first.key == "infusion" else 0
    while 0 < width < len(table.columns) - 1 and table.columns[width].kind == "text":
        if len({row[:width] for row in table.rows}) == len(table.rows):
            break
        width += 1
    return width


def _by_place(table: Table | None, width: int) -> dict[tuple[str, str], tuple[Cell, Kind]]:
    """Every cell with its kind, by its row's name, which so many columns make up, and its column's label; namesakes are numbered."""
    if table is None:
        return {}
    cells: dict[tuple[str, str], tuple[Cell, Kind]] = {}
    met: Counter[str] = Counter()
    for row in table.rows:
        name = ", ".join(formats.cell(row[place], table.columns[place].kind) for place in range(width))
        met[name] += 1
        name = f"{name} ({met[name]})" if met[name] > 1 else name
        for column, value in list(zip(table.columns, row, strict=True))[width:]:
            cells[name, column.label] = value, column.kind
    return cells
