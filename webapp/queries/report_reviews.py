"""Stored reports that newer data may have made wrong, and the issues of one report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.scope import Scope

_NEWER_TOUCH = (
    "SELECT FROM report_touch t WHERE t.network_id = r.network_id AND t.first_on < r.period_end"
    " AND t.data_version > coalesce(r.reviewed_version, r.data_version)"
)
TOUCHED_SINCE = f"(EXISTS ({_NEWER_TOUCH} AND t.site_id = r.site_id) OR r.site_id IS NULL AND EXISTS ({_NEWER_TOUCH}))"
"""Whether a day before the end of the report's period was touched by a newer data version than the one that it was read at, or last
looked at with; for a report of the network, a day of any site."""
NEWER_RECORDS = (
    "(EXISTS (SELECT 1 FROM accreditation_record a WHERE a.network_id = r.network_id"
    " AND a.recorded_at > coalesce(r.reviewed_records_at, r.as_of) AND (a.site_id = r.site_id OR r.site_id IS NULL))"
    " OR r.site_id IS NULL AND EXISTS (SELECT 1 FROM credential_record c WHERE c.network_id = r.network_id"
    " AND c.recorded_at > coalesce(r.reviewed_records_at, r.as_of)))"
)
"""Whether an accreditation of the report's site was recorded after what the report was made from, or last looked at with; for a
report of the network, an accreditation or a credential of anybody."""

_MARKED_BEFORE = "r.review_since IS NOT NULL AND r.reviewed_version IS NULL"
"""A mark of a version of Dripline that wrote it on the report itself."""

MOST_TRIES = 5
"""So often is one report looked at under one data version without an end to it; then it waits until the network has a newer one."""


@dataclass(frozen=True, slots=True)
class StoredIssue:
    """The newest stored issue of a report, with its kept tables.

    network_version: the network's data version now. records_at: its newest record of accreditation or credential.
    reviewed_version: the data version at which it was last looked at; None: never.
    """

    run_id: UUID
    document: bytes
    network_version: int
    records_at: datetime | None
    reviewed_version: int | None


def fetch_to_review(scope: Scope, db: Session, most: int) -> Sequence[StoredIssue]:
    """The newest issues that something newer touches and that nobody has looked at since, first those not looked at for longest.

    A further issue that failed or was cancelled leaves the one before it the newest. However often a report is touched, it keeps
    its place; once it was looked at it stands behind all others. One whose look went wrong comes after those that nobody tried, and
    is left out once it was tried MOST_TRIES times under the data version there is.
    """
    rows = db.execute(
        text(
            "SELECT r.id, r.document, n.data_version, r.reviewed_version FROM report_run r JOIN network n ON n.id = r.network_id"
            " WHERE r.network_id = :network AND r.state IN ('stored', 'delivered') AND r.document IS NOT NULL"
            f" AND ({TOUCHED_SINCE} OR {NEWER_RECORDS} OR {_MARKED_BEFORE})"
            " AND coalesce(r.reviewed_version, r.data_version) < n.data_version"
            " AND (r.review_tried_version IS DISTINCT FROM n.data_version OR r.review_attempts < :tries)"
            " AND NOT EXISTS (SELECT 1 FROM report_run l WHERE l.network_id = r.network_id AND l.schedule_id = r.schedule_id"
            " AND l.subject = r.subject AND l.period_start = r.period_start AND l.issue > r.issue"
            " AND l.state NOT IN ('failed', 'cancelled'))"
            " ORDER BY r.review_attempts, coalesce(r.reviewed_version, r.data_version), r.period_start DESC, r.id LIMIT :most"
        ),
        {"network": scope.network_id, "most": most, "tries": MOST_TRIES},
    ).all()
    newest = _newest_record(scope, db) if rows else None
    return [
        StoredIssue(run_id, str(document).encode(), version, newest, seen) for run_id, document, version, seen in rows
    ]


def _newest_record(scope: Scope, db: Session) -> datetime | None:
    """When the network's newest accreditation or credential was recorded."""
    newest: datetime | None = db.execute(
        text(
            "SELECT greatest((SELECT max(recorded_at) FROM accreditation_record WHERE network_id = :network),"
            " (SELECT max(recorded_at) FROM credential_record WHERE network_id = :network))"
        ),
        {"network": scope.network_id},
    ).scalar_one()
    return newest


def fetch_issue_ids(scope: Scope, db: Session, run_id: UUID) -> list[tuple[UUID, int]]:
    """Every stored issue of the report that a run belongs to, newest first: id and number."""
    rows = db.execute(
        text(
            "SELECT o.id, o.issue FROM report_run r JOIN report_run o ON o.network_id = r.network_id"
            " AND o.schedule_id = r.schedule_id AND o.subject = r.subject AND o.period_start = r.period_start"
            " WHERE r.network_id = :network AND r.id = :run AND o.document IS NOT NULL ORDER BY o.issue DESC"
        ),
        {"network": scope.network_id, "run": run_id},
    )
    return [(id_, issue) for id_, issue in rows]
