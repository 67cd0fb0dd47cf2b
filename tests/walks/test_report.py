"""The walk of a report: beat rings, a worker makes it, its site lead downloads it, and its numbers are those of the rows."""

import csv
import io
import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import PASSWORD, Clock, make_user
from tests.reporting import OCTOBER, ledger, reporting_network
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import queued_work, report_making, report_runs, ringing
from webapp.services.queued_work import Kind
from webapp.services.run_queue import REPORT
from webapp.transactions import of_dispatcher, reading

KINDS = {REPORT: Kind(report_making.make, report_runs.note_failure)}


@pytest.fixture
def scope(session_app: Flask, clock: Clock) -> Scope:
    """A network with the October reports of two sites due."""
    with session_app.app_context():
        with of_dispatcher() as db:
            db.execute(text("DELETE FROM run_queue"))
        return reporting_network(NOW)


def blocks(content: bytes) -> dict[str, list[list[str]]]:
    """The rows of each panel of a report's CSV, by the panel's key, the labels first."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in csv.reader(io.StringIO(content.decode())):
        if line[:1] == ["Panel"]:
            rows = found.setdefault(line[1], [])
        elif line and line[0] not in ("Counted over", "Note"):
            rows.append(line)
        elif not line:
            rows = []
    return found


def test_from_the_bell_to_the_site_leads_hands(session_app: Flask, scope: Scope) -> None:
    with session_app.app_context():
        ringing.ring(KINDS, NOW)
        ringing.ring(KINDS, NOW)
        assert [state for *_, state in ledger(scope)] == ["due", "due"]
        while queued_work.work_once(KINDS, None, lambda: NOW):
            pass
        assert [state for *_, state in ledger(scope)] == ["stored", "stored"]
        email = make_user(scope, Role.SITE_LEAD, NOW, ["RIV"])
        with reading(scope) as db:
            counted = db.execute(
                text(
                    "SELECT count(*) FROM session_version v JOIN site s ON s.id = v.site_id WHERE s.code = 'RIV' AND v.status = 'completed'"
                    " AND v.superseded_by_batch_id IS NULL AND v.on_date >= :start AND v.on_date < :end"
                ),
                {"start": OCTOBER, "end": date(2026, 11, 1)},
            ).scalar_one()

    client = session_app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    client.post("/sign-in", data={"email": email, "password": PASSWORD, "csrf_token": token[1]})
    links = re.findall(r'href="(/reports/[0-9a-f-]+/csv)"', client.get("/reports").text)
    assert len(links) == 1
    panels = blocks(client.get(links[0]).data)
    assert ["Completed", str(counted)] in panels["sessions_by_status"]
    assert counted == 6
    effects = {row[0]: row for row in panels["side_effects_by_term"]}
    assert effects["Dizziness"][1:3] == ["6", "1"]
    assert effects["Dizziness"][6] == "not enough screening"
    by_month = [row for row in panels["any_by_month"] if row[0].startswith("2026-")]
    assert by_month == [["2026-10-01", "", "", "", "6"]], "six screened sessions are too few for a month's rate as well"
    assert panels["course_completion"][-1][:3] == ["2026-10-01", "1", "1"]
