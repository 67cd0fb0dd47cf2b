"""The audit trail of the network: searched by person, site, object and time, a page at a time, and as a file."""

import io
import json
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, send_file

from webapp.access import current_scope
from webapp.domain.scope import Scope
from webapp.presentation import csv_file, formats
from webapp.presentation.navigation import ROLE_LABELS
from webapp.presentation.tables import Column, Table
from webapp.queries.audit_chain import get_head
from webapp.queries.audit_trail import MOST_IN_A_FILE, AuditLine, AuditSearch, fetch_actions, fetch_events
from webapp.services import audit
from webapp.transactions import reading
from webapp.views.typed import Typed

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

FIELDS = ("person", "site", "subject", "action", "from", "to")
COLUMNS = (
    *(
        Column("number", "Number", "integer"),
        Column("at", "When", "instant"),
        Column("person", "Who"),
        Column("role", "Role"),
    ),
    *(
        Column("action", "What"),
        Column("subject", "Of what"),
        Column("outcome", "Outcome"),
        Column("details", "Details"),
    ),
)


@blueprint.get("")
def index() -> tuple[str, int]:
    """A page of the events that fit."""
    scope, typed = current_scope(), Typed.of(request.args, FIELDS)
    search, before = _search(typed), request.args.get("before", "")
    with reading(scope) as db:
        page = fetch_events(scope, db, search, int(before) if before.isascii() and before.isdigit() else None)
        actions, head = fetch_actions(scope, db), get_head(scope, db)
    asked = {name: value for name, value in typed.values.items() if value}
    return render_template(
        "audit.html",
        heading="Audit trail",
        page=page,
        typed=typed,
        errors=typed.errors,
        actions=[("", "Everything"), *((action, action) for action in actions)],
        head=head,
        older=urlencode({**asked, "before": page.older}) if page.older else "",
        newest=urlencode(asked),
        narrowed=bool(asked),
        paged=bool(before),
        who=_who,
        role=_role,
        details=_details,
        formats=formats,
    ), 400 if typed.errors else 200


@blueprint.get("/events.csv")
def export() -> Response:
    """The events that fit as a file, newest first; that it was taken is itself an event."""
    scope, typed = current_scope(), Typed.of(request.args, FIELDS)
    table = _table(scope, _search(typed))
    asked = {name: value[:200] for name, value in typed.values.items() if value}
    audit.record(scope, "download", "audit trail", details={"rows": len(table.rows), "asked": asked})
    content = csv_file.render_table(table, [(name.capitalize(), value) for name, value in asked.items()])
    answer = send_file(io.BytesIO(content), "text/csv", as_attachment=True, download_name="audit-trail.csv", etag=False)
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


def _table(scope: Scope, search: AuditSearch) -> Table:
    with reading(scope) as db:
        page = fetch_events(scope, db, search, limit=MOST_IN_A_FILE)
        head = get_head(scope, db)
    rows = tuple(
        (one.number, one.at, _who(one), _role(one), one.action, one.subject, one.outcome, _details(one))
        for one in page.lines
    )
    notes = [f"The chain ended at {head} when this file was made."]
    if page.older:
        notes.append(f"The newest {formats.count(MOST_IN_A_FILE)} events; choose fewer days for the ones before.")
    return Table("audit_trail", "Audit trail", "Newest first", COLUMNS, rows, notes=tuple(notes))


def _search(typed: Typed) -> AuditSearch:
    first, last = typed.day("from", "the first day"), typed.day("to", "the last day")
    person, subject, site, action = (
        typed[name].strip().replace("\0", "")[:200] for name in ("person", "subject", "site", "action")
    )
    return AuditSearch(person, subject, site, action, first, last)


def _who(line: AuditLine) -> str:
    return line.person or "The product"


def _role(line: AuditLine) -> str:
    return next((label for role, label in ROLE_LABELS.items() if role == line.role), "") if line.person else ""


def _details(line: AuditLine) -> str:
    if not line.details:
        return ""
    said = {name: _said(value) for name, value in line.details.items()}
    return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in said.items() if value)


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return value if isinstance(value, str) else json.dumps(value)
