"""Writing down what happens to accreditations and credentials: append-only, by the compliance officer, never in silence."""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.periods import day_text
from webapp.domain.programmes import TEMPLATES
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import LONGEST_NOTE, Entry, checked, clean_text
from webapp.domain.vocabulary import RecordEvent
from webapp.queries.accreditation import get_programme, get_site
from webapp.queries.sites import SiteFacts
from webapp.queries.standing_records import fetch_pairs, fetch_persons
from webapp.services import audit, clock, programmes, verdict_cells
from webapp.services.recording import lock_network, next_instant, raise_data_version
from webapp.services.standing_writers import require_writer
from webapp.transactions import unit_of_work

OWN_SOURCE = "dripline"
"""The sending system of records that were entered here by hand."""

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
_SUBJECTS = {
    "accreditation_record": ("site_id", "programme_id"),
    "credential_record": ("practitioner_id", "kind", "state"),
}


def record(scope: Scope, site_code: str, programme_code: str, entry: Entry, now: datetime) -> UUID:
    """Append one record to a site's history in a programme; returns its id.

    Raises NotAllowed for another role than compliance, NotFound for a site or programme that is not there, BadInput for an entry
    that breaks a rule, Conflict for one that is already recorded.
    """
    subject = f"accreditation {site_code[:60]} {programme_code[:60]}"
    require_writer(scope, "record an accreditation", subject)
    entry = checked(entry, now.date())
    with unit_of_work(scope) as db:
        site, programme = get_site(scope, db, site_code), get_programme(scope, db, programme_code)
        _require_open(site, entry)
        whose = {"site_id": site.id, "programme_id": programme.id}
        missing = f"The record to correct is not one of {site.name} in “{programme.name}”; choose it from the site's own history."
        record_id = _append(scope, db, "accreditation_record", whose, entry, now, missing)
    audit.record(scope, "record", subject, details=_told(record_id, entry))
    return record_id


def record_credential(
    scope: Scope, practitioner_id: UUID, kind: str, state: str | None, entry: Entry, now: datetime
) -> UUID:
    """Append one record to the history of a practitioner's credential; returns its id. state: None holds everywhere.

    Raises as `record` does.
    """
    subject = f"credential {practitioner_id} {kind[:60]}"
    require_writer(scope, "record a credential", subject)
    entry = checked(entry, now.date())
    kind, state = clean_text(kind, "The kind", 60), clean_text(state or "", "The state", 60) or None
    if not kind:
        raise BadInput("Name the kind of credential, such as medical_licence.")
    with unit_of_work(scope) as db:
        known = text("SELECT 1 FROM practitioner WHERE network_id = :network AND id = :id")
        if db.execute(known, {"network": scope.network_id, "id": practitioner_id}).scalar() is None:
            raise NotFound("There is no such practitioner in this network.")
        whose = {"practitioner_id": practitioner_id, "kind": kind, "state": state}
        missing = "The record to correct is not one of this person's credential; choose it from its own history."
        record_id = _append(scope, db, "credential_record", whose, entry, now, missing)
    audit.record(scope, "record", subject, details=_told(record_id, entry))
    return record_id


def link_practitioners(scope: Scope, one_id: UUID, other_id: UUID, same: bool, note: str, now: datetime) -> None:
    """Say that two practitioners are one person, or that they are not after all; sessions are judged again by it.

    From then on the credentials of each count for both; what was known before stays. Raises BadInput, NotFound, Conflict.
    """
    subject = f"practitioners {one_id} {other_id}"
    require_writer(scope, "say who is one person", subject)
    note = clean_text(note, "The note", LONGEST_NOTE)
    if not note:
        raise BadInput("Say in a sentence how you know it; the note stays beside it for good.")
    if one_id == other_id:
        raise BadInput("Choose two different entries of the list.")
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        both = [one_id, other_id]
        known = text("SELECT count(*) FROM practitioner WHERE network_id = :network AND id = ANY (:ids)")
        if db.execute(known, {"network": scope.network_id, "ids": both}).scalar_one() != len(both):
            raise NotFound("There is no such practitioner in this network.")
        if same and other_id in fetch_persons(scope, db).get(one_id, ()):
            raise Conflict("They are on record as one person already.")
        if not same and frozenset(both) not in fetch_pairs(scope, db):
            raise Conflict("These two were never said to be one person, so there is nothing to take back.")
        with verdict_cells.judged_again(scope, db):
            db.execute(
                text(_LINK),
                {
                    "network": scope.network_id,
                    "id": uuid4(),
                    "one": one_id,
                    "other": other_id,
                    "same": same,
                    "note": note,
                    "at": next_instant(scope, db, now),
                    "by": scope.user_id,
                },
            )
        raise_data_version(scope, db)
    audit.record(scope, "link" if same else "unlink", subject)


