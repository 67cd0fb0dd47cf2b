"""What a network's ledger and store came to, against what a quiet run gives: expected, stored, duplicate, differing."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from webapp.artifacts import DamagedFile, file_store
from webapp.domain.due_reports import due_reports
from webapp.domain.scope import Scope
from webapp.presentation.renderers import FILE_KINDS, render
from webapp.presentation.report_document import content_hash, from_json
from webapp.queries.report_files import KeptFile, fetch_sample
from webapp.queries.schedules import fetch_reported_sites, fetch_schedules
from webapp.services import report_making
from webapp.transactions import reading

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tally:
    """How many reports should exist, exist whole, exist more than once, and differ from what a quiet run makes of the same data."""

    expected: int = 0
    stored: int = 0
    duplicate: int = 0
    differing: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.expected + other.expected,
            self.stored + other.stored,
            self.duplicate + other.duplicate,
            self.differing + other.differing,
        )

    def __str__(self) -> str:
        return f"{self.expected} / {self.stored} / {self.duplicate} / {self.differing}"

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return self.expected == self.stored > 0 and self.duplicate == self.differing == 0


def tally(scope: Scope) -> Tally:
    """Count one network. Files of killed workers are swept first: then a file that no run names is a duplicate."""
    report_making.sweep(scope.network_id, LATER)
    expected = expected_runs(scope, datetime.now(UTC))
    with reading(scope) as db:
        rows = db.execute(
            text("SELECT schedule_id, subject, period_start, id FROM report_run WHERE state IN ('stored', 'delivered')")
        ).all()
        files = fetch_sample(scope, db, 10_000)
    stored = {tuple(row[:3]) for row in rows}
    extra = len(rows) - len(stored) + len(stored - expected)
    folder = Path(current_app.config["ARTIFACT_DIR"]) / report_making.FILES / scope.network_id.hex
    on_disk = sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
    extra += abs(on_disk - len(rows) * len(FILE_KINDS))
    quiet = {
        run_id: content_hash(report_making.read_again(scope, run_id)) for run_id in {file.run_id for file in files}
    }
    differing = {file.run_id for file in files if _differs(file, quiet[file.run_id])}
    return Tally(len(expected), len(stored & expected), extra, len(differing))


def expected_runs(scope: Scope, now: datetime) -> set[tuple[UUID, str, date]]:
    """Schedule, subject and first day of every report that should exist by then, worked out from the schedules alone."""
    with reading(scope) as db:
        due = due_reports(fetch_schedules(scope, db), fetch_reported_sites(scope, db), now)
        return {(each.schedule_id, each.subject, each.period.start_on) for each in due}


def _differs(file: KeptFile, quiet: str) -> bool:
    """Whether a quiet run, whose content has that hash, would have stored something else."""
    kind = next(each for each in FILE_KINDS if each == file.kind)
    try:
        kept = file_store().read(file.stored_name, file.sha256)
    except DamagedFile:
        return True
    same = quiet == file.content_hash == hashlib.sha256(file.document).hexdigest()
    return not same or render(kind, from_json(file.document)) != kept
