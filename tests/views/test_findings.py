"""Exceptions, findings and evidence as pages: steps in words, files taken and refused, nothing shown inside a page."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.making import make_network
from tests.services.test_verdict_cells import clinic, licence_of_the_doctor, practitioner
from tests.signing_in import signed_in, token_of
from webapp.domain.evidence_files import LARGEST
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import accreditation

QUEUE = "/exceptions?from=2026-03-01&to=2026-03-31"
PDF = b"%PDF-1.7\nendobj\n%%EOF\n"


@pytest.fixture
def scope(app: Flask) -> Scope:
    with app.app_context():
        scope = clinic()
        doctor, entry = practitioner(scope, "D1"), licence_of_the_doctor(scope)
        accreditation.record_credential(scope, doctor, "medical_licence", "NY", entry, NOW)
    return scope


def send(client: FlaskClient, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get("/reports").text), **fields})


def attach(client: FlaskClient, name: str, content: bytes, **fields: str) -> Any:
    return send(client, "/evidence", file=(io.BytesIO(content), name), site="RIV", **fields)


def first_exception(client: FlaskClient) -> str:
    page = client.get(QUEUE).text
    assert "2 exceptions" in page and "20 Mar 2026" in page
    return "/exceptions/" + page.split('href="/exceptions/')[2].split('"')[0]


def test_an_exception_is_explained_here_and_closed_by_somebody_else(
    app: Flask, scope: Scope, officer: FlaskClient
) -> None:
    path = first_exception(officer)
    assert "Nobody has answered for it yet" in officer.get(path).text
    assert send(officer, path, step="explained", wording=" ").status_code == 400
    assert send(officer, path, step="shrugged").status_code == 400
    assert send(officer, path, step="explained", wording="The renewal was late.").status_code == 303
    refused = send(officer, path, step="closed")
    assert refused.status_code == 409 and "A second person does this" in refused.text
    assert "a colleague closes it" in officer.get(path).text and "Close as" not in officer.get(path).text
    manager = signed_in(app, scope, Role.MANAGER)
    assert "Close as the second person" in manager.get(path).text
    assert send(manager, path, step="closed").status_code == 303
    assert "1 exception<" in officer.get(QUEUE).text
    assert "2 exceptions<" in officer.get(f"{QUEUE}&closed=yes").text
    assert "Reopen" in manager.get(path).text


def test_a_finding_goes_from_plan_to_proof(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    said = {"site": ["RIV"], "origin": "self_audit", "severity": "major", "wording": "Licences are not watched."}
    raised = send(officer, "/findings", **said, found_on="2026-11-20")
    assert raised.status_code == 303 and raised.location.startswith("/findings/")
    path = raised.location
    assert send(officer, "/findings", **said, found_on="2026-13-01").status_code == 400
    assert send(officer, "/findings", **said | {"site": []}, found_on="2026-11-20").status_code == 400
    owner = officer.get(path).text.split('<select id="owner"')[1].split('option value="')[2].split('"')[0]
    plan = {"step": "planned", "wording": "Watch them.", "owner": owner}
    assert send(officer, path, **plan, due_on="2026-11-01").status_code == 400
    assert send(officer, path, **plan, due_on="2026-12-01").status_code == 303
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    assert send(lead, path, step="done", wording="A list hangs there.").status_code == 303
    assert send(lead, path, step="verified").status_code == 403
    attached = attach(officer, "list.pdf", PDF, finding=path.rpartition("/")[2])
    assert (attached.status_code, attached.location) == (303, path)
    assert "list.pdf" in officer.get(path).text
    manager = signed_in(app, scope, Role.MANAGER)
    assert send(manager, path, step="verified").status_code == 303
    assert "Closed" in officer.get("/findings").text


def test_evidence_is_handed_out_to_be_saved_and_never_shown(officer: FlaskClient) -> None:
    assert attach(officer, "<script>.pdf", PDF, keep_until="2026-01-01").status_code == 303
    page = officer.get("/evidence").text
    assert "&lt;script&gt;.pdf" in page and "<script>.pdf" not in page
    path = "/evidence/" + page.split('href="/evidence/')[1].split('"')[0]
    if "/file" not in path:
        path = "/evidence/" + page.split('href="/evidence/')[2].split('"')[0]
    answer = officer.get(path)
    assert answer.data == PDF and answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=evidence-2026-11-22-")
    keeping = path.replace("/file", "/keeping")
    assert send(officer, keeping, doing="hold", reason="A claim.").status_code == 303
    held = send(officer, keeping, doing="dispose", reason="Its time.")
    assert held.status_code == 409 and "legal hold" in held.text
    assert send(officer, keeping, doing="release", reason="Settled.").status_code == 303
    assert send(officer, keeping, doing="dispose", reason="Its time.").status_code == 303
    assert officer.get(path).status_code == 409
    assert send(officer, keeping, doing="burn", reason="x").status_code == 400


def test_what_is_not_taken_is_said(officer: FlaskClient) -> None:
    for name, content, words in (
        ("scan.pdf", b"GIF89a", "none that is taken"),
        ("scan.png", PDF, "called .png, but its content is PDF"),
        ("empty.pdf", b"", "empty"),
    ):
        answer = attach(officer, name, content)
        assert answer.status_code == 400 and words in answer.text and "Nothing was stored." in answer.text
    assert send(officer, "/evidence", site="RIV").status_code == 400
    assert "None yet" in officer.get("/evidence").text


def test_a_body_larger_than_any_evidence_is_refused_before_it_is_read(officer: FlaskClient) -> None:
    token = token_of(officer.get("/reports").text)
    told = {"CONTENT_LENGTH": str(2 * 1024**3), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = officer.post("/evidence", environ_overrides={**told, "wsgi.input": io.BytesIO(b"--x--")})
    assert answer.status_code == 413 and "The file is too large" in answer.text
    large = officer.post(
        "/evidence", data={"csrf_token": token, "file": (io.BytesIO(b"%PDF-" + b"0" * (LARGEST + 2**21)), "a.pdf")}
    )
    assert large.status_code == 413


def test_a_site_lead_sees_the_own_site_only(app: Flask, scope: Scope, officer: FlaskClient) -> None:
    path = first_exception(officer)
    attach(officer, "list.pdf", PDF)
    lead = signed_in(app, scope, Role.SITE_LEAD, "NGT")
    assert lead.get(path).status_code == 404 and "0 exceptions" in lead.get(QUEUE).text
    assert "list.pdf" not in lead.get("/evidence").text
    assert lead.get(QUEUE.replace("2026-03-01", "2027-03-01")).status_code == 400


def test_a_network_without_sites_is_offered_no_form_that_needs_one(app: Flask, officer: FlaskClient) -> None:
    with app.app_context():
        nowhere = make_network(NOW)
    newcomer = signed_in(app, nowhere, Role.COMPLIANCE)
    page = newcomer.get("/evidence").text
    assert "the network has none so far" in page and 'id="file"' not in page
    assert "Raise a finding" not in newcomer.get("/findings").text
    assert 'id="file"' in officer.get("/evidence").text
    assert "Raise a finding" in officer.get("/findings").text
