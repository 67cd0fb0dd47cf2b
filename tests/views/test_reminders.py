"""The page of what ends: shown to the officer and, where it is escalated, to the manager; put off with a reason."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.accredited import accredited_network
from tests.conftest import NOW
from tests.signing_in import signed_in, token_of
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.services import accreditation, reminders
from webapp.services.people import network_scope


@pytest.fixture
def scope(app: Flask) -> Scope:
    """NGT's programme ended three days ago."""
    with app.app_context():
        scope = accredited_network(NOW)
        entry = Entry(RecordEvent.GRANTED, date(2026, 1, 1), NOW.date() - timedelta(days=3), "")
        accreditation.record(scope, "NGT", "certified", entry, NOW)
        reminders.remind_network(network_scope(scope.network_id), NOW)
    return scope


def test_the_page_shows_and_puts_off(app: Flask, scope: Scope) -> None:
    officer = signed_in(app, scope, Role.COMPLIANCE)
    page = officer.get("/reminders").text
    assert "Site NGT: Certified setting" in page and "ended 3 days ago" in page
    form = dict(part.split('" value="') for part in page.split('name="')[1:] if part.startswith(("subject", "ends_on")))
    fields = {name: value.split('"')[0] for name, value in form.items()}
    told = {**fields, "csrf_token": token_of(page)}
    assert officer.post("/reminders", data=told).status_code == 400
    wrong = officer.post("/reminders", data={**told, "until": "2026-11-30", "reason": ""})
    assert wrong.status_code == 400 and "Say in a sentence" in wrong.text
    assert officer.post("/reminders", data={**told, "until": "2026-11-30", "reason": "On its way."}).status_code == 303
    assert "Put off until 30 Nov 2026: On its way." in officer.get("/reminders").text
    assert "Nothing ends soon" in signed_in(app, scope, Role.MANAGER).get("/reminders").text


def test_the_officer_says_who_answers_for_it(app: Flask, scope: Scope) -> None:
    officer = signed_in(app, scope, Role.COMPLIANCE)
    page = officer.get("/reminders").text
    assert "Every compliance officer" in page and "no mail server is set up" in page
    subject = page.split('name="subject" value="')[1].split('"')[0]
    person = page.split('name="person">')[1].split('value="')[1].split('"')[0]
    told = {"subject": subject, "csrf_token": token_of(page)}
    wrong = officer.post("/reminders/responsible", data={**told, "person": "nobody"})
    assert wrong.status_code == 400 and "Choose who answers for it." in wrong.text
    gone = {**told, "subject": "accreditation nothing", "person": person}
    assert officer.post("/reminders/responsible", data=gone).status_code == 404
    assert officer.post("/reminders/responsible", data={**told, "person": person}).status_code == 303
    shown = officer.get("/reminders").text
    assert "they are reminded from now on" in shown and "Test compliance" in shown
