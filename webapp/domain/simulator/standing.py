"""Licences, certificates and accreditations: chains of dated records, renewed in time unless a story says otherwise."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from webapp.domain.simulator.columns import Batch, Columns, make_batch, numbered, texts
from webapp.domain.simulator.people import Staff
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites, suspension
from webapp.domain.vocabulary import RecordEvent

CERTIFIED_SETTING = "certified_setting"
DEA_REGISTRATION = "dea_registration"
ESKETAMINE_REMS = "esketamine_rems"

MEDICAL_LICENCE = "medical_licence"
NURSING_LICENCE = "nursing_licence"
LIFE_SUPPORT = "acls"


@dataclass(slots=True)
class _Ledger:
    """Collects the records of one type, row by row."""

    owner: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    state: list[str | None] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    effective: list[date] = field(default_factory=list)
    until: list[date | None] = field(default_factory=list)
    verified: list[date | None] = field(default_factory=list)
    note: list[str | None] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    corrects: dict[int, int] = field(default_factory=dict)

    def add(
        self,
        owner: tuple[int, str],
        kind: tuple[str, str | None],
        event: RecordEvent,
        effective: date,
        until: date | None = None,
        verified: date | None = None,
        note: str | None = None,
    ) -> None:
        """Write one record. `owner`: a site's position and the owner's key; `kind`: what it is, and its state."""
        self.position.append(owner[0])
        self.owner.append(owner[1])
        self.kind.append(kind[0])
        self.state.append(kind[1])
        self.event.append(event.value)
        self.effective.append(effective)
        self.until.append(until)
        self.verified.append(verified)
        self.note.append(note)

    def columns(self, prefix: str) -> Columns:
        """The columns that credentials and accreditations share."""
        count = len(self.owner)
        keys = numbered(prefix, count, 5)
        replaces = [keys[self.corrects[row]] if row in self.corrects else None for row in range(count)]
        said = [self.event[self.corrects[row]] if row in self.corrects else None for row in range(count)]
        return {
            "key": keys,
            "event": texts(self.event),
            "effective_on": np.array(self.effective, dtype="datetime64[D]"),
            "until": np.array(self.until, dtype="datetime64[D]"),
            "replaces": texts(replaces),
            "corrected_event": texts(said),
            "verified_on": np.array(self.verified, dtype="datetime64[D]"),
            "note": texts(self.note),
        }


@dataclass(frozen=True, slots=True)
class _Chain:
    """One licence or accreditation: granted before it is needed, renewed before each end, valid on the last day."""

    ledger: _Ledger
    owner: tuple[int, str]
    kind: tuple[str, str | None]
    days: int
    ends_on: date
    renewed_ahead: float

    def write(self, needed_from: date, rng: np.random.Generator, last_until: date | None = None) -> None:
        """Write the chain; `last_until` fixes the last valid day of its last record."""
        if last_until is None:
            begin = needed_from - timedelta(days=int(rng.integers(30, self.days - 30)))
        else:
            turns = (last_until - needed_from).days // self.days + 1
            begin = last_until - timedelta(days=self.days * turns - 1)
        until = begin + timedelta(days=self.days - 1)
        self.ledger.add(self.owner, self.kind, RecordEvent.GRANTED, begin, until, begin)
        while until < (last_until or self.ends_on):
            early = timedelta(days=int(rng.integers(5, 30)))
            self._renew(until + timedelta(days=1) - early, until + timedelta(days=self.days))
            until += timedelta(days=self.days)
        if last_until is None and (until - self.ends_on).days < 90 and rng.random() < self.renewed_ahead:
            self._renew(self.ends_on - timedelta(days=int(rng.integers(1, 20))), until + timedelta(days=self.days))

    def _renew(self, effective: date, until: date) -> None:
        self.ledger.add(self.owner, self.kind, RecordEvent.RENEWED, effective, until, effective)


def credential_records(settings: SimulationSettings, sites: Sites, staff: Staff, rng: np.random.Generator) -> Batch:
    """The `credentials` records: always valid, except the one licence that lapsed and was found out later."""
    ledger = _Ledger()
    for person in range(len(staff)):
        site = int(staff.site[person])
        owner = (site, str(staff.key[person]))
        state = sites.state[site]
        kinds = (
            [(MEDICAL_LICENCE, state), (DEA_REGISTRATION, state)]
            if staff.doctor[person]
            else [(NURSING_LICENCE, state)]
        )
        for kind in (*kinds, (LIFE_SUPPORT, None)):
            rates = settings.standing
            chain = _Chain(ledger, owner, kind, rates.licence_days, settings.ends_on, rates.licence_renewed_ahead)
            if person == staff.lapsed and kind[0] == MEDICAL_LICENCE:
                _write_lapse(settings, staff, chain, rng)
            else:
                chain.write(_needed_from(settings, sites, site), rng)
    columns = ledger.columns("CR")
    columns = {
        **columns,
        "practitioner": texts(ledger.owner),
        "kind": texts(ledger.kind),
        "state": texts(ledger.state),
    }
    return make_batch("credentials", columns, sites.zone[np.array(ledger.position, dtype=np.int64)])


def _needed_from(settings: SimulationSettings, sites: Sites, site: int) -> date:
    return settings.starts_on + timedelta(days=int(sites.opened[site]))


def _write_lapse(settings: SimulationSettings, staff: Staff, chain: _Chain, rng: np.random.Generator) -> None:
    last_valid, found, _ = (settings.starts_on + timedelta(days=day) for day in staff.lapse)
    chain.write(settings.starts_on, rng, last_valid)
    renewed = found + timedelta(days=4)
    chain.ledger.add(
        chain.owner,
        chain.kind,
        RecordEvent.RENEWED,
        renewed,
        renewed + timedelta(days=settings.standing.licence_days - 1),
        found,
        "The check at the licensing board found that the licence had ended; it was renewed from this day on.",
    )


def accreditation_records(settings: SimulationSettings, sites: Sites, rng: np.random.Generator) -> Batch:
    """The `accreditations` records: one about to end, one expired, one suspended and reinstated, one corrected."""
    ledger, told = _Ledger(), settings.told
    for site in range(len(sites)):
        owner = (site, str(sites.code[site]))
        for programme in [CERTIFIED_SETTING, DEA_REGISTRATION] + [ESKETAMINE_REMS] * bool(sites.esketamine[site]):
            _accreditation_chain(settings, sites, ledger, owner, programme).write(
                _needed_from(settings, sites, site), rng, _fixed_end(settings, site, programme)
            )
        if site == told.suspended:
            _write_suspension(settings, ledger, owner)
        if site == told.closed:
            closed_on = settings.starts_on + timedelta(days=int(sites.closed[site]) + 1)
            ledger.add(owner, (CERTIFIED_SETTING, None), RecordEvent.WITHDRAWN, closed_on, note="The site closed.")
        if site == told.record_corrected:
            _write_correction(ledger, owner)
    columns = ledger.columns("AC")
    columns = {**columns, "site": texts(ledger.owner), "programme": texts(ledger.kind)}
    return make_batch("accreditations", columns, sites.zone[np.array(ledger.position, dtype=np.int64)])


def _accreditation_chain(
    settings: SimulationSettings, sites: Sites, ledger: _Ledger, owner: tuple[int, str], programme: str
) -> _Chain:
    rates = settings.standing
    ends_on = settings.starts_on + timedelta(days=int(min(sites.closed[owner[0]], settings.days - 1)))
    kind = (programme, None)
    return _Chain(ledger, owner, kind, rates.accreditation_days, ends_on, rates.accreditation_renewed_ahead)


def _fixed_end(settings: SimulationSettings, site: int, programme: str) -> date | None:
    if programme != CERTIFIED_SETTING:
        return None
    today = settings.ends_on + timedelta(days=1)
    first = settings.told.accreditation_ending
    if first is not None:
        for steps, days in settings.standing.ending_days:
            if site == first + steps:
                return today + timedelta(days=days)
    if site == settings.told.accreditation_expired:
        return today - timedelta(days=settings.standing.expired_days)
    return None


def _write_suspension(settings: SimulationSettings, ledger: _Ledger, owner: tuple[int, str]) -> None:
    first, reinstated = (settings.starts_on + timedelta(days=day) for day in suspension(settings))
    kind = (CERTIFIED_SETTING, None)
    ledger.add(
        owner, kind, RecordEvent.SUSPENDED, first, verified=first, note="Emergency equipment was found out of date."
    )
    ledger.add(
        owner, kind, RecordEvent.REINSTATED, reinstated, verified=reinstated, note="It was replaced and checked."
    )


def _write_correction(ledger: _Ledger, owner: tuple[int, str]) -> None:
    """The site's first record was typed with an end a year too early; a further record says what it should be."""
    wrong = ledger.owner.index(owner[1])
    until = ledger.until[wrong]
    assert until is not None
    ledger.until[wrong] = until - timedelta(days=365)
    kind = (ledger.kind[wrong], ledger.state[wrong])
    note = "The end had been typed a year too early; the certificate was looked at again."
    ledger.add(owner, kind, RecordEvent.CORRECTED, ledger.effective[wrong], until, note=note)
    ledger.corrects[len(ledger.owner) - 1] = wrong
