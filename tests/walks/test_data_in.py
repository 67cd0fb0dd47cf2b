"""The walk of data in: a file is sent, kept, checked by a worker, stored, counted, and what was not taken is said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.commanding import dripline, measured
from tests.conftest import NOW
from tests.making import Clock, make_network
from tests.sending import Row, batch_of, clinic, csv_text, reasons, send, session
from tests.signing_in import signed_in
from tests.uploading import batch_id_of, do_work, upload
from webapp.domain.intake.rules import RULES
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState, Role
from webapp.transactions import of_dispatcher, reading

FACTS = ("site", "course", "session", "session_version", "patient", "session_day", "course_spell")


@pytest.fixture
def app(session_app: Flask, clock: Clock) -> Flask:
    return session_app


@pytest.fixture
def scope(app: Flask) -> Iterator[Scope]:
    with app.app_context():
        made = make_network(NOW)
        send(made, clinic("RIV"))
    yield made
    with app.app_context(), of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue WHERE network_id = :network"), {"network": made.network_id})


def slug_of(app: Flask, scope: Scope) -> str:
    with app.app_context(), reading(scope) as db:
        return str(db.execute(text("SELECT slug FROM network WHERE id = :id"), {"id": scope.network_id}).scalar_one())


def facts_of(app: Flask, scope: Scope) -> list[int]:
    with app.app_context(), reading(scope) as db:
        return [db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in FACTS]


def test_from_the_page_to_the_numbers(app: Flask, scope: Scope, environ: dict[str, str], tmp_path: Path) -> None:
    network = slug_of(app, scope)
    lead = signed_in(app, scope, Role.SITE_LEAD, "RIV")
    rows = [session(f"new-{n}", "RIV-C", started_at=f"2026-10-{5 + n:02d}T09:00") for n in range(3)]
    wrong = session("new-3", "RIV-C", started_at="2026-13-05T09:00")
    refused = batch_id_of(upload(lead, {"sessions.csv": [*rows, wrong]}))
    do_work(app, refused)
    assert "there is no such day or time" in lead.get(f"/data/{refused}").text
    assert sessions_at_riv(environ, network) == 6

    stored = batch_id_of(upload(lead, {"sessions.csv": [*rows, wrong]}, accept_good_rows="yes"))
    do_work(app, stored)
    assert "Stored 3 new rows. 1 row was not taken." in lead.get(f"/data/{stored}").text
    assert sessions_at_riv(environ, network) == 9

    path = tmp_path / "sessions.csv"
    path.write_bytes(csv_text([*rows, {**wrong, "started_at": "2026-10-08T09:00"}]))
    said = dripline(environ, "import", "--network", network, str(path)).output
    assert "Stored 1 new row; 3 were known already." in said
    assert sessions_at_riv(environ, network) == 10
    assert ", 0 differing cells." in dripline(environ, "verify", "--network", network).output


def sessions_at_riv(environ: dict[str, str], network: str) -> int:
    [row] = measured(environ, network, "session_count", "--by", "site")
    assert row["site"] == "RIV"
    return int(row["numerator"])


def test_the_command_says_why_nothing_was_stored(
    app: Flask, scope: Scope, environ: dict[str, str], tmp_path: Path
) -> None:
    network = slug_of(app, scope)
    path = tmp_path / "sessions.csv"
    path.write_bytes(csv_text([session("S1", "RIV-C", status="done"), session("S2", "RIV-C")]))
    said = dripline(environ, "import", "--network", network, str(path), exit_code=1).output
    assert "Nothing was stored: 1 row of 2 cannot be taken." in said
    assert "sessions.csv, line 2: not_a_choice: status is “done”" in said
    good = dripline(environ, "import", "--network", network, "--accept-good-rows", str(path)).output
    assert "Stored 1 new row. 1 row was not taken." in good
    for words, sentence in (
        (("--network", "nowhere", str(path)), "There is no network named 'nowhere'"),
        (("--network", network, "--mapping", "nonsense", str(path)), "There is no mapping 'nonsense'"),
        (("--network", network, str(tmp_path / "none.csv")), "does not exist"),
    ):
        assert sentence in dripline(environ, "import", *words, exit_code=2 if "exist" in sentence else 1).output


def test_as_known_before_a_correction(app: Flask, scope: Scope, environ: dict[str, str]) -> None:
    """A later batch changes what is known now, and never what was known then."""
    network = slug_of(app, scope)
    later = NOW.replace(day=25)
    with app.app_context():
        send(scope, {"sessions.csv": [session("RIV-5", "RIV-C", started_at="2026-03-30T10:00")]}, now=later)
    [then] = measured(environ, network, "course_states", "--by", "state", "--as-of", "2026-11-24")
    [now] = measured(environ, network, "course_states", "--by", "state", "--as-of", "2026-11-25")
    assert (then["state"], now["state"]) == ("completed_on_time", "completed_late")


BAD: list[tuple[str, Row | bytes, str]] = [
    ("a day that no calendar has", session("S", "RIV-C", started_at="2026-02-30"), "impossible_date"),
    ("29 Feb of a common year", session("S", "RIV-C", started_at="2027-02-29T10:00"), "impossible_date"),
    ("the year 23", session("S", "RIV-C", started_at="0023-01-01"), "impossible_date"),
    ("month and day swapped", session("S", "RIV-C", started_at="2026-31-10T10:00"), "impossible_date"),
    ("a day to come", session("S", "RIV-C", started_at="2027-01-01T10:00"), "future_date"),
    ("a time that the clocks skipped", session("S", "RIV-C", started_at="2026-03-08T02:30"), "time_does_not_exist"),
    ("an end before the start", session("S", "RIV-C", ended_at="2026-03-02T09:00"), "end_before_start"),
    ("a session of 40 hours", session("S", "RIV-C", ended_at="2026-03-04T02:00"), "too_long_session"),
    ("a negative duration", session("S", "RIV-C", booked_minutes="-60"), "out_of_range"),
    ("a negative dose", session("S", "RIV-C", dose_mg="-1"), "out_of_range"),
    ("micrograms for milligrams", session("S", "RIV-C", dose_mg="2000", weight_kg="60"), "dose_not_possible"),
    ("NaN", session("S", "RIV-C", dose_mg="NaN"), "not_a_number"),
    ("infinity", session("S", "RIV-C", weight_kg="Infinity"), "not_a_number"),
    ("1e309", session("S", "RIV-C", dose_mg="1e309"), "not_a_number"),
    ("a decimal comma", session("S", "RIV-C", dose_mg="40,5"), "not_a_number"),
    ("Arabic digits", session("S", "RIV-C", dose_mg="٤٠"), "not_a_number"),
    ("an unknown site", session("S", "RIV-C", "ZZZ"), "unknown_site"),
    ("a look-alike site", session("S", "RIV-C", "\u0420IV"), "unknown_site"),
    ("an unknown course", session("S", "nobody"), "unknown_reference"),
    ("no key", session("", "RIV-C"), "missing_required"),
    ("a social security number", session("S", "RIV-C", substance_decision="999-17-5017"), "personal_identifier"),
    ("reversed text", session("S\u202e", "RIV-C"), "invisible_character"),
    ("garbled text", session("S", "RIV-C", substance_decision="VÃ\xadctor"), "garbled_text"),
    ("a missing cell", b"key,course,site,status,phase,started_at\nS,RIV-C,RIV,completed,induction\n", "field_count"),
    (
        "a cell too many",
        b"key,course,site,status,phase,started_at\nS,RIV-C,RIV,completed,induction,2026-03-02,x\n",
        "field_count",
    ),
]


def test_each_kind_of_bad_row_is_refused_by_its_rule_and_nothing_is_stored(app: Flask, scope: Scope) -> None:
    before = facts_of(app, scope)
    good = session("good", "RIV-C")
    for name, row, rule in BAD:
        with app.app_context():
            batch = send(scope, {"sessions.csv": row if isinstance(row, bytes) else [good, row]})
            assert batch.state is BatchState.REFUSED, name
            assert rule in {reason.rule for reason in reasons(scope, batch)}, name
            assert all(reason.rule in RULES and len(reason.sentence) > 20 for reason in reasons(scope, batch))
    assert facts_of(app, scope) == before


def hostile_files(shared_data: Path) -> list[Path]:
    found = [path for path in sorted((shared_data / "hostile").rglob("*")) if path.is_file()]
    assert len(found) >= 27
    return found


def test_every_hostile_file_is_refused_on_the_page_in_words(app: Flask, scope: Scope, shared_data: Path) -> None:
    before = facts_of(app, scope)
    manager = signed_in(app, scope, Role.MANAGER)
    for path in hostile_files(shared_data):
        batch_id = batch_id_of(upload(manager, {"sessions.csv": path.read_bytes()}, accept_good_rows="yes"))
        do_work(app, batch_id)
        with app.app_context():
            batch = batch_of(scope, batch_id)
        assert batch.state is BatchState.REFUSED, path
        assert len(batch.message) > 30, path
        assert manager.get(f"/data/{batch_id}").status_code == 200
    assert facts_of(app, scope) == before


def test_every_hostile_file_is_refused_by_the_command_in_words(
    app: Flask, scope: Scope, environ: dict[str, str], shared_data: Path, tmp_path: Path
) -> None:
    before = facts_of(app, scope)
    network = slug_of(app, scope)
    for path in hostile_files(shared_data):
        copy = tmp_path / "sessions.csv"
        copy.write_bytes(path.read_bytes())
        said = dripline(environ, "import", "--network", network, str(copy), exit_code=1).stdout
        assert len(said.strip()) > 30, path
        assert "Traceback" not in said
    assert facts_of(app, scope) == before


def test_naughty_words_come_back_as_they_were_sent_or_are_refused_by_name(
    app: Flask, scope: Scope, shared_data: Path
) -> None:
    """As decisions in free text, all in one file: what is taken stands in the database to the letter."""
    words: list[str] = json.loads((shared_data / "hostile" / "naughty_strings" / "blns.json").read_text("utf-8"))
    sent = {f"N{place}": word for place, word in enumerate(words) if word.strip()}
    rows = [session(key, "RIV-C", substance_decision=word) for key, word in sent.items()]
    manager = signed_in(app, scope, Role.MANAGER)
    batch_id = batch_id_of(upload(manager, {"sessions.csv": rows}, accept_good_rows="yes"))
    do_work(app, batch_id)
    with app.app_context(), reading(scope) as db:
        kept = db.execute(
            text(
                "SELECT s.source_key, v.substance_decision FROM session s JOIN session_version v ON v.session_id = s.id"
                " WHERE s.source_key LIKE 'N%'"
            )
        ).all()
        batch = batch_of(scope, batch_id)
    assert len(kept) + batch.rows_rejected == len(sent)
    assert len(kept) > 300
    assert all(sent[key].strip() == decision for key, decision in kept)
    assert manager.get(f"/data/{batch_id}").status_code == 200
    assert manager.get(f"/data/{batch_id}/rejected.csv").status_code == 200
