"""Verdicts counted by day: exact after every kind of change, and only the touched cells are counted again."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries.random_clinic import COUNTING, FIRST, RECORDED_AT, RandomClinic
from webapp.domain.intervals import design_effect
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.queries.verdict_counts import fetch_criteria_met
from webapp.services import accreditation, verdict_cells
from webapp.services.recording import lock_network
from webapp.services.verification import mend, verify
from webapp.transactions import reading, unit_of_work

EARLY = datetime(2026, 4, 1, 12, tzinfo=NOW.tzinfo)
DAYS = (8, 10, 11, 20)


def clinic() -> Scope:
    """Four sessions at RIV in March, given by N1 under D1, whose licences are on record; RIV is certified all year."""
    scope = accredited_network(EARLY)
    licence = {"effective_on": date(2025, 1, 1), "event": "granted", "state": "NY"}
    session = {"course": "C1", "site": "RIV", "status": "completed", "phase": "induction"}
    course = {"site": "RIV", "patient": "P", "indication": "depression", "product": "ketamine_iv"}
    dated = {"evaluated_on": date(2026, 3, 1), "approved_on": date(2026, 3, 2), "approved_by": "D1"}
    records: dict[str, list[dict[str, Any]]] = {
        "practitioners": [{"key": "D1", "name": "Dr Alma", "prescriber": True}, {"key": "N1", "name": "Bruno"}],
        "credentials": [
            {"key": "L1", "practitioner": "D1", "kind": "medical_licence", "until": date(2027, 1, 1), **licence},
            {"key": "L2", "practitioner": "N1", "kind": "nursing_licence", **licence},
        ],
        "accreditations": [
            {"key": "A1", "site": "RIV", "programme": "certified", "event": "granted", "effective_on": date(2026, 1, 1)}
        ],
        "courses": [{"key": "C1", **course, **dated}],
        "sessions": [
            {
                "key": f"S{on}",
                "on_date": date(2026, 3, on),
                "started_on": date(2026, 3, on),
                "administered_by": "N1",
                "supervised_by": "D1",
                **session,
            }
            for on in DAYS
        ],
    }
    store(system(scope), records, EARLY)
    return scope


def system(scope: Scope) -> Scope:
    return Scope(scope.network_id, scope.user_id, Role.MANAGER, frozenset(), whole_network=True)


def not_met(scope: Scope, criterion: str) -> list[int]:
    """The days of March on which a session is counted as not meeting it."""
    with reading(scope) as db:
        rows = db.execute(
            text("SELECT on_date FROM compliance_day WHERE criterion = :criterion AND verdict = 2 ORDER BY on_date"),
            {"criterion": criterion},
        ).scalars()
        return [day.day for day in rows]


def assert_exact(scope: Scope) -> None:
    with reading(scope) as db:
        assert {c.table: c.differing for c in verify(scope, db) if c.differing} == {}


def licence_of_the_doctor(scope: Scope) -> Entry:
    with reading(scope) as db:
        record_id = db.execute(text("SELECT id FROM credential_record WHERE source_key = 'L1'")).scalar_one()
    return Entry(
        RecordEvent.CORRECTED,
        date(2025, 1, 1),
        date(2026, 3, 10),
        "The board's register says so.",
        replaces_id=record_id,
        corrected_event=RecordEvent.GRANTED,
    )


def practitioner(scope: Scope, key: str) -> UUID:
    with reading(scope) as db:
        statement = "SELECT id FROM practitioner WHERE source_key = :key"
        found: UUID = db.execute(text(statement), {"key": key}).scalar_one()
        return found


def test_a_lapse_found_out_later_moves_its_days_only(app: Flask) -> None:
    scope = clinic()
    assert not_met(scope, "qualified_supervision") == []
    assert_exact(scope)
    doctor = practitioner(scope, "D1")
    entry = licence_of_the_doctor(scope)
    accreditation.record_credential(scope, doctor, "medical_licence", "NY", entry, NOW)
    assert not_met(scope, "qualified_supervision") == [11, 20]
    assert not_met(scope, "certified_setting") == []
    assert_exact(scope)


def test_only_the_days_that_read_otherwise_are_touched(app: Flask) -> None:
    scope = clinic()
    entry = Entry(RecordEvent.SUSPENDED, date(2026, 3, 10), date(2026, 3, 11))
    with unit_of_work(scope) as db:
        lock_network(scope, db)
        before = verdict_cells.fetch_standings(scope, db)
    accreditation.record(scope, "RIV", "certified", entry, NOW)
    with unit_of_work(scope) as db:
        verdict_cells.begin(scope, db)
        verdict_cells.touch_changed(scope, db, before, verdict_cells.fetch_standings(scope, db))
        touched = db.execute(text("SELECT on_date FROM touched_verdict ORDER BY on_date")).scalars().all()
    assert [day.day for day in touched] == [10, 11]
    assert not_met(scope, "certified_setting") == [10, 11]
    assert_exact(scope)


def test_a_programme_that_counts_no_more_leaves_the_old_judgement_as_known_then(app: Flask) -> None:
    scope = clinic()
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    version = accreditation.change_programme(scope, "certified", "Certified setting (old)", "The body", False, NOW)
    assert version == 2
    assert_exact(scope)
    with reading(scope) as db:
        now = {c.criterion: c for c in fetch_criteria_met(scope, db, march)}
        then = {c.criterion: c for c in fetch_criteria_met(scope, db, march, known_at=NOW - timedelta(seconds=1))}
    assert (now["certified_setting"].met, now["certified_setting"].not_recorded) == (0, 4)
    assert (then["certified_setting"].met, then["certified_setting"].not_recorded) == (4, 0)
    assert accreditation.change_programme(scope, "certified", "Certified setting (old)", "The body", False, NOW) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"practitioners": [{"key": "D1", "name": "Dr Alma", "prescriber": False}]},
        {"sites": [{"key": "RIV", "name": "Site RIV", "zone": "America/New_York", "state": "NJ"}]},
        {
            "accreditations": [
                {
                    "key": "A1",
                    "site": "RIV",
                    "programme": "certified",
                    "event": "granted",
                    "effective_on": date(2026, 3, 9),
                }
            ]
        },
    ],
    ids=["an approver who does not prescribe", "a site in another state", "a grant that came later"],
)
def test_what_an_import_changes_beside_sessions_is_judged_again(
    app: Flask, change: dict[str, list[dict[str, Any]]]
) -> None:
    scope = clinic()
    store(system(scope), change, NOW)
    assert_exact(scope)
    touched = {name for name in ("evaluation_and_approval", "certified_setting") if not_met(scope, name)}
    with reading(scope) as db:
        unjudged = db.execute(
            text("SELECT count(*) FROM compliance_day WHERE criterion = 'qualified_supervision' AND verdict = 1")
        ).scalar_one()
    assert touched or unjudged == len(DAYS)


def test_everything_can_be_judged_again(app: Flask) -> None:
    scope = clinic()
    with unit_of_work(scope) as db:
        db.execute(text("DELETE FROM compliance_day"))
        db.execute(text("UPDATE compliance_month SET sessions = sessions + 1"))
    with reading(scope) as db:
        assert {c.table for c in verify(scope, db) if c.differing} == {
            "compliance_day",
            "compliance_month",
            "compliance_total",
        }
    with unit_of_work(scope) as db:
        verdict_cells.judge_everything(scope, db)
    assert_exact(scope)


def test_one_person_at_two_sites_needs_the_licence_of_each_sites_state(app: Flask) -> None:
    """D1's licence is for NY: at a site in New Jersey the same person's sessions have no record to judge by, until one comes."""
    scope = clinic()
    jersey = {"key": "NJS", "name": "Site NJS", "zone": "America/New_York", "state": "NJ"}
    course = {"key": "C2", "site": "NJS", "patient": "Q", "indication": "depression", "product": "ketamine_iv"}
    given = {"site": "NJS", "course": "C2", "status": "completed", "phase": "induction", "on_date": date(2026, 3, 9)}
    session = {"key": "J1", "started_on": date(2026, 3, 9), "administered_by": "D1", "supervised_by": "D1", **given}
    york = {"key": "RIV", "name": "Site RIV", "zone": "America/New_York", "state": "NY"}
    store(system(scope), {"sites": [york, jersey], "courses": [course], "sessions": [session]}, EARLY)
    assert supervision_by_site(scope) == {"RIV": {0: 4}, "NJS": {1: 1}}
    entry = Entry(RecordEvent.GRANTED, date(2026, 3, 1), date(2026, 3, 8))
    doctor = practitioner(scope, "D1")
    accreditation.record_credential(scope, doctor, "medical_licence", "NJ", entry, NOW)
    assert supervision_by_site(scope) == {"RIV": {0: 4}, "NJS": {2: 1}}
    assert_exact(scope)


def supervision_by_site(scope: Scope) -> dict[str, dict[int, int]]:
    """Sessions by site and verdict: 0 met, 1 not recorded, 2 not met."""
    found: dict[str, dict[int, int]] = {}
    with reading(system(scope)) as db:
        for code, verdict, sessions in db.execute(
            text(
                "SELECT s.code, c.verdict, sum(c.sessions) FROM compliance_day c JOIN site s ON s.id = c.site_id"
                " WHERE c.criterion = 'qualified_supervision' GROUP BY s.code, c.verdict"
            )
        ):
            found.setdefault(code, {})[verdict] = sessions
    return found


def effects(scope: Scope) -> dict[str, tuple[int, int, float]]:
    """Of the months' clusters: how many, how many sessions meet it, and the design effect, by criterion."""
    with reading(scope) as db:
        rows = db.execute(
            text(
                "SELECT stratum, clusters, hits, value FROM design_effect WHERE measure = 'criteria_met' AND span = 'month'"
            )
        ).all()
    return {stratum: (clusters, hits, value) for stratum, clusters, hits, value in rows}


