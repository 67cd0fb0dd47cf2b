"""The officer's page of tracer packets: asking for one, reading it, handing it out, and admitting a surveyor to it until a day."""

import io
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.access import current_scope
from webapp.artifacts import DamagedFile, file_store
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.periods import Period, add_months, day_text
from webapp.domain.scope import Scope
from webapp.domain.tracer import LONGEST_DAYS, MOST_SESSIONS, Chosen
from webapp.presentation import formats, tracer_packet
from webapp.queries.accreditation import fetch_programmes
from webapp.queries.sites import fetch_sites
from webapp.queries.tracer_packets import PacketLine, fetch_key, fetch_packets, fetch_readers, get_packet
from webapp.services import audit, tracer_packets
from webapp.services.clock import now
from webapp.services.tracer_packets import Admitted
from webapp.transactions import reading
from webapp.views.typed import Typed

blueprint = Blueprint("tracer", __name__, url_prefix="/packets")

FIELDS = ("programme", "site", "from", "to", "size", "seed")
ADMIT_FIELDS = ("name", "until")
STATES = {"waiting": "Waits for a worker", "running": "Being made", "sealed": "Sealed", "failed": "Failed"}
TONES = {"sealed": "ok", "failed": "bad"}
USUAL_SIZE = 20


@blueprint.get("")
def index() -> str:
    """The packets there are, and the form for a further one."""
    today = now().date()
    start = add_months(today.replace(day=1), -1)
    usual = {
        "from": start.isoformat(),
        "to": (today.replace(day=1) - timedelta(days=1)).isoformat(),
        "size": str(USUAL_SIZE),
        "seed": "",
    }
    return _index(current_scope(), Typed.of(usual, FIELDS))


@blueprint.post("")
def ask() -> tuple[str, int] | AnyResponse:
    """Ask for a packet, or show the form again with what is wrong with it."""
    scope, typed = current_scope(), Typed.of(request.form, FIELDS)
    chosen = _chosen(typed)
    if chosen is None:
        return _index(scope, typed), 400
    try:
        packet_id = tracer_packets.request(scope, chosen, now())
    except (BadInput, NotFound) as refused:
        return _index(scope, typed, str(refused)), 400 if isinstance(refused, BadInput) else 404
    flash("The packet is being made. You may leave this page.", "ok")
    return redirect(url_for("tracer.show", packet_id=packet_id), 303)


@blueprint.get("/<uuid:packet_id>")
def show(packet_id: UUID) -> str:
    """One packet as it was sealed, who may read it, and the sessions behind its numbers."""
    return _show(current_scope(), packet_id, Typed.of({}, ADMIT_FIELDS))


@blueprint.get("/<uuid:packet_id>/packet.zip")
def download(packet_id: UUID) -> Response:
    """The sealed file. Whether the person may have it is decided anew here, each time."""
    return sealed_file(current_scope(), packet_id)


@blueprint.post("/<uuid:packet_id>/surveyors")
def admit(packet_id: UUID) -> tuple[str, int] | str:
    """Make a surveyor's account; its password is shown in this answer and never again."""
    scope, typed = current_scope(), Typed.of(request.form, ADMIT_FIELDS)
    typed.text("name", "Give the surveyor's name.")
    last = typed.day("until", "the last day", required=True)
    if typed.errors or last is None:
        return _show(scope, packet_id, typed), 400
    until = datetime.combine(last + timedelta(days=1), time.min, UTC)
    try:
        admitted = tracer_packets.admit(scope, packet_id, typed["name"], until, now())
    except BadInput as refused:
        return _show(scope, packet_id, typed, refusal=str(refused)), 400
    return _show(scope, packet_id, Typed.of({}, ADMIT_FIELDS), admitted=admitted)


@blueprint.post("/<uuid:packet_id>/surveyors/<uuid:user_id>/end")
def dismiss(packet_id: UUID, user_id: UUID) -> AnyResponse:
    """End a surveyor's account before its day."""
    tracer_packets.dismiss(current_scope(), packet_id, user_id, now())
    flash("This surveyor can no longer sign in.", "ok")
    return redirect(url_for("tracer.show", packet_id=packet_id), 303)


