"""Reports asked for before they are due: the schedule takes them over in time, and its recipients get what they should, once."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.delivering import ask_for, given, person
from tests.making import store
from tests.reporting import KINDS, OCTOBER, clock, expect, ledger, run_ids, sessions, with_its_sites
from webapp.domain.errors import Conflict
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role, RunState
from webapp.presentation.report_document import from_json
from webapp.queries.report_expectation import count_by_month, fetch_ledger
from webapp.queries.report_ledger import get_kept_document, get_run
from webapp.queries.unmet_reports import AskedFor
from webapp.services import deliveries, queued_work, report_entry, report_holds, report_runs
from webapp.transactions import reading, unit_of_work
from webapp.views.report_words import counted_words

EARLY = datetime(2026, 11, 10, 12, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""An hour after six in New York, and before six in Los Angeles."""


@pytest.fixture
def people(quiet: Scope) -> tuple[Scope, Scope, Scope]:
    """A manager and a lead who are sent the reports on the 20th, and another lead who asks for one."""
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, boss, lead, due_day=20)
    return boss, lead, person(quiet, Role.SITE_LEAD, "RIV")


def ring(scope: Scope, now: datetime) -> None:
    """As the bell does, as far as it is about whose a report is."""
    report_runs.reconcile_network(scope, now)
    deliveries.distribute_network(scope, now)


def put(scope: Scope, run_id: UUID, state: str) -> None:
    """Let a run stand in that state, without the cost of drawing it."""
    with unit_of_work(scope) as db:
        db.execute(
            text("UPDATE report_run SET state = :state, stored_at = :now WHERE id = :run"),
            {"state": state, "now": EARLY, "run": run_id},
        )


def asked_early(scope: Scope, asker: Scope) -> UUID:
    """Riverside's October, made and given to whoever asked for it ten days before it is due."""
    run_id = report_runs.request(asker, "RIV", OCTOBER, EARLY)
    put(scope, run_id, "stored")
    ring(scope, EARLY)
    return run_id


def issues(scope: Scope) -> list[tuple[int, str]]:
    return [(issue, state) for code, _, issue, state in ledger(scope) if code == "RIV"]


def given_of(scope: Scope, run_id: UUID) -> set[UUID]:
    with reading(scope) as db:
        statement = "SELECT user_id FROM delivery WHERE run_id = :run AND channel = 'app' AND state = 'delivered'"
        return set(db.execute(text(statement), {"run": run_id}).scalars())


def test_once_it_is_due_it_goes_to_the_recipients_too(quiet: Scope, people: tuple[Scope, Scope, Scope]) -> None:
    boss, lead, asker = people
    run_id = asked_early(quiet, asker)
    ring(quiet, DUE - timedelta(hours=2))
    assert given_of(quiet, run_id) == {asker.user_id}
    for minute in range(3):
        ring(quiet, DUE + timedelta(minutes=minute))
    assert given_of(quiet, run_id) == {asker.user_id, boss.user_id, lead.user_id}
    assert issues(quiet) == [(1, "delivered")]


