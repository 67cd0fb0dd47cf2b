"""Who may know of a report: each question keeps to the reach of whoever asks, also where the policies would show all there is."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.delivering import ask_for, person
from tests.reporting import OCTOBER, end_schedules, reporting_network, site_ids
from webapp.domain.errors import NotFound
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.report_expectation import fetch_ledger
from webapp.queries.report_ledger import fetch_issues, fetch_runs, get_run
from webapp.queries.report_notices import count_unread
from webapp.queries.report_pages import fetch_open_of_month
from webapp.queries.stuck_reports import fetch_stuck_reports
from webapp.services import deliveries, report_runs
from webapp.transactions import reading, unit_of_work

OF_RIVERSIDE, OF_NORTHGATE = {"RIV site_month", "RIV course_due"}, {"NGT site_month", "NGT course_due"}
SEEN = {
    "the manager": OF_RIVERSIDE | OF_NORTHGATE | {"- network_month", "- compliance_month"},
    "the manager, looking at one site": OF_RIVERSIDE,
    "an officer": {"- compliance_month"},
    "a lead of one site": OF_RIVERSIDE,
    "a lead of both": OF_RIVERSIDE | OF_NORTHGATE,
    "somebody of another network": set[str](),
}


@pytest.fixture(scope="module")
def boss(session_app: Flask) -> Scope:
    """A manager who is sent October's report of each kind."""
    with session_app.app_context():
        made = reporting_network(NOW)
        end_schedules(made, OCTOBER)
        found = person(made, Role.MANAGER)
        for kind in ReportKind:
            ask_for(found, found, kind=kind)
        report_runs.reconcile_network(made, NOW)
    return found


@pytest.fixture
def runs(app: Flask, boss: Scope) -> dict[UUID, str]:
    statement = (
        "SELECT r.id, coalesce(s.code, '-') || ' ' || c.kind FROM report_run r JOIN schedule c ON c.id = r.schedule_id"
        " LEFT JOIN site s ON s.id = r.site_id"
    )
    with reading(boss) as db:
        return {run_id: what for run_id, what in db.execute(text(statement))}


def askers(boss: Scope) -> Iterator[tuple[Scope, set[str]]]:
    """The same person in each role, with what they may know of."""
    sites = site_ids(boss)
    lead = replace(boss, role=Role.SITE_LEAD, whole_network=False)
    people = {
        "the manager": boss,
        "the manager, looking at one site": boss.narrow([sites["RIV"]]),
        "an officer": replace(boss, role=Role.COMPLIANCE),
        "a lead of one site": replace(lead, site_ids=frozenset({sites["RIV"]})),
        "a lead of both": lead,
        "somebody of another network": replace(boss, network_id=uuid4()),
    }
    for who, expected in SEEN.items():
        yield people[who], expected


def put(boss: Scope, state: str) -> None:
    with unit_of_work(boss) as db:
        db.execute(text("UPDATE report_run SET state = :state, stored_at = :now"), {"state": state, "now": NOW})


def may_open(asker: Scope, db: Session, run_id: UUID) -> bool:
    try:
        return get_run(asker, db, run_id).id == run_id
    except NotFound:
        return False


def test_each_question_keeps_to_the_reach_of_whoever_asks(boss: Scope, runs: dict[UUID, str]) -> None:
    """All are asked in the manager's own transaction, in which the policies hide none of the six."""
    assert sorted(runs.values()) == sorted(SEEN["the manager"])
    for asker, expected in askers(boss):
        put(boss, "due")
        with reading(boss) as db:
            assert {runs[run.id] for run in fetch_runs(asker, db)} == expected
            assert {what for run_id, what in runs.items() if may_open(asker, db, run_id)} == expected
            lines = fetch_ledger(asker, db, NOW)
            assert {f"{line.site_code or '-'} {line.kind}" for line in lines} == expected and len(lines) == len(
                expected
            )
            issues = [fetch_issues(asker, db, run) for run in fetch_runs(boss, db)]
            assert {runs[run.id] for found in issues for run in found} == expected
            assert {runs[run.id] for run in fetch_open_of_month(asker, db, OCTOBER)} == expected
            for month in (9, 11):
                assert fetch_open_of_month(asker, db, OCTOBER.replace(month=month)) == []
        put(boss, "failed")
        with reading(boss) as db:
            assert {runs[stuck.run_id] for stuck in fetch_stuck_reports(asker, db)} == expected
            assert fetch_open_of_month(asker, db, OCTOBER) == []


def test_what_came_for_somebody_is_counted_as_far_as_they_may_open_it(boss: Scope, runs: dict[UUID, str]) -> None:
    put(boss, "stored")
    deliveries.distribute_network(boss, NOW)
    for asker, expected in askers(boss):
        with reading(boss) as db:
            assert count_unread(asker, db, NOW) == len(expected)
