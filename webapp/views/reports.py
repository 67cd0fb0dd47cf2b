"""Reports: what was due and what became of it, one report as a page, a report made now, how far it is, and its files."""

import io
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.access import current_scope
from webapp.artifacts import DamagedFile
from webapp.domain.doors import ROUTES
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.periods import add_months, read_day
from webapp.domain.report_kinds import KIND_LABELS as REPORT_LABELS
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RunState
from webapp.presentation import formats
from webapp.presentation.renderers import FILE_KINDS, MEDIA_TYPES, FileKind, file_name
from webapp.presentation.report_document import from_json
from webapp.queries.calendar_feeds import find_made_at
from webapp.queries.network_settings import get_settings
from webapp.queries.report_expectation import LedgerMonth, count_by_month, fetch_ledger
from webapp.queries.report_ledger import fetch_issues, get_file, get_kept_document, get_run
from webapp.queries.report_notices import MOST_LISTED, count_unsent, fetch_unsent
from webapp.queries.report_pages import fetch_deliveries, fetch_open_of_month
from webapp.queries.sites import fetch_sites
from webapp.services import audit, deliveries, report_holds, report_proof, report_retries, report_runs, retention
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.report_words import (
    STATE_WORDS,
    counted_words,
    late_words,
    local_words,
    period_words,
    progress_words,
)

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

KIND_LABELS: dict[FileKind, str] = {"pdf": "PDF", "xlsx": "XLSX", "csv": "CSV", "zip": "ZIP"}
TONES = {RunState.STORED: "ok", RunState.DELIVERED: "ok", RunState.FAILED: "bad", RunState.HELD: "warn"}
CHANNEL_WORDS = {"app": "In Dripline", "mail": "Mail"}
GIVEN_WORDS = {
    "delivered": ("ok", "Delivered"),
    "not_sent": ("bad", "Not sent"),
    "failed": ("bad", "Failed"),
    "waiting": ("info", "Waits"),
    "sending": ("info", "Being sent"),
}
OFFERED_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from."""

    value: str
    label: str


@blueprint.get("")
def index() -> str:
    """What was due for a month across the sites within the scope, and what became of it."""
    return page(current_scope())


def page(scope: Scope, *, calendar_address: str = "") -> str:
    """The list of reports. calendar_address: one that was made just now, to be shown this once."""
    instant = now()
    with reading(scope) as db:
        lines = fetch_ledger(scope, db, instant)
        sites = fetch_sites(scope, db)
        unsent = fetch_unsent(scope, db, instant)
        unlisted = count_unsent(scope, db, instant) - len(unsent) if len(unsent) == MOST_LISTED else 0
        calendar_made_at = find_made_at(scope, db)
    months = count_by_month(lines, instant)
    chosen = _chosen_month(request.args.get("month", ""), months)
    return render_template(
        "reports/index.html",
        heading="Reports",
        months=months,
        chosen=chosen,
        chosen_count=next((month for month in months if month.month == chosen), None),
        lines=[line for line in lines if line.month == chosen],
        progress_of=progress_words,
        unsent=unsent,
        unlisted=unlisted,
        sites=[Choice(site.code, site.name) for site in sites],
        offered=[Choice(f"{month:%Y-%m}", formats.month(month)) for month in _offered(instant.date())],
        words=STATE_WORDS,
        tones=TONES,
        kinds=KIND_LABELS,
        formats=formats,
        late=partial(late_words, now=instant),
        local=local_words,
        counted=counted_words,
        period=period_words,
        may_release=scope.role in ROUTES["reports.release"].roles,
        may_retry=scope.role in ROUTES["reports.try_again"].roles,
        may_schedule=scope.role in ROUTES["schedules.index"].roles,
        calendar_made_at=calendar_made_at,
        calendar_address=calendar_address,
    )


@blueprint.get("/<uuid:run_id>")
def show(run_id: UUID) -> str:
    """One report as a page: where it stands, what it says, its issues, and to whom it went."""
    scope = current_scope()
    with reading(scope) as db:
        run = get_run(scope, db, run_id)
        kept = run.is_made and run.files_removed_at is None
        document = from_json(get_kept_document(scope, db, run_id)) if kept else None
        issues, given = fetch_issues(scope, db, run), fetch_deliveries(scope, db, run)
        months = get_settings(scope, db).report_retention_months
    if kept:
        audit.record(scope, "open a report", f"report run {run_id}", details={"issue": run.issue})
    return render_template(
        "reports/show.html",
        heading=f"{run.site_name}: {REPORT_LABELS[run.kind].lower()}, {period_words(run.period)}",
        run=run,
        document=document,
        issues=issues,
        given=given,
        progress_now=progress_words(run),
        months=months,
        words=STATE_WORDS,
        tones=TONES,
        kinds=KIND_LABELS,
        channels=CHANNEL_WORDS,
        given_words=GIVEN_WORDS,
        formats=formats,
        late=late_words(run, now()),
        local=local_words,
        may_release=scope.role in ROUTES["reports.release"].roles,
        may_retry=scope.role in ROUTES["reports.try_again"].roles,
        may_hold=scope.role in retention.HOLDERS,
    )


@blueprint.post("")
def run_now() -> AnyResponse:
    """Make the report of one site and past month now, or show the one there is."""
    scope = current_scope()
    month = read_day(f"{request.form.get('month', '')[:7]}-01")
    if month is None:
        raise BadInput("Choose the month of the report, written as 2026-10.")
    run_id = report_runs.request(scope, request.form.get("site", "")[:200], month, now())
    audit.record(scope, "ask for a report", f"report run {run_id}", details={"month": month.isoformat()})
    with reading(scope) as db:
        run = get_run(scope, db, run_id)
    if run.state is RunState.HELD:
        flash(
            f"{run.site_name}, {formats.month(month)} is held: {run.reason} Release it there if it must go now.", "warn"
        )
    elif run.is_made:
        flash(
            f"{run.site_name}, {formats.month(month)}: nothing has changed since it was made, so it stands as it is.",
            "ok",
        )
    else:
        flash(f"{run.site_name}, {formats.month(month)}: the report is being made. You may leave this page.", "ok")
    return redirect(url_for("reports.index", month=f"{month:%Y-%m}"), 303)


@blueprint.get("/<uuid:run_id>/progress")
def progress(run_id: UUID) -> Response:
    """How far a run is, for the page that waits for it."""
    scope = current_scope()
    with reading(scope) as db:
        run = get_run(scope, db, run_id)
    return jsonify(state=run.state.value, words=progress_words(run), open=run.is_open, progress=run.progress)


@blueprint.get("/progress")
def following() -> Response:
    """How far each report of a month is that is still to be made: one answer for the whole list, words by run."""
    scope, month = current_scope(), read_day(f"{request.args.get('month', '')[:7]}-01")
    if month is None:
        raise BadInput("Name the month of the reports, written as 2026-10.")
    with reading(scope) as db:
        found = fetch_open_of_month(scope, db, month)
    return jsonify(open={str(run.id): progress_words(run) for run in found})


@blueprint.post("/<uuid:run_id>/seen")
def seen(run_id: UUID) -> AnyResponse:
    """Take one's own unread mark away."""
    scope = current_scope()
    deliveries.mark_seen(scope, run_id, now())
    return redirect(url_for("reports.show", run_id=run_id), 303)