def test_whoever_asked_and_is_a_recipient_has_it_once_and_a_mail_once_it_is_due(
    quiet: Scope, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:9")
    boss = person(quiet, Role.MANAGER)
    ask_for(boss, boss, due_day=20, mail=True)
    asked_early(quiet, boss)
    assert given(quiet, "mail") == {}
    for minute in range(2):
        ring(quiet, DUE + timedelta(minutes=minute))
    assert given(quiet) == {(boss.user_id, "RIV"): ("delivered", None)}
    assert given(quiet, "mail") == {(boss.user_id, "RIV"): ("waiting", None)}


def test_of_incomplete_data_the_recipients_get_a_held_further_issue(
    quiet: Scope, people: tuple[Scope, Scope, Scope]
) -> None:
    boss, lead, asker = people
    expect(quiet, "RIV", 10)
    first = report_runs.request(asker, "RIV", OCTOBER, EARLY)
    assert queued_work.work_once(KINDS, first, clock)
    ring(quiet, DUE)
    assert issues(quiet) == [(1, "stored"), (2, "held")]
    assert given_of(quiet, first) == {asker.user_id}
    owner = with_its_sites(quiet)
    with reading(owner) as db:
        [month] = count_by_month(fetch_ledger(owner, db, DUE), DUE)
        second = run_ids(quiet)[1]
        assert (get_run(owner, db, second).reason or "").startswith("60.0 % of 10 expected sessions received")
    assert counted_words(month) == "1 due, 0 made, 1 held: Riverside 60 % complete"
    store(quiet, {"sessions": sessions("RIV", date(2026, 10, 4), 9)}, DUE)
    ring(quiet, DUE + timedelta(days=1))
    assert queued_work.work_once(KINDS, second, clock)
    assert issues(quiet) == [(1, "stored"), (2, "delivered")]
    assert given_of(quiet, second) == {boss.user_id, lead.user_id, asker.user_id}
    with reading(owner) as db:
        told = from_json(get_kept_document(owner, db, second)).changes
    assert "Sessions delivered: 6 before, 9 now." in told


def test_after_the_deadline_incomplete_data_hold_nothing_back(quiet: Scope, people: tuple[Scope, Scope, Scope]) -> None:
    boss, lead, asker = people
    expect(quiet, "RIV", 10)
    run_id = asked_early(quiet, asker)
    ring(quiet, DUE + timedelta(days=6))
    assert issues(quiet) == [(1, "delivered")]
    assert given_of(quiet, run_id) == {boss.user_id, lead.user_id, asker.user_id}


@pytest.mark.parametrize("ended", ["failed", "cancelled"])
def test_what_came_to_nothing_before_is_the_schedules_own_once_it_is_due(
    quiet: Scope, people: tuple[Scope, Scope, Scope], ended: str
) -> None:
    run_id = report_runs.request(people[2], "RIV", OCTOBER, EARLY)
    put(quiet, run_id, ended)
    ring(quiet, EARLY)
    assert issues(quiet) == [(1, ended)]
    ring(quiet, DUE)
    assert issues(quiet) == [(1, "due")]
    with pytest.raises(Conflict, match="due by its schedule"):
        report_holds.cancel(people[2], run_id, DUE)
    put(quiet, run_id, "failed")
    ring(quiet, DUE)
    assert issues(quiet) == [(1, "failed")], "what the schedule had itself is not tried for ever"


def test_what_is_being_made_when_it_falls_due_is_left_to_its_worker_first(
    quiet: Scope, people: tuple[Scope, Scope, Scope]
) -> None:
    boss, lead, asker = people
    run_id = report_runs.request(asker, "RIV", OCTOBER, EARLY)
    put(quiet, run_id, "running")
    ring(quiet, DUE)
    assert issues(quiet) == [(1, "running")]
    put(quiet, run_id, "stored")
    for minute in range(2):
        ring(quiet, DUE + timedelta(minutes=minute))
    assert given_of(quiet, run_id) == {boss.user_id, lead.user_id, asker.user_id}


def test_an_early_report_that_newer_data_change_before_it_is_due_goes_out_as_its_newest_issue(
    quiet: Scope, people: tuple[Scope, Scope, Scope]
) -> None:
    boss, lead, asker = people
    first = asked_early(quiet, asker)
    with unit_of_work(quiet) as db:
        second = report_entry.enter_next_issue(quiet, db, first, EARLY, requested_by=quiet.user_id)
    assert second is not None
    put(quiet, second, "stored")
    ring(quiet, EARLY)
    assert given_of(quiet, second) == {asker.user_id}, "it is not due yet"
    ring(quiet, DUE)
    assert given_of(quiet, second) == {boss.user_id, lead.user_id, asker.user_id}
    assert given_of(quiet, first) == {asker.user_id}


def whose(scope: Scope, run_id: UUID) -> tuple[object, ...]:
    """Where a run stands, who asked for it, and when it was given out."""
    with reading(scope) as db:
        statement = "SELECT state, requested_by, distributed_at FROM report_run WHERE id = :run"
        return tuple(db.execute(text(statement), {"run": run_id}).one())


def test_what_moved_on_since_it_was_looked_at_is_left_until_the_next_time(
    quiet: Scope, people: tuple[Scope, Scope, Scope]
) -> None:
    """Whether it was looked at too early to be anybody's turn, or somebody has been at it since."""
    run_id = report_runs.request(people[2], "RIV", OCTOBER, EARLY)
    for looked_at, stands in (
        (RunState.FAILED, "running"),
        (RunState.STORED, "running"),
        (RunState.RUNNING, "failed"),
        (RunState.RUNNING, "stored"),
    ):
        put(quiet, run_id, stands)
        with unit_of_work(quiet) as db:
            assert report_entry.take_over(quiet, db, [AskedFor(run_id, looked_at, is_given=True)], DUE) == []
        assert whose(quiet, run_id) == (stands, people[2].user_id, None)


@pytest.mark.parametrize("stands", ["stored", "delivered"])
def test_what_is_gone_or_was_delivered_is_not_given_out_once_more(
    quiet: Scope, people: tuple[Scope, Scope, Scope], stands: str
) -> None:
    """It is the schedule's own all the same. Of what is gone there is no file that anybody could be sent."""
    run_id = asked_early(quiet, people[2])
    with unit_of_work(quiet) as db:
        gone = EARLY if stands == "stored" else None
        db.execute(
            text("UPDATE report_run SET state = :state, files_removed_at = :gone"), {"state": stands, "gone": gone}
        )
    for minute in range(2):
        ring(quiet, DUE + timedelta(minutes=minute))
    assert whose(quiet, run_id) == (stands, None, EARLY)
    assert given_of(quiet, run_id) == {people[2].user_id}


def test_an_issue_wanted_again_stays_the_schedules_own_else_it_is_of_whoever_wants_it_now(quiet: Scope) -> None:
    asker, other = person(quiet, Role.MANAGER).user_id, person(quiet, Role.SITE_LEAD, "RIV").user_id
    first = report_runs.request(with_its_sites(quiet), "RIV", OCTOBER, EARLY)
    for was, wants, becomes in ((None, other, None), (asker, other, other), (asker, None, None)):
        with unit_of_work(quiet) as db:
            report_entry.enter_next_issue(quiet, db, first, DUE, requested_by=asker)
            ended = "UPDATE report_run SET state = 'failed', requested_by = :was WHERE issue = 2"
            db.execute(text(ended), {"was": was})
            second = report_entry.enter_next_issue(quiet, db, first, DUE, requested_by=wants)
        assert second is not None and whose(quiet, second)[:2] == ("due", becomes)
        for lives in ("due", "running", "stored"):
            put(quiet, second, lives)
            with unit_of_work(quiet) as db:
                assert report_entry.enter_next_issue(quiet, db, first, DUE, requested_by=wants) is None
            assert whose(quiet, second)[:2] == (lives, becomes)
    with unit_of_work(quiet) as db:
        db.execute(text("UPDATE report_run SET requested_by = :other, state = 'due' WHERE issue = 2"), {"other": other})
    put(quiet, first, "stored")
    deliveries.distribute_network(quiet, DUE)
    assert given_of(quiet, first) == set(), "whoever asked for a later issue is given that one"


def test_what_somebody_asked_for_is_given_to_them_and_nothing_besides(
    quiet: Scope, people: tuple[Scope, Scope, Scope]
) -> None:
    """Also not another site's of the month or another month's of the site, which somebody else asked for."""
    asker, other = people[2], person(quiet, Role.MANAGER)
    wishes = ((asker, "RIV", OCTOBER), (other, "NGT", OCTOBER), (other, "RIV", date(2026, 9, 1)))
    asked = {report_runs.request(who, code, month, EARLY): who.user_id for who, code, month in wishes}
    for run_id in asked:
        put(quiet, run_id, "stored")
    deliveries.distribute_network(quiet, EARLY)
    assert {run_id: given_of(quiet, run_id) for run_id in asked} == {run_id: {who} for run_id, who in asked.items()}
