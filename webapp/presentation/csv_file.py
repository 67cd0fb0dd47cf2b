"""CSV (RFC 4180, UTF-8, CRLF).

A report is a sequence of blocks with an empty line between them: first what it is about (label, value), then what
needs attention, then a block a panel: `Panel, <key>, <title>`, `Counted over, <subtitle>`, the column labels, the
rows, its notes (`Note, <sentence>`). At its end stands how each measure is counted, with its version, under the labels
`Measure, Version, ...`. Shares are numbers between 0 and 1, days are ISO 8601, instants ISO 8601 in UTC, a missing
value is an empty field. A text that a spreadsheet would calculate is preceded by an apostrophe.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from webapp.presentation import headings
from webapp.presentation.plain_text import without_formula
from webapp.presentation.report_document import ReportDocument
from webapp.presentation.tables import Cell, Table


def render(document: ReportDocument) -> bytes:
    """A whole report."""
    lines: list[Sequence[Cell]] = list(headings.about(document))
    if document.changes:
        lines += [(), *(("Changed", change) for change in document.changes)]
    if document.headlines:
        lines += [(), ("Headline", "Value", "95 % from", "95 % to", "Note")]
        lines += [(each.label, each.value, each.low, each.high, each.note) for each in document.headlines]
    if document.sentences:
        lines += [(), ("Needs attention", "Site", "What")]
        lines += [(each.tag, each.subject, each.text) for each in document.sentences]
    for panel in document.panels:
        lines += [(), *_block(panel.table)]
    if document.counted and document.layout >= 1:
        lines += [(), headings.COUNTED_LABELS, *headings.counted(document)]
    return _bytes(lines)


def render_table(table: Table, about: Iterable[tuple[str, str]] = ()) -> bytes:
    """One table as it is shown; `about` are label and value of its filters and its as-of, written before it."""
    head = list(about)
    return _bytes([*head, *([()] if head else []), *_block(table)])


def _block(table: Table) -> list[Sequence[Cell]]:
    return [
        ("Panel", table.key, table.title),
        ("Counted over", table.subtitle),
        [column.label for column in table.columns],
        *table.rows,
        *(("Note", note) for note in table.notes),
    ]


def _bytes(lines: Iterable[Sequence[Cell]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    for line in lines:
        writer.writerow([_field(cell) for cell in line])
    return target.getvalue().encode("utf-8", "replace")


def _field(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return without_formula(cell) if isinstance(cell, str) else cell
