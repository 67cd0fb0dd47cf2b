"""Figure dicts on paper: the same traces, axes and texts as on the screen, drawn as SVG by matplotlib.

The SVG carries its texts as text (the PDF's own font draws them, right-to-left scripts included), no date, and ids from
a fixed salt: the same figure gives the same bytes. Each trace is a group `trace-<place>`.
"""

import io
import re
from datetime import date
from html import unescape
from math import isfinite
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Patch

from webapp.presentation.figures import Figure, with_layout
from webapp.presentation.plain_text import for_paper
from webapp.presentation.tokens import FONT_LAST_RESORT, FONT_PAPER, LIGHT, Theme

POINTS_PER_INCH = 72.0
PAPER_PER_PIXEL = 0.72
"""Points of paper for a pixel of the screen, for marks."""

HEIGHT_PER_PIXEL = 0.58

TEXT_POINTS = 7.5
DEFAULT_PIXELS = 290
DASHES = {"solid": "solid", "dash": (0, (5, 4)), "dot": (0, (1, 2))}
SYMBOLS = {"circle": "o", "diamond": "D"}


def height_points(figure: Figure) -> float:
    """How tall the figure stands on paper."""
    return float(figure["layout"].get("height", DEFAULT_PIXELS)) * HEIGHT_PER_PIXEL


def render(figure: Figure, width_points: float, theme: Theme = LIGHT) -> bytes:
    """The figure as SVG of that width."""
    whole = with_layout(figure, theme)
    style: dict[Any, Any] = {
        "svg.hashsalt": "dripline",
        "svg.fonttype": "none",
        "text.parse_math": False,
        "font.family": [FONT_PAPER, FONT_LAST_RESORT],
        "font.size": TEXT_POINTS,
        "path.simplify": False,
        "hatch.linewidth": 0.7,
        "axes.linewidth": 0.6,
    }
    with matplotlib.rc_context(style):
        size = (width_points / POINTS_PER_INCH, height_points(figure) / POINTS_PER_INCH)
        bare = not whole["layout"]["yaxis"].get("visible", True)
        drawing = Drawing(figsize=size, layout=None if bare else "constrained", facecolor="none")
        FigureCanvasSVG(drawing)
        axes = drawing.add_axes((0, 0, 1, 1), facecolor="none") if bare else drawing.add_subplot(facecolor="none")
        _axes(axes, whole["layout"], theme)
        _traces(axes, whole, theme)
        for note in whole["layout"].get("annotations", ()):
            _annotation(axes, note, whole["layout"])
        if whole["layout"]["showlegend"]:
            _legend(drawing, whole["data"], theme)
        target = io.BytesIO()
        drawing.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _axes(axes: Axes, layout: dict[str, Any], theme: Theme) -> None:
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for axis, wanted in ((axes.xaxis, layout["xaxis"]), (axes.yaxis, layout["yaxis"])):
        _axis(axis, wanted, theme)
    for limits, wanted in ((axes.set_xlim, layout["xaxis"]), (axes.set_ylim, layout["yaxis"])):
        if "range" in wanted:
            limits(_place(wanted["range"][0], wanted), _place(wanted["range"][1], wanted))
    for side, wanted in (("bottom", layout["xaxis"]), ("left", layout["yaxis"])):
        axes.spines[side].set_visible(wanted["showline"] and wanted.get("visible", True))
        axes.spines[side].set_color(wanted["linecolor"])


def _axis(axis: XAxis | YAxis, wanted: dict[str, Any], theme: Theme) -> None:
    """Ticks and texts; the limits come after them, because matplotlib widens limits to hold every tick."""
    if not wanted.get("visible", True):
        axis.set_visible(False)
        return
    if "tickvals" in wanted:
        axis.set_ticks([_place(value, wanted) for value in wanted["tickvals"]], labels=_texts(wanted["ticktext"]))
    axis.set_tick_params(length=0, labelcolor=theme.secondary, pad=4)
    if wanted.get("showgrid", True):
        axis.grid(visible=True, color=theme.line, linewidth=0.6)
    axis.set_label_text(_text(wanted["title"].get("text", "")), color=theme.secondary)


