"""Writing down accreditations and credentials: append-only, by the compliance officer, with the data version and the audit trail."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.accredited import accredited_network, person
from tests.conftest import NOW
from tests.making import store
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role, Standing
from webapp.queries.accreditation import fetch_matrix, fetch_programmes, fetch_timeline
from webapp.queries.credentials import fetch_credentials
from webapp.services import accreditation
from webapp.transactions import reading, unit_of_work

E = RecordEvent
START = date(2026, 1, 1)
GRANT = Entry(E.GRANTED, START, date(2026, 12, 31))
DAY = timedelta(days=1)


@pytest.fixture
def scope(app: Flask) -> Scope:
    return accredited_network(NOW)


def one(scope: Scope, statement: str) -> object:
    with reading(scope) as db:
        return db.execute(text(statement)).scalar_one()


def standing(scope: Scope, on: date = date(2026, 6, 1), site: str = "RIV", programme: str = "certified") -> Standing:
    with reading(scope) as db:
        matrix = fetch_matrix(scope, db, on)
    return next(cell.held.standing for cell in matrix if cell.site.code == site and cell.programme.code == programme)


def correction(of: UUID, to: RecordEvent | None, on: date = START, until: date | None = None) -> Entry:
    return Entry(E.CORRECTED, on, until, "The letter says otherwise.", replaces_id=of, corrected_event=to)


def test_a_record_is_appended_with_a_data_version_and_an_audit_event(scope: Scope) -> None:
    before = one(scope, "SELECT data_version FROM network")
    record_id = accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    assert standing(scope) is Standing.ACCREDITED
    assert standing(scope, site="NGT") is Standing.NONE
    assert standing(scope, programme="registered") is Standing.NONE
    assert one(scope, "SELECT data_version FROM network") == before + 1  # type: ignore[operator]  # a number
    told = one(scope, "SELECT details ->> 'record' FROM audit_event WHERE action = 'record' AND outcome = 'done'")
    assert told == str(record_id)


KEPT_FOR_GOOD = (
    *("accreditation_record", "credential_record", "practitioner_link", "programme_version", "criterion"),
    *("criterion_assessment", "finding", "corrective_action", "exception_step", "evidence", "evidence_event"),
    *("packet_reader", "reminder", "reminder_snooze", "audit_event", "audit_seal"),
)


def test_nothing_is_changed_or_deleted_even_by_the_database_role(scope: Scope) -> None:
    accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    for table in KEPT_FOR_GOOD:
        for statement in (f"UPDATE {table} SET network_id = network_id", f"DELETE FROM {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work(scope) as db:
                db.execute(text(statement))
    for table in ("programme", "tracer_packet", "evidence_check"):  # these move on, and none is ever taken away
        with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work(scope) as db:
            db.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD, Role.VIEWER, Role.SURVEYOR, Role.OPERATOR])
def test_other_roles_may_not_record_and_the_try_is_taken_down(scope: Scope, role: Role) -> None:
    other = person(scope, role, ["RIV"])
    for attempt in (
        lambda: accreditation.record(other, "RIV", "certified", GRANT, NOW),
        lambda: accreditation.record_credential(other, uuid4(), "medical_licence", None, GRANT, NOW),
        lambda: accreditation.add_programme(other, "own", "Own", "", True),
        lambda: accreditation.change_programme(other, "certified", "Own", "", True, NOW),
    ):
        with pytest.raises(NotAllowed, match="compliance officer"):
            attempt()
    assert one(scope, "SELECT count(*) FROM accreditation_record") == 0
    assert one(scope, "SELECT count(*) FROM audit_event WHERE outcome = 'refused'") == 4


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry(E.GRANTED, START, START - DAY), "is before the day it takes effect"),
        (Entry(E.GRANTED, date(23, 1, 1)), "cannot be meant"),
        (Entry(E.GRANTED, START, date(9999, 12, 31)), "cannot be meant"),
        (Entry(E.REVOKED, START, START + DAY), "leave the last valid day empty"),
        (Entry(E.GRANTED, START, verified_on=NOW.date() + 2 * DAY), "not a past day"),
        (Entry(E.CORRECTED, START, note="Wrong."), "names the record that was wrong"),
        (Entry(E.GRANTED, START, replaces_id=UUID(int=1)), "Only a correction"),
        (Entry(E.GRANTED, START, note="x" * 501), "at most 500"),
        (Entry(E.GRANTED, START, note="nul \0"), "control character"),
        (Entry(E.GRANTED, START, note="call 212-555-0100"), "no personal identifiers"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_with_a_sentence(scope: Scope, entry: Entry, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        accreditation.record(scope, "RIV", "certified", entry, NOW)


def test_a_correction_needs_its_reason_and_a_record_of_the_same_history(scope: Scope) -> None:
    granted = accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    with pytest.raises(BadInput, match="why the record is corrected"):
        accreditation.record(
            scope, "RIV", "certified", Entry(E.CORRECTED, START, replaces_id=granted, corrected_event=E.GRANTED), NOW
        )
    for site, programme in (("NGT", "certified"), ("RIV", "registered")):
        with pytest.raises(BadInput, match="is not one of"):
            accreditation.record(scope, site, programme, correction(granted, None), NOW)
    with pytest.raises(BadInput, match="should have said"):
        accreditation.record(scope, "RIV", "certified", correction(granted, E.CORRECTED), NOW)


def test_unknown_and_foreign_names_read_the_same(scope: Scope) -> None:
    stranger = accredited_network(NOW, codes=["RIV", "FAR"])
    foreign = accreditation.record(stranger, "FAR", "certified", GRANT, NOW)
    for site in ("FAR", "NOWHERE"):
        with pytest.raises(NotFound, match=f"There is no site “{site}” that you can see"):
            accreditation.record(scope, site, "certified", GRANT, NOW)
    with pytest.raises(NotFound, match="no programme “other”"):
        accreditation.record(scope, "RIV", "other", GRANT, NOW)
    sentences = []
    for record_id in (foreign, uuid4()):
        with pytest.raises(BadInput) as refused:
            accreditation.record(scope, "RIV", "certified", correction(record_id, None), NOW)
        sentences.append(str(refused.value))
    assert sentences[0] == sentences[1]


def test_a_correction_of_a_correction_brings_back_what_it_had_replaced(scope: Scope) -> None:
    granted = accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    voided = accreditation.record(scope, "RIV", "certified", correction(granted, None), NOW)
    assert standing(scope) is Standing.NONE
    shorter = accreditation.record(
        scope, "RIV", "certified", correction(voided, E.GRANTED, START, START + 30 * DAY), NOW
    )
    assert standing(scope) is Standing.EXPIRED
    accreditation.record(scope, "RIV", "certified", correction(shorter, None), NOW)
    assert standing(scope) is Standing.NONE
    accreditation.record(scope, "RIV", "certified", correction(voided, None), NOW)
    assert standing(scope) is Standing.ACCREDITED
    with reading(scope) as db:
        timeline = fetch_timeline(scope, db, "RIV", "certified")
    assert [entry.event for entry in timeline.entries] == [E.CORRECTED] * 4 + [E.GRANTED]
    assert len({entry.recorded_at for entry in timeline.entries}) == 5, "the order of recording is never in doubt"


def test_the_same_entry_twice_is_refused_and_a_corrected_one_may_return(scope: Scope) -> None:
    granted = accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    with pytest.raises(Conflict, match="recorded already"):
        accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    accreditation.record(scope, "RIV", "certified", correction(granted, None), NOW)
    accreditation.record(scope, "RIV", "certified", GRANT, NOW)
    assert standing(scope) is Standing.ACCREDITED


def test_credentials_follow_the_same_rules(scope: Scope) -> None:
    store(scope, {"practitioners": [{"key": "D1", "name": "Dr Alma Abbott", "prescriber": True}]}, NOW)
    with reading(scope) as db:
        practitioner_id = db.execute(text("SELECT id FROM practitioner")).scalar_one()
    accreditation.record_credential(scope, practitioner_id, "medical_licence", "NY", GRANT, NOW)
    with pytest.raises(Conflict):
        accreditation.record_credential(scope, practitioner_id, " medical_licence", "NY ", GRANT, NOW)
    accreditation.record_credential(scope, practitioner_id, "medical_licence", None, GRANT, NOW)
    with pytest.raises(NotFound, match="practitioner"):
        accreditation.record_credential(scope, uuid4(), "medical_licence", None, GRANT, NOW)
    with pytest.raises(BadInput, match="kind of credential"):
        accreditation.record_credential(scope, practitioner_id, "  ", None, GRANT, NOW)
    with reading(scope) as db:
        found = fetch_credentials(scope, db, date(2026, 6, 1))
    assert [(c.kind, c.state, c.held.standing) for c in found] == [
        ("medical_licence", None, Standing.ACCREDITED),
        ("medical_licence", "NY", Standing.ACCREDITED),
    ]


def test_programmes_are_added_once_and_changed_by_name(scope: Scope) -> None:
    with pytest.raises(Conflict, match="already is a programme"):
        accreditation.add_programme(scope, "certified", "Again", "", True)
    for code in ("", "Two Words", "a" * 61, "é"):
        with pytest.raises(BadInput, match="cannot be a programme's code"):
            accreditation.add_programme(scope, code, "Name", "", True)
    accreditation.change_programme(scope, "registered", "Registration of the place", "Agency", True, NOW)
    with pytest.raises(NotFound):
        accreditation.change_programme(scope, "none_such", "Name", "", True, NOW)
    accreditation.add_template_programmes(scope)
    accreditation.add_template_programmes(scope)
    with reading(scope) as db:
        programmes = {p.code: p.counts for p in fetch_programmes(scope, db)}
    assert programmes == {
        "certified": True,
        "registered": True,
        "certified_setting": True,
        "dea_registration": False,
        "esketamine_rems": False,
    }


def test_a_closed_site_gains_nothing_any_more(scope: Scope) -> None:
    closed = {"key": "OLD", "name": "Old site", "zone": "America/New_York", "closed_on": date(2026, 5, 31)}
    system = Scope(scope.network_id, scope.user_id, Role.MANAGER, frozenset(), whole_network=True)
    store(system, {"sites": [closed]}, NOW)
    officer = person(system, Role.COMPLIANCE)
    accreditation.record(officer, "OLD", "certified", Entry(RecordEvent.GRANTED, date(2026, 5, 31)), NOW)
    with pytest.raises(BadInput, match="Old site closed on 31 May 2026"):
        accreditation.record(officer, "OLD", "certified", Entry(RecordEvent.RENEWED, date(2026, 6, 1)), NOW)
    accreditation.record(officer, "OLD", "certified", Entry(RecordEvent.WITHDRAWN, date(2026, 6, 1)), NOW)
