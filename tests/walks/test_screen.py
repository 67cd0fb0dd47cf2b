"""The walk of a screen: sign-in, the page's frame, its question, its numbers; a click to the rows; a link sent to somebody else."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from tests.conftest import NOW
from tests.isolation.asking import Somebody, sign_in
from tests.making import make_network, make_user
from tests.queries import recount
from tests.small_network import small_network
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.filters import SITES_LEFT_OUT
from webapp.domain.fixed_form import FIXED_FORM, NO_INDICATION
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role

PAGES = ("sessions", "courses", "side-effects", "response", "rows")
OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))
Place = tuple[Scope, dict[str, str]]

BAD = (
    "period=never",
    "from=2026-02-30&to=2026-03-01",
    "from=2026-10-31&to=2026-10-01",
    "from=0001-01-01&to=9999-12-31",
    "indication=love",
    "phase=%00",
    "site=NO-SUCH-SITE",
    "status=' OR 1=1 --",
    "term=<script>alert(1)</script>",
    "infusion=-1",
    "infusion=99999999999999999999",
    "hour=24&weekday=8",
    "after=yesterday.zz",
    "before=2026-10-31.ffffffff",
    "as_of=2026-13-01",
    "known=maybe",
    "list=patients",
    "sort=..",
    "sort=up",
    "sort=nothing.here.up",
    "sort=sessions_by_site.nothing.down",
)
QUIET = (
    "utm_source=x",
    "%ff%fe",
    "=&=&&",
    "a=1;b=2",
)
"""Malformed, yet nothing that was asked for is left out."""


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture(scope="module")
def place(whole: WholeApp) -> Place:
    with whole.app.app_context():
        return small_network()


def someone(whole: WholeApp, scope: Scope, role: Role, *sites: str) -> Somebody:
    with whole.app.app_context():
        email = make_user(scope, role, NOW, sites)
    return sign_in(whole, email)


def body_of(person: Somebody, address: str) -> Any:
    """What the page's script gets, as data."""
    answer = person.ask(address)
    assert answer.status == 200, answer.whole
    return json.loads(answer.body)["response"]


def texts(part: Any) -> Iterator[str]:
    """Every text in a body."""
    if isinstance(part, str):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from texts(inner)


