"""Schedules: which reports a network wants, when and for whom. A change never rewrites what was due before it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import ReportSchedule
from webapp.domain.errors import BadInput, Conflict, NotAllowed
from webapp.domain.periods import day_text
from webapp.domain.report_kinds import KEEPERS, KIND_LABELS, Cadence, ReportKind
from webapp.domain.schedule_entry import ScheduleEntry, checked, first_changed_period
from webapp.domain.scope import Scope
from webapp.queries.recipients import Recipient, fetch_recipients
from webapp.queries.schedules import KeptSchedule, fetch_reported_sites, fetch_running, get_schedule
from webapp.services import audit
from webapp.transactions import unit_of_work

DUE_DAY = 1
DUE_TIME = time(6, 0)
HOLD_DAYS = 5
BY_HAND = "Asked for by hand"

_FIND = text(
    "SELECT id FROM schedule WHERE network_id = :network AND kind = :kind AND cadence = :cadence AND site_ids IS NULL"
    " AND regions IS NULL AND ends_on IS NULL ORDER BY created_at, id LIMIT 1"
)
_INSERT = text(
    "INSERT INTO schedule (network_id, id, name, kind, cadence, due_day, due_time, starts_on, ends_on, site_ids, regions, zone, mail,"
    " hold_days, replaces_id, created_at, created_by) VALUES (:network, :id, :name, :kind, :cadence, :due_day, :due_time, :starts_on,"
    " :ends_on, CAST(:sites AS jsonb), CAST(:regions AS jsonb), :zone, :mail, :hold_days, :replaces, :now, :by)"
)


def ensure_monthly(scope: Scope, starts_on: date, now: datetime) -> UUID:
    """The network's monthly site report: on the first of the month after, 06:00 of each site's own clocks, for every site.

    Made once; asked again it is returned as it is, whatever `starts_on` says then.
    """
    with unit_of_work(scope) as db:
        _lock(scope, db)
        found: UUID | None = db.execute(
            _FIND, {"network": scope.network_id, "kind": ReportKind.SITE.value, "cadence": Cadence.MONTHLY.value}
        ).scalar()
        return found or _insert(scope, db, monthly(starts_on), now)


def monthly(starts_on: date, name: str = "Monthly report") -> ScheduleEntry:
    """The schedule that a network begins with, and that the form proposes."""
    return ScheduleEntry(name, ReportKind.SITE, Cadence.MONTHLY, DUE_DAY, DUE_TIME, starts_on, hold_days=HOLD_DAYS)


def for_requests(scope: Scope, db: Session, now: datetime) -> ReportSchedule:
    """The schedule under which reports stand that somebody asked for and no schedule covers: nothing falls due by it."""
    _lock(scope, db)
    found: UUID | None = db.execute(
        text(
            "SELECT id FROM schedule WHERE network_id = :network AND name = :name AND ends_on = starts_on AND ended_at IS NULL"
            " ORDER BY created_at, id LIMIT 1"
        ),
        {"network": scope.network_id, "name": BY_HAND},
    ).scalar()
    first = now.date().replace(day=1)
    schedule_id = found or _insert(scope, db, monthly(first, BY_HAND), now, ends_on=first)
    return get_schedule(scope, db, schedule_id).due


def set_up(scope: Scope, entry: ScheduleEntry, now: datetime) -> UUID:
    """Begin a schedule. Raises NotAllowed for a kind that is not this role's to keep, BadInput for an entry that breaks a rule."""
    _require_keeper(scope, entry.kind)
    entry = checked(entry, now.date())
    with unit_of_work(scope) as db:
        _lock(scope, db)
        recipients = _reachable(scope, db, entry, now)
        schedule_id = _insert(scope, db, entry, now)
        _name_recipients(scope, db, schedule_id, recipients)
        audit.record_within(scope, db, "set up a schedule", f"schedule {schedule_id}", details=_told(entry))
    return schedule_id


