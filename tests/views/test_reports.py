"""The page of reports and its files: each person's own sites, decided anew at each request."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from tests.conftest import NOW
from tests.reporting import OCTOBER, audited, reporting_network
from tests.signing_in import signed_in, token_of
from webapp.artifacts import file_store
from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import queued_work, report_making, report_runs
from webapp.services.queued_work import Kind
from webapp.services.run_queue import REPORT
from webapp.transactions import reading, unit_of_work

KINDS = {REPORT: Kind(report_making.make, report_runs.note_failure)}


@pytest.fixture(scope="module")
def scope(session_app: Flask) -> Scope:
    """A network whose two October reports are made."""
    with session_app.app_context():
        made = reporting_network(NOW)
        report_runs.reconcile_network(made, NOW)
        for run_id in _ids_of(made).values():
            assert queued_work.work_once(KINDS, run_id, lambda: NOW)
    return made


def ids_of(app: Flask, scope: Scope) -> dict[str, UUID]:
    with app.app_context():
        return _ids_of(scope)


def _ids_of(scope: Scope) -> dict[str, UUID]:
    with reading(scope) as db:
        rows = db.execute(
            text("SELECT s.code, r.id FROM report_run r JOIN site s ON s.id = r.site_id WHERE r.issue = 1")
        )
        return {code: run_id for code, run_id in rows}


def alter_tables(environ: dict[str, str], run_id: UUID, old: str, new: str) -> None:
    """Change the kept tables of a report, as only the database's own account can."""
    engine = create_engine(driver_url(environ["DATABASE_URL"]))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE report_run SET document = replace(document, :old, :new) WHERE id = :run"),
            {"old": old, "new": new, "run": run_id},
        )
    engine.dispose()


def test_a_site_lead_sees_and_downloads_their_own_report(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    page = client.get("/reports").text
    assert "1 due, 1 made" in page
    assert "Riverside" in page
    assert "Northgate" not in page
    run_id = ids_of(app, scope)["RIV"]
    starts = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b'"Report"'}
    for kind, start in starts.items():
        answer = client.get(f"/reports/{run_id}/{kind}")
        assert answer.status_code == 200
        assert answer.data.startswith(start)
        assert f"riverside-monthly-report-2026-10.{kind}" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert audited(app, scope, str(run_id)).count(("download", "done")) == 3


def test_a_manager_sees_every_site(app: Flask, scope: Scope) -> None:
    page = signed_in(app, scope, Role.MANAGER).get("/reports?month=2026-10").text
    assert "2 due, 2 made" in page
    assert "Riverside" in page
    assert "Northgate" in page


DOWNLOADS = ("/reports/{}/pdf", "/reports/{}/xlsx", "/reports/{}/csv", "/reports/{}/zip")