def tables(part: Any, addresses: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The tables in a body, open or folded behind their charts, with their addresses in their places."""
    if isinstance(part, dict) and part.get("type") in ("DataTable", "TableBehind"):
        opened = [[None if at is None else addresses[at] for at in row] for row in part["props"]["links"] or ()]
        yield {**part["props"], "links": opened}
    if isinstance(part, dict) and "addresses" in part:
        addresses = part["addresses"]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from tables(inner, addresses)


def table_of(body: Any, key: str) -> dict[str, Any]:
    return next(table for table in tables(body) if table["table"] == key)


def test_from_sign_in_to_the_rows_behind_a_number(whole: WholeApp, place: Place) -> None:
    scope, names = place
    with whole.app.app_context():
        facts = recount.facts_of(scope)
    expected = recount.sessions_by_site(facts, *OCTOBER)
    manager = someone(whole, scope, Role.MANAGER)
    assert manager.get("/d/sessions").status == 200
    body = body_of(manager, "/d/sessions")
    assert f"{sum(expected.values())} sessions" in list(texts(body))
    table = table_of(body, "sessions_by_site")
    delivered = [column["key"] for column in table["columns"]].index("delivered")
    found = {
        row[0]: (row[delivered], link[delivered]) for row, link in zip(table["texts"], table["links"], strict=True)
    }
    assert {name: many for name, (many, _) in found.items()} == {
        name: str(expected[code]) for code, name in names.items()
    }
    code, name = next((code, name) for code, name in sorted(names.items()) if expected[code])
    rows = body_of(manager, found[name][1])
    assert f"{expected[code]} sessions" in list(texts(rows))
    listed = table_of(rows, "session_rows")
    assert len(listed["texts"]) == min(100, expected[code])
    assert {row[1] for row in listed["texts"]} == {name}
    outcomes = Counter(row[3] for row in listed["texts"])
    assert set(outcomes) <= {"Completed", "Stopped early"}


@pytest.mark.parametrize("page", PAGES)
def test_a_site_lead_meets_no_other_site_anywhere(whole: WholeApp, place: Place, page: str) -> None:
    scope, names = place
    own, *others = sorted(names)
    lead = someone(whole, scope, Role.SITE_LEAD, own)
    for search in ("", "?period=last_12_months"):
        whole_answer = lead.get(f"/d/{page}{search}").whole + lead.ask(f"/d/{page}{search}").whole
        assert names[own] in whole_answer
        for other in others:
            assert names[other] not in whole_answer
            assert not re.search(rf"\b{re.escape(other)}\b", whole_answer)


@pytest.mark.parametrize("page", PAGES)
def test_a_link_shows_its_receiver_their_own_scope(whole: WholeApp, place: Place, page: str) -> None:
    scope, names = place
    own, colleague, *_ = sorted(names)
    lead = someone(whole, scope, Role.SITE_LEAD, own)
    plain = lead.ask(f"/d/{page}?site={own}").body
    shared, made_up = (lead.ask(f"/d/{page}?site={own}&site={code}").body for code in (colleague, "NO-SUCH"))
    assert SITES_LEFT_OUT in shared
    assert shared == made_up
    assert names[colleague] not in shared
    assert len(plain) < len(shared)
    nothing = lead.ask(f"/d/{page}?site={colleague}").body
    assert nothing == lead.ask(f"/d/{page}?site=NO-SUCH").body
    assert "nothing to count" in nothing


@pytest.mark.parametrize("page", PAGES)
def test_hand_written_addresses_give_a_sentence_and_the_default_view(whole: WholeApp, place: Place, page: str) -> None:
    manager = someone(whole, place[0], Role.MANAGER)
    for search in (*BAD, *QUIET):
        answer = manager.get(f"/d/{page}?{search}")
        assert answer.status == 200, search
        response = body_of(manager, f"/d/{page}?{search}")
        said = list(texts(response["page-notices"]))
        assert any(
            "left out" in text or "is shown" in text or "not a day" in text or "period" in text for text in said
        ) == (search in BAD), (search, said)
        if search != "site=NO-SUCH-SITE":
            assert list(tables(response["page-body"])), search
        assert "<script>alert(1)" not in answer.body
    shown = next(tables(body_of(manager, f"/d/{page}")))
    in_order = f"/d/{page}?sort={shown['table']}.{shown['columns'][-1]['key']}.down"
    assert list(texts(body_of(manager, in_order)["page-notices"])) == list(
        texts(body_of(manager, f"/d/{page}")["page-notices"])
    )


def test_a_viewer_sees_sums_and_opens_no_row(whole: WholeApp, place: Place) -> None:
    viewer = someone(whole, place[0], Role.VIEWER)
    assert viewer.get("/d/rows").status == 404
    assert viewer.ask("/d/rows").status == 404
    for page in ("sessions", "courses", "side-effects", "overview", "site"):
        answer = viewer.ask(f"/d/{page}?period=last_12_months")
        assert answer.status == 200
        assert "/d/rows" not in answer.body
        assert not re.search(r"\bP-[A-Z2-7]{6,}", answer.body)


def test_an_officer_meets_no_pseudonym_and_no_clinical_row(whole: WholeApp, place: Place) -> None:
    officer = someone(whole, place[0], Role.COMPLIANCE)
    for page in PAGES:
        assert not re.search(r"\bP-[A-Z2-7]{6,}", officer.ask(f"/d/{page}?period=last_12_months").body)
    body = body_of(officer, "/d/rows?status=delivered")
    assert [column["label"] for column in table_of(body, "session_rows")["columns"]][:4] == [
        "Session",
        "Site",
        "Day",
        "Supervising person",
    ]
    refused = "".join(texts(body_of(officer, "/d/rows?term=dizziness")))
    assert "site, day, status, phase and product only" in refused


def test_the_one_session_of_a_day_tells_an_officer_nothing_of_its_patient(whole: WholeApp, place: Place) -> None:
    scope, names = place
    officer, manager = (someone(whole, scope, role) for role in (Role.COMPLIANCE, Role.MANAGER))
    with whole.app.app_context():
        facts = recount.facts_of(scope)
    days = Counter((session["site_id"], session["on_date"]) for session in facts.sessions)
    site, on = next(
        (one["site_id"], one["on_date"])
        for one in facts.sessions
        if days[one["site_id"], one["on_date"]] == 1 and one["status"] == "completed"
        if OCTOBER[0] <= one["on_date"] < OCTOBER[1] and one["session_id"] in facts.effects
        if one["session_id"] in facts.screens
    )
    wish = f"?site={facts.sites[site]}&from={on}&to={on}"
    assert len(table_of(body_of(officer, f"/d/rows{wish}"), "session_rows")["texts"]) == 1
    assert "1" in {
        cell for row in table_of(body_of(manager, f"/d/side-effects{wish}"), "severity")["texts"] for cell in row
    }
    for page in ("sessions", "courses", "side-effects"):
        answered = body_of(officer, f"/d/{page}{wish}")
        assert FIXED_FORM in list(texts(answered["page-notices"]))
        assert "1 Oct 2026 to 31 Oct 2026" in "".join(texts(answered)) and names[facts.sites[site]] in str(answered)
        for name in [table["table"] for table in tables(answered)]:
            assert officer.get(f"/download/{page}/{name}.csv{wish}").status == 400
            assert manager.get(f"/download/{page}/{name}.csv{wish}").status in (200, 404)
    for name in ("severity", "side_effects_by_term"):
        assert manager.get(f"/download/side-effects/{name}.csv{wish}").status == 200
    assert officer.get(f"/d/response{wish}").status == officer.ask(f"/d/response{wish}").status == 404
    assert officer.get(f"/download/response/suicidality.csv{wish}").status == 404
    for page in ("overview", "site"):
        of_officer, of_manager = (str(body_of(one, f"/d/{page}{wish}")) for one in (officer, manager))
        for clinical in ("side_effects_by_month", "response_by_infusion", "course_states", "control_chart", "funnel"):
            assert clinical not in of_officer
        assert "course_states" in of_manager
        assert "Any side effect" not in of_officer and "Any side effect" in of_manager
        said = list(texts(body_of(officer, f"/d/{page}{wish}&indication=ptsd")["page-notices"]))
        assert NO_INDICATION in said


def test_a_new_network_says_what_to_do(whole: WholeApp) -> None:
    with whole.app.app_context():
        scope = make_network(NOW, "Empty")
    manager = someone(whole, scope, Role.MANAGER)
    for page in PAGES:
        body = body_of(manager, f"/d/{page}")
        assert not list(tables(body)) or page == "rows"
        assert any(
            "no site" in text.lower() or "no data" in text.lower() or "nothing" in text.lower() for text in texts(body)
        )
