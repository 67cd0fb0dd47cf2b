"""Making one claimed report: one state of the data is read, the files are drawn and stored, and the ledger is told, fenced."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp import faults
from webapp.artifacts import REPORTS, FileStore, StoredFile, file_store
from webapp.domain.due_reports import ReportedSite
from webapp.domain.periods import Period
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation import zip_file
from webapp.presentation.renderers import FILE_KINDS, FileKind, count_pages, render
from webapp.presentation.report_changes import changes_between, removed_before, under_names
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.network_reports import (
    Asked,
    build_compliance_document,
    build_courses_due_document,
    build_network_document,
)
from webapp.queries.report_ledger import fetch_stored_names, find_issue_before, find_removed_issue
from webapp.queries.report_reasons import fetch_former_names, reasons_between
from webapp.queries.reports import build_document
from webapp.queries.schedules import KeptSchedule, fetch_reported_sites, get_schedule
from webapp.services import deliveries, people, report_runs
from webapp.services.report_progress import Progress
from webapp.services.report_runs import MadeReport, TakenRun
from webapp.services.run_queue import Claim, LeaseLost
from webapp.transactions import fingerprint_of, go_on_as, noting_statements, reading

FILES = REPORTS


def scope_of_run(network_id: UUID, taken: TakenRun, schedule: KeptSchedule, sites: Sequence[ReportedSite]) -> Scope:
    """The reach of a stored run: its one site and nothing else of the network; or the sites of a report of the network."""
    if taken.site_id is not None:
        return Scope(network_id, people.SYSTEM_USER, Role.MANAGER, frozenset({taken.site_id}))
    covered = frozenset(site.id for site in sites if schedule.due.covers(site, taken.due_at))
    return Scope(network_id, people.SYSTEM_USER, Role.MANAGER, covered)


def make(held: Claim, clock: Callable[[], datetime]) -> bool:
    """Make the claimed report and store it; False when there was nothing left to make.

    Raises LeaseLost when another worker has taken it over: then nothing of what was made here stays.
    """
    taken = report_runs.take(held)
    if taken is None:
        return False
    faults.reached("report.1.claimed")
    progress = Progress(held, clock)
    network = people.network_scope(held.network_id)
    document = _read_now(network, taken, progress)
    faults.reached("report.2.read")
    store = file_store()
    files: dict[str, StoredFile] = {}
    try:
        _draw(progress, document, store, files)
        faults.reached("report.5.all_written")
        made = MadeReport(document, files)
        report_runs.store(held, made, clock())
    except LeaseLost:
        for file in files.values():
            store.remove(file.stored_name)
        raise
    faults.reached("report.7.stored")
    deliveries.give_out(network, held.run_id, clock())
    return True


def _read_now(network: Scope, taken: TakenRun, progress: Progress) -> ReportDocument:
    """What the run says now: which sites it covers, and what they hold, from one state of the database."""
    with reading(network) as db:
        schedule, sites = _schedule_of(network, db, taken)
        before = find_issue_before(network, db, taken.id) if taken.issue > 1 else None
        removed = find_removed_issue(network, db, taken.id) if taken.issue > 1 and before is None else None
        period = Period(taken.period_start, taken.period_end)
        asked = Asked(period, taken.cadence, taken.issue, schedule.due.zone, progress.read)
        document = _read(_narrowed(network, db, taken, schedule, sites), db, taken, asked, before)
    return replace(document, changes=(removed_before(*removed),)) if removed else document


def _narrowed(
    network: Scope, db: Session, taken: TakenRun, schedule: KeptSchedule, sites: Sequence[ReportedSite]
) -> Scope:
    """The reach of the run; the rest of the transaction has no other, and sees the state that it has seen from its beginning."""
    scope = scope_of_run(network.network_id, taken, schedule, sites)
    go_on_as(db, scope)
    return scope


def _schedule_of(network: Scope, db: Session, taken: TakenRun) -> tuple[KeptSchedule, Sequence[ReportedSite]]:
    """The run's schedule, and the sites among which it chooses; for a report of one site these are not asked for."""
    sites = fetch_reported_sites(network, db) if taken.site_id is None else ()
    return get_schedule(network, db, taken.schedule_id), sites


def read_again(network: Scope, run_id: UUID, earlier: ReportDocument | None = None) -> ReportDocument:
    """What a stored run would say if it were made now.

    earlier: what it says as stored. Then newer data alone tell: they are read under the thresholds in force then, and sites have
    the names that they had.
    """
    with reading(network) as db:
        taken = report_runs.get_stored(network, db, run_id)
        schedule, sites = _schedule_of(network, db, taken)
        asked = Asked(
            Period(taken.period_start, taken.period_end),
            taken.cadence,
            taken.issue,
            schedule.due.zone,
            settings_at=earlier.as_of if earlier else None,
        )
        scope = _narrowed(network, db, taken, schedule, sites)
        document = _read(scope, db, taken, asked, None)
        if earlier is None:
            return document
        return under_names(document, fetch_former_names(scope, db, earlier, document))


def sweep(network_id: UUID, before: datetime) -> int:
    """Remove report files that no stored run names, such as those of a worker that was killed; returns how many.

    before: files written later are left alone, since their run may be about to be stored.
    """
    scope = people.network_scope(network_id)
    with reading(scope) as db:
        kept = fetch_stored_names(scope, db)
    return file_store().sweep(FILES, network_id, kept, before)


def _read(scope: Scope, db: Session, taken: TakenRun, asked: Asked, before: bytes | None) -> ReportDocument:
    """The document; a further issue says what changed since the one before."""
    with noting_statements(db) as statements:
        document = _build(scope, db, taken, asked)
    document = replace(document, query_fingerprint=fingerprint_of(statements))
    if before is None:
        return document
    earlier = from_json(before)
    why = reasons_between(scope, db, earlier, document)
    former = fetch_former_names(scope, db, earlier, document)
    return replace(document, changes=(*why, *changes_between(earlier, under_names(document, former))))


def _build(scope: Scope, db: Session, taken: TakenRun, asked: Asked) -> ReportDocument:
    if taken.site_id is None:
        compliance = taken.kind is ReportKind.COMPLIANCE
        return build_compliance_document(scope, db, asked) if compliance else build_network_document(scope, db, asked)
    if taken.kind is ReportKind.COURSES_DUE:
        return build_courses_due_document(scope, db, taken.site_id, asked)
    return build_document(
        scope, db, taken.site_id, asked.period, asked.issue, asked.cadence, asked.told, asked.settings_at
    )


def _draw(progress: Progress, document: ReportDocument, store: FileStore, files: dict[str, StoredFile]) -> None:
    """Draw and store each kind of file, saying how far it is."""
    held = progress.held
    drawn: dict[FileKind, bytes] = {}
    for kind in FILE_KINDS:
        content = drawn[kind] = zip_file.pack(document, drawn) if kind == "zip" else render(kind, document)
        progress.drew(pages=count_pages(content) if kind == "pdf" else None)
        files[kind] = store.write(FILES, held.network_id, held.run_id, held.token, kind, [content])
        progress.drew(files=len(files))