@blueprint.post("/told")
def told() -> AnyResponse:
    """Take the notices of what could not be sent away: those that the page has shown."""
    deliveries.mark_told(current_scope(), request.form.getlist("shown", type=UUID)[:MOST_LISTED], now())
    return redirect(url_for("reports.index"), 303)


@blueprint.post("/<uuid:run_id>/release")
def release(run_id: UUID) -> AnyResponse:
    """Let a held report go as it is."""
    report_holds.release(current_scope(), run_id, now())
    flash("Released: the report is being made, and says that it is incomplete. You may leave this page.", "ok")
    return redirect(url_for("reports.show", run_id=run_id), 303)


@blueprint.post("/<uuid:run_id>/cancel")
def cancel(run_id: UUID) -> AnyResponse:
    """Stop the making of a report that was asked for."""
    report_holds.cancel(current_scope(), run_id, now())
    flash("Cancelled. What had been made of it so far is thrown away.", "ok")
    return redirect(url_for("reports.show", run_id=run_id), 303)


@blueprint.post("/<uuid:run_id>/try-again")
def try_again(run_id: UUID) -> AnyResponse:
    """Have a report that failed made after all."""
    report_retries.try_again(current_scope(), run_id, now())
    flash("It is being tried again, with as many attempts as at first. You may leave this page.", "ok")
    return redirect(url_for("reports.show", run_id=run_id), 303)


@blueprint.post("/<uuid:run_id>/legal-hold")
def legal_hold(run_id: UUID) -> AnyResponse:
    """Put a report under legal hold, or lift it."""
    wished = request.form.get("held") == "yes"
    retention.set_legal_hold(current_scope(), run_id, wished, now())
    flash("Under legal hold: nothing of this report is removed." if wished else "The legal hold is lifted.", "ok")
    return redirect(url_for("reports.show", run_id=run_id), 303)


@blueprint.get("/<uuid:run_id>/<file_kind>")
def download(run_id: UUID, file_kind: str) -> Response:
    """One file of a stored report. Whether the person may have it is decided anew here, each time."""
    if file_kind not in FILE_KINDS:
        abort(404)
    scope = current_scope()
    subject = f"report run {run_id}, {file_kind}"
    try:
        with reading(scope) as db:
            run, stored_name, sha256 = get_file(scope, db, run_id, file_kind)
            name = file_name(file_kind, from_json(get_kept_document(scope, db, run_id)))
        content = report_proof.read_whole(scope, run_id, file_kind, stored_name, sha256)
    except (NotFound, DamagedFile) as refusal:
        audit.record(scope, "download", subject, "refused" if isinstance(refusal, NotFound) else "damaged")
        raise
    audit.record(
        scope, "download", subject, details={"sha256": sha256, "data_version": run.data_version, "issue": run.issue}
    )
    answer = send_file(io.BytesIO(content), MEDIA_TYPES[file_kind], as_attachment=True, download_name=name, etag=False)
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


def _chosen_month(wished: str, months: list[LedgerMonth]) -> date | None:
    day = read_day(f"{wished}-01")
    known = [month.month for month in months]
    return day if day in known else next(iter(known), None)


def _offered(today: date) -> list[date]:
    """The past months that a report can be asked for, newest first."""
    this_month = today.replace(day=1)
    return [add_months(this_month, -back) for back in range(1, OFFERED_MONTHS + 1)]