_LINK = (
    "INSERT INTO practitioner_link (network_id, id, practitioner_id, same_as_id, same, note, recorded_at, recorded_by)"
    " VALUES (:network, :id, :one, :other, :same, :note, :at, :by)"
)


def add_programme(scope: Scope, code: str, name: str, body: str, counts: bool) -> UUID:
    """Add a programme. counts: holding it makes a certified setting. Raises Conflict for a code that is taken."""
    require_writer(scope, "add a programme", f"programme {code[:60]}")
    name, body = _checked_names(code, name, body)
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        programme_id = _insert_programme(scope, db, code, name, body, counts)
        if programme_id is None:
            raise Conflict(f"There already is a programme “{code}”.")
        raise_data_version(scope, db)
    audit.record(scope, "add", f"programme {code}", details={"counts": counts})
    return programme_id


def change_programme(scope: Scope, code: str, name: str, body: str, counts: bool, now: datetime) -> int:
    """Say anew what a programme is called, and whether holding it makes a certified setting; returns its version.

    What it was before stays, until this instant. Where it counts otherwise from now on, sessions are judged again. Raises NotFound.
    """
    require_writer(scope, "change a programme", f"programme {code[:60]}")
    name, body = _checked_names(code, name, body)
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        before = get_programme(scope, db, code)
        if (before.name, before.body or "", before.counts) == (name, body, counts):
            return before.version
        with verdict_cells.judged_again(scope, db):
            values = {
                "network": scope.network_id,
                "id": before.id,
                "name": name,
                "body": body or None,
                "counts": counts,
                "now": next_instant(scope, db, now),
                "by": scope.user_id,
            }
            db.execute(text(_KEEP_AS_IT_WAS), values)
            db.execute(text(_CHANGE), values)
        raise_data_version(scope, db)
    audit.record(scope, "change", f"programme {code}", details={"counted": before.counts, "counts": counts})
    return before.version + 1


_KEEP_AS_IT_WAS = (
    "INSERT INTO programme_version (network_id, programme_id, version, name, body, counts, superseded_at, superseded_by)"
    " SELECT network_id, id, version, name, body, counts, :now, :by FROM programme WHERE network_id = :network AND id = :id"
)
_CHANGE = (
    "UPDATE programme SET name = :name, body = :body, counts = :counts, version = version + 1, is_template = false"
    " WHERE network_id = :network AND id = :id"
)


def add_template_programmes(scope: Scope) -> None:
    """Give a network the programmes of `webapp.domain.programmes` that it does not have yet, marked as templates."""
    require_writer(scope, "add a programme", "programme templates")
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        for told in TEMPLATES:
            programmes.insert_template(scope, db, told, clock.now())
        raise_data_version(scope, db)
    audit.record(scope, "add", "programme templates")


def _require_open(site: SiteFacts, entry: Entry) -> None:
    """A site that has closed gains nothing any more; what ended may still be written down, and what was wrong corrected."""
    if site.closed_on is not None and entry.effective_on > site.closed_on and entry.event in _GAINS:
        raise BadInput(
            f"{site.name} closed on {day_text(site.closed_on)}, so nothing can be granted to it from {day_text(entry.effective_on)} on."
            " Give an earlier day, or have the site's closing day corrected in its data."
        )


_GAINS = (RecordEvent.APPLIED, RecordEvent.GRANTED, RecordEvent.RENEWED, RecordEvent.REINSTATED)


