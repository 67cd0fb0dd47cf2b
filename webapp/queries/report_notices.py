"""What waits to be noticed: reports that came for somebody, and those that somebody was not sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.report_kinds import KEEPERS, kinds_kept_by
from webapp.domain.scope import Scope
from webapp.queries.report_ledger import IN_REACH, WHOLE_NETWORK, reach_values

MOST_LISTED = 50
_OF_SCHEDULES = (
    "delivery d JOIN report_run r ON r.network_id = d.network_id AND r.id = d.run_id"
    " JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
)
UNSENT = (
    "d.network_id = :network AND d.state IN ('not_sent', 'failed') AND d.owner_seen_at IS NULL AND :whole AND c.kind = ANY (:kept)"
    " AND (c.created_by = :user OR NOT EXISTS (SELECT FROM membership m JOIN user_account a ON a.id = m.user_id"
    " WHERE m.network_id = c.network_id AND m.user_id = c.created_by AND a.is_active AND m.revoked_at IS NULL"
    " AND (m.valid_until IS NULL OR m.valid_until > :now) AND c.kind || ' ' || m.role = ANY (:keepers)))"
)
"""Of a delivery `d` of a run of the schedule `c`: whether whoever is asking is to be told that it was not sent. That is whoever set the
schedule up; where nobody did or they keep it no more, everybody who keeps schedules of its kind."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A report of a schedule that one answers for, which somebody was not sent. id: of the delivery that did not come off."""

    id: UUID
    name: str
    run_id: UUID
    what: str
    reason: str | None


def told_values(scope: Scope, now: datetime) -> dict[str, Any]:
    """The bound values of UNSENT."""
    return {
        "network": scope.network_id,
        "user": scope.user_id,
        "whole": scope.whole_network,
        "now": now,
        "kept": [kind.value for kind in kinds_kept_by(scope.role)],
        "keepers": [f"{kind.value} {role.value}" for kind, roles in KEEPERS.items() for role in roles],
    }


def count_unread(scope: Scope, db: Session, now: datetime) -> int:
    """How many delivered reports wait for whoever is asking, and how many could not be sent of the schedules that they answer for.

    Only what they may still open counts: what no page lists could never be taken away.
    """
    return int(
        db.execute(
            text(
                f"SELECT (SELECT count(*) FROM {_OF_SCHEDULES} WHERE {IN_REACH}"
                " AND d.user_id = :user AND d.channel = 'app' AND d.state = 'delivered' AND d.seen_at IS NULL)"
                f" + (SELECT count(*) FROM {_OF_SCHEDULES} WHERE {UNSENT})"
            ),
            {**reach_values(scope), **told_values(scope, now)},
        ).scalar_one()
    )


def count_unsent(scope: Scope, db: Session, now: datetime) -> int:
    """How many could not be sent of the schedules that whoever is asking answers for, listed or not."""
    statement = f"SELECT count(*) FROM {_OF_SCHEDULES} WHERE {UNSENT}"
    return int(db.execute(text(statement), told_values(scope, now)).scalar_one())


def fetch_unsent(scope: Scope, db: Session, now: datetime) -> list[Unsent]:
    """What could not be sent of the schedules that whoever is asking answers for, as far as nobody has taken notice yet.

    The newest MOST_LISTED: the others follow when these are taken away.
    """
    rows = db.execute(
        text(
            "SELECT d.id, u.name, r.id, c.name || ', ' || coalesce(v.name, :whole_network), d.reason"
            f" FROM {_OF_SCHEDULES}"
            " JOIN user_account u ON u.id = d.user_id"
            " LEFT JOIN site_version v ON v.network_id = r.network_id AND v.site_id = r.site_id AND v.superseded_by_batch_id IS NULL"
            f" WHERE {UNSENT} ORDER BY d.at DESC, u.name, d.id LIMIT :most"
        ),
        {**told_values(scope, now), "whole_network": WHOLE_NETWORK, "most": MOST_LISTED},
    )
    return [Unsent(*row) for row in rows]
