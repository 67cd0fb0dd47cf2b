"""The page of the filed self-tests: empty, passed, failed; for the officer and the manager; said on the overview and the status page."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.isolation.asking import sign_in
from tests.making import Clock, make_network, make_user, store
from tests.reporting import site
from tests.signing_in import signed_in
from tests.whole_app import make_whole_app
from webapp.domain.self_test import Fault, Outcome
from webapp.domain.vocabulary import Role
from webapp.queries.self_tests import FiledTest, find_newest
from webapp.services.audit import PLATFORM
from webapp.services.people import network_scope
from webapp.services.self_test import running
from webapp.transactions import reading


@pytest.fixture
def app(session_app: Flask, clock: Clock) -> Flask:
    """Its clock stands after whatever was filed in this database."""
    with session_app.app_context():
        newest = _newest()
    clock.instant = newest.started_at + timedelta(days=1) if newest else NOW
    return session_app


def _newest() -> FiledTest | None:
    platform = network_scope(PLATFORM)
    with reading(platform) as db:
        return find_newest(platform, db)


def filed(app: Flask, *faults: Fault) -> str:
    asked = {"audit.index": 3, "/d/rows": 2, "/d/ rows": 0 if faults else 2}
    clock: Clock = app.config["CLOCK"]
    with app.app_context():
        clock.instant += timedelta(seconds=1)
        return str(running.file(Outcome(clock.instant, asked, 50, faults), clock.instant))


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.MANAGER])
def test_the_officer_and_the_manager_open_the_filed_lines(app: Flask, role: Role) -> None:
    with app.app_context():
        client = signed_in(app, make_network(NOW), role)
    passed = filed(app)
    page = client.get("/isolation").text
    assert f"/isolation/{passed}" in page and "Passed" in page and "3 of 3" in page
    assert "isolation self-test failed" not in page
    shown = client.get(f"/isolation/{passed}").text
    assert "all 3 doors were tried with 7 questions" in shown and "the numbers of the page rows" in shown
    failed = filed(app, Fault("audit.index", "viewer", "answered 200 to a role that may not enter, instead of 404"))
    shown = client.get(f"/isolation/{failed}").text
    assert "2 of 3 doors were tried" in shown and "Not tried" in shown
    assert "answered 200 to a role that may not enter" in shown and "Viewer" in shown
    assert "isolation self-test failed: 2 of 3" in client.get("/isolation").text
    assert client.get("/isolation/00000000-0000-4000-8000-000000000000").status_code == 404


def test_it_is_overdue_after_two_days(app: Flask, clock: Clock) -> None:
    filed(app)
    clock.instant += timedelta(days=3)
    with app.app_context():
        client = signed_in(app, make_network(NOW), Role.COMPLIANCE)
    assert "No isolation self-test has been filed for more than two days." in client.get("/isolation").text


def test_a_failure_is_an_event_of_the_platform(app: Flask) -> None:
    filed(app, Fault("audit.index", "viewer", "showed something of the other's"))
    with app.app_context(), reading(network_scope(PLATFORM)) as db:
        row = db.execute(text("SELECT object, outcome FROM audit_event ORDER BY number DESC LIMIT 1")).one()
    assert tuple(row) == ("self-test of the isolation: 2 of 3 doors tried", "failed")


def test_a_failure_stands_on_the_managers_overview_and_on_no_site_leads(
    app: Flask, settings: dict[str, object]
) -> None:
    filed(app, Fault("audit.index", "viewer", "showed something of the other's"))
    whole = make_whole_app(settings)
    whole.clock.instant = app.config["CLOCK"].instant
    with app.app_context():
        scope = make_network(NOW)
        store(scope, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
        emails = {role: make_user(scope, role, NOW, ["RIV"]) for role in (Role.MANAGER, Role.SITE_LEAD)}
    for role, email in emails.items():
        said = "isolation self-test failed: 2 of 3" in sign_in(whole, email).ask("/d/overview").body
        assert said is (role is Role.MANAGER)
