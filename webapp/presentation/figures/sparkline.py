"""A small line without axes, for the trend under a headline number.

Table: the first column is a day or month, the second the value.
"""

from typing import Any

from webapp.presentation.figures import time_line
from webapp.presentation.figures.marks import Figure, cell_key, iso_days, numbers
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

HEIGHT = 44


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure; the last known value carries a dot."""
    key = table.columns[1].key
    values = numbers(table, key)
    known = [row for row, value in enumerate(values) if value is not None]
    drawn = [value for value in values if value is not None]
    low, high = (min(drawn), max(drawn)) if drawn else (0.0, 1.0)
    room = (high - low) * 0.2 or abs(high) * 0.1 or 1.0
    days = iso_days(table)
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": values,
        "line": {"color": theme.accent, "width": 2, "dash": "solid"},
        "fill": "none" if None in values else "tozeroy",
        "fillcolor": theme.accent_soft,
        "connectgaps": False,
        "customdata": [cell_key(table, row, key) for row in range(len(table.rows))],
        "hoverinfo": "skip",
    }
    end: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [days[row] for row in known[-1:]],
        "y": [values[row] for row in known[-1:]],
        "marker": {"color": theme.accent, "size": 6, "symbol": "circle"},
        "customdata": [cell_key(table, row, key) for row in known[-1:]],
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    layout = {
        "height": HEIGHT,
        "margin": {"l": 2, "r": 6, "t": 4, "b": 4},
        "xaxis": {"type": "date", "visible": False},
        "yaxis": {"visible": False, "range": [low - room, high + room]},
    }
    return {"data": [line, end], "layout": layout}


def alternative_text(table: Table) -> str:
    """First, last, lowest and highest value."""
    return time_line.alternative_text(table)
