"""Who is given a stored report: each recipient by their own reach at this moment, once, and what became of it on record."""

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.queries.recipients import Recipient, fetch_recipients
from webapp.queries.report_ledger import get_run
from webapp.queries.report_notices import UNSENT, told_values
from webapp.queries.schedules import KeptSchedule, fetch_running
from webapp.services import audit, outbox, people, run_queue
from webapp.transactions import reading, unit_of_work

log = logging.getLogger(__name__)

MAIL = "mail"
APP = "app"
AT_ONCE = 500
_ISSUES = (
    "report_run o WHERE o.network_id = r.network_id AND o.schedule_id = r.schedule_id AND o.subject = r.subject"
    " AND o.period_start = r.period_start"
)
"""The issues `o` of the report of a run `r`."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored run that has not been given out yet. asked_by: who asked for this or an earlier issue by hand.

    by_schedule: whether it is for the recipients of its schedule, which has this report or an issue of it for its own.
    """

    id: UUID
    schedule_id: UUID
    site_id: UUID | None
    kind: ReportKind
    by_schedule: bool
    asked_by: tuple[UUID, ...]


def distribute(now: datetime) -> int:
    """Give out what is stored and was not given out yet, in every network; returns how many runs. Goes network by network."""
    given = 0
    for network_id in people.fetch_network_ids():
        try:
            given += distribute_network(people.network_scope(network_id), now)
        except Exception:
            log.exception("the reports of network %s could not be given out; the others go on", network_id)
    return given


def distribute_network(scope: Scope, now: datetime) -> int:
    """Give out the stored reports of one network, each in a transaction of its own, and queue the mails that wait.

    However often and by however many it is called: each recipient has one delivery of each report by each channel.
    """
    with reading(scope) as db:
        stored = _fetch_stored(scope, db)
        unsent = _fetch_unsent(scope, db)
    for run in stored:
        try:
            with unit_of_work(scope) as db:
                _give_out(scope, db, run, now)
            faults.reached("delivery.2.committed")
        except Exception:
            log.exception("report run %s could not be given out; the others go on", run.id)
    if unsent:
        with unit_of_work(scope) as db:
            run_queue.enter(scope, db, MAIL, unsent)
        run_queue.reopen(unsent)
    return len(stored)


def give_out(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Give out one run that was just stored; nothing happens to one that was given out already."""
    with unit_of_work(scope) as db:
        for run in _fetch_stored(scope, db, run_id):
            _give_out(scope, db, run, now)
    faults.reached("delivery.2.committed")


def mark_seen(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Take away the unread mark of whoever is asking. Raises NotFound for a report outside the scope."""
    with unit_of_work(scope) as db:
        get_run(scope, db, run_id)
        db.execute(
            text(
                "UPDATE delivery SET seen_at = :now WHERE network_id = :network AND run_id = :run AND user_id = :user"
                " AND seen_at IS NULL"
            ),
            {"network": scope.network_id, "run": run_id, "user": scope.user_id, "now": now},
        )


def mark_told(scope: Scope, shown: Collection[UUID], now: datetime) -> None:
    """Take away the notices of reports that could not be sent, for those who answer for their schedules: the first of them does.

    shown: of the deliveries that they have been told of. One that came since, or had no room in the list, stays.
    """
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "UPDATE delivery d SET owner_seen_at = :now FROM report_run r, schedule c WHERE r.network_id = d.network_id"
                f" AND r.id = d.run_id AND c.network_id = r.network_id AND c.id = r.schedule_id AND d.id = ANY (:shown) AND {UNSENT}"
            ),
            {**told_values(scope, now), "shown": list(shown)},
        )


def reach_words(person: Recipient) -> dict[str, Any]:
    """A recipient's reach as the delivery keeps it."""
    sites = None if person.whole_network else sorted(str(site) for site in person.site_ids)
    return {"role": person.role.value, "whole_network": person.whole_network, "sites": sites}


def _fetch_stored(scope: Scope, db: Session, only: UUID | None = None) -> list[_Stored]:
    rows = db.execute(
        text(
            "SELECT r.id, r.schedule_id, r.site_id, c.kind,"
            f" EXISTS (SELECT FROM {_ISSUES} AND o.requested_by IS NULL),"
            f" ARRAY (SELECT DISTINCT o.requested_by FROM {_ISSUES} AND o.issue <= r.issue AND o.requested_by IS NOT NULL)"
            " FROM report_run r JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
            " WHERE r.network_id = :network AND r.state = 'stored' AND r.distributed_at IS NULL"
            " AND (CAST(:only AS uuid) IS NULL OR r.id = :only) ORDER BY r.due_at, r.id LIMIT :limit"
        ),
        {"network": scope.network_id, "only": only, "limit": AT_ONCE},
    )
    return [
        _Stored(run_id, schedule_id, site_id, ReportKind(kind), by_schedule, tuple(asked_by))
        for run_id, schedule_id, site_id, kind, by_schedule, asked_by in rows
    ]


