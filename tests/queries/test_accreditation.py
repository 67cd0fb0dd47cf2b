"""The matrix, what ends, the history: through the database the same as a plain replay, and never beyond the scope."""

import random
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from tests.accredited import accredited_network, person, site_ids
from tests.conftest import NOW
from tests.domain.standing_replay import replay_standing
from tests.making import store
from webapp.domain.accreditation import StandingRecord
from webapp.domain.errors import Conflict, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import WITHOUT_END, Entry
from webapp.domain.vocabulary import RecordEvent, Role, Standing
from webapp.queries import accreditation as queries
from webapp.queries.credentials import fetch_credential_histories, fetch_credentials, fetch_practitioners
from webapp.services import accreditation
from webapp.transactions import reading

E = RecordEvent
FIRST = date(2026, 1, 1)
DAYS = 60
PLAIN = [event for event in E if event is not E.CORRECTED]


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def known(offset: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=NOW.tzinfo) + timedelta(days=offset)


@pytest.fixture
def scope(app: Flask) -> Scope:
    return accredited_network(known(-1))


def record(scope: Scope, entry: Entry, at: int = 0, site: str = "RIV", programme: str = "certified") -> UUID:
    return accreditation.record(scope, site, programme, entry, known(at))


def held(scope: Scope, on: int, known_at: datetime | None = None, site: str = "RIV") -> queries.Held:
    with reading(scope) as db:
        matrix = queries.fetch_matrix(scope, db, day(on), known_at)
    return next(c.held for c in matrix if c.site.code == site and c.programme.code == "certified")


def random_entry(chance: random.Random, recorded: list[UUID]) -> Entry:
    """Any entry that may be entered; corrections name an earlier record or an earlier correction."""
    event = (
        chance.choice([*PLAIN, E.GRANTED, E.RENEWED, E.CORRECTED, E.CORRECTED]) if recorded else chance.choice(PLAIN)
    )
    corrected = chance.choice([*PLAIN, None]) if event is E.CORRECTED else None
    start = chance.randrange(DAYS)
    endless = (corrected or event) in WITHOUT_END or chance.random() < 0.3
    until = None if endless else day(start + chance.randrange(30))
    return Entry(
        event, day(start), until, "Why.", None, chance.choice(recorded) if event is E.CORRECTED else None, corrected
    )


@pytest.mark.parametrize("seed", range(8))
def test_each_day_reads_as_a_plain_replay_at_every_knowledge(scope: Scope, seed: int) -> None:
    chance = random.Random(seed)
    riverside = scope.narrow([site_ids(scope)["RIV"]])
    told: list[StandingRecord] = []
    for number in range(chance.randint(1, 14)):
        entry = random_entry(chance, [r.record_id for r in told])
        try:
            record_id = record(scope, entry, number)
        except Conflict:
            continue
        told.append(
            StandingRecord(
                record_id,
                entry.event,
                entry.effective_on,
                entry.until,
                known(number),
                entry.replaces_id,
                entry.corrected_event,
            )
        )
    for asked in (None, known(0), known(4), known(9)):
        seen = [r for r in told if asked is None or r.recorded_at <= asked]
        with reading(scope) as db:
            for on, standing in replay_standing(seen, FIRST, day(DAYS + 35))[seed % 3 :: 3]:
                cells = queries.fetch_matrix(riverside, db, on, asked)
                assert cells[0].held.standing is standing, (seed, asked, on)


def test_as_known_then_and_as_known_now(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0)), at=0)
    record(scope, Entry(E.REVOKED, day(10)), at=40)
    assert held(scope, 20, known(39)).standing is Standing.ACCREDITED
    assert held(scope, 20).standing is Standing.REVOKED
    with reading(scope) as db:
        (differing,) = queries.fetch_accreditations(scope, db).restated(day(20), known(39))
        assert (differing.site.code, differing.known_then, differing.known_now) == (
            "RIV",
            Standing.ACCREDITED,
            Standing.REVOKED,
        )
        assert queries.fetch_accreditations(scope, db).restated(day(20), known(40)) == []
        timeline = queries.fetch_timeline(scope, db, "RIV", "certified", known(39))
    assert len(timeline.entries) == 1


def test_a_day_before_anything_was_known_and_a_future_day(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0), day(100)), at=5)
    assert held(scope, 0, known(4)) == queries.Held(Standing.NONE, None, None, None, None)
    assert held(scope, 4000).standing is Standing.EXPIRED


def test_days_left_run_to_the_end_of_unbroken_validity(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0), day(30)))
    assert (held(scope, 20).until, held(scope, 20).days_left) == (day(30), 10)
    record(scope, Entry(E.RENEWED, day(25), day(50)), at=1)
    assert (held(scope, 20).until, held(scope, 20).days_left, held(scope, 20).since) == (day(50), 30, day(0))
    record(scope, Entry(E.SUSPENDED, day(40)), at=2)
    assert held(scope, 20).until == day(39)
    suspended = held(scope, 45)
    assert (suspended.standing, suspended.since, suspended.days_left) == (Standing.SUSPENDED, day(40), None)


