"""`dripline import` killed with -9 in the middle of storing: nothing is stored, and its batch does not stay open."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.commanding import dripline
from tests.conftest import NOW
from tests.making import make_network
from tests.reporting import lapse
from tests.sending import batch_of, clinic, csv_text, sent
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState
from webapp.services import queued_work
from webapp.services.import_batches import BROKEN_OFF, receive
from webapp.services.recording import lock_network
from webapp.transactions import reading, unit_of_work
from workers.tasks.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0


def answer(scope: Scope, question: str) -> object:
    with reading(scope) as db:
        return db.execute(text(question)).scalar_one_or_none()


def wait_until_storing(scope: Scope, process: "subprocess.Popen[bytes]") -> UUID:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not isinstance(found := answer(scope, "SELECT id FROM import_batch WHERE state = 'storing'"), UUID):
        assert process.poll() is None, "the command ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def scope(app: Flask) -> Scope:
    return make_network(NOW)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "sent"
    folder.mkdir()
    for name, rows in clinic().items():
        (folder / name).write_bytes(rows if isinstance(rows, bytes) else csv_text(rows))
    return folder


def killed_import(scope: Scope, environ: dict[str, str], files: Path) -> UUID:
    """The batch of a command that was killed while it was storing."""
    network = str(answer(scope, "SELECT slug FROM network"))
    command = [sys.executable, "-m", "webapp.cli", "--data", environ["DRIPLINE_DATA"], "import", "--network", network]
    with unit_of_work(scope) as db:
        lock_network(scope, db)  # as another import does: the command waits here with its rows checked
        with subprocess.Popen([*command, str(files)], env=environ, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            try:
                batch_id = wait_until_storing(scope, process)
            finally:
                process.kill()
        assert process.returncode == -signal.SIGKILL
    return batch_id


def test_the_next_command_says_what_became_of_a_killed_one(scope: Scope, environ: dict[str, str], files: Path) -> None:
    batch_id = killed_import(scope, environ, files)
    assert batch_of(scope, batch_id).state is BatchState.STORING
    queued_work.give_up_exhausted(KINDS)
    assert batch_of(scope, batch_id).is_open, "its lease has not ended: it may be at work"
    lapse(batch_id)
    network = str(answer(scope, "SELECT slug FROM network"))
    said = dripline(environ, "import", "--network", network, str(files)).stdout
    assert "Stored 8 new rows." in said
    batch = batch_of(scope, batch_id)
    assert (batch.state, batch.message, batch.data_version) == (BatchState.FAILED, BROKEN_OFF, None)
    assert answer(scope, "SELECT count(*) FROM import_batch WHERE state NOT IN ('failed', 'stored')") == 0
    assert answer(scope, "SELECT count(*) FROM session_version") == 6


def test_beats_bell_says_it_as_well(scope: Scope) -> None:
    batch_id = receive(scope, sent(clinic()), shipped_mapping("dripline"), False, NOW, queue=False, hold=True)
    lapse(batch_id)
    queued_work.give_up_exhausted(KINDS)
    assert (batch_of(scope, batch_id).state, batch_of(scope, batch_id).message) == (BatchState.FAILED, BROKEN_OFF)
    assert answer(scope, "SELECT count(*) FROM session_version") == 0
    events = answer(
        scope, f"SELECT count(*) FROM audit_event WHERE object = 'import batch {batch_id}' AND outcome = 'failed'"
    )
    assert events == 1
