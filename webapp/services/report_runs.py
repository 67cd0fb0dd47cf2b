"""The ledger of report runs: what should exist is entered, each run is made once, and what went wrong stays to be seen."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from webapp import faults
from webapp.artifacts import StoredFile
from webapp.domain.due_reports import DueReport, ReportedSite, ReportSchedule
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.periods import Period, day_text, local_day, month_period
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.presentation import renderers
from webapp.presentation.report_document import ReportDocument, content_hash, from_json, to_json
from webapp.queries.report_ledger import fetch_unfinished_ids
from webapp.queries.report_reasons import reads_otherwise
from webapp.queries.report_reviews import NEWER_RECORDS, TOUCHED_SINCE
from webapp.queries.schedules import fetch_reported_sites, fetch_schedules
from webapp.queries.unmet_reports import fetch_unmet
from webapp.services import outbox, people, report_entry, report_holds, report_retries, run_queue, schedules
from webapp.services.run_queue import REPORT, Claim, LeaseLost
from webapp.transactions import unit_of_work

log = logging.getLogger(__name__)

CHUNK = 500
_CLOSED = "('stored', 'delivered', 'failed', 'held', 'cancelled')"
"""States in which no worker has anything to make."""
_TAKEN = "r.id, r.site_id, r.period_start, r.period_end, r.issue, c.kind, c.cadence, r.schedule_id, r.due_at"
"""The fields of `TakenRun`, of a run `r` of the schedule `c`."""


@dataclass(frozen=True, slots=True)
class TakenRun:
    """A run as its worker takes it from the ledger. site_id: None for a report of the whole network."""

    id: UUID
    site_id: UUID | None
    period_start: date
    period_end: date
    issue: int
    kind: ReportKind
    cadence: Cadence
    schedule_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MadeReport:
    """What the making of a run gave. files: by kind."""

    document: ReportDocument
    files: Mapping[str, StoredFile]


def reconcile(now: datetime) -> int:
    """Enter every report that should exist by now, in every network; returns how many were missing.

    However often it is rung for, by however many, and after whatever outage: the set of runs is the same. One of the few
    functions that go across networks; each is worked on in its own scope.
    """
    entered = 0
    for network_id in people.fetch_network_ids():
        try:
            entered += reconcile_network(people.network_scope(network_id), now)
        except Exception:
            log.exception("the reports of network %s could not be reconciled; the others go on", network_id)
    return entered


def reconcile_network(scope: Scope, now: datetime) -> int:
    """Enter the missing reports of one network, oldest first, and queue whatever its ledger has unfinished; returns how many are fresh.

    What somebody asked for before it was due becomes the schedule's own once it is.
    """
    fresh: list[UUID] = []
    with unit_of_work(scope) as db:
        unmet = fetch_unmet(scope, db, now)
        for start in range(0, len(unmet.missing), CHUNK):
            fresh += report_entry.enter(scope, db, unmet.missing[start : start + CHUNK], now)
        fresh += report_entry.take_over(scope, db, unmet.asked_for, now)
        outbox.ring(scope, db, report_holds.review(scope, db, fresh, now), now)
        faults.reached("hold.1.reviewed")
        unfinished = fetch_unfinished_ids(scope, db)
        for start in range(0, len(unfinished), CHUNK):
            run_queue.enter(scope, db, REPORT, unfinished[start : start + CHUNK])
    run_queue.reopen(unfinished)
    return len(fresh)


def request(scope: Scope, site_code: str, month: date, now: datetime) -> UUID:
    """The run of a past month's report of one site, made now: returns the one there is, unless newer data want a further issue.

    One that is held stays held: it is released, not asked for again.

    Raises NotFound for a site outside the scope, BadInput for a month that is not over or in which the site was not open.
    """
    with unit_of_work(scope) as db:
        site = _site(scope, db, site_code)
        run_id, again = _request_of(scope, db, site, month, now)
        run_queue.enter(scope, db, REPORT, [run_id])
        outbox.ring(scope, db, [run_id], now)
    if again:
        run_queue.reopen([run_id])
    outbox.relay(now)
    return run_id


def _request_of(scope: Scope, db: Session, site: ReportedSite, month: date, now: datetime) -> tuple[UUID, bool]:
    """The run to make, and whether the queue may hold it for ended."""
    period = month_period(month)
    if local_day(now, site.zone_on(period.end_on)) < period.end_on:
        raise BadInput(f"This month is not over yet; its report can be made from {day_text(period.end_on)} on.")
    if not site.was_open_in(period):
        raise BadInput("The site was not open in this month, so there is nothing to report.")
    schedule = _schedule_for(scope, db, site, period, now)
    newest = _newest(scope, db, schedule.id, site.id, period)
    if newest is not None and newest.state in (RunState.FAILED, RunState.CANCELLED):
        report_retries.make_due(scope, db, newest.id, "failed", "cancelled")
        return newest.id, True
    if newest is not None and not (
        newest.state in ("stored", "delivered") and (newest.is_touched or _reads_otherwise(scope, db, newest, site))
    ):
        return newest.id, False
    due = DueReport(schedule.id, site.id, period, schedule.due_at(period, site))
    issue = newest.issue + 1 if newest else 1
    entered = report_entry.enter(scope, db, [due], now, issue=issue, requested_by=scope.user_id)
    return (entered[0] if entered else _run_of(scope, db, due, issue)), False


def _schedule_for(scope: Scope, db: Session, site: ReportedSite, period: Period, now: datetime) -> ReportSchedule:
    """Whose report of that month it is: the schedule that has it already, else one that covers it, else one for what is asked by hand."""
    monthly = [
        each for each in fetch_schedules(scope, db) if each.kind is ReportKind.SITE and each.cadence is Cadence.MONTHLY
    ]
    having = [each for each in monthly if _newest(scope, db, each.id, site.id, period)]
    covering = [each for each in monthly if each.covers(site, now)]
    within = [
        each
        for each in covering
        if each.starts_on < period.end_on and (each.ends_on is None or period.start_on < each.ends_on)
    ]
    lasting = [each for each in covering if each.ends_on is None]
    chosen = next(iter((*having, *within, *lasting)), None)
    return chosen or schedules.for_requests(scope, db, now)


def _newest(scope: Scope, db: Session, schedule_id: UUID, site_id: UUID, period: Period) -> Row[Any] | None:
    """The newest issue there is, and whether newer data touch what it says and were not found to change nothing."""
    return db.execute(
        text(
            "SELECT r.id, r.issue, r.state, r.document, n.data_version > r.data_version AND (r.review_since IS NOT NULL OR"
            f" {TOUCHED_SINCE} OR coalesce(r.reviewed_version, 0) < n.data_version AND {NEWER_RECORDS}) AS is_touched"
            " FROM report_run r JOIN network n ON n.id = r.network_id"
            " WHERE r.network_id = :network AND r.schedule_id = :schedule AND r.site_id = :site"
            " AND r.period_start = :start ORDER BY r.issue DESC LIMIT 1 FOR UPDATE OF r"
        ),
        {"network": scope.network_id, "schedule": schedule_id, "site": site_id, "start": period.start_on},
    ).one_or_none()


def _reads_otherwise(scope: Scope, db: Session, newest: Row[Any], site: ReportedSite) -> bool:
    """Whether a stored report would be counted by other rules today, or under another name; nobody knows of one that was removed."""
    return newest.document is not None and reads_otherwise(scope, db, from_json(newest.document.encode()), site.name)


def _site(scope: Scope, db: Session, code: str) -> ReportedSite:
    found = next((site for site in fetch_reported_sites(scope, db) if site.code == code), None)
    if found is None:
        raise NotFound("There is no such site, or none that you can see.")
    return found


def _run_of(scope: Scope, db: Session, due: DueReport, issue: int) -> UUID:
    """The run that somebody else entered at the same moment."""
    run_id: UUID = db.execute(
        text(
            "SELECT id FROM report_run WHERE network_id = :network AND schedule_id = :schedule AND site_id = :site"
            " AND period_start = :start AND issue = :issue"
        ),
        {
            "network": scope.network_id,
            "schedule": due.schedule_id,
            "site": due.site_id,
            "start": due.period.start_on,
            "issue": issue,
        },
    ).scalar_one()
    return run_id


def get_stored(scope: Scope, db: Session, run_id: UUID) -> TakenRun:
    """What a stored run is about. Raises NotFound."""
    row = db.execute(
        text(
            f"SELECT {_TAKEN} FROM report_run r JOIN schedule c ON c.network_id = r.network_id AND c.id = r.schedule_id"
            " WHERE r.network_id = :network AND r.id = :run"
        ),
        {"network": scope.network_id, "run": run_id},
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such report, or none that you can see.")
    return _taken(row)


def take(held: Claim) -> TakenRun | None:
    """Put the claim's token on the run in its network's ledger; None when the run is finished or not of that network.

    Raises LeaseLost when a later claim has taken it already.
    """
    scope = people.network_scope(held.network_id)
    with unit_of_work(scope) as db:
        values = {"network": held.network_id, "run": held.run_id, "token": held.token, "attempts": held.attempts}
        row = db.execute(
            text(
                "UPDATE report_run r SET lease_token = :token, state = 'running', attempts = :attempts, reason = NULL, progress = NULL"
                " FROM schedule c WHERE c.network_id = r.network_id AND c.id = r.schedule_id AND r.network_id = :network"
                " AND r.id = :run AND (r.lease_token IS NULL OR r.lease_token < :token)"
                f" AND r.state NOT IN {_CLOSED} RETURNING {_TAKEN}"
            ),
            values,
        ).one_or_none()
        if row is not None:
            return _taken(row)
        state = db.execute(
            text("SELECT state FROM report_run WHERE network_id = :network AND id = :run"), values
        ).scalar()
    if state == RunState.RUNNING:
        raise LeaseLost
    return None


def _taken(row: Row[Any]) -> TakenRun:
    known = {"kind": ReportKind(row.kind), "cadence": Cadence(row.cadence)}
    return TakenRun(**{**row._mapping, **known})


def note_progress(held: Claim, phase: str, rows_read: int = 0, pages: int = 0, files: int = 0) -> None:
    """Say how far the making is: for the page that waits for it. Raises LeaseLost when the run is no longer held."""
    _fenced(
        held,
        "UPDATE report_run SET progress = CAST(:progress AS jsonb)",
        progress=json.dumps({"phase": phase, "rows_read": rows_read, "pages": pages, "files": files}),
    )


def store(held: Claim, made: MadeReport, now: datetime) -> None:
    """Mark the run as stored and name its files, in one transaction. Raises LeaseLost, and changes nothing, for an old token."""
    scope, document = people.network_scope(held.network_id), made.document
    with unit_of_work(scope) as db:
        site_id = _fenced_in(
            scope,
            db,
            held,
            "UPDATE report_run SET state = 'stored', reason = NULL, progress = NULL, document = :document,"
            " content_hash = :content_hash, as_of = :as_of, data_version = :data_version, stored_at = :now,"
            " query_fingerprint = :queries, measures = CAST(:measures AS jsonb), renderers = CAST(:renderers AS jsonb)",
            document=to_json(document).decode(),
            content_hash=content_hash(document),
            as_of=document.as_of,
            data_version=document.data_version,
            now=now,
            queries=document.query_fingerprint,
            measures=json.dumps({each.measure: each.version for each in document.counted}),
            renderers=json.dumps(renderers.versions()),
        )
        files = list(made.files.items())
        db.execute(
            text(
                "INSERT INTO artifact (network_id, run_id, format, site_id, stored_name, sha256, size)"
                " SELECT :network, :run, f.format, :site, f.name, f.sha256, f.size FROM unnest(CAST(:formats AS text[]),"
                " CAST(:names AS text[]), CAST(:hashes AS text[]), CAST(:sizes AS bigint[])) AS f(format, name, sha256, size)"
            ),
            {
                "network": held.network_id,
                "run": held.run_id,
                "site": site_id,
                "formats": [kind for kind, _ in files],
                "names": [file.stored_name for _, file in files],
                "hashes": [file.sha256 for _, file in files],
                "sizes": [file.size for _, file in files],
            },
        )
        faults.reached("report.6.named")


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Keep in the ledger why an attempt went wrong; the last one makes the run failed. An old token changes nothing."""
    scope = people.network_scope(held.network_id)
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "UPDATE report_run SET reason = :reason, state = :state, attempts = :attempts, progress = NULL"
                " WHERE network_id = :network AND id = :run"
                f" AND (lease_token IS NULL OR lease_token <= :token) AND state NOT IN {_CLOSED}"
            ),
            {
                "network": held.network_id,
                "run": held.run_id,
                "token": held.token,
                "reason": reason,
                "attempts": held.attempts,
                "state": RunState.FAILED.value if final else RunState.QUEUED.value,
            },
        )


def _fenced(held: Claim, update: str, **values: object) -> None:
    scope = people.network_scope(held.network_id)
    with unit_of_work(scope) as db:
        _fenced_in(scope, db, held, update, **values)


def _fenced_in(scope: Scope, db: Session, held: Claim, update: str, **values: object) -> UUID | None:
    """Run an update of the claimed run that only the holder of its newest token can make; returns the run's site, if it has one."""
    statement = f"{update} WHERE network_id = :network AND id = :run AND lease_token = :token AND state = 'running' RETURNING site_id"
    row = db.execute(
        text(statement), {**values, "network": scope.network_id, "run": held.run_id, "token": held.token}
    ).one_or_none()
    if row is None:
        raise LeaseLost
    site_id: UUID | None = row.site_id
    return site_id
