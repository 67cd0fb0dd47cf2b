"""Reports of sites whose data are not complete: held with the sentence why, released by a person, by the data, or by the deadline."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.domain.errors import Conflict
from webapp.domain.periods import Period
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats
from webapp.queries.completeness import Completeness, fetch_completeness
from webapp.queries.network_settings import get_settings
from webapp.queries.report_ledger import get_run
from webapp.services import audit, outbox, run_queue
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
    ready = set(fresh)
    # Runs of one period share their counts; a backlog of months is past its deadlines and asks for none.
    for (start, end), group in groupby(
        _fetch_runs(scope, db, fresh), key=lambda run: (run.period_start, run.period_end)
    ):
        runs = list(group)
        waiting = [run for run in runs if now < run.deadline]
        ready |= _let_go(scope, db, [run for run in runs if now >= run.deadline])
        if not waiting:
            continue
        seen = Scope(scope.network_id, scope.user_id, scope.role, frozenset(run.site_id for run in waiting))
        found = fetch_completeness(seen, db, Period(start, end), settings.completeness_weeks)
        short = {
            site_id: each
            for site_id, each in found.items()
            if each.share is not None and each.share < settings.min_completeness
        }
        ready |= _let_go(scope, db, [run for run in waiting if run.site_id not in short])
        for run in waiting:
            if run.site_id in short:
                _hold(scope, db, run, short[run.site_id], settings.min_completeness)
                ready.discard(run.id)
    return sorted(ready)


def release(scope: Scope, run_id: UUID, now: datetime) -> None:
    """Let a held report be made as it is; it is then marked as incomplete.

    Raises NotFound for a run outside the scope, Conflict for one that is not held (any more).
    """
    with unit_of_work(scope) as db:
        run = get_run(scope, db, run_id)
        released = db.execute(
            text(
                "UPDATE report_run SET state = 'due', reason = NULL, progress = NULL, released_at = :now, released_by = :by"
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

    Raises NotFound for a run outside the scope, Conflict for one that is not being made or that nobody asked for.
    """
    with unit_of_work(scope) as db:
        run = get_run(scope, db, run_id)
        if run.requested_by is None:
            raise Conflict(
                "A report that is due by its schedule cannot be cancelled; end or change the schedule instead."
            )
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
    """Site reports that are held, or fresh, by period."""
    rows = db.execute(
        text(
            "SELECT r.id, r.site_id, r.period_start, r.period_end, r.state, coalesce(r.held_until, r.due_at + make_interval(days =>"
            " c.hold_days)), coalesce(v.zone, 'UTC')"
            " FROM report_run r JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
            " LEFT JOIN site_version v ON v.network_id = r.network_id AND v.site_id = r.site_id AND v.superseded_by_batch_id IS NULL"
            " WHERE r.network_id = :network AND c.kind = :kind AND (r.state = 'held' OR r.id = ANY (:fresh))"
            " ORDER BY r.period_start, r.period_end, r.due_at, r.id FOR UPDATE OF r SKIP LOCKED"
        ),
        {"network": scope.network_id, "kind": ReportKind.SITE.value, "fresh": list(fresh)},
    )
    return [
        _Run(id_, site, start, end, RunState(state), until, zone) for id_, site, start, end, state, until, zone in rows
    ]


def _let_go(scope: Scope, db: Session, runs: Sequence[_Run]) -> set[UUID]:
    held = [run.id for run in runs if run.state is RunState.HELD]
    if held:
        db.execute(
            text(
                "UPDATE report_run SET state = 'due', reason = NULL, progress = NULL WHERE network_id = :network AND id = ANY (:runs)"
                " AND state = 'held'"
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
