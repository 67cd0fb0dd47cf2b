"""Axes with ticks chosen here, so that screen and paper show the same ones."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import Any

from webapp.presentation import formats

Axis = dict[str, Any]
MOST_DAY_TICKS = 5


def step_for(span: float, parts: int = 5) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that cuts `span` into at most `parts` parts."""
    rough = max(span, 1e-9) / parts
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999999)


def count_axis(largest: float, title: str = "") -> Axis:
    """From zero to a round number above `largest`; whole numbers only."""
    step = max(1.0, step_for(max(largest, 1.0)))
    step = float(ceil(step))
    top = step * ceil(max(largest, 1.0) / step)
    ticks = [step * index for index in range(round(top / step) + 1)]
    return titled(
        {"range": [0, top * 1.02], "tickvals": ticks, "ticktext": [formats.count(tick) for tick in ticks]}, title
    )


def percent_axis(largest: float, title: str = "") -> Axis:
    """From zero to a round percentage above `largest` (a number of per cent), at most 100."""
    step = step_for(max(largest, 1.0))
    top = min(100.0, step * ceil(max(largest, 1.0) / step))
    ticks = [round(step * index, 6) for index in range(floor(top / step + 1e-9) + 1)]
    texts = [f"{tick:g} %" for tick in ticks]
    return titled({"range": [0, top * 1.02], "tickvals": ticks, "ticktext": texts}, title)


def day_axis(days: Sequence[date]) -> Axis:
    """A time axis over `days` with at most five ticks: month starts over long spans, days over short ones."""
    first, last = min(days), max(days)
    ticks = _month_starts(first, last) if (last - first).days > 75 else list(_evenly(sorted(set(days))))
    months = (last - first).days > 75
    texts = [formats.month(tick) if months else f"{tick.day} {formats.MONTHS[tick.month - 1]}" for tick in ticks]
    return {
        "type": "date",
        "range": [first.isoformat(), last.isoformat()] if first < last else _around(first),
        "tickvals": [tick.isoformat() for tick in ticks],
        "ticktext": texts,
        "showgrid": False,
    }


def category_axis(labels: Sequence[str], *, downward: bool = False, most_ticks: int = 0) -> Axis:
    """Places 0, 1, 2 ... named by labels, so that two things of one name stay two. `downward`: the first at the top."""
    every = 1 if not most_ticks else max(1, ceil(len(labels) / most_ticks))
    places = [place for place in range(len(labels)) if (len(labels) - 1 - place) % every == 0]
    ends = [-0.6, len(labels) - 0.4]
    return {
        "range": ends[::-1] if downward else ends,
        "tickvals": places,
        "ticktext": [labels[place] for place in places],
        "showgrid": False,
        "zeroline": False,
    }


def limited(axis: Axis, within: tuple[float, float]) -> Axis:
    """The axis from one end to the other, with those of its ticks that stand between."""
    ticks = [
        (tick, text)
        for tick, text in zip(axis["tickvals"], axis["ticktext"], strict=True)
        if within[0] <= tick <= within[1]
    ]
    shown = {"tickvals": [tick for tick, _ in ticks], "ticktext": [text for _, text in ticks]}
    return axis | shown | {"range": list(within)}


def titled(axis: Axis, title: str) -> Axis:
    """The axis with a title, if there is one."""
    return axis | {"title": {"text": title}} if title else axis


def _month_starts(first: date, last: date) -> list[date]:
    starts = []
    year, month = first.year, first.month
    while (day := date(year, month, 1)) <= last:
        if day >= first:
            starts.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return list(_evenly(starts))


def _evenly(days: Sequence[date]) -> Sequence[date]:
    every = max(1, ceil(len(days) / MOST_DAY_TICKS))
    return [day for place, day in enumerate(days) if (len(days) - 1 - place) % every == 0]


def _around(day: date) -> list[str]:
    return [(day - timedelta(days=1)).isoformat(), (day + timedelta(days=1)).isoformat()]
