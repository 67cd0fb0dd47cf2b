"""The page of the audit trail: found by person, site, object and time, paged by key, as a file, and reads of rows stand in it."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.isolation.asking import Somebody
from tests.making import Clock, make_network
from tests.signing_in import signed_in
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.errors import NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.audit_trail import AuditSearch, fetch_actions, fetch_events
from webapp.services import audit
from webapp.transactions import reading


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        return accredited_network(NOW)


def subjects(page: str) -> list[str]:
    return [part.split("</td>")[0] for part in page.split('<td class="broken">')[1:]]


def file_rows(client: FlaskClient, query: str = "") -> list[list[str]]:
    lines = list(csv.reader(io.StringIO(client.get(f"/audit/events.csv{query}").data.decode(), newline="")))
    head = next(n for n, line in enumerate(lines) if line and line[0] == "Number")
    return [line for line in lines[head + 1 :] if line and line[0] != "Note"]


def test_events_are_found_by_person_site_object_and_time(
    app: Flask, scope: Scope, officer: FlaskClient, clock: Clock
) -> None:
    with app.app_context():
        audit.record(scope, "read", "rows of the page rows", details={"filters": "", "sites": ["RIV"]})
        audit.record(scope, "record", "accreditation NGT certified", "refused")
        audit.record(scope, "download", "100%_sure", details={"rows": 3})
        clock.instant = NOW - timedelta(days=2)
        audit.record(scope, "read", "something <b>old</b>")
        clock.instant = NOW
    assert "accreditation NGT certified" in officer.get("/audit").text
    found = {
        "site=RIV": ["rows of the page rows"],
        "site=NGT": ["accreditation NGT certified"],
        "site=IV": [],
        "subject=100%25_": ["100%_sure"],
        "subject=100__sure": [],
        "action=record": ["accreditation NGT certified"],
        "to=2026-11-20": ["something &lt;b&gt;old&lt;/b&gt;"],
        "from=2026-11-22&subject=something": [],
        "person=nobody-of-that-name": [],
    }
    for query, expected in found.items():
        assert subjects(officer.get(f"/audit?{query}").text)[::2] == expected, query
    assert "No event fits" in officer.get("/audit?site=IV").text
    wrong = officer.get("/audit?from=31.10.2026")
    assert wrong.status_code == 400 and "written as 2026-10-31" in wrong.text


def test_pages_follow_each_other_without_a_gap(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    with app.app_context():
        for number in range(60):
            audit.record(scope, "count", f"event {number:02d}")
    first = officer.get("/audit?action=count").text
    assert "Newest</a>" not in first
    older = first.split('href="/audit?')[-1].split('"')[0].replace("&amp;", "&")
    second = officer.get(f"/audit?{older}").text
    seen = subjects(first)[::2] + subjects(second)[::2]
    assert seen == [f"event {number:02d}" for number in reversed(range(60))]
    assert "Newest</a>" in second and "Older" not in second
    assert [row[5] for row in file_rows(officer, "?action=count")] == seen


def test_taking_the_file_is_itself_an_event(officer: FlaskClient) -> None:
    before = file_rows(officer, "?subject=audit")
    assert before == []
    (event,) = file_rows(officer, "?subject=audit")
    assert event[2:7] == ["Test compliance", "Compliance officer", "download", "audit trail", "done"]


def test_nothing_of_another_network_is_found(app: Flask, officer: FlaskClient) -> None:
    with app.app_context():
        audit.record(make_network(NOW), "read", "canary of another network")
    assert "canary of another network" not in officer.get("/audit").text
    assert "canary" not in officer.get("/audit/events.csv").text


@pytest.mark.parametrize("role", [Role.SITE_LEAD, Role.VIEWER, Role.SURVEYOR])
def test_whoever_may_not_read_the_trail_is_refused_behind_the_door_too(app: Flask, scope: Scope, role: Role) -> None:
    with app.app_context():
        somebody = person(scope, role)
        with reading(somebody) as db, pytest.raises(NotAllowed):
            fetch_events(somebody, db, AuditSearch())
        with reading(somebody) as db, pytest.raises(NotAllowed):
            fetch_actions(somebody, db)


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.mark.parametrize(("role", "many"), [(Role.COMPLIANCE, 1), (Role.MANAGER, 1), (Role.VIEWER, 0)])
def test_looking_at_rows_is_taken_down_once_and_without_what_they_held(whole: WholeApp, role: Role, many: int) -> None:
    with whole.app.app_context():
        scope = accredited_network(NOW)
    somebody = Somebody(whole, signed_in(whole.app, scope, role))
    for address in ("/d/accreditation?site=RIV&period=last_month", "/d/sessions"):
        assert somebody.ask(address).status == 200
    statement = "SELECT role, object, details FROM audit_event WHERE action = 'read' AND user_id <> :officer"
    with whole.app.app_context(), reading(scope) as db:
        rows = db.execute(text(statement), {"officer": scope.user_id}).all()
    expected = {"filters": "?site=RIV", "sites": ["RIV"]}
    assert [tuple(row)[:2] for row in rows] == [(role.value, "rows of the page accreditation")] * many
    assert [row[2]["sites"] for row in rows] == [expected["sites"]] * many
    assert all("site=RIV" in row[2]["filters"] for row in rows)
