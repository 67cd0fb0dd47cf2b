"""Where a chart's axes stand on paper: room for the texts first, the rest for the marks. Lengths in points."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from webapp.presentation.figures import Figure

TEXT_POINTS = 7.5
EDGE = 4.0
LINE = TEXT_POINTS * 1.25
LEAST_SHARE = 0.35
"""Of the width, for the marks, however long the texts beside them are."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text of some width at a value of an axis."""

    value: float
    long: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle between the axes, and which values its edges stand for. title_at: base line of the horizontal axis's title."""

    left: float
    top: float
    right: float
    bottom: float
    from_x: float
    to_x: float
    from_y: float
    to_y: float
    title_at: float

    @property
    def across(self) -> float:
        """Width."""
        return self.right - self.left

    @property
    def down(self) -> float:
        """Height."""
        return self.bottom - self.top

    def x(self, value: float) -> float:
        """Where a value of the horizontal axis stands."""
        return self.left + self.across * (value - self.from_x) / (self.to_x - self.from_x)

    def y(self, value: float) -> float:
        """Where a value of the vertical axis stands."""
        return self.bottom - self.down * (value - self.from_y) / (self.to_y - self.from_y)


class Texts(Protocol):
    """What is known of a figure's texts."""

    def ticks(self, axis: dict[str, Any]) -> list[Line]:
        """The texts along an axis."""

    def most_lines(self, axis: dict[str, Any]) -> int:
        """How many lines the tallest of them has."""

    def to_the_right(self, axis: dict[str, Any]) -> list[Line]:
        """Texts that begin at a value and need room beyond it."""


def place(value: Any, axis: dict[str, Any]) -> float:
    """A value of an axis as a number: days count as days."""
    return float(date.fromisoformat(value).toordinal()) if axis.get("type") == "date" else float(value)


def frame_of(layout: dict[str, Any], texts: Texts, size: tuple[float, float], legend: float) -> Frame:
    """The frame of a figure of that size. legend: how tall its legend is."""
    across, up = layout["xaxis"], layout["yaxis"]
    (from_x, to_x), (from_y, to_y) = span_of(across), span_of(up)
    bare = not up.get("visible", True)
    left = EDGE / 2 if bare else EDGE + max((line.long for line in texts.ticks(up)), default=0.0)
    room = size[0] - left - (EDGE / 2 if bare else EDGE)
    right = min(
        (
            (room - line.long) / share
            for line in (*texts.to_the_right(across), *_halves(texts.ticks(across)))
            if (share := (line.value - from_x) / (to_x - from_x)) > 0
        ),
        default=room,
    )
    wide = max(size[0] * LEAST_SHARE, min(room, right))
    under = 0.0 if bare else EDGE + LINE * texts.most_lines(across)
    title_at = size[1] - legend - EDGE
    title = LINE + EDGE if across["title"].get("text") and not bare else 0.0
    bottom = size[1] - legend - title - under - EDGE / 2
    return Frame(left, EDGE, left + wide, bottom, from_x, to_x, from_y, to_y, title_at)


def span_of(axis: dict[str, Any]) -> tuple[float, float]:
    """The values at an axis's ends, from the left or from below; never one and the same."""
    if "range" not in axis:
        return 0.0, 1.0
    first, last = (place(value, axis) for value in axis["range"])
    return (first, last) if first != last else (first - 0.5, first + 0.5)


def with_span(figure: Figure) -> Figure:
    """The figure with a range on its horizontal axis: from its first to its last value, where it names none."""
    axis = figure["layout"]["xaxis"]
    if "range" in axis or not figure["data"]:
        return figure
    values = [value for trace in figure["data"] for value in trace["x"] if value is not None]
    layout = (
        {**figure["layout"], "xaxis": {**axis, "range": [min(values), max(values)]}} if values else figure["layout"]
    )
    return {"data": figure["data"], "layout": layout}


def _halves(lines: list[Line]) -> list[Line]:
    """Texts that stand in the middle below their value."""
    return [Line(line.value, line.long / 2) for line in lines]
