"""The pages about schedules and single reports: forms with their refusals, release, cancel, legal hold, unread marks."""

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import NOW
from tests.delivering import ask_for, person
from tests.making import PASSWORD, make_user
from tests.reporting import KINDS, OCTOBER, audited, reporting_network, site_ids
from tests.signing_in import sign_in, signed_in, token_of
from webapp.artifacts import file_store
from webapp.domain.errors import NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import deliveries, queued_work, report_runs, retention, schedules
from webapp.transactions import of_nobody, reading, unit_of_work

FORM = {
    "name": "Every Monday",
    "kind": "course_due",
    "cadence": "weekly",
    "due_day": "1",
    "due_time": "07:30",
    "starts_on": "2026-11-02",
    "covers": "network",
    "hold_days": "3",
}


@pytest.fixture(scope="module")
def scope(session_app: Flask) -> Scope:
    """Two October reports: Riverside's is made and given out, Northgate's is held."""
    with session_app.app_context():
        made = reporting_network(NOW)
        boss = person(made, Role.MANAGER)
        ask_for(boss, boss, name="For the boss")
        with unit_of_work(made) as db:
            db.execute(text("UPDATE schedule SET ends_on = starts_on WHERE name = 'Monthly report'"))
            db.execute(
                text(
                    "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                    " VALUES (:network, :site, '2026-10-01', '2026-11-01', 10, now(), :by)"
                ),
                {"network": made.network_id, "site": site_ids(made)["NGT"], "by": uuid4()},
            )
        report_runs.reconcile_network(made, NOW - timedelta(days=20))
        assert queued_work.work_once(KINDS, run_of(made, "RIV"), lambda: NOW)
    return made


def run_of(scope: Scope, code: str) -> UUID:
    statement = (
        "SELECT r.id FROM report_run r JOIN site s ON s.id = r.site_id JOIN schedule c ON c.id = r.schedule_id"
        " WHERE s.code = :code AND r.period_start = :start AND c.name IN ('For the boss', 'Monthly report')"
    )
    with reading(scope) as db:
        found: UUID = db.execute(text(statement), {"code": code, "start": OCTOBER}).scalar_one()
        return found


def found(app: Flask, scope: Scope, code: str) -> UUID:
    with app.app_context():
        return run_of(scope, code)


