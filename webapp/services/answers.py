"""Answering for exceptions and findings: every step is appended under the network's lock, never in silence, never alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.answering import EXCEPTION_STEPS, FINDING_STEPS, Step, Taken, checked_step
from webapp.domain.compliance import Criterion
from webapp.domain.errors import BadInput, NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import clean_text
from webapp.domain.vocabulary import Role, Verdict
from webapp.queries.accreditation import get_programme, get_site
from webapp.queries.answers import fetch_colleagues
from webapp.queries.criteria import get_criterion
from webapp.queries.exceptions import get_exception
from webapp.queries.findings import get_finding
from webapp.services import audit
from webapp.services.recording import lock_network
from webapp.transactions import unit_of_work

ORIGINS = ("survey", "self_audit", "incident")
SEVERITIES = ("minor", "major", "critical")
_LEADING = frozenset({Role.COMPLIANCE, Role.MANAGER})
_STAFF = _LEADING | {Role.SITE_LEAD}
MAY_TAKE: Mapping[Step, frozenset[Role]] = {
    Step.ASSIGNED: _LEADING,
    Step.EXPLAINED: _STAFF,
    Step.CLOSED: _LEADING,
    Step.REOPENED: _LEADING,
    Step.PLANNED: _LEADING,
    Step.DONE: _STAFF,
    Step.VERIFIED: _LEADING,
}
"""Who may take which step; beyond that a second person closes and verifies."""


def take_exception_step(
    scope: Scope, session_id: UUID, criterion: Criterion, wanted: Taken, finding_id: UUID | None = None
) -> None:
    """Assign, explain, close or reopen. Raises NotAllowed, NotFound, BadInput or Conflict, each with its sentence."""
    subject = f"exception {session_id} {criterion}"
    _require(scope, wanted.step, EXCEPTION_STEPS, subject)
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        found = get_exception(scope, db, session_id, criterion)
        if found.verdict is Verdict.MET and not found.steps:
            raise BadInput("The session meets this criterion, so there is nothing to answer for.")
        taken = [line.taken for line in found.steps]
        wording = checked_step(taken, wanted, wanted.at.date())
        _require_colleague(scope, db, wanted.owner_id)
        if finding_id is not None and get_finding(scope, db, finding_id).site_id != found.site_id:
            raise BadInput("The finding is of another site. Choose one of the site that the session was given at.")
        more = {"site_id": found.site_id, "session_id": session_id, "criterion": criterion.value}
        _insert(scope, db, "exception_step", {**more, "finding_id": finding_id}, _after(taken, wanted), wording)
    audit.record(scope, wanted.step.value, subject)


def take_finding_step(scope: Scope, finding_id: UUID, wanted: Taken) -> None:
    """Plan, say that it is done, verify or reopen. Raises as `take_exception_step` does."""
    subject = f"finding {finding_id}"
    _require(scope, wanted.step, FINDING_STEPS, subject)
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        found = get_finding(scope, db, finding_id)
        taken = [line.taken for line in found.steps]
        wording = checked_step(taken, wanted, wanted.at.date())
        _require_colleague(scope, db, wanted.owner_id)
        more: dict[str, object] = {"site_id": found.site_id, "finding_id": finding_id}
        _insert(scope, db, "corrective_action", more, _after(taken, wanted), wording)
    audit.record(scope, wanted.step.value, subject)


def raise_finding(
    scope: Scope,
    site_codes: Iterable[str],
    criterion: tuple[str, str] | None,
    origin: str,
    severity: str,
    wording: str,
    found_on: date,
    now: datetime,
) -> list[UUID]:
    """Take down one finding at one or more sites: one for each, so that each mends its own; returns their ids.

    criterion: codes of a programme and of a criterion in it. Raises NotAllowed, NotFound or BadInput.
    """
    if scope.role not in _LEADING:
        audit.record(scope, "raise", "finding", "refused")
        raise NotAllowed("Findings are raised by the compliance officer or the manager. Ask one of them.")
    wording = clean_text(wording, "What was found", 1000)
    if not wording:
        raise BadInput("Say in a sentence what was found.")
    if origin not in ORIGINS or severity not in SEVERITIES:
        raise BadInput("Choose how it was found and how severe it is.")
    if found_on > now.date():
        raise BadInput("Give the day on which it was found; a past day.")
    codes = list(dict.fromkeys(site_codes))
    if not codes:
        raise BadInput("Choose at least one site.")
    together, made = uuid4(), [uuid4() for _ in codes]
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        held_against = None
        if criterion is not None:
            programme = get_programme(scope, db, criterion[0])
            held_against = get_criterion(scope, db, programme.id, criterion[1], found_on).id
        for finding_id, code in zip(made, codes, strict=True):
            values = {
                "network": scope.network_id,
                "id": finding_id,
                "site": get_site(scope, db, code).id,
                "criterion": held_against,
                "together": together,
                "origin": origin,
                "severity": severity,
                "wording": wording,
                "found_on": found_on,
                "at": now,
                "by": scope.user_id,
            }
            db.execute(text(_FINDING), values)
    audit.record(scope, "raise", f"finding {together}", details={"sites": len(made), "severity": severity})
    return made


_FINDING = (
    "INSERT INTO finding (network_id, id, site_id, criterion_id, report_id, origin, severity, wording, found_on, recorded_at,"
    " recorded_by) VALUES (:network, :id, :site, :criterion, :together, :origin, :severity, :wording, :found_on, :at, :by)"
)


def _require(scope: Scope, step: Step, allowed: Iterable[Step], subject: str) -> None:
    if step not in allowed:
        raise BadInput("Choose what to do.")
    if scope.role not in MAY_TAKE[step]:
        audit.record(scope, step.value, subject, "refused")
        raise NotAllowed("Your role may explain and report what was done; the officer or the manager does the rest.")


def _require_colleague(scope: Scope, db: Session, owner_id: UUID | None) -> None:
    if owner_id is not None and owner_id not in {one.id for one in fetch_colleagues(scope, db)}:
        raise BadInput("Choose who is to do it from the list.")


def _after(taken: Sequence[Taken], wanted: Taken) -> Taken:
    """The step with an instant after those before it, whatever the clock does: the last one counts."""
    last = max((one.at for one in taken), default=None)
    return replace(wanted, at=last + timedelta(microseconds=1)) if last and last >= wanted.at else wanted


def _insert(scope: Scope, db: Session, table: str, more: dict[str, object], wanted: Taken, wording: str) -> None:
    values = {
        "network_id": scope.network_id,
        "id": uuid4(),
        **more,
        "step": wanted.step.value,
        "wording": wording,
        "owner_id": wanted.owner_id,
        "due_on": wanted.due_on,
        "recorded_at": wanted.at,
        "recorded_by": wanted.by,
    }
    names, bound = ", ".join(values), ", ".join(f":{name}" for name in values)
    db.execute(text(f"INSERT INTO {table} ({names}) VALUES ({bound})"), values)
