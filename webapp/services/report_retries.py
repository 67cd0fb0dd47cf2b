"""A report that could not be made is tried again because somebody says so: of any kind, with as many attempts as at first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict
from webapp.domain.scope import Scope
from webapp.queries.report_ledger import get_run
from webapp.services import audit, outbox, run_queue
from webapp.services.run_queue import REPORT
from webapp.transactions import unit_of_work

DUE_AGAIN = "state = 'due', reason = NULL, attempts = 0, progress = NULL"
"""What is set in a run that workers are to make from the beginning, whatever became of it before."""


def try_again(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Let a failed report be made after all, and tell the workers.

    Raises NotFound for a run outside the scope, Conflict for one that has not failed (any more).
    """
    with unit_of_work(scope) as db:
        run = get_run(scope, db, run_id)
        if not make_due(scope, db, run_id, "failed"):
            raise Conflict(
                "This report has not failed, or is being tried again already. Open Reports to see where it stands."
            )
        run_queue.enter(scope, db, REPORT, [run_id])
        outbox.ring(scope, db, [run_id], now)
        audit.record_within(
            scope, db, "try a failed report again", f"report run {run_id}", details={"issue": run.issue}
        )
    run_queue.reopen([run_id])
    outbox.relay(now)


def make_due(scope: Scope, db: Session, run_id: UUID, *ended: str) -> bool:
    """Put a run that ended so back to due, its attempts counted from none; False when it stands otherwise.

    Whoever calls it enters the run in the queue, and reopens it there once the change is committed.
    """
    found = db.execute(
        text(
            f"UPDATE report_run SET {DUE_AGAIN}"
            " WHERE network_id = :network AND id = :run AND state = ANY (:ended) RETURNING id"
        ),
        {"network": scope.network_id, "run": run_id, "ended": list(ended)},
    ).scalar()
    return found is not None
