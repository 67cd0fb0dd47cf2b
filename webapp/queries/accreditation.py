"""How sites and practitioners stand on a day, as known at an instant: the matrix, what ends soon, one site's history.

One read of the append-only records, then the pure functions of `webapp.domain.accreditation` for each pair. `known_at` None is all
that is recorded by now. Records that came by import were recorded at the instant of the import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.accreditation import (
    StandingRecord,
    StandingSpan,
    answer_on,
    ending_within,
    spans_known_at,
)
from webapp.domain.errors import NotFound
from webapp.domain.scope import Scope
from webapp.domain.validity import last_valid_on
from webapp.domain.vocabulary import RecordEvent, Standing
from webapp.queries.sites import SiteFacts, fetch_sites
from webapp.queries.standing_records import SiteProgramme, fetch_site_records
from webapp.transactions import ask

Spans = tuple[StandingSpan, ...]
"""The whole life of one subject as known at an instant."""


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """A programme. counts: whether holding it makes a certified setting. is_template: as it came with the product, unchanged."""

    id: UUID
    code: str
    name: str
    body: str | None
    counts: bool
    version: int = 1
    is_template: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """How one subject stands on a day.

    since: first day of this unbroken standing. until: last day of the unbroken validity, renewals already recorded included; for
    a standing that is not valid its own last day; None where no end is known. days_left: from the day asked for to `until`, only
    while valid.
    """

    standing: Standing
    since: date | None
    until: date | None
    days_left: int | None
    record_id: UUID | None


@dataclass(frozen=True, slots=True)
class SiteStanding:
    """One cell of the matrix."""

    site: SiteFacts
    programme: ProgrammeFacts
    held: Held


@dataclass(frozen=True, slots=True)
class SiteEnding:
    """An accreditation that is valid on the day asked for and ends soon. then: the standing that follows."""

    site: SiteFacts
    programme: ProgrammeFacts
    last_valid_on: date
    days_left: int
    then: Standing


@dataclass(frozen=True, slots=True)
class SiteRestated:
    """A cell that reads otherwise by a later knowledge."""

    site: SiteFacts
    programme: ProgrammeFacts
    known_then: Standing
    known_now: Standing


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One record as it was taken down. recorded_by: the person's name, None for an import. replaced_by: a later correction of it."""

    id: UUID
    event: RecordEvent
    corrected_event: RecordEvent | None
    effective_on: date
    until: date | None
    verified_on: date | None
    note: str | None
    recorded_at: datetime
    recorded_by: str | None
    replaces_id: UUID | None
    replaced_by: UUID | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One site's history in one programme: what was recorded, latest first, and how it stands by it, in order of day."""

    site: SiteFacts
    programme: ProgrammeFacts
    entries: tuple[TimelineEntry, ...]
    spans: tuple[StandingSpan, ...]


def fetch_programmes(scope: Scope, db: Session) -> list[ProgrammeFacts]:
    """The network's programmes: those that count first, then by name."""
    rows = ask(
        db,
        "SELECT id, code, name, body, counts, version, is_template FROM programme WHERE network_id = :network"
        " ORDER BY NOT counts, name, code",
        {"network": scope.network_id},
    )
    return [ProgrammeFacts(*row) for row in rows]


def get_programme(scope: Scope, db: Session, code: str) -> ProgrammeFacts:
    """The programme of that code. Raises NotFound."""
    found = next((p for p in fetch_programmes(scope, db) if p.code == code), None)
    if found is None:
        raise NotFound(f"There is no programme “{code[:60]}” in this network.")
    return found


def get_site(scope: Scope, db: Session, code: str) -> SiteFacts:
    """The site of that code. Raises NotFound, alike for a foreign one and one that is not there."""
    found = next((s for s in fetch_sites(scope, db) if s.code == code), None)
    if found is None:
        raise NotFound(f"There is no site “{code[:60]}” that you can see.")
    return found


def first_recorded_at(scope: Scope, db: Session) -> datetime | None:
    """When the first accreditation record of the scope's sites was taken down; None where there is none."""
    values = {"network": scope.network_id, "sites": list(scope.site_ids)}
    statement = (
        "SELECT min(recorded_at) FROM accreditation_record WHERE network_id = :network AND site_id = ANY (:sites)"
    )
    found: datetime | None = db.execute(text(statement), values).scalar()
    return found


@dataclass(frozen=True, slots=True)
class Accreditations:
    """Everything recorded of the scope's sites, read once: whatever is asked of a day is worked out from it. sites: by name."""

    sites: Sequence[SiteFacts]
    programmes: Sequence[ProgrammeFacts]
    records: Mapping[SiteProgramme, Sequence[StandingRecord]]
    _spans: dict[tuple[UUID, UUID, datetime | None], Spans] = field(default_factory=dict, init=False, repr=False)

    def matrix(self, on: date, known_at: datetime | None = None) -> list[SiteStanding]:
        """Every site by every programme."""
        return [
            SiteStanding(site, programme, held_on(self.spans(site, programme, known_at), on))
            for site in self.sites
            for programme in self.programmes
        ]

    def ending(self, on: date, days: int, known_at: datetime | None = None) -> list[SiteEnding]:
        """What is valid on that day and ends within so many days, soonest first; sites closed by then are left out."""
        found = []
        for site in self.sites:
            if site.closed_on is not None and site.closed_on < on:
                continue
            for programme in self.programmes:
                ending = ending_within(self.spans(site, programme, known_at), on, days)
                if ending is not None:
                    found.append(SiteEnding(site, programme, ending.last_valid_on, ending.days_left, ending.then))
        return sorted(found, key=lambda e: (e.days_left, e.site.name, e.programme.name))

    def restated(self, on: date, known_then: datetime, known_now: datetime | None = None) -> list[SiteRestated]:
        """The cells of that day which read otherwise by what is known now than by what was known then."""
        found = []
        for site in self.sites:
            for programme in self.programmes:
                both = (self.spans(site, programme, at) for at in (known_then, known_now))
                then, now = (answer_on(spans, on).standing for spans in both)
                if then is not now:
                    found.append(SiteRestated(site, programme, then, now))
        return found

    def spans(self, site: SiteFacts, programme: ProgrammeFacts, known_at: datetime | None) -> Spans:
        """How one site stands in one programme, from the first day to the last."""
        asked = site.id, programme.id, known_at
        if asked not in self._spans:
            self._spans[asked] = spans_known_at(self.records.get(asked[:2], ()), known_at)
        return self._spans[asked]


