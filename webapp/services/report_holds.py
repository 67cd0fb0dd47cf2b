"""Reports of sites whose data are not complete: held with the sentence why, released by a person, by the data, or by the deadline."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.domain.errors import Conflict
from webapp.domain.periods import Period
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.settings import MeasureSettings
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats
from webapp.queries.completeness import Completeness, fetch_completeness
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ledger import get_run
from webapp.queries.schedules import fetch_running
from webapp.services import audit, outbox, run_queue
from webapp.services.report_retries import DUE_AGAIN
from webapp.services.run_queue import REPORT
from webapp.transactions import unit_of_work


@dataclass(frozen=True, slots=True)
class _Run:
    """A site's report that may be held or released. deadline: until when it may wait. zone: the site's own now."""

    id: UUID
    site_id: UUID
    period_start: date
    period_end: date
    state: RunState
    deadline: datetime
    zone: str


def review(scope: Scope, db: Session, fresh: Sequence[UUID], now: datetime) -> list[UUID]:
    """Hold what has just fallen due and is not complete; let go what is complete by now or has waited long enough.

    In the transaction that enters the fresh runs, before any worker hears of them. Returns the runs, fresh or held until now,
    that workers are to be told of.
    """
    settings = get_settings(scope, db)
    runs = _fetch_runs(scope, db, fresh)
    short = _short_ones(scope, db, [run for run in runs if now < run.deadline], settings)
    ready = set(fresh) | _let_go(scope, db, [run for run in runs if run.id not in short])
    for run in runs:
        if run.id in short:
            _hold(scope, db, run, short[run.id], settings.min_completeness)
            ready.discard(run.id)
    return sorted(ready)


def judge(scope: Scope, db: Session, run_ids: Sequence[UUID], now: datetime) -> dict[UUID, bool]:
    """For each of these runs of site reports whether it would be held if it fell due now: its data are not complete, and it may wait.

    The runs are locked for the caller's transaction. Those on which somebody else is at this moment are left out.
    """
    runs = [run for run in _fetch_runs(scope, db, run_ids) if run.id in run_ids]
    short = _short_ones(scope, db, [run for run in runs if now < run.deadline], get_settings(scope, db))
    return {run.id: run.id in short for run in runs}


def _short_ones(scope: Scope, db: Session, runs: Sequence[_Run], settings: MeasureSettings) -> dict[UUID, Completeness]:
    """Those of the runs whose data are not complete, with how complete they are."""
    short = {}
    # Runs of one period share their counts; a backlog of months is past its deadlines and asks for none.
    for (start, end), group in groupby(runs, key=lambda run: (run.period_start, run.period_end)):
        of_period = list(group)
        seen = Scope(scope.network_id, scope.user_id, scope.role, frozenset(run.site_id for run in of_period))
        found = fetch_completeness(seen, db, Period(start, end), settings.completeness_weeks)
        for run in of_period:
            share = found[run.site_id].share
            if share is not None and share < settings.min_completeness:
                short[run.id] = found[run.site_id]
    return short


def release(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Let a held report be made as it is; it is then marked as incomplete.

    Raises NotFound for a run outside the scope, Conflict for one that is not held (any more).
    """
    with unit_of_work(scope) as db:
        run = get_run(scope, db, run_id)
        released = db.execute(
            text(
                f"UPDATE report_run SET {DUE_AGAIN}, released_at = :now, released_by = :by"
                " WHERE network_id = :network AND id = :run AND state = 'held' RETURNING id"
            ),
            {"network": scope.network_id, "run": run_id, "now": now, "by": scope.user_id},
        ).scalar()
        if released is None:
            raise Conflict("This report is not held any more. Open Reports to see where it stands.")
        run_queue.enter(scope, db, REPORT, [run_id])
        outbox.ring(scope, db, [run_id], now)
        audit.record_within(scope, db, "release a held report", f"report run {run_id}", details={"issue": run.issue})
        faults.reached("hold.2.released")
    faults.reached("hold.3.committed")
    run_queue.reopen([run_id])
    outbox.relay(now)


