"""Mails about what ends: one a reminder and person, queued like any other work, claimed before it is sent and marked after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.reminders import ESCALATED_FROM, READERS
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.mail_message import reminder_message
from webapp.queries.recipients import Recipient, fetch_recipients
from webapp.queries.reminders import fetch_owners
from webapp.services import outbox, people, run_queue
from webapp.services.mailing import TWICE_DOUBTFUL, MailRefused, send
from webapp.services.run_queue import Claim, LeaseLost
from webapp.transactions import reading, unit_of_work

REMINDER = "reminder"


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
    if mail.was_doubtful:
        _mark(scope, held, "failed", clock(), TWICE_DOUBTFUL)
        return True
    with reading(scope) as db:
        members = fetch_recipients(scope, db, clock())
    person = next((one for one in members if one.user_id == mail.user_id and one.role in READERS), None)
    if person is None:
        _mark(scope, held, "not_sent", clock(), "No longer reminded in this network.")
        return True
    config = current_app.config
    link = f"{config['BASE_URL']}/reminders"
    try:
        send(
            reminder_message(
                mail.id, str(config["MAIL_FROM"]), person.name, person.email, mail.threshold, link, clock()
            )
        )
    except MailRefused as refused:
        if not refused.uncertain:
            _mark(scope, held, "waiting", clock(), str(refused))
        raise
    _mark(scope, held, "delivered", clock(), None)
    return True


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Keep why a mail was not sent; after the last attempt it has failed. The reminder stays in its list."""
    scope = people.network_scope(held.network_id)
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "UPDATE reminder_mail SET reason = :reason, attempts = :attempts,"
                " state = CASE WHEN :final THEN 'failed' ELSE state END WHERE network_id = :network AND id = :id"
                " AND (lease_token IS NULL OR lease_token <= :token) AND state IN ('waiting', 'sending')"
            ),
            {**_of(held), "reason": reason, "attempts": held.attempts, "final": final},
        )


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
            {**_of(held), "attempts": held.attempts},
        ).one_or_none()
    return _Mail(*row) if row else None


def _mark(scope: Scope, held: Claim, state: str, now: datetime, reason: str | None) -> None:
    with unit_of_work(scope) as db:
        marked = db.execute(
            text(
                "UPDATE reminder_mail SET state = :state, reason = :reason, at = :now WHERE network_id = :network AND id = :id"
                " AND lease_token = :token AND state = 'sending' RETURNING id"
            ),
            {**_of(held), "state": state, "reason": reason, "now": now},
        ).scalar()
    if marked is None:
        raise LeaseLost


def _of(held: Claim) -> dict[str, object]:
    return {"network": held.network_id, "id": held.run_id, "token": held.token}
