"""The append-only records behind standings, as the pure functions of `webapp.domain.accreditation` take them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.accreditation import StandingRecord
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RecordEvent
from webapp.transactions import ask

SiteProgramme = tuple[UUID, UUID]
"""A site's id and a programme's."""
Licence = tuple[UUID, str, str | None]
"""A practitioner's id, the kind of credential and the state it holds for (None: everywhere)."""

_SAID = "r.id, r.event, r.effective_on, r.until, r.recorded_at, r.replaces_id, r.corrected_event, coalesce(r.note, '')"
_COUNTED = (
    "coalesce((SELECT v.counts FROM programme_version v WHERE v.network_id = :network AND v.programme_id = p.id"
    " AND v.superseded_at > CAST(:known_at AS timestamptz) ORDER BY v.version LIMIT 1), p.counts)"
)
_EVENTS = {event.value: event for event in RecordEvent}


def fetch_site_records(
    scope: Scope,
    db: Session,
    *,
    counting: bool = False,
    programme_id: UUID | None = None,
    known_at: datetime | None = None,
) -> dict[SiteProgramme, list[StandingRecord]]:
    """The accreditation records of the scope's sites, by site and programme.

    counting: only of programmes that count, or that counted at `known_at`: what counts may change, and what was judged before stays.
    """
    rows = ask(
        db,
        f"SELECT {_SAID}, r.site_id, r.programme_id FROM accreditation_record r WHERE r.network_id = :network"
        " AND r.site_id = ANY (:sites) AND (CAST(:programme AS uuid) IS NULL OR r.programme_id = :programme)",
        {"network": scope.network_id, "sites": list(scope.site_ids), "programme": programme_id},
    )
    # Left out here and not by the statement, which a page asks once for whatever it shows of the records.
    counted = _counting_programmes(scope, db, known_at) if counting else None
    found: dict[SiteProgramme, list[StandingRecord]] = defaultdict(list)
    for row in rows:
        if counted is None or row[9] in counted:
            found[row[8], row[9]].append(_record(row))
    return found


def _counting_programmes(scope: Scope, db: Session, known_at: datetime | None) -> frozenset[UUID]:
    statement = f"SELECT p.id FROM programme p WHERE p.network_id = :network AND {_COUNTED}"
    rows = ask(db, statement, {"network": scope.network_id, "known_at": known_at})
    return frozenset(row[0] for row in rows)


def fetch_credential_records(
    scope: Scope,
    db: Session,
    kinds: Iterable[str] | None = None,
    practitioner_ids: Iterable[UUID] | None = None,
    *,
    known_at: datetime | None = None,
    linked: bool = True,
) -> dict[Licence, list[StandingRecord]]:
    """The credential records of the network's practitioners, by person, kind and state; all where nothing narrows them.

    linked: of several practitioners who are one person (as known at that instant) each has the records of all.
    """
    wanted = None if practitioner_ids is None else set(practitioner_ids)
    persons = fetch_persons(scope, db, known_at) if linked else {}
    asked = None if wanted is None else {one for each in wanted for one in persons.get(each, (each,))}
    rows = db.execute(
        text(
            f"SELECT {_SAID}, r.practitioner_id, r.kind, r.state FROM credential_record r WHERE r.network_id = :network"
            " AND (CAST(:kinds AS text[]) IS NULL OR r.kind = ANY (:kinds))"
            " AND (CAST(:people AS uuid[]) IS NULL OR r.practitioner_id = ANY (:people))"
        ),
        {
            "network": scope.network_id,
            "kinds": None if kinds is None else list(kinds),
            "people": None if asked is None else list(asked),
        },
    )
    found: dict[Licence, list[StandingRecord]] = defaultdict(list)
    for row in rows:
        record = _record(row)
        for person in persons.get(row[8], (row[8],)):
            if wanted is None or person in wanted:
                found[person, row[9], row[10]].append(record)
    return found


def fetch_pairs(scope: Scope, db: Session, known_at: datetime | None = None) -> list[frozenset[UUID]]:
    """The pairs of practitioners of whom the last word, as known at that instant, is that they are one person."""
    rows = ask(
        db,
        "SELECT practitioner_id, same_as_id, same FROM practitioner_link WHERE network_id = :network"
        " AND (CAST(:known_at AS timestamptz) IS NULL OR recorded_at <= :known_at) ORDER BY recorded_at, id",
        {"network": scope.network_id, "known_at": known_at},
    )
    said = {frozenset((one, other)): same for one, other, same in rows}
    return [pair for pair, same in said.items() if same]


def fetch_persons(scope: Scope, db: Session, known_at: datetime | None = None) -> dict[UUID, frozenset[UUID]]:
    """Each practitioner who is one person with others, with all of them, as known at that instant."""
    persons: dict[UUID, frozenset[UUID]] = {}
    for pair in fetch_pairs(scope, db, known_at):
        together = frozenset().union(*(persons.get(one, frozenset((one,))) for one in pair))
        persons |= dict.fromkeys(together, together)
    return persons


def _record(row: Sequence[Any]) -> StandingRecord:
    """One row of `_SAID` and what follows it."""
    record_id, event, effective_on, until, recorded_at, replaces, corrected, note = row[:8]
    corrected_event = _EVENTS[corrected] if corrected else None
    return StandingRecord(record_id, _EVENTS[event], effective_on, until, recorded_at, replaces, corrected_event, note)
