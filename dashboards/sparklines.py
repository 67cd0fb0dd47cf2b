"""A trend without axes, drawn by the stylesheet: a line as a mask follows the theme's colours and needs no library."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from dashboards import elements as html
from dashboards.elements import Component

WIDTH = 200.0
HEIGHT = 32.0
Point = tuple[float, float]
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def sparkline(series: Sequence[float | None]) -> Component:
    """The series from left to right, scaled to its own range; a missing value leaves a gap."""
    points = _points(series)
    last_x, last_y = points[-1][-1]
    now = {
        "left": f"calc({last_x / WIDTH:.2%} - 4px * {last_x / WIDTH:.3f})",
        "top": f"calc(4px + (100% - 8px) * {last_y / HEIGHT:.4f})",
    }
    return html.Div(
        [
            html.Span(className="area", style=_mask(_area(points))),
            html.Span(className="line", style=_mask(_line(points))),
            html.Span(className="now", style=now),
        ],
        className="spark",
        **HIDDEN,
    )


def _points(series: Sequence[float | None]) -> list[list[Point]]:
    """Runs of neighbouring known values as places in the picture."""
    known = [value for value in series if value is not None]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = WIDTH / max(1, len(series) - 1)
    places = [
        None
        if value is None
        else (round(i * step, 1), round(HEIGHT - (value - low) / span * HEIGHT * 0.9 - HEIGHT * 0.05, 1))
        for i, value in enumerate(series)
    ]
    return [[p for p in run if p is not None] for there, run in groupby(places, lambda p: p is not None) if there]


def _line(runs: list[list[Point]]) -> str:
    path = "".join(f"M{' L'.join(f'{x},{y}' for x, y in run)}" if len(run) > 1 else _lone(run[0]) for run in runs)
    stroke = "fill='none' stroke='#000' stroke-width='2' stroke-linejoin='round' stroke-linecap='round'"
    return f"<path d='{path}' {stroke} vector-effect='non-scaling-stroke'/>"


def _area(runs: list[list[Point]]) -> str:
    shapes = [f"M{run[0][0]},{HEIGHT} L{' L'.join(f'{x},{y}' for x, y in run)} L{run[-1][0]},{HEIGHT}Z" for run in runs]
    return f"<path d='{''.join(shapes)}'/>"


def _lone(point: Point) -> str:
    """A value between two gaps is a dot."""
    return f"M{point[0]},{point[1]} h0.1"


def _mask(shape: str) -> dict[str, str]:
    box = f"viewBox='0 0 {WIDTH:g} {HEIGHT:g}' preserveAspectRatio='none'"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' {box}>{shape}</svg>"
    return {"maskImage": f'url("data:image/svg+xml,{quote(picture)}")'}
