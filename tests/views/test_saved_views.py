"""Saved views: one's own alone, one of each name, one to start with, and never a way to what one may not see."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network, store
from tests.reporting import site
from tests.signing_in import signed_in, token_of
from webapp.domain.saved_views import LONGEST_NAME, MOST_VIEWS
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.transactions import reading


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        scope = make_network(NOW)
        zone = "America/New_York"
        store(scope, {"sites": [site("RIV", "Riverside", zone), site("NOR", "Northgate", zone)]}, NOW)
        return scope


@pytest.fixture
def manager(app: Flask, scope: Scope) -> FlaskClient:
    return signed_in(app, scope, Role.MANAGER)


def post(client: FlaskClient, address: str, **fields: str) -> Any:
    token = token_of(client.get("/views").text)
    return client.post(address, data={"csrf_token": token, **fields})


def views_of(client: FlaskClient) -> dict[str, str]:
    """Name -> address, as the menu shows them."""
    menu = client.get("/views").text.partition('id="menu"')[2].partition("</nav>")[0]
    part = menu.partition("Saved views")[2]
    return {name.strip(): href for href, name in re.findall(r'<a href="([^"]+)">([^<]+)', part)}


def ids_of(client: FlaskClient) -> list[str]:
    return re.findall(r"/views/([0-9a-f-]{36})/remove", client.get("/views").text)


def test_a_view_is_kept_with_its_filters_and_stands_in_the_menu(manager: FlaskClient) -> None:
    path = "/d/sessions?indication=ptsd&site=RIV"
    answer = post(manager, "/views", path=path, name="  Trauma at\tRiverside ")
    assert answer.status_code == 302
    assert answer.location == "/d/sessions?site=RIV&indication=ptsd"
    assert "The view is saved." in manager.get("/views").text
    assert views_of(manager) == {"Trauma at Riverside": "/d/sessions?site=RIV&amp;indication=ptsd"}


def test_a_view_keeps_what_its_page_looks_at_and_no_filter_that_it_would_not_apply(manager: FlaskClient) -> None:
    assert post(manager, "/views", path="/d/response?scale=madrs", name="Scale").location == "/d/response?scale=madrs"
    post(manager, "/views", path="/d/rows?scale=madrs", name="Rows")
    assert "can be asked of courses only" in manager.get("/views").text
    assert list(views_of(manager)) == ["Scale"]


def test_a_view_of_the_same_name_is_replaced(manager: FlaskClient) -> None:
    for path in ("/d/sessions", "/d/courses"):
        post(manager, "/views", path=path, name="Mine")
    assert views_of(manager) == {"Mine": "/d/courses"}


def test_signing_in_leads_to_the_view_chosen_for_it(manager: FlaskClient) -> None:
    assert manager.get("/").location == "/d/overview"
    post(manager, "/views", path="/d/sessions?site=NOR", name="North", default="yes")
    post(manager, "/views", path="/d/courses?period=last_month", name="Courses")
    assert manager.get("/").location == "/d/sessions?site=NOR"
    courses, _north = ids_of(manager)
    post(manager, f"/views/{courses}/start")
    assert manager.get("/").location == "/d/courses?period=last_month"
    post(manager, "/views/usual-start")
    assert manager.get("/").location == "/d/overview"
    post(manager, f"/views/{courses}/remove")
    assert list(views_of(manager)) == ["North"]


@pytest.mark.parametrize(
    "path",
    ["", "/reports", "https://example.org/d/sessions", "//example.org/d/sessions", "/d/nothing", "/d/", "d/sessions"],
)
def test_only_pages_of_numbers_are_kept(manager: FlaskClient, path: str) -> None:
    answer = post(manager, "/views", path=path, name="Odd")
    assert answer.status_code == 302
    assert answer.location.startswith("/") and "example.org" not in answer.location
    assert "Only a page of numbers can be kept" in manager.get("/views").text
    assert views_of(manager) == {}


def test_what_cannot_be_asked_for_is_not_kept(app: Flask, scope: Scope) -> None:
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    sentences = []
    for code in ("NOR", "XYZ"):
        post(lead, "/views", path=f"/d/sessions?site={code}", name="Beside")
        page = lead.get("/views").text
        sentences.append(re.findall(r'role="alert">([^<]+)<', page))
        assert "Northgate" not in page
    assert sentences[0] == sentences[1] and "are not among the sites you can see" in sentences[0][0]
    post(lead, "/views", path="/d/sessions?phase=third", name="Odd")
    assert "“third” is no phase" in lead.get("/views").text
    assert views_of(lead) == {}


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1)])
def test_a_name_is_asked_for(manager: FlaskClient, name: str) -> None:
    post(manager, "/views", path="/d/sessions", name=name)
    assert "The view was not saved." in manager.get("/views").text
    assert views_of(manager) == {}


def test_names_are_text(manager: FlaskClient) -> None:
    post(manager, "/views", path="/d/sessions", name="<b>bold</b>")
    assert "<b>bold</b>" not in manager.get("/views").text
    assert "&lt;b&gt;bold" in manager.get("/views").text


def test_there_is_an_end_to_them(manager: FlaskClient) -> None:
    for number in range(MOST_VIEWS + 1):
        post(manager, "/views", path="/d/sessions", name=f"View {number:02d}")
    assert "remove one that you no longer need" in manager.get("/views").text
    assert len(ids_of(manager)) == MOST_VIEWS


def test_another_persons_view_is_not_there(app: Flask, scope: Scope, manager: FlaskClient) -> None:
    post(manager, "/views", path="/d/sessions", name="Mine", default="yes")
    (mine,) = ids_of(manager)
    other = signed_in(app, scope, Role.MANAGER)
    assert views_of(other) == {} and other.get("/").location == "/d/overview"
    for verb in ("start", "remove"):
        answers = [post(other, f"/views/{view_id}/{verb}") for view_id in (mine, "0" * 8 + mine[8:])]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert views_of(manager) == {"Mine": "/d/sessions"}
    assert manager.get("/").location == "/d/sessions"


def test_changes_are_written_down_and_need_the_forms_key(app: Flask, scope: Scope, manager: FlaskClient) -> None:
    assert manager.post("/views", data={"path": "/d/sessions", "name": "Mine"}).status_code == 400
    post(manager, "/views", path="/d/sessions", name="Mine")
    (mine,) = ids_of(manager)
    post(manager, f"/views/{mine}/start")
    post(manager, f"/views/{mine}/remove")
    with app.app_context(), reading(scope) as db:
        said = db.execute(
            text("SELECT action FROM audit_event WHERE action LIKE '%view' ORDER BY at, action")
        ).scalars()
        assert sorted(said) == ["remove view", "save view", "start with view"]


def test_a_page_can_be_saved_where_it_stands(manager: FlaskClient) -> None:
    page = manager.get("/d/sessions?site=RIV").text
    assert '<form id="save-view" method="post" action="/views"' in page
    assert 'name="path" value="/d/sessions?site=RIV"' in page
    token = token_of(page.partition('id="save-view"')[2])
    sent = {"csrf_token": token, "path": "/d/sessions?site=RIV", "name": "Riverside"}
    assert manager.post("/views", data=sent).location == "/d/sessions?site=RIV"
    assert views_of(manager) == {"Riverside": "/d/sessions?site=RIV"}
