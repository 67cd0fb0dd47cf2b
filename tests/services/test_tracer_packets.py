"""Tracer packets: drawn, traced and sealed by a worker, equal to the byte where nothing changed, read by a surveyor until a day."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accredited import person, site_ids
from tests.conftest import NOW
from tests.making import make_network
from tests.tracing import OCTOBER, chosen, make_packet, record_lapse, traced_network
from webapp.artifacts import file_store
from webapp.domain.errors import BadInput, NotAllowed, NotFound
from webapp.domain.scope import Scope
from webapp.domain.tracer import sample
from webapp.domain.vocabulary import Role
from webapp.queries.people import fetch_memberships
from webapp.queries.session_criteria import fetch_session_verdicts
from webapp.queries.tracer_packets import PacketLine, fetch_key, fetch_packets, get_packet
from webapp.services import queued_work, run_queue, tracer_packets
from webapp.services.audit_sealing import seal_network
from webapp.services.people import network_scope
from webapp.services.run_queue import LeaseLost
from webapp.services.tracer_packets import TRACER
from webapp.transactions import reading, unit_of_work
from workers.tasks.kinds import KINDS


@pytest.fixture
def scope(app: Flask) -> Scope:
    return traced_network()


def sealed(scope: Scope, packet_id: UUID) -> tuple[PacketLine, bytes]:
    with reading(scope) as db:
        packet = get_packet(scope, db, packet_id)
    assert packet.stored_name and packet.sha256, packet.reason
    return packet, file_store().read(packet.stored_name, packet.sha256)


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    lines = list(csv.reader(io.StringIO(files[name].decode(), newline="")))
    head = next(n for n, line in enumerate(lines) if line and line[0] == "Counted over") + 1
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :] if line and line[0] != "Note"]


def test_twice_from_one_data_version_is_equal_to_the_byte(scope: Scope) -> None:
    first, content = sealed(scope, make_packet(scope, NOW))
    seal_network(scope, NOW)
    second, again = sealed(scope, make_packet(scope, NOW + timedelta(days=3)))
    assert content == again and first.sha256 == second.sha256 and first.id != second.id
    assert first.chain_head != second.chain_head  # beside the file stands the head of its own hour
    _, other = sealed(scope, make_packet(scope, NOW, seed="4712"))
    assert other != content
    record_lapse(scope, NOW)
    later, changed = sealed(scope, make_packet(scope, NOW))
    assert later.data_version == (first.data_version or 0) + 1 and changed != content


def test_the_sample_is_the_draw_of_all_delivered_sessions(scope: Scope) -> None:
    packet, content = sealed(scope, make_packet(scope))
    with reading(scope) as db:
        every = db.execute(
            text("SELECT session_id FROM session_version WHERE status = 'completed' AND superseded_by_batch_id IS NULL")
        ).scalars()
        drawn = sample(scope.network_id, chosen(), packet.data_version or 0, every)
        key = fetch_key(scope, db, packet)
    assert [UUID(one) for one in packet.sample] == [one for _, one in drawn] == [line.session_id for line in key]
    manifest = json.loads(files_of(content)["manifest.json"])
    assert (packet.population, len(drawn), manifest["sample"]["drawn"], manifest["sample"]["of"]) == (6, 4, 4, 6)
    assert list(manifest["sample"]["draws"].values()) == [draw for draw, _ in drawn]


def test_the_manifest_holds_every_files_hash_and_no_id_or_pseudonym_is_in_it(scope: Scope) -> None:
    packet, content = sealed(scope, make_packet(scope, size=6))
    files = files_of(content)
    manifest = json.loads(files.pop("manifest.json"))
    assert {name: hashlib.sha256(found).hexdigest() for name, found in files.items()} == {
        name: told["sha256"] for name, told in manifest["files"].items()
    }
    whole = b"".join(files.values()).decode()
    assert "P-SECRET" not in whole and not any(str(one) in whole for one in packet.sample)
    assert str(scope.network_id) not in whole and "<script" not in whole
    patients = [row["Patient"] for row in rows_of(files, "sessions.csv")]
    assert sorted(patients) == ["P001", "P001", "P002", "P002", "P003", "P003"]


def test_the_trail_says_what_is_recorded(scope: Scope) -> None:
    packet, content = sealed(scope, make_packet(scope, size=6))
    files = files_of(content)
    rows = {row["Day"]: row for row in rows_of(files, "sessions.csv")}
    assert sorted(rows) == [f"2026-10-{day:02d}" for day in (3, 6, 9, 12, 15, 18)]
    one = rows["2026-10-06"]
    assert (one["Evaluated"], one["Approved"], one["Approved by"]) == ("2026-09-20", "2026-09-21", "Dr Alma")
    assert (one["Given by"], one["Supervised by"], one["Minutes watched"]) == ("Nora Nurse", "Dr Alma", "125")
    assert one["Side effects"] == "nausea, severity 2" and rows["2026-10-03"]["Side effects"] == "not asked for"
    assert [rows[f"2026-10-{day:02d}"]["Escort out"] for day in (6, 9)] == ["yes", "no"]
    given = {row["Day"]: row for row in rows_of(files, "permissions.csv") if row["Whose"] == "Administered by"}
    assert given["2026-10-09"]["On the day, as known then"] == "Valid"
    assert given["2026-10-12"]["On the day, as known now"] == "Expired"
    assert given["2026-10-12"]["Lapse known since"]
    with reading(scope) as db:
        verdicts = {str(one.session_id): one.verdicts for one in fetch_session_verdicts(scope, db, OCTOBER)}
    for row, session_id in zip(rows_of(files, "verdicts.csv"), packet.sample, strict=True):
        said = [row[label] for label in ("Certified setting", "Qualified supervision", "Escort", "Monitoring")]
        counted = [str(verdicts[session_id][key]).replace("_", " ").capitalize() for key in verdicts[session_id]]
        assert said == [counted[0], counted[2], counted[3], counted[5]]


def test_a_lapse_found_out_later_reads_otherwise_then_and_now(scope: Scope) -> None:
    first_id = make_packet(scope, size=6)
    before = sealed(scope, first_id)[1]
    record_lapse(scope, NOW)
    packet, content = sealed(scope, make_packet(scope, size=6))
    rows = [row for row in rows_of(files_of(content), "permissions.csv") if row["Name"] == "Site RIV"]
    own = [row for row in rows if row["What"] == "Certified setting"]
    assert {(row["On the day, as known then"], row["On the day, as known now"]) for row in own} == {
        ("Valid", "Suspended")
    }
    assert {row["Lapse known since"] for row in own} == {NOW.isoformat().replace("+00:00", "Z")}
    matrix = [row for row in rows_of(files_of(content), "matrix.csv") if row["Asked"] == "The programme"]
    assert [row["Found"].split(" since")[0] for row in matrix] == ["No record", "Suspended"]
    first, again = sealed(scope, first_id)
    assert again == before and first.network_version == packet.data_version


def test_one_site_is_drawn_from_alone(scope: Scope) -> None:
    packet, content = sealed(scope, make_packet(scope, size=6, site="NGT"))
    assert packet.population == 1
    assert {row["Site"] for row in rows_of(files_of(content), "sessions.csv")} == {"Site NGT"}
    assert {row["Site"] for row in rows_of(files_of(content), "matrix.csv")} == {"Site NGT"}


def test_what_cannot_be_drawn_is_said(scope: Scope) -> None:
    with pytest.raises(BadInput, match="nothing to draw from"):
        tracer_packets.request(scope, chosen(period=OCTOBER.year_before()), NOW)
    with pytest.raises(NotFound):
        tracer_packets.request(scope, chosen(programme="nothing"), NOW)
    with pytest.raises(NotFound):
        tracer_packets.request(scope, chosen(site="ZZZ"), NOW)
    with pytest.raises(NotAllowed):
        tracer_packets.request(person(network_scope(scope.network_id), Role.MANAGER), chosen(), NOW)
    with reading(scope) as db:
        assert fetch_packets(scope, db) == []


def test_a_worker_thought_dead_seals_nothing(scope: Scope) -> None:
    packet_id = tracer_packets.request(scope, chosen(), NOW)
    slow = run_queue.claim(packet_id, lease_seconds=0)
    assert slow is not None
    assert queued_work.work_once(KINDS, packet_id, lambda: NOW)
    packet, _ = sealed(scope, packet_id)
    assert not tracer_packets.make(slow, lambda: NOW)
    tracer_packets.note_failure(slow, "late", True)
    assert sealed(scope, packet_id)[0] == packet
    assert tracer_packets.sweep(scope, NOW + timedelta(days=9999)) == 0


def test_a_lease_lost_while_drawing_leaves_no_file(scope: Scope) -> None:
    packet_id = tracer_packets.request(scope, chosen(), NOW)
    slow = run_queue.claim(packet_id, lease_seconds=0)
    assert slow is not None

    def overtaken() -> object:
        with unit_of_work(scope) as db:
            db.execute(text("UPDATE tracer_packet SET lease_token = lease_token + 1 WHERE id = :id"), {"id": packet_id})
        return NOW

    with pytest.raises(LeaseLost):
        tracer_packets.make(slow, overtaken)  # type: ignore[arg-type]  # a clock that lets another worker in
    folder = file_store().root / tracer_packets.FILES / scope.network_id.hex
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    run_queue.finish(slow)


def test_a_packet_that_cannot_be_made_says_why(scope: Scope) -> None:
    packet_id = tracer_packets.request(scope, chosen(site="NGT"), NOW)
    with unit_of_work(network_scope(scope.network_id)) as db:
        db.execute(
            text("UPDATE site_version SET superseded_by_batch_id = batch_id WHERE site_id = :id"),
            {"id": site_ids(scope)["NGT"]},
        )
    assert queued_work.work_once(KINDS, packet_id, lambda: NOW)
    with reading(scope) as db:
        packet = get_packet(scope, db, packet_id)
    assert packet.state == "waiting" and "no site “NGT” any more" in (packet.reason or "")
    claim = run_queue.Claim(packet_id, scope.network_id, TRACER, 10**12, 5)
    KINDS[TRACER].note_failure(claim, "It went wrong.", True)
    with reading(scope) as db:
        assert get_packet(scope, db, packet_id).state == "failed"


def test_a_surveyors_account_ends_by_itself(scope: Scope) -> None:
    packet_id = make_packet(scope)
    until = NOW + timedelta(days=2)
    admitted = tracer_packets.admit(scope, packet_id, "Sam Surveyor", until, NOW)
    with reading(scope) as db:
        user_id = db.execute(
            text("SELECT user_id FROM packet_reader WHERE packet_id = :id"), {"id": packet_id}
        ).scalar_one()
    assert [one.role for one in fetch_memberships(user_id, until - timedelta(seconds=1))] == [Role.SURVEYOR]
    assert fetch_memberships(user_id, until) == []
    surveyor = Scope(scope.network_id, user_id, Role.SURVEYOR, frozenset())
    other = make_packet(scope, seed="other")
    with reading(surveyor) as db:
        assert get_packet(surveyor, db, packet_id).is_sealed
        for foreign in (other, uuid4()):
            with pytest.raises(NotFound):
                get_packet(surveyor, db, foreign)
        for asks in (
            lambda: fetch_packets(surveyor, db),
            lambda: fetch_key(surveyor, db, get_packet(surveyor, db, packet_id)),
        ):
            with pytest.raises(NotFound):
                asks()
    assert admitted.sign_in_name.endswith("@surveyor.invalid") and len(admitted.password) >= 20


def test_a_surveyor_is_dismissed_before_the_day(scope: Scope) -> None:
    packet_id = make_packet(scope)
    tracer_packets.admit(scope, packet_id, "Sam Surveyor", NOW + timedelta(days=2), NOW)
    with reading(scope) as db:
        user_id = db.execute(
            text("SELECT user_id FROM packet_reader WHERE packet_id = :id"), {"id": packet_id}
        ).scalar_one()
    tracer_packets.dismiss(scope, packet_id, user_id, NOW)
    assert fetch_memberships(user_id, NOW) == []
    for who in (user_id, scope.user_id):
        with pytest.raises(NotFound):
            tracer_packets.dismiss(scope, packet_id, who, NOW)


def test_nobody_is_admitted_wrongly(scope: Scope) -> None:
    packet_id, later = make_packet(scope), NOW + timedelta(days=2)
    for name, until, words in (
        ("", later, "name"),
        ("Sam", NOW, "past"),
        ("Sam", NOW + timedelta(days=400), "at most a year"),
    ):
        with pytest.raises(BadInput, match=words):
            tracer_packets.admit(scope, packet_id, name, until, NOW)
    waiting = tracer_packets.request(scope, chosen(seed="w"), NOW)
    elsewhere = person(make_network(NOW), Role.COMPLIANCE, ())
    for who, which in ((scope, waiting), (scope, uuid4()), (elsewhere, packet_id)):
        with pytest.raises(NotFound):
            tracer_packets.admit(who, which, "Sam", later, NOW)
    with pytest.raises(NotAllowed):
        tracer_packets.admit(person(network_scope(scope.network_id), Role.MANAGER), packet_id, "Sam", later, NOW)
    assert queued_work.work_once(KINDS, waiting, lambda: NOW)
