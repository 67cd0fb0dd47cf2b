"""A funnel: is any site unlike the others? Limits around the network's rate, narrowing as n grows.

Table, one row a site: `site`, `n`, `n_eff`, `events`, `rate`, `low`, `high`, `target`, `phi`, `standing`. `target` (p0)
and `phi` are the same in each row. `standing` reads `inside`, `above 95 %`, `above 99.8 %`, `below 95 %` or
`below 99.8 %`; with any other text (`not enough screening`) the site has no point.
Limits: p0 +- z sqrt(phi) sqrt(p0 (1 - p0) / n_eff), clipped to 0 and 1 (Spiegelhalter 2005).
"""

from math import sqrt
from typing import Any

from webapp.presentation import formats
from webapp.presentation.figures import axes
from webapp.presentation.figures.marks import Figure, cell_key, escaped, hundredfold, nothing_to_draw, numbers
from webapp.presentation.tables import Table
from webapp.presentation.tokens import Theme

Z95 = 1.959964
Z998 = 3.090232
CURVE_POINTS = 72
COMPARED = ("inside", "above 95 %", "below 95 %", "above 99.8 %", "below 99.8 %")
OUTSIDE = ("above 99.8 %", "below 99.8 %")
TOO_FEW = "Too few sites have enough data to compare."


def draw(table: Table, theme: Theme) -> Figure:
    """Table to figure; only sites outside the 99.8 % limits are coloured and named."""
    places, target = compared_rows(table), _target(table)
    if not places or target is None:
        return nothing_to_draw(theme, TOO_FEW)
    sizes, rates = numbers(table, "n"), numbers(table, "rate")
    most = max(sizes[place] or 0.0 for place in places)
    least = min(sizes[place] or 0.0 for place in places)
    ends = (max(1.0, least * 0.8), most * 1.06)
    curves = _limits(table, places, target, ends, theme)
    outside = outside_rows(table)
    inside = [place for place in places if place not in outside]
    points = [_points(table, inside, theme.other), _named_points(table, outside, theme.bad)]
    early_limit = curves[2]["y"][CURVE_POINTS // 12]
    tallest = max([*((rates[place] or 0.0) * 100 for place in places), early_limit]) * 1.08
    within = (max(0.0, ends[0] - most * 0.02), most * 1.08)
    layout = {
        "xaxis": axes.limited(axes.count_axis(ends[1], escaped(_unit(table))), within),
        "yaxis": axes.percent_axis(tallest),
        "annotations": [_target_name(target, ends[1], theme)],
    }
    return {"data": curves + [trace for trace in points if trace["x"]], "layout": layout}


def alternative_text(table: Table) -> str:
    """Who is outside the 99.8 % limits, and how many were compared."""
    places, target = compared_rows(table), _target(table)
    if not places or target is None:
        return f"{table.title} {table.subtitle}. {TOO_FEW}"
    standing = table.column("standing")
    told = [f"{_point_name(table, row)} of {_size(table, row)}, {standing[row]} limit" for row in outside_rows(table)]
    verdict = f"Outside the 99.8 % limits: {'; '.join(told)}." if told else "No site is outside the 99.8 % limits."
    compared = f"{formats.plural(len(places), 'site')} compared with {formats.percent(target)}."
    return f"{table.title} {table.subtitle}. {compared} {verdict}"


def compared_rows(table: Table) -> list[int]:
    """Rows that have a point."""
    rates, sizes = numbers(table, "rate"), numbers(table, "n")
    standing = table.column("standing")
    return [
        row for row in range(len(table.rows)) if standing[row] in COMPARED and rates[row] is not None and sizes[row]
    ]


def outside_rows(table: Table) -> list[int]:
    """Rows outside the 99.8 % limits."""
    standing = table.column("standing")
    return [row for row in compared_rows(table) if standing[row] in OUTSIDE]


def limits_at(size: float, target: float, z: float, phi: float) -> tuple[float, float]:
    """The lower and upper limit at an effective size, as shares."""
    half = z * sqrt(max(phi, 1.0)) * sqrt(target * (1 - target) / size)
    return max(0.0, target - half), min(1.0, target + half)


def _target(table: Table) -> float | None:
    return next((value for value in numbers(table, "target") if value is not None), None)


def _limits(
    table: Table, places: list[int], target: float, ends: tuple[float, float], theme: Theme
) -> list[dict[str, Any]]:
    """Lower and upper 95 %, upper and lower 99.8 %, target: drawn over n, at the effective size that n stands for."""
    sizes, effective = numbers(table, "n"), numbers(table, "n_eff")
    drawn = sum(sizes[place] or 0.0 for place in places)
    ratio = sum(effective[place] or sizes[place] or 0.0 for place in places) / drawn
    phi = next((value for value in numbers(table, "phi") if value is not None), 1.0)
    low, high = ends
    xs = [low * (high / low) ** (step / (CURVE_POINTS - 1)) for step in range(CURVE_POINTS)]
    curves = []
    for z, side, dash, name in (
        (Z95, 0, "dash", "95 % limit"),
        (Z95, 1, "dash", "95 % limit"),
        (Z998, 1, "solid", "99.8 % limit"),
        (Z998, 0, "solid", "99.8 % limit"),
    ):
        ys = [hundredfold(limits_at(x * ratio, target, z, phi)[side]) for x in xs]
        curves.append(_curve(xs, ys, {"color": theme.control, "width": 1, "dash": dash}, name))
    flat = hundredfold(target)
    return [*curves, _curve([low, high], [flat, flat], {"color": theme.ink, "width": 1.5, "dash": "solid"}, "network")]


def _curve(xs: list[float], ys: list[float | None], line: dict[str, Any], name: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "name": name, "x": xs, "y": ys, "line": line, "hoverinfo": "skip"}


def _points(table: Table, rows: list[int], colour: str) -> dict[str, Any]:
    sizes, rates = numbers(table, "n"), numbers(table, "rate")
    low, high = numbers(table, "low"), numbers(table, "high")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "inside",
        "x": [sizes[row] for row in rows],
        "y": [hundredfold(rates[row]) for row in rows],
        "marker": {"color": colour, "size": 8, "symbol": "circle"},
        "customdata": [cell_key(table, row, "rate") for row in rows],
        "hovertext": [
            f"{escaped(_point_name(table, row))} of {_size(table, row)}<br>95 % {formats.interval(low[row], high[row])}"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _named_points(table: Table, rows: list[int], colour: str) -> dict[str, Any]:
    """Diamonds with their names; names stand on the side that has room."""
    trace = _points(table, rows, colour)
    middle = max(trace["x"], default=0.0) * 0.5
    return trace | {
        "mode": "markers+text",
        "name": "outside 99.8 %",
        "marker": {"color": colour, "size": 11, "symbol": "diamond"},
        "text": [escaped(_point_name(table, row)) for row in rows],
        "textposition": ["top left" if x > middle else "top right" for x in trace["x"]],
        "textfont": {"color": colour, "weight": 600},
    }


def _point_name(table: Table, row: int) -> str:
    return f"{table.at(row, 'site')} {formats.cell(table.at(row, 'rate'), 'percent')}"


def _size(table: Table, row: int) -> str:
    return formats.cell(table.at(row, "n"), "integer")


def _target_name(target: float, right: float, theme: Theme) -> dict[str, Any]:
    return {
        "text": f"network {formats.percent(target)}",
        "x": right,
        "y": hundredfold(target),
        "xref": "x",
        "yref": "y",
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": theme.ink},
    }


def _unit(table: Table) -> str:
    return next(column.label for column in table.columns if column.key == "n").lower()
