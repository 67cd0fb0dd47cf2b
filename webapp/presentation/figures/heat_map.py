"""Weekday by hour: when are the chairs used?

Table, one row a cell: `weekday` (1 Monday to 7 Sunday), `hour` (0 to 23, site-local) and a third column, the count.
A cell that the table leaves out is zero; one whose count is None is hidden and stays empty.
"""

from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, numeric
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

WEEK = range(1, 8)
PIXELS = 250


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure, Monday at the top, from the first hour used to the last."""
    rows = _rows(table)
    used = [hour for _, hour in rows]
    hours = list(range(min(used), max(used) + 1))
    counts = [[_count(table, rows.get((weekday, hour))) for hour in hours] for weekday in WEEK]
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(len(hours))),
        "y": list(range(len(WEEK))),
        "z": counts,
        "zmin": 0,
        "zmax": max((value for row in counts for value in row if value), default=1.0),
        "colorscale": [[0, theme.accent_soft], [1, theme.accent]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [[_key(table, (weekday, hour), rows) for hour in hours] for weekday in WEEK],
        "hovertext": [[_told(table, (weekday, hour), rows) for hour in hours] for weekday in WEEK],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    horizontal = axes.category_axis([f"{hour:02d}" for hour in hours], most_ticks=12)
    layout = {
        "height": PIXELS,
        "xaxis": axes.titled(horizontal, "hour of the day, site time") | {"showline": False},
        "yaxis": axes.category_axis(formats.WEEKDAYS, downward=True),
    }
    return {"data": [trace], "layout": layout}


def alternative_text(table: Table) -> str:
    """The whole, the busiest weekday and the three busiest hours."""
    counts = {place: numeric(table.rows[row][2]) or 0.0 for place, row in _rows(table).items()}
    busiest = sorted(counts, key=lambda place: (-counts[place], place))[:3]
    days = {day: sum(many for (weekday, _), many in counts.items() if weekday == day) for day in WEEK}
    top = max(WEEK, key=lambda day: days[day])
    told = "; ".join(f"{_hour(*place)} {formats.count(counts[place])}" for place in busiest)
    return (
        f"{table.title} {table.subtitle}. {formats.count(sum(days.values()))} {_unit(table)} in all; most on "
        f"{formats.WEEKDAYS[top - 1]} ({formats.count(days[top])}). Busiest hours: {told}."
    )


def _rows(table: Table) -> dict[tuple[int, int], int]:
    """(weekday, hour) to row."""
    return {(int(str(row[0])), int(str(row[1]))): place for place, row in enumerate(table.rows)}


def _count(table: Table, row: int | None) -> float | None:
    return 0.0 if row is None else numeric(table.rows[row][2])


def _key(table: Table, place: tuple[int, int], rows: dict[tuple[int, int], int]) -> list[str]:
    column = table.columns[2].key
    row = rows.get(place)
    return [f"{place[0]}-{place[1]}", column] if row is None or not table.row_keys else cell_key(table, row, column)


def _told(table: Table, place: tuple[int, int], rows: dict[tuple[int, int], int]) -> str:
    many = formats.count(_count(table, rows.get(place)))
    return f"{_hour(*place)}–{place[1] + 1:02d}:00: {many} {_unit(table)}"


def _hour(weekday: int, hour: int) -> str:
    return f"{formats.WEEKDAYS[weekday - 1]} {hour:02d}:00"


def _unit(table: Table) -> str:
    return table.columns[2].label.lower()
