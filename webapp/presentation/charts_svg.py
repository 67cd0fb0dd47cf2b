"""Figure dicts on paper: the same traces, axes and texts as on the screen, written as SVG.

The SVG carries its texts as text (the PDF's own fonts draw them, right-to-left scripts included), no date and no random id: the
same figure gives the same bytes. Each trace is a group `trace-<place>`. Lengths are points, from the upper left corner.
"""

import re
from html import unescape
from typing import Any

from webapp.presentation.chart_frame import TEXT_POINTS, Frame, Line, frame_of, place, with_span
from webapp.presentation.chart_marks import PAPER_PER_PIXEL, bar_paint, draw_traces
from webapp.presentation.figures import Figure, with_layout
from webapp.presentation.paper_fonts import fitted, width
from webapp.presentation.paper_text import for_paper
from webapp.presentation.svg_text import element, number, text_element
from webapp.presentation.tokens import FONT_PAPER, FONTS_EAST_ASIAN, LIGHT, Theme

HEIGHT_PER_PIXEL = 0.58
DEFAULT_PIXELS = 290
KEY_POINTS = 7.0
KEY_GAP = 14.0
LINE_POINTS = TEXT_POINTS * 1.25
LONGEST_NOTE = 160.0
BOLD_FROM = 600
ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def height_points(figure: Figure) -> float:
    """How tall the figure stands on paper."""
    return float(figure["layout"].get("height", DEFAULT_PIXELS)) * HEIGHT_PER_PIXEL


def render(figure: Figure, width_points: float, theme: Theme = LIGHT) -> bytes:
    """The figure as SVG of that width."""
    whole = with_span(with_layout(figure, theme))
    layout = whole["layout"]
    height = height_points(figure)
    keys = _key_rows(whole["data"], width_points) if layout["showlegend"] else []
    frame = frame_of(layout, _Texts(whole), (width_points, height), LINE_POINTS * 1.3 * len(keys))
    families = ", ".join((FONT_PAPER, *FONTS_EAST_ASIAN))
    clip = element("rect", x=frame.left, y=frame.top, width=frame.across, height=frame.down)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width_points)}pt" height="{number(height)}pt"'
        f' viewBox="0 0 {number(width_points)} {number(height)}" font-family="{families}" font-size="{TEXT_POINTS}">'
    )
    parts = [
        head,
        f'<clipPath id="within">{clip}</clipPath>',
        *_axes(layout, frame, theme),
        *draw_traces(whole, frame, theme, shown),
        *(_annotation(note, layout, frame) for note in layout.get("annotations", ())),
        *_legend(keys, height, theme),
        "</svg>",
    ]
    return "".join(parts).encode()


def shown(text: str) -> str:
    """The characters behind plotly's small HTML."""
    return for_paper(unescape(text))


