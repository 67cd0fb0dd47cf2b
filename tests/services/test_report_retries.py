"""A report that failed, of whatever kind, is made after all when somebody says so; and they are told that it waits for them."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from dashboards.pages.overview import _of_the_network
from tests.conftest import NOW
from tests.queries.pages.recounted import page_ground
from tests.reporting import KINDS, OCTOBER, clock, queue, run_ids, seen_by_lead, with_its_sites
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.attention import fetch_attention
from webapp.queries.report_ledger import get_run
from webapp.queries.stuck_reports import fetch_stuck_reports
from webapp.services import queued_work, report_retries, report_runs, ringing, schedules
from webapp.services.queued_work import Kind
from webapp.services.run_queue import REPORT, Claim
from webapp.transactions import of_dispatcher, reading


def broken(_held: Claim, _clock: object) -> bool:
    raise BadInput("The store is full.")


FULL = {REPORT: Kind(broken, report_runs.note_failure)}


def set_up(scope: Scope, kind: ReportKind, cadence: Cadence = Cadence.MONTHLY) -> UUID:
    entry = replace(schedules.monthly(OCTOBER), kind=kind, cadence=cadence, zone="America/New_York")
    return schedules.set_up(with_its_sites(scope), entry, NOW)


def first_run(scope: Scope, schedule_id: UUID) -> UUID:
    statement = "SELECT id FROM report_run WHERE schedule_id = :id ORDER BY period_start, subject LIMIT 1"
    with reading(scope) as db:
        found: UUID = db.execute(text(statement), {"id": schedule_id}).scalar_one()
        return found


def fail(run_id: UUID) -> None:
    """Five attempts in a row find the store full."""
    for _ in range(5):
        with of_dispatcher() as db:
            db.execute(text("UPDATE run_queue SET next_attempt_at = now() WHERE run_id = :run"), {"run": run_id})
        assert queued_work.work_once(FULL, run_id, clock)


@pytest.mark.parametrize(
    ("kind", "cadence"), [(ReportKind.NETWORK, Cadence.MONTHLY), (ReportKind.COURSES_DUE, Cadence.WEEKLY)]
)
def test_a_failed_report_of_any_kind_has_a_way_back(quiet: Scope, kind: ReportKind, cadence: Cadence) -> None:
    schedule_id = set_up(quiet, kind, cadence)
    report_runs.reconcile_network(quiet, NOW)
    run_id, boss = first_run(quiet, schedule_id), with_its_sites(quiet)
    fail(run_id)
    ringing.ring(KINDS, NOW)
    assert ("failed", 5) in queue(quiet), "by itself nothing tries it again"
    report_retries.try_again(boss, run_id, NOW)
    with reading(boss) as db:
        waiting = get_run(boss, db, run_id)
    assert (waiting.state, waiting.attempts, waiting.reason) == ("due", 0, None)
    with pytest.raises(Conflict, match="not failed"):
        report_retries.try_again(boss, run_id, NOW)
    fail(run_id)  # a fresh set: it takes five to fail once more
    report_retries.try_again(boss, run_id, NOW)
    assert queued_work.work_once(KINDS, run_id, clock)
    with reading(boss) as db:
        assert get_run(boss, db, run_id).state == "stored"


def test_only_whoever_sees_the_report_can_have_it_tried_again(reporting: Scope) -> None:
    network_schedule = set_up(reporting, ReportKind.NETWORK)
    report_runs.reconcile_network(reporting, NOW)
    network_id = first_run(reporting, network_schedule)
    [site_run] = run_ids(reporting, "NGT")
    for run_id in (network_id, site_run):
        fail(run_id)
        with pytest.raises(NotFound):
            report_retries.try_again(seen_by_lead(reporting, "RIV"), run_id, NOW)
    report_retries.try_again(seen_by_lead(reporting, "NGT"), site_run, NOW)
    with pytest.raises(NotFound):
        report_retries.try_again(seen_by_lead(reporting, "NGT"), network_id, NOW)


def test_what_waits_for_a_person_is_told_to_those_who_may_read_it(reporting: Scope) -> None:
    boss = with_its_sites(reporting)
    officer = Scope(reporting.network_id, uuid4(), Role.COMPLIANCE, boss.site_ids, whole_network=True)
    network, weekly = (
        set_up(reporting, ReportKind.COMPLIANCE),
        set_up(reporting, ReportKind.COURSES_DUE, Cadence.WEEKLY),
    )
    report_runs.reconcile_network(reporting, NOW)
    network_run, weekly_run = first_run(reporting, network), first_run(reporting, weekly)
    with reading(boss) as db:
        code = get_run(boss, db, weekly_run).site_code
    for run_id in (network_run, weekly_run):
        fail(run_id)

    def told(scope: Scope) -> dict[UUID, tuple[str, str]]:
        with reading(scope) as db:
            return {each.run_id: (each.sentence, each.next_step) for each in fetch_stuck_reports(scope, db)}

    assert set(told(boss)) == {network_run, weekly_run}
    sentence, step = told(boss)[network_run]
    assert sentence.startswith(
        "Compliance report, Oct 2026, **failed** and is not tried again by itself: The store is full."
    )
    assert step == "Try it again"
    assert told(boss)[weekly_run][0].startswith("Courses due, 28 Sep – 4 Oct 2026, **failed**")
    assert set(told(officer)) == {network_run}, "courses due name pseudonyms, which are not for the officer"
    assert told(officer)[network_run][1] == "Open the report"
    assert set(told(seen_by_lead(reporting, code))) == {weekly_run}
    assert told(seen_by_lead(reporting, "NGT" if code == "RIV" else "RIV")) == {}
    with page_ground(boss, "overview", "") as ground:
        listed = [item.run_id for item in fetch_attention(ground).items if item.kind == "Report"]
        assert (listed, [each.href for each in _of_the_network(ground)]) == ([weekly_run], [f"/reports/{network_run}"])
