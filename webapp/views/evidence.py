"""Evidence: sending a file, the list, taking it out whole, legal hold and disposal. Nothing is ever shown inside a page."""

import io
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from webapp.access import current_scope
from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.evidence_files import ENDINGS, LARGEST, MEGABYTE, TAKEN
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.queries.accreditation import fetch_programmes
from webapp.queries.criteria import asked_on, fetch_criteria
from webapp.queries.findings import fetch_evidence, fetch_findings
from webapp.queries.sites import fetch_sites
from webapp.services import audit
from webapp.services import evidence as service
from webapp.services.clock import now
from webapp.transactions import reading
from webapp.views.typed import STATUS, Typed, read_uuid

blueprint = Blueprint("evidence", __name__, url_prefix="/evidence")

FIELDS = ("site", "criterion", "finding", "covers_from", "covers_until", "keep_until")
ENVELOPE = MEGABYTE
"""What the form's own parts may add to the largest file."""
OUTCOMES = {"whole": "Whole", "missing": "Missing", "changed": "Changed since it was stored"}


@blueprint.url_value_preprocessor
def limit(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Refuse a body larger than any evidence before anything, the form's token too, is read from it."""
    request.max_content_length = LARGEST + ENVELOPE


@blueprint.get("")
def index() -> str:
    """The evidence of one's sites, and the form to send some."""
    return _index(current_scope(), Typed.of(request.args, FIELDS))


@blueprint.post("")
def add() -> tuple[str, int] | Response:
    """Take a file in. One that is larger than any evidence is refused before it is read."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    days = {name: typed.day(name, "the day") for name in ("covers_from", "covers_until", "keep_until")}
    file = request.files.get("file")
    programme, _, code = typed["criterion"].partition("/")
    try:
        if typed.errors:
            raise BadInput(next(iter(typed.errors.values())))
        if file is None or not file.filename:
            raise BadInput("Choose a file to send.")
        if not typed["site"]:
            raise BadInput("Choose the site that it is about.")
        size = file.stream.seek(0, io.SEEK_END)
        given = service.Given(
            typed["site"], (programme, code) if typed["criterion"] else None, read_uuid(typed["finding"]), **days
        )
        service.keep(scope, file.filename, file.stream, size, given, now())  # type: ignore[arg-type]  # a file of Werkzeug's
    except (BadInput, NotFound, Conflict) as refused:
        audit.record(scope, "keep evidence", "upload", "refused")
        return _index(scope, typed, f"{refused} Nothing was stored."), STATUS[type(refused)]
    flash("Stored whole, with its hash. It is checked against it every night.", "ok")
    finding = read_uuid(typed["finding"])
    return redirect(url_for("findings.show", finding_id=finding) if finding else url_for("evidence.index"), 303)


@blueprint.get("/<uuid:evidence_id>/file")
def download(evidence_id: UUID) -> Response:
    """The file as it was sent, to be saved; who took it is written down."""
    line, content = service.open_evidence(current_scope(), evidence_id)
    name = f"evidence-{line.recorded_at:%Y-%m-%d}-{line.id.hex[:8]}.{ENDINGS[line.media_type][0]}"
    answer = send_file(io.BytesIO(content), line.media_type, as_attachment=True, download_name=name, etag=False)
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


@blueprint.post("/<uuid:evidence_id>/keeping")
def keeping(evidence_id: UUID) -> tuple[str, int] | Response:
    """Put it under a legal hold, release it, or dispose of its file after its time."""
    scope, doing, reason = current_scope(), request.form.get("doing", ""), request.form.get("reason", "")[:4000]
    try:
        if doing in ("hold", "release"):
            service.set_hold(scope, evidence_id, doing == "hold", reason, now())
        elif doing == "dispose":
            service.dispose(scope, evidence_id, reason, now())
        else:
            raise BadInput("Choose what to do with it.")
    except (BadInput, Conflict) as refused:
        return _index(scope, Typed.of({}, FIELDS), str(refused)), STATUS[type(refused)]
    flash("Recorded.", "ok")
    return redirect(url_for("evidence.index"), 303)


def _index(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        rows, sites, own = fetch_evidence(scope, db), fetch_sites(scope, db), fetch_programmes(scope, db)
        criteria = asked_on(fetch_criteria(scope, db), now().date())
        findings = fetch_findings(scope, db)
    names = {p.id: p for p in own}
    return render_template(
        "evidence/index.html",
        heading="Evidence",
        rows=rows,
        sites=[("", "Choose a site"), *((s.code, s.name) for s in sites)],
        criteria=[
            ("", "None in particular"),
            *((f"{names[c.programme_id].code}/{c.code}", f"{names[c.programme_id].name}: {c.title}") for c in criteria),
        ],
        findings=[("", "None"), *((str(f.id), f"{f.site}: {f.wording[:80]}") for f in findings)],
        typed=typed,
        refusal=refusal,
        taken=TAKEN,
        largest=LARGEST // MEGABYTE,
        outcomes=OUTCOMES,
        endings=ENDINGS,
        formats=formats,
    )