def _fetch_unsent(scope: Scope, db: Session) -> list[UUID]:
    rows = db.execute(
        text(
            "SELECT id FROM delivery WHERE network_id = :network AND channel = 'mail' AND state IN ('waiting', 'sending')"
            " ORDER BY at, id"
        ),
        {"network": scope.network_id},
    )
    return list(rows.scalars())


def _give_out(scope: Scope, db: Session, run: _Stored, now: datetime) -> None:
    """Decide for each recipient, note it, and mark the run, all in the caller's transaction."""
    claimed = db.execute(
        text(
            "UPDATE report_run SET distributed_at = :now WHERE network_id = :network AND id = :run AND state = 'stored'"
            " AND distributed_at IS NULL RETURNING id"
        ),
        {"network": scope.network_id, "run": run.id, "now": now},
    ).scalar()
    if claimed is None:
        return
    schedule = fetch_running(scope, db)[run.schedule_id]
    named = _fetch_named(scope, db, run, schedule)
    anybody = bool(named or run.asked_by)
    members = {each.user_id: each for each in fetch_recipients(scope, db, now)} if anybody else {}
    delivered: list[Recipient] = []
    for user_id, was_theirs in named:
        person = members.get(user_id)
        if person is not None and person.may_read(run.kind, run.site_id):
            delivered.append(person)
        elif was_theirs and _note(scope, db, run, user_id, APP, "not_sent", None, _why_not(person, run), now):
            audit.record_within(
                scope, db, "send a report", f"report run {run.id}", "refused", {"recipient": str(user_id)}
            )
    for person in delivered:
        _note(scope, db, run, person.user_id, APP, "delivered", person, None, now)
    for asker in filter(None, map(members.get, run.asked_by)):
        if asker.may_read(run.kind, run.site_id):
            _note(scope, db, run, asker.user_id, APP, "delivered", asker, None, now)
    if delivered:
        db.execute(
            text("UPDATE report_run SET state = 'delivered' WHERE network_id = :network AND id = :run"),
            {"network": scope.network_id, "run": run.id},
        )
    if schedule.mail and current_app.config.get("MAIL_URL"):
        noted = [_note(scope, db, run, person.user_id, MAIL, "waiting", person, None, now) for person in delivered]
        mails = [mail for mail in noted if mail]
        run_queue.enter(scope, db, MAIL, mails)
        outbox.ring(scope, db, mails, now)
    faults.reached("delivery.1.decided")


def _fetch_named(scope: Scope, db: Session, run: _Stored, schedule: KeptSchedule) -> list[tuple[UUID, bool]]:
    """Who is named on the schedule that runs by now, and whether the report was ever for them.

    It was if they could see its site when they were named, or were given a report of it at any time since.
    """
    if not run.by_schedule:
        return []
    rows = db.execute(
        text(
            "SELECT n.user_id, n.site_ids IS NULL OR CAST(:site AS uuid) IS NULL OR n.site_ids ? CAST(:site AS text)"
            " OR EXISTS (SELECT FROM delivery d WHERE d.network_id = n.network_id AND d.user_id = n.user_id AND d.site_id = :site"
            " AND d.channel = 'app' AND d.state = 'delivered')"
            " FROM schedule_recipient n WHERE n.network_id = :network AND n.schedule_id = :schedule ORDER BY n.user_id"
        ),
        {"network": scope.network_id, "schedule": schedule.id, "site": run.site_id},
    )
    return [(user, was_theirs) for user, was_theirs in rows]


def _why_not(person: Recipient | None, run: _Stored) -> str:
    if person is None:
        return "No longer a member of this network, or no longer able to sign in."
    if run.site_id is not None and run.site_id not in person.site_ids:
        return "No longer sees this site."
    return "May no longer see all that the report holds."


def _note(
    scope: Scope,
    db: Session,
    run: _Stored,
    user_id: UUID,
    channel: str,
    state: str,
    person: Recipient | None,
    reason: str | None,
    now: datetime,
) -> UUID | None:
    """Note what becomes of a report for one person by one channel; None where that is noted already."""
    noted: UUID | None = db.execute(
        text(
            "INSERT INTO delivery (network_id, id, run_id, site_id, user_id, channel, state, scope, reason, at, attempts, doubtful)"
            " VALUES (:network, :id, :run, :site, :user, :channel, :state, CAST(:scope AS jsonb), :reason, :now, 0, false)"
            " ON CONFLICT (network_id, run_id, user_id, channel) DO NOTHING RETURNING id"
        ),
        {
            "network": scope.network_id,
            "id": uuid4(),
            "run": run.id,
            "site": run.site_id,
            "user": user_id,
            "channel": channel,
            "state": state,
            "scope": json.dumps(reach_words(person)) if person else None,
            "reason": reason,
            "now": now,
        },
    ).scalar()
    return noted
