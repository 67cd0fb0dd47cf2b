"""Data: what was sent and what became of it, sending files, how far an import is, what was not taken and why."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from webapp.access import current_scope
from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.shipped import OWN_FORMAT, shipped_mapping, shipped_names
from webapp.domain.intake.snapshot import Snapshot, read_snapshot
from webapp.domain.intake.yaml_reading import LONGEST
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState
from webapp.presentation import formats
from webapp.presentation.csv_file import render_table
from webapp.presentation.navigation import DASHBOARDS
from webapp.presentation.plain_text import one_line
from webapp.presentation.tables import Column, Table
from webapp.queries.freshness import RECENT_WEEKS, Freshness, fetch_freshness
from webapp.queries.imports import BatchLine, RejectedLine, fetch_batches, fetch_rejected, get_batch
from webapp.services import audit
from webapp.services.clock import now
from webapp.services.import_batches import SentFile, receive
from webapp.services.kept_files import chunks_of, plain_name
from webapp.transactions import reading

blueprint = Blueprint("data", __name__, url_prefix="/data")

EXPECTED = (
    f"Expected is {RECENT_WEEKS} times the median of the weeks before, as many as the network's settings name, where each of "
    "them brought sessions."
)
SHOWN_BATCHES = 50
SHOWN_REASONS = 200
STATE_WORDS = {
    BatchState.RECEIVED: "Waits for a worker",
    BatchState.CHECKING: "Being checked",
    BatchState.STORING: "Being stored",
    BatchState.STORED: "Stored",
    BatchState.REFUSED: "Refused",
    BatchState.FAILED: "Failed",
}
TONES = {BatchState.STORED: "ok", BatchState.REFUSED: "bad", BatchState.FAILED: "bad"}


@blueprint.get("")
def index() -> str:
    """The page: freshness of each site, the batches, and the form."""
    return _page(current_scope())


@blueprint.post("")
def upload() -> AnyResponse | tuple[str, int]:
    """Take files in and go to their batch; or show the form again, saying what is wrong."""
    scope = current_scope()
    try:
        files = [file for file in request.files.getlist("files") if file.filename]
        if not files:
            raise BadInput("Choose at least one file to send.")
        mapping = _mapping()
        sent = [SentFile(file.filename or "", chunks_of(file.stream)) for file in files]  # type: ignore[arg-type]  # a file of Werkzeug's
        batch_id = receive(scope, sent, mapping, "accept_good_rows" in request.form, now(), snapshot=_snapshot())
    except BadInput as refusal:
        audit.record(scope, "send data", "upload", "refused")
        return _page(scope, str(refusal)), 400
    many = formats.plural(len(files), "file")
    flash(f"{many} received whole. A worker checks and stores them; you may leave this page and come back.", "ok")
    return redirect(url_for("data.batch", batch_id=batch_id), 303)


@blueprint.get("/<uuid:batch_id>")
def batch(batch_id: UUID) -> str:
    """One batch: how far it is or what became of it, and the first rows that were not taken."""
    scope = current_scope()
    with reading(scope) as db:
        line = get_batch(scope, db, batch_id)
        refused = fetch_rejected(scope, db, batch_id, SHOWN_REASONS)
    return render_template(
        "data/batch.html",
        heading="Import",
        batch=line,
        words=progress_words(line),
        share=progress_share(line),
        tone=_tone(line),
        state=_state_words(line),
        snapshot=snapshot_words(line.snapshot),
        reasons=refused,
        more=len(refused) == SHOWN_REASONS,
        formats=formats,
        for_paper=one_line,
    )


@blueprint.get("/<uuid:batch_id>/progress")
def progress(batch_id: UUID) -> Response:
    """How far an import is, for the page that waits for it."""
    scope = current_scope()
    with reading(scope) as db:
        line = get_batch(scope, db, batch_id)
    return jsonify(state=line.state.value, words=progress_words(line), open=line.is_open, share=progress_share(line))


@blueprint.get("/<uuid:batch_id>/rejected.csv")
def rejected(batch_id: UUID) -> Response:
    """Every kept reason why a row was not taken, as a file."""
    scope = current_scope()
    with reading(scope) as db:
        line = get_batch(scope, db, batch_id)
        refused = fetch_rejected(scope, db, batch_id)
    audit.record(scope, "download", f"rejected rows of import batch {batch_id}", details={"rows": len(refused)})
    about = [("Import received", formats.instant(line.received_at)), ("Files", ", ".join(line.files))]
    answer = make_response(render_table(_reasons_table(refused), about))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="rejected-rows-{line.received_at:%Y-%m-%d}-{batch_id.hex[:8]}.csv"'
    )
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


def _snapshot() -> Snapshot | None:
    """What the files were declared to hold all of."""
    first, last = (request.form.get(name, "")[:40] for name in ("snapshot_from", "snapshot_to"))
    return read_snapshot(first, last, request.form.get("snapshot_sites", "")[:LONGEST].split(","))


def _mapping() -> ColumnMapping:
    """The mapping that was sent along, else the one that was chosen."""
    own = request.files.get("mapping_file")
    if own is not None and own.filename:
        return _own_mapping(own)
    return shipped_mapping(request.form.get("mapping", OWN_FORMAT)[:100])


def _own_mapping(file: FileStorage) -> ColumnMapping:
    name = plain_name(file.filename or "").rsplit(".", 1)[0]
    text = file.stream.read(4 * LONGEST + 1)
    try:
        return read_mapping(text.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise BadInput(f"The mapping {name} is not UTF-8 text.") from None


def _page(scope: Scope, refusal: str = "") -> str:
    with reading(scope) as db:
        fresh = fetch_freshness(scope, db, now().date())
        batches = fetch_batches(scope, db, SHOWN_BATCHES)
    return render_template(
        "data/index.html",
        heading="Data",
        refusal=refusal,
        said=request.form,
        freshness=_freshness_table(fresh),
        site_links=[f"{DASHBOARDS}/site?{urlencode({'site': each.site.code})}" for each in fresh],
        stale=[each.site.name for each in fresh if each.is_stale],
        batches=batches,
        state_words=_state_words,
        tone=_tone,
        mappings=[(name, shipped_mapping(name).title or name) for name in shipped_names()],
        formats=formats,
    )


def progress_words(line: BatchLine) -> str:
    """Where a batch stands, in words, with what is known of how far it is."""
    if line.state is BatchState.CHECKING and line.rows_total:
        return f"Being checked: {formats.count(line.rows_read)} of {formats.count(line.rows_total)} rows read"
    if line.state in (BatchState.STORING, BatchState.RECEIVED) and line.message:
        return line.message
    return STATE_WORDS[line.state]


def snapshot_words(snapshot: Snapshot | None) -> str:
    """What a batch was declared to hold all of; empty where nothing was declared."""
    if snapshot is None:
        return ""
    where = f"{'site' if len(snapshot.sites) == 1 else 'sites'} {', '.join(snapshot.sites)}" if snapshot.sites else ""
    days = f"{formats.day(snapshot.first_on)} to {formats.day(snapshot.last_on)}"
    return f"all of {where or 'every site that the sender may send for'}, {days}"


def progress_share(line: BatchLine) -> float | None:
    """How much of the reading is done; None where that cannot be told."""
    if line.state is BatchState.CHECKING and line.rows_total:
        return line.rows_read / line.rows_total
    return None


def _state_words(line: BatchLine) -> str:
    return "Stored in part" if line.state is BatchState.STORED and line.rows_rejected else STATE_WORDS[line.state]


def _tone(line: BatchLine) -> str:
    return "warn" if line.state is BatchState.STORED and line.rows_rejected else TONES.get(line.state, "info")


def _freshness_table(fresh: list[Freshness]) -> Table:
    rows = tuple(
        (
            each.site.name,
            each.site.data_through,
            each.days_behind if each.days_behind is not None else "no data yet",
            each.received,
            each.expected if each.expected is not None else "not known",
            each.share,
        )
        for each in fresh
    )
    return Table(
        key="freshness",
        title="How fresh are each site's data?",
        subtitle=f"Sessions of any status in the {RECENT_WEEKS} weeks before today",
        columns=(
            Column("site", "Site"),
            Column("data_through", "Data through", "date"),
            Column("days_behind", "Days since", "integer"),
            Column("received", f"Received in {RECENT_WEEKS} weeks", "integer"),
            Column("expected", "Expected", "integer"),
            Column("share", "Received of expected", "percent"),
        ),
        rows=rows,
        measure="data_completeness",
        notes=(EXPECTED,),
    )


def _reasons_table(refused: list[RejectedLine]) -> Table:
    return Table(
        key="rejected_rows",
        title="Which rows were not taken, and why?",
        subtitle="One line for each reason, in the order of the files",
        columns=(
            Column("file", "File"),
            Column("line", "Line", "integer"),
            Column("record_type", "Record"),
            Column("field", "Column"),
            Column("value", "Value"),
            Column("rule", "Rule"),
            Column("sentence", "What to do"),
        ),
        rows=tuple((r.file, r.line, r.record_type, r.field, r.value, r.rule, r.sentence) for r in refused),
    )