def test_the_design_effect_moves_with_the_verdicts_of_the_touched_days(app: Flask) -> None:
    scope = clinic()
    other = {"site": "RIV", "patient": "Q", "indication": "depression", "product": "ketamine_iv"}
    given = {"course": "C2", "site": "RIV", "status": "completed", "phase": "induction", "supervised_by": "D1"}
    sessions = [
        {"key": f"T{day}", "on_date": date(2026, 3, day), "administered_by": "N1", **given} for day in (9, 12, 13)
    ]
    store(system(scope), {"courses": [{"key": "C2", **other}], "sessions": sessions}, EARLY)
    assert effects(scope)["qualified_supervision"] == (2, 7, 1.0)
    entry = Entry(RecordEvent.SUSPENDED, date(2026, 3, 11), date(2026, 3, 12))
    doctor = practitioner(scope, "D1")
    accreditation.record_credential(scope, doctor, "medical_licence", "NY", entry, NOW)
    met = {"P": (3, 4), "Q": (2, 3)}  # of P the 11th is lost, of Q the 12th
    clusters, hits, value = effects(scope)["qualified_supervision"]
    assert (clusters, hits) == (2, 5)
    assert value == pytest.approx(design_effect(met.values()))
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    with reading(scope) as db:
        told = next(c for c in fetch_criteria_met(scope, db, march) if c.criterion == "qualified_supervision")
    assert (told.met, told.delivered, told.deff) == (5, 7, value)
    assert_exact(scope)


