"""Mails about what ends: one a reminder and person, queued like any other work, claimed before it is sent and marked after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.domain.errors import BadInput
from webapp.domain.reminders import ESCALATED_FROM, READERS
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.mail_message import reminder_message
from webapp.queries.recipients import Recipient, fetch_recipients
from webapp.queries.reminders import fetch_owners
from webapp.services import outbox, people, run_queue
from webapp.services.mailing import NOT_SENT, TWICE_DOUBTFUL, MailTable, keep_failure, mark, row_of, send_and_mark
from webapp.services.run_queue import Claim
from webapp.transactions import reading, unit_of_work

REMINDER = "reminder"
TABLE: MailTable = "reminder_mail"


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mail as its worker takes it."""

    id: UUID
    user_id: UUID
    threshold: int
    was_doubtful: bool


def enter(scope: Scope, db: Session, reminder_id: UUID, subject: str, threshold: int, now: datetime) -> None:
    """Note, with the reminder itself, a mail for whoever answers for it, and from the last threshold on for the managers too.

    Where no mail server is named nothing is noted: the reminder stands in its list alone.
    """
    if not current_app.config.get("MAIL_URL"):
        return
    owner = fetch_owners(scope, db).get(subject)
    told = addressees(fetch_recipients(scope, db, now), owner, threshold)
    mails = [(uuid4(), person.user_id) for person in told]
    for mail_id, user_id in mails:
        db.execute(
            text(
                "INSERT INTO reminder_mail (network_id, id, reminder_id, user_id, state, at, attempts, doubtful)"
                " VALUES (:network, :id, :reminder, :user, 'waiting', :now, 0, false)"
            ),
            {"network": scope.network_id, "id": mail_id, "reminder": reminder_id, "user": user_id, "now": now},
        )
    queued = [mail_id for mail_id, _ in mails]
    run_queue.enter(scope, db, REMINDER, queued)
    outbox.ring(scope, db, queued, now)


def addressees(members: Sequence[Recipient], owner: UUID | None, threshold: int) -> list[Recipient]:
    """Who is written to: the owner, or every officer where there is none (any more); the managers once it is escalated."""
    owning = [one for one in members if one.user_id == owner and one.role in READERS]
    told = owning or [one for one in members if one.role is Role.COMPLIANCE]
    managers = [one for one in members if one.role is Role.MANAGER] if threshold <= ESCALATED_FROM else []
    return list({one.user_id: one for one in (*told, *managers)}.values())


def queue_unsent(scope: Scope) -> None:
    """Queue what waits to be sent, whatever became of the queue."""
    with unit_of_work(scope) as db:
        statement = "SELECT id FROM reminder_mail WHERE network_id = :network AND state IN ('waiting', 'sending') ORDER BY at, id"
        unsent = list(db.execute(text(statement), {"network": scope.network_id}).scalars())
        run_queue.enter(scope, db, REMINDER, unsent)
    run_queue.reopen(unsent)


def make(held: Claim, clock: Callable[[], datetime]) -> bool:
    """Send the claimed mail; False when nothing was left to send. Raises MailRefused, or LeaseLost as all queued work does."""
    scope = people.network_scope(held.network_id)
    mail = _take(scope, held)
    if mail is None:
        return False
    faults.reached("mail.1.claimed")
    if mail.was_doubtful:
        mark(scope, held, TABLE, "failed", clock(), TWICE_DOUBTFUL)
        return True
    with reading(scope) as db:
        members = fetch_recipients(scope, db, clock())
    person = next((one for one in members if one.user_id == mail.user_id and one.role in READERS), None)
    if person is None:
        mark(scope, held, TABLE, "not_sent", clock(), "No longer reminded in this network.")
        return True
    sender, link = str(current_app.config["MAIL_FROM"]), f"{current_app.config['BASE_URL']}/reminders"
    try:
        message = reminder_message(mail.id, sender, person.name, person.email, mail.threshold, link, clock())
    except BadInput as unwritable:
        mark(scope, held, TABLE, "failed", clock(), f"{unwritable} {NOT_SENT}")
        return True
    send_and_mark(scope, held, TABLE, message, clock)
    return True


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Keep why a mail was not sent; after the last attempt it has failed. The reminder stays in its list."""
    keep_failure(people.network_scope(held.network_id), held, TABLE, reason, final)


def _take(scope: Scope, held: Claim) -> _Mail | None:
    """Put the claim's token on the mail. One that was being sent when its worker vanished is doubtful, and so the second time."""
    with unit_of_work(scope) as db:
        row = db.execute(
            text(
                "UPDATE reminder_mail m SET state = 'sending', lease_token = :token, attempts = :attempts, reason = NULL,"
                " doubtful = was.doubtful OR was.state = 'sending' FROM reminder_mail was, reminder r"
                " WHERE m.network_id = :network AND m.id = :id AND m.state IN ('waiting', 'sending')"
                " AND (m.lease_token IS NULL OR m.lease_token < :token) AND was.network_id = m.network_id AND was.id = m.id"
                " AND r.network_id = m.network_id AND r.id = m.reminder_id"
                " RETURNING m.id, m.user_id, r.threshold, was.doubtful AND was.state = 'sending'"
            ),
            {**row_of(held), "attempts": held.attempts},
        ).one_or_none()
    return _Mail(*row) if row else None