def posted(client: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    """Send a form as its page would; the status, and the page that one ends up on."""
    token = token_of(client.get("/reports").text)
    answer = client.post(path, data={**form, "csrf_token": token}, follow_redirects=True)
    return answer.status_code, answer.text


def boss_of(app: Flask, scope: Scope) -> FlaskClient:
    """The manager who set the schedule up and receives its reports."""
    with app.app_context():
        with reading(scope) as db:
            owner = db.execute(text("SELECT created_by FROM schedule WHERE name = 'For the boss'")).scalar_one()
        with of_nobody() as db:
            email = db.execute(text("SELECT email FROM user_account WHERE id = :id"), {"id": owner}).scalar_one()
    return sign_in(app, email)


def test_one_screen_says_what_was_due_and_what_became_of_it(app: Flask, scope: Scope) -> None:
    page = boss_of(app, scope).get("/reports?month=2026-10").text
    assert "2 due, 1 delivered, 1 held: Northgate 60 % complete" in page
    assert '<span class="tag accent">New</span>' in page
    assert re.search(r'Reports\s*<span class="count">1', page)
    assert f"/reports/{found(app, scope, 'NGT')}/release" in page


def test_the_page_of_a_report_shows_what_it_says_and_to_whom_it_went(app: Flask, scope: Scope) -> None:
    run_id = found(app, scope, "RIV")
    client = boss_of(app, scope)
    page = client.get(f"/reports/{run_id}")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "What became of the month" in page.text
    assert "To whom it went" in page.text
    assert "Test manager" in page.text
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    seen = lead.get(f"/reports/{run_id}").text
    assert "What became of the month" in seen
    assert "To whom it went" not in seen
    assert "Test manager" not in seen
    assert lead.get(f"/reports/{found(app, scope, 'NGT')}").status_code == 404
    assert audited(app, scope, str(run_id)).count(("open a report", "done")) == 2


def test_the_unread_mark_goes_by_a_form_and_not_by_looking(app: Flask, scope: Scope) -> None:
    run_id = found(app, scope, "RIV")
    client = boss_of(app, scope)
    for _ in range(2):
        assert "Mark as read" in client.get(f"/reports/{run_id}").text
    assert client.post(f"/reports/{run_id}/seen").status_code == 400
    assert "Mark as read" not in posted(client, f"/reports/{run_id}/seen")[1]


def test_a_legal_hold_is_set_by_whoever_sees_the_whole_network_and_keeps_files_past_their_time(
    app: Flask, scope: Scope
) -> None:
    run_id = found(app, scope, "RIV")
    lead, officer = signed_in(app, scope, Role.SITE_LEAD, "RIV"), signed_in(app, scope, Role.COMPLIANCE)
    assert posted(lead, f"/reports/{run_id}/legal-hold", held="yes")[0] == 404
    with app.app_context(), pytest.raises(NotAllowed):
        retention.set_legal_hold(person(scope, Role.SITE_LEAD, "RIV"), run_id, True, NOW)
    assert posted(officer, f"/reports/{run_id}/legal-hold", held="yes")[0] == 404, (
        "a site's report is not theirs to read"
    )
    client = boss_of(app, scope)
    assert "Under legal hold" in posted(client, f"/reports/{run_id}/legal-hold", held="yes")[1]
    much_later = NOW.replace(year=2034)
    with app.app_context():
        assert retention.remove_expired_network(scope, much_later) == 0
    assert client.get(f"/reports/{run_id}/pdf").status_code == 200
    assert "is lifted" in posted(client, f"/reports/{run_id}/legal-hold", held="no")[1]


def test_after_their_time_files_go_and_the_ledger_says_when(app: Flask) -> None:
    with app.app_context():
        scope = reporting_network(NOW)
        report_runs.reconcile_network(scope, NOW)
        run_id = run_of(scope, "RIV")
        assert queued_work.work_once(KINDS, run_id, lambda: NOW)
        with reading(scope) as db:
            names = list(db.execute(text("SELECT stored_name FROM artifact")).scalars())
        almost, over = NOW.replace(year=2033), NOW.replace(year=2033) + timedelta(days=1)
        assert retention.remove_expired_network(scope, almost) == 0
        assert all(file_store().path(name).is_file() for name in names)
        assert retention.remove_expired_network(scope, over) == 1
        assert retention.remove_expired_network(scope, over) == 0
        assert not any(file_store().path(name).exists() for name in names)
        with reading(scope) as db:
            kept = db.execute(
                text("SELECT content_hash, document, state FROM report_run WHERE id = :id"), {"id": run_id}
            )
            assert [(len(row[0]), *row[1:]) for row in kept] == [(64, None, "stored")]
    client = signed_in(app, scope, Role.MANAGER)
    assert "removed 23 Nov 2033" in client.get("/reports?month=2026-10").text
    refused = client.get(f"/reports/{run_id}/pdf")
    assert refused.status_code == 404
    assert "were removed on 23 Nov 2033" in refused.text
    assert "its files were removed on 23 Nov 2033" in client.get(f"/reports/{run_id}").text


def test_a_failed_report_is_tried_again_from_its_page(app: Flask) -> None:
    with app.app_context():
        scope = reporting_network(NOW)
        report_runs.reconcile_network(scope, NOW)
        run_id = run_of(scope, "RIV")
        with unit_of_work(scope) as db:
            said = {"run": run_id, "reason": "The store is full. Attempt 5 of 5; reference 12ab."}
            db.execute(
                text("UPDATE report_run SET state = 'failed', attempts = 5, reason = :reason WHERE id = :run"), said
            )
    path = f"/reports/{run_id}/try-again"
    officer, other = signed_in(app, scope, Role.COMPLIANCE), signed_in(app, scope, Role.SITE_LEAD, "NGT")
    for address in (f"/reports/{run_id}", f"/reports/{run_id}/csv", f"/reports/{run_id}/compare"):
        assert officer.get(address).status_code == 404, "side effects and courses of a site, however few"
    listed = officer.get("/reports?month=2026-10").text
    assert str(run_id) not in listed and "A compliance report appears here once a schedule asks for it" in listed
    assert (posted(officer, path)[0], posted(other, path)[0]) == (404, 404)
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    assert path in lead.get("/reports").text
    page = lead.get(f"/reports/{run_id}").text
    assert path in page and "12ab. It is not tried again by itself. Try it again once the cause is mended" in page
    assert lead.post(path).status_code == 400, "without its token"
    status, page = posted(lead, path)
    assert (status, "being tried again" in page, "Due, waiting for a worker" in page) == (200, True, True)
    assert posted(lead, path)[0] == 409
    assert ("try a failed report again", "done") in audited(app, scope, str(run_id))


def test_a_schedule_is_set_up_changed_and_ended_on_its_page(app: Flask, scope: Scope) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    assert 'value="2026-10-01"' in client.get("/reports/schedules/new").text
    status, page = posted(client, "/reports/schedules", **FORM)
    assert status == 200
    assert "Every Monday" in page
    assert "Monday of the week after, 07:30" in page
    address = re.search(r'href="(/reports/schedules/[0-9a-f-]{36})">Every Monday', page)
    assert address is not None
    assert "Courses due, every week" in client.get(address[1]).text
    status, page = posted(client, address[1], **{**FORM, "due_day": "3", "kind": "network_month", "name": "Wednesdays"})
    assert "Wednesday of the week after" in page
    assert "earlier reports stay as they are" in page
    newer = re.search(r'href="(/reports/schedules/[0-9a-f-]{36})">Wednesdays', page)
    assert newer is not None
    assert newer[1] != address[1]
    status, page = posted(client, f"{newer[1]}/end")
    assert "has ended" in page
    assert posted(client, f"{newer[1]}/end")[0] == 409
    with app.app_context(), reading(scope) as db:
        told = set(db.execute(text("SELECT action FROM audit_event WHERE action LIKE '%a schedule'")).scalars())
    assert told == {"set up a schedule", "change a schedule", "end a schedule"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"due_day": "9"}, "a day of the week"),
        ({"due_day": "x"}, "as a whole number"),
        ({"due_time": "25:00"}, "Give the time of day"),
        ({"starts_on": "soon"}, "Give a day of the first period"),
        ({"covers": "sites"}, "Choose at least one site"),
        ({"covers": "sites", "sites": "nonsense"}, "choose again"),
        ({"recipients": "00000000-0000-0000-0000-000000000009"}, "not a member"),
        ({"kind": "everything"}, "Choose what is reported"),
        ({"name": "<script>alert(1)</script>", "due_day": "0"}, "a day of the week"),
    ],
)
def test_a_form_that_cannot_be_meant_comes_back_with_the_sentence(
    app: Flask, scope: Scope, wrong: dict[str, str], said: str
) -> None:
    client = signed_in(app, scope, Role.MANAGER)
    status, page = posted(client, "/reports/schedules", **{**FORM, **wrong})
    assert status == 400
    assert said in page
    assert "07:30" in page or "due_time" in wrong
    assert "<script>alert" not in page


