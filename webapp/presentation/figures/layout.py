"""The part of the layout that all figures of a theme share; a figure carries only what differs from it."""

from collections.abc import Mapping
from typing import Any

from webapp.presentation.figures.marks import Figure
from webapp.presentation.tokens import FONT_SCREEN, SIZES, Theme

CLEAR = "rgba(0,0,0,0)"


def layout(theme: Theme) -> dict[str, Any]:
    """The theme's layout: applied once on the client, or merged by `with_layout`."""
    return {
        "autosize": True,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT_SCREEN, "size": SIZES["size-small"], "color": theme.secondary},
        "colorway": [theme.accent, theme.second, theme.third, theme.other],
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8, "pad": 0},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": theme.card,
            "bordercolor": theme.control,
            "font": {"family": FONT_SCREEN, "size": 13, "color": theme.ink},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": {"color": theme.secondary},
        },
        "xaxis": _axis(theme) | {"showline": True},
        "yaxis": _axis(theme),
    }


def with_layout(figure: Figure, theme: Theme) -> Figure:
    """A figure that can be drawn as it is: the theme's layout with the figure's own on top."""
    return {"data": figure["data"], "layout": _merged(layout(theme), figure["layout"])}


def _axis(theme: Theme) -> dict[str, Any]:
    return {
        "gridcolor": theme.line,
        "linecolor": theme.control,
        "showline": False,
        "zeroline": False,
        "ticks": "",
        "ticklabelstandoff": 4,
        "tickfont": {"color": theme.secondary},
        "title": {"font": {"color": theme.secondary, "size": SIZES["size-small"]}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
        "tickangle": 0,
    }


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        both[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return both
