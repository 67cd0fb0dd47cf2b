"""Who is given a report, and who is not: each recipient's own reach at sending, once, and again at download."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.delivering import ask_for, given, person, pretend_stored
from tests.reporting import KINDS, OCTOBER, clock, ledger, run_ids, site_ids
from webapp.domain.errors import NotFound
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.report_ledger import fetch_runs, get_run
from webapp.queries.report_notices import count_unread, fetch_unsent
from webapp.services import deliveries, people, queued_work, report_entry, report_runs, schedules
from webapp.transactions import reading, unit_of_work


def test_each_recipient_is_given_what_lies_within_their_own_reach(quiet: Scope) -> None:
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, boss, lead)
    pretend_stored(quiet)
    assert deliveries.distribute_network(quiet, NOW) == 2
    assert given(quiet) == {
        (boss.user_id, "RIV"): ("delivered", None),
        (boss.user_id, "NGT"): ("delivered", None),
        (lead.user_id, "RIV"): ("delivered", None),
    }
    assert {state for *_, state in ledger(quiet)} == {"delivered"}
    with reading(quiet) as db:
        kept = db.execute(text("SELECT scope FROM delivery WHERE user_id = :user"), {"user": lead.user_id}).scalar_one()
    assert kept == {"role": "site_lead", "whole_network": False, "sites": [str(site_ids(quiet)["RIV"])]}


def test_a_report_of_the_network_goes_only_to_those_who_see_all_of_it(quiet: Scope) -> None:
    boss, officer = person(quiet, Role.MANAGER), person(quiet, Role.COMPLIANCE)
    former = person(quiet, Role.MANAGER)
    ask_for(boss, boss, officer, kind=ReportKind.COMPLIANCE)
    ask_for(boss, former)
    with unit_of_work(
        quiet
    ) as db:  # the officer has become a site lead of both sites since, the other manager one of none
        became = "UPDATE membership SET role = 'site_lead' WHERE user_id = ANY (:users)"
        db.execute(text(became), {"users": [officer.user_id, former.user_id]})
        for site_id in site_ids(quiet).values():
            db.execute(
                text("INSERT INTO membership_site (network_id, user_id, site_id) VALUES (:network, :user, :site)"),
                {"network": quiet.network_id, "user": officer.user_id, "site": site_id},
            )
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    found = given(quiet)
    assert found[boss.user_id, "network"][0] == "delivered"
    assert found[officer.user_id, "network"] == ("not_sent", "May no longer see all that the report holds.")
    lost = ("not_sent", "No longer sees this site.")
    assert [found[former.user_id, code] for code in ("RIV", "NGT")] == [lost, lost], (
        "every site was theirs when they were named"
    )


def test_lost_access_is_not_sent_and_the_schedules_owner_is_told(quiet: Scope) -> None:
    boss = person(quiet, Role.MANAGER)
    moved, gone, ended, over = (person(quiet, Role.SITE_LEAD, "RIV") for _ in range(4))
    officer = person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, moved, gone, ended, over, officer)
    with unit_of_work(quiet) as db:
        db.execute(text("UPDATE membership SET role = 'compliance' WHERE user_id = :user"), {"user": officer.user_id})
        db.execute(text("DELETE FROM membership_site WHERE user_id = :user"), {"user": moved.user_id})
        db.execute(text("UPDATE membership SET revoked_at = now() WHERE user_id = :user"), {"user": ended.user_id})
        over_on = {"user": over.user_id, "now": NOW}
        db.execute(text("UPDATE membership SET valid_until = :now WHERE user_id = :user"), over_on)
    people.deactivate(gone.user_id)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    found = given(quiet)
    assert {state for state, _ in found.values()} == {"not_sent"}
    assert {code for _, code in found} == {"RIV"}, "Northgate was never theirs, so nothing of it is said"
    assert found[moved.user_id, "RIV"][1] == "No longer sees this site."
    assert found[officer.user_id, "RIV"][1] == "May no longer see all that the report holds."
    for each in (gone, ended, over):
        assert "No longer a member" in str(found[each.user_id, "RIV"][1])
    assert {state for *_, state in ledger(quiet)} == {"stored"}
    stranger = person(quiet, Role.MANAGER)
    with reading(boss) as db:
        assert (count_unread(boss, db, NOW), count_unread(stranger, db, NOW)) == (5, 0)
        shown = [each.id for each in fetch_unsent(boss, db, NOW)]
    deliveries.mark_told(stranger, shown, NOW)
    deliveries.mark_told(boss, shown[1:], NOW)
    with reading(boss) as db:
        assert [each.id for each in fetch_unsent(boss, db, NOW)] == shown[:1], "what was not shown stays"
        assert count_unread(boss, db, NOW) == 1


@pytest.mark.parametrize("owned", ["by the product", "by somebody who is gone", "by somebody who is a lead now"])
def test_where_the_owner_cannot_be_told_all_who_keep_such_schedules_are(quiet: Scope, owned: str) -> None:
    boss, other, officer = (person(quiet, role) for role in (Role.MANAGER, Role.MANAGER, Role.COMPLIANCE))
    owner = quiet if owned == "by the product" else person(quiet, Role.MANAGER)
    moved = person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(owner, moved)
    with unit_of_work(quiet) as db:
        db.execute(text("DELETE FROM membership_site WHERE user_id = :user"), {"user": moved.user_id})
        if owned.endswith("lead now"):
            db.execute(text("UPDATE membership SET role = 'site_lead' WHERE user_id = :user"), {"user": owner.user_id})
    if owned.endswith("gone"):
        people.deactivate(owner.user_id)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)

    def told() -> list[int]:
        found = []
        for each in (boss, other, officer, moved):
            with reading(each) as db:
                found.append(len(fetch_unsent(each, db, NOW)))
                assert count_unread(each, db, NOW) == found[-1]
        return found

    assert told() == [1, 1, 0, 0]
    with reading(boss) as db:
        shown = [each.id for each in fetch_unsent(boss, db, NOW)]
    deliveries.mark_told(officer, shown, NOW)
    assert told() == [1, 1, 0, 0], "a compliance officer keeps no schedules of site reports"
    deliveries.mark_told(other, shown, NOW)
    assert told() == [0, 0, 0, 0]


def test_a_site_that_was_theirs_between_being_named_and_now_was_theirs(quiet: Scope) -> None:
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, lead)
    values = {"network": quiet.network_id, "user": lead.user_id, "site": site_ids(quiet)["NGT"]}
    gained = "INSERT INTO membership_site (network_id, user_id, site_id) VALUES (:network, :user, :site)"
    with unit_of_work(quiet) as db:
        db.execute(text(gained), values)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    assert given(quiet)[lead.user_id, "NGT"] == ("delivered", None)
    with unit_of_work(quiet) as db:
        db.execute(text("DELETE FROM membership_site WHERE user_id = :user AND site_id = :site"), values)
        further = report_entry.enter_next_issue(quiet, db, run_ids(quiet, "NGT")[0], NOW, requested_by=quiet.user_id)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    with reading(boss) as db:
        assert [(each.run_id, each.reason) for each in fetch_unsent(boss, db, NOW)] == [
            (further, "No longer sees this site.")
        ]


def test_however_many_give_out_each_has_it_once(quiet: Scope, app: Flask) -> None:
    boss = person(quiet, Role.MANAGER)
    ask_for(boss, boss)
    pretend_stored(quiet)

    def give(_: int) -> int:
        with app.app_context():
            return deliveries.distribute_network(quiet, NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(give, range(4)))
    deliveries.distribute_network(quiet, NOW)
    assert len(given(quiet)) == 2


def test_the_unread_mark_is_ones_own_and_goes_when_it_is_opened(quiet: Scope) -> None:
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, boss, lead)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    with reading(quiet) as db:
        run_id = db.execute(
            text("SELECT run_id FROM delivery WHERE user_id = :user"), {"user": lead.user_id}
        ).scalar_one()
    deliveries.mark_seen(lead, run_id, NOW)
    with reading(lead) as db:
        assert (count_unread(lead, db, NOW), get_run(lead, db, run_id).unread) == (0, False)
    with reading(boss) as db:
        assert (count_unread(boss, db, NOW), get_run(boss, db, run_id).unread) == (2, True)
        other = next(each for each in run_ids(quiet, "NGT"))
    with pytest.raises(NotFound):
        deliveries.mark_seen(lead, other, NOW)


def test_what_ones_role_may_no_longer_open_is_not_counted_as_unread(quiet: Scope) -> None:
    boss, gone = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, boss)
    ask_for(boss, boss, gone, kind=ReportKind.COURSES_DUE)
    people.deactivate(gone.user_id)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    officer = replace(boss, role=Role.COMPLIANCE)
    for seen, many in ((boss, 5), (officer, 0)):
        with reading(seen) as db:
            listed = sum(run.unread for run in fetch_runs(seen, db)) + len(fetch_unsent(seen, db, NOW))
            assert (count_unread(seen, db, NOW), listed) == (many, many)


def test_what_was_asked_for_by_hand_goes_to_whoever_asked(quiet: Scope) -> None:
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, boss)
    run_id = report_runs.request(lead, "RIV", OCTOBER.replace(month=9), NOW)
    assert queued_work.work_once(KINDS, run_id, clock)
    assert given(quiet) == {(lead.user_id, "RIV"): ("delivered", None)}


def test_no_mail_waits_where_no_mail_server_is_named(quiet: Scope) -> None:
    boss = person(quiet, Role.MANAGER)
    ask_for(boss, boss, mail=True)
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    assert given(quiet, "mail") == {}


def test_a_pending_report_goes_by_mail_if_the_schedule_says_so_that_runs_by_now(
    quiet: Scope, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:9")
    boss = person(quiet, Role.MANAGER)
    first = ask_for(boss, boss)
    mailed = replace(schedules.monthly(OCTOBER), due_day=3, mail=True, recipients=frozenset({boss.user_id}))
    second = schedules.change(boss, first, replace(mailed, due_day=2, mail=False), NOW)
    third = schedules.change(boss, second, mailed, NOW)
    assert len({first, second, third}) == 3
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    assert set(given(quiet, "mail")) == {(boss.user_id, "RIV"), (boss.user_id, "NGT")}


def test_a_changed_schedule_keeps_its_people(quiet: Scope) -> None:
    boss = person(quiet, Role.MANAGER)
    first = ask_for(boss, boss)
    second = schedules.change(boss, first, replace(schedules.monthly(OCTOBER), due_day=3, recipients=frozenset()), NOW)
    assert second != first
    pretend_stored(quiet)
    deliveries.distribute_network(quiet, NOW)
    assert given(quiet) == {}, "October is of the old terms, but goes to those who are named today: nobody"
