"""Expectation against ledger: what was due by the schedules and what became of it, and beside it what was asked for by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.due_reports import DueReport, ReportedSite, due_reports
from webapp.domain.periods import Period
from webapp.domain.report_kinds import KIND_LABELS, SITE_KINDS, Cadence, ReportKind, kinds_read_by
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.queries.report_ledger import MADE_STATES, WHOLE_NETWORK, LedgerRun, fetch_runs
from webapp.queries.schedules import KeptSchedule, fetch_kept_schedules, fetch_reported_sites

LATE_FROM = timedelta(minutes=10)
"""What is made sooner after its due instant is on time: workers take a moment."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One report that should exist, and its issues, newest first; without any it is an expectation not met yet.

    expected_at: since when a schedule expects it; None for what was asked for by hand and no schedule expected.
    """

    site_id: UUID | None
    site_code: str
    site_name: str
    site_zone: str
    period: Period
    due_at: datetime
    runs: tuple[LedgerRun, ...]
    kind: ReportKind
    cadence: Cadence
    schedule_name: str
    expected_at: datetime | None

    def late_by(self, now: datetime) -> timedelta | None:
        """As `LedgerRun.late_by` of its first issue; of one that is not entered, or was cancelled, since it is expected."""
        if self.expected_at is None:
            return None
        first = self.runs[-1] if self.runs else None
        return first.late_by(now) if first and first.state is not RunState.CANCELLED else now - self.expected_at

    @property
    def state(self) -> RunState:
        """Where the expectation stands: met by any issue that was made, else as its newest issue; due without one.

        While its newest issue is held it is held, though somebody who asked for an issue earlier has that.
        """
        if self.runs and self.runs[0].state is RunState.HELD:
            return RunState.HELD
        made = next((run.state for run in self.runs if run.is_made), None)
        return made or (self.runs[0].state if self.runs else RunState.DUE)

    @property
    def lacks_further_issue(self) -> bool:
        """Whether a further issue of what is made has failed."""
        return self.state in MADE_STATES and self.runs[0].state is RunState.FAILED

    @property
    def month(self) -> date:
        """The month under which it is listed: that of its period's last day."""
        return self.period.last_on.replace(day=1)

    @property
    def label(self) -> str:
        """What is reported: `Site report`."""
        return KIND_LABELS[self.kind]

    def is_superseded(self, run: LedgerRun) -> bool:
        """Whether a later issue of the same report has been made."""
        return any(other.is_made and other.issue > run.issue for other in self.runs)


@dataclass(slots=True)
class LedgerMonth:
    """A month's expectation against its ledger: how many reports a schedule expected stand in each state, and which are held.

    late: how many of each state came late, or are not made and late by now. by_hand: the states of what was asked for besides.
    further_failed: of how many that were made a further issue has failed.
    """

    month: date
    states: Counter[RunState] = field(default_factory=Counter)
    late: Counter[RunState] = field(default_factory=Counter)
    by_hand: Counter[RunState] = field(default_factory=Counter)
    held: list[LedgerRun] = field(default_factory=list)
    further_failed: int = 0

    @property
    def due(self) -> int:
        """How many reports schedules expected."""
        return self.states.total()

    @property
    def made(self) -> int:
        """How many of them have been made."""
        return sum(self.states[state] for state in MADE_STATES)


def fetch_ledger(scope: Scope, db: Session, now: datetime) -> list[LedgerLine]:
    """Expectation against ledger within the scope: newest month first, then by site's name.

    What was asked for by hand outside any schedule's months stands beside what was due.
    """
    runs: dict[tuple[UUID, UUID | None, date], list[LedgerRun]] = {}
    for run in fetch_runs(scope, db):
        runs.setdefault((run.schedule_id, run.site_id, run.period_start), []).append(run)
    sites = {site.id: site for site in fetch_reported_sites(scope, db)} if scope.site_ids else {}
    kept = {each.id: each for each in fetch_kept_schedules(scope, db) if _is_readable(scope, each.due.kind)}
    lines = []
    for due in due_reports([each.due for each in kept.values()], list(sites.values()), now):
        found = runs.pop((due.schedule_id, due.site_id, due.period.start_on), [])
        lines.append(_expected(kept[due.schedule_id], due, sites[due.site_id] if due.site_id else None, found))
    lines += [_asked_for(issues) for issues in runs.values()]
    order = list(ReportKind)
    return sorted(
        lines,
        key=lambda line: (
            -line.month.toordinal(),
            order.index(line.kind),
            line.site_name,
            line.site_code,
            -line.period.start_on.toordinal(),
        ),
    )


def count_by_month(lines: Iterable[LedgerLine], now: datetime) -> list[LedgerMonth]:
    """The ledger's lines counted, newest month first."""
    found: dict[date, LedgerMonth] = {}
    for line in lines:
        month = found.setdefault(line.month, LedgerMonth(line.month))
        if line.expected_at is None:
            month.by_hand[line.state] += 1
            continue
        month.states[line.state] += 1
        month.further_failed += line.lacks_further_issue
        late = line.late_by(now)
        if late is not None and late >= LATE_FROM:
            month.late[line.state] += 1
        if line.state is RunState.HELD:
            month.held.append(line.runs[0])
    return [month for _, month in sorted(found.items(), reverse=True)]


def _expected(
    schedule: KeptSchedule, due: DueReport, site: ReportedSite | None, issues: Sequence[LedgerRun]
) -> LedgerLine:
    """What is due by a schedule, with what there is of it."""
    return LedgerLine(
        site.id if site else None,
        site.code if site else "",
        site.name if site else WHOLE_NETWORK,
        schedule.due.zone_of(due.period, site).key if site else schedule.due.zone,
        due.period,
        due.due_at,
        tuple(issues),
        schedule.due.kind,
        schedule.due.cadence,
        schedule.name,
        max(due.due_at, schedule.created_at),
    )


def _asked_for(issues: Sequence[LedgerRun]) -> LedgerLine:
    """What there is without being due by any schedule now: it was asked for by hand, or its site or schedule is no longer there."""
    one, first = issues[0], issues[-1]
    return LedgerLine(
        one.site_id,
        one.site_code,
        one.site_name,
        one.site_zone,
        one.period,
        one.due_at,
        tuple(issues),
        one.kind,
        one.cadence,
        one.schedule_name,
        first.expected_at if first.requested_by is None else None,
    )


def _is_readable(scope: Scope, kind: ReportKind) -> bool:
    return kind in kinds_read_by(scope.role) and (kind in SITE_KINDS or scope.whole_network)
