"""What was due against what came: late against now while it is not made, and what was asked for by hand told apart."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.reporting import OCTOBER, SITES, end_schedules, reporting_network, run_ids, seen_by_lead, with_its_sites
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.queries.report_expectation import LedgerLine, LedgerMonth, count_by_month, fetch_ledger
from webapp.queries.report_ledger import get_run
from webapp.services import report_entry, report_holds, report_runs
from webapp.transactions import reading, unit_of_work
from webapp.views.report_words import counted_words, late_words

BEFORE = datetime(2026, 10, 20, 12, tzinfo=UTC)
DUE = datetime(2026, 11, 1, 11, tzinfo=UTC)
"""06:00 at Riverside."""


@pytest.fixture
def scope(app: Flask) -> Scope:
    """One site, and a schedule that was there before October's report fell due."""
    return reporting_network(BEFORE, sites=SITES[:1])


def seen(scope: Scope, now: datetime) -> tuple[list[LedgerLine], list[LedgerMonth]]:
    boss = with_its_sites(scope)
    with reading(boss) as db:
        lines = fetch_ledger(boss, db, now)
    return lines, count_by_month(lines, now)


def set_state(scope: Scope, state: str, stored_at: datetime | None = None) -> None:
    with unit_of_work(scope) as db:
        values = {"state": state, "at": stored_at}
        db.execute(text("UPDATE report_run SET state = :state, stored_at = :at"), values)


def test_what_is_overdue_and_not_made_is_late_against_now(scope: Scope) -> None:
    three_weeks = DUE + timedelta(days=21)
    [line], [month] = seen(scope, three_weeks)
    assert (line.runs, line.late_by(three_weeks)) == ((), timedelta(days=21)), "not even entered"
    assert late_words(line, three_weeks) == "21 days overdue"
    assert counted_words(month) == "1 due, 0 made, 1 waiting (1 overdue)"
    report_runs.reconcile_network(scope, DUE)
    for state, said in (("due", "waiting"), ("queued", "to be tried again"), ("failed", "failed")):
        set_state(scope, state)
        [line], [month] = seen(scope, three_weeks)
        assert late_words(line.runs[0], three_weeks) == "21 days overdue"
        assert counted_words(month) == f"1 due, 0 made, 1 {said} (1 overdue)"
    set_state(scope, "held")
    [line], [month] = seen(scope, three_weeks)
    assert (counted_words(month), late_words(line.runs[0], three_weeks)) == (
        "1 due, 0 made, 1 held: Riverside – complete",
        "21 days overdue",
    )
    assert counted_words(seen(scope, DUE + timedelta(minutes=9))[1][0]).endswith("1 held: Riverside – complete")


@pytest.mark.parametrize(
    ("after", "late", "counted"),
    [
        (timedelta(minutes=9), "on time", "1 due, 1 made"),
        (timedelta(minutes=11), "11 min late", "1 due, 1 made (1 late)"),
        (timedelta(hours=5), "5 h late", "1 due, 1 made (1 late)"),
        (timedelta(days=21), "21 days late", "1 due, 1 made (1 late)"),
    ],
)
def test_the_months_words_say_how_many_came_late(scope: Scope, after: timedelta, late: str, counted: str) -> None:
    report_runs.reconcile_network(scope, DUE)
    set_state(scope, "stored", DUE + after)
    much_later = DUE + timedelta(days=25)
    [line], [month] = seen(scope, much_later)
    assert (late_words(line.runs[0], much_later), counted_words(month)) == (late, counted)
    with unit_of_work(scope) as db:
        report_entry.enter_next_issue(scope, db, line.runs[0].id, much_later, requested_by=None)
    [line], [month] = seen(scope, much_later)
    assert (len(line.runs), counted_words(month)) == (2, counted), "a further issue makes the first one no less late"
    assert late_words(line.runs[0], much_later) == "" and not line.is_superseded(line.runs[1]), "it is not made yet"
    set_state(scope, "stored", much_later)
    [line], _ = seen(scope, much_later)
    assert [line.is_superseded(run) for run in line.runs] == [False, True]


def test_what_was_asked_for_by_hand_is_told_apart_from_what_was_due(scope: Scope) -> None:
    now = DUE + timedelta(days=1)
    lead = seen_by_lead(scope)
    run_id = report_runs.request(lead, "RIV", date(2026, 8, 1), now)
    report_runs.reconcile_network(scope, now)
    later = now + timedelta(days=20)
    october, august = seen(scope, later)[1]
    assert (august.due, august.made, august.by_hand) == (0, 0, {RunState.DUE: 1})
    assert counted_words(august) == "0 due; asked for by hand: 1 waiting"
    with reading(lead) as db:
        assert late_words(get_run(lead, db, run_id), later) == "", "nobody expected it at its due instant"
    report_holds.cancel(lead, run_id, now)
    october, august = seen(scope, later)[1]
    assert counted_words(august) == "0 due; asked for by hand: 1 cancelled"
    assert counted_words(october) == "1 due, 0 made, 1 waiting (1 overdue)"
    with reading(lead) as db:
        assert late_words(get_run(lead, db, run_id), later) == ""


def test_what_a_schedule_expects_is_due_also_where_somebody_asked_for_it_first(scope: Scope) -> None:
    run_id = report_runs.request(seen_by_lead(scope), "RIV", OCTOBER, DUE - timedelta(hours=1))
    assert counted_words(seen(scope, DUE - timedelta(minutes=1))[1][0]) == "0 due; asked for by hand: 1 waiting"
    an_hour_later = DUE + timedelta(hours=1)
    assert counted_words(seen(scope, an_hour_later)[1][0]) == "1 due, 0 made, 1 waiting (1 overdue)"
    report_holds.cancel(seen_by_lead(scope), run_id, DUE - timedelta(minutes=1))
    [line], _ = seen(scope, an_hour_later)
    assert line.late_by(an_hour_later) == timedelta(hours=1), "what was cancelled before is expected all the same"
    assert late_words(line.runs[0], an_hour_later) == ""


def test_months_before_the_schedule_are_waited_for_since_there_is_one(app: Flask) -> None:
    scope = reporting_network(NOW, sites=SITES[:1])
    assert counted_words(seen(scope, NOW)[1][0]) == "1 due, 0 made, 1 waiting"
    assert counted_words(seen(scope, NOW + timedelta(days=21))[1][0]) == "1 due, 0 made, 1 waiting (1 overdue)"
    report_runs.reconcile_network(scope, NOW)
    assert len(run_ids(scope)) == 1
    set_state(scope, "stored", NOW + timedelta(hours=3))
    for ends_on in (None, OCTOBER):  # what a schedule had made was due, also when it has ended since
        if ends_on:
            end_schedules(scope, ends_on)
        assert counted_words(seen(scope, NOW + timedelta(days=5))[1][0]) == "1 due, 1 made"
