"""The append-only records behind standings, as the pure functions of `webapp.domain.accreditation` take them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.accreditation import StandingRecord
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import RecordEvent

SiteProgramme = tuple[UUID, UUID]
"""A site's id and a programme's."""
Licence = tuple[UUID, str, str | None]
"""A practitioner's id, the kind of credential and the state it holds for (None: everywhere)."""

_SAID = "r.id, r.event, r.effective_on, r.until, r.recorded_at, r.replaces_id, r.corrected_event, coalesce(r.note, '')"
_EVENTS = {event.value: event for event in RecordEvent}


def fetch_site_records(
    scope: Scope, db: Session, *, counting: bool = False, programme_id: UUID | None = None
) -> dict[SiteProgramme, list[StandingRecord]]:
    """The accreditation records of the scope's sites, by site and programme. counting: only of programmes that count."""
    rows = db.execute(
        text(
            f"SELECT {_SAID}, r.site_id, r.programme_id FROM accreditation_record r WHERE r.network_id = :network"
            " AND r.site_id = ANY (:sites) AND (CAST(:programme AS uuid) IS NULL OR r.programme_id = :programme)"
            " AND (NOT :counting OR r.programme_id IN (SELECT p.id FROM programme p WHERE p.network_id = :network AND p.counts))"
        ),
        {"network": scope.network_id, "sites": list(scope.site_ids), "programme": programme_id, "counting": counting},
    )
    found: dict[SiteProgramme, list[StandingRecord]] = defaultdict(list)
    for row in rows:
        found[row[8], row[9]].append(_record(row))
    return found


def fetch_credential_records(
    scope: Scope, db: Session, kinds: Iterable[str] | None = None, practitioner_ids: Iterable[UUID] | None = None
) -> dict[Licence, list[StandingRecord]]:
    """The credential records of the network's practitioners, by person, kind and state; all where nothing narrows them."""
    rows = db.execute(
        text(
            f"SELECT {_SAID}, r.practitioner_id, r.kind, r.state FROM credential_record r WHERE r.network_id = :network"
            " AND (CAST(:kinds AS text[]) IS NULL OR r.kind = ANY (:kinds))"
            " AND (CAST(:people AS uuid[]) IS NULL OR r.practitioner_id = ANY (:people))"
        ),
        {
            "network": scope.network_id,
            "kinds": None if kinds is None else list(kinds),
            "people": None if practitioner_ids is None else list(practitioner_ids),
        },
    )
    found: dict[Licence, list[StandingRecord]] = defaultdict(list)
    for row in rows:
        found[row[8], row[9], row[10]].append(_record(row))
    return found


def _record(row: Sequence[Any]) -> StandingRecord:
    """One row of `_SAID` and what follows it."""
    record_id, event, effective_on, until, recorded_at, replaces, corrected, note = row[:8]
    corrected_event = _EVENTS[corrected] if corrected else None
    return StandingRecord(record_id, _EVENTS[event], effective_on, until, recorded_at, replaces, corrected_event, note)
