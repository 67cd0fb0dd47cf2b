"""How practitioners' credentials stand on a day, as known at an instant. Names of people are for staff, never for viewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.domain.accreditation import StandingRecord, ending_within, spans_known_at
from webapp.domain.errors import NotAllowed
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Standing
from webapp.queries.accreditation import Held, Spans, held_on
from webapp.queries.standing_records import Licence, fetch_credential_records
from webapp.transactions import ask

_HERE = "network_id = :network AND superseded_by_batch_id IS NULL AND NOT withdrawn AND site_id = ANY (:sites)"
_AT_SITES = (
    f"SELECT supervised_by_id FROM session_version WHERE {_HERE} AND supervised_by_id IS NOT NULL"
    f" UNION SELECT administered_by_id FROM session_version WHERE {_HERE} AND administered_by_id IS NOT NULL"
    f" UNION SELECT approved_by_id FROM course_version WHERE {_HERE} AND approved_by_id IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class PractitionerFacts:
    """A practitioner as said now."""

    id: UUID
    key: str
    name: str
    profession: str | None


@dataclass(frozen=True, slots=True)
class CredentialStanding:
    """One cell of the matrix of practitioners by credentials. state: None holds everywhere."""

    practitioner: PractitionerFacts
    kind: str
    state: str | None
    held: Held


@dataclass(frozen=True, slots=True)
class CredentialEnding:
    """A credential that is valid on the day asked for and ends soon. then: the standing that follows."""

    practitioner: PractitionerFacts
    kind: str
    state: str | None
    last_valid_on: date
    days_left: int
    then: Standing


def fetch_practitioners(scope: Scope, db: Session) -> list[PractitionerFacts]:
    """The network's practitioners by name; to a scope of some sites only those who approved, gave or supervised there.

    Raises NotAllowed for a role that sees no rows.
    """
    if not scope.may_open_rows:
        raise NotAllowed("Names of practitioners are shown to the network's staff only.")
    rows = ask(
        db,
        "SELECT p.id, p.source_key, v.name, v.profession FROM practitioner p JOIN practitioner_version v"
        " ON v.network_id = p.network_id AND v.practitioner_id = p.id AND v.superseded_by_batch_id IS NULL AND NOT v.withdrawn"
        f" WHERE p.network_id = :network AND (:whole OR p.id IN ({_AT_SITES})) ORDER BY v.name, p.source_key",
        {"network": scope.network_id, "whole": scope.whole_network, "sites": list(scope.site_ids)},
    )
    return [PractitionerFacts(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything recorded of the practitioners in the scope, read once: whatever is asked of a day is worked out from it.

    people: by name. histories: by person, kind and state.
    """

    people: Sequence[PractitionerFacts]
    histories: Sequence[tuple[PractitionerFacts, str, str | None, Sequence[StandingRecord]]]
    _spans: dict[datetime | None, Sequence[Spans]] = field(default_factory=dict, init=False, repr=False)

    def standings(self, on: date, known_at: datetime | None = None) -> list[CredentialStanding]:
        """Every credential on record, as it stands on that day."""
        return [
            CredentialStanding(person, kind, state, held_on(spans, on))
            for (person, kind, state, _), spans in zip(self.histories, self.spans(known_at), strict=True)
        ]

    def ending(self, on: date, days: int, known_at: datetime | None = None) -> list[CredentialEnding]:
        """The credentials valid on that day that end within so many days, soonest first."""
        found = []
        for (person, kind, state, _), spans in zip(self.histories, self.spans(known_at), strict=True):
            ending = ending_within(spans, on, days)
            if ending is not None:
                found.append(CredentialEnding(person, kind, state, ending.last_valid_on, ending.days_left, ending.then))
        return sorted(found, key=lambda e: (e.days_left, e.practitioner.name, e.kind))

    def spans(self, known_at: datetime | None) -> Sequence[Spans]:
        """How each history stands, from the first day to the last."""
        if known_at not in self._spans:
            self._spans[known_at] = [spans_known_at(records, known_at) for *_, records in self.histories]
        return self._spans[known_at]


def fetch_credential_histories(scope: Scope, db: Session, known_at: datetime | None = None) -> Credentials:
    """What is recorded; who is one person with whom as known at that instant. Raises NotAllowed for a role that sees no names."""
    people = {person.id: person for person in fetch_practitioners(scope, db)}
    records: Mapping[Licence, Sequence[StandingRecord]] = fetch_credential_records(
        scope, db, practitioner_ids=None if scope.whole_network else people, known_at=known_at
    )
    found = [
        (people[person_id], kind, state, said)
        for (person_id, kind, state), said in records.items()
        if person_id in people
    ]
    found.sort(key=lambda row: (row[0].name, row[0].key, row[1], row[2] or ""))
    return Credentials(tuple(people.values()), found)


def fetch_credentials(
    scope: Scope, db: Session, on_date: date, known_at: datetime | None = None
) -> list[CredentialStanding]:
    """Every credential on record of the practitioners in the scope, by person, kind and state."""
    return fetch_credential_histories(scope, db, known_at).standings(on_date, known_at)


def restated_credentials(
    then: Credentials, now: Credentials, on: date, known_then: datetime
) -> list[tuple[CredentialStanding | None, CredentialStanding]]:
    """The credentials that read otherwise by what is known now than by what was known then: as then (if it was on record), as now."""
    before = {(held.practitioner.id, held.kind, held.state): held for held in then.standings(on, known_then)}
    found = []
    for after in now.standings(on):
        was = before.get((after.practitioner.id, after.kind, after.state))
        if (was.held.standing if was else Standing.NONE) is not after.held.standing:
            found.append((was, after))
    return found
