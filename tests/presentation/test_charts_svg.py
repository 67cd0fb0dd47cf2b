"""Paper draws what the screen draws: coordinates in the SVG are read back and compared with the figure's numbers."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.presentation.examples import TABLES, rate_table
from tests.presentation.test_figures import long_line
from webapp.presentation import charts_svg
from webapp.presentation.figures import CHARTS, ChartKind, draw

SVG = "{http://www.w3.org/2000/svg}"
TABLES_OF_LINES = {"counts": TABLES["line"], "rates": rate_table()}


def group(svg: bytes, name: str) -> ET.Element:
    """The group that one trace was drawn in."""
    found = ET.fromstring(svg).find(f".//{SVG}g[@id='{name}']")
    assert found is not None, name
    return found


def path_points(element: ET.Element) -> list[tuple[float, float]]:
    """The points of the first path of a group."""
    path = element.find(f".//{SVG}path")
    assert path is not None
    pairs = re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
    return [(float(x), float(y)) for x, y in pairs]


def place(value: Any) -> float:
    """A coordinate of a figure as a number."""
    return float(date.fromisoformat(value).toordinal()) if isinstance(value, str) else float(value)


def assert_affine(drawn: list[float], wanted: list[float]) -> None:
    """Drawn coordinates are the wanted numbers, scaled and moved."""
    slope, offset = np.polyfit(wanted, drawn, 1)
    assert np.abs(np.array(drawn) - (slope * np.array(wanted) + offset)).max() < 0.01


@pytest.mark.parametrize("table", TABLES_OF_LINES.values(), ids=list(TABLES_OF_LINES))
def test_lines_stand_where_the_numbers_are(table: Any) -> None:
    figure = draw("line", table)
    svg = charts_svg.render(figure, 488)
    for number, trace in enumerate(figure["data"]):
        if "fill" in trace:
            continue
        known = [(place(x), float(y)) for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None]
        points = path_points(group(svg, f"trace-{number}"))
        assert len(points) == len(known)
        assert_affine([x for x, _ in points], [x for x, _ in known])
        assert_affine([y for _, y in points], [y for _, y in known])


def test_bars_are_as_tall_as_the_shares() -> None:
    figure = draw("states", TABLES["states"])
    svg = charts_svg.render(figure, 488)
    heights, wanted = [], []
    for number, trace in enumerate(figure["data"]):
        for row, share in enumerate(trace["y"]):
            ys = [y for _, y in path_points(group(svg, f"trace-{number}-{row}"))]
            heights.append(max(ys) - min(ys))
            wanted.append(share)
    assert_affine(heights, wanted)


def test_a_bar_of_nothing_has_no_edge_that_would_cut_the_axis() -> None:
    figure = draw("states", TABLES["states"])
    svg, edged = charts_svg.render(figure, 488), set()
    for number, trace in enumerate(figure["data"]):
        for row, share in enumerate(trace["y"]):
            bar = group(svg, f"trace-{number}-{row}").find(f".//{SVG}path")
            assert bar is not None
            edged.add((share > 0, "stroke" in bar.attrib))
    assert edged == {(True, True), (False, False)}


def test_flat_bars_are_as_long_as_the_days() -> None:
    figure = draw("days_left", TABLES["days_left"])
    svg = charts_svg.render(figure, 488)
    lengths = []
    for row in range(len(figure["data"][0]["x"])):
        xs = [x for x, _ in path_points(group(svg, f"trace-0-{row}"))]
        lengths.append(max(xs) - min(xs))
    assert_affine(lengths, figure["data"][0]["x"])


@pytest.mark.parametrize("kind", list(CHARTS))
def test_texts_of_the_axes_and_names_stand_in_it(kind: ChartKind) -> None:
    figure = draw(kind, TABLES[kind])
    svg = charts_svg.render(figure, 488)
    shown = " ".join("".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}text"))
    for axis in (figure["layout"]["xaxis"], figure["layout"]["yaxis"]):
        for text in axis.get("ticktext", ()):
            assert text.split("<br>")[0] in shown
    for note in figure["layout"].get("annotations", ()):
        assert note["text"] in shown


def test_every_line_of_a_name_stands_on_paper() -> None:
    table = TABLES["days_left"]
    rows = tuple((f"{row[0]}: Certified clinical setting", *row[1:]) for row in table.rows)
    svg = charts_svg.render(draw("days_left", replace(table, rows=rows)), 488)
    found = [("".join(each.itertext()), float(each.get("y", "0"))) for each in ET.fromstring(svg).iter(f"{SVG}text")]
    below = [y for text, y in found if text == "Certified clinical setting"]
    above = [y for text, y in found if text.removesuffix(":") in {str(row[0]) for row in table.rows}]
    assert len(above) == len(below) == len(rows)
    every = sorted((*above, *below))
    assert min(after - before for before, after in pairwise(every)) > 8.5, "lines of two names run into each other"


@pytest.mark.parametrize("kind", list(CHARTS))
def test_each_kind_has_its_traces_and_nothing_of_the_machine(kind: ChartKind) -> None:
    svg = charts_svg.render(draw(kind, TABLES[kind]), 488)
    assert b'id="trace-0' in svg
    assert b"date" not in svg
    assert svg == charts_svg.render(draw(kind, TABLES[kind]), 488)


def test_an_empty_figure_is_drawn_as_its_sentence() -> None:
    svg = charts_svg.render(draw("line", replace(TABLES["line"], rows=())), 488)
    assert b"Nothing was recorded" in svg


def test_paper_marks_the_months_alone_and_no_others() -> None:
    figure = draw("line", long_line())
    drawn = group(charts_svg.render(figure, 488), "trace-0")
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in drawn.iter(f"{SVG}circle")]
    assert dots == path_points(drawn)[3:]
    few = replace(long_line(), rows=long_line().rows[:6])
    of_few = group(charts_svg.render(draw("line", few), 488), "trace-0")
    assert len(list(of_few.iter(f"{SVG}circle"))) == 4
