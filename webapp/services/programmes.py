"""The criteria of programmes, version by version, and how sites were found to meet them. Nothing is ever changed in place."""

import re
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.criteria import (
    FROM_THE_BEGINNING,
    AssessmentEntry,
    CriterionText,
    checked_assessment,
    checked_text,
)
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.periods import day_text
from webapp.domain.programmes import EVERY_TEMPLATE, ProgrammeTemplate
from webapp.domain.scope import Scope
from webapp.queries.accreditation import get_programme, get_site
from webapp.queries.criteria import CriterionVersion, fetch_criteria, get_criterion
from webapp.queries.sites import SiteFacts
from webapp.services import audit
from webapp.services.recording import lock_network, raise_data_version
from webapp.services.standing_writers import require_writer
from webapp.transactions import unit_of_work

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)


def add_template(scope: Scope, code: str, now: datetime) -> None:
    """Add one template with its criteria, marked as one. Raises NotFound, or Conflict where the network has that programme."""
    require_writer(scope, "add a programme", f"programme {code[:60]}")
    told = next((template for template in EVERY_TEMPLATE if template.code == code), None)
    if told is None:
        raise NotFound("There is no such template.")
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        if insert_template(scope, db, told, now) is None:
            raise Conflict(f"There already is a programme “{code}”.")
        raise_data_version(scope, db)
    audit.record(scope, "add", f"programme {code}", details={"template": True})


def insert_template(scope: Scope, db: Session, told: ProgrammeTemplate, now: datetime) -> UUID | None:
    """The new programme's id; None where the code is taken. In the caller's transaction."""
    programme_id: UUID | None = db.execute(
        text(
            "INSERT INTO programme (network_id, id, code, name, body, counts, is_template, version)"
            " VALUES (:network, :id, :code, :name, :body, :counts, true, 1) ON CONFLICT (network_id, code) DO NOTHING RETURNING id"
        ),
        {
            "network": scope.network_id,
            "id": uuid4(),
            "code": told.code,
            "name": told.name,
            "body": told.body,
            "counts": told.counts,
        },
    ).scalar()
    if programme_id is not None:
        for place, one in enumerate(told.criteria):
            said = CriterionText(one.title, one.wording, one.evidence_asked, one.judged_by)
            at = now + timedelta(microseconds=place)  # the order in which they are asked
            _insert_version(scope, db, programme_id, one.code, 1, said, FROM_THE_BEGINNING, at)
    return programme_id


def say_criterion(
    scope: Scope, programme_code: str, code: str, said: CriterionText, valid_from: date | None, now: datetime
) -> int:
    """Say what a criterion asks from a day on; returns its version. What was judged before keeps the version it was judged under.

    A new code begins at version 1, asked from the beginning where no day is given. Raises Conflict where the same is said already.
    """
    require_writer(scope, "say a criterion", f"criterion {programme_code[:60]} {code[:60]}")
    if not _CODE.fullmatch(code):
        raise BadInput(f"“{code[:60]}” cannot be a criterion's code: small letters, digits, - and _.")
    said = checked_text(said)
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        programme = get_programme(scope, db, programme_code)
        before = _newest(scope, db, programme.id, code)
        if before is not None and not before.withdrawn and said == _said(before):
            raise Conflict("The criterion says exactly this already, so no new version was made.")
        starts = valid_from or (now.date() if before else FROM_THE_BEGINNING)
        _require_not_before(before, starts)
        version = before.version + 1 if before else 1
        _insert_version(scope, db, programme.id, code, version, said, starts, now)
        raise_data_version(scope, db)
    audit.record(scope, "say", f"criterion {programme_code} {code}", details={"version": version})
    return version


def withdraw_criterion(scope: Scope, programme_code: str, code: str, valid_from: date, now: datetime) -> None:
    """Ask a criterion no more from a day on; days before, and what was judged, stay as they are."""
    require_writer(scope, "withdraw a criterion", f"criterion {programme_code[:60]} {code[:60]}")
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        programme = get_programme(scope, db, programme_code)
        before = _newest(scope, db, programme.id, code)
        if before is None:
            raise NotFound("There is no such criterion in this programme.")
        if before.withdrawn:
            raise Conflict("The criterion is withdrawn already.")
        _require_not_before(before, valid_from)
        version = before.version + 1
        _insert_version(scope, db, programme.id, code, version, _said(before), valid_from, now, withdrawn=True)
        raise_data_version(scope, db)
    audit.record(scope, "withdraw", f"criterion {programme_code} {code}", details={"version": version})


