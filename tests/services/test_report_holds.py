"""Reports of incomplete data: held with the sentence why, released by a person, by the data, or by the deadline."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import (
    KINDS,
    OCTOBER,
    clock,
    course,
    expect,
    ledger,
    queue,
    run_ids,
    seen_by_lead,
    sessions,
    site,
    with_its_sites,
    work_all,
)
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_ledger import get_kept_document, get_run
from webapp.services import queued_work, report_holds, report_runs, run_queue, schedules
from webapp.services.run_queue import LeaseLost
from webapp.transactions import reading, unit_of_work

JUST_DUE = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
LATER = JUST_DUE + timedelta(days=2)


@pytest.fixture
def short(reporting: Scope) -> Scope:
    """Riverside says that it held ten sessions in October; six have come."""
    expect(reporting, "RIV", 10)
    report_runs.reconcile_network(reporting, JUST_DUE)
    return reporting


def state(scope: Scope, code: str = "RIV") -> str:
    return next(found for site, _, _, found in ledger(scope) if site == code)


def document(scope: Scope, run_id: UUID) -> ReportDocument:
    with reading(scope) as db:
        return from_json(get_kept_document(scope, db, run_id))


def test_what_is_not_complete_is_held_with_the_sentence_why(short: Scope) -> None:
    assert state(short) == "held"
    lead = seen_by_lead(short)
    with reading(lead) as db:
        run = get_run(lead, db, run_ids(short)[0])
    assert run.reason is not None
    assert run.reason.startswith("60.0 % of 10 expected sessions received; it waits for 90.0 %.")
    assert "6 Nov 2026" in run.reason
    assert run.share_received == 0.6
    assert queue(short) == []
    report_runs.reconcile_network(short, JUST_DUE + timedelta(hours=5))
    assert queue(short) == [("waiting", 0)], "Northgate, where nothing is known to be missing, goes its way"
    [riverside], [northgate] = run_ids(short), run_ids(short, "NGT")
    for asked in ({northgate: False}, {riverside: True}, {riverside: True, northgate: False}):
        with unit_of_work(short) as db:
            assert report_holds.judge(short, db, list(asked), JUST_DUE) == asked, "of no run but those asked for"
    due = replace(schedules.monthly(OCTOBER), kind=ReportKind.COURSES_DUE, name="Who is due")
    schedules.set_up(with_its_sites(short), due, JUST_DUE)
    report_runs.reconcile_network(short, JUST_DUE)
    assert sorted(found for code, *_, found in ledger(short) if code == "RIV") == ["due", "held"], (
        "a list waits for none"
    )


def test_it_goes_by_itself_when_the_data_are_in(short: Scope) -> None:
    store(short, {"sessions": sessions("RIV", date(2026, 10, 4), 9)}, JUST_DUE)
    report_runs.reconcile_network(short, LATER)
    assert state(short) == "due"
    assert queued_work.work_once(KINDS, run_ids(short)[0], clock)
    made = document(short, run_ids(short)[0])
    assert made.title == "monthly report"
    assert not [each for each in made.sentences if each.tag == "Incomplete"]


def test_more_data_that_are_not_enough_say_how_many_there_are_now(short: Scope) -> None:
    store(short, {"sessions": sessions("RIV", date(2026, 10, 4), 7)}, JUST_DUE)
    report_runs.reconcile_network(short, LATER)
    lead = seen_by_lead(short)
    with reading(lead) as db:
        run = get_run(lead, db, run_ids(short)[0])
    assert (run.state, run.share_received) == ("held", 0.7)


def test_after_the_deadline_it_goes_out_marked_as_incomplete(short: Scope) -> None:
    report_runs.reconcile_network(short, JUST_DUE + timedelta(days=4, hours=22))
    assert state(short) == "held"
    report_runs.reconcile_network(
        short, JUST_DUE + timedelta(days=4, hours=23)
    )  # six in the morning there, to the minute
    assert state(short) == "due"
    assert queued_work.work_once(KINDS, run_ids(short)[0], clock)
    made = document(short, run_ids(short)[0])
    assert made.title == "monthly report, incomplete"
    assert ("Received", "incomplete: 60.0 % of 10 expected sessions") in made.filters
    assert made.sentences[0].text.startswith("This report is incomplete: 60.0 % of 10 expected sessions received")


def test_a_site_that_closed_in_the_month_is_held_against_the_days_on_which_it_was_open(reporting: Scope) -> None:
    days = [date(2026, 7, 1) + timedelta(days=n) for n in range(101)]
    daily = [{**sessions("END", day, 1)[0], "key": f"END-{day}", "started_on": day, "on_date": day} for day in days]
    closed = {"sites": [site("END", "Endwell", "UTC", closed_on=date(2026, 10, 9))], "courses": [course("END")]}
    store(reporting, {**closed, "sessions": daily}, NOW - timedelta(days=20))
    report_runs.reconcile_network(reporting, JUST_DUE)
    assert state(reporting, "END") == "due"
    [run_id] = run_ids(reporting, "END")
    assert queued_work.work_once(KINDS, run_id, clock)
    made = document(reporting, run_id)
    assert made.title == "monthly report"
    [received] = [panel.table.rows for panel in made.panels if panel.table.key == "data_completeness"]
    assert received[0][:3] == (9, 9, 1.0)


def test_a_pending_report_waits_for_as_long_as_the_schedule_says_that_runs_by_now(reporting: Scope) -> None:
    expect(reporting, "RIV", 10)
    boss = with_its_sites(reporting)
    longer = replace(schedules.monthly(OCTOBER), due_day=3, hold_days=20)
    first = the_schedule(reporting)
    assert schedules.change(boss, first, longer, JUST_DUE) != first
    report_runs.reconcile_network(reporting, JUST_DUE + timedelta(days=10))
    assert state(reporting) == "held"


def test_what_is_held_goes_by_the_new_deadline_when_it_is_changed(short: Scope) -> None:
    boss = with_its_sites(short)
    schedules.change(boss, the_schedule(short), replace(schedules.monthly(OCTOBER), hold_days=1), JUST_DUE)
    report_runs.reconcile_network(short, JUST_DUE + timedelta(hours=1))
    assert state(short) == "held"
    report_runs.reconcile_network(short, LATER)
    assert state(short) == "due"


def the_schedule(scope: Scope) -> UUID:
    with reading(scope) as db:
        found: UUID = db.execute(text("SELECT id FROM schedule ORDER BY created_at, id LIMIT 1")).scalar_one()
    return found


def test_a_backlog_of_months_is_past_its_deadlines_and_is_not_held(made: Callable[..., Scope]) -> None:
    scope = made(starts_on=date(2026, 8, 1))
    expect(scope, "RIV", 10)
    report_runs.reconcile_network(scope, NOW)
    assert {found for *_, found in ledger(scope)} == {"due"}


def test_a_site_lead_releases_their_own_and_no_other(short: Scope) -> None:
    lead, stranger = seen_by_lead(short), seen_by_lead(short, "NGT")
    [run_id] = run_ids(short)
    with pytest.raises(NotFound):
        report_holds.release(stranger, run_id, LATER)
    report_holds.release(lead, run_id, LATER)
    assert state(short) == "due"
    report_runs.reconcile_network(short, LATER)
    assert state(short) == "due", "what was released is not held again"
    with pytest.raises(Conflict):
        report_holds.release(lead, run_id, LATER)
    assert queued_work.work_once(KINDS, run_id, clock)
    assert document(short, run_id).title == "monthly report, incomplete"
    with reading(short) as db:
        told = db.execute(text("SELECT user_id FROM audit_event WHERE action = 'release a held report'")).scalars()
        assert list(told) == [lead.user_id]


def test_asking_for_a_held_report_leaves_it_held(short: Scope) -> None:
    [run_id] = run_ids(short)
    assert report_runs.request(seen_by_lead(short), "RIV", OCTOBER, LATER) == run_id
    work_all()
    assert state(short) == "held"
    report_holds.release(seen_by_lead(short), run_id, LATER)
    work_all()
    assert state(short) == "stored"


def test_a_report_asked_for_by_hand_can_be_cancelled_while_it_is_made(reporting: Scope) -> None:
    lead = seen_by_lead(reporting)
    run_id = report_runs.request(lead, "RIV", date(2026, 9, 1), NOW)
    held = run_queue.claim(run_id)
    assert held is not None
    assert report_runs.take(held) is not None
    report_holds.cancel(lead, run_id, NOW)
    with pytest.raises(LeaseLost):
        report_runs.note_progress(held, "drawing")
    assert ("RIV", date(2026, 9, 1), 1, "cancelled") in ledger(reporting)
    with pytest.raises(Conflict):
        report_holds.cancel(lead, run_id, NOW)
    report_runs.reconcile_network(reporting, NOW)
    assert ("RIV", date(2026, 9, 1), 1, "cancelled") in ledger(reporting)


def test_what_was_cancelled_while_it_was_made_is_made_at_once_when_it_is_asked_for_again(quiet: Scope) -> None:
    lead = seen_by_lead(quiet)
    run_id = report_runs.request(lead, "RIV", date(2026, 9, 1), NOW)
    cancelled: list[UUID] = []

    def meanwhile() -> datetime:
        if not cancelled:
            cancelled.append(run_id)
            report_holds.cancel(lead, run_id, NOW)
        return NOW

    assert queued_work.work_once(KINDS, run_id, meanwhile)
    assert (queue(quiet), ledger(quiet)) == ([("done", 1)], [("RIV", date(2026, 9, 1), 1, "cancelled")])
    assert report_runs.request(lead, "RIV", date(2026, 9, 1), NOW) == run_id
    assert queued_work.work_once(KINDS, run_id, clock)
    assert ledger(quiet) == [("RIV", date(2026, 9, 1), 1, "stored")]


def test_what_a_schedule_wants_is_not_cancelled_and_comes_back_when_it_falls_due(reporting: Scope) -> None:
    lead = seen_by_lead(reporting)
    before_due = datetime.fromisoformat("2026-11-01T05:30:00+00:00")
    run_id = report_runs.request(lead, "RIV", OCTOBER, before_due)
    report_holds.cancel(lead, run_id, before_due)
    assert state(reporting) == "cancelled"
    report_runs.reconcile_network(reporting, JUST_DUE)
    assert state(reporting) == "due"
    with pytest.raises(Conflict, match="due by its schedule"):
        report_holds.cancel(lead, run_id, JUST_DUE)
    work_all()
    assert state(reporting) == "stored"


def test_nobody_cancels_in_another_network(reporting: Scope) -> None:
    run_id = report_runs.request(seen_by_lead(reporting), "RIV", date(2026, 9, 1), NOW)
    stranger = Scope(uuid4(), uuid4(), Role.MANAGER, frozenset(), whole_network=True)
    for attempt in (report_holds.cancel, report_holds.release):
        with pytest.raises(NotFound):
            attempt(stranger, run_id, NOW)