def cancel(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Stop the making of a report that was asked for by hand. One that a schedule wants is due again when its time comes.

    Raises NotFound for a run outside the scope, Conflict for one that is not being made or that nobody asked for: what is due by
    a schedule, and what newer data want issued again.
    """
    with unit_of_work(scope) as db:
        run = get_run(scope, db, run_id)
        if run.requested_by is None:
            raise Conflict(
                "A report that is due by its schedule cannot be cancelled; end or change the schedule instead."
            )
        if not run.is_wished:
            raise Conflict("Newer data changed this month, so it is issued again; that cannot be cancelled.")
        cancelled = db.execute(
            text(
                "UPDATE report_run SET state = 'cancelled', reason = :reason, progress = NULL WHERE network_id = :network"
                " AND id = :run AND state IN ('due', 'queued', 'running') RETURNING id"
            ),
            {
                "network": scope.network_id,
                "run": run_id,
                "reason": f"Cancelled on {formats.instant(now, run.site_zone)}. Ask for it again whenever you like.",
            },
        ).scalar()
        if cancelled is None:
            raise Conflict("This report is not being made any more. Open Reports to see where it stands.")
        audit.record_within(scope, db, "cancel a report", f"report run {run_id}")


def _fetch_runs(scope: Scope, db: Session, fresh: Sequence[UUID]) -> list[_Run]:
    """Site reports that are held, or fresh, by period. How long they may wait is said by the schedule that runs by now."""
    rows = db.execute(
        text(
            "SELECT r.id, r.site_id, r.period_start, r.period_end, r.state, r.schedule_id, r.due_at, r.held_until,"
            " coalesce(v.zone, 'UTC')"
            " FROM report_run r JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
            " LEFT JOIN site_version v ON v.network_id = r.network_id AND v.site_id = r.site_id AND v.superseded_by_batch_id IS NULL"
            " WHERE r.network_id = :network AND c.kind = :kind AND (r.state = 'held' OR r.id = ANY (:fresh))"
            " ORDER BY r.period_start, r.period_end, r.due_at, r.id FOR UPDATE OF r SKIP LOCKED"
        ),
        {"network": scope.network_id, "kind": ReportKind.SITE.value, "fresh": list(fresh)},
    ).all()
    running = fetch_running(scope, db) if rows else {}
    found = []
    for id_, site, start, end, state, schedule_id, due, until, zone in rows:
        deadline = until or due + timedelta(days=running[schedule_id].hold_days)
        found.append(_Run(id_, site, start, end, RunState(state), deadline, zone))
    return found


def _let_go(scope: Scope, db: Session, runs: Sequence[_Run]) -> set[UUID]:
    held = [run.id for run in runs if run.state is RunState.HELD]
    if held:
        db.execute(
            text(
                f"UPDATE report_run SET {DUE_AGAIN} WHERE network_id = :network AND id = ANY (:runs) AND state = 'held'"
            ),
            {"network": scope.network_id, "runs": held},
        )
    return {run.id for run in runs}


def _hold(scope: Scope, db: Session, run: _Run, found: Completeness, least: float) -> None:
    reason = (
        f"{formats.rate(found.share, found.expected or 0, 'expected sessions')} received; it waits for {formats.percent(least)}."
        f" It is made as soon as the data are in, and on {formats.instant(run.deadline, run.zone)} at the latest, marked as incomplete."
    )
    db.execute(
        text(
            "UPDATE report_run SET state = 'held', reason = :reason, held_until = :deadline, progress = CAST(:counts AS jsonb)"
            " WHERE network_id = :network AND id = :run AND state IN ('due', 'held') AND reason IS DISTINCT FROM :reason"
        ),
        {
            "network": scope.network_id,
            "run": run.id,
            "reason": reason,
            "deadline": run.deadline,
            "counts": json.dumps({"phase": "held", "received": found.received, "expected": found.expected}),
        },
    )