@pytest.mark.parametrize("path", [*DOWNLOADS, "/reports/{}", "/reports/{}/progress", "/reports/{}/changes?with=1"])
def test_a_foreign_report_reads_like_one_that_is_not_there(app: Flask, scope: Scope, path: str) -> None:
    foreign_site = ids_of(app, scope)["NGT"]
    with app.app_context():
        other_network = reporting_network(NOW)
        report_runs.reconcile_network(other_network, NOW)
        foreign_network = _ids_of(other_network)["RIV"]
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    answers = [client.get(path.format(run)) for run in (uuid4(), foreign_site, foreign_network)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", answer.text) for answer in answers}) == 1
    if path in DOWNLOADS:
        assert ("download", "refused") in audited(app, scope, str(foreign_site))


@pytest.mark.parametrize("what", ["seen", "release", "cancel", "try-again", "legal-hold"])
def test_nobody_moves_the_report_of_a_site_that_is_not_theirs(app: Flask, scope: Scope, what: str) -> None:
    run_id = ids_of(app, scope)["NGT"]
    with app.app_context():
        other_network = reporting_network(NOW)
    guesses = (signed_in(app, scope, Role.SITE_LEAD, "RIV"), signed_in(app, other_network, Role.MANAGER))
    before = row_of(app, scope, run_id)
    for client in guesses:
        form = {"csrf_token": token_of(client.get("/reports").text), "held": "yes"}
        answers = [client.post(f"/reports/{each}/{what}", data=form) for each in (run_id, uuid4())]
        assert {answer.status_code for answer in answers} == {404}
        assert len({re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", answer.text) for answer in answers}) == 1
    assert row_of(app, scope, run_id) == before


def row_of(app: Flask, scope: Scope, run_id: UUID) -> tuple[object, ...]:
    with app.app_context(), reading(scope) as db:
        return tuple(db.execute(text("SELECT * FROM report_run WHERE id = :run"), {"run": run_id}).one())


def test_a_report_that_could_not_be_held_against_newer_data_says_so(app: Flask, scope: Scope) -> None:
    run_id = ids_of(app, scope)["RIV"]
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    for reason in ("An error of ours. Attempt 5 of 5; reference 12ab.", None):
        with app.app_context(), unit_of_work(scope) as db:
            values = {"run": run_id, "reason": reason}
            db.execute(text("UPDATE report_run SET review_reason = :reason WHERE id = :run"), values)
        shown, listed = lead.get(f"/reports/{run_id}").text, lead.get("/reports").text
        assert ("could not be held against them: An error of ours. Attempt 5 of 5" in shown) == bool(reason)
        assert ("Not held against newer data" in listed) == bool(reason)


def test_paths_made_up_reach_no_file(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    run_id = ids_of(app, scope)["RIV"]
    for path in (
        f"/reports/{run_id}/exe",
        f"/reports/{run_id}/..%2Fpdf",
        "/reports/1/pdf",
        f"/reports/{run_id}/pdf/../../x",
    ):
        assert client.get(path).status_code == 404


def test_a_damaged_file_is_drawn_again_before_it_is_handed_out(app: Flask, scope: Scope) -> None:
    run_id = ids_of(app, scope)["NGT"]
    with app.app_context(), reading(scope) as db:
        name = db.execute(
            text("SELECT stored_name FROM artifact WHERE run_id = :run AND format = 'csv'"), {"run": run_id}
        ).scalar_one()
        path = file_store().path(name)
    whole = path.read_bytes()
    path.write_bytes(whole + b"one more line\r\n")
    answer = signed_in(app, scope, Role.MANAGER).get(f"/reports/{run_id}/csv")
    assert (answer.status_code, answer.data) == (200, whole)
    assert path.read_bytes() == whole
    assert ("repair a report file", "done") in audited(app, scope, str(run_id))


def test_a_damaged_file_that_cannot_be_drawn_as_it_was_is_not_handed_out(
    app: Flask, scope: Scope, environ: dict[str, str]
) -> None:
    run_id = ids_of(app, scope)["NGT"]
    alter_tables(environ, run_id, "Northgate", "Southgate")
    with app.app_context(), reading(scope) as db:
        name = db.execute(
            text("SELECT stored_name FROM artifact WHERE run_id = :run AND format = 'csv'"), {"run": run_id}
        ).scalar_one()
        path = file_store().path(name)
    whole = path.read_bytes()
    path.write_bytes(whole + b"one more line\r\n")
    try:
        answer = signed_in(app, scope, Role.MANAGER).get(f"/reports/{run_id}/csv")
    finally:
        path.write_bytes(whole)
        alter_tables(environ, run_id, "Southgate", "Northgate")
    assert answer.status_code == 500
    assert b"one more line" not in answer.data
    assert "no longer passes its check" in answer.text
    assert ("download", "damaged") in audited(app, scope, str(run_id))


def test_a_report_is_asked_for_once_and_its_progress_can_be_followed(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    form = {"site": "RIV", "month": "2026-09", "csrf_token": token_of(client.get("/reports").text)}
    answers = [client.post("/reports", data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    with app.app_context(), reading(scope) as db:
        run_ids = list(db.execute(text("SELECT id FROM report_run WHERE period_start = '2026-09-01'")).scalars())
    assert len(run_ids) == 1
    page = client.get("/reports?month=2026-09").text
    assert 'data-follow="/reports/progress?month=2026-09"' in page and f'data-open="run-{run_ids[0]}"' in page
    following = "/reports/progress?month={}"
    assert client.get(following.format("2026-09")).json == {"open": {str(run_ids[0]): "Due, waiting for a worker"}}
    other = signed_in(app, scope, Role.SITE_LEAD, "NGT")
    for looker, month in ((client, "2026-08"), (client, "2026-10"), (other, "2026-09")):
        assert looker.get(following.format(month)).json == {"open": {}}
    assert client.get(following.format("soon")).status_code == 400
    assert client.get(f"/reports/{run_ids[0]}/progress").json == {
        "state": "due",
        "words": "Due, waiting for a worker",
        "open": True,
        "progress": None,
    }
    assert client.get(f"/reports/{run_ids[0]}/pdf").status_code == 404
    with app.app_context():
        assert queued_work.work_once(KINDS, run_ids[0], lambda: NOW)
    assert client.get(following.format("2026-09")).json == {"open": {}}
    polled: dict[str, Any] = client.get(f"/reports/{run_ids[0]}/progress").json or {}
    assert (polled["state"], polled["open"]) == ("stored", False)
    assert "nothing has changed" in client.post("/reports", data=form, follow_redirects=True).text


@pytest.mark.parametrize(
    ("site", "month", "status"),
    [("NGT", "2026-09", 404), ("ZZZ", "2026-09", 404), ("RIV", "2026-11", 400), ("RIV", "soon", 400)],
)
def test_what_cannot_be_reported_is_refused_in_words(
    app: Flask, scope: Scope, site: str, month: str, status: int
) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    token = token_of(client.get("/reports").text)
    assert client.post("/reports", data={"site": site, "month": month, "csrf_token": token}).status_code == status


def test_only_senders_may_ask_for_a_report(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.VIEWER)
    page = client.get("/reports").text
    assert "Make a report now" not in page
    form = {"site": "RIV", "month": "2026-09", "csrf_token": token_of(page)}
    assert client.post("/reports", data=form).status_code == 404
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    assert lead.post("/reports", data={"site": "RIV", "month": "2026-09"}).status_code == 400


def test_someone_moved_to_another_site_loses_the_old_reports(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    run_id = ids_of(app, scope)["RIV"]
    assert client.get(f"/reports/{run_id}/pdf").status_code == 200
    with app.app_context(), unit_of_work(scope) as db:
        ngt = db.execute(text("SELECT id FROM site WHERE code = 'NGT'")).scalar_one()
        db.execute(
            text(
                "DELETE FROM membership_site WHERE user_id IN (SELECT user_id FROM membership WHERE role = 'site_lead')"
            )
        )
        db.execute(
            text(
                "INSERT INTO membership_site (network_id, user_id, site_id) SELECT network_id, user_id, :site FROM membership"
                " WHERE role = 'site_lead' AND network_id = :network"
            ),
            {"site": ngt, "network": scope.network_id},
        )
    assert client.get(f"/reports/{run_id}/pdf").status_code == 404


def test_a_month_without_a_run_yet_is_shown_as_due(app: Flask) -> None:
    with app.app_context():
        scope = reporting_network(NOW)
    page = signed_in(app, scope, Role.MANAGER).get("/reports").text
    assert "2 due, 0 made, 2 waiting" in page
    assert f"{OCTOBER:%Y-%m}" in page
