"""The walk of an accreditation: the officer records it, and matrix, sessions and download of any day follow from it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accredited import accredited_network
from tests.conftest import NOW
from tests.making import PASSWORD, make_user
from tests.queries.test_session_criteria import lapse_found_later
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.transactions import reading

FORM = "/accreditation/record"
UPDATE = "/d/_dash-update-component"


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture
def scope(whole: WholeApp) -> Scope:
    """A network with four sessions at RIV in March, of which two are under a lapse found later."""
    with whole.app.app_context():
        return lapse_found_later(NOW.replace(month=1))


def signed_in(app: Flask, scope: Scope, role: Role, *sites: str) -> FlaskClient:
    client = app.test_client()
    with app.app_context():
        email = make_user(scope, role, NOW, sites)
    form = {"email": email, "password": PASSWORD, "csrf_token": token_of(client, "/sign-in")}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def token_of(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def drawn(whole: WholeApp, client: FlaskClient, search: str = "") -> str:
    """The page's data, as its script asks for them."""
    assert client.get(f"/d/accreditation{search}").status_code == 200
    token = client.get_cookie(csrf_cookie(secure=False))
    assert token is not None
    (output,) = (key for key in whole.drawing.callback_map if "page-body" in key)
    parts = output.strip(".").split("...")
    body: dict[str, Any] = {
        "output": output,
        "outputs": [{"id": part.split(".")[0], "property": part.split(".")[1]} for part in parts],
        "inputs": [
            {"id": "url", "property": "pathname", "value": "/d/accreditation"},
            {"id": "url", "property": "search", "value": search},
        ],
        "changedPropIds": ["url.pathname"],
    }
    answer = client.post(UPDATE, json=body, headers={CSRF_HEADER: token.value})
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json, ensure_ascii=False)


def record(client: FlaskClient, **fields: str) -> int:
    return client.post(
        FORM, data={"csrf_token": token_of(client, FORM), "programme": "certified", **fields}
    ).status_code


def test_from_the_form_to_the_matrix_of_a_past_day_and_the_sessions_under_a_lapse(
    whole: WholeApp, scope: Scope
) -> None:
    officer = signed_in(whole.app, scope, Role.COMPLIANCE)
    before = drawn(whole, officer)
    assert "Expired since 16 Mar 2026" not in before and "2 sessions" in before
    assert record(officer, site="RIV", event="granted", effective_on="2026-03-01", until="2026-03-15") == 303
    page = drawn(whole, officer)
    assert "Expired since 16 Mar 2026" in page
    assert "site: expired; supervising person: expired" in page
    past = drawn(whole, officer, "?as_of=2026-03-10")
    assert "Valid to 15 Mar 2026 (5 days)" in past
    then = drawn(whole, officer, "?as_of=2026-03-10&known=then")
    assert "1 cell reads otherwise by what is known now." in then
    with whole.app.app_context(), reading(scope) as db:
        actions = (
            db.execute(text("SELECT action FROM audit_event WHERE object LIKE 'accreditation RIV%'")).scalars().all()
        )
    assert actions == ["record"]


def test_what_is_said_after_recording_stands_on_the_matrix_page(whole: WholeApp, scope: Scope) -> None:
    officer = signed_in(whole.app, scope, Role.COMPLIANCE)
    assert record(officer, site="NGT", event="granted", effective_on="2026-03-01") == 303
    page = officer.get("/d/accreditation?site=NGT").text
    assert "Recorded for Site NGT, Certified setting: Granted, as of 1 Mar 2026." in page
    assert "Recorded for Site NGT" not in officer.get("/d/accreditation?site=NGT").text


