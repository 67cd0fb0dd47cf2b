"""Every criterion by SQL and by the pure function on random sessions; sessions under a lapse, also when found out later."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import accredited_network, person, site_ids
from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries.random_clinic import COUNTING, FIRST, RECORDED_AT, RandomClinic
from webapp.domain.compliance import Criterion
from webapp.domain.errors import NotAllowed
from webapp.domain.intervals import design_effect
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import Phase, RecordEvent, Role, Standing, Verdict
from webapp.queries.network_settings import get_settings
from webapp.queries.session_criteria import fetch_lapsed_sessions, fetch_session_verdicts
from webapp.queries.session_verdicts import SIX
from webapp.queries.verdict_counts import By, count_lapsed_sessions, fetch_criteria_met
from webapp.services import accreditation
from webapp.transactions import reading

ALL = Period(FIRST, FIRST + timedelta(days=120))
LATER = datetime(2026, 6, 1, 12, tzinfo=NOW.tzinfo)


def random_network(seed: int) -> tuple[RandomClinic, Scope]:
    clinic = RandomClinic(seed)
    system = make_network(RECORDED_AT)
    for code in (*COUNTING, "registered"):
        accreditation.add_programme(system, code, code, "", counts=code in COUNTING)
    store(system, clinic.records, RECORDED_AT)
    return clinic, person(system, Role.COMPLIANCE)


def keys(scope: Scope) -> dict[object, str]:
    with reading(scope) as db:
        return {row[0]: row[1] for row in db.execute(text("SELECT id, source_key FROM session"))}


@pytest.fixture(scope="module", params=range(3))
def drawn(session_app: Flask, request: pytest.FixtureRequest) -> tuple[RandomClinic, Scope]:
    """A network that the tests only read."""
    with session_app.app_context():
        return random_network(request.param)


def test_sql_and_pure_function_say_the_same_of_every_session(app: Flask, drawn: tuple[RandomClinic, Scope]) -> None:
    clinic, scope = drawn
    expected, names = clinic.verdicts(), keys(scope)
    for known_at in (None, LATER):
        with reading(scope) as db:
            found = {names[s.session_id]: s.verdicts for s in fetch_session_verdicts(scope, db, ALL, known_at)}
        assert found == expected
    assert {v for verdicts in expected.values() for v in verdicts.values()} == set(Verdict)


def test_lapses_by_sql_and_by_the_pure_function(app: Flask, drawn: tuple[RandomClinic, Scope]) -> None:
    clinic, scope = drawn
    expected, judged, names = clinic.lapsed(), clinic.verdicts(), keys(scope)
    with reading(scope) as db:
        rows = fetch_lapsed_sessions(scope, db, ALL)
        counted = count_lapsed_sessions(scope, db, ALL)
    assert {names[row.session_id]: tuple(lapse.whose for lapse in row.lapses) for row in rows} == expected
    assert sum(c.lapsed for c in counted) == len(expected) > 0
    assert sum(c.delivered for c in counted) == len(clinic.delivered())
    assert sum(c.unjudged for c in counted) > 0
    for row in rows:
        verdicts = judged[names[row.session_id]]
        assert (row.setting, row.supervision) == (verdicts[Criterion.SETTING], verdicts[Criterion.SUPERVISION])
        assert all(lapse.known_since == RECORDED_AT for lapse in row.lapses)


def test_counts_by_criterion_add_up_by_site_and_month(app: Flask) -> None:
    clinic, scope = random_network(9)
    codes = {site_id: code for code, site_id in site_ids(scope).items()}
    site_of = {s["key"]: s["site"] for s in clinic.delivered()}
    expected: Counter[tuple[str, str, Verdict]] = Counter()
    order = (Verdict.MET, Verdict.NOT_RECORDED, Verdict.NOT_MET)
    for key, verdicts in clinic.verdicts().items():
        for criterion, verdict in verdicts.items():
            expected[site_of[key], criterion.value, verdict] += 1
        expected[site_of[key], "all_six", max((verdicts[c] for c in SIX), key=order.index)] += 1
    with reading(scope) as db:
        by_site = fetch_criteria_met(scope, db, ALL, "site")
        by_month = fetch_criteria_met(scope, db, ALL, "month")
        whole = fetch_criteria_met(scope, db, ALL)
    found = {
        (codes[c.site_id], c.criterion, verdict): count  # type: ignore[index]  # counted by site
        for c in by_site
        for verdict, count in zip(order, (c.met, c.not_recorded, c.not_met), strict=True)
        if count
    }
    assert found == expected
    assert {c.month for c in by_month} == {date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)}
    for total in whole:
        same = [c for c in by_month if c.criterion == total.criterion]
        assert total.met == sum(c.met for c in same) and total.delivered == sum(c.delivered for c in same)
    assert next(c for c in whole if c.criterion == "all_six").delivered == len(clinic.delivered())
    escort = next(c for c in whole if c.criterion == "escort")
    of_course: dict[str, list[bool]] = {}
    for session in clinic.delivered():
        of_course.setdefault(session["course"], []).append(clinic.verdicts_of(session)[Criterion.ESCORT] is Verdict.MET)
    assert escort.deff == pytest.approx(design_effect((sum(met), len(met)) for met in of_course.values()))
    assert escort.interval is not None and escort.interval.holds(escort.met / escort.delivered)


@pytest.mark.parametrize("by", ["network", "site", "month", "site and month"])
def test_the_cells_and_the_facts_count_alike(app: Flask, by: By) -> None:
    """Known at an instant after everything was recorded, and narrowed to each phase, verdicts are counted from the facts."""
    _, scope = random_network(9)
    edges = Period(FIRST + timedelta(days=9), FIRST + timedelta(days=70))
    with reading(scope) as db:
        assert fetch_criteria_met(scope, db, edges, by, LATER) == fetch_criteria_met(scope, db, edges, by)
        assert count_lapsed_sessions(scope, db, edges, LATER) == count_lapsed_sessions(scope, db, edges)
        narrowed: Counter[tuple[object, object, str, str]] = Counter()
        for phase in Phase:
            for one in fetch_criteria_met(scope, db, edges, by, filters={"phase": phase.value}):
                for said in ("met", "not_met", "not_recorded"):
                    narrowed[one.site_id, one.month, one.criterion, said] += getattr(one, said)
        for one in fetch_criteria_met(scope, db, edges, by):
            for said in ("met", "not_met", "not_recorded"):
                assert narrowed[one.site_id, one.month, one.criterion, said] == getattr(one, said)


def lapse_found_later(now: datetime) -> Scope:
    """Four sessions of one supervisor at RIV in March; on 1 June it is found that the licence ended on 10 March."""
    scope = accredited_network(now)
    system = make_scope_of_system(scope)
    licence = {"kind": "medical_licence", "state": "NY", "event": "granted"}
    sessions = [
        {
            "key": f"S{n}",
            "course": "C1",
            "site": "RIV",
            "status": "completed",
            "phase": "induction",
            "on_date": date(2026, 3, on),
            "started_on": date(2026, 3, on),
            "administered_by": "N1",
            "supervised_by": "D1",
        }
        for n, on in enumerate((8, 10, 11, 20))
    ]
    store(
        system,
        {
            "practitioners": [{"key": "D1", "name": "Dr Alma"}, {"key": "N1", "name": "Bruno"}],
            "credentials": [
                {
                    "key": "L1",
                    "practitioner": "D1",
                    "effective_on": date(2025, 1, 1),
                    "until": date(2027, 1, 1),
                    **licence,
                },
                {
                    "key": "L2",
                    "practitioner": "N1",
                    "effective_on": date(2025, 1, 1),
                    **licence,
                    "kind": "nursing_licence",
                },
            ],
            "courses": [
                {"key": "C1", "site": "RIV", "patient": "PX-7c31", "indication": "depression", "product": "ketamine_iv"}
            ],
            "sessions": sessions,
        },
        now,
    )
    with reading(scope) as db:
        record_id, doctor = db.execute(
            text("SELECT id, practitioner_id FROM credential_record WHERE source_key = 'L1'")
        ).one()
    found = Entry(
        RecordEvent.CORRECTED,
        date(2025, 1, 1),
        date(2026, 3, 10),
        "The board's register says so.",
        replaces_id=record_id,
        corrected_event=RecordEvent.GRANTED,
    )
    accreditation.record_credential(scope, doctor, "medical_licence", "NY", found, LATER)
    return scope


def make_scope_of_system(scope: Scope) -> Scope:
    """The product's own scope in the same network."""
    return Scope(scope.network_id, scope.user_id, Role.MANAGER, frozenset(), whole_network=True)