def fetch_accreditations(scope: Scope, db: Session, sites: Sequence[SiteFacts] | None = None) -> Accreditations:
    """What is recorded of every site of the scope in every programme of the network. sites: where they have been read already."""
    known = fetch_sites(scope, db) if sites is None else sites
    return Accreditations(known, fetch_programmes(scope, db), fetch_site_records(scope, db))


def fetch_matrix(scope: Scope, db: Session, on_date: date, known_at: datetime | None = None) -> list[SiteStanding]:
    """Every site of the scope by every programme of the network, sites by name."""
    return fetch_accreditations(scope, db).matrix(on_date, known_at)


def fetch_ending(scope: Scope, db: Session, on: date, days: int, known_at: datetime | None = None) -> list[SiteEnding]:
    """What is valid on that day and ends within so many days, soonest first; sites closed by then are left out."""
    return fetch_accreditations(scope, db).ending(on, days, known_at)


def fetch_timeline(
    scope: Scope, db: Session, site_code: str, programme_code: str, known_at: datetime | None = None
) -> Timeline:
    """One site's history in one programme. Raises NotFound for a site or programme that the scope does not hold."""
    site, programme = get_site(scope, db, site_code), get_programme(scope, db, programme_code)
    records = fetch_site_records(scope, db, programme_id=programme.id).get((site.id, programme.id), [])
    where = "r.site_id = :site AND r.programme_id = :programme"
    values = {"site": site.id, "programme": programme.id}
    entries = entries_of(scope, db, "accreditation_record", where, values, known_at)
    return Timeline(site, programme, entries, spans_known_at(records, known_at))


def fetch_timelines(
    scope: Scope, db: Session, recorded: Accreditations, site: SiteFacts, known_at: datetime | None = None
) -> list[Timeline]:
    """One site's history in each programme that it has a record in. recorded: what holds the site."""
    where = "r.site_id = :site AND r.site_id = ANY (:sites)"
    values = {"site": site.id, "sites": list(scope.site_ids)}
    told: dict[UUID, list[TimelineEntry]] = {}
    for programme_id, entry in _entries(scope, db, "accreditation_record", "programme_id", where, values, known_at):
        told.setdefault(programme_id, []).append(entry)
    return [
        Timeline(site, programme, tuple(told[programme.id]), recorded.spans(site, programme, known_at))
        for programme in recorded.programmes
        if programme.id in told
    ]


def held_on(spans: Spans, on: date) -> Held:
    """How one subject stands on a day."""
    answer = answer_on(spans, on)
    if not answer.is_valid:
        return Held(answer.standing, answer.since, answer.until, None, answer.record_id)
    until = last_valid_on(spans, on)
    return Held(answer.standing, answer.since, until, (until - on).days if until else None, answer.record_id)


def entries_of(
    scope: Scope, db: Session, table: str, where: str, values: Mapping[str, object], known_at: datetime | None
) -> tuple[TimelineEntry, ...]:
    """What one of the two tables of records holds of one subject, latest first. where: over alias `r`, with `values` bound."""
    return tuple(entry for _, entry in _entries(scope, db, table, "id", where, values, known_at))


def _entries(
    scope: Scope,
    db: Session,
    table: str,
    grouped_by: str,
    where: str,
    values: Mapping[str, object],
    known_at: datetime | None,
) -> list[tuple[UUID, TimelineEntry]]:
    """Each record with the value of a column to group by."""
    rows = db.execute(
        text(
            f"SELECT r.{grouped_by} AS grouped_by, r.id, r.event, r.corrected_event, r.effective_on, r.until, r.verified_on, r.note,"
            " r.recorded_at, CASE WHEN r.batch_id IS NULL THEN u.name END AS recorded_by_name, r.replaces_id"
            f" FROM {table} r LEFT JOIN user_account u ON u.id = r.recorded_by WHERE r.network_id = :network AND {where}"
            " AND (CAST(:known_at AS timestamptz) IS NULL OR r.recorded_at <= :known_at)"
            " ORDER BY r.recorded_at DESC, r.effective_on DESC, r.id"
        ),
        {"network": scope.network_id, "known_at": known_at, **values},
    ).all()
    replaced_by = {row.replaces_id: row.id for row in reversed(rows) if row.replaces_id}
    return [
        (
            row.grouped_by,
            TimelineEntry(
                id=row.id,
                event=RecordEvent(row.event),
                corrected_event=RecordEvent(row.corrected_event) if row.corrected_event else None,
                effective_on=row.effective_on,
                until=row.until,
                verified_on=row.verified_on,
                note=row.note,
                recorded_at=row.recorded_at,
                recorded_by=row.recorded_by_name,
                replaces_id=row.replaces_id,
                replaced_by=replaced_by.get(row.id),
            ),
        )
        for row in rows
    ]
