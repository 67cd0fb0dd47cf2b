"""Entering runs into the ledger: what is due by a schedule, what is asked for by hand, and what newer data want issued again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import DueReport
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.queries.report_ledger import MADE_STATES
from webapp.queries.unmet_reports import AskedFor
from webapp.services import report_holds
from webapp.services.report_retries import DUE_AGAIN

ENDED_WITHOUT_A_REPORT = "('failed', 'cancelled')"
"""States of a run of which nothing is made and on which no worker is."""


def enter(
    scope: Scope,
    db: Session,
    missing: Sequence[DueReport],
    now: datetime,
    *,
    issue: int = 1,
    requested_by: UUID | None = None,
) -> list[UUID]:
    """Insert runs, in the caller's transaction; returns the ids of those that nobody else had entered.

    requested_by: who asked for them by hand; None: they are the schedule's own.
    """
    rows = db.execute(
        text(
            "INSERT INTO report_run (network_id, id, schedule_id, subject, site_id, period_start, period_end, issue, due_at, state,"
            " attempts, requested_by, created_at)"
            " SELECT :network, m.id, m.schedule_id, m.subject, m.site_id, m.starts, m.ends, :issue, m.due_at, 'due', 0,"
            " :requested_by, :now FROM unnest(CAST(:ids AS uuid[]), CAST(:schedules AS uuid[]), CAST(:subjects AS text[]),"
            " CAST(:sites AS uuid[]), CAST(:starts AS date[]), CAST(:ends AS date[]), CAST(:dues AS timestamptz[]))"
            " AS m(id, schedule_id, subject, site_id, starts, ends, due_at)"
            " ON CONFLICT (network_id, schedule_id, subject, period_start, issue) DO NOTHING RETURNING id"
        ),
        {
            "network": scope.network_id,
            "issue": issue,
            "requested_by": requested_by,
            "now": now,
            "ids": [uuid4() for _ in missing],
            "schedules": [due.schedule_id for due in missing],
            "subjects": [due.subject for due in missing],
            "sites": [due.site_id for due in missing],
            "starts": [due.period.start_on for due in missing],
            "ends": [due.period.end_on for due in missing],
            "dues": [due.due_at for due in missing],
        },
    )
    return list(rows.scalars())


def enter_next_issue(
    scope: Scope, db: Session, run_id: UUID, now: datetime, *, requested_by: UUID | None
) -> UUID | None:
    """Enter the issue after a stored one, in the caller's transaction; None when it is there and lives.

    One that failed or was cancelled is due again, for whoever wants it now. requested_by: as in `enter`.
    """
    entered: UUID | None = db.execute(
        text(
            "INSERT INTO report_run AS further (network_id, id, schedule_id, subject, site_id, period_start, period_end, issue, due_at,"
            " state, attempts, requested_by, created_at)"
            " SELECT network_id, :id, schedule_id, subject, site_id, period_start, period_end, issue + 1, due_at, 'due', 0, :by, :now"
            " FROM report_run WHERE network_id = :network AND id = :run"
            f" ON CONFLICT (network_id, schedule_id, subject, period_start, issue) DO UPDATE SET {DUE_AGAIN},"
            " requested_by = CASE WHEN further.requested_by IS NOT NULL THEN excluded.requested_by END"
            f" WHERE further.state IN {ENDED_WITHOUT_A_REPORT} RETURNING id"
        ),
        {"network": scope.network_id, "run": run_id, "id": uuid4(), "by": requested_by, "now": now},
    ).scalar()
    return entered


def take_over(scope: Scope, db: Session, asked_for: Sequence[AskedFor], now: datetime) -> list[UUID]:
    """Give a schedule, once they are due, the reports that were asked for by hand before; returns runs that are now to be made.

    A report that is made becomes the schedule's own, and is given out once more, now to its recipients. If its site's data are not
    complete, the schedule wants a further issue instead, which is held like any other. What failed or was cancelled is due again.
    What a worker still has to make, what was not given to those who asked, and what somebody else is at is left until the next time.
    """
    if not asked_for:
        return []
    ended = [each.run_id for each in asked_for if each.state in (RunState.FAILED, RunState.CANCELLED)]
    made = [each.run_id for each in asked_for if each.state in MADE_STATES and each.is_given]
    would_be_held = report_holds.judge(scope, db, made, now) if made else {}
    short, ready = ([run_id for run_id, held in would_be_held.items() if held is which] for which in (True, False))
    further = [enter_next_issue(scope, db, run_id, now, requested_by=None) for run_id in short]
    values = {"network": scope.network_id, "made": ready, "ended": ended}
    db.execute(
        text(
            "UPDATE report_run SET requested_by = NULL, distributed_at ="
            " CASE WHEN state = 'delivered' OR files_removed_at IS NOT NULL THEN distributed_at END"
            " WHERE network_id = :network AND id = ANY (:made) AND state IN ('stored', 'delivered') AND requested_by IS NOT NULL"
        ),
        values,
    )
    revived = db.execute(
        text(
            f"UPDATE report_run SET requested_by = NULL, {DUE_AGAIN}"
            f" WHERE network_id = :network AND id = ANY (:ended) AND state IN {ENDED_WITHOUT_A_REPORT}"
            " AND requested_by IS NOT NULL RETURNING id"
        ),
        values,
    ).scalars()
    return [*revived, *(run_id for run_id in further if run_id is not None)]
