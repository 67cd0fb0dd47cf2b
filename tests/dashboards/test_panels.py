"""Tables and charts: one component each, marks and cells open pages of ours, nothing of the table is lost."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import plotly.graph_objects as go

from dashboards.answering import _not_sorted
from dashboards.elements import Component
from dashboards.panels import chart_card, table_view
from dashboards.shell import Page, PageBody, PageRequest
from tests.dashboards.shown import MANAGER, MONTHLY, PLAIN, TODAY, build
from webapp.domain.filters import parse_filters, unsorted_words
from webapp.domain.scope import Scope


def request(search: str = "?site=RIV") -> PageRequest:
    filters, _ = parse_filters(search, ("RIV", "NOR"), TODAY)
    scope = Scope(UUID(int=99), UUID(int=7), MANAGER.role, frozenset())
    return PageRequest(MANAGER, scope, filters, Page("overview", "Overview", build))


def parts(tree: Any, kind: str) -> list[Any]:
    """All components of a kind in a tree."""
    children = getattr(tree, "children", None)
    inside = children if isinstance(children, list | tuple) else [children]
    found = [part for child in inside if isinstance(child, Component) for part in parts(child, kind)]
    return [tree, *found] if getattr(tree, "_type", "") == kind else found


def test_a_table_is_one_part_with_plain_cells() -> None:
    card = table_view(PLAIN, request(), links=lambda row, column: f"/d/rows?site={row}&c={column}")
    (table,) = parts(card, "DataTable")
    assert table.texts == [
        ["Riverside", "412", "31.0 %"],
        ["Northgate", "61", "–"],
        ["Lakeside <b>&", "1,204", "20.0 %"],
    ]
    assert table.values == [None, None, [0.31, None, 0.2]], "words and whole numbers are sorted by their texts"
    assert table.links[0][1] == "/d/rows?site=RIV&c=sessions" and table.links[1][2] is None
    assert [column["right"] for column in table.columns] == [False, True, True]


def test_hostile_links_are_dropped_from_cells_and_marks() -> None:
    (table,) = parts(table_view(PLAIN, request(), links=lambda *_: "javascript:alert(1)"), "DataTable")
    assert {href for row in table.links for href in row} == {None}
    (chart,) = parts(chart_card(MONTHLY, "line", request(), links=lambda *_: "//evil.example"), "Chart")
    assert {href for trace in chart.figure["data"] for href in trace.get("customdata", [])} == {None}


def test_a_chart_has_its_table_behind_it_and_says_what_it_shows() -> None:
    card = chart_card(MONTHLY, "line", request(), links=lambda row, _column: f"/d/sessions?from={row}")
    (chart,) = parts(card, "Chart")
    (behind,) = parts(card, "TableBehind")
    assert "110" in chart.label and len(behind.texts) == len(MONTHLY.rows)
    assert chart.figure["data"][0]["customdata"][0] == "/d/sessions?from=2026-01-01"
    go.Figure({"data": chart.figure["data"], "layout": chart.figure["layout"]})


def test_a_chart_of_nothing_says_so() -> None:
    nothing = chart_card(replace(MONTHLY, rows=()), "line", request())
    assert not parts(nothing, "Chart")
    assert "Nothing was recorded for this choice." in [paragraph.children for paragraph in parts(nothing, "P")]
    told = chart_card(replace(MONTHLY, rows=(), notes=("No month is closed yet.",)), "line", request())
    assert "No month is closed yet." in [paragraph.children for paragraph in parts(told, "P")]


def test_downloads_carry_the_filters_of_the_page() -> None:
    links = [a.href for a in parts(table_view(PLAIN, request("?site=RIV&sort=sites.rate.down")), "A")]
    assert "/download/overview/sites.csv?site=RIV&sort=sites.rate.down" in links


def test_the_order_of_a_table_stays_on_its_page() -> None:
    asked = request("?site=RIV&sort=sites.rate.down")
    assert asked.href("sessions") == "/d/sessions?site=RIV"
    assert asked.href(site=None) == "/d/overview?sort=sites.rate.down"


def test_an_order_is_told_to_be_left_out_only_where_no_table_has_that_column() -> None:
    def told(search: str) -> tuple[str, ...]:
        asked = request(search)
        months = replace(MONTHLY, key="others")
        return _not_sorted(asked.filters, PageBody("", [table_view(PLAIN, asked), table_view(months, asked)]))

    assert told("?site=RIV") == told("?sort=sites.rate.down") == told("?sort=sites.sessions.up") == ()
    for order in ("sites.month.up", "nothing.rate.down", "others.site.up"):
        assert told(f"?sort={order}") == (unsorted_words(order),)
