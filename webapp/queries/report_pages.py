"""What the pages about reports ask besides the ledger: what is being made, to whom a report went, and what falls due next."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import DueReport, due_reports
from webapp.domain.periods import add_months
from webapp.domain.report_kinds import KEEPERS, KIND_LABELS, SITE_KINDS, kinds_read_by
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.queries.report_ledger import IN_REACH, OPEN_STATES, WHOLE_NETWORK, LedgerRun, reach_values
from webapp.queries.schedules import fetch_reported_sites, fetch_schedules


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """What became of one delivery."""

    name: str
    channel: str
    state: str
    reason: str | None
    at: datetime
    seen_at: datetime | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A report that will be due."""

    due: DueReport
    label: str
    site_name: str


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that workers still have to make, and how far it is: {"phase", "rows_read", "pages", "files"}."""

    id: UUID
    state: RunState
    progress: dict[str, Any] | None


def fetch_open_of_month(scope: Scope, db: Session, month: date) -> list[OpenRun]:
    """What is still to be made of the reports whose period ends in a month, within the scope."""
    rows = db.execute(
        text(
            "SELECT r.id, r.state, r.progress FROM report_run r JOIN schedule c ON c.network_id = r.network_id"
            f" AND c.id = r.schedule_id WHERE {IN_REACH} AND r.state = ANY (:open)"
            " AND r.period_end > :first AND r.period_end <= :next"
        ),
        {
            **reach_values(scope),
            "open": [state.value for state in OPEN_STATES],
            "first": month,
            "next": add_months(month, 1),
        },
    )
    return [OpenRun(id_, RunState(state), progress) for id_, state, progress in rows]


def fetch_deliveries(scope: Scope, db: Session, run: LedgerRun) -> list[DeliveryLine]:
    """To whom a report went and did not, for those who keep schedules of its kind; nothing for anybody else."""
    if scope.role not in KEEPERS[run.kind] or not scope.whole_network:
        return []
    rows = db.execute(
        text(
            "SELECT u.name, d.channel, d.state, d.reason, d.at, d.seen_at, d.attempts FROM delivery d"
            " JOIN user_account u ON u.id = d.user_id WHERE d.network_id = :network AND d.run_id = :run"
            " ORDER BY u.name, d.user_id, d.channel"
        ),
        {"network": scope.network_id, "run": run.id},
    )
    return [DeliveryLine(*row) for row in rows]


def fetch_upcoming(scope: Scope, db: Session, now: datetime, until: datetime) -> list[Upcoming]:
    """What falls due within the scope after now and up to an instant, soonest first."""
    sites = {site.id: site for site in fetch_reported_sites(scope, db)} if scope.site_ids else {}
    readable = kinds_read_by(scope.role)
    found = []
    for schedule in fetch_schedules(scope, db):
        if schedule.kind not in readable or not (schedule.kind in SITE_KINDS or scope.whole_network):
            continue
        for due in due_reports([schedule], list(sites.values()), until):
            if due.due_at > now:
                name = sites[due.site_id].name if due.site_id else WHOLE_NETWORK
                found.append(Upcoming(due, KIND_LABELS[schedule.kind], name))
    return sorted(found, key=lambda each: (each.due.due_at, each.site_name, each.label))
