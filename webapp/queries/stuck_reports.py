"""Reports that wait for a person: held for want of data, or failed, each with a sentence that says so and what can be done."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.doors import ROUTES
from webapp.domain.report_kinds import KIND_LABELS, ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats
from webapp.queries.report_ledger import IN_REACH, reach_values


@dataclass(frozen=True, slots=True)
class StuckReport:
    """One of them. site_id: None for a report of the whole network. sentence: **strong** words between stars."""

    run_id: UUID
    site_id: UUID | None
    sentence: str
    next_step: str


def fetch_stuck_reports(scope: Scope, db: Session) -> list[StuckReport]:
    """Those of the kinds that whoever is asking may read, newest period first."""
    rows = db.execute(
        text(
            "SELECT r.id, r.site_id, c.kind, r.state, r.period_start, r.period_end, r.reason FROM report_run r"
            " JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
            f" WHERE {IN_REACH} AND r.state IN ('held', 'failed') ORDER BY r.period_start DESC, c.kind, r.id"
        ),
        reach_values(scope),
    )
    may_retry = ROUTES["reports.try_again"].admits(scope.role)
    found = []
    for run_id, site_id, kind, state, start, end, reason in rows:
        what = f"{KIND_LABELS[ReportKind(kind)]}, {formats.period_name(start, end)}"
        if state == RunState.HELD:
            said, step = f"{what}, is **held**{_because(reason)}", "Open the report"
        else:
            said = f"{what}, **failed** and is not tried again by itself{_because(reason)}"
            step = "Try it again" if may_retry else "Open the report"
        found.append(StuckReport(run_id, site_id, said, step))
    return found


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else "."
