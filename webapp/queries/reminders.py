"""What ends or has ended in a network, with the reminders of it and why some are put off."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotAllowed
from webapp.domain.reminders import THRESHOLDS, EndingSubject, Reminding, threshold_on
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import VALID_STANDINGS, Role, Standing
from webapp.presentation.standings import credential_name
from webapp.queries.accreditation import Held, fetch_matrix
from webapp.queries.credentials import fetch_credentials

_READERS = frozenset({Role.COMPLIANCE, Role.MANAGER})


def fetch_ending_subjects(scope: Scope, db: Session, today: date) -> list[EndingSubject]:
    """What is valid and ends within the longest threshold, or has run out: soonest first. Closed sites are left out."""
    found = []
    for cell in fetch_matrix(scope, db, today):
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
    near = [one for one in found if (one.ends_on - today).days <= max(THRESHOLDS)]
    return sorted(near, key=lambda one: (one.ends_on, one.label, one.subject))


def fetch_reminding(scope: Scope, db: Session, today: date) -> list[Reminding]:
    """What ends with its newest reminder, soonest first; to the manager only what is escalated.

    Raises NotAllowed for a role that is not reminded.
    """
    if scope.role not in _READERS:
        raise NotAllowed("Reminders go to the compliance officer and to the manager of the network.")
    entered = {
        (row.subject, row.ends_on, row.threshold): row.entered_at
        for row in db.execute(
            text("SELECT subject, ends_on, threshold, entered_at FROM reminder WHERE network_id = :network"),
            {"network": scope.network_id},
        )
    }
    snoozed = fetch_snoozes(scope, db)
    lines = []
    for one in fetch_ending_subjects(scope, db, today):
        threshold = threshold_on(one.ends_on, today)
        until, reason = snoozed.get((one.subject, one.ends_on), (None, None))
        if until is not None and until <= today:
            until, reason = None, None
        at = entered.get((one.subject, one.ends_on, threshold)) if threshold is not None else None
        lines.append(Reminding(one, (one.ends_on - today).days, threshold, at, until, reason))
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


def _last_valid_on(held: Held) -> date | None:
    if held.standing in VALID_STANDINGS:
        return held.until
    if held.standing is Standing.EXPIRED and held.since is not None:
        return held.since - timedelta(days=1)
    return None
