"""The ledger of reports: the runs that there are, and the files behind a stored one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from webapp.domain.errors import NotFound
from webapp.domain.periods import Period
from webapp.domain.report_kinds import Cadence, ReportKind, kinds_read_by
from webapp.domain.scope import PRODUCT_ITSELF, Scope
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats

NO_SUCH_REPORT = "There is no such report, or none that you can see."
OPEN_STATES = (RunState.DUE, RunState.QUEUED, RunState.RUNNING)
MADE_STATES = (RunState.STORED, RunState.DELIVERED)
WHOLE_NETWORK = "Whole network"

IN_REACH = (
    "r.network_id = :network AND c.kind = ANY (:kinds) AND (r.site_id = ANY (:sites) OR r.site_id IS NULL AND :whole)"
)
"""Of a run `r` of the schedule `c`: whether whoever is asking may know of it. Its values: `reach_values`."""

_COLUMNS = {
    "id": "r.id",
    "schedule_id": "r.schedule_id",
    "site_id": "r.site_id",
    "site_code": "coalesce(s.code, '')",
    "site_name": "coalesce(v.name, s.code, :whole_network)",
    "period_start": "r.period_start",
    "period_end": "r.period_end",
    "issue": "r.issue",
    "due_at": "r.due_at",
    "state": "r.state",
    "reason": "r.reason",
    "attempts": "r.attempts",
    "progress": "r.progress",
    "as_of": "r.as_of",
    "data_version": "r.data_version",
    "content_hash": "r.content_hash",
    "stored_at": "r.stored_at",
    "site_zone": "coalesce(v.zone, c.zone, 'UTC')",
    "expected_at": "greatest(r.due_at, c.created_at, CASE WHEN r.requested_by IS NOT NULL THEN r.created_at END)",
    "kind": "c.kind",
    "cadence": "c.cadence",
    "schedule_name": "c.name",
    "held_until": "r.held_until",
    "requested_by": "r.requested_by",
    "legal_hold_at": "l.held_at",
    "files_removed_at": "r.files_removed_at",
    "review_reason": "r.review_reason",
    "delivered": "coalesce(d.delivered, 0)",
    "not_sent": "coalesce(d.not_sent, 0)",
    "mails_failed": "coalesce(d.mails_failed, 0)",
    "mails_waiting": "coalesce(d.mails_waiting, 0)",
    "unread": "coalesce(d.unread, false)",
}
"""Field of `LedgerRun` -> where it is read."""
_RUNS = (
    f"SELECT {', '.join(f'{read} AS {field}' for field, read in _COLUMNS.items())} FROM report_run r"
    " JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
    " LEFT JOIN site s ON s.network_id = r.network_id AND s.id = r.site_id"
    " LEFT JOIN site_version v ON v.network_id = r.network_id AND v.site_id = r.site_id AND v.superseded_by_batch_id IS NULL"
    " LEFT JOIN (SELECT run_id, count(*) FILTER (WHERE channel = 'app' AND state = 'delivered') AS delivered,"
    " count(*) FILTER (WHERE channel = 'app' AND state = 'not_sent') AS not_sent,"
    " count(*) FILTER (WHERE channel = 'mail' AND state = 'failed') AS mails_failed,"
    " count(*) FILTER (WHERE channel = 'mail' AND state IN ('waiting', 'sending')) AS mails_waiting,"
    " bool_or(channel = 'app' AND state = 'delivered' AND user_id = :user AND seen_at IS NULL) AS unread"
    " FROM delivery WHERE network_id = :network GROUP BY run_id) d ON d.run_id = r.id"
    " LEFT JOIN (SELECT schedule_id, subject, period_start, min(legal_hold_at) AS held_at FROM report_run"
    " WHERE network_id = :network AND legal_hold_at IS NOT NULL GROUP BY schedule_id, subject, period_start) l"
    " ON l.schedule_id = r.schedule_id AND l.subject = r.subject AND l.period_start = r.period_start"
    f" WHERE {IN_REACH}"
)


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """One run as the ledger has it. progress: {"phase", "rows_read", "pages", "files"} while it is being made.

    site_id: None for a report of the whole network. held: progress is then {"received", "expected"}. delivered .. mails_waiting:
    how many of its deliveries stand so. legal_hold_at: since when any issue of the report is held. unread: whether it waits for
    whoever is asking. review_reason: why newer data could not be held against it the last time.
    """

    id: UUID
    schedule_id: UUID
    site_id: UUID | None
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
    kind: ReportKind
    cadence: Cadence
    schedule_name: str
    held_until: datetime | None
    requested_by: UUID | None
    legal_hold_at: datetime | None
    files_removed_at: datetime | None
    review_reason: str | None
    delivered: int
    not_sent: int
    mails_failed: int
    mails_waiting: int
    unread: bool

    def late_by(self, now: datetime) -> timedelta | None:
        """How long after its due instant it was made; while it is not made, how long it has been waited for.

        None for what nobody expected at its due instant: a further issue, what was cancelled or asked for by hand later, and what
        was made for months before its schedule. While such a month is not made, it is waited for since there is the schedule.
        """
        by_hand_later = self.requested_by is not None and self.expected_at > self.due_at
        if self.issue > 1 or self.state is RunState.CANCELLED or by_hand_later:
            return None
        if self.stored_at:
            return self.stored_at - self.due_at if self.expected_at == self.due_at else None
        return now - self.expected_at

    @property
    def is_made(self) -> bool:
        """Whether its files were made; they can be downloaded until they are removed."""
        return self.state in MADE_STATES

    @property
    def is_wished(self) -> bool:
        """Whether a person asked for it by hand, who may cancel it while it is made; not what the product itself issues again."""
        return self.requested_by is not None and self.requested_by != PRODUCT_ITSELF

    @property
    def is_open(self) -> bool:
        """Whether workers still have it to make."""
        return self.state in OPEN_STATES

    @property
    def period(self) -> Period:
        """What it is about."""
        return Period(self.period_start, self.period_end)

    @property
    def share_received(self) -> float | None:
        """Of a held run: the sessions received over those expected when it was last looked at."""
        held = self.progress if self.state is RunState.HELD else None
        return held["received"] / held["expected"] if held and held.get("expected") else None


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
        text(f"{_RUNS} AND r.id = :run"),
        {**_values(scope), "run": run_id},
    ).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH_REPORT)
    return _run(row)


def get_file(scope: Scope, db: Session, run_id: UUID, file_kind: str) -> tuple[LedgerRun, str, str]:
    """A run with the stored name and SHA-256 of one of its files. Raises NotFound as `get_run` does, also for a file not made."""
    run = get_run(scope, db, run_id)
    if run.files_removed_at is not None:
        raise NotFound(
            f"The files of this report were removed on {formats.day(run.files_removed_at.date())}, as the network keeps them."
        )
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


def find_removed_issue(scope: Scope, db: Session, run_id: UUID) -> tuple[int, date] | None:
    """The newest issue before that run's of which nothing is kept any more: its number, and the day on which it was removed."""
    row = db.execute(
        text(
            "SELECT b.issue, b.files_removed_at FROM report_run r JOIN report_run b ON b.network_id = r.network_id"
            " AND b.schedule_id = r.schedule_id AND b.subject = r.subject AND b.period_start = r.period_start"
            " AND b.issue < r.issue WHERE r.network_id = :network AND r.id = :run AND b.files_removed_at IS NOT NULL"
            " ORDER BY b.issue DESC LIMIT 1"
        ),
        {"network": scope.network_id, "run": run_id},
    ).one_or_none()
    return (row.issue, row.files_removed_at.date()) if row else None