def _traces(axes: Axes, figure: Figure, theme: Theme) -> None:
    layout = figure["layout"]
    stacked: dict[float, float] = {}
    for place, trace in enumerate(figure["data"]):
        group = f"trace-{place}"
        if trace["type"] == "scatter":
            _scatter(axes, trace, layout, group)
        elif trace["type"] == "bar" and trace.get("orientation") == "h":
            _flat_bars(axes, trace, layout, group)
        elif trace["type"] == "bar":
            _standing_bars(axes, trace, layout, stacked, group)
        elif trace["type"] == "heatmap":
            _heat(axes, trace, theme, group)
        else:
            raise ValueError(f"no drawing on paper for a trace of type {trace['type']!r}")


def _scatter(axes: Axes, trace: dict[str, Any], layout: dict[str, Any], group: str) -> None:
    xs = [_number(value, layout["xaxis"]) for value in trace["x"]]
    ys = [_number(value, layout["yaxis"]) for value in trace["y"]]
    if trace.get("fill") == "toself":
        for part, run in enumerate(_runs(xs)):
            axes.fill(
                [xs[i] for i in run], [ys[i] for i in run], color=trace["fillcolor"], linewidth=0, gid=f"{group}-{part}"
            )
        return
    mode, line, marker = trace["mode"], trace.get("line", {}), trace.get("marker", {})
    if "error_x" in trace:
        _whiskers(axes, trace, xs, ys)
    if "error_y" in trace:
        _standing_whiskers(axes, trace["error_y"], xs, ys)
    axes.plot(
        xs,
        ys,
        gid=group,
        color=marker.get("color", line.get("color")) if "lines" not in mode else line["color"],
        linestyle=DASHES[line.get("dash", "solid")] if "lines" in mode else "none",
        drawstyle="steps-post" if line.get("shape") == "hv" else "default",
        linewidth=line.get("width", 0) * PAPER_PER_PIXEL * 0.85,
        marker=SYMBOLS[marker.get("symbol", "circle")] if "markers" in mode else "none",
        markersize=marker.get("size", 0) * PAPER_PER_PIXEL,
        markeredgewidth=0,
        solid_capstyle="round",
        clip_on=trace.get("cliponaxis", True),
        zorder=3,
    )
    if "text" in mode:
        _point_names(axes, trace, xs, ys)


def _whiskers(axes: Axes, trace: dict[str, Any], xs: list[float], ys: list[float]) -> None:
    error = trace["error_x"]
    lows = [x - length for x, length in zip(xs, error["arrayminus"], strict=True)]
    highs = [x + length for x, length in zip(xs, error["array"], strict=True)]
    axes.hlines(ys, lows, highs, color=error["color"], linewidth=error["thickness"] * PAPER_PER_PIXEL, zorder=2)


def _standing_whiskers(axes: Axes, error: dict[str, Any], xs: list[float], ys: list[float]) -> None:
    arms = [error["arrayminus"], error["array"]]
    axes.errorbar(xs, ys, yerr=arms, fmt="none", ecolor=error["color"], elinewidth=0.9, capsize=2.5, zorder=2)


def _point_names(axes: Axes, trace: dict[str, Any], xs: list[float], ys: list[float]) -> None:
    for x, y, text, position in zip(xs, ys, trace["text"], trace["textposition"], strict=True):
        left = position.endswith("left")
        axes.annotate(
            _text(text),
            (x, y),
            xytext=(5 if left else -5, 6),
            textcoords="offset points",
            ha="right" if left else "left",
            color=trace["textfont"]["color"],
            zorder=4,
        )


def _standing_bars(
    axes: Axes, trace: dict[str, Any], layout: dict[str, Any], stacked: dict[float, float], group: str
) -> None:
    heights = [value or 0.0 for value in trace["y"]]
    under = [stacked.get(x, 0.0) if layout.get("barmode") == "stack" else 0.0 for x in trace["x"]]
    marker = trace["marker"]
    bars = axes.bar(
        trace["x"], heights, bottom=under, width=1 - layout.get("bargap", 0.2), zorder=3, **_bar_style(marker)
    )
    for place, (bar, x) in enumerate(zip(bars, trace["x"], strict=True)):
        bar.set_gid(f"{group}-{place}")
        stacked[x] = stacked.get(x, 0.0) + heights[place]
    if "error_y" in trace:
        error = trace["error_y"]
        arms = [error["arrayminus"], error["array"]]
        axes.errorbar(
            trace["x"], heights, yerr=arms, fmt="none", ecolor=error["color"], elinewidth=0.9, capsize=2.5, zorder=4
        )
    if trace.get("textposition") == "inside":
        for x, text in zip(trace["x"], trace["text"], strict=True):
            axes.annotate(
                _text(text),
                (x, 0),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                color=trace["textfont"]["color"],
                zorder=5,
            )


