"""The officer's pages of programmes, assessments, credentials and persons: what is typed stands, or is said to be wrong."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accredited import accredited_network
from tests.conftest import NOW
from tests.making import store
from tests.signing_in import token_of
from webapp.domain.scope import Scope
from webapp.services.people import network_scope
from webapp.transactions import reading

CREDENTIAL = {"kind": "medical_licence", "state": "NY", "event": "granted", "effective_on": "2026-01-01"}


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        scope = accredited_network(NOW)
        people = [{"key": "D1", "name": "Dr Alma"}, {"key": "D2", "name": "Dr A. Alma"}]
        store(network_scope(scope.network_id), {"practitioners": people}, NOW)
    return scope


def send(client: FlaskClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get("/programmes").text), **fields})


def person_ids(app: Flask, scope: Scope) -> tuple[UUID, UUID]:
    with app.app_context(), reading(scope) as db:
        first, second = db.execute(text("SELECT id FROM practitioner ORDER BY source_key")).scalars()
        return first, second


def test_a_template_is_added_and_marked_until_it_is_changed(officer: FlaskClient) -> None:
    assert "Generic ambulatory accreditation" in officer.get("/programmes").text
    answer = send(officer, "/programmes", template="ambulatory_generic")
    assert (answer.status_code, answer.location) == (303, "/programmes/ambulatory_generic")
    page = officer.get("/programmes/ambulatory_generic").text
    assert "This is a template" in page and "Infection control" in page
    assert send(officer, "/programmes", template="ambulatory_generic").status_code == 409
    changed = send(officer, "/programmes/ambulatory_generic", name="Our body's programme", body="Our body")
    assert changed.status_code == 303
    page = officer.get("/programmes/ambulatory_generic").text
    assert "This is a template" not in page and "Earlier versions" in page and "Generic ambulatory" in page


def test_a_criterion_is_said_anew_and_the_earlier_wording_stays_to_be_read(officer: FlaskClient) -> None:
    path = "/programmes/certified/criteria"
    assert send(officer, path, code="drills", title="Drills", wording="Held twice a year.").status_code == 303
    form = officer.get("/programmes/certified?code=drills").text
    assert "Say “drills” anew" in form and "Held twice a year." in form
    assert send(officer, path, code="drills", title="Drills", wording="Held each quarter.").status_code == 303
    page = officer.get("/programmes/certified").text
    assert "Held twice a year." in page and "Held each quarter." in page
    again = send(officer, path, code="drills", title="Drills", wording="Held each quarter.")
    assert again.status_code == 409 and "exactly this" in again.text
    wrong = send(officer, path, code="", title="<b>T</b>", wording="W", valid_from="31.10.2026")
    assert wrong.status_code == 400 and "Give a short code" in wrong.text and "&lt;b&gt;T" in wrong.text
    assert send(officer, path, code="drills", doing="withdraw", valid_from="2026-12-01").status_code == 303
    assert send(officer, "/programmes/none/criteria", code="a", title="T", wording="W").status_code == 404


def test_how_a_site_meets_a_criterion_is_recorded_and_corrected(officer: FlaskClient) -> None:
    send(officer, "/programmes/certified/criteria", code="drills", title="Drills", wording="Held twice a year.")
    path = "/accreditation/assessment"
    said = {"site": "RIV", "criterion": "certified/drills", "verdict": "met", "assessed_on": "2026-10-01"}
    assert send(officer, path, **said).status_code == 303
    page = officer.get(f"{path}?site=RIV&criterion=certified/drills").text
    assert "Drills (version 1)" in page and "Met" in page
    replaces = page.split("replaces=")[1].split('"')[0]
    form = officer.get(f"{path}?site=RIV&criterion=certified/drills&replaces={replaces}").text
    assert "It should not exist" in form and 'value="2026-10-01"' in form
    without = send(officer, path, **said | {"verdict": "not_met", "replaces": replaces})
    assert without.status_code == 400 and "why it is corrected" in without.text
    right = {"verdict": "should_not_exist", "replaces": replaces, "note": "The wrong site."}
    assert send(officer, path, **said | right).status_code == 303
    missing = send(officer, path, verdict="perfect")
    assert missing.status_code == 400
    for words in ("Choose the site.", "Choose the criterion.", "Choose how the site met it.", "Give the day"):
        assert words in missing.text
    assert send(officer, path, **said | {"assessed_on": "2027-01-01"}).status_code == 400


def test_a_credential_is_recorded_with_the_day_it_was_checked_apart(
    app: Flask, scope: Scope, officer: FlaskClient
) -> None:
    path, person = "/accreditation/credential", str(person_ids(app, scope)[0])
    answer = send(officer, path, person=person, **CREDENTIAL, until="2027-01-01", verified_on="2026-11-20")
    assert answer.status_code == 303
    assert "It counts at every site of that state" in officer.get(path).text
    page = officer.get(f"{path}?person={person}&kind=medical_licence&state=NY").text
    assert "20 Nov 2026" in page and "1 Jan 2027" in page
    assert send(officer, path, person=person, **CREDENTIAL | {"event": "renewed"}).status_code == 303
    assert "claimed only" in officer.get(f"{path}?person={person}&kind=medical_licence&state=NY").text
    replaces = page.split("replaces=")[1].split('"')[0]
    wrong = officer.get(f"{path}?person={person}&kind=medical_licence&state=NY&replaces={replaces}").text
    assert "Corrects: Dr Alma, medical licence, Granted, as of 1 Jan 2026" in wrong
    corrected = {"replaces": replaces, "until": "2026-03-10", "note": "The board's register says so."}
    assert send(officer, path, person=person, **CREDENTIAL, **corrected).status_code == 303
    assert send(officer, path, person=person, **CREDENTIAL, **corrected).status_code == 409
    before = send(officer, path, person=person, **CREDENTIAL, until="2025-12-31")
    assert before.status_code == 400 and "is before the day it takes effect" in before.text
    nothing = send(officer, path)
    assert nothing.status_code == 400 and "Choose the person." in nothing.text


def test_a_credential_is_chosen_by_its_name_and_never_by_a_code(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    path, person = "/accreditation/credential", str(person_ids(app, scope)[0])
    form = officer.get(path).text
    assert '<option value="medical_licence">Medical licence</option>' in form and 'name="kind" type="text"' not in form
    assert '<option value="NY">NY</option>' in form and "Everywhere, whatever the state" in form
    said = {"person": person, **CREDENTIAL}
    nowhere = send(officer, path, **said | {"state": ""})
    assert nowhere.status_code == 400 and "Choose where it holds." in nowhere.text, "empty is no claim of everywhere"
    unknown = send(officer, path, **said | {"state": "ny"})
    assert unknown.status_code == 400 and "Choose where it holds." in unknown.text
    assert "Name the credential." in send(officer, path, **said | {"kind": "another"}).text
    assert "Name the state." in send(officer, path, **said | {"state": "another"}).text
    typed = {"kind": "another", "new_kind": " Medical  Licence", "state": "another", "new_state": "ny"}
    assert send(officer, path, **said | typed).status_code == 303
    assert "It counts at every site of that state" in officer.get(path).text
    assert "Table: What is recorded" in officer.get(f"{path}?person={person}&kind=medical_licence&state=NY").text


def test_what_a_credential_does_not_change_is_said(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    path, person = "/accreditation/credential", str(person_ids(app, scope)[0])
    said = {"person": person, **CREDENTIAL}
    assert send(officer, path, **said | {"kind": "another", "new_kind": "medical license"}).status_code == 303
    assert "judged by other credentials (medical licence, nursing licence)" in officer.get(path).text
    assert send(officer, path, **said | {"state": "another", "new_state": "Ohio"}).status_code == 303
    page = officer.get(path).text
    assert "No site of yours stands in Ohio, so it counts nowhere yet." in page and "Ohio (no site there)" in page
    assert send(officer, path, **said | {"state": "everywhere"}).status_code == 303
    assert "It counts at every site, and" in officer.get(path).text


def test_two_entries_are_said_to_be_one_person(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    one, other = (str(found) for found in person_ids(app, scope))
    assert send(officer, "/accreditation/people", one=one).status_code == 400
    said = {"one": one, "other": other, "same": "yes", "note": "The same signature."}
    assert send(officer, "/accreditation/people", **said).status_code == 303
    assert "The same signature." in officer.get("/accreditation/people").text
    assert send(officer, "/accreditation/people", **said).status_code == 409
