"""Programmes with their criteria in versions, and the matrix of sites by criteria on a day, as known at an instant."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain import compliance
from webapp.domain.criteria import Assessment, FoundAs, found_on
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Verdict
from webapp.queries.accreditation import ProgrammeFacts, fetch_programmes
from webapp.queries.sites import SiteFacts, fetch_sites


@dataclass(frozen=True, slots=True)
class CriterionVersion:
    """One version of one criterion. judged_by: the criterion of a session that speaks of the same. withdrawn: asked no more."""

    id: UUID
    programme_id: UUID
    code: str
    version: int
    title: str
    wording: str
    evidence_asked: str | None
    judged_by: compliance.Criterion | None
    valid_from: date
    withdrawn: bool
    recorded_at: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class ProgrammeBefore:
    """What a programme was until an instant."""

    version: int
    name: str
    body: str | None
    counts: bool
    superseded_at: datetime
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class SiteCriterion:
    """One cell of the matrix. asked: the version asked on the day. found: by the version that its assessment speaks of."""

    site: SiteFacts
    asked: CriterionVersion
    found: FoundAs

    @property
    def of_earlier_version(self) -> int | None:
        """The earlier version that was assessed, where it is not the one asked on the day."""
        deciding = self.found.deciding
        return deciding.version if deciding is not None and deciding.version != self.asked.version else None


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """One assessment as it was taken down."""

    id: UUID
    criterion: CriterionVersion
    verdict: Verdict | None
    assessed_on: date
    until: date | None
    note: str | None
    recorded_at: datetime
    recorded_by: str | None
    replaces_id: UUID | None
    replaced: bool


_NAMED = "LEFT JOIN user_account u ON u.id = {}"


def fetch_criteria(scope: Scope, db: Session, programme_id: UUID | None = None) -> list[CriterionVersion]:
    """Every version of the criteria, by code and version; of one programme, or of all."""
    rows = db.execute(
        text(
            "SELECT c.id, c.programme_id, c.code, c.version, c.title, c.wording, c.evidence_asked, c.judged_by, c.valid_from,"
            f" c.withdrawn, c.recorded_at, u.name AS recorded_by_name FROM criterion c {_NAMED.format('c.recorded_by')}"
            " WHERE c.network_id = :network AND (CAST(:programme AS uuid) IS NULL OR c.programme_id = :programme)"
            " ORDER BY c.programme_id, c.code, c.version"
        ),
        {"network": scope.network_id, "programme": programme_id},
    )
    return [
        CriterionVersion(
            row.id,
            row.programme_id,
            row.code,
            row.version,
            row.title,
            row.wording,
            row.evidence_asked,
            compliance.Criterion(row.judged_by) if row.judged_by else None,
            row.valid_from,
            row.withdrawn,
            row.recorded_at,
            row.recorded_by_name,
        )
        for row in rows
    ]


def asked_on(criteria: Sequence[CriterionVersion], on: date) -> list[CriterionVersion]:
    """The version of each criterion that is asked on a day, in the order they were first recorded; withdrawn ones are not."""
    newest: dict[tuple[UUID, str], CriterionVersion] = {}
    first: dict[tuple[UUID, str], tuple[datetime, str]] = {}
    for one in criteria:
        key = (one.programme_id, one.code)
        first.setdefault(key, (one.recorded_at, one.code))
        if one.valid_from <= on and (key not in newest or one.version > newest[key].version):
            newest[key] = one
    return sorted((one for one in newest.values() if not one.withdrawn), key=lambda c: first[c.programme_id, c.code])


def get_criterion(scope: Scope, db: Session, programme_id: UUID, code: str, on: date) -> CriterionVersion:
    """The version of that criterion asked on a day. Raises NotFound."""
    found = [one for one in asked_on(fetch_criteria(scope, db, programme_id), on) if one.code == code]
    if not found:
        raise NotFound(f"There is no criterion “{code[:60]}” asked on that day in this programme.")
    return found[0]


def fetch_programme_versions(scope: Scope, db: Session, programme_id: UUID) -> list[ProgrammeBefore]:
    """What a programme was before each change, the latest first."""
    rows = db.execute(
        text(
            "SELECT v.version, v.name, v.body, v.counts, v.superseded_at, u.name FROM programme_version v"
            f" {_NAMED.format('v.superseded_by')} WHERE v.network_id = :network AND v.programme_id = :programme ORDER BY v.version DESC"
        ),
        {"network": scope.network_id, "programme": programme_id},
    )
    return [ProgrammeBefore(*row) for row in rows]


def fetch_criteria_matrix(
    scope: Scope, db: Session, on: date, known_at: datetime | None = None
) -> dict[ProgrammeFacts, list[SiteCriterion]]:
    """Every site of the scope by every criterion asked on that day, programme by programme; programmes without criteria are left out."""
    criteria = fetch_criteria(scope, db)
    by_programme = _asked_by_programme(scope, db, criteria, on)
    assessments = _assessments(scope, db, criteria, on, known_at)
    sites = [(site, assessments.get(site.id, {})) for site in fetch_sites(scope, db)]
    matrix = {}
    for programme, asked in by_programme.items():
        keyed = [(one, (str(programme.id), one.code)) for one in asked]
        matrix[programme] = [
            SiteCriterion(site, one, found_on(own.get(key, ()), on, known_at))
            for site, own in sites
            for one, key in keyed
        ]
    return matrix


def fetch_assessment_lines(scope: Scope, db: Session, site_id: UUID, programme_id: UUID) -> list[AssessmentLine]:
    """What was recorded of one site and programme, the latest first."""
    criteria = {one.id: one for one in fetch_criteria(scope, db, programme_id)}
    rows = db.execute(
        text(
            "SELECT a.id, a.criterion_id, a.verdict, a.assessed_on, a.until, a.note, a.recorded_at, u.name, a.replaces_id,"
            " EXISTS (SELECT 1 FROM criterion_assessment n WHERE n.network_id = :network AND n.replaces_id = a.id) AS replaced"
            f" FROM criterion_assessment a {_NAMED.format('a.recorded_by')} WHERE a.network_id = :network AND a.site_id = :site"
            " AND a.site_id = ANY (:sites) AND a.criterion_id = ANY (:criteria) ORDER BY a.recorded_at DESC, a.id"
        ),
        {
            "network": scope.network_id,
            "site": site_id,
            "sites": list(scope.site_ids),
            "criteria": list(criteria),
        },
    )
    return [AssessmentLine(row[0], criteria[row[1]], Verdict(row[2]) if row[2] else None, *row[3:]) for row in rows]


def _asked_by_programme(
    scope: Scope, db: Session, criteria: Sequence[CriterionVersion], on: date
) -> dict[ProgrammeFacts, list[CriterionVersion]]:
    asked = asked_on(criteria, on)
    found: dict[ProgrammeFacts, list[CriterionVersion]] = {}
    for programme in fetch_programmes(scope, db):
        own = [one for one in asked if one.programme_id == programme.id]
        if own:
            found[programme] = own
    return found


_VERDICTS = {verdict.value: verdict for verdict in Verdict}
_SAID = "a.site_id, a.criterion_id, a.id, a.verdict, a.assessed_on, a.until, a.recorded_at, a.replaces_id"
_OF_SITES = (
    "FROM criterion_assessment a WHERE a.network_id = :network AND a.site_id = ANY (:sites)"
    " AND (CAST(:known_at AS timestamptz) IS NULL OR a.recorded_at <= :known_at)"
)
# Of a site and a version that was never corrected the last word alone is read; what was corrected is read whole and replayed.
_LAST_WORDS = f"""
    WITH correcting AS MATERIALIZED (SELECT a.site_id, a.criterion_id, a.replaces_id {_OF_SITES} AND a.replaces_id IS NOT NULL),
    corrected AS MATERIALIZED (SELECT site_id, criterion_id FROM correcting UNION SELECT r.site_id, r.criterion_id
        FROM correcting k JOIN criterion_assessment r ON r.network_id = :network AND r.id = k.replaces_id),
    plain AS (SELECT DISTINCT ON (a.site_id, a.criterion_id) {_SAID}
        {_OF_SITES} AND a.assessed_on <= :on AND (a.until IS NULL OR a.until >= a.assessed_on)
        ORDER BY a.site_id, a.criterion_id, a.assessed_on DESC, a.recorded_at DESC, a.verdict = 'not_met' DESC,
            a.verdict = 'not_recorded' DESC, a.id DESC)
    SELECT {_SAID} FROM plain a WHERE (a.site_id, a.criterion_id) NOT IN (SELECT site_id, criterion_id FROM corrected)
    UNION ALL SELECT {_SAID} {_OF_SITES} AND (a.site_id, a.criterion_id) IN (SELECT site_id, criterion_id FROM corrected)"""


def _assessments(
    scope: Scope, db: Session, criteria: Sequence[CriterionVersion], on: date, known_at: datetime | None
) -> dict[UUID, dict[tuple[str, str], list[Assessment]]]:
    """What decides on that day, by site, then by programme and code of the criterion."""
    values = {"network": scope.network_id, "sites": list(scope.site_ids), "on": on, "known_at": known_at}
    known = {one.id: ((str(one.programme_id), one.code), one.version) for one in criteria}
    found: dict[UUID, dict[tuple[str, str], list[Assessment]]] = defaultdict(dict)
    for site_id, criterion_id, record_id, verdict, day, until, recorded_at, replaces in db.execute(
        text(_LAST_WORDS), values
    ).all():
        key, version = known[criterion_id]
        said = _VERDICTS[verdict] if verdict else None
        one = Assessment(record_id, version, said, day, until, recorded_at, replaces)
        found[site_id].setdefault(key, []).append(one)
    return found
