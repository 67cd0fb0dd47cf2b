"""The marks of a chart on paper: lines, bands, points, bars with their whiskers, and cells. Each trace is a group of SVG."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from webapp.presentation.chart_frame import TEXT_POINTS, Frame, place
from webapp.presentation.figures import Figure
from webapp.presentation.paper_fonts import fitted
from webapp.presentation.svg_text import element, group, path, text_element
from webapp.presentation.tokens import Theme

PAPER_PER_PIXEL = 0.72
"""Points of paper for a pixel of the screen, for marks."""

LINE_SHARE = 0.85
DASHES = {"solid": None, "dash": "4 3", "dot": "1.2 2.2"}
HATCH_POINTS = 3.6
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Shown = Callable[[str], str]
"""The characters behind a text of a figure."""


def draw_traces(figure: Figure, frame: Frame, theme: Theme, shown: Shown) -> list[str]:
    """Every trace in its order. Raises ValueError for a kind of trace that paper does not know."""
    layout = figure["layout"]
    stacked: dict[float, float] = {}
    parts = []
    for at, trace in enumerate(figure["data"]):
        name = f"trace-{at}"
        if trace["type"] == "scatter":
            parts += _scatter(trace, layout, frame, name, shown)
        elif trace["type"] == "bar" and trace.get("orientation") == "h":
            parts += _flat_bars(trace, layout, frame, name, shown)
        elif trace["type"] == "bar":
            parts += _standing_bars(trace, layout, frame, stacked, name, shown)
        elif trace["type"] == "heatmap":
            parts.append(_heat(trace, frame, theme, name))
        else:
            raise ValueError(f"no drawing on paper for a trace of type {trace['type']!r}")
    return parts


def bar_paint(marker: dict[str, Any], box: Box) -> str:
    """A bar: filled, or hatched where nobody knows yet; of no height it has no edge, which would cut the axis it lies on."""
    left, top, right, bottom = box
    pattern, line = marker.get("pattern"), marker.get("line", {})
    outline = [(left, top), (right, top), (right, bottom), (left, bottom)]
    stroke = line.get("color") if line and bottom != top else None
    fill = pattern["bgcolor"] if pattern else marker["color"]
    filled = element(
        "path", d=path([outline], closed=True), fill=fill, stroke=stroke, stroke_width=0.6 if stroke else None
    )
    return filled + (_hatching(box, pattern["fgcolor"]) if pattern else "")


def _hatching(box: Box, colour: str) -> str:
    """Rising strokes across a box, in step with those of its neighbours, and its edge."""
    left, top, right, bottom = box
    strokes = []
    step = int((left + top) / HATCH_POINTS) + 1
    while step * HATCH_POINTS < right + bottom:
        total = step * HATCH_POINTS
        x1, x2 = max(left, total - bottom), min(right, total - top)
        strokes.append([(x1, total - x1), (x2, total - x2)])
        step += 1
    edge = path([[(left, top), (right, top), (right, bottom), (left, bottom)]], closed=True)
    edged = element("path", d=edge, fill="none", stroke=colour, stroke_width=0.4)
    return (element("path", d=path(strokes), stroke=colour, stroke_width=0.7) if strokes else "") + edged


def _scatter(trace: dict[str, Any], layout: dict[str, Any], frame: Frame, name: str, shown: Shown) -> list[str]:
    runs = _runs(trace, layout, frame)
    if trace.get("fill") == "toself":
        return [group(name, element("path", d=path(runs, closed=True), fill=trace["fillcolor"]), clipped=True)]
    mode, line, marker = trace["mode"], trace.get("line", {}), trace.get("marker", {})
    parts = []
    if "error_x" in trace:
        parts.append(_whiskers_across(trace, layout, frame))
    if "error_y" in trace:
        parts.append(_whiskers_up(trace["error_y"], zip(trace["x"], trace["y"], strict=True), frame))
    drawn = ""
    if "lines" in mode:
        stepped = [_stepped(run) for run in runs] if line.get("shape") == "hv" else runs
        thick = line.get("width", 0) * PAPER_PER_PIXEL * LINE_SHARE
        drawn = element(
            "path",
            d=path(stepped),
            fill="none",
            stroke=line["color"],
            stroke_width=thick,
            stroke_dasharray=DASHES[line.get("dash", "solid")],
            stroke_linejoin="round",
            stroke_linecap="round" if line.get("dash", "solid") == "solid" else None,
        )
    points = [point for run in runs for point in run]
    if "markers" in mode:
        drawn += "".join(
            _marker(point, marker | {"size": size})
            for point, size in zip(points, _sizes(trace, marker), strict=True)
            if size
        )
    parts.append(group(name, drawn, clipped=trace.get("cliponaxis", True) and mode == "lines"))
    if "text" in mode:
        parts += _point_names(trace, points, frame, shown)
    return parts


def _sizes(trace: dict[str, Any], marker: dict[str, Any]) -> list[float]:
    """The size of each point that is drawn: one for all of them, or each its own."""
    size = marker.get("size", 0)
    sizes = size if isinstance(size, list) else [size] * len(trace["x"])
    drawn = zip(trace["x"], trace["y"], sizes, strict=True)
    return [own for x, y, own in drawn if x is not None and y is not None]


def _marker(point: Point, marker: dict[str, Any]) -> str:
    x, y = point
    half = marker.get("size", 0) * PAPER_PER_PIXEL / 2
    if marker.get("symbol", "circle") == "diamond":
        corners = [(x, y - half * 1.3), (x + half * 1.3, y), (x, y + half * 1.3), (x - half * 1.3, y)]
        return element("path", d=path([corners], closed=True), fill=marker["color"])
    return element("circle", cx=x, cy=y, r=half, fill=marker["color"])


def _whiskers_across(trace: dict[str, Any], layout: dict[str, Any], frame: Frame) -> str:
    error = trace["error_x"]
    lines = [
        [(frame.x(x - low), frame.y(y)), (frame.x(x + high), frame.y(y))]
        for x, y, low, high in zip(trace["x"], trace["y"], error["arrayminus"], error["array"], strict=True)
    ]
    return element("path", d=path(lines), stroke=error["color"], stroke_width=error["thickness"] * PAPER_PER_PIXEL)


def _point_names(trace: dict[str, Any], points: list[Point], frame: Frame, shown: Shown) -> list[str]:
    parts = []
    for (x, y), text, position in zip(points, trace["text"], trace["textposition"], strict=True):
        left = position.endswith("left")
        room = x + 5 if left else frame.right - x + 5
        name = fitted(shown(text), room, TEXT_POINTS, bold=True)
        parts.append(
            text_element(
                name, x + (5 if left else -5), y - 6, trace["textfont"]["color"], "end" if left else "start", bold=True
            )
        )
    return parts


def _standing_bars(
    trace: dict[str, Any], layout: dict[str, Any], frame: Frame, stacked: dict[float, float], name: str, shown: Shown
) -> list[str]:
    half = (1 - layout.get("bargap", 0.2)) / 2
    parts = []
    for at, (x, value) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        under = stacked.get(x, 0.0) if layout.get("barmode") == "stack" else 0.0
        tall = value or 0.0
        stacked[x] = under + tall
        box = (frame.x(x - half), frame.y(under + tall), frame.x(x + half), frame.y(under))
        parts.append(group(f"{name}-{at}", bar_paint(trace["marker"], box)))
    if "error_y" in trace:
        parts.append(_whiskers_up(trace["error_y"], zip(trace["x"], trace["y"], strict=True), frame))
    if trace.get("textposition") == "inside":
        turned = bool(trace.get("textangle"))
        for x, text in zip(trace["x"], trace["text"], strict=True):
            at_x, at_y = frame.x(x) + (TEXT_POINTS * 0.36 if turned else 0), frame.bottom - 5
            colour, anchor = trace["textfont"]["color"], "start" if turned else "middle"
            parts.append(text_element(shown(text), at_x, at_y, colour, anchor, turned=turned))
    return parts


def _whiskers_up(error: dict[str, Any], points: Iterable[tuple[float, float | None]], frame: Frame) -> str:
    """Upright intervals with a cap at each end; none where there is no length or no value."""
    strokes: list[list[Point]] = []
    for (x, y), low, high in zip(points, error["arrayminus"], error["array"], strict=True):
        if y is not None and (low or high):
            at, ends = frame.x(x), (frame.y(y - low), frame.y(y + high))
            strokes += [[(at, ends[0]), (at, ends[1])], *([(at - 2.5, end), (at + 2.5, end)] for end in ends)]
    return element("path", d=path(strokes), fill="none", stroke=error["color"], stroke_width=0.9)


def _flat_bars(trace: dict[str, Any], layout: dict[str, Any], frame: Frame, name: str, shown: Shown) -> list[str]:
    half = (1 - layout.get("bargap", 0.2)) / 2
    parts = []
    for at, (x, y) in enumerate(zip(trace["x"], trace["y"], strict=True)):
        top, bottom = sorted((frame.y(y - half), frame.y(y + half)))
        left, right = sorted((frame.x(0.0), frame.x(x)))
        parts.append(
            group(f"{name}-{at}", bar_paint({"color": trace["marker"]["color"][at]}, (left, top, right, bottom)))
        )
        text_at = frame.x(max(0.0, x)) + 4
        text = shown(trace["text"][at])
        parts.append(text_element(text, text_at, frame.y(y) + TEXT_POINTS * 0.36, trace["textfont"]["color"], "start"))
    return parts


def _heat(trace: dict[str, Any], frame: Frame, theme: Theme, name: str) -> str:
    colours = [colour for _, colour in trace["colorscale"]]
    low, high = trace["zmin"], trace["zmax"]
    cells = []
    for y, row in zip(trace["y"], trace["z"], strict=True):
        for x, value in zip(trace["x"], row, strict=True):
            share = None if value is None else min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))
            top, bottom = sorted((frame.y(y - 0.5), frame.y(y + 0.5)))
            outline = [
                (frame.x(x - 0.5), top),
                (frame.x(x + 0.5), top),
                (frame.x(x + 0.5), bottom),
                (frame.x(x - 0.5), bottom),
            ]
            fill = theme.card if share is None else _between(colours[0], colours[-1], share)
            cells.append(element("path", d=path([outline], closed=True), fill=fill, stroke=theme.card, stroke_width=1))
    return group(name, "".join(cells))


def _between(first: str, last: str, share: float) -> str:
    pairs = ((int(first[at : at + 2], 16), int(last[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _runs(trace: dict[str, Any], layout: dict[str, Any], frame: Frame) -> list[list[Point]]:
    """The points of a trace, cut where a value is missing."""
    runs: list[list[Point]] = [[]]
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None or y is None:
            runs.append([])
        else:
            runs[-1].append((frame.x(place(x, layout["xaxis"])), frame.y(place(y, layout["yaxis"]))))
    return [run for run in runs if run]


def _stepped(run: list[Point]) -> list[Point]:
    """Level until the next point, then up or down to it."""
    between = [point for (_, y1), (x2, y2) in pairwise(run) for point in ((x2, y1), (x2, y2))]
    return run[:1] + between
