"""A table in another order: the same rule for a file as the screen has."""

from dataclasses import replace

from webapp.presentation.tables import Cell, Table


def sorted_by(table: Table, key: str, *, descending: bool) -> Table:
    """The rows in order of one column; missing cells, and texts among numbers, come last. No such column: unchanged."""
    place = next((i for i, column in enumerate(table.columns) if column.key == key), None)
    if place is None:
        return table
    numeric = table.columns[place].kind != "text"
    known = [i for i, row in enumerate(table.rows) if row[place] is not None and isinstance(row[place], str) != numeric]
    rest = [i for i in range(len(table.rows)) if i not in set(known)]
    order = sorted(known, key=lambda i: _rank(table.rows[i][place]), reverse=descending) + rest
    keys = tuple(table.row_keys[i] for i in order) if table.row_keys else ()
    return replace(table, rows=tuple(table.rows[i] for i in order), row_keys=keys)


def _rank(value: Cell) -> tuple[str, float]:
    """Texts by their folded letters, everything else by its place on a line."""
    if isinstance(value, str):
        return value.casefold(), 0.0
    if isinstance(value, int | float):
        return "", float(value)
    return value.isoformat() if value is not None else "", 0.0
