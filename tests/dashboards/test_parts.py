"""What goes to the browser: every address once, every cell and mark with its own."""

import json
from typing import Any

from plotly.utils import PlotlyJSONEncoder

from dashboards.elements import B, P
from dashboards.panels import chart_card, table_view
from dashboards.parts import Tree
from tests.dashboards.shown import MONTHLY, PLAIN
from tests.dashboards.test_panels import request


def sent(*children: Any) -> Any:
    return json.loads(json.dumps(Tree(children), cls=PlotlyJSONEncoder))


def test_an_address_is_sent_once_and_found_again() -> None:
    def link(row: str, column: str) -> str | None:
        return f"/d/rows?from={row}" if column == "sessions" else None

    answer = sent(
        chart_card(MONTHLY, "line", request(), links=link),
        table_view(PLAIN, request(), links=lambda row, _: f"/d/{row}"),
    )
    addresses = answer["addresses"]
    assert len(addresses) == len(set(addresses)) == len(MONTHLY.rows) + len(PLAIN.rows)
    (card, other) = answer["tree"]
    chart, *_, behind = (part for part in card["props"]["children"] if part["type"] in ("Chart", "TableBehind"))
    marks = chart["props"]["figure"]["data"][0]["customdata"]
    assert [addresses[mark] for mark in marks] == [f"/d/rows?from={month}" for month, _ in MONTHLY.rows]
    assert behind["props"]["links"] == [[None, mark] for mark in marks]
    table = other["props"]["children"][1]["props"]
    opened = [[None if place is None else addresses[place] for place in row] for row in table["links"]]
    assert opened == [["/d/RIV"] * 3, ["/d/NOR", "/d/NOR", None], ["/d/LAK"] * 3]


def test_elements_are_plain_data() -> None:
    answer = sent("Words ", P(["and ", B("strong")], className="told"), P())
    strong = {"type": "B", "props": {"children": "strong"}}
    told = {"type": "P", "props": {"children": ["and ", strong], "className": "told"}}
    assert answer == {"tree": ["Words ", told, {"type": "P", "props": {}}], "addresses": []}