def fetch_stored_names(scope: Scope, db: Session) -> set[str]:
    """The names of all files that the network's stored runs have and that were not removed."""
    rows = db.execute(
        text(
            "SELECT a.stored_name FROM artifact a JOIN report_run r ON r.network_id = a.network_id AND r.id = a.run_id"
            " WHERE a.network_id = :network AND r.files_removed_at IS NULL"
        ),
        {"network": scope.network_id},
    )
    return set(rows.scalars())


def fetch_runs(scope: Scope, db: Session) -> list[LedgerRun]:
    """Every run within the scope, newest month first, then by site's name, newest issue first."""
    rows = db.execute(
        text(f"{_RUNS} ORDER BY r.period_start DESC, site_name, r.site_id, r.issue DESC"),
        _values(scope),
    )
    return [_run(row) for row in rows]


def fetch_issues(scope: Scope, db: Session, run: LedgerRun) -> list[LedgerRun]:
    """All issues of the same report within the scope, newest first."""
    rows = db.execute(
        text(
            f"{_RUNS} AND r.schedule_id = :schedule AND r.period_start = :start AND r.site_id IS NOT DISTINCT FROM :site"
            " ORDER BY r.issue DESC"
        ),
        {**_values(scope), "schedule": run.schedule_id, "start": run.period_start, "site": run.site_id},
    )
    return [_run(row) for row in rows]


def reach_values(scope: Scope) -> dict[str, Any]:
    """The bound values of IN_REACH."""
    return {
        "network": scope.network_id,
        "sites": list(scope.site_ids),
        "whole": scope.whole_network,
        "kinds": [kind.value for kind in kinds_read_by(scope.role)],
    }


def _values(scope: Scope) -> dict[str, Any]:
    return {**reach_values(scope), "user": scope.user_id, "whole_network": WHOLE_NETWORK}


def _run(row: Row[Any]) -> LedgerRun:
    read = row._mapping
    known = {"state": RunState(read["state"]), "kind": ReportKind(read["kind"]), "cadence": Cadence(read["cadence"])}
    return LedgerRun(**{**read, **known})