def test_what_ends_soon_comes_soonest_first_without_closed_sites(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0), day(80)), site="NGT")
    record(scope, Entry(E.GRANTED, day(0), day(30)))
    record(scope, Entry(E.GRANTED, day(0)), programme="registered")
    with reading(scope) as db:
        ending = queries.fetch_ending(scope, db, day(5), 90)
        assert [(e.site.code, e.days_left, e.last_valid_on, e.then) for e in ending] == [
            ("RIV", 25, day(30), Standing.EXPIRED),
            ("NGT", 75, day(80), Standing.EXPIRED),
        ]
        assert [e.site.code for e in queries.fetch_ending(scope, db, day(5), 30)] == ["RIV"]
    closed = {"key": "RIV", "name": "Site RIV", "zone": "America/New_York", "state": "NY", "closed_on": day(2)}
    store(scope, {"sites": [closed]}, NOW)
    with reading(scope) as db:
        assert [e.site.code for e in queries.fetch_ending(scope, db, day(5), 90)] == ["NGT"]


def test_a_site_lead_sees_their_own_site_only(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0), day(30)))
    record(scope, Entry(E.GRANTED, day(0), day(30)), site="NGT")
    lead = person(scope, Role.SITE_LEAD, ["RIV"])
    with reading(lead) as db:
        assert {c.site.code for c in queries.fetch_matrix(lead, db, day(5))} == {"RIV"}
        assert {e.site.code for e in queries.fetch_ending(lead, db, day(5), 90)} == {"RIV"}
        for code in ("NGT", "NONE"):
            with pytest.raises(NotFound, match=f"There is no site “{code}” that you can see"):
                queries.fetch_timeline(lead, db, code, "certified")
        # No scope is ever made that names a foreign site; even then the database gives nothing of it.
        wide = Scope(lead.network_id, lead.user_id, lead.role, frozenset(site_ids(scope).values()))
        cells = [c for c in queries.fetch_matrix(wide, db, day(5)) if c.site.code == "NGT"]
        assert {c.held.standing for c in cells} <= {Standing.NONE}


def test_another_network_with_the_same_codes_sees_nothing(scope: Scope) -> None:
    record(scope, Entry(E.GRANTED, day(0), day(30)))
    stranger = accredited_network(NOW)
    assert held(stranger, 5).standing is Standing.NONE
    with reading(stranger) as db:
        assert queries.fetch_ending(stranger, db, day(5), 90) == []
        assert queries.fetch_timeline(stranger, db, "RIV", "certified").entries == ()
        borrowed = Scope(stranger.network_id, stranger.user_id, stranger.role, scope.site_ids, whole_network=True)
        assert queries.fetch_matrix(borrowed, db, day(5)) == []


def test_credentials_of_the_people_who_work_at_the_sites_of_the_scope(scope: Scope) -> None:
    people = [{"key": key, "name": f"Dr {key}", "prescriber": True} for key in ("A", "B")]
    said = {"kind": "medical_licence", "state": "NY", "event": "granted", "effective_on": day(0), "until": day(40)}
    credentials = [{"key": f"C-{key}", "practitioner": key, **said} for key in ("A", "B")]
    course = {"key": "C1", "site": "RIV", "patient": "P", "indication": "depression", "product": "ketamine_iv"}
    session = {
        "key": "S1",
        "course": "C1",
        "site": "RIV",
        "status": "completed",
        "phase": "induction",
        "on_date": day(3),
    }
    session |= {"started_on": day(3), "supervised_by": "A"}
    store(
        scope,
        {"practitioners": people, "credentials": credentials, "courses": [course], "sessions": [session]},
        known(0),
    )
    with reading(scope) as db:
        assert [c.practitioner.name for c in fetch_credentials(scope, db, day(5))] == ["Dr A", "Dr B"]
        assert [(e.days_left, e.then) for e in fetch_credential_histories(scope, db).ending(day(30), 30)] == [
            (10, Standing.EXPIRED)
        ] * 2
        assert [c.held.standing for c in fetch_credentials(scope, db, day(5), known(-1))] == [Standing.NONE] * 2
    lead = person(scope, Role.SITE_LEAD, ["RIV"])
    with reading(lead) as db:
        assert [c.practitioner.name for c in fetch_credentials(lead, db, day(5))] == ["Dr A"]
    elsewhere = person(scope, Role.SITE_LEAD, ["NGT"])
    with reading(elsewhere) as db:
        assert fetch_credentials(elsewhere, db, day(5)) == []
    viewer = person(scope, Role.VIEWER)
    with reading(viewer) as db, pytest.raises(NotAllowed):
        fetch_practitioners(viewer, db)
