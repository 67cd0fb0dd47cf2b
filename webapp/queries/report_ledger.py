"""The ledger of reports: what was expected and what became of it; schedules, and the files behind a stored run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import DueReport, MonthlySchedule, ReportedSite, ZoneChange, due_reports
from webapp.domain.errors import NotFound
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState

NO_SUCH_REPORT = "There is no such report, or none that you can see."
OPEN_STATES = (RunState.DUE, RunState.QUEUED, RunState.RUNNING)
MADE_STATES = (RunState.STORED, RunState.DELIVERED)

_RUN_COLUMNS = (
    "r.id, r.schedule_id, r.site_id, s.code, coalesce(v.name, s.code), r.period_start, r.period_end, r.issue, r.due_at, r.state,"
    " r.reason, r.attempts, r.progress, r.as_of, r.data_version, r.content_hash, r.stored_at, coalesce(v.zone, 'UTC'),"
    " greatest(r.due_at, c.created_at, CASE WHEN r.requested_by IS NOT NULL THEN r.created_at END)"
)
_RUNS = (
    f"SELECT {_RUN_COLUMNS} FROM report_run r JOIN site s ON s.network_id = r.network_id AND s.id = r.site_id"
    " JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
    " LEFT JOIN site_version v ON v.network_id = r.network_id AND v.site_id = r.site_id AND v.superseded_by_batch_id IS NULL"
    " WHERE r.network_id = :network"
)


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """One run as the ledger has it. progress: {"phase", "rows_read", "files"} while it is being made."""

    id: UUID
    schedule_id: UUID
    site_id: UUID
    site_code: str
    site_name: str
    period_start: date
    period_end: date
    issue: int
    due_at: datetime
    state: RunState
    reason: str | None
    attempts: int
    progress: dict[str, Any] | None
    as_of: datetime | None
    data_version: int | None
    content_hash: str | None
    stored_at: datetime | None
    site_zone: str
    expected_at: datetime

    @property
    def late_by(self) -> timedelta | None:
        """How long after its due instant it was made.

        None while it is not made, and where nobody could expect it at its due instant: its schedule was made later, or it was
        asked for by hand later.
        """
        return self.stored_at - self.due_at if self.stored_at and self.expected_at == self.due_at else None

    @property
    def is_made(self) -> bool:
        """Whether its files can be downloaded."""
        return self.state in MADE_STATES

    @property
    def is_open(self) -> bool:
        """Whether workers still have it to make."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One report that should exist, and its issues, newest first; without any it is an expectation not met yet."""

    site_id: UUID
    site_code: str
    site_name: str
    site_zone: str
    period: Period
    due_at: datetime
    runs: tuple[LedgerRun, ...]

    @property
    def state(self) -> RunState:
        """Where the expectation stands: met by any issue that was made, else as its newest issue; due without one."""
        made = next((run.state for run in self.runs if run.is_made), None)
        return made or (self.runs[0].state if self.runs else RunState.DUE)

    def is_superseded(self, run: LedgerRun) -> bool:
        """Whether a later issue of the same report has been made."""
        return any(other.is_made and other.issue > run.issue for other in self.runs)


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """A month's expectation against its ledger: how many reports were due, and how many stand in each state."""

    month: date
    due: int
    states: Counter[RunState]

    @property
    def made(self) -> int:
        """How many have files."""
        return sum(self.states[state] for state in MADE_STATES)


def fetch_schedules(scope: Scope, db: Session, only: UUID | None = None) -> list[MonthlySchedule]:
    """The network's monthly site schedules."""
    rows = db.execute(
        text(
            "SELECT id, due_day, due_time, starts_on, ends_on, site_ids FROM schedule WHERE network_id = :network"
            " AND kind = 'site_month' AND cadence = 'monthly' AND (CAST(:only AS uuid) IS NULL OR id = :only) ORDER BY created_at, id"
        ),
        {"network": scope.network_id, "only": only},
    )
    return [
        MonthlySchedule(id_, day, time, starts_on, ends_on, None if sites is None else frozenset(map(UUID, sites)))
        for id_, day, time, starts_on, ends_on, sites in rows
    ]


def fetch_reported_sites(scope: Scope, db: Session) -> list[ReportedSite]:
    """The sites within the scope with their zones over time, by code. The scope of the product's own work has all."""
    rows = db.execute(
        text(
            "SELECT s.id, s.code, v.name, v.opened_on, v.closed_on, v.zone, v.zone_from,"
            " v.superseded_by_batch_id IS NULL AND NOT v.withdrawn AS current"
            " FROM site s JOIN site_version v ON v.network_id = s.network_id AND v.site_id = s.id"
            " JOIN import_batch b ON b.network_id = v.network_id AND b.id = v.batch_id"
            " WHERE s.network_id = :network AND (:all_sites OR s.id = ANY (:sites))"
            " ORDER BY s.code, b.data_version NULLS LAST"
        ),
        {
            "network": scope.network_id,
            "sites": list(scope.site_ids),
            "all_sites": scope.whole_network and not scope.site_ids,
        },
    ).all()
    zones: dict[UUID, list[ZoneChange]] = {}
    for row in rows:
        zones.setdefault(row.id, []).append(ZoneChange(row.zone, row.zone_from))
    return [
        ReportedSite(row.id, row.code, row.name, tuple(zones[row.id]), row.opened_on, row.closed_on)
        for row in rows
        if row.current
    ]


