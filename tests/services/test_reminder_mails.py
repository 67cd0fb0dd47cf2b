"""Mails about what ends, to a real server: to who answers for it, escalated to the manager, once a threshold whatever the outages."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network
from tests.conftest import NOW
from tests.delivering import person
from tests.mail_server import Postbox, mail_server
from webapp.domain.errors import BadInput, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.queries.reminders import fetch_ending_subjects, fetch_reminding
from webapp.services import accreditation, people, queued_work, reminder_mails, reminders
from webapp.services.mailing import NOT_SENT
from webapp.services.people import network_scope
from webapp.services.queued_work import Kind
from webapp.services.reminder_mails import REMINDER
from webapp.transactions import of_dispatcher, of_nobody, reading

KINDS = {REMINDER: Kind(reminder_mails.make, reminder_mails.note_failure)}


@pytest.fixture
def postbox(app: Flask) -> Iterator[Postbox]:
    """A mail server that the product is told of, and a queue with nothing else in it."""
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))
    box = Postbox()
    with mail_server(box) as url:
        app.config["MAIL_URL"], app.config["MAIL_TIMEOUT_SECONDS"] = url, 30.0
        yield box
        app.config["MAIL_URL"] = None
        del app.config["MAIL_TIMEOUT_SECONDS"]


@pytest.fixture
def officer(app: Flask) -> Scope:
    """RIV's programme ends in 100 days."""
    scope = accredited_network(NOW)
    entry = Entry(RecordEvent.GRANTED, date(2026, 1, 1), NOW.date() + timedelta(days=100), "")
    accreditation.record(scope, "RIV", "certified", entry, NOW)
    return person(network_scope(scope.network_id), Role.COMPLIANCE)


def address(who: Scope) -> str:
    with of_nobody() as db:
        statement = text("SELECT email FROM user_account WHERE id = :user")
        return str(db.execute(statement, {"user": who.user_id}).scalar_one())


def remind(scope: Scope, day: int) -> None:
    reminders.remind_network(network_scope(scope.network_id), NOW + timedelta(days=day))


def work() -> int:
    """Let everything be tried that waits, however long it would have to wait; returns how many were tried."""
    done = 0
    while queued_work.work_once(KINDS, None, lambda: NOW):
        done += 1
        with of_dispatcher() as db:
            db.execute(
                text("UPDATE run_queue SET next_attempt_at = now() - interval '1 second' WHERE state = 'waiting'")
            )
    return done


def states(scope: Scope) -> list[str]:
    with reading(network_scope(scope.network_id)) as db:
        return sorted(db.execute(text("SELECT state FROM reminder_mail")).scalars())


def subject_of(scope: Scope) -> str:
    with reading(scope) as db:
        return fetch_ending_subjects(scope, db, NOW.date() + timedelta(days=10))[0].subject


def own(scope: Scope, subject: str, user_id: UUID) -> None:
    reminders.make_responsible(scope, subject, user_id, NOW + timedelta(days=10))


def test_every_officer_is_written_to_where_nobody_answers_for_it(officer: Scope, postbox: Postbox) -> None:
    second = person(network_scope(officer.network_id), Role.COMPLIANCE)
    manager = person(network_scope(officer.network_id), Role.MANAGER)
    for role in (Role.VIEWER, Role.SITE_LEAD):
        person(network_scope(officer.network_id), role)
    remind(officer, 10)
    assert work() == 2
    assert set(postbox.recipients) == {address(officer), address(second)}
    remind(officer, 93)
    assert work() == 3
    assert set(postbox.recipients[2:]) == {address(officer), address(second), address(manager)}


def test_a_mail_brings_a_link_and_no_name(officer: Scope, postbox: Postbox, app: Flask) -> None:
    remind(officer, 10)
    work()
    [mail] = postbox.mails
    words = mail.get_content()
    assert "ends within 90 days" in words and f"{app.config['BASE_URL']}/reminders" in words
    assert not [name for name in ("RIV", "Riverside", "Certified", "Tidewater") if name in words + str(mail["Subject"])]


