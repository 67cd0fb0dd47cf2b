"""What ends or has ended in a network, with the reminders of it and why some are put off."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotAllowed
from webapp.domain.reminders import READERS, THRESHOLDS, EndingSubject, Reminding, threshold_on
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import VALID_STANDINGS, Role, Standing
from webapp.presentation.standings import credential_name
from webapp.queries.accreditation import Accreditations, Held, fetch_accreditations
from webapp.queries.credentials import fetch_credentials
from webapp.queries.criteria import fetch_criteria_matrix


def fetch_ending_subjects(scope: Scope, db: Session, today: date) -> list[EndingSubject]:
    """What is valid and ends within the longest threshold, or has run out: soonest first. Closed sites are left out."""
    found = []
    recorded = fetch_accreditations(scope, db)
    for cell in recorded.matrix(today):
        ends_on = _last_valid_on(cell.held)
        if ends_on is not None and (cell.site.closed_on is None or cell.site.closed_on >= today):
            subject = f"accreditation {cell.site.id} {cell.programme.id}"
            found.append(EndingSubject(subject, f"{cell.site.name}: {cell.programme.name}", ends_on))
    for one in fetch_credentials(scope, db, today):
        ends_on = _last_valid_on(one.held)
        if ends_on is not None:
            subject = f"credential {one.practitioner.id} {one.kind} {one.state or '*'}"
            label = f"{one.practitioner.name}: {credential_name(one.kind)}{f', {one.state}' if one.state else ''}"
            found.append(EndingSubject(subject, label, ends_on))
    found += _ending_assessments(scope, db, recorded, today)
    near = [one for one in found if (one.ends_on - today).days <= max(THRESHOLDS)]
    return sorted(near, key=lambda one: (one.ends_on, one.label, one.subject))


def _ending_assessments(scope: Scope, db: Session, recorded: Accreditations, today: date) -> list[EndingSubject]:
    """Findings of a criterion that hold up to a day, whatever they found: after it, nobody knows until somebody looks again."""
    return [
        EndingSubject(
            f"criterion {cell.site.id} {programme.id} {cell.asked.code}",
            f"{cell.site.name}: {programme.name}, {cell.asked.title}",
            ends_on,
        )
        for programme, cells in fetch_criteria_matrix(scope, db, today, read=recorded).items()
        for cell in cells
        for ends_on in (cell.found.deciding.until if cell.found.deciding else cell.found.ran_out_on,)
        if ends_on is not None and (cell.site.closed_on is None or cell.site.closed_on >= today)
    ]


def fetch_reminding(scope: Scope, db: Session, today: date) -> list[Reminding]:
    """What ends with its newest reminder, soonest first; to the manager only what is escalated.

    Raises NotAllowed for a role that is not reminded.
    """
    if scope.role not in READERS:
        raise NotAllowed("Reminders go to the compliance officer and to the manager of the network.")
    entered = _entered(scope, db)
    snoozed, owners = fetch_snoozes(scope, db), _named_owners(scope, db)
    lines = []
    for one in fetch_ending_subjects(scope, db, today):
        threshold = threshold_on(one.ends_on, today)
        until, reason = snoozed.get((one.subject, one.ends_on), (None, None))
        if until is not None and until <= today:
            until, reason = None, None
        at, mailed = entered.get((one.subject, one.ends_on, threshold or 0), (None, 0))
        if threshold is None:
            at, mailed = None, 0
        left = (one.ends_on - today).days
        lines.append(Reminding(one, left, threshold, at, until, reason, owners.get(one.subject), mailed))
    return [line for line in lines if scope.role is Role.COMPLIANCE or (line.is_escalated and not line.snoozed_until)]


def fetch_snoozes(scope: Scope, db: Session) -> dict[tuple[str, date], tuple[date, str]]:
    """The last word on each end that was put off: until when, and why."""
    rows = db.execute(
        text(
            "SELECT subject, ends_on, until, reason FROM reminder_snooze WHERE network_id = :network ORDER BY recorded_at, id"
        ),
        {"network": scope.network_id},
    )
    return {(row.subject, row.ends_on): (row.until, row.reason) for row in rows}


def fetch_owners(scope: Scope, db: Session) -> dict[str, UUID]:
    """The last word on who answers for each subject."""
    rows = db.execute(
        text("SELECT subject, user_id FROM reminder_owner WHERE network_id = :network ORDER BY recorded_at, id"),
        {"network": scope.network_id},
    )
    return {row.subject: row.user_id for row in rows}


def _named_owners(scope: Scope, db: Session) -> dict[str, str]:
    owners = fetch_owners(scope, db)
    statement = (
        "SELECT u.id, u.name FROM user_account u JOIN membership m ON m.user_id = u.id WHERE m.network_id = :network"
        " AND m.revoked_at IS NULL AND u.is_active AND u.id = ANY (:owners) AND m.role = ANY (:readers)"
    )
    values = {"network": scope.network_id, "owners": list(owners.values()), "readers": [role.value for role in READERS]}
    names = {row.id: row.name for row in db.execute(text(statement), values)}
    return {subject: names[user_id] for subject, user_id in owners.items() if user_id in names}


def _entered(scope: Scope, db: Session) -> dict[tuple[str, date, int], tuple[datetime, int]]:
    """When each reminder was entered, and how many were written to about it."""
    statement = (
        "SELECT r.subject, r.ends_on, r.threshold, r.entered_at, (SELECT count(*) FROM reminder_mail m"
        " WHERE m.network_id = r.network_id AND m.reminder_id = r.id AND m.state = 'delivered') AS mailed"
        " FROM reminder r WHERE r.network_id = :network"
    )
    rows = db.execute(text(statement), {"network": scope.network_id})
    return {(row.subject, row.ends_on, row.threshold): (row.entered_at, row.mailed) for row in rows}


def _last_valid_on(held: Held) -> date | None:
    if held.standing in VALID_STANDINGS:
        return held.until
    if held.standing is Standing.EXPIRED and held.since is not None:
        return held.since - timedelta(days=1)
    return None
