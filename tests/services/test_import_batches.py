"""Data in: kept, checked, stored whole or not at all; what is sent twice changes nothing; two at once stay exact."""

import hashlib
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from tests.sending import batch_of, clinic, course, reasons, send, sent, session, site
from webapp.artifacts import file_store
from webapp.domain.errors import BadInput, NotAllowed
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState, Role
from webapp.services import import_batches, kept_files, queued_work, run_queue
from webapp.services.import_batches import receive, work
from webapp.services.queued_work import Kind
from webapp.services.run_queue import IMPORT, LeaseLost
from webapp.services.verification import verify
from webapp.transactions import of_dispatcher, reading

OWN = shipped_mapping("dripline")
KINDS = {IMPORT: Kind(import_batches.make, import_batches.note_failure)}


@pytest.fixture
def scope(app: Flask) -> Scope:
    return make_network(NOW)


def assert_exact(scope: Scope) -> None:
    with reading(scope) as db:
        assert {c.table: c.differing for c in verify(scope, db) if c.differing} == {}


def count(scope: Scope, statement: str, **values: object) -> Any:
    with reading(scope) as db:
        return db.execute(text(statement), values).scalar_one()


def events_of(scope: Scope, batch_id: UUID) -> list[tuple[str, str]]:
    with reading(scope) as db:
        rows = db.execute(
            text("SELECT action, outcome FROM audit_event WHERE object = :object ORDER BY number"),
            {"object": f"import batch {batch_id}"},
        )
        return [tuple(row) for row in rows]


def facts_of(scope: Scope) -> int:
    """Rows of facts and of anything counted from them."""
    tables = ("site", "course", "session", "session_version", "patient", "session_day", "course_spell")
    return sum(count(scope, f"SELECT count(*) FROM {table}") for table in tables)


def test_a_batch_is_stored_and_counted(scope: Scope) -> None:
    batch = send(scope, clinic())
    assert (batch.state, batch.rows_read, batch.rows_stored, batch.rows_rejected) == (BatchState.STORED, 8, 8, 0)
    assert batch.message == "Stored 8 new rows."
    assert (batch.data_version, batch.recorded_at) == (1, NOW)
    assert count(scope, "SELECT sum(sessions) FROM session_day WHERE status = 'completed'") == 6
    assert count(scope, "SELECT data_version FROM network") == 1
    assert events_of(scope, batch.id) == [("send data", "done"), ("store data", "done")]
    assert_exact(scope)


def test_every_kind_of_record_is_stored(scope: Scope) -> None:
    files = clinic()
    granted = {"event": "granted", "effective_on": "2026-01-01"}
    files |= {
        "practitioners.csv": [{"key": "P1", "name": "Dr. One", "prescriber": "yes"}],
        "credentials.csv": [{"key": "K1", "practitioner": "P1", "kind": "medical_licence", **granted}],
        "accreditations.csv": [{"key": "A1", "site": "RIV", "programme": "state", **granted}],
        "sessions.csv": [
            session(
                "S1",
                "RIV-C",
                pressure_before="128/82",
                ended_at="2026-03-02",
                discharged_at="2026-03-02T12:10",
                dose_mg="40.5",
                administered_by="P1",
                escort_in="no",
                stated_infusion="1",
            )
        ],
        "screens.csv": [{"key": "S1", "session": "S1", "asked_how": "solicited", "finished_at": "2026-03-02T11:30"}],
        "side_effects.csv": [
            {"key": "E1", "session": "S1", "term": "nausea", "severity": "2", "onset_at": "2026-03-02"}
        ],
        "ratings.csv": [
            {"key": "R1", "course": "RIV-C", "instrument": "madrs", "rated_at": "2026-03-01", "score": "31"}
        ],
    }
    assert send(scope, files).rows_stored == 9
    with reading(scope) as db:
        row = db.execute(
            text(
                "SELECT v.*, p.source_key AS giver FROM session_version v JOIN practitioner p ON p.id = v.administered_by_id"
            )
        ).one()
    assert (row.systolic_before, row.diastolic_before, row.systolic_during) == (128, 82, None)
    assert (str(row.started_on), row.started_at.isoformat()) == ("2026-03-02", "2026-03-02T15:00:00+00:00")
    assert (str(row.ended_on), row.ended_at, row.local_hour) == ("2026-03-02", None, 10)
    assert (str(row.dose_mg), row.giver, row.escort_in, row.escort_out) == ("40.5", "P1", False, None)
    assert count(scope, "SELECT count(*) FROM accreditation_record") == 1
    assert count(scope, "SELECT sum(events) FROM side_effect_day WHERE term = 'nausea'") == 1
    assert_exact(scope)