def test_a_lapse_found_out_later_lists_the_sessions_and_since_when_it_was_known(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    with reading(scope) as db:
        assert fetch_lapsed_sessions(scope, db, ALL, LATER - timedelta(seconds=1)) == []
        rows = fetch_lapsed_sessions(scope, db, ALL)
        counts = count_lapsed_sessions(scope, db, ALL)
    assert [(row.on_date, row.supervised_by, row.supervision) for row in rows] == [
        (date(2026, 3, 20), "Dr Alma", Verdict.NOT_MET),
        (date(2026, 3, 11), "Dr Alma", Verdict.NOT_MET),
    ]
    assert {row.known_since for row in rows} == {LATER}
    assert [(lapse.whose, lapse.standing) for lapse in rows[0].lapses] == [("supervising person", Standing.EXPIRED)]
    assert [(c.month, c.lapsed, c.delivered) for c in counts] == [(date(2026, 3, 1), 2, 4)]


def test_a_site_without_any_record_is_not_recorded_and_not_a_lapse(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    with reading(scope) as db:
        verdicts = {s.verdicts[Criterion.SETTING] for s in fetch_session_verdicts(scope, db, ALL)}
    assert verdicts == {Verdict.NOT_RECORDED}
    accreditation.record(scope, "RIV", "registered", Entry(RecordEvent.GRANTED, FIRST), LATER)
    accreditation.record(
        scope, "RIV", "certified", Entry(RecordEvent.GRANTED, date(2026, 3, 9), date(2026, 3, 15)), LATER
    )
    with reading(scope) as db:
        found = [(s.on_date.day, s.verdicts[Criterion.SETTING]) for s in fetch_session_verdicts(scope, db, ALL)]
        assert found == [(8, Verdict.NOT_MET), (10, Verdict.MET), (11, Verdict.MET), (20, Verdict.NOT_MET)]
        assert [row.on_date.day for row in fetch_lapsed_sessions(scope, db, ALL)] == [20, 11, 8]
        both = fetch_lapsed_sessions(scope, db, ALL)[0].lapses
    assert [(lapse.whose, lapse.standing) for lapse in both] == [
        ("site", Standing.EXPIRED),
        ("supervising person", Standing.EXPIRED),
    ]


def test_as_known_then_leaves_out_sessions_that_came_later(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    with reading(scope) as db:
        assert fetch_criteria_met(scope, db, ALL, known_at=RECORDED_AT - timedelta(days=1)) == []
        assert fetch_criteria_met(scope, db, ALL, known_at=RECORDED_AT + timedelta(seconds=1))[0].delivered == 4


def test_who_sees_what(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    for other, rows in ((person(scope, Role.SITE_LEAD, ["RIV"]), 2), (person(scope, Role.SITE_LEAD, ["NGT"]), 0)):
        with reading(other) as db:
            assert len(fetch_lapsed_sessions(other, db, ALL)) == rows
            assert sum(c.lapsed for c in count_lapsed_sessions(other, db, ALL)) == rows
    viewer = person(scope, Role.VIEWER)
    with reading(viewer) as db:
        assert sum(c.lapsed for c in count_lapsed_sessions(viewer, db, ALL)) == 2
        for refused in (fetch_lapsed_sessions, fetch_session_verdicts):
            with pytest.raises(NotAllowed):
                refused(viewer, db, ALL)
    stranger = accredited_network(NOW)
    with reading(stranger) as db:
        assert fetch_lapsed_sessions(stranger, db, ALL) == []
        assert count_lapsed_sessions(stranger, db, ALL) == []


def test_a_row_for_compliance_names_no_patient(app: Flask) -> None:
    scope = lapse_found_later(RECORDED_AT)
    with reading(scope) as db:
        pseudonym = db.execute(text("SELECT pseudonym FROM patient")).scalar_one()
        row = fetch_lapsed_sessions(scope, db, ALL)[0]
    assert "patient_id" not in row.__slots__ and pseudonym not in {getattr(row, name) for name in row.__slots__}


def test_statements_are_planned_with_their_values_however_often_they_are_asked(app: Flask) -> None:
    """But those of `ask`: their plans the server keeps, also from one transaction to the next."""
    scope = accredited_network(NOW)
    kept: list[list[str]] = []
    for _ in range(9):
        with reading(scope) as db:
            fetch_lapsed_sessions(scope, db, ALL)
            get_settings(scope, db)
            kept.append(list(db.execute(text("SELECT statement FROM pg_prepared_statements")).scalars()))
    assert any("network_setting" in statement for statement in kept[-1])
    assert not any("session_version" in statement or "pg_prepared" in statement for statement in kept[-1])