def _flat_bars(axes: Axes, trace: dict[str, Any], layout: dict[str, Any], group: str) -> None:
    bars = axes.barh(
        trace["y"], trace["x"], height=1 - layout.get("bargap", 0.2), color=trace["marker"]["color"], zorder=3
    )
    for place, (bar, text) in enumerate(zip(bars, trace["text"], strict=True)):
        bar.set_gid(f"{group}-{place}")
        x = max(0.0, trace["x"][place])
        axes.annotate(
            _text(text),
            (x, trace["y"][place]),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=trace["textfont"]["color"],
        )


def _bar_style(marker: dict[str, Any]) -> dict[str, Any]:
    pattern, line = marker.get("pattern"), marker.get("line", {})
    if pattern is None:
        return {"facecolor": marker["color"], "edgecolor": line.get("color", "none"), "linewidth": 0.6 if line else 0}
    return {"facecolor": pattern["bgcolor"], "edgecolor": pattern["fgcolor"], "hatch": "/////", "linewidth": 0}


def _heat(axes: Axes, trace: dict[str, Any], theme: Theme, group: str) -> None:
    colours = [colour for _, colour in trace["colorscale"]]
    scale = LinearSegmentedColormap.from_list("heat", colours).with_extremes(bad=theme.card)
    rows = [[float("nan") if value is None else value for value in row] for row in trace["z"]]
    mesh = axes.pcolormesh(
        trace["x"],
        trace["y"],
        rows,
        cmap=scale,
        vmin=trace["zmin"],
        vmax=trace["zmax"],
        edgecolor=theme.card,
        linewidth=1,
    )
    mesh.set_gid(group)


def _annotation(axes: Axes, note: dict[str, Any], layout: dict[str, Any]) -> None:
    paper = note["xref"] == "paper"
    point = (
        (note["x"], note["y"]) if paper else (_place(note["x"], layout["xaxis"]), _place(note["y"], layout["yaxis"]))
    )
    axes.annotate(
        _text(note["text"]),
        point,
        xycoords="axes fraction" if paper else "data",
        xytext=(note.get("xshift", 0) * PAPER_PER_PIXEL, 2 if note.get("yanchor") == "bottom" else 0),
        textcoords="offset points",
        ha=note.get("xanchor", "center"),
        va={"bottom": "bottom", "middle": "center"}.get(note.get("yanchor", "middle"), "center"),
        color=note["font"]["color"],
        annotation_clip=False,
        zorder=5,
    )


def _legend(drawing: Drawing, traces: list[dict[str, Any]], theme: Theme) -> None:
    keys = [Patch(label=_text(trace["name"]), **_bar_style(trace["marker"])) for trace in traces if "name" in trace]
    drawing.legend(
        handles=keys,
        loc="outside lower left",
        ncols=4,
        frameon=False,
        labelcolor=theme.secondary,
        handlelength=1.2,
        columnspacing=1.6,
    )


def _text(shown: str) -> str:
    """The characters behind plotly's small HTML; its line breaks stay."""
    return "\n".join(for_paper(unescape(line)) for line in re.split("<br>", shown))


def _texts(shown: list[str]) -> list[str]:
    return [_text(each) for each in shown]


def _place(value: Any, axis: dict[str, Any]) -> float:
    return float(date.fromisoformat(value).toordinal()) if axis.get("type") == "date" else float(value)


def _number(value: Any, axis: dict[str, Any]) -> float:
    return float("nan") if value is None else _place(value, axis)


def _runs(xs: list[float]) -> list[list[int]]:
    """Places of neighbours between gaps."""
    runs: list[list[int]] = [[]]
    for place, x in enumerate(xs):
        if isfinite(x):
            runs[-1].append(place)
        else:
            runs.append([])
    return [run for run in runs if run]
