"""The drawn pages: guarded, in the product's frame, under a strict content policy, and deaf to malformed questions."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from dashboards import mount
from tests.dashboards.shown import LEAD, MANAGER, Somebody, make_app
from webapp.domain.doors import PAGES as DOORS
from webapp.domain.errors import SetupError
from webapp.domain.fixed_form import FIXED_FORM
from webapp.domain.vocabulary import Role

UPDATE = "/d/_dash-update-component"


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def shown(somebody: Somebody) -> tuple[Flask, Dash]:
    return make_app(somebody)


@pytest.fixture
def client(shown: tuple[Flask, Dash]) -> FlaskClient:
    return shown[0].test_client()


def question(drawing: Dash, path: object, search: object) -> dict[str, Any]:
    """What the page itself posts."""
    inputs = [
        {"id": "url", "property": "pathname", "value": path},
        {"id": "url", "property": "search", "value": search},
    ]
    output = next(iter(drawing.callback_map))
    outputs = [{"id": part, "property": "children"} for part in mount.OUTPUTS]
    return {"output": output, "outputs": outputs, "inputs": inputs, "changedPropIds": ["url.search"]}


def ask(shown: tuple[Flask, Dash], body: object, client: FlaskClient) -> Any:
    client.get("/d/overview")
    cookie = client.get_cookie("dripline-csrf")
    assert cookie is not None
    return client.post(UPDATE, json=body, headers={"X-CSRFToken": cookie.value})


def test_without_the_guard_nothing_is_mounted() -> None:
    with pytest.raises(SetupError, match="guard"):
        mount.mount_dashboards(Flask("bare"))


def test_no_door_of_the_library_is_opened(shown: tuple[Flask, Dash]) -> None:
    rules = {rule.rule for rule in shown[0].url_map.iter_rules()}
    assert not any("mcp" in rule or "ws" in rule.split("-") for rule in rules)
    assert all(rule.startswith(("/d/", "/static/")) for rule in rules)


def test_an_environment_variable_opens_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASH_MCP_ENABLED", "true")
    monkeypatch.setenv("DASH_DEBUG", "true")
    app, _ = make_app(Somebody())
    assert not any("mcp" in rule.rule for rule in app.url_map.iter_rules())


def test_a_page_stands_in_the_frame(client: FlaskClient) -> None:
    page = client.get("/d/overview?site=RIV").get_data(as_text=True)
    assert '<html lang="en">' in page and "<title>Overview · Dripline</title>" in page
    assert '<a href="/d/overview?site=RIV" data-carry aria-current="page">Overview' in page
    assert '<input type="checkbox" name="site" value="RIV" checked>Riverside' in page
    assert "Lakeside &lt;b&gt;&amp;" in page and "<b>&" not in page


@pytest.mark.parametrize("path", ["/d/", "/d/nothing", "/d/overview/deeper", "/d/undeclared", "/d/Overview"])
def test_where_there_is_no_page_the_answer_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_page_that_the_role_may_not_open_reads_like_none(client: FlaskClient, somebody: Somebody) -> None:
    viewer = next(role for role in type(MANAGER.role) if not DOORS["rows"].admits(role))
    somebody.viewer = type(MANAGER)("A", viewer, "Tidewater", MANAGER.sites, 3, MANAGER.today)
    refused, missing = client.get("/d/rows"), client.get("/d/nothing")
    assert refused.status_code == missing.status_code == 404
    assert refused.get_data() == missing.get_data()


def test_only_known_scripts_may_run(client: FlaskClient) -> None:
    answer = client.get("/d/overview")
    page = answer.get_data(as_text=True)
    policy = answer.headers["Content-Security-Policy"]
    scripts = policy.split("script-src ")[1].split(";")[0]
    assert "unsafe" not in scripts and "http" not in policy and "object-src 'none'" in policy
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline}
    assert hashes == {part.removeprefix("'sha256-").removesuffix("'") for part in scripts.split() if "sha256" in part}
    assert not re.search(r"<[^>]+\son[a-z]+=", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_the_browser_is_not_told_of_the_server(client: FlaskClient) -> None:
    config = re.search(r'id="_dash-config" type="application/json">(.*?)</script>', client.get("/d/overview").text)
    assert config is not None and json.loads(config[1])["python_version"] == ""


def test_the_layout_holds_nothing_of_anybody(client: FlaskClient, somebody: Somebody) -> None:
    somebody.viewer = None
    layout = client.get("/d/_dash-layout").get_data(as_text=True)
    assert "Riverside" not in layout and '"page-body"' in layout


def test_a_question_is_answered_for_the_sites_of_the_asker(
    shown: tuple[Flask, Dash], client: FlaskClient, somebody: Somebody
) -> None:
    somebody.viewer = LEAD
    own = ask(shown, question(shown[1], "/d/overview", "?site=RIV"), client).get_data(as_text=True)
    assert '"1 sites"' in own and "You see" in own
    foreign = ask(shown, question(shown[1], "/d/overview", "?site=NOR"), client)
    unknown = ask(shown, question(shown[1], "/d/overview", "?site=NO-SUCH"), client)
    assert foreign.get_json() == unknown.get_json()
    assert "Northgate" not in foreign.text and "1,677" not in foreign.text


def test_a_reader_without_rows_is_shown_a_whole_month_whatever_the_address_asks(
    shown: tuple[Flask, Dash], client: FlaskClient, somebody: Somebody
) -> None:
    asked = question(shown[1], "/d/overview", "?from=2026-10-02&to=2026-10-30&site=RIV")
    part = ask(shown, asked, client).text
    assert "2 Oct 2026 to 30 Oct 2026" in part and '"1 sites"' in part
    somebody.viewer = replace(MANAGER, role=Role.VIEWER)
    line = client.get("/d/overview").text
    assert re.findall(r'name="period" value="(\w+)"', line) == ["last_month", "custom"]
    assert not re.search(r'name="(site|indication|phase)"', line), "no control whose choice would be left out"
    somebody.viewer = replace(MANAGER, role=Role.COMPLIANCE)
    named = re.findall(r'name="(site|indication|phase)"', client.get("/d/overview").text)
    assert set(named) == {"site", "phase"}, "an officer is not told what a session was for"
    somebody.viewer = replace(MANAGER, role=Role.VIEWER)
    whole = ask(shown, asked, client).text
    assert "1 Oct 2026 to 31 Oct 2026" in whole and '"3 sites"' in whole
    assert FIXED_FORM in whole


def test_a_question_without_its_token_is_refused(shown: tuple[Flask, Dash], client: FlaskClient) -> None:
    assert client.post(UPDATE, json=question(shown[1], "/d/overview", "")).status_code == 400
    assert client.post(UPDATE, data="{}", content_type="text/plain").status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": [1, 2]},
        {"inputs": None},
        {"output": "page-body.children"},
        {"output": {"a": 1}},
        {"output": None},
        {"changedPropIds": 5},
        {"changedPropIds": [{}]},
        {"cancelJob": "x"},
        {"outputs": "x"},
        {"outputs": []},
        {"state": [{"id": "site", "property": "value", "value": "B"}]},
        {"inputs": [{"id": "url", "property": "pathname"}, {"id": "other", "property": "search"}]},
        {"inputs": [{"id": "url", "property": "pathname", "value": 1}, {"id": "url", "property": "search"}]},
        {"inputs": [{"id": "url", "property": "pathname", "value": "x" * 9999}, {"id": "url", "property": "search"}]},
    ],
)
def test_a_malformed_question_is_refused_unread(
    shown: tuple[Flask, Dash], client: FlaskClient, change: dict[str, object]
) -> None:
    body = question(shown[1], "/d/overview", "") | change
    assert ask(shown, body, client).status_code == 400


@pytest.mark.parametrize("body", [[], 3, "x", {}])
def test_a_body_that_is_no_question_is_refused(shown: tuple[Flask, Dash], client: FlaskClient, body: object) -> None:
    assert ask(shown, body, client).status_code == 400


def test_a_question_about_no_page_is_404(shown: tuple[Flask, Dash], client: FlaskClient) -> None:
    for path in ("/d/nothing", "/d/undeclared", "", None, "/reports", "//evil"):
        assert ask(shown, question(shown[1], path, ""), client).status_code == 404


def test_an_error_of_ours_shows_no_trace(shown: tuple[Flask, Dash], client: FlaskClient) -> None:
    answer = ask(shown, question(shown[1], "/d/sessions", ""), client)
    assert answer.status_code == 500
    assert "nobody may read" not in answer.text and "Traceback" not in answer.text and "shown.py" not in answer.text
    assert len(answer.get_json()["reference"]) == 12


def test_over_https_the_token_travels_in_a_host_cookie() -> None:
    app, _ = make_app(Somebody(), SESSION_COOKIE_SECURE=True)
    answer = app.test_client().get("/d/overview", base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    token = next(cookie for cookie in cookies if cookie.startswith("__Host-dripline-csrf="))
    assert "Secure" in token and "SameSite=Strict" in token and "Path=/" in token and "Domain" not in token


def test_without_the_small_bundle_the_packaged_library_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mount, "CHART_BUNDLE", "vendor/not-there.js")
    client = make_app(Somebody())[0].test_client()
    found = re.search(r'"library": "([^"]+)"', client.get("/d/overview").text)
    assert found is not None and "/plotly/" in found[1]
    assert client.get(found[1]).status_code == 200
