"""A network with six sessions whose trail is known, and packets of it made as a worker makes them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.accredited import accredited_network
from tests.conftest import NOW
from tests.making import store
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.tracer import Chosen
from webapp.domain.vocabulary import RecordEvent
from webapp.services import accreditation, queued_work, tracer_packets
from webapp.services.people import network_scope
from webapp.transactions import reading
from workers.tasks.kinds import KINDS

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
BEFORE = NOW - timedelta(days=90)


def chosen(**more: Any) -> Chosen:
    return Chosen(**{"programme": "certified", "period": OCTOBER, "size": 4, "seed": "4711", **more})


def traced_network(name: str = "Tidewater") -> Scope:
    """Sites RIV and NGT; a nurse's licence that ran out on 10 Oct; seven sessions in October, six of them delivered."""
    scope = accredited_network(BEFORE, name=name)
    system = network_scope(scope.network_id)
    people = [
        {"key": "N1", "name": "Nora Nurse", "profession": "nurse", "prescriber": False},
        {"key": "D1", "name": "Dr Alma", "profession": "physician", "prescriber": True},
    ]
    course = {
        "indication": "depression",
        "product": "ketamine_iv",
        "evaluated_on": date(2026, 9, 20),
        "approved_on": date(2026, 9, 21),
        "approved_by": "D1",
    }
    courses = [{"key": f"C{n}", "patient": f"P-SECRET{n}", "site": "RIV", **course} for n in range(3)]
    store(system, {"practitioners": people, "courses": courses, "sessions": [_session(n) for n in range(7)]}, BEFORE)
    effects = [{"key": "E1", "session": "S1", "term": "nausea", "severity": 2, "serious": "no"}]
    store(
        system, {"screens": [{"key": "K1", "session": "S1", "asked_how": "solicited"}], "side_effects": effects}, BEFORE
    )
    accreditation.record(scope, "RIV", "certified", _granted(), BEFORE)
    nurse = _practitioner(scope, "N1")
    accreditation.record_credential(scope, nurse, "nursing_licence", "NY", _granted(date(2026, 10, 10)), BEFORE)
    return scope


def record_lapse(scope: Scope, at: datetime) -> None:
    """Take down, at that instant, that the site's programme had been suspended since 1 Oct."""
    entry = Entry(RecordEvent.SUSPENDED, date(2026, 10, 1), None, "Found out later.")
    accreditation.record(scope, "RIV", "certified", entry, at)


def make_packet(scope: Scope, at: datetime = NOW, **more: Any) -> UUID:
    """Ask for a packet and let a worker make it."""
    packet_id = tracer_packets.request(scope, chosen(**more), at)
    assert queued_work.work_once(KINDS, packet_id, lambda: at)
    return packet_id


def _granted(until: date | None = None) -> Entry:
    return Entry(RecordEvent.GRANTED, date(2026, 1, 1), until, "")


def _session(n: int) -> dict[str, Any]:
    started = datetime(2026, 10, 3 + n * 3, 14, tzinfo=NOW.tzinfo)
    return {
        "key": f"S{n}",
        "course": f"C{n % 3}",
        "site": "RIV" if n < 5 else "NGT",
        "status": "completed" if n < 6 else "no_show",
        "phase": "induction",
        "started_on": started.date(),
        "on_date": started.date(),
        "started_at": started,
        "ended_at": started + timedelta(minutes=40),
        "discharged_at": started + timedelta(minutes=165),
        "administered_by": "N1",
        "supervised_by": "D1",
        "escort_in": True,
        "escort_out": n != 2,
    }


def _practitioner(scope: Scope, key: str) -> UUID:
    with reading(scope) as db:
        found = text("SELECT id FROM practitioner WHERE network_id = :network AND source_key = :key")
        practitioner_id: UUID = db.execute(found, {"network": scope.network_id, "key": key}).scalar_one()
        return practitioner_id
