"""Reminders: entered by the worker, each once a threshold whatever the outages, and put off with a reason."""

import logging
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.domain.errors import BadInput, NotFound
from webapp.domain.reminders import READERS, checked_snooze, threshold_on
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import clean_text
from webapp.queries.recipients import fetch_recipients
from webapp.queries.reminders import fetch_ending_subjects, fetch_snoozes
from webapp.queries.sites import fetch_every_site_id
from webapp.services import audit, people, reminder_mails
from webapp.services.standing_writers import require_writer
from webapp.transactions import unit_of_work

log = logging.getLogger(__name__)

_ENTER = text(
    "INSERT INTO reminder (network_id, id, subject, label, ends_on, threshold, entered_at)"
    " VALUES (:network, :id, :subject, :label, :ends_on, :threshold, :now)"
    " ON CONFLICT (network_id, subject, ends_on, threshold) DO NOTHING RETURNING 1"
)


def remind_every_network(now: datetime) -> int:
    """Enter what is missing in every network, in the scope of each; returns how many."""
    entered = 0
    for network_id in people.fetch_network_ids():
        try:
            entered += remind_network(people.network_scope(network_id), now)
        except Exception:
            log.exception("network %s could not be reminded; the others go on", network_id)
    return entered


def remind_network(scope: Scope, now: datetime) -> int:
    """Enter the reminders that today's thresholds ask for and that are not there; returns how many. Days are those of UTC."""
    today, entered = now.date(), 0
    with unit_of_work(scope) as db:
        seeing = replace(scope, site_ids=fetch_every_site_id(scope, db))
        snoozed = fetch_snoozes(seeing, db)
        for one in fetch_ending_subjects(seeing, db, today):
            threshold = threshold_on(one.ends_on, today)
            until, _ = snoozed.get((one.subject, one.ends_on), (date.min, ""))
            if threshold is None or until > today:
                continue
            values: dict[str, Any] = {
                "network": scope.network_id,
                "id": uuid4(),
                "subject": one.subject,
                "label": one.label,
                "ends_on": one.ends_on,
                "threshold": threshold,
                "now": now,
            }
            if db.execute(_ENTER, values).scalar() is not None:
                reminder_mails.enter(seeing, db, values["id"], one.subject, threshold, now)
                entered += 1
    reminder_mails.queue_unsent(scope)
    return entered


def make_responsible(scope: Scope, subject: str, user_id: UUID, now: datetime) -> None:
    """Say who answers for something that ends: they are reminded in place of every officer. Raises BadInput, NotAllowed, NotFound."""
    require_writer(scope, "say who answers for what ends", f"reminder {subject[:200]}")
    with unit_of_work(scope) as db:
        if not any(one.subject == subject for one in fetch_ending_subjects(scope, db, now.date())):
            raise NotFound("This does not end soon any more, so there is nothing to answer for.")
        members = fetch_recipients(scope, db, now)
        if not any(one.user_id == user_id and one.role in READERS for one in members):
            raise BadInput("Choose a compliance officer or a manager of your network.")
        db.execute(
            text(
                "INSERT INTO reminder_owner (network_id, id, subject, user_id, recorded_at, recorded_by)"
                " VALUES (:network, :id, :subject, :user, :now, :by)"
            ),
            {
                "network": scope.network_id,
                "id": uuid4(),
                "subject": subject,
                "user": user_id,
                "now": now,
                "by": scope.user_id,
            },
        )
        told = {"person": str(user_id)}
        audit.record_within(scope, db, "say who answers", f"reminder {subject}", details=told)


def snooze(scope: Scope, subject: str, ends_on: date, until: date, reason: str, now: datetime) -> None:
    """Remind nobody of this end until a day. Raises BadInput, NotAllowed, NotFound for something that does not end."""
    require_writer(scope, "put a reminder off", f"reminder {subject[:200]}")
    reason = clean_text(reason, "The reason", 500)
    checked_snooze(until, reason, now.date())
    with unit_of_work(scope) as db:
        ending = fetch_ending_subjects(scope, db, now.date())
        if not any((one.subject, one.ends_on) == (subject, ends_on) for one in ending):
            raise NotFound("This no longer ends on that day, so there is nothing to put off.")
        db.execute(
            text(
                "INSERT INTO reminder_snooze (network_id, id, subject, ends_on, until, reason, recorded_at, recorded_by)"
                " VALUES (:network, :id, :subject, :ends_on, :until, :reason, :now, :by)"
            ),
            {
                "network": scope.network_id,
                "id": uuid4(),
                "subject": subject,
                "ends_on": ends_on,
                "until": until,
                "reason": reason,
                "now": now,
                "by": scope.user_id,
            },
        )
        audit.record_within(
            scope, db, "put a reminder off", f"reminder {subject}", details={"until": until.isoformat()}
        )