def fetch_missing(scope: Scope, db: Session, now: datetime) -> list[DueReport]:
    """The anti-join: every report that should exist by now and has no first issue, oldest first."""
    existing = {
        tuple(row)
        for row in db.execute(
            text("SELECT schedule_id, site_id, period_start FROM report_run WHERE network_id = :network AND issue = 1"),
            {"network": scope.network_id},
        )
    }
    expected = due_reports(fetch_schedules(scope, db), fetch_reported_sites(scope, db), now)
    missing = (due for due in expected if (due.schedule_id, due.site_id, due.period.start_on) not in existing)
    return sorted(missing, key=lambda due: (due.due_at, due.period.start_on, due.site_id))


def fetch_unfinished_ids(scope: Scope, db: Session) -> list[UUID]:
    """Runs that workers still have to make, oldest first."""
    rows = db.execute(
        text("SELECT id FROM report_run WHERE network_id = :network AND state = ANY (:open) ORDER BY due_at, id"),
        {"network": scope.network_id, "open": [state.value for state in OPEN_STATES]},
    )
    return list(rows.scalars())


def get_run(scope: Scope, db: Session, run_id: UUID) -> LedgerRun:
    """One run within the scope. Raises NotFound, in the same words for a foreign run and for none."""
    row = db.execute(
        text(f"{_RUNS} AND r.id = :run AND r.site_id = ANY (:sites)"),
        {"network": scope.network_id, "run": run_id, "sites": list(scope.site_ids)},
    ).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_REPORT)
    return _run(row)


def get_file(scope: Scope, db: Session, run_id: UUID, file_kind: str) -> tuple[LedgerRun, str, str]:
    """A run with the stored name and SHA-256 of one of its files. Raises NotFound as `get_run` does, also for a file not made."""
    run = get_run(scope, db, run_id)
    row = db.execute(
        text(
            "SELECT stored_name, sha256 FROM artifact WHERE network_id = :network AND run_id = :run AND format = :format"
        ),
        {"network": scope.network_id, "run": run_id, "format": file_kind},
    ).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_REPORT)
    return run, row.stored_name, row.sha256


def get_kept_document(scope: Scope, db: Session, run_id: UUID) -> bytes:
    """The canonical JSON of a stored run's tables. Raises NotFound where there is none."""
    document = db.execute(
        text("SELECT document FROM report_run WHERE network_id = :network AND id = :run AND document IS NOT NULL"),
        {"network": scope.network_id, "run": run_id},
    ).scalar()
    if document is None:
        raise NotFound(NO_SUCH_REPORT)
    return str(document).encode()


def find_issue_before(scope: Scope, db: Session, run_id: UUID) -> bytes | None:
    """The canonical JSON of the newest stored issue before that run's; None where there is none."""
    document = db.execute(
        text(
            "SELECT b.document FROM report_run r JOIN report_run b ON b.network_id = r.network_id"
            " AND b.schedule_id = r.schedule_id AND b.subject = r.subject AND b.period_start = r.period_start"
            " AND b.issue < r.issue WHERE r.network_id = :network AND r.id = :run AND b.document IS NOT NULL"
            " ORDER BY b.issue DESC LIMIT 1"
        ),
        {"network": scope.network_id, "run": run_id},
    ).scalar()
    return None if document is None else str(document).encode()


def fetch_stored_names(scope: Scope, db: Session) -> set[str]:
    """The names of all files that the network's stored runs have."""
    rows = db.execute(
        text("SELECT stored_name FROM artifact WHERE network_id = :network"), {"network": scope.network_id}
    )
    return set(rows.scalars())


def fetch_runs(scope: Scope, db: Session) -> list[LedgerRun]:
    """Every run within the scope, newest month first, then by site's name, newest issue first."""
    rows = db.execute(
        text(f"{_RUNS} AND r.site_id = ANY (:sites) ORDER BY r.period_start DESC, 5, r.site_id, r.issue DESC"),
        {"network": scope.network_id, "sites": list(scope.site_ids)},
    )
    return [_run(row) for row in rows]


def fetch_ledger(scope: Scope, db: Session, now: datetime) -> list[LedgerLine]:
    """Expectation against ledger within the scope: newest month first, then by site's name.

    What was asked for by hand outside any schedule's months stands beside what was due.
    """
    runs: dict[tuple[UUID, UUID, date], list[LedgerRun]] = {}
    for run in fetch_runs(scope, db):
        runs.setdefault((run.schedule_id, run.site_id, run.period_start), []).append(run)
    sites = {site.id: site for site in fetch_reported_sites(scope, db)} if scope.site_ids else {}
    lines = []
    for due in due_reports(fetch_schedules(scope, db), list(sites.values()), now):
        found = runs.pop((due.schedule_id, due.site_id, due.period.start_on), [])
        site = sites[due.site_id]
        zone = site.zone_on(due.period.end_on).key
        lines.append(LedgerLine(site.id, site.code, site.name, zone, due.period, due.due_at, tuple(found)))
    for issues in runs.values():
        one = issues[0]
        period = Period(one.period_start, one.period_end)
        line = LedgerLine(one.site_id, one.site_code, one.site_name, one.site_zone, period, one.due_at, tuple(issues))
        lines.append(line)
    return sorted(lines, key=lambda line: (-line.period.start_on.toordinal(), line.site_name, line.site_code))


def count_by_month(lines: Iterable[LedgerLine]) -> list[LedgerMonth]:
    """The ledger's lines counted, newest month first."""
    found: dict[date, Counter[RunState]] = {}
    for line in lines:
        found.setdefault(line.period.start_on, Counter())[line.state] += 1
    return [LedgerMonth(month, states.total(), states) for month, states in sorted(found.items(), reverse=True)]


def _run(row: Sequence[Any]) -> LedgerRun:
    values = list(row)
    values[9] = RunState(values[9])
    return LedgerRun(*values)
