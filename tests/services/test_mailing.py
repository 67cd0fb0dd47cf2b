"""Mails to a real server: once each, retried within a bound, and with nothing in them that anybody typed into a header."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.delivering import ask_for, given, person, pretend_stored
from tests.mail_server import Postbox, mail_server
from tests.reporting import clock, lapse
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.recipients import fetch_recipients
from webapp.services import deliveries, mailing, queued_work, run_queue
from webapp.services.deliveries import MAIL
from webapp.services.queued_work import Kind
from webapp.transactions import of_dispatcher, of_nobody, reading, unit_of_work

KINDS = {MAIL: Kind(mailing.make, mailing.note_failure)}


@pytest.fixture
def postbox(app: Flask) -> Iterator[Postbox]:
    """A mail server that the product is told of."""
    box = Postbox()
    with mail_server(box) as url:
        app.config["MAIL_URL"], app.config["MAIL_TIMEOUT_SECONDS"] = url, 30.0
        yield box
        app.config["MAIL_URL"] = None
        del app.config["MAIL_TIMEOUT_SECONDS"]


@pytest.fixture
def lead(quiet: Scope, postbox: Postbox) -> Scope:  # the fixture of the deliveries' tests
    """A site lead to whom one mail is to go."""
    boss, lead = person(quiet, Role.MANAGER), person(quiet, Role.SITE_LEAD, "RIV")
    ask_for(boss, lead, mail=True)
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))
    pretend_stored(quiet)
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))
    deliveries.distribute_network(quiet, NOW)
    return lead


def work() -> int:
    """Let everything be tried that waits, however long it would have to wait; returns how many were tried."""
    done = 0
    while queued_work.work_once(KINDS, None, clock):
        done += 1
        with of_dispatcher() as db:
            db.execute(
                text("UPDATE run_queue SET next_attempt_at = now() - interval '1 second' WHERE state = 'waiting'")
            )
    return done


def mail_of(scope: Scope, who: Scope) -> tuple[str, str | None]:
    return given(scope, "mail")[who.user_id, "RIV"]


def delivery_id(scope: Scope) -> UUID:
    with reading(scope) as db:
        found: UUID = db.execute(text("SELECT id FROM delivery WHERE channel = 'mail'")).scalar_one()
        return found


def test_a_mail_brings_a_link_and_no_data(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    assert work() == 1
    assert mail_of(quiet, lead) == ("delivered", None)
    [mail] = postbox.mails
    body = mail.get_content()
    with reading(quiet) as db:
        run_id = db.execute(text("SELECT run_id FROM delivery WHERE channel = 'mail'")).scalar_one()
    assert f"/reports/{run_id}" in body
    assert "?" not in body.split("/reports/")[1].split()[0]
    for word in ("Riverside", "RIV", "Tidewater", "%"):
        assert word not in mail.as_string()
    assert postbox.recipients == [mail["To"].addresses[0].addr_spec]
    assert mail["Message-ID"] == f"<{delivery_id(quiet).hex}@localhost>"
    deliveries.distribute_network(quiet, NOW)
    assert work() == 0


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: everybody@example.org",
        "Eve\nSubject: other\n\nother body",
        'Eve" <eve@elsewhere.example>, "',
        "مريم العيادة \u202e\u0000",
        "=?utf-8?q?Eve=0D=0ABcc:_x@example.org?=",
        "E" * 300,
    ],
)
def test_no_name_can_add_a_header_or_a_recipient(quiet: Scope, lead: Scope, postbox: Postbox, name: str) -> None:
    with of_nobody() as db:
        db.execute(
            text("UPDATE user_account SET name = :name WHERE id = :user"),
            {"name": name.replace("\x00", ""), "user": lead.user_id},
        )
    work()
    [mail] = postbox.mails
    ours = ("From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted")
    assert sorted(mail.keys()) == sorted((*ours, "Content-Type", "Content-Transfer-Encoding", "MIME-Version"))
    assert len(mail["To"].addresses) == 1
    assert len(postbox.recipients) == 1


@pytest.mark.parametrize("address", ["eve@example.org\r\nBcc: x@example.org", "no address", "eve@ex ample.org"])
def test_an_address_that_is_none_is_not_written_to(quiet: Scope, lead: Scope, postbox: Postbox, address: str) -> None:
    with of_nobody() as db:
        db.execute(
            text("UPDATE user_account SET email = :email WHERE id = :user"), {"email": address, "user": lead.user_id}
        )
    assert work() == 1, "no further attempt could write to it either"
    assert postbox.mails == []
    said = f"This person's e-mail address cannot be written to. {mailing.NOT_SENT}"
    assert mail_of(quiet, lead) == ("failed", said)
    with reading(quiet) as db:
        assert db.execute(text("SELECT doubtful FROM delivery WHERE channel = 'mail'")).scalar_one() is False


def test_a_server_that_refuses_is_tried_five_times_and_the_report_stays(
    quiet: Scope, lead: Scope, postbox: Postbox
) -> None:
    postbox.answer, postbox.kept = "554 No mail for lead@secret.example", False
    assert work() == 5
    state, reason = mail_of(quiet, lead)
    assert state == "failed"
    assert reason is not None
    assert "answer 554" in reason
    assert "secret.example" not in reason
    assert given(quiet)[lead.user_id, "RIV"][0] == "delivered"


def test_a_server_that_comes_back_gets_the_mail_once(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    postbox.answer, postbox.kept = "451 Later", False
    assert queued_work.work_once(KINDS, None, clock)
    assert mail_of(quiet, lead)[0] == "waiting"
    postbox.answer, postbox.kept = "250 Taken", True
    with of_dispatcher() as db:
        db.execute(text("UPDATE run_queue SET next_attempt_at = now()"))
    assert work() == 1
    assert mail_of(quiet, lead) == ("delivered", None)
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("trouble", ["hangs", "breaks_off"])
def test_a_server_that_takes_a_mail_without_saying_so_gets_it_twice_at_most(
    app: Flask, quiet: Scope, lead: Scope, postbox: Postbox, trouble: str
) -> None:
    app.config["MAIL_TIMEOUT_SECONDS"] = 0.5
    setattr(postbox, trouble, True)
    assert work() == 3
    assert mail_of(quiet, lead) == ("failed", mailing.TWICE_DOUBTFUL)
    assert len(postbox.mails) == 2
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 1


def test_a_worker_that_dies_after_sending_sends_at_most_once_more(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    for _ in range(3):
        held = run_queue.claim()
        assert held is not None
        taken = mailing._take(quiet, held)
        assert taken is not None
        if not (taken.was_sending and taken.doubtful):
            with reading(quiet) as db:
                [who] = [one for one in fetch_recipients(quiet, db, NOW) if one.user_id == lead.user_id]
            mailing.send(mailing._message(taken, who, NOW))
        lapse(held.run_id)  # it dies here, before it could note that the mail was sent
    assert work() == 1
    assert mail_of(quiet, lead) == ("failed", mailing.TWICE_DOUBTFUL)
    assert len(postbox.mails) == 2
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 1


def test_one_that_wakes_after_its_lease_marks_nothing(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    zombie = run_queue.claim()
    assert zombie is not None
    lapse(zombie.run_id)
    assert work() == 1
    with pytest.raises(run_queue.LeaseLost):
        mailing.mark(quiet, zombie, mailing.TABLE, "failed", NOW, "late")
    mailing.note_failure(zombie, "late", final=True)
    assert mail_of(quiet, lead) == ("delivered", None)


def test_no_server_at_all_is_tried_within_the_bound(quiet: Scope, lead: Scope, postbox: Postbox, app: Flask) -> None:
    app.config["MAIL_URL"] = "smtp://127.0.0.1:9"
    assert work() == 5
    assert mail_of(quiet, lead)[0] == "failed"


def test_who_lost_access_between_the_report_and_the_mail_gets_none(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    with unit_of_work(quiet) as db:
        db.execute(text("DELETE FROM membership_site WHERE user_id = :user"), {"user": lead.user_id})
    work()
    assert mail_of(quiet, lead)[0] == "not_sent"
    assert postbox.mails == []


def test_a_lost_queue_loses_no_mail(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))
    deliveries.distribute_network(quiet, NOW)
    assert work() == 1
    assert len(postbox.mails) == 1


def test_a_server_that_duplicates_is_no_matter_of_ours(quiet: Scope, lead: Scope, postbox: Postbox) -> None:
    postbox.times = 2
    assert work() == 1
    first, second = postbox.mails
    assert first["Message-ID"] == second["Message-ID"]