def _append(
    scope: Scope, db: Session, table: str, whose: Mapping[str, object], entry: Entry, now: datetime, missing: str
) -> UUID:
    """Append under the network's lock. `recorded_at` rises within the network whatever the clock does, so the later one counts."""
    lock_network(scope, db)
    same = " AND ".join(f"r.{column} IS NOT DISTINCT FROM :{column}" for column in _SUBJECTS[table])
    values = {"network": scope.network_id, **whose, **_columns(entry)}
    history = f"FROM {table} r WHERE r.network_id = :network AND {same}"
    if (
        entry.replaces_id is not None
        and db.execute(text(f"SELECT 1 {history} AND r.id = :replaces_id"), values).scalar() is None
    ):
        raise BadInput(missing)
    if db.execute(text(f"SELECT 1 {history} AND {_SAME_ENTRY.format(table=table)}"), values).scalar():
        raise Conflict("Exactly this is recorded already, so nothing was added.")
    record_id = uuid4()
    values |= {
        "id": record_id,
        "recorded_at": next_instant(scope, db, now),
        "recorded_by": scope.user_id,
        "source": OWN_SOURCE,
        "source_key": str(record_id),
    }
    names = ", ".join(name for name in values if name != "network")
    bound = ", ".join(f":{name}" for name in values if name != "network")
    with verdict_cells.judged_again(scope, db):
        db.execute(text(f"INSERT INTO {table} (network_id, {names}) VALUES (:network, {bound})"), values)
    raise_data_version(scope, db)
    return record_id


_SAME_ENTRY = (
    "r.event = :event AND r.effective_on = :effective_on AND r.until IS NOT DISTINCT FROM :until"
    " AND r.replaces_id IS NOT DISTINCT FROM :replaces_id AND r.corrected_event IS NOT DISTINCT FROM :corrected_event"
    " AND NOT EXISTS (SELECT 1 FROM {table} n WHERE n.network_id = :network AND n.replaces_id = r.id)"
    " AND (r.replaces_id IS NULL OR NOT EXISTS (SELECT 1 FROM {table} n WHERE n.network_id = :network"
    " AND n.replaces_id = r.replaces_id AND n.recorded_at > r.recorded_at))"
)
"""A twin that still stands: a record that a correction replaced, or a correction that a later one overtook, may be entered again."""


def _columns(entry: Entry) -> dict[str, object]:
    return {
        "event": entry.event.value,
        "corrected_event": entry.corrected_event.value if entry.corrected_event else None,
        "effective_on": entry.effective_on,
        "until": entry.until,
        "verified_on": entry.verified_on,
        "replaces_id": entry.replaces_id,
        "note": entry.note or None,
    }


def _told(record_id: UUID, entry: Entry) -> dict[str, object]:
    told = {
        "record": record_id,
        "event": entry.event.value,
        "effective_on": entry.effective_on,
        "replaces": entry.replaces_id,
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def _checked_names(code: str, name: str, body: str) -> tuple[str, str]:
    if not _CODE.fullmatch(code):
        raise BadInput(
            f"“{code[:60]}” cannot be a programme's code: small letters, digits, - and _, beginning with a letter."
        )
    name, body = clean_text(name, "The name", 120), clean_text(body, "The accrediting body", 120)
    if not name:
        raise BadInput("Give the programme a name.")
    return name, body


def _insert_programme(scope: Scope, db: Session, code: str, name: str, body: str, counts: bool) -> UUID | None:
    """The new programme's id; None where the code is taken."""
    statement = (
        "INSERT INTO programme (network_id, id, code, name, body, counts, is_template, version)"
        " VALUES (:network, :id, :code, :name, :body, :counts, false, 1) ON CONFLICT (network_id, code) DO NOTHING RETURNING id"
    )
    values = {
        "network": scope.network_id,
        "id": uuid4(),
        "code": code,
        "name": name,
        "body": body or None,
        "counts": counts,
    }
    programme_id: UUID | None = db.execute(text(statement), values).scalar()
    return programme_id
