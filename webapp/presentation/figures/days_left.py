"""What lapses next: a bar a thing, as long as the days it has left, soonest at the top.

Table: the first column names the thing, `days_left` (integer, negative once it has ended) and `ends_on` (date); rows in
any order. A name stands beside its bar in as many lines as it needs, and the bars are as far apart as the tallest of them wants.
"""

from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, escaped, label_lines, numbers
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

SOON = 30
NEAR = 90
MOST_BARS = 12
ROW_PIXELS = 26
LINE_PIXELS = 12


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure; the twelve that end soonest."""
    places = soonest_rows(table)
    left = numbers(table, "days_left")
    days = [left[place] or 0.0 for place in places]
    labels = [label_lines(table.rows[place][0]) for place in places]
    row_pixels = ROW_PIXELS + LINE_PIXELS * (max((len(lines) for lines in labels), default=1) - 1)
    known = len([value for value in left if value is not None])
    title = "days left" if known == len(places) else f"days left, the {len(places)} soonest of {formats.count(known)}"
    horizontal = axes.count_axis(max([*days, 30.0]) * 1.12, title)
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": days,
        "y": list(range(len(places))),
        "text": [_days(value) for value in days],
        "textposition": "outside",
        "textfont": {"color": theme.ink},
        "cliponaxis": False,
        "marker": {"color": [_colour(value, theme) for value in days]},
        "customdata": [cell_key(table, place, "days_left") for place in places],
        "hovertext": [f"{escaped(table.rows[place][0])}<br>{_ends(table, place)}" for place in places],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    layout = {
        "bargap": 0.45,
        "height": 70 + row_pixels * len(places),
        "xaxis": horizontal | {"showline": False, "range": [min([0.0, *days]) * 1.1, horizontal["range"][1]]},
        "yaxis": axes.category_axis(["<br>".join(lines) for lines in labels], downward=True) | {"showline": True},
    }
    return {"data": [bars], "layout": layout}


def alternative_text(table: Table) -> str:
    """Each thing with its days and day."""
    places = soonest_rows(table)
    left = numbers(table, "days_left")
    told = [f"{table.rows[place][0]} {_days(left[place] or 0.0)} ({_ends(table, place)})" for place in places]
    more = len([value for value in left if value is not None]) - len(places)
    rest = f" {formats.count(more)} more end later." if more > 0 else ""
    return f"{table.title} {table.subtitle}. {'; '.join(told)}.{rest}"


def soonest_rows(table: Table) -> list[int]:
    """The rows drawn, soonest first, then by name."""
    left = numbers(table, "days_left")
    known = [row for row in range(len(table.rows)) if left[row] is not None]
    return sorted(known, key=lambda row: (left[row], str(table.rows[row][0])))[:MOST_BARS]


def _colour(days: float, theme: Theme) -> str:
    if days <= SOON:
        return theme.bad
    return theme.near if days <= NEAR else theme.accent


def _days(days: float) -> str:
    return f"{formats.count(days)} d" if days >= 0 else f"ended {formats.count(-days)} d ago"


def _ends(table: Table, row: int) -> str:
    return f"last valid day {formats.cell(table.at(row, 'ends_on'), 'date')}"
