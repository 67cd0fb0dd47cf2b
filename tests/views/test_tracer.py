"""The officer's page of packets and the surveyor's one: asked for, made, handed out, admitted to, and every look taken down."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import Clock
from tests.signing_in import token_of
from tests.tracing import make_packet, record_lapse, traced_network
from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import queued_work
from webapp.transactions import reading
from workers.tasks.kinds import KINDS

CHOICE = {"programme": "certified", "site": "", "from": "2026-10-01", "to": "2026-10-31", "size": "4", "seed": "4711"}


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        return traced_network()


@pytest.fixture
def packet_id(app: Flask, scope: Scope) -> UUID:
    with app.app_context():
        return make_packet(scope)


@pytest.fixture
def surveyor(app: Flask, officer: FlaskClient, packet_id: UUID) -> FlaskClient:
    page = send(officer, f"/packets/{packet_id}/surveyors", name="Sam Surveyor", until="2026-11-24").text
    email, password = re.findall(r"<code>([^<]+)</code>", page.split("Write both down now")[1])[:2]
    return enter(app, email, password)


def enter(app: Flask, email: str, password: str) -> FlaskClient:
    client = app.test_client()
    form = {"email": email, "password": password, "csrf_token": token_of(client.get("/sign-in").text)}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def send(client: FlaskClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get("/packets").text), **fields})


def events(app: Flask, scope: Scope, action: str) -> list[tuple[str, str, str]]:
    with app.app_context(), reading(scope) as db:
        rows = db.execute(
            text("SELECT role, object, outcome FROM audit_event WHERE action = :action ORDER BY number"),
            {"action": action},
        )
        return [(row.role, row.object, row.outcome) for row in rows]


def test_a_packet_is_asked_for_made_and_handed_out(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    assert "No packet yet" in officer.get("/packets").text
    answer = send(officer, "/packets", **CHOICE)
    assert answer.status_code == 303
    assert "Waits for a worker" in officer.get(answer.location).text
    assert officer.get(f"{answer.location}/packet.zip").status_code == 404
    packet_id = answer.location.split("/")[-1]
    with app.app_context():
        assert queued_work.work_once(KINDS, UUID(packet_id), lambda: NOW)
    page = officer.get(answer.location).text
    for words in ("4 of 6 delivered sessions", "Who was allowed on the day", "Nora Nurse", "Which sessions they are"):
        assert words in page
    assert "P-SECRET" not in page
    file = officer.get(f"{answer.location}/packet.zip")
    assert file.data.startswith(b"PK") and file.headers["Content-Security-Policy"] == "sandbox"
    assert "filename=tracer-packet-certified-2026-10-01-4711.zip" in file.headers["Content-Disposition"]
    subject = f"tracer packet {packet_id}"
    assert [outcome for _, named, outcome in events(app, scope, "download") if named == subject] == ["refused", "done"]
    assert ("compliance", subject, "done") in events(app, scope, "read")
    assert ("manager", subject, "done") in events(app, scope, "seal")


def test_a_correction_after_it_was_sealed_leaves_it_as_it_is_and_is_said(
    app: Flask, scope: Scope, officer: FlaskClient, packet_id: UUID
) -> None:
    before = officer.get(f"/packets/{packet_id}/packet.zip").data
    assert "Data have come since" not in officer.get(f"/packets/{packet_id}").text
    with app.app_context():
        record_lapse(scope, NOW)
    page = officer.get(f"/packets/{packet_id}").text
    assert "Data have come since" in page and "It stays as it is; a new packet says what is known now." in page
    assert officer.get(f"/packets/{packet_id}/packet.zip").data == before


def test_what_is_typed_wrongly_is_said_beside_its_field(officer: FlaskClient) -> None:
    wrong = send(officer, "/packets", **CHOICE | {"programme": "", "to": "2026-09-01", "size": "many", "seed": ""})
    assert wrong.status_code == 400
    for words in ("Choose the programme.", "before the first, 1 Oct 2026", "from 1 to 500", "Give a seed"):
        assert words in wrong.text
    future = send(officer, "/packets", **CHOICE | {"to": "2026-12-31"})
    assert future.status_code == 400 and "past days" in future.text and 'value="2026-12-31"' in future.text
    assert send(officer, "/packets", **CHOICE | {"site": "ZZZ"}).status_code == 404


def test_a_file_that_was_changed_is_not_handed_out(
    app: Flask, scope: Scope, officer: FlaskClient, packet_id: UUID
) -> None:
    with app.app_context(), reading(scope) as db:
        stored = db.execute(
            text("SELECT stored_name FROM tracer_packet WHERE id = :id"), {"id": packet_id}
        ).scalar_one()
    path = Path(app.config["ARTIFACT_DIR"]) / stored
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert officer.get(f"/packets/{packet_id}/packet.zip").status_code >= 400
    assert events(app, scope, "download")[-1][2] == "damaged"


def test_a_surveyor_sees_that_packet_and_nothing_else(
    app: Flask, scope: Scope, officer: FlaskClient, surveyor: FlaskClient, packet_id: UUID
) -> None:
    assert surveyor.get("/").location == "/survey"
    page = surveyor.get("/survey").text
    for words in ("4 of 6 delivered sessions", "site by criterion", "Nora Nurse", "S004"):
        assert words in page
    assert "Which sessions they are" not in page and "Surveyors of this packet" not in page
    with app.app_context(), reading(scope) as db:
        ids = db.execute(text("SELECT session_id FROM session_version")).scalars()
        assert not any(str(one) in page for one in ids)
    assert surveyor.get("/survey/packet.zip").data == officer.get(f"/packets/{packet_id}/packet.zip").data
    subject = f"tracer packet {packet_id}"
    assert ("surveyor", subject, "done") in events(app, scope, "read")
    assert ("surveyor", subject, "done") in events(app, scope, "download")
    refused = [f"/d/{page}" for page in PAGES] + [
        "/packets",
        f"/packets/{packet_id}",
        f"/packets/{packet_id}/packet.zip",
    ]
    assert [surveyor.get(path).status_code for path in refused] == [404] * len(refused)
    assert {name for name, door in ROUTES.items() if door.policy == "roles" and door.admits(Role.SURVEYOR)} == {
        "survey.index",
        "survey.download",
    }


def test_the_account_ends_at_the_end_of_its_day(clock: Clock, surveyor: FlaskClient) -> None:
    clock.instant = NOW + timedelta(minutes=10)
    assert surveyor.get("/survey").status_code == 200
    clock.instant = NOW.replace(day=25, hour=0, minute=0)
    assert surveyor.get("/survey").status_code in (302, 401, 404)


def test_an_account_that_ended_a_minute_ago_opens_nothing_not_even_by_signing_in_anew(
    app: Flask, clock: Clock, officer: FlaskClient, packet_id: UUID
) -> None:
    page = send(officer, f"/packets/{packet_id}/surveyors", name="Sam Surveyor", until="2026-11-22").text
    email, password = re.findall(r"<code>([^<]+)</code>", page.split("Write both down now")[1])[:2]
    clock.instant = NOW.replace(hour=23, minute=59)
    before = enter(app, email, password)
    assert before.get("/survey").status_code == before.get("/survey/packet.zip").status_code == 200
    clock.instant = NOW.replace(day=23, hour=0, minute=1)
    anew = app.test_client()
    form = {"email": email, "password": password, "csrf_token": token_of(anew.get("/sign-in").text)}
    anew.post("/sign-in", data=form)
    for client in (before, anew):
        for path in (
            "/survey",
            "/survey/packet.zip",
            f"/packets/{packet_id}",
            f"/packets/{packet_id}/packet.zip",
            "/d/accreditation",
        ):
            answer = client.get(path)
            assert answer.status_code in (302, 401, 404), path
            assert "Nora Nurse" not in answer.text and not answer.data.startswith(b"PK")


def test_a_surveyor_is_ended_by_hand(
    app: Flask, scope: Scope, officer: FlaskClient, surveyor: FlaskClient, packet_id: UUID
) -> None:
    assert surveyor.get("/survey").status_code == 200
    with app.app_context(), reading(scope) as db:
        user_id = db.execute(
            text("SELECT user_id FROM packet_reader WHERE packet_id = :id"), {"id": packet_id}
        ).scalar_one()
    assert send(officer, f"/packets/{packet_id}/surveyors/{user_id}/end").status_code == 303
    assert surveyor.get("/survey").status_code in (302, 401)
    assert "Ended 22 Nov 2026" in officer.get(f"/packets/{packet_id}").text


def test_an_admission_that_cannot_be_is_said(officer: FlaskClient, packet_id: UUID) -> None:
    path = f"/packets/{packet_id}/surveyors"
    nothing = send(officer, path)
    assert nothing.status_code == 400 and "Give the surveyor" in nothing.text and "Give the last day." in nothing.text
    past = send(officer, path, name="Sam", until="2026-11-01")
    assert past.status_code == 400 and "lies in the past" in past.text