@pytest.mark.parametrize("seed", range(2))
def test_any_change_of_standings_leaves_every_cell_and_design_effect_exact(app: Flask, seed: int) -> None:
    """Random sessions of patients with several courses at several sites; after each change everything is recounted."""
    chance = random.Random(seed)
    own = make_network(RECORDED_AT)
    for code in COUNTING:
        accreditation.add_programme(own, code, code, "", counts=True)
    records = RandomClinic(seed).records
    store(
        own,
        records | {"accreditations": [a for a in records["accreditations"] if a["programme"] in COUNTING]},
        RECORDED_AT,
    )
    found = person(own, Role.COMPLIANCE)
    people = [practitioner(found, f"D{n}") for n in range(8)]
    before = effects(found)
    for turn in range(3):
        on = FIRST + timedelta(days=chance.randrange(60))
        entry = Entry(chance.choice([RecordEvent.GRANTED, RecordEvent.SUSPENDED, RecordEvent.REVOKED]), on)
        now = NOW + timedelta(minutes=turn)
        if turn == 0:
            accreditation.record(found, chance.choice(["RIV", "NGT"]), chance.choice(COUNTING), entry, now)
        elif turn == 1:
            accreditation.record_credential(found, chance.choice(people), "medical_licence", None, entry, now)
        else:
            one, other = chance.sample(people, 2)
            accreditation.link_practitioners(found, one, other, True, "The register says so.", now)
        assert_exact(found)
    assert effects(found) != before


def test_verify_finds_and_mends_a_design_effect_that_is_off(app: Flask) -> None:
    scope = clinic()
    with unit_of_work(scope) as db:
        db.execute(
            text("UPDATE design_effect SET hits = hits - 1 WHERE measure = 'criteria_met' AND stratum = 'escort'")
        )
    with reading(scope) as db:
        assert {c.table for c in verify(scope, db) if c.differing} == {"design_effect"}
    mend(scope, 60_000)
    assert_exact(scope)


def test_a_site_lead_counts_only_the_own_site(app: Flask) -> None:
    scope = clinic()
    lead = person(scope, Role.SITE_LEAD, ["NGT"])
    with reading(lead) as db:
        assert db.execute(text("SELECT count(*) FROM compliance_day")).scalar_one() == 0
