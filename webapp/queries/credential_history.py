"""One person's credential: what was recorded of it, and how it stands by it. And which practitioners are one person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.accreditation import StandingSpan, spans_known_at
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.queries.accreditation import TimelineEntry, entries_of
from webapp.queries.credentials import PractitionerFacts, fetch_practitioners
from webapp.queries.network_settings import get_settings
from webapp.queries.standing_records import fetch_credential_records


@dataclass(frozen=True, slots=True)
class CredentialTimeline:
    """The history of one credential: what was recorded, latest first, and how it stands by it, in order of day."""

    practitioner: PractitionerFacts
    kind: str
    state: str | None
    entries: tuple[TimelineEntry, ...]
    spans: tuple[StandingSpan, ...]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """That two practitioners are one person, or are not after all."""

    one: str
    other: str
    same: bool
    note: str
    recorded_at: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class Offered:
    """kinds: of credentials, on record or judged by. licences: those by which who may treat is judged.

    states: that sites stand in. further_states: of which only credentials are on record.
    """

    kinds: tuple[str, ...]
    licences: tuple[str, ...]
    states: tuple[str, ...]
    further_states: tuple[str, ...]


def get_practitioner(scope: Scope, db: Session, practitioner_id: UUID | None) -> PractitionerFacts:
    """The practitioner, as the scope may see them. Raises NotFound, alike for a foreign one and one that is not there."""
    found = next((p for p in fetch_practitioners(scope, db) if p.id == practitioner_id), None)
    if found is None:
        raise NotFound("There is no such practitioner in this network.")
    return found


def fetch_credential_timeline(
    scope: Scope, db: Session, practitioner_id: UUID, kind: str, state: str | None, known_at: datetime | None = None
) -> CredentialTimeline:
    """One credential's history. Raises NotFound for a person whom the scope does not hold."""
    person = get_practitioner(scope, db, practitioner_id)
    records = fetch_credential_records(scope, db, [kind], [person.id], linked=False)
    where = "r.practitioner_id = :practitioner AND r.kind = :kind AND r.state IS NOT DISTINCT FROM :state"
    values = {"practitioner": person.id, "kind": kind, "state": state}
    entries = entries_of(scope, db, "credential_record", where, values, known_at)
    return CredentialTimeline(
        person, kind, state, entries, spans_known_at(records.get((person.id, kind, state), ()), known_at)
    )


def fetch_credential_kinds(scope: Scope, db: Session) -> list[str]:
    """The kinds of credentials that the network has records of, by name."""
    rows = db.execute(
        text("SELECT DISTINCT kind FROM credential_record WHERE network_id = :network ORDER BY kind"),
        {"network": scope.network_id},
    )
    return list(rows.scalars())


def fetch_offered(scope: Scope, db: Session) -> Offered:
    """What there is to choose from for a record of a credential."""
    licences = get_settings(scope, db).licence_kinds
    values = {"network": scope.network_id, "sites": list(scope.site_ids)}
    of_sites = set(
        db.execute(
            text(
                "SELECT DISTINCT state FROM site_version WHERE network_id = :network AND site_id = ANY (:sites)"
                " AND superseded_by_batch_id IS NULL AND NOT withdrawn AND state IS NOT NULL"
            ),
            values,
        ).scalars()
    )
    said = db.execute(
        text("SELECT DISTINCT state FROM credential_record WHERE network_id = :network AND state IS NOT NULL"), values
    ).scalars()
    kinds = sorted({*fetch_credential_kinds(scope, db), *licences})
    return Offered(tuple(kinds), licences, tuple(sorted(of_sites)), tuple(sorted(set(said) - of_sites)))


def fetch_links(scope: Scope, db: Session) -> list[LinkLine]:
    """What was said of who is one person, the latest first. Raises NotAllowed for a role that sees no names."""
    names = {person.id: f"{person.name} ({person.key})" for person in fetch_practitioners(scope, db)}
    rows = db.execute(
        text(
            "SELECT l.practitioner_id, l.same_as_id, l.same, l.note, l.recorded_at, u.name FROM practitioner_link l"
            " LEFT JOIN user_account u ON u.id = l.recorded_by WHERE l.network_id = :network ORDER BY l.recorded_at DESC, l.id"
        ),
        {"network": scope.network_id},
    ).all()
    return [LinkLine(names[row[0]], names[row[1]], *row[2:]) for row in rows if row[0] in names and row[1] in names]
