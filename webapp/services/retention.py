"""How long report files are kept: removed when the network's time is over, never under legal hold; the ledger keeps the row."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from webapp.artifacts import file_store
from webapp.domain.errors import NotAllowed
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ledger import get_run
from webapp.services import audit, people
from webapp.transactions import unit_of_work

log = logging.getLogger(__name__)

HOLDERS = frozenset({Role.MANAGER, Role.COMPLIANCE})


def remove_expired(now: datetime) -> int:
    """Remove what has been kept long enough, in every network; returns how many reports lost their files. Goes network by network."""
    removed = 0
    for network_id in people.fetch_network_ids():
        try:
            removed += remove_expired_network(people.network_scope(network_id), now)
        except Exception:
            log.exception("the old reports of network %s could not be removed; the others go on", network_id)
    return removed


def remove_expired_network(scope: Scope, now: datetime) -> int:
    """Remove the files and the kept tables of one network's old reports; when, and their hashes, stay in the ledger.

    A report is held with all its issues, whichever of them bears the hold, and those too that came after it.
    First it is written down, then the files go: what a crash leaves between the two is swept as files without a run.
    """
    with unit_of_work(scope) as db:
        months = get_settings(scope, db).report_retention_months
        last = datetime.combine(add_months(now.date(), -months), now.timetz())
        expired = list(
            db.execute(
                text(
                    "UPDATE report_run r SET files_removed_at = :now, document = NULL WHERE network_id = :network"
                    " AND state IN ('stored', 'delivered') AND stored_at < :last AND legal_hold_at IS NULL"
                    " AND files_removed_at IS NULL AND NOT EXISTS (SELECT FROM report_run h WHERE h.network_id = r.network_id"
                    " AND h.schedule_id = r.schedule_id AND h.subject = r.subject AND h.period_start = r.period_start"
                    " AND h.legal_hold_at IS NOT NULL) RETURNING id"
                ),
                {"network": scope.network_id, "now": now, "last": last},
            ).scalars()
        )
        names = list(
            db.execute(
                text("SELECT stored_name FROM artifact WHERE network_id = :network AND run_id = ANY (:runs)"),
                {"network": scope.network_id, "runs": expired},
            ).scalars()
        )
        for run_id in expired:
            audit.record_within(scope, db, "remove old files", f"report run {run_id}", details={"months": months})
    for name in names:
        file_store().remove(name)
    return len(expired)


def set_legal_hold(scope: Scope, run_id: UUID, held: bool, now: datetime) -> None:
    """Put a report under legal hold, or lift it: while it holds, no issue of the report is removed. run_id: any of its issues.

    Raises NotAllowed for a role that does not decide this, NotFound for a report outside the scope.
    """
    if scope.role not in HOLDERS:
        raise NotAllowed("A legal hold is set by the network manager or the compliance officer.")
    with unit_of_work(scope) as db:
        get_run(scope, db, run_id)
        db.execute(
            text(
                "UPDATE report_run r SET legal_hold_at = CASE WHEN :held THEN coalesce(r.legal_hold_at, :now) END,"
                " legal_hold_by = CASE WHEN :held THEN coalesce(r.legal_hold_by, :by) END FROM report_run one"
                " WHERE one.network_id = :network AND one.id = :run AND r.network_id = one.network_id"
                " AND r.schedule_id = one.schedule_id AND r.subject = one.subject AND r.period_start = one.period_start"
            ),
            {"network": scope.network_id, "run": run_id, "held": held, "now": now, "by": scope.user_id},
        )
        action = "set a legal hold" if held else "lift a legal hold"
        audit.record_within(scope, db, action, f"report run {run_id}")