def test_each_role_sees_its_part_of_it(whole: WholeApp, scope: Scope) -> None:
    officer = signed_in(whole.app, scope, Role.COMPLIANCE)
    record(officer, site="RIV", event="granted", effective_on="2026-01-01")
    record(officer, site="NGT", event="granted", effective_on="2026-01-01", note="Seen in person.")
    manager = drawn(whole, signed_in(whole.app, scope, Role.MANAGER))
    assert "Site RIV" in manager and "Site NGT" in manager and "Dr Alma" in manager
    lead = drawn(whole, signed_in(whole.app, scope, Role.SITE_LEAD, "NGT"))
    assert "Seen in person." in lead and "Site RIV" not in lead and "Dr Alma" not in lead
    asked_for_more = drawn(whole, signed_in(whole.app, scope, Role.SITE_LEAD, "NGT"), "?site=RIV")
    assert "Site RIV" not in asked_for_more and "not among the sites you can see" in asked_for_more
    viewer = drawn(whole, signed_in(whole.app, scope, Role.VIEWER))
    assert "Site RIV" in viewer and "lapse" not in viewer and "Dr Alma" not in viewer
    with whole.app.app_context():
        stranger = accredited_network(NOW)
    foreign = drawn(whole, signed_in(whole.app, stranger, Role.COMPLIANCE))
    assert "Seen in person." not in foreign and "Dr Alma" not in foreign and "Valid" not in foreign


def test_no_row_of_the_page_carries_a_pseudonym(whole: WholeApp, scope: Scope) -> None:
    with whole.app.app_context(), reading(scope) as db:
        pseudonyms = db.execute(text("SELECT pseudonym FROM patient")).scalars().all()
    for role in (Role.COMPLIANCE, Role.VIEWER):
        page = drawn(whole, signed_in(whole.app, scope, role))
        assert pseudonyms and not any(pseudonym in page for pseudonym in pseudonyms)


def test_a_day_is_asked_for_as_known_at_any_instant(whole: WholeApp, scope: Scope) -> None:
    """A record and its correction of one day: the end of that day tells only the last of them, an instant tells either."""
    officer = signed_in(whole.app, scope, Role.COMPLIANCE)
    record(officer, site="RIV", event="granted", effective_on="2026-01-01", until="2026-12-31")
    with whole.app.app_context(), reading(scope) as db:
        at = db.execute(text("SELECT max(recorded_at) FROM accreditation_record")).scalar_one()
    before, after = (f"{at + timedelta(minutes=more):%Y-%m-%dT%H:%M}" for more in (-1, 1))
    asked = "?as_of=2026-03-10&known=at&known_at="
    assert "1 cell reads otherwise by what is known now." in drawn(whole, officer, asked + before)
    assert "reads the same as what is known now" in drawn(whole, officer, asked + after)
    told = [officer.get(f"/download/accreditation/matrix.csv{asked}{instant}").text for instant in (before, after)]
    assert "Valid to 31 Dec 2026" not in told[0] and "No record" in told[0]
    assert "Valid to 31 Dec 2026" in told[1] and f"{at + timedelta(minutes=1):%H:%M} (UTC)" in told[1]
    unsaid = drawn(whole, officer, "?as_of=2026-03-10&known=at")
    assert "Give the instant as which it should be known" in unsaid


def test_the_matrix_of_a_past_day_is_taken_away_as_it_was_known_then(whole: WholeApp, scope: Scope) -> None:
    officer = signed_in(whole.app, scope, Role.COMPLIANCE)
    record(officer, site="RIV", event="granted", effective_on="2026-01-01")
    asked = "site=RIV&as_of=2026-03-10"
    now, then = (officer.get(f"/download/accreditation/matrix.csv?{asked}{more}") for more in ("", "&known=then"))
    assert "Valid, no end set" in now.text and "As known" not in now.text
    assert "No record" in then.text and "at the end of that day" in then.text
    lapsed = officer.get("/download/accreditation/lapsed_sessions.csv")
    assert lapsed.status_code == 200 and lapsed.text.count("supervising person: expired") == 2
    viewer = signed_in(whole.app, scope, Role.VIEWER)
    assert viewer.get("/download/accreditation/lapsed_sessions.csv").status_code == 404
    lead = signed_in(whole.app, scope, Role.SITE_LEAD, "NGT")
    assert lead.get(f"/download/accreditation/matrix.csv?{asked}").status_code == 400