def change(scope: Scope, schedule_id: UUID, entry: ScheduleEntry, now: datetime) -> UUID:
    """Change a schedule; returns its id, which is another where what is due has changed.

    Name, recipients, mail and holding change at once. When and about what: from the first period that is not over anywhere;
    the periods before keep the schedule they were due under. Kind, length and start of a schedule never change. Raises as
    `set_up` does, NotFound for one that is not there, Conflict for one that has ended.
    """
    with unit_of_work(scope) as db:
        _lock(scope, db)
        kept = get_schedule(scope, db, schedule_id)
        _require_keeper(scope, kept.due.kind)
        entry = replace(entry, kind=kept.due.kind, cadence=kept.due.cadence, starts_on=now.date())
        entry = replace(checked(entry, now.date()), starts_on=kept.due.starts_on)
        _require_running(kept, now)
        recipients = _reachable(scope, db, entry, now)
        if entry.terms != _entry_of(kept).terms:
            schedule_id = _succeed(scope, db, kept, entry, now)
        else:
            db.execute(
                text(
                    "UPDATE schedule SET name = :name, mail = :mail, hold_days = :hold_days WHERE network_id = :network AND id = :id"
                ),
                {**_values(scope, entry), "id": schedule_id},
            )
        if entry.hold_days != kept.hold_days:
            _forget_deadlines(scope, db, schedule_id)
        _name_recipients(scope, db, schedule_id, recipients)
        audit.record_within(scope, db, "change a schedule", f"schedule {schedule_id}", details=_told(entry))
    return schedule_id


def end(scope: Scope, schedule_id: UUID, now: datetime) -> None:
    """End a schedule: what is over stays due under it, the period under way and all later ones do not fall due. Raises as `change` does."""
    with unit_of_work(scope) as db:
        _lock(scope, db)
        kept = get_schedule(scope, db, schedule_id)
        _require_keeper(scope, kept.due.kind)
        _require_running(kept, now)
        _end(scope, db, kept, now)
        audit.record_within(scope, db, "end a schedule", f"schedule {schedule_id}")


def _succeed(scope: Scope, db: Session, kept: KeptSchedule, entry: ScheduleEntry, now: datetime) -> UUID:
    """End the schedule and begin the changed one in its place, so that periods neither repeat nor go missing."""
    from_on = _end(scope, db, kept, now)
    following = replace(entry, starts_on=max(from_on, kept.due.starts_on))
    return _insert(scope, db, following, now, replaces=kept.id, by=kept.created_by)


def _end(scope: Scope, db: Session, kept: KeptSchedule, now: datetime) -> date:
    from_on = first_changed_period(kept.due.cadence, now).start_on
    db.execute(
        text("UPDATE schedule SET ends_on = :from_on, ended_at = :now WHERE network_id = :network AND id = :id"),
        {"network": scope.network_id, "id": kept.id, "from_on": from_on, "now": now},
    )
    return from_on


def _forget_deadlines(scope: Scope, db: Session, schedule_id: UUID) -> None:
    """Let what is held under the schedule, or under one that it replaced, wait for as long as it says now."""
    held = [before for before, running in fetch_running(scope, db).items() if running.id == schedule_id]
    db.execute(
        text(
            "UPDATE report_run SET held_until = NULL WHERE network_id = :network AND schedule_id = ANY (:schedules) AND state = 'held'"
        ),
        {"network": scope.network_id, "schedules": held},
    )


def _require_running(kept: KeptSchedule, now: datetime) -> None:
    if kept.ended_at is not None or kept.is_over(now.date()):
        when = day_text((kept.ended_at or kept.created_at).date())
        raise Conflict(f"This schedule was ended or replaced on {when}. Open Schedules to see those that run.")


def _require_keeper(scope: Scope, kind: ReportKind) -> None:
    if scope.role not in KEEPERS[kind]:
        raise NotAllowed(f"A schedule of the kind “{KIND_LABELS[kind]}” is the network manager's to keep.")


def _entry_of(kept: KeptSchedule) -> ScheduleEntry:
    due = kept.due
    return ScheduleEntry(
        kept.name, due.kind, due.cadence, due.due_day, due.due_time, due.starts_on, due.site_ids, due.regions, due.zone
    )