def test_one_bad_row_keeps_the_whole_batch_out(scope: Scope) -> None:
    files = clinic()
    files["sessions.csv"] = [
        session("S1", "RIV-C"),
        session("S2", "RIV-C", status="done", dose_mg="NaN"),
        session("S3", "nobody"),
    ]
    batch = send(scope, files)
    assert (batch.state, batch.data_version, batch.rows_rejected) == (BatchState.REFUSED, None, 2)
    assert batch.message.startswith("Nothing was stored: 2 rows of 5 cannot be taken.")
    assert facts_of(scope) == 0
    assert count(scope, "SELECT data_version FROM network") == 0
    found = [(line.file, line.line, line.rule, line.field, line.value) for line in reasons(scope, batch)]
    assert found == [
        ("sessions.csv", 3, "not_a_choice", "status", "done"),
        ("sessions.csv", 3, "not_a_number", "dose_mg", "NaN"),
        ("sessions.csv", 4, "unknown_reference", "course", "nobody"),
    ]
    assert events_of(scope, batch.id) == [("send data", "done"), ("store data", "refused")]


def test_good_rows_are_stored_where_they_are_accepted(scope: Scope) -> None:
    files = clinic()
    files["sessions.csv"] = [session("S1", "RIV-C"), session("S2", "RIV-C", status="done"), session("S3", "RIV-C")]
    batch = send(scope, files, accept_good_rows=True)
    assert (batch.state, batch.rows_stored, batch.rows_rejected, batch.data_version) == (BatchState.STORED, 4, 1, 1)
    assert batch.message == "Stored 4 new rows. 1 row was not taken."
    assert [line.rule for line in reasons(scope, batch)] == ["not_a_choice"]
    assert count(scope, "SELECT string_agg(source_key, ',' ORDER BY source_key) FROM session") == "S1,S3"
    assert_exact(scope)


def test_nothing_good_is_nothing_stored(scope: Scope) -> None:
    batch = send(scope, {"sites.csv": [site(zone="Nowhere")]}, accept_good_rows=True)
    assert (batch.state, facts_of(scope)) == (BatchState.REFUSED, 0)


def test_the_same_files_again_change_nothing(scope: Scope) -> None:
    send(scope, clinic())
    before = facts_of(scope)
    again = send(scope, clinic(), now=NOW + timedelta(hours=1))
    assert (again.state, again.rows_unchanged, again.data_version) == (BatchState.STORED, 8, None)
    assert again.message == "Nothing changed: all 8 rows are known already."
    assert facts_of(scope) == before
    assert count(scope, "SELECT data_version FROM network") == 1


def test_the_same_rows_under_another_name_and_order_change_nothing(scope: Scope) -> None:
    files = clinic()
    send(scope, files)
    rows = files.pop("sessions.csv")
    assert not isinstance(rows, bytes)
    assert "Nothing changed" in send(scope, {"sessions_again.csv": list(reversed(rows))}).message