class _Texts:
    """The texts of a figure, measured: what the frame must leave room for."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure

    def ticks(self, axis: dict[str, Any]) -> list[Line]:
        """The texts along an axis, each at its value."""
        if not axis.get("visible", True):
            return []
        pairs = zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=True)
        return [
            Line(place(value, axis), max(width(line, TEXT_POINTS) for line in _lines(text))) for value, text in pairs
        ]

    def most_lines(self, axis: dict[str, Any]) -> int:
        """How many lines the tallest text along an axis has."""
        return max((len(_lines(text)) for text in axis.get("ticktext", ())), default=0)

    def to_the_right(self, axis: dict[str, Any]) -> list[Line]:
        """Texts that begin at a value of the horizontal axis and need room beyond it."""
        found = []
        for note in self._figure["layout"].get("annotations", ()):
            if note["xref"] == "x" and note.get("xanchor") == "left":
                long = width(_note_text(note), TEXT_POINTS, bold=_is_bold(note["font"]))
                found.append(Line(place(note["x"], axis), note.get("xshift", 0) * PAPER_PER_PIXEL + long))
        for trace in self._figure["data"]:
            if trace.get("orientation") == "h":
                found += [
                    Line(max(0.0, x), 6 + width(shown(text), TEXT_POINTS))
                    for x, text in zip(trace["x"], trace["text"], strict=True)
                ]
        return found


def _axes(layout: dict[str, Any], frame: Frame, theme: Theme) -> list[str]:
    across, up = layout["xaxis"], layout["yaxis"]
    parts = []
    if up.get("visible", True):
        parts += [_grid(frame.left, frame.y(value), frame.right, frame.y(value), up) for value in _ticks(up)]
        for value, text in zip(up.get("tickvals", ()), up.get("ticktext", ()), strict=True):
            parts += _beside(_lines(text), frame.left - 4, frame.y(place(value, up)), theme)
    if across.get("visible", True):
        parts += [_grid(frame.x(value), frame.top, frame.x(value), frame.bottom, across) for value in _ticks(across)]
        for value, text in zip(across.get("tickvals", ()), across.get("ticktext", ()), strict=True):
            parts += [
                text_element(
                    line,
                    frame.x(place(value, across)),
                    frame.bottom + 3 + TEXT_POINTS + row * LINE_POINTS,
                    theme.secondary,
                )
                for row, line in enumerate(_lines(text))
            ]
        title = shown(across["title"].get("text", ""))
        if title:
            middle = (frame.left + frame.right) / 2
            parts.append(text_element(title, middle, frame.title_at, theme.secondary))
    ends = {
        "xaxis": (frame.left, frame.bottom, frame.right, frame.bottom),
        "yaxis": (frame.left, frame.top, frame.left, frame.bottom),
    }
    for name, (x1, y1, x2, y2) in ends.items():
        axis = layout[name]
        if axis["showline"] and axis.get("visible", True):
            parts.append(element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=axis["linecolor"], stroke_width=0.6))
    return parts


def _beside(lines: list[str], x: float, middle: float, theme: Theme) -> list[str]:
    """The lines of one text left of the vertical axis, around the height of what they name."""
    first = middle + TEXT_POINTS * 0.36 - LINE_POINTS * (len(lines) - 1) / 2
    return [text_element(line, x, first + row * LINE_POINTS, theme.secondary, "end") for row, line in enumerate(lines)]


def _ticks(axis: dict[str, Any]) -> list[float]:
    return [place(value, axis) for value in axis.get("tickvals", ())] if axis.get("showgrid", True) else []


def _grid(x1: float, y1: float, x2: float, y2: float, axis: dict[str, Any]) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=axis["gridcolor"], stroke_width=0.6)


def _annotation(note: dict[str, Any], layout: dict[str, Any], frame: Frame) -> str:
    if note["xref"] == "paper":
        x, y = frame.left + note["x"] * frame.across, frame.bottom - note["y"] * frame.down
    else:
        x, y = frame.x(place(note["x"], layout["xaxis"])), frame.y(place(note["y"], layout["yaxis"]))
    x += note.get("xshift", 0) * PAPER_PER_PIXEL
    y += -2.5 if note.get("yanchor") == "bottom" else TEXT_POINTS * 0.36
    anchor = ANCHORS[note.get("xanchor", "center")]
    return text_element(_note_text(note), x, y, note["font"]["color"], anchor, bold=_is_bold(note["font"]))


def _note_text(note: dict[str, Any]) -> str:
    text = shown(note["text"])
    return text if note["xref"] == "paper" else fitted(text, LONGEST_NOTE, TEXT_POINTS, bold=_is_bold(note["font"]))


def _is_bold(font: dict[str, Any]) -> bool:
    return int(font.get("weight", 400)) >= BOLD_FROM


def _key_rows(traces: list[dict[str, Any]], room: float) -> list[list[tuple[float, dict[str, Any], str]]]:
    """The legend's entries with their place from the left, as many in a row as there is room for."""
    rows: list[list[tuple[float, dict[str, Any], str]]] = [[]]
    at = 0.0
    for trace in traces:
        text = shown(trace.get("name", ""))
        long = KEY_POINTS + 4 + width(text, TEXT_POINTS)
        if rows[-1] and at + long > room:
            rows.append([])
            at = 0.0
        rows[-1].append((at, trace["marker"], text))
        at += long + KEY_GAP
    return [row for row in rows if row]


def _legend(rows: list[list[tuple[float, dict[str, Any], str]]], height: float, theme: Theme) -> list[str]:
    parts = []
    for back, row in enumerate(reversed(rows)):
        base = height - 2.5 - back * LINE_POINTS * 1.3
        for at, marker, text in row:
            parts.append(bar_paint(marker, (at, base - KEY_POINTS + 0.5, at + KEY_POINTS, base + 0.5)))
            parts.append(text_element(text, at + KEY_POINTS + 4, base, theme.secondary, "start"))
    return parts


def _lines(text: str) -> list[str]:
    return [shown(line) for line in re.split("<br>", text)] or [""]