def test_who_answers_for_it_is_written_to_in_the_officers_place(officer: Scope, postbox: Postbox) -> None:
    owner = person(network_scope(officer.network_id), Role.MANAGER)
    own(officer, subject_of(officer), owner.user_id)
    remind(officer, 10)
    work()
    assert postbox.recipients == [address(owner)]
    with reading(officer) as db:
        (line,) = fetch_reminding(officer, db, NOW.date() + timedelta(days=10))
    assert (line.responsible, line.mailed) == ("Test manager", 1)
    people.deactivate(owner.user_id)
    remind(officer, 40)
    work()
    assert postbox.recipients[1:] == [address(officer)]
    with reading(officer) as db:
        (line,) = fetch_reminding(officer, db, NOW.date() + timedelta(days=40))
    assert line.responsible is None


def test_an_address_that_is_none_ends_at_once_in_its_own_words(officer: Scope, postbox: Postbox) -> None:
    with of_nobody() as db:
        db.execute(
            text("UPDATE user_account SET email = 'nowhere to write to' WHERE id = :user"), {"user": officer.user_id}
        )
    remind(officer, 10)
    assert (work(), postbox.mails) == (1, [])
    with reading(network_scope(officer.network_id)) as db:
        [(state, reason)] = db.execute(text("SELECT state, reason FROM reminder_mail")).all()
    assert (state, reason) == ("failed", f"This person's e-mail address cannot be written to. {NOT_SENT}")


def test_each_threshold_is_written_about_once_whatever_the_outages(officer: Scope, postbox: Postbox) -> None:
    for day in (75, 75, 80):  # no bell rang for the first: it is not made up for
        remind(officer, day)
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))  # and the queue is lost
    remind(officer, 81)
    assert work() == 1
    remind(officer, 82)
    assert work() == 0
    assert (len(postbox.mails), states(officer)) == (1, ["delivered"])


def test_a_server_that_comes_back_gets_it_once_and_one_that_says_nothing_twice_at_most(
    officer: Scope, postbox: Postbox
) -> None:
    remind(officer, 10)
    postbox.answer, postbox.kept = "451 Later", False
    assert queued_work.work_once(KINDS, None, lambda: NOW)
    assert states(officer) == ["waiting"]
    postbox.answer, postbox.kept = "250 Taken", True
    with of_dispatcher() as db:
        db.execute(text("UPDATE run_queue SET next_attempt_at = now()"))
    assert work() == 1 and len(postbox.mails) == 1
    remind(officer, 40)
    postbox.breaks_off = True
    work()
    assert (len(postbox.mails), states(officer)) == (3, ["delivered", "failed"])
    assert len({mail["Message-ID"] for mail in postbox.mails}) == 2


def test_who_left_meanwhile_is_not_written_to(officer: Scope, postbox: Postbox) -> None:
    remind(officer, 10)
    people.deactivate(officer.user_id)
    work()
    assert (postbox.mails, states(officer)) == ([], ["not_sent"])


def test_without_a_mail_server_the_reminder_stands_alone(officer: Scope, app: Flask) -> None:
    app.config["MAIL_URL"] = None
    remind(officer, 10)
    assert states(officer) == []


def test_only_the_officer_says_who_answers_and_only_for_what_ends(officer: Scope, app: Flask) -> None:
    subject = subject_of(officer)
    viewer = person(network_scope(officer.network_id), Role.VIEWER)
    with pytest.raises(BadInput, match="Choose a compliance officer or a manager"):
        own(officer, subject, viewer.user_id)
    with pytest.raises(NotFound):
        own(officer, "accreditation nothing", officer.user_id)
    with pytest.raises(NotAllowed):
        own(person(network_scope(officer.network_id), Role.MANAGER), subject, officer.user_id)
    elsewhere = person(
        network_scope(
            accredited_network(
                NOW,
            ).network_id
        ),
        Role.COMPLIANCE,
    )
    with pytest.raises(BadInput):
        own(officer, subject, elsewhere.user_id)
