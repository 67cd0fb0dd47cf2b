"""The Data page: sending, following, what was not taken; each person their own batches, decided anew at each request."""

import io
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import clinic, course, send, session
from tests.signing_in import signed_in, token_of
from tests.uploading import batch_id_of, do_work, upload
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.transactions import of_dispatcher, reading

BAD_SESSIONS = [
    session("=1+1", "RIV-C", status="done"),
    session("S2", "RIV-C", dose_mg="NaN"),
    session("S3", "RIV-C"),
]


@pytest.fixture(scope="module")
def scope(session_app: Flask) -> Iterator[Scope]:
    """A network of two sites with a course each."""
    with session_app.app_context():
        made = make_network(NOW)
        send(made, clinic("RIV"))
        send(made, clinic("NGT"))
    yield made
    with session_app.app_context(), of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue WHERE network_id = :network"), {"network": made.network_id})


def test_a_site_lead_sends_follows_and_reads_what_was_not_taken(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    batch_id = batch_id_of(upload(client, {"sessions.csv": BAD_SESSIONS}))
    waiting = client.get(f"/data/{batch_id}")
    assert f"/data/{batch_id}/progress" in waiting.text
    assert "Waits for a worker" in waiting.text
    polled = client.get(f"/data/{batch_id}/progress").json
    assert polled == {"state": "received", "words": "Waits for a worker", "open": True, "share": None}
    do_work(app, batch_id)
    assert client.get(f"/data/{batch_id}/progress").json == {
        "state": "refused", "words": "Refused", "open": False, "share": None
    }  # fmt: skip
    page = client.get(f"/data/{batch_id}").text
    assert "Nothing was stored: 2 rows of 3 cannot be taken." in page
    assert "it must be one of: scheduled" in page
    assert "progress.js" not in page


def test_the_rejected_rows_can_be_downloaded_and_calculate_nothing(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    batch_id = batch_id_of(upload(client, {"sessions.csv": [session("S1", "=cmd|' /C calc'!A0", status="done")]}))
    do_work(app, batch_id)
    answer = client.get(f"/data/{batch_id}/rejected.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="rejected-rows-2026-11-22-')
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert "\"'=cmd|" in answer.text
    assert ',"=cmd' not in answer.text
    with app.app_context(), reading(scope) as db:
        events = db.execute(
            text("SELECT count(*) FROM audit_event WHERE action = 'download' AND object LIKE :object"),
            {"object": f"%{batch_id}"},
        ).scalar_one()
    assert events == 1


def test_good_rows_are_stored_where_they_are_accepted(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    rows = [course("new-1"), course("new-2", indication="sadness")]
    batch_id = batch_id_of(upload(client, {"courses.csv": rows}, accept_good_rows="yes"))
    do_work(app, batch_id)
    page = client.get(f"/data/{batch_id}").text
    assert "Stored in part" in page
    assert "Stored 1 new row. 1 row was not taken." in page
    assert "Stored in part" in client.get("/data").text


def test_another_systems_file_is_read_by_a_mapping_of_ones_own(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    mapping = b"""
source: clinic_ehr
tables:
  courses:
    - file: export.csv
      columns: {key: No, patient: Pat}
      constants: {site: RIV, indication: ptsd, product: ketamine_iv}
"""
    files = {"export.csv": b"No,Pat\n1,A\n2,B\n"}
    batch_id = batch_id_of(upload(client, files, mapping_file=(io.BytesIO(mapping), "clinic.yaml")))
    do_work(app, batch_id)
    page = client.get(f"/data/{batch_id}").text
    assert "Stored 2 new rows." in page
    assert "the mapping clinic, as data of clinic_ehr" in page


@pytest.mark.parametrize(
    ("files", "form", "sentence"),
    [
        ({}, {}, "Choose at least one file"),
        ({"patients.xlsx": b"x"}, {}, "does not read a file named"),
        ({"sites.csv": b"x"}, {"mapping": "nonsense"}, "No mapping named"),
        ({"sites.csv": b"x"}, {"mapping_file": (io.BytesIO(b"source: [1"), "x.yaml")}, "is not YAML"),
        ({"sites.csv": b"x"}, {"mapping_file": (io.BytesIO(b"\xff\xfe\x00"), "x.yaml")}, "is not UTF-8 text"),
        ({"..": b"x"}, {}, "does not read a file named"),
        ({"\u202e\u200b": b"x"}, {}, "A file has no name"),
    ],
)
def test_what_cannot_be_received_is_said_on_the_form(
    app: Flask, scope: Scope, files: dict[str, bytes], form: dict[str, Any], sentence: str
) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    answer = upload(client, files, **form)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Nothing was received." in answer.text
    assert "Send files" in answer.text


def test_a_file_name_is_shown_and_never_run(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    answer = upload(client, {"sessions<script>alert(1)<.csv": BAD_SESSIONS})
    batch_id = batch_id_of(answer)
    do_work(app, batch_id)
    page = client.get(f"/data/{batch_id}").text
    assert "<script>alert" not in page
    assert "sessions&lt;script&gt;alert(1)&lt;.csv" in page


def test_a_form_without_its_token_is_refused(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    assert upload(client, {"sites.csv": b"key\n"}, token="").status_code == 400


def test_compliance_reads_rules_but_no_values_and_sends_nothing(app: Flask, scope: Scope) -> None:
    manager = signed_in(app, scope, Role.MANAGER)
    batch_id = batch_id_of(upload(manager, {"sessions.csv": [session("S1", "RIV-C", status="Canary-value")]}))
    do_work(app, batch_id)
    assert "Canary-value" in manager.get(f"/data/{batch_id}").text
    compliance = signed_in(app, scope, Role.COMPLIANCE)
    page = compliance.get(f"/data/{batch_id}").text
    assert "not_a_choice" in page
    assert "A value outside the field&#39;s list." in page
    assert "Canary-value" not in page
    assert "Canary-value" not in compliance.get(f"/data/{batch_id}/rejected.csv").text
    assert "Send files" not in compliance.get("/data").text
    token = token_of(compliance.get("/data").text)
    assert upload(compliance, {"sites.csv": b"key\n"}, token=token).status_code == 404


def test_viewers_do_not_open_the_page(app: Flask, scope: Scope) -> None:
    assert signed_in(app, scope, Role.VIEWER).get("/data").status_code == 404


@pytest.mark.parametrize("path", ["/data/{}", "/data/{}/progress", "/data/{}/rejected.csv"])
def test_a_foreign_batch_reads_like_one_that_is_not_there(app: Flask, scope: Scope, path: str) -> None:
    with app.app_context():
        foreign_network = send(make_network(NOW, "Prairie"), clinic("RIV")).id
        of_the_manager = send(scope, {"courses.csv": [course("x", "ZZZ")]}).id
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    answers = [client.get(path.format(batch)) for batch in (uuid4(), foreign_network, of_the_manager)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text) for answer in answers}) == 1


def test_freshness_stands_there_for_ones_own_sites(app: Flask, scope: Scope) -> None:
    page = signed_in(app, scope, Role.SITE_LEAD, "RIV").get("/data").text
    assert "How fresh are each site" in page
    assert "Site RIV" in page
    assert "Site NGT" not in page
    assert "17 Mar 2026" in page
    assert "No recent data from Site RIV." in page


def test_a_snapshot_is_declared_on_the_form_and_told_on_its_page(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    days = {"snapshot_from": "2026-03-01", "snapshot_to": "2026-03-31"}
    rows = clinic("RIV")["sessions.csv"][:5]
    batch_id = batch_id_of(upload(client, {"sessions.csv": rows}, snapshot_sites=" RIV, ", **days))
    do_work(app, batch_id)
    page = client.get(f"/data/{batch_id}").text
    assert "1 record was withdrawn." in page
    assert "all of site RIV, 1 Mar 2026 to 31 Mar 2026: what the files lack of it is withdrawn" in page
    again = batch_id_of(upload(client, {"sessions.csv": clinic("RIV")["sessions.csv"]}))
    do_work(app, again)
    assert "every site" not in client.get(f"/data/{again}").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"snapshot_from": "2026-03-01"}, "A snapshot needs its last day as well"),
        ({"snapshot_to": "2026-03-01"}, "A snapshot needs its first day as well"),
        ({"snapshot_sites": "RIV"}, "A snapshot of some sites needs its days as well"),
        ({"snapshot_from": "2026-02-30", "snapshot_to": "2026-03-01"}, "The snapshot&#39;s day “2026-02-30” is no day"),
        ({"snapshot_from": "<script>", "snapshot_to": "2026-03-01"}, "day “&lt;script&gt;” is no day"),
        ({"snapshot_from": "2026-03-02", "snapshot_to": "2026-03-01"}, "before it begins on 2026-03-02"),
        (
            {"snapshot_from": "2026-03-01", "snapshot_to": "2026-03-02", "snapshot_sites": "NGT"},
            "names the site “NGT”, but no site of that code is known",
        ),
        (
            {"snapshot_from": "2026-03-01", "snapshot_to": "2026-03-02", "accept_good_rows": "yes"},
            "A snapshot is stored whole or not at all",
        ),
    ],
)
def test_a_snapshot_that_cannot_be_one_is_said_on_the_form(
    app: Flask, scope: Scope, form: dict[str, str], sentence: str
) -> None:
    answer = upload(signed_in(app, scope, Role.SITE_LEAD, "RIV"), {"sessions.csv": BAD_SESSIONS}, **form)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Nothing was received." in answer.text
    if "snapshot_to" in form:
        assert f'value="{form["snapshot_to"]}"' in answer.text
