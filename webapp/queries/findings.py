"""Findings with how they stand, and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.answering import Standing, standing_of
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.queries.answers import StepLine, fetch_finding_steps


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding at one site. criterion: title and version of what it is held against."""

    id: UUID
    site_id: UUID
    site: str
    criterion: str | None
    origin: str
    severity: str
    wording: str
    found_on: date
    recorded_at: datetime
    recorded_by: str | None
    steps: tuple[StepLine, ...] = ()

    @property
    def standing(self) -> Standing:
        """How its mending stands."""
        return standing_of([line.taken for line in self.steps])


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of evidence. held: under a legal hold. disposed: its file is gone, its record and hash stay. outcome: of the last check."""

    id: UUID
    site_id: UUID
    site: str
    criterion: str | None
    finding_id: UUID | None
    stored_name: str
    given_name: str
    media_type: str
    size: int
    sha256: str
    covers_from: date | None
    covers_until: date | None
    keep_until: date | None
    recorded_at: datetime
    recorded_by: str | None
    held: bool
    disposed: bool
    outcome: str | None
    checked_at: datetime | None


_SITE = (
    "JOIN site_version v ON v.network_id = x.network_id AND v.site_id = x.site_id AND v.superseded_by_batch_id IS NULL"
    " LEFT JOIN criterion c ON c.network_id = x.network_id AND c.id = x.criterion_id"
    " LEFT JOIN user_account u ON u.id = x.recorded_by WHERE x.network_id = :network AND x.site_id = ANY (:sites)"
)
_CRITERION = "CASE WHEN c.id IS NOT NULL THEN c.title || ' (version ' || c.version || ')' END"


def fetch_findings(scope: Scope, db: Session, finding_id: UUID | None = None) -> list[FindingLine]:
    """The findings of the scope's sites, the latest first; one of them where it is named."""
    rows = db.execute(
        text(
            f"SELECT x.id, x.site_id, v.name, {_CRITERION}, x.origin, x.severity, x.wording, x.found_on, x.recorded_at, u.name"
            f" FROM finding x {_SITE} AND (CAST(:id AS uuid) IS NULL OR x.id = :id) ORDER BY x.recorded_at DESC, x.id"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "id": finding_id},
    ).all()
    steps = fetch_finding_steps(scope, db, [row[0] for row in rows])
    return [replace(FindingLine(*row), steps=tuple(steps.get(row[0], ()))) for row in rows]


def get_finding(scope: Scope, db: Session, finding_id: UUID) -> FindingLine:
    """One finding. Raises NotFound, alike for a foreign one and one that is not there."""
    found = fetch_findings(scope, db, finding_id)
    if not found:
        raise NotFound("There is no such finding, or none that you can see.")
    return found[0]


def fetch_evidence(
    scope: Scope, db: Session, *, evidence_id: UUID | None = None, finding_id: UUID | None = None
) -> list[EvidenceLine]:
    """The evidence of the scope's sites, the latest first; one piece, or that of one finding, where named."""
    rows = db.execute(
        text(
            f"SELECT x.id, x.site_id, v.name, {_CRITERION}, x.finding_id, x.stored_name, x.given_name, x.media_type, x.size, x.sha256,"
            " x.covers_from, x.covers_until, x.keep_until, x.recorded_at, u.name, coalesce((SELECT e.event = 'held' FROM"
            " evidence_event e WHERE e.network_id = x.network_id AND e.evidence_id = x.id AND e.event IN ('held', 'released')"
            " ORDER BY e.recorded_at DESC, e.id DESC LIMIT 1), false), EXISTS (SELECT 1 FROM evidence_event e WHERE"
            " e.network_id = x.network_id AND e.evidence_id = x.id AND e.event = 'disposed'), k.outcome, k.checked_at FROM evidence x"
            f" LEFT JOIN evidence_check k ON k.network_id = x.network_id AND k.evidence_id = x.id {_SITE}"
            " AND (CAST(:id AS uuid) IS NULL OR x.id = :id) AND (CAST(:finding AS uuid) IS NULL OR x.finding_id = :finding)"
            " ORDER BY x.recorded_at DESC, x.id"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "id": evidence_id, "finding": finding_id},
    )
    return [EvidenceLine(*row) for row in rows]


def get_evidence(scope: Scope, db: Session, evidence_id: UUID) -> EvidenceLine:
    """One piece. Raises NotFound, alike for a foreign one and one that is not there."""
    found = fetch_evidence(scope, db, evidence_id=evidence_id)
    if not found:
        raise NotFound("There is no such evidence, or none that you can see.")
    return found[0]


def fetch_unchecked(scope: Scope, db: Session, before: datetime, limit: int) -> Sequence[tuple[UUID, UUID, str, str]]:
    """Files not checked since that instant, the longest waiting first: evidence id, site id, stored name, hash."""
    rows = db.execute(
        text(
            "SELECT x.id, x.site_id, x.stored_name, x.sha256 FROM evidence x LEFT JOIN evidence_check k"
            " ON k.network_id = x.network_id AND k.evidence_id = x.id WHERE x.network_id = :network"
            " AND coalesce(k.checked_at, x.recorded_at) < :before AND NOT EXISTS (SELECT 1 FROM evidence_event e WHERE"
            " e.network_id = x.network_id AND e.evidence_id = x.id AND e.event = 'disposed')"
            " ORDER BY k.checked_at NULLS FIRST, x.id LIMIT :limit"
        ),
        {"network": scope.network_id, "before": before, "limit": limit},
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def count_damaged(scope: Scope, db: Session) -> dict[UUID, int]:
    """How many files of each site the last check found missing or changed; those disposed of are meant to be gone."""
    rows = db.execute(
        text(
            "SELECT k.site_id, count(*) FROM evidence_check k WHERE k.network_id = :network AND k.site_id = ANY (:sites)"
            " AND k.outcome <> 'whole' AND NOT EXISTS (SELECT 1 FROM evidence_event e WHERE e.network_id = k.network_id"
            " AND e.evidence_id = k.evidence_id AND e.event = 'disposed') GROUP BY k.site_id"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    )
    return {row[0]: int(row[1]) for row in rows}


def fetch_kept_evidence(scope: Scope, db: Session) -> frozenset[str]:
    """The names of all files that are to be there: those that a row names, without those disposed of."""
    rows = db.execute(
        text(
            "SELECT x.stored_name FROM evidence x WHERE x.network_id = :network AND NOT EXISTS (SELECT 1 FROM evidence_event e"
            " WHERE e.network_id = x.network_id AND e.evidence_id = x.id AND e.event = 'disposed')"
        ),
        {"network": scope.network_id},
    )
    return frozenset(rows.scalars())
