"""Evidence: files taken by their content, kept under names of our own with their hash, checked again each night, never lost in silence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.artifacts import DamagedFile, file_store
from webapp.domain.errors import BadInput, Conflict, NotAllowed
from webapp.domain.evidence_files import recognise
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import clean_text
from webapp.domain.vocabulary import Role
from webapp.queries.accreditation import get_programme, get_site
from webapp.queries.criteria import get_criterion
from webapp.queries.findings import (
    EvidenceLine,
    fetch_kept_evidence,
    fetch_unchecked,
    get_evidence,
    get_finding,
)
from webapp.services import audit
from webapp.services.kept_files import chunks_of, plain_name
from webapp.services.recording import lock_network
from webapp.services.standing_writers import require_writer
from webapp.transactions import reading, unit_of_work

KIND = "evidence"
CHECKED_EVERY = timedelta(hours=20)
CHECKED_AT_ONCE = 200
_SENDERS = frozenset({Role.COMPLIANCE, Role.MANAGER, Role.SITE_LEAD})


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a file: the site by code, what it shows, the period it covers, and until when it is kept at least."""

    site: str
    criterion: tuple[str, str] | None = None
    finding_id: UUID | None = None
    covers_from: date | None = None
    covers_until: date | None = None
    keep_until: date | None = None


def keep(scope: Scope, name: str, stream: BinaryIO, size: int, given: Given, now: datetime) -> UUID:
    """Take a file in; returns the evidence's id. Raises NotAllowed, NotFound, or BadInput with what is wrong with the file."""
    if scope.role not in _SENDERS:
        audit.record(scope, "keep evidence", given.site[:60], "refused")
        raise NotAllowed("Your role reads; evidence is sent by the officer, the manager or a site lead.")
    if given.covers_from and given.covers_until and given.covers_until < given.covers_from:
        raise BadInput("The last day that it covers is before the first. Give a later one, or leave it empty.")
    shown_name, found, evidence_id = plain_name(name), recognise(name, stream, size), uuid4()
    with reading(scope) as db:
        site = get_site(scope, db, given.site)
    stored = file_store().write(KIND, scope.network_id, evidence_id, 0, found.ending, chunks_of(stream))
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        criterion_id = None
        if given.criterion is not None:
            programme = get_programme(scope, db, given.criterion[0])
            on = given.covers_until or given.covers_from or now.date()
            criterion_id = get_criterion(scope, db, programme.id, given.criterion[1], on).id
        if given.finding_id is not None and get_finding(scope, db, given.finding_id).site_id != site.id:
            raise BadInput("The finding is of another site. Choose the site that the finding is of.")
        values = {
            "network": scope.network_id,
            "id": evidence_id,
            "site": site.id,
            "criterion": criterion_id,
            "finding": given.finding_id,
            "stored": stored.stored_name,
            "name": shown_name,
            "media": found.media_type,
            "size": stored.size,
            "sha256": stored.sha256,
            "from": given.covers_from,
            "until": given.covers_until,
            "keep": given.keep_until,
            "at": now,
            "by": scope.user_id,
        }
        db.execute(text(_INSERT), values)
    audit.record(scope, "keep evidence", f"evidence {evidence_id}", details={"sha256": stored.sha256})
    return evidence_id


_INSERT = (
    "INSERT INTO evidence (network_id, id, site_id, criterion_id, finding_id, stored_name, given_name, media_type, size, sha256,"
    " covers_from, covers_until, keep_until, recorded_at, recorded_by) VALUES (:network, :id, :site, :criterion, :finding, :stored,"
    " :name, :media, :size, :sha256, :from, :until, :keep, :at, :by)"
)


def open_evidence(scope: Scope, evidence_id: UUID) -> tuple[EvidenceLine, bytes]:
    """The file, whole and unchanged, with what is known of it. Raises NotFound, Conflict where it was disposed of, DamagedFile."""
    subject = f"evidence {evidence_id}"
    with reading(scope) as db:
        line = get_evidence(scope, db, evidence_id)
    if line.disposed:
        raise Conflict("Its file was disposed of after its time; its record and its hash stay.")
    content = file_store().read(line.stored_name, line.sha256)
    audit.record(scope, "download", subject, details={"sha256": line.sha256})
    return line, content


