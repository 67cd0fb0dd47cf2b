"""Every kind of chart: plotly accepts it, it draws the table's own numbers, and its sentence says them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from tests.presentation.examples import HOSTILE_NAMES, TABLES, rate_table
from webapp.domain.vocabulary import CourseState
from webapp.presentation import formats
from webapp.presentation.figures import (
    CHARTS,
    NO_POINT,
    NOTHING,
    ChartKind,
    alternative_text,
    draw,
    layout,
    with_layout,
)
from webapp.presentation.figures.funnel import Z95, Z998, limits_at
from webapp.presentation.figures.marks import spread
from webapp.presentation.tables import Cell, Column, Table
from webapp.presentation.tokens import DARK, LIGHT, THEMES, Theme

KINDS: list[ChartKind] = list(CHARTS)


def texts(node: object) -> Iterator[str]:
    """Every text in a figure."""
    if isinstance(node, dict):
        for each in node.values():
            yield from texts(each)
    elif isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, str):
        yield node


def marks(figure: dict[str, Any]) -> Iterator[list[str]]:
    """The customdata of every mark."""
    for trace in figure["data"]:
        for each in trace.get("customdata", ()):
            yield from each if isinstance(each[0], list) else [each]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("kind", KINDS)
def test_plotly_accepts_it_alone_and_with_the_layout_of_the_theme(kind: ChartKind, theme: Theme) -> None:
    figure = draw(kind, TABLES[kind], theme)
    json.dumps(figure, allow_nan=False)
    go.Figure(figure)
    go.Figure(with_layout(figure, theme))
    go.Figure(layout=layout(theme))


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_table_says_so(kind: ChartKind) -> None:
    empty = replace(TABLES[kind], rows=(), row_keys=())
    figure = draw(kind, empty)
    go.Figure(with_layout(figure, LIGHT))
    assert NOTHING in list(texts(figure))
    assert NOTHING in alternative_text(kind, empty)


@pytest.mark.parametrize("kind", KINDS)
def test_each_mark_carries_the_key_of_its_cell(kind: ChartKind) -> None:
    table = TABLES[kind]
    columns = {column.key for column in table.columns}
    found = list(marks(draw(kind, table)))
    assert found
    assert all(len(key) == 2 and key[1] in columns for key in found)
    if table.row_keys:
        assert {key[0] for key in found} <= set(table.row_keys)


@pytest.mark.parametrize("kind", ["funnel", "days_left", "dots"])
def test_names_of_people_are_text_in_every_chart(kind: ChartKind) -> None:
    table = TABLES[kind]
    many = len(HOSTILE_NAMES)
    rows = tuple((name, *table.rows[place % len(table.rows)][1:]) for place, name in enumerate(HOSTILE_NAMES))
    hostile = replace(table, rows=rows, row_keys=tuple(str(place) for place in range(many)))
    figure = draw(kind, hostile)
    go.Figure(figure)
    assert not any(
        "<script" in text or "<b>" in text for text in texts([t | {"customdata": 0} for t in figure["data"]])
    )
    assert not any("<script" in text or "<b>" in text for text in texts(figure["layout"]))
    assert not any("7*7" in text for trace in figure["data"] for text in texts(trace.get("hovertemplate", "")))


def test_lines_draw_the_table_and_leave_gaps() -> None:
    table = TABLES["line"]
    figure = draw("line", table)
    assert [trace["y"] for trace in figure["data"]] == [list(table.column(c.key)) for c in table.columns[1:]]
    dotted = [trace["line"]["dash"] for trace in figure["data"]]
    assert dotted == ["solid", "solid", "dot"]
    assert {note["text"] for note in figure["layout"]["annotations"]} == {"Induction", "Booster", "last year"}
    band, line = draw("line", rate_table())["data"]
    assert line["y"][5] is None
    assert line["connectgaps"] is False
    assert band["fill"] == "toself"
    assert band["x"].count(None) == 1


def long_line() -> Table:
    """Thirty months: a line of three, one alone, and nothing after it."""
    values = [0.5, 0.6, 0.7, None, 0.8, *[None] * 25]
    rows = tuple((date(2024 + place // 12, place % 12 + 1, 1), value) for place, value in enumerate(values))
    return Table("t", "T", "S", (Column("month", "Month", "month"), Column("rate", "Rate", "percent")), rows)


def test_lines_without_a_point_say_so_in_the_place_of_an_empty_scale() -> None:
    table = TABLES["line"]
    of_nothing = replace(table, rows=tuple((row[0], *[None] * (len(row) - 1)) for row in table.rows))
    figure = draw("line", of_nothing)
    assert figure["data"] == [] and figure["layout"]["annotations"][0]["text"] == NO_POINT
    assert alternative_text("line", of_nothing).endswith(NO_POINT)


def test_a_month_alone_between_gaps_is_a_dot_however_long_the_line() -> None:
    (line,) = draw("line", long_line())["data"]
    assert line["mode"] == "lines+markers"
    assert [place for place, size in enumerate(line["marker"]["size"]) if size] == [4]
    go.Figure(draw("line", long_line()))
    joined = replace(long_line(), rows=tuple((month, 0.5) for month, _ in long_line().rows))
    assert draw("line", joined)["data"][0]["mode"] == "lines"


def test_steps_rise_from_day_to_day_inside_their_bands() -> None:
    table = TABLES["steps"]
    figure = draw("steps", table)
    bands, lines = figure["data"][:4], figure["data"][4:]
    assert [line["name"] for line in lines] == ["Completed", "Stopped", "Transferred", "Lapsed"]
    assert {line["line"]["shape"] for line in lines} == {"hv"}
    assert {note["text"] for note in figure["layout"]["annotations"]} == {line["name"] for line in lines}
    for band, line in zip(bands, lines, strict=True):
        assert max(line["y"]) <= max(band["y"]) <= figure["layout"]["yaxis"]["range"][1]
        corners = list(zip(band["x"], band["y"], strict=True))
        assert all(x == u or y == v for (x, y), (u, v) in pairwise(corners) if x != 60)
    assert figure["layout"]["xaxis"]["ticktext"] == ["0", "7", "14", "21", "28", "35", "42", "49", "56"]


def test_days_without_an_interval_have_no_band_and_say_so() -> None:
    columns = TABLES["steps"].columns[:4]
    told: list[tuple[Cell, ...]] = [(0, 0.0, None, None), (1, 0.2, 0.1, 0.4), (2, 0.2, 0.1, 0.4), (3, 0.5, None, None)]
    table = replace(TABLES["steps"], columns=columns, rows=(*told, (4, 0.5, 0.3, 0.7), (5, 1.0, None, None)))
    band, line = draw("steps", table)["data"]
    assert line["y"] == [0.0, 20.0, 20.0, 50.0, 50.0, 100.0]
    gap = band["x"].index(None)
    assert band["y"][gap] is None
    assert set(band["x"][:gap]) == {1, 2, 3} and set(band["y"][:gap]) == {10.0, 40.0}
    assert set(band["x"][gap + 1 :]) == {4, 5} and set(band["y"][gap + 1 :]) == {30.0, 70.0}
    go.Figure(draw("steps", table))
    assert "100.0 % by day 5 (no interval)" in alternative_text("steps", table)
    sheet = formats.row_texts(table)
    assert sheet[0][2] == sheet[5][3] == formats.MISSING


def test_an_n_beside_a_percentage_is_no_line() -> None:
    assert [trace["name"] for trace in draw("line", rate_table())["data"]] == ["95 % interval", "Any side effect"]


def test_names_at_the_ends_of_lines_do_not_meet() -> None:
    assert spread([10, 10, 30], 5) == [10, 15, 30]
    notes = draw("line", TABLES["line"])["layout"]["annotations"]
    places = sorted(note["y"] for note in notes)
    assert all(upper - lower > 50 for lower, upper in pairwise(places))


def test_course_states_are_shares_of_all_started_and_open_is_hatched() -> None:
    table = TABLES["states"]
    figure = draw("states", table)
    for row, cells in enumerate(table.rows):
        assert sum(trace["y"][row] for trace in figure["data"]) == pytest.approx(100)
        counts = [value for value in cells[1:] if isinstance(value, int)]
        assert figure["data"][0]["y"][row] == pytest.approx(100 * counts[0] / sum(counts))
    for trace in figure["data"]:
        state = CourseState(trace["customdata"][0][1])
        hatched = "pattern" in trace["marker"]
        assert hatched == (state is CourseState.OPEN)
        if not hatched:
            assert trace["marker"]["color"] == LIGHT.state(state)


def test_months_of_which_not_each_is_named_have_their_year() -> None:
    states = TABLES["states"]
    months = [date(2024 + place // 12, place % 12 + 1, 1) for place in range(30)]
    long = replace(states, rows=tuple((month, *states.rows[0][1:]) for month in months))
    names = draw("states", long)["layout"]["xaxis"]["ticktext"]
    assert 6 <= len(names) <= 12 and all(name.partition("<br>")[2] in ("2024", "2025", "2026") for name in names)
    few = draw("states", replace(long, rows=long.rows[6:18]))["layout"]["xaxis"]["ticktext"]
    assert len(few) == 12 and [name for name in few if "<br>" in name] == ["Jan<br>2025"]


def test_a_count_beside_the_course_states_is_no_layer() -> None:
    table = TABLES["states"]
    more = replace(
        table,
        columns=(*table.columns, Column("sites", "Sites", "integer")),
        rows=tuple((*row, 24) for row in table.rows),
    )
    assert draw("states", more)["data"] == draw("states", table)["data"]


def test_days_under_bars_are_written_as_people_write_them() -> None:
    columns = (Column("week", "Week from", "date"), Column("induction", "Induction", "integer"))
    table = Table("t", "T?", "s", columns, ((date(2026, 11, 2), 4), (date(2026, 11, 9), 5)))
    assert draw("bars", table)["layout"]["xaxis"]["ticktext"] == ["2 Nov", "9 Nov"]


def test_a_month_without_courses_is_a_gap_not_a_zero() -> None:
    table = TABLES["states"]
    empty: tuple[Cell, ...] = (date(2026, 11, 1), *([0] * len(CourseState)))
    figure = draw("states", replace(table, rows=(*table.rows, empty)))
    assert all(trace["y"][-1] is None for trace in figure["data"])


def test_only_the_site_outside_the_wider_limits_is_coloured_and_named() -> None:
    figure = draw("funnel", TABLES["funnel"])
    points = [trace for trace in figure["data"] if "markers" in trace["mode"]]
    assert [(trace["marker"]["color"], len(trace["x"])) for trace in points] == [(LIGHT.other, 21), (LIGHT.bad, 1)]
    assert points[1]["text"] == ["Riverside 31.0 %"]
    assert points[1]["customdata"] == [["site-1", "rate"]]


def test_a_site_with_little_screening_has_no_point() -> None:
    figure = draw("funnel", TABLES["funnel"])
    keys = {key[0] for key in marks(figure)}
    assert "site-22" not in keys
    assert "site-23" not in keys


def test_funnel_limits_stand_at_the_effective_size() -> None:
    low, high = limits_at(400, 0.22, Z95, 1.0)
    assert (round(low, 4), round(high, 4)) == (0.1794, 0.2606)
    assert limits_at(4, 0.22, Z998, 2.0) == (0.0, 1.0)
    figure = draw("funnel", TABLES["funnel"])
    curve = figure["data"][1]
    expected = limits_at(curve["x"][10] / 1.4, 0.22, Z95, 1.3)[1]
    assert curve["y"][10] == pytest.approx(expected * 100)


def test_without_anybody_to_compare_the_funnel_says_so() -> None:
    table = TABLES["funnel"]
    rows = tuple((*row[:-1], "not enough screening") for row in table.rows)
    few = replace(table, rows=rows)
    assert draw("funnel", few)["data"] == []
    assert "Too few sites" in alternative_text("funnel", few)


def test_what_lapses_next_is_sorted_by_days_whatever_the_order() -> None:
    table = TABLES["days_left"]
    figure = draw("days_left", replace(table, rows=tuple(reversed(table.rows))))
    assert figure["data"][0]["x"] == [23, 58, 84, 131, 166, 214]
    assert figure["data"][0]["marker"]["color"] == [LIGHT.bad, LIGHT.near, LIGHT.near, *[LIGHT.accent] * 3]


def test_a_long_name_is_read_whole_beside_its_bar() -> None:
    table = TABLES["days_left"]
    names = ("Northgate: Certified clinical setting", "Q" * 40, "St Anne")
    rows = tuple((name, *row[1:]) for name, row in zip(names, table.rows, strict=False))
    figure = draw("days_left", replace(table, rows=rows))
    axis = figure["layout"]["yaxis"]
    assert axis["ticktext"] == ["Northgate:<br>Certified clinical setting", f"{'Q' * 30}<br>{'Q' * 10}", "St Anne"]
    short = draw(
        "days_left", replace(table, rows=tuple((name[:7], *row[1:]) for name, row in zip(names, rows, strict=True)))
    )
    assert figure["layout"]["height"] >= short["layout"]["height"] + 3 * 12
    endless = ("word " * 60, *table.rows[0][1:])
    (label,) = draw("days_left", replace(table, rows=(endless,)))["layout"]["yaxis"]["ticktext"]
    assert label.count("<br>") == 2 and label.endswith("…")


def test_more_than_are_drawn_are_said_to_end_later() -> None:
    table = TABLES["days_left"]
    many = tuple((f"Site {place}", place, date(2026, 12, 1)) for place in range(14))
    figure = draw("days_left", replace(table, rows=many))
    assert len(figure["data"][0]["x"]) == 12
    assert figure["layout"]["xaxis"]["title"]["text"] == "days left, the 12 soonest of 14"
    assert draw("days_left", table)["layout"]["xaxis"]["title"]["text"] == "days left"


def test_what_has_ended_is_shown_left_of_zero() -> None:
    table = TABLES["days_left"]
    figure = draw("days_left", replace(table, rows=(("Northgate", -4, date(2026, 11, 18)),)))
    assert figure["data"][0]["text"] == ["ended 4 d ago"]
    assert figure["layout"]["xaxis"]["range"][0] < -4


def test_sites_stand_by_name_and_a_missing_rate_says_why() -> None:
    figure = draw("dots", TABLES["dots"])
    names = figure["layout"]["yaxis"]["ticktext"]
    assert names == sorted(names)
    assert len(figure["data"][-1]["x"]) == 8
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["no closed cohort"]


@pytest.mark.parametrize(("many", "side"), [(35, "bottom"), (36, "top")])
def test_the_scale_of_a_long_list_of_sites_stands_where_one_begins_to_read(many: int, side: str) -> None:
    table = TABLES["dots"]
    layout = draw("dots", replace(table, rows=table.rows[:1] * many))["layout"]
    assert layout["xaxis"]["side"] == side
    assert ("t" in layout["margin"]) == (side == "top")


def test_two_sites_of_one_name_stay_two() -> None:
    table = TABLES["dots"]
    rows = tuple(("Elm Park", *row[1:]) for row in table.rows[:2])
    figure = draw("dots", replace(table, rows=rows))
    assert figure["data"][-1]["y"] == [0, 1]


def test_bars_of_the_drop_off_carry_their_intervals() -> None:
    table = TABLES["drop_off"]
    trace = draw("drop_off", table)["data"][0]
    highs = [y + arm for y, arm in zip(trace["y"], trace["error_y"]["array"], strict=True)]
    assert highs == pytest.approx([100 * float(str(value)) for value in table.column("high")])


def test_a_hidden_cell_is_empty_in_the_map_and_absent_cells_are_zero() -> None:
    trace = draw("heat_map", TABLES["heat_map"])["data"][0]
    assert trace["z"][2][1] is None
    assert trace["z"][6] == [0.0] * 10
    assert "Wed 09:00–10:00: –" in trace["hovertext"][2][1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_has_the_title_and_actual_numbers(kind: ChartKind) -> None:
    table = TABLES[kind]
    sentence = alternative_text(kind, table)
    assert sentence.startswith(table.title)
    shown = {text for row in formats.row_texts(table) for text in row if any(c.isdigit() for c in text)}
    assert any(text in sentence for text in shown)
    assert "nan" not in sentence
    assert "None" not in sentence


def test_a_hidden_cell_is_not_told_either() -> None:
    columns = (Column("month", "Month", "month"), Column("n", "Sessions", "integer"))
    table = Table("t", "How many?", "Sessions", columns, ((date(2026, 9, 1), 40), (date(2026, 10, 1), None)))
    assert alternative_text("line", table).endswith(
        "Sessions: from 40 in Sep 2026 to 40 in Sep 2026, lowest 40 in Sep 2026, highest 40 in Sep 2026."
    )
    hidden = replace(table, rows=((date(2026, 9, 1), None),))
    go.Figure(draw("line", hidden))
    go.Figure(draw("sparkline", hidden))
    assert alternative_text("line", hidden).endswith(NO_POINT)


def test_the_ground_of_a_sparkline_never_bridges_a_gap() -> None:
    whole = replace(rate_table(), rows=rate_table().rows[:5])
    assert draw("sparkline", whole)["data"][0]["fill"] == "tozeroy"
    assert draw("sparkline", rate_table())["data"][0]["fill"] == "none"


def test_the_dark_theme_changes_colours_and_nothing_else() -> None:
    for kind in KINDS:
        light, dark = (json.dumps(draw(kind, TABLES[kind], theme)) for theme in (LIGHT, DARK))
        colours = str.maketrans("", "", "0123456789abcdef")
        assert len(light.translate(colours)) == len(dark.translate(colours))


def test_points_after_infusions_are_not_joined_and_the_missing_have_a_band() -> None:
    table = TABLES["after_infusion"]
    band, dots = draw("after_infusion", table)["data"]
    assert dots["mode"] == "markers"
    known = [rate for rate in table.column("rate") if isinstance(rate, float)]
    assert dots["y"] == pytest.approx([100 * rate for rate in known])
    assert band["x"].count(None) == len(table.rows) - 1
    tops = [value for value in band["y"] if value is not None][2::4]
    assert tops == pytest.approx([100 * value for value in table.column("highest") if isinstance(value, float)])
    assert "none rated; with the missing" in alternative_text("after_infusion", table)
