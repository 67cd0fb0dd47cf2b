"""The form for accreditation records: for the compliance officer only, with a key, and nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.signing_in import signed_in, token_of
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.accreditation import Timeline, fetch_timeline
from webapp.transactions import reading

FORM = "/accreditation/record"
GRANT = {
    "site": "RIV",
    "programme": "certified",
    "event": "granted",
    "effective_on": "2026-03-01",
    "until": "2026-12-31",
}


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        return accredited_network(NOW - timedelta(days=1))


def send(client: FlaskClient, **fields: str) -> Any:
    token = token_of(client.get(FORM).text)
    return client.post(FORM, data={"csrf_token": token, **fields})


def history(app: Flask, scope: Scope, site: str = "RIV") -> Timeline:
    with app.app_context(), reading(scope) as db:
        return fetch_timeline(scope, db, site, "certified")


def test_a_record_is_stored_and_said_on_the_next_page(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    page = officer.get(f"{FORM}?site=RIV").text
    assert '<option value="RIV" selected>Site RIV</option>' in page and 'value="granted"' in page
    assert 'value="corrected"' not in page and 'value="should_not_exist"' not in page
    answer = send(officer, **GRANT)
    assert (answer.status_code, answer.location) == (303, "/d/accreditation?site=RIV")
    (entry,) = history(app, scope).entries
    assert (entry.event, entry.effective_on.isoformat(), entry.recorded_at) == ("granted", "2026-03-01", NOW)
    assert entry.recorded_by == "Test compliance"
    said = "Recorded for Site RIV, Certified setting: Granted, as of 1 Mar 2026."
    assert said in officer.get(FORM).text


def test_a_record_for_a_future_day_shows_the_matrix_of_that_day(officer: FlaskClient) -> None:
    answer = send(officer, **GRANT | {"effective_on": "2026-12-01"})
    assert answer.location == "/d/accreditation?site=RIV&as_of=2026-12-01"


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(officer: FlaskClient) -> None:
    answer = send(
        officer, site="RIV", event="granted", effective_on="31.10.2026", until="2026-02-30", note="<b>kept</b>"
    )
    assert answer.status_code == 400
    assert "Choose the programme." in answer.text
    assert answer.text.count("Give a day of the calendar") == 2
    assert "&lt;b&gt;kept&lt;/b&gt;" in answer.text and "<b>kept" not in answer.text
    assert '<option value="RIV" selected>' in answer.text
    assert "Choose what happened." in send(officer, **GRANT | {"event": "corrected"}).text
    assert "Give the day it takes effect." in send(officer, **GRANT | {"effective_on": ""}).text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"until": "2026-02-01"}, 400, "is before the day it takes effect"),
        ({"site": "NOWHERE"}, 404, "There is no site “NOWHERE” that you can see."),
        ({"programme": "none\0"}, 404, "There is no programme"),
        ({"note": "mail someone@example.org"}, 400, "no personal identifiers"),
    ],
)
def test_a_refusal_is_said_above_the_form(
    app: Flask, scope: Scope, officer: FlaskClient, change: dict[str, str], status: int, words: str
) -> None:
    answer = send(officer, **GRANT | change)
    assert answer.status_code == status
    assert words in answer.text and 'value="2026-03-01"' in answer.text
    assert history(app, scope).entries == ()


def test_the_same_again_is_a_conflict(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    send(officer, **GRANT)
    assert send(officer, **GRANT).status_code == 409
    assert len(history(app, scope).entries) == 1


def test_a_record_that_contradicts_another_is_taken_and_which_of_them_decides_is_said(
    app: Flask, scope: Scope, officer: FlaskClient
) -> None:
    send(officer, **GRANT)
    assert "on record" not in officer.get(FORM).text
    assert send(officer, **GRANT | {"event": "suspended", "until": ""}).status_code == 303
    assert "“Granted” is on record for the same day, 1 Mar 2026." in officer.get(FORM).text
    assert send(officer, **GRANT | {"effective_on": "2026-01-01", "until": ""}).status_code == 303
    assert "is on record as of 1 Mar 2026, and acts from that day on" in officer.get(FORM).text
    assert len(history(app, scope).entries) == 3


def test_a_correction_starts_from_the_wrong_record_and_both_stay(
    app: Flask, scope: Scope, officer: FlaskClient
) -> None:
    send(officer, **GRANT)
    wrong = history(app, scope).entries[0].id
    page = officer.get(f"{FORM}?site=RIV&programme=certified&replaces={wrong}").text
    assert "Corrects: Granted, as of 1 Mar 2026, last valid day 31 Dec 2026" in page
    assert 'value="2026-03-01"' in page and "It should not exist" in page
    named = {"site": "RIV", "programme": "certified", "replaces": str(wrong), "effective_on": "2026-03-01"}
    without = send(officer, **named, event="renewed", until="2027-03-01")
    assert without.status_code == 400 and "Say in a sentence why" in without.text
    answer = send(officer, **named, event="should_not_exist", note="Entered for the wrong site.")
    assert answer.status_code == 303
    newest, oldest = history(app, scope).entries
    assert (newest.event, newest.corrected_event, newest.replaces_id, oldest.replaced_by) == (
        "corrected",
        None,
        wrong,
        newest.id,
    )
    assert "Corrected since" in officer.get(f"{FORM}?site=RIV&programme=certified").text


def test_a_foreign_record_cannot_be_corrected(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    with app.app_context():
        stranger = accredited_network(NOW)
    other = signed_in(app, stranger, Role.COMPLIANCE)
    send(other, **GRANT)
    foreign = history(app, stranger).entries[0].id
    answers = []
    for record_id in (foreign, uuid4()):
        fields = GRANT | {"replaces": str(record_id), "note": "Wrong."}
        answer = send(officer, **fields)
        answers.append((answer.status_code, re.sub(r'value="[^"]+"', "", answer.text)))
    assert answers[0] == answers[1] and answers[0][0] == 400
    assert "The record to correct is not one of Site RIV" in answers[0][1]
    assert send(officer, **GRANT, replaces="nonsense").status_code == 400


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.VIEWER, Role.SURVEYOR])
def test_other_roles_find_no_such_page(app: Flask, scope: Scope, role: Role) -> None:
    client = signed_in(app, scope, role, *(["RIV"] if role is Role.SITE_LEAD else []))
    assert client.get(FORM).status_code == 404
    token = token_of(client.get("/sign-in").text) if b"csrf_token" in client.get("/sign-in").data else "x"
    assert client.post(FORM, data={"csrf_token": token, **GRANT}).status_code in (400, 404)
    assert history(app, scope).entries == ()
    with app.app_context(), reading(scope) as db:
        refused = db.execute(
            text("SELECT count(*) FROM audit_event WHERE outcome = 'refused' AND object = :path"), {"path": FORM}
        )
        assert refused.scalar_one() >= 1


def test_nobody_gets_in_without_signing_in(app: Flask) -> None:
    client = app.test_client()
    assert client.get(FORM, headers={"Accept": "text/html"}).status_code == 302
    assert client.post(FORM, data=GRANT).status_code in (400, 401)


def test_a_form_without_its_key_changes_nothing(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    assert officer.post(FORM, data=GRANT).status_code == 400
    assert officer.post(FORM, json=GRANT).status_code in (400, 415)
    assert history(app, scope).entries == ()


def test_scope_of_the_service_matches_the_door(app: Flask, scope: Scope) -> None:
    """The site list of the form is the officer's own network."""
    with app.app_context():
        stranger = accredited_network(NOW, codes=["FAR"])
        assert person(stranger, Role.COMPLIANCE).site_ids.isdisjoint(scope.site_ids)
    page = signed_in(app, scope, Role.COMPLIANCE).get(FORM).text
    assert "Site FAR" not in page and "Site NGT" in page