def assess(
    scope: Scope, site_code: str, programme_code: str, criterion_code: str, entry: AssessmentEntry, now: datetime
) -> UUID:
    """Record how a site met a criterion, by the version asked on the day of the assessment; a correction keeps the version it corrects.

    Raises NotFound, BadInput, or Conflict where exactly this is recorded already.
    """
    subject = f"assessment {site_code[:60]} {programme_code[:60]} {criterion_code[:60]}"
    require_writer(scope, "record an assessment", subject)
    entry, record_id = checked_assessment(entry, now.date()), uuid4()
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        site, programme = get_site(scope, db, site_code), get_programme(scope, db, programme_code)
        _require_open(site, entry)
        criterion = get_criterion(scope, db, programme.id, criterion_code, entry.assessed_on)
        values: dict[str, object] = {
            "network": scope.network_id,
            "id": record_id,
            "site": site.id,
            "criterion": _replaced_version(scope, db, site.id, programme.id, criterion_code, entry) or criterion.id,
            "verdict": entry.verdict.value if entry.verdict else None,
            "on": entry.assessed_on,
            "until": entry.until,
            "note": entry.note or None,
            "replaces": entry.replaces_id,
            "by": scope.user_id,
            "at": now,
        }
        _append_assessment(scope, db, values)
        raise_data_version(scope, db)
    audit.record(scope, "record", subject, details={"record": str(record_id), "verdict": values["verdict"]})
    return record_id


def _require_open(site: SiteFacts, entry: AssessmentEntry) -> None:
    """Nobody looks at a site after it has closed; what was wrong before may still be corrected."""
    if site.closed_on is not None and entry.assessed_on > site.closed_on and entry.replaces_id is None:
        raise BadInput(
            f"{site.name} closed on {day_text(site.closed_on)}, so nobody looked at it on {day_text(entry.assessed_on)}."
            " Give an earlier day, or have the site's closing day corrected in its data."
        )


def _append_assessment(scope: Scope, db: Session, values: dict[str, object]) -> None:
    same = (
        "SELECT 1 FROM criterion_assessment a WHERE a.network_id = :network AND a.site_id = :site AND a.criterion_id = :criterion"
        " AND a.verdict IS NOT DISTINCT FROM :verdict AND a.assessed_on = :on AND a.until IS NOT DISTINCT FROM :until"
        " AND a.replaces_id IS NOT DISTINCT FROM :replaces AND NOT EXISTS (SELECT 1 FROM criterion_assessment n"
        " WHERE n.network_id = :network AND n.replaces_id = a.id)"
    )
    if db.execute(text(same), values).scalar():
        raise Conflict("Exactly this is recorded already, so nothing was added.")
    last: datetime | None = db.execute(
        text("SELECT max(recorded_at) FROM criterion_assessment WHERE network_id = :network AND site_id = :site"),
        {"network": scope.network_id, "site": values["site"]},
    ).scalar()
    now = values["at"]
    assert isinstance(now, datetime)
    values["at"] = max(now, last + timedelta(microseconds=1)) if last else now
    db.execute(
        text(
            "INSERT INTO criterion_assessment (network_id, id, site_id, criterion_id, verdict, assessed_on, until, note, replaces_id,"
            " recorded_at, recorded_by) VALUES (:network, :id, :site, :criterion, :verdict, :on, :until, :note, :replaces, :at, :by)"
        ),
        values,
    )


def _replaced_version(
    scope: Scope, db: Session, site_id: UUID, programme_id: UUID, code: str, entry: AssessmentEntry
) -> UUID | None:
    """The version that the corrected assessment speaks of. Raises BadInput where it is none of this site and criterion."""
    if entry.replaces_id is None:
        return None
    found: UUID | None = db.execute(
        text(
            "SELECT a.criterion_id FROM criterion_assessment a JOIN criterion c ON c.network_id = a.network_id AND c.id = a.criterion_id"
            " WHERE a.network_id = :network AND a.id = :id AND a.site_id = :site AND c.programme_id = :programme AND c.code = :code"
        ),
        {
            "network": scope.network_id,
            "id": entry.replaces_id,
            "site": site_id,
            "programme": programme_id,
            "code": code,
        },
    ).scalar()
    if found is None:
        raise BadInput("The assessment to correct is not one of this site and criterion; choose it from its history.")
    return found


def _newest(scope: Scope, db: Session, programme_id: UUID, code: str) -> CriterionVersion | None:
    versions = [one for one in fetch_criteria(scope, db, programme_id) if one.code == code]
    return versions[-1] if versions else None


def _said(version: CriterionVersion) -> CriterionText:
    return CriterionText(version.title, version.wording, version.evidence_asked or "", version.judged_by)


def _require_not_before(before: CriterionVersion | None, valid_from: date) -> None:
    if before is not None and valid_from < before.valid_from:
        raise BadInput("A new version cannot begin before the one it follows; give a later day.")


def _insert_version(
    scope: Scope,
    db: Session,
    programme_id: UUID,
    code: str,
    version: int,
    said: CriterionText,
    valid_from: date,
    now: datetime,
    *,
    withdrawn: bool = False,
) -> None:
    db.execute(
        text(
            "INSERT INTO criterion (network_id, id, programme_id, code, version, wording, evidence_asked, valid_from, title, judged_by,"
            " withdrawn, recorded_at, recorded_by) VALUES (:network, :id, :programme, :code, :version, :wording, :evidence, :valid_from,"
            " :title, :judged_by, :withdrawn, :at, :by)"
        ),
        {
            "network": scope.network_id,
            "id": uuid4(),
            "programme": programme_id,
            "code": code,
            "version": version,
            "wording": said.wording,
            "evidence": said.evidence_asked or None,
            "valid_from": valid_from,
            "title": said.title,
            "judged_by": said.judged_by.value if said.judged_by else None,
            "withdrawn": withdrawn,
            "at": now,
            "by": scope.user_id,
        },
    )