def test_the_officer_keeps_compliance_schedules_and_no_other(app: Flask, scope: Scope) -> None:
    officer = signed_in(app, scope, Role.COMPLIANCE)
    form = officer.get("/reports/schedules/new").text
    assert 'value="compliance_month"' in form
    assert 'value="site_month"' not in form
    assert posted(officer, "/reports/schedules", **FORM)[0] == 403
    monthly = {**FORM, "kind": "compliance_month", "cadence": "monthly", "zone": "UTC", "name": "Officer's"}
    assert posted(officer, "/reports/schedules", **monthly)[0] == 200
    with app.app_context(), reading(scope) as db:
        other = db.execute(text("SELECT id FROM schedule WHERE name = 'For the boss'")).scalar_one()
    assert posted(officer, f"/reports/schedules/{other}/end")[0] == 403
    assert 'type="submit">Change it' not in officer.get(f"/reports/schedules/{other}").text
    for role, *sites in ((Role.SITE_LEAD, "RIV"), (Role.VIEWER,)):
        assert signed_in(app, scope, Role(role), *sites).get("/reports/schedules").status_code == 404


def test_a_foreign_schedule_reads_like_one_that_is_not_there(app: Flask, scope: Scope) -> None:
    with app.app_context():
        other = reporting_network(NOW)
        with reading(other) as db:
            foreign = db.execute(text("SELECT id FROM schedule")).scalar_one()
    client = signed_in(app, scope, Role.MANAGER)
    pages = [client.get(f"/reports/schedules/{each}") for each in (foreign, uuid4())]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", page.text) for page in pages}) == 1
    for path in ("", "/end"):
        assert posted(client, f"/reports/schedules/{foreign}{path}", **FORM)[0] == 404