def sealed_file(scope: Scope, packet_id: UUID) -> Response:
    """The file of a packet that the scope may read, taken down in the audit trail either way."""
    subject = f"tracer packet {packet_id}"
    try:
        with reading(scope) as db:
            packet = get_packet(scope, db, packet_id)
        content = _content(packet)
    except (NotFound, DamagedFile) as refusal:
        audit.record(scope, "download", subject, "refused" if isinstance(refusal, NotFound) else "damaged")
        raise
    audit.record(scope, "download", subject, details={"sha256": packet.sha256, "data_version": packet.data_version})
    name = f"tracer-packet-{packet.programme_code}-{packet.period_start}-{packet.seed}.zip"
    answer = send_file(io.BytesIO(content), "application/zip", as_attachment=True, download_name=name, etag=False)
    answer.headers["Content-Security-Policy"] = "sandbox"
    return answer


def packet_page(scope: Scope, packet_id: UUID, template: str, **more: object) -> str:
    """A packet as it was sealed; that its sessions were read is taken down."""
    with reading(scope) as db:
        packet = get_packet(scope, db, packet_id)
    tables = tracer_packet.open_tables(_content(packet)) if packet.is_sealed else []
    audit.record(scope, "read", f"tracer packet {packet_id}", details={"sessions": len(packet.sample)})
    return render_template(
        template,
        heading=f"Tracer packet: {packet.programme}",
        context=f"{formats.period(packet.period_start, packet.period_end)}, {packet.site_code or 'all sites'}",
        packet=packet,
        tables=tables,
        states=STATES,
        tones=TONES,
        formats=formats,
        **more,
    )


def _content(packet: PacketLine) -> bytes:
    if packet.stored_name is None or packet.sha256 is None:
        raise NotFound("This packet is not sealed yet.")
    return file_store().read(packet.stored_name, packet.sha256)


def _show(scope: Scope, packet_id: UUID, typed: Typed, *, refusal: str = "", admitted: Admitted | None = None) -> str:
    with reading(scope) as db:
        packet = get_packet(scope, db, packet_id)
        readers, key = fetch_readers(scope, db, packet_id), fetch_key(scope, db, packet)
    return packet_page(
        scope,
        packet_id,
        "tracer/show.html",
        readers=readers,
        key=key,
        typed=typed,
        errors=typed.errors,
        refusal=refusal,
        admitted=admitted,
        now=now(),
        last_day=lambda until: formats.day((until - timedelta(seconds=1)).date()),
    )


def _chosen(typed: Typed) -> Chosen | None:
    """What was typed; None with the errors beside their fields."""
    programme = typed.text("programme", "Choose the programme.")
    first, last = typed.day("from", "the first day", required=True), typed.day("to", "the last day", required=True)
    seed = typed.text("seed", "Give a seed; any word or number will do.")
    size = typed.text("size")
    if not size.isascii() or not size.isdigit() or not 1 <= int(size[:9]) <= MOST_SESSIONS:
        typed.errors["size"] = f"Give a number from 1 to {MOST_SESSIONS}."
    if first and last and last < first:
        typed.errors["to"] = f"The last day is before the first, {day_text(first)}."
    if typed.errors or first is None or last is None:
        return None
    return Chosen(programme, Period(first, last + timedelta(days=1)), int(size), seed, typed.text("site") or None)


def _index(scope: Scope, typed: Typed, refusal: str = "") -> str:
    with reading(scope) as db:
        packets, programmes, sites = fetch_packets(scope, db), fetch_programmes(scope, db), fetch_sites(scope, db)
    return render_template(
        "tracer/index.html",
        heading="Tracer packets",
        packets=packets,
        programmes=[("", "Choose a programme"), *((one.code, one.name) for one in programmes)],
        sites=[("", "All sites"), *((site.code, site.name) for site in sites)],
        typed=typed,
        errors=typed.errors,
        refusal=refusal,
        states=STATES,
        tones=TONES,
        longest=LONGEST_DAYS,
        most=MOST_SESSIONS,
        formats=formats,
    )