def _reachable(scope: Scope, db: Session, entry: ScheduleEntry, now: datetime) -> list[Recipient]:
    """The people named, if every one of them may read something of it; and the sites and regions, if they are the network's."""
    sites = fetch_reported_sites(scope, db)
    if entry.site_ids is not None and entry.site_ids - {site.id for site in sites}:
        raise BadInput("A site that was chosen is not there any more; choose again.")
    if entry.regions is not None and entry.regions - {each.region for site in sites for each in site.regions}:
        raise BadInput("A region that was chosen is not there any more; choose again.")
    known = {each.user_id: each for each in fetch_recipients(scope, db, now)}
    if entry.recipients - known.keys():
        raise BadInput("A person who was chosen is not a member of this network any more; choose again.")
    named = [known[user_id] for user_id in sorted(entry.recipients)]
    covered = [site.id for site in sites if _entry_schedule(entry).covers(site, now)]
    for each in named:
        if not any(each.may_read(entry.kind, subject) for subject in each.subjects(entry.kind, covered)):
            raise BadInput(f"{each.name} cannot be sent this: nothing of it lies within what they may see.")
    return named


def _entry_schedule(entry: ScheduleEntry) -> ReportSchedule:
    return ReportSchedule(
        UUID(int=0), entry.due_day, entry.due_time, entry.starts_on, site_ids=entry.site_ids, regions=entry.regions
    )


def _name_recipients(scope: Scope, db: Session, schedule_id: UUID, recipients: Iterable[Recipient]) -> None:
    """Replace who receives it, with the sites that each of them sees now."""
    values = {"network": scope.network_id, "schedule": schedule_id}
    db.execute(text("DELETE FROM schedule_recipient WHERE network_id = :network AND schedule_id = :schedule"), values)
    for each in recipients:
        sites = None if each.whole_network else sorted(str(site) for site in each.site_ids)
        db.execute(
            text(
                "INSERT INTO schedule_recipient (network_id, schedule_id, user_id, site_ids)"
                " VALUES (:network, :schedule, :user, CAST(:sites AS jsonb))"
            ),
            {**values, "user": each.user_id, "sites": None if sites is None else json.dumps(sites)},
        )


def _insert(
    scope: Scope,
    db: Session,
    entry: ScheduleEntry,
    now: datetime,
    *,
    ends_on: date | None = None,
    replaces: UUID | None = None,
    by: UUID | None = None,
) -> UUID:
    schedule_id = uuid4()
    more = {"id": schedule_id, "ends_on": ends_on, "replaces": replaces, "now": now, "by": by or scope.user_id}
    db.execute(_INSERT, {**_values(scope, entry), **more})
    return schedule_id


def _values(scope: Scope, entry: ScheduleEntry) -> dict[str, Any]:
    return {
        "network": scope.network_id,
        "name": entry.name,
        "kind": entry.kind.value,
        "cadence": entry.cadence.value,
        "due_day": entry.due_day,
        "due_time": entry.due_time,
        "starts_on": entry.starts_on,
        "sites": None if entry.site_ids is None else json.dumps(sorted(str(site) for site in entry.site_ids)),
        "regions": None if entry.regions is None else json.dumps(sorted(entry.regions)),
        "zone": entry.zone,
        "mail": entry.mail,
        "hold_days": entry.hold_days,
    }


def _told(entry: ScheduleEntry) -> dict[str, Any]:
    """What the audit trail keeps of it: terms and ids, no names."""
    return {
        "kind": entry.kind.value,
        "cadence": entry.cadence.value,
        "due_day": entry.due_day,
        "due_time": entry.due_time.isoformat("minutes"),
        "sites": None if entry.site_ids is None else sorted(str(site) for site in entry.site_ids),
        "regions": None if entry.regions is None else sorted(entry.regions),
        "recipients": sorted(str(user) for user in entry.recipients),
        "mail": entry.mail,
        "hold_days": entry.hold_days,
    }


def _lock(scope: Scope, db: Session) -> None:
    """One change of a network's schedules at a time."""
    db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:network, 2))"), {"network": str(scope.network_id)})