def test_what_could_not_be_sent_is_told_to_whoever_set_the_schedule_up(app: Flask, scope: Scope) -> None:
    with app.app_context():
        owner = make_user(scope, Role.MANAGER, NOW)
        with of_nobody() as db:
            user_id = db.execute(
                text("SELECT id FROM user_account WHERE email = :email"), {"email": owner}
            ).scalar_one()
        boss = Scope(scope.network_id, user_id, Role.MANAGER, frozenset(site_ids(scope).values()), whole_network=True)
        moved = person(scope, Role.SITE_LEAD, "RIV")
        september = replace(
            schedules.monthly(date(2026, 9, 1)), recipients=frozenset({moved.user_id}), name="September"
        )
        schedule_id = schedules.set_up(boss, september, NOW)
        schedules.end(boss, schedule_id, NOW)
        with unit_of_work(scope) as db:
            db.execute(text("DELETE FROM membership_site WHERE user_id = :user"), {"user": moved.user_id})
        report_runs.reconcile_network(scope, NOW - timedelta(days=20))
        with unit_of_work(scope) as db:
            db.execute(
                text("UPDATE report_run SET state = 'stored', stored_at = :now WHERE schedule_id = :id"),
                {"now": NOW, "id": schedule_id},
            )
            db.execute(text("DELETE FROM schedule_recipient WHERE user_id <> :user"), {"user": moved.user_id})
        deliveries.distribute_network(scope, NOW)
    client = sign_in(app, owner)
    page = client.get("/reports").text
    assert "Not sent, from schedules that you answer for" in page
    assert "September, Riverside" in page
    assert "No longer sees this site." in page
    assert "Not sent, from schedules" not in signed_in(app, scope, Role.MANAGER).get("/reports").text
    assert PASSWORD not in page
    assert "more, which are listed" not in page
    with app.app_context(), unit_of_work(scope) as db:
        # As if it had been tried by many channels more.
        again = text(
            "INSERT INTO delivery (network_id, id, run_id, site_id, user_id, channel, state, reason, at, attempts, doubtful)"
            " SELECT network_id, gen_random_uuid(), run_id, site_id, user_id, 'mail ' || n, state, reason, at, attempts, doubtful"
            " FROM (SELECT * FROM delivery WHERE network_id = :network AND user_id = :user LIMIT 1) d, generate_series(1, 52) n"
        )
        db.execute(again, {"network": scope.network_id, "user": moved.user_id})
    left = page.count("No longer sees this site.") + 2
    for listed, rest in ((50, f"And {left} more"), (left, "")):
        page = client.get("/reports").text
        shown = re.findall(r'name="shown" value="([^"]+)"', page)
        assert len(shown) == page.count("No longer sees this site.") == listed
        assert rest in page
        assert ("more, which are listed" in page) == bool(rest)
        assert re.search(rf'Reports\s*<span class="count">{50 + left if rest else left}<', page)
        assert posted(client, "/reports/told", shown="no id at all")[0] == 200
        assert posted(client, "/reports/told", shown=shown)[0] == 200
    assert "Not sent, from schedules" not in client.get("/reports").text


def test_a_site_lead_releases_the_held_report_of_their_site(app: Flask, scope: Scope) -> None:
    """Last, since it changes what the others look at."""
    run_id = found(app, scope, "NGT")
    assert posted(signed_in(app, scope, Role.SITE_LEAD, "RIV"), f"/reports/{run_id}/release")[0] == 404
    assert posted(signed_in(app, scope, Role.VIEWER), f"/reports/{run_id}/release")[0] == 404
    client = signed_in(app, scope, Role.SITE_LEAD, "NGT")
    assert "60.0 % of 10 expected sessions received" in client.get(f"/reports/{run_id}").text
    status, page = posted(client, f"/reports/{run_id}/release")
    assert status == 200
    assert "Released" in page
    assert posted(client, f"/reports/{run_id}/release")[0] == 409
    assert posted(client, f"/reports/{run_id}/cancel")[0] == 409