def set_hold(scope: Scope, evidence_id: UUID, held: bool, reason: str, now: datetime) -> None:
    """Put it under a legal hold, or release it. Raises Conflict where it stands so already."""
    require_writer(scope, "set a legal hold", f"evidence {evidence_id}")
    event = "held" if held else "released"
    _append(scope, evidence_id, event, reason, now)


def dispose(scope: Scope, evidence_id: UUID, reason: str, now: datetime) -> None:
    """Remove the file after the day until which it is kept; the record and the hash stay. Never under a legal hold."""
    require_writer(scope, "dispose of evidence", f"evidence {evidence_id}")
    line = _append(scope, evidence_id, "disposed", reason, now)
    file_store().remove(line.stored_name)


def recheck(scope: Scope, now: datetime) -> int:
    """Check stored files against their hashes, those unchecked for longest first; returns how many are not what was stored."""
    with reading(scope) as db:
        waiting = fetch_unchecked(scope, db, now - CHECKED_EVERY, CHECKED_AT_ONCE)
    damaged = 0
    for evidence_id, site_id, stored_name, sha256 in waiting:
        outcome = _outcome(stored_name, sha256)
        damaged += outcome != "whole"
        with unit_of_work(scope) as db:
            db.execute(
                text(_CHECKED),
                {
                    "network": scope.network_id,
                    "id": evidence_id,
                    "site": site_id,
                    "outcome": outcome,
                    "at": now,
                },
            )
        if outcome != "whole":
            audit.record(scope, "check evidence", f"evidence {evidence_id}", outcome)
    return damaged


def sweep(scope: Scope, before: datetime) -> int:
    """Remove the network's files that no row names, such as those of an upload that broke off; returns how many."""
    with reading(scope) as db:
        named = fetch_kept_evidence(scope, db)
    return file_store().sweep(KIND, scope.network_id, named, before)


_CHECKED = (
    "INSERT INTO evidence_check AS k (network_id, evidence_id, site_id, outcome, checked_at, since)"
    " VALUES (:network, :id, :site, :outcome, :at, :at) ON CONFLICT (network_id, evidence_id) DO UPDATE SET"
    " since = CASE WHEN k.outcome = excluded.outcome THEN k.since ELSE excluded.since END, outcome = excluded.outcome,"
    " checked_at = excluded.checked_at"
)


def _outcome(stored_name: str, sha256: str) -> str:
    store = file_store()
    if not store.path(stored_name).is_file():
        return "missing"
    try:
        store.read(stored_name, sha256)
    except DamagedFile:
        return "changed"
    return "whole"


def _append(scope: Scope, evidence_id: UUID, event: str, reason: str, now: datetime) -> EvidenceLine:
    reason = clean_text(reason, "The reason", 500)
    if not reason:
        raise BadInput("Give the reason in a sentence; it stays beside the evidence for good.")
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        line = get_evidence(scope, db, evidence_id)
        for refusal in _against(line, event, now.date()):
            raise Conflict(refusal)
        db.execute(
            text(
                "INSERT INTO evidence_event (network_id, id, evidence_id, site_id, event, reason, recorded_at, recorded_by)"
                " SELECT :network, :id, :evidence, :site, :event, :reason, greatest(CAST(:at AS timestamptz), max(e.recorded_at)"
                " + interval '1 microsecond'), :by FROM evidence_event e WHERE e.network_id = :network AND e.evidence_id = :evidence"
            ),
            {
                "network": scope.network_id,
                "id": uuid4(),
                "evidence": evidence_id,
                "site": line.site_id,
                "event": event,
                "reason": reason,
                "at": now,
                "by": scope.user_id,
            },
        )
    audit.record(scope, event, f"evidence {evidence_id}")
    return line


def _against(line: EvidenceLine, event: str, today: date) -> Iterator[str]:
    if line.disposed:
        yield "Its file was disposed of already."
    if event == "held" and line.held:
        yield "It is under a legal hold already."
    if event == "released" and not line.held:
        yield "It is not under a legal hold."
    if event == "disposed":
        if line.held:
            yield "It is under a legal hold, so its file stays. Release it first, and say why."
        if line.keep_until is None or line.keep_until >= today:
            yield "The day until which it is kept has not passed, or none is set; its file stays."
