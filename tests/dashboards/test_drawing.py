"""The attention list as it is drawn: every item is there, and each opens what it speaks of."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboards.drawing import draw_attention
from dashboards.shell import PageRequest
from tests.dashboards.shown import MANAGER, PAGES, SITES, TODAY, Somebody
from webapp.domain.filters import parse_filters
from webapp.domain.periods import Period
from webapp.queries.attention import AttentionItem, AttentionList
from webapp.queries.sites import SiteFacts

RIV = SiteFacts(SITES[0].id, "RIV", "Riverside", "Coast", "America/New_York", None, None, None)


def asking(search: str = "") -> PageRequest:
    filters, _ = parse_filters(search, ("RIV",), TODAY)
    return PageRequest(MANAGER, Somebody().scope(), filters, PAGES["overview"])


def parts_of(items: list[AttentionItem], search: str = "") -> list[dict[str, object]]:
    """What the card holds below its head."""
    card = json.loads(
        json.dumps(draw_attention(AttentionList(tuple(items), (), 0), asking(search), 1), cls=PlotlyJSONEncoder)
    )
    return list(card["props"]["children"][1:])


def item(number: int, days: Period | None = None) -> AttentionItem:
    return AttentionItem("Data", "warn", RIV, f"Thing {number}.", "Look", "side-effects", days=days)


@pytest.mark.parametrize("many", [1, 12, 13, 17])
def test_what_is_not_shown_at_once_is_opened_in_place(many: int) -> None:
    first, *rest = parts_of([item(number) for number in range(many)])
    assert [f"Thing {number}." in json.dumps(first) for number in range(many)] == [n < 12 for n in range(many)]
    if many <= 12:
        assert not rest
        return
    (opened,) = rest
    assert opened["type"] == "Details"
    said = json.dumps(opened)
    assert f"Show the other {many - 12}" in said and said.index("Summary") < said.index("Thing 12.")
    assert all(f"Thing {number}." in said for number in range(12, many))


def test_an_item_of_other_days_opens_those_days_whatever_the_page_is_narrowed_to() -> None:
    days = Period(date(2026, 10, 1), date(2026, 11, 23))
    drawn = json.dumps(parts_of([item(1, days)], "?phase=maintenance&indication=ptsd&product=ketamine_iv&compare=none"))
    href = drawn.split('"href": "')[1].split('"')[0]
    asked = parse_qs(urlsplit(href).query)
    assert urlsplit(href).path == "/d/side-effects"
    assert asked == {"from": ["2026-10-01"], "to": ["2026-11-22"], "site": ["RIV"], "compare": ["none"]}
