"""What a network's ledger and store came to, against what a quiet run gives: expected, stored, duplicate, differing."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from tests.chaos.stories import DUE, Key, Quiet, Story, newest_month
from tests.reporting import with_its_sites
from webapp.artifacts import DamagedFile, file_store
from webapp.domain.due_reports import due_reports
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation import zip_file
from webapp.presentation.renderers import FILE_KINDS, FileKind, render
from webapp.presentation.report_document import ReportDocument, content_hash, from_json
from webapp.queries.report_expectation import fetch_ledger
from webapp.queries.report_ledger import LedgerRun, get_file, get_kept_document
from webapp.queries.schedules import fetch_reported_sites, fetch_schedules
from webapp.services import people, report_making
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


def tally(scope: Scope, story: Story, quiet: Quiet) -> Tally:
    """Count one network. Files of killed workers are swept first: then a file that no run names is a duplicate."""
    report_making.sweep(scope.network_id, LATER)
    now = datetime.now(UTC)
    expected = expected_runs(scope, now, story)
    seen = with_its_sites(scope)
    with reading(seen) as db:
        made = [
            (_key(run), run, line.is_superseded(run))
            for line in fetch_ledger(seen, db, now)
            for run in line.runs
            if run.is_made
        ]
        stored = {key for key, _, _ in made}
        extra = len(made) - len(stored) + len(stored - expected)
        folder = Path(current_app.config["ARTIFACT_DIR"]) / report_making.FILES / scope.network_id.hex
        on_disk = sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
        extra += abs(on_disk - len(made) * len(FILE_KINDS))
        differing = [
            key
            for key, run, superseded in made
            if superseded != ((*key[:2], run.issue + 1) in expected) or _differs(seen, db, run, quiet.get(key))
        ]
    return Tally(len(expected), len(stored & expected), extra, len(differing))


def expected_runs(scope: Scope, now: datetime, story: Story = DUE) -> set[Key]:
    """Every report and issue that should exist by then, worked out from the schedules and the story alone."""
    with reading(scope) as db:
        sites = fetch_reported_sites(scope, db)
        codes = {site.id: site.code for site in sites}
        due = due_reports(fetch_schedules(scope, db), sites, now)
        first = {(codes[each.site_id], each.period.start_on, 1) for each in due if each.site_id}
    return first | {(code, newest_month(now), 2) for code in story.issued_again}


def _key(run: LedgerRun) -> Key:
    return run.site_code, run.period_start, run.issue


def _differs(seen: Scope, db: Session, run: LedgerRun, quiet: ReportDocument | None) -> bool:
    """Whether what a site's lead is handed is not what was made in the quiet run, byte for byte."""
    if quiet is None or run.site_id is None:
        return True
    lead = Scope(seen.network_id, seen.user_id, Role.SITE_LEAD, frozenset({run.site_id}))
    maker = Scope(seen.network_id, people.SYSTEM_USER, Role.MANAGER, lead.site_ids)
    told_here = content_hash(replace(quiet, scope_fingerprint=maker.fingerprint))  # all that says which network it is
    document = get_kept_document(seen, db, run.id)
    if not told_here == run.content_hash == hashlib.sha256(document).hexdigest():
        return True
    drawn: dict[FileKind, bytes] = {}
    read = from_json(document)
    try:
        for kind in FILE_KINDS:
            drawn[kind] = zip_file.pack(read, drawn) if kind == "zip" else render(kind, read)
            if file_store().read(*get_file(lead, db, run.id, kind)[1:]) != drawn[kind]:
                return True
    except (DamagedFile, NotFound):
        return True
    return False