def test_a_changed_row_is_a_new_version(scope: Scope) -> None:
    send(scope, clinic())
    later = send(scope, {"sessions.csv": [session("RIV-5", "RIV-C", started_at="2026-04-01T10:00")]})
    assert (later.rows_changed, later.data_version) == (1, 2)
    assert later.message == "Stored 1 changed row."
    assert count(scope, "SELECT count(*) FROM session_version") == 7
    assert count(scope, "SELECT end_state FROM course_spell") == "completed_late"
    assert_exact(scope)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("sessions.csv", b"", "sessions.csv is empty"),
        ("sessions.csv", b"key,course\n1,2\n", "has no column 'site'"),
        ("sessions.csv", b"PK\x03\x04 zipped", "an Excel workbook"),
        ("sites.csv", b"key,name,zone\nRIV,\xff\xfe,America/New_York\n", "is not UTF-8"),
        ("sites.csv", b'key,name,zone\nRIV,"open,America/New_York\n', "never closed"),
        ("sites.csv", b"key,name,zone,colour\nRIV,R,America/New_York,red\n", "has a column 'colour'"),
        ("sites.csv", b"key,name,name,zone\n", "more than once"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(scope: Scope, name: str, data: bytes, sentence: str) -> None:
    batch = send(scope, {name: data}, accept_good_rows=True)
    assert (batch.state, batch.rows_stored) == (BatchState.REFUSED, 0)
    assert sentence in batch.message
    assert facts_of(scope) == 0


def test_a_header_alone_stores_nothing_and_is_no_fault(scope: Scope) -> None:
    batch = send(scope, {"sites.csv": b"key,name,zone\n"})
    assert (batch.state, batch.message) == (BatchState.STORED, "The files hold no row, so nothing was stored.")
    assert batch.data_version is None


def test_a_file_that_the_mapping_does_not_read_is_refused_at_once(scope: Scope) -> None:
    with pytest.raises(BadInput, match=r"does not read a file named 'patients\.xlsx'"):
        receive(scope, sent({"patients.xlsx": b"x"}), OWN, False, NOW)
    assert count(scope, "SELECT count(*) FROM import_batch") == 0


def test_raw_files_are_kept_whole_under_names_of_our_own(scope: Scope) -> None:
    data = b"key,name,zone\nRIV,Riverside,America/New_York\n"
    send(scope, {"..\\..\\secret\\sites.csv": data})
    with reading(scope) as db:
        given, stored, size, sha256 = db.execute(
            text("SELECT given_name, stored_name, size, sha256 FROM batch_file")
        ).one()
    assert (given, size, sha256) == ("sites.csv", len(data), hashlib.sha256(data).hexdigest())
    assert "sites" not in stored
    assert file_store().read(stored, sha256) == data


def test_a_file_that_changes_before_it_is_stored_is_refused(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, True, NOW, queue=False)
    stored = count(scope, "SELECT stored_name FROM batch_file WHERE given_name = 'sessions.csv'")
    path = file_store().path(stored)

    def swap(words: str, _done: int, _of: int) -> None:
        if words == "Checking":
            path.write_bytes(path.read_bytes().replace(b"completed", b"no_show"))

    work(scope.network_id, batch_id, lambda: NOW, swap)
    batch = batch_of(scope, batch_id)
    assert batch.state is BatchState.REFUSED
    assert "sessions.csv is no longer what was sent" in batch.message
    assert facts_of(scope) == 0


def test_patients_are_kept_as_pseudonyms_only(scope: Scope) -> None:
    send(scope, {**clinic(), "courses.csv": [course("RIV-C", patient="MRN-Canary-7")]})
    assert count(scope, "SELECT pseudonym FROM patient").startswith("P-")
    with reading(scope) as db:
        tables = db.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        readable = [t for t in tables if t not in ("alembic_version", "lease_token", "run_queue", "outbox")]
        holding = [
            t for t in readable if db.execute(text(f"SELECT 1 FROM {t} x WHERE x::text LIKE '%Canary-7%'")).scalar()
        ]
    assert holding == []


def test_a_refused_patient_key_is_masked(scope: Scope) -> None:
    batch = send(scope, {**clinic(), "courses.csv": [course("RIV-C", patient="999-17-5017")]})
    [reason] = [line for line in reasons(scope, batch) if line.field == "patient"]
    assert (reason.rule, reason.value) == ("personal_identifier", "###-##-####")


def test_what_breaks_off_while_storing_leaves_nothing_and_is_done_anew(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, False, NOW, queue=False)

    def break_off(words: str, _done: int, _of: int) -> None:
        if words == "Storing: the sessions are in":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(scope.network_id, batch_id, lambda: NOW, break_off)
    assert (facts_of(scope), batch_of(scope, batch_id).state) == (0, BatchState.STORING)
    assert work(scope.network_id, batch_id, lambda: NOW)
    assert (batch_of(scope, batch_id).rows_stored, batch_of(scope, batch_id).state) == (8, BatchState.STORED)
    assert not work(scope.network_id, batch_id, lambda: NOW)
    assert_exact(scope)


def test_what_the_command_breaks_off_does_not_stay_open(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, False, NOW, queue=False)
    import_batches.abandon(scope, batch_id)
    batch = batch_of(scope, batch_id)
    assert (batch.state, "broken off" in batch.message) == (BatchState.FAILED, True)
    assert not work(scope.network_id, batch_id, lambda: NOW)
    stored = send(scope, clinic())
    import_batches.abandon(scope, stored.id)
    assert batch_of(scope, stored.id).state is BatchState.STORED


def test_a_batch_that_two_work_on_is_stored_once(app: Flask, scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, False, NOW, queue=False)
    outcomes = at_once(app, scope, [batch_id, batch_id])
    assert sorted(map(str, outcomes)) == ["LeaseLost", "True"]
    assert count(scope, "SELECT count(*) FROM session_version") == 6
    assert count(scope, "SELECT data_version FROM network") == 1
    assert_exact(scope)


def test_a_refused_batch_that_two_work_on_is_refused_once(app: Flask, scope: Scope) -> None:
    batch_id = receive(scope, sent({"sites.csv": [site(zone="Nowhere")]}), OWN, False, NOW, queue=False)
    outcomes = at_once(app, scope, [batch_id, batch_id], at="Checking")
    assert sorted(map(str, outcomes)) == ["LeaseLost", "True"]
    assert count(scope, "SELECT count(*) FROM rejected_row") == 1


def test_two_imports_of_one_site_at_once_stay_exact(app: Flask, scope: Scope) -> None:
    """Both are checked before either stores; they share days, months and a course, and one moves a session of it."""
    send(scope, {**clinic(sessions=1), "courses.csv": [course("RIV-C"), course("RIV-D")]})
    mine = [session(f"M{n}", "RIV-C", started_at=f"2026-03-{2 + n:02d}T12:00") for n in range(0, 20, 4)]
    theirs = [session(f"T{n}", "RIV-C", started_at=f"2026-03-{4 + n:02d}T12:00") for n in range(0, 20, 4)]
    theirs += [session("RIV-0", "RIV-D", started_at="2026-03-30T09:00")]
    batches = [receive(scope, sent({"sessions.csv": rows}), OWN, False, NOW, queue=False) for rows in (mine, theirs)]
    assert at_once(app, scope, batches) == [True, True]
    assert count(scope, "SELECT sum(sessions) FROM session_day") == 11
    assert {batch_of(scope, batch).data_version for batch in batches} == {2, 3}
    assert_exact(scope)


def at_once(app: Flask, scope: Scope, batches: list[UUID], at: str = "Storing") -> list[Any]:
    """Work on the batches in threads that wait for each other where the work comes to `at`; what each gave or raised."""
    together = threading.Barrier(len(batches))
    outcomes: list[Any] = [None] * len(batches)

    def work_on(place: int) -> None:
        def wait(words: str, _done: int, _of: int) -> None:
            if words == at:
                together.wait(timeout=30)

        with app.app_context():
            try:
                outcomes[place] = work(scope.network_id, batches[place], lambda: NOW, wait)
            except LeaseLost:
                outcomes[place] = "LeaseLost"

    threads = [threading.Thread(target=work_on, args=(place,)) for place in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_how_far_it_is_can_be_seen_while_it_is_at_work(scope: Scope) -> None:
    rows = [session(f"S{n}", "RIV-C") for n in range(6_000)]
    batch_id = receive(scope, sent({**clinic(), "sessions.csv": rows}), OWN, False, NOW, queue=False)
    seen = []

    def look(words: str, done: int, of: int) -> None:
        batch = batch_of(scope, batch_id)
        seen.append((words, done, of, batch.state, batch.rows_read, batch.rows_total))

    work(scope.network_id, batch_id, lambda: NOW, look)
    checking = [line for line in seen if line[0] == "Checking"]
    assert len(checking) == 2
    assert checking[0][1] < checking[0][2] == 6_003 + 2
    assert checking[1][4:] == (checking[0][1], checking[0][2])
    assert seen[-1][3] is BatchState.STORING


def test_the_queue_brings_it_to_a_worker(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, False, NOW)
    assert queued_work.work_once(KINDS, batch_id, lambda: NOW)
    assert batch_of(scope, batch_id).state is BatchState.STORED
    with of_dispatcher() as db:
        state = db.execute(text("SELECT state FROM run_queue WHERE run_id = :run"), {"run": batch_id}).scalar_one()
    assert state == "done"


def test_an_attempt_that_goes_wrong_says_so_and_the_last_one_fails(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), OWN, False, NOW)
    held = run_queue.claim(batch_id)
    assert held is not None
    import_batches.note_failure(held, "The disk is full.", False)
    assert (batch_of(scope, batch_id).state, batch_of(scope, batch_id).message) == (
        BatchState.RECEIVED,
        "The disk is full.",
    )
    import_batches.note_failure(held, "The disk is full.", True)
    assert batch_of(scope, batch_id).state is BatchState.FAILED
    assert not work(scope.network_id, batch_id, lambda: NOW)
    run_queue.finish(held)


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.VIEWER, Role.SURVEYOR])
def test_only_senders_send(scope: Scope, role: Role) -> None:
    other = Scope(scope.network_id, UUID(int=5), role, frozenset(), whole_network=True)
    with pytest.raises(NotAllowed):
        receive(other, sent(clinic()), OWN, False, NOW)


def test_uploads_that_no_batch_names_are_swept_away(scope: Scope) -> None:
    send(scope, clinic())
    orphan = kept_files.keep(scope, UUID(int=9), 0, [b"left behind"])
    assert kept_files.sweep(scope, NOW.replace(year=NOW.year + 1)) == 1
    assert not file_store().path(orphan.stored_name).exists()
    assert kept_files.sweep(scope, NOW.replace(year=NOW.year + 1)) == 0
