"""Real workers, as processes of their own, against a real queue: what they make survives their death."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import Celery
from flask import Flask
from redis import Redis
from sqlalchemy import create_engine, text

from tests.conftest import NOW
from tests.reporting import OCTOBER, end_schedules, ledger, queue, reporting_network
from webapp.artifacts import file_store
from webapp.cli.serve import beat_command, worker_command
from webapp.domain.doors import TASKS
from webapp.domain.scope import Scope
from webapp.services import canary, report_making, report_runs
from webapp.services.outbox import BELL_QUEUE, WORK_QUEUE
from webapp.transactions import of_dispatcher, reading
from workers.beat import RUNG_AT_START, SCHEDULE

PATIENCE_SECONDS = 240.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def redis_url(environ: dict[str, str], worker_id: str) -> Iterator[str]:
    """A database of the queue's server for these tests alone."""
    number = 8 + int(worker_id.removeprefix("gw")) % 8 if worker_id.startswith("gw") else 7
    url = urlsplit(environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
    Redis.from_url(url).flushdb()
    yield url
    Redis.from_url(url).flushdb()


@pytest.fixture
def ringing_here(app: Flask, redis_url: str) -> Iterator[None]:
    """An application that rings at these tests' own queue, with nothing waiting."""
    before = app.config["REDIS_URL"]
    app.config["REDIS_URL"] = redis_url
    app.extensions.pop("bell", None)
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))
    yield
    app.config["REDIS_URL"] = before
    app.extensions.pop("bell", None)


@pytest.fixture
def scope(ringing_here: None) -> Scope:
    """A network with two reports in its ledger."""
    made = reporting_network(NOW)
    end_schedules(made, date(2026, 11, 1))
    report_runs.reconcile_network(made, NOW)
    return made


@pytest.fixture
def silent(ringing_here: None) -> Scope:
    """A network whose month ended while nothing rang: nothing is in its ledger."""
    made = reporting_network(NOW)
    end_schedules(made, date(2026, 11, 1))
    return made


WORKER = [*worker_command(), "--concurrency", "1"]
CLOCKED_WORKER = ["tests.browser.worker_clock" if word == "workers.celery_app" else word for word in worker_command()]
"""A worker for which it is NOW."""


@contextmanager
def running(
    command: list[str], environ: dict[str, str], redis_url: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product's, in a process group of its own."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env={**environ, "REDIS_URL": redis_url}, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for the worker and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ring(redis_url: str, task: str = "dripline.tick", *arguments: str) -> None:
    """Send one message, as beat does."""
    queue_name = WORK_QUEUE if task == "dripline.work" else BELL_QUEUE
    with Celery("bell", broker=redis_url, set_as_current=False) as bell:
        bell.send_task(task, args=list(arguments), queue=queue_name, ignore_result=True)


def wait_for(condition: Callable[[], bool], log: Path, again: Callable[[], None] = lambda: None) -> None:
    """Wait until it holds, ringing again every few seconds; fail with what the worker said."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    next_ring = time.monotonic()
    while not condition():
        if time.monotonic() > next_ring:
            again()
            next_ring = time.monotonic() + 5
        if time.monotonic() > deadline:
            pytest.fail("The worker did not get there. It said:\n" + log.read_text()[-4000:])
        time.sleep(0.1)


@contextmanager
def nobody_can_name_a_file(settings: dict[str, object]) -> Iterator[None]:
    """Hold whoever wants to finish a report: its files are drawn by then, its rows not yet committed."""
    engine = create_engine(str(settings["OWNER_DATABASE_URL"]))
    try:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE artifact IN ACCESS EXCLUSIVE MODE"))
            yield
    finally:
        engine.dispose()


def files_of(app: Flask, scope: Scope) -> list[Path]:
    folder = Path(app.config["ARTIFACT_DIR"]) / "reports" / scope.network_id.hex
    return (
        [path for path in folder.rglob("*") if path.suffix in (".pdf", ".xlsx", ".csv", ".zip")]
        if folder.is_dir()
        else []
    )


def stored(scope: Scope) -> int:
    return sum(state == "stored" for *_, state in ledger(scope))


def test_a_report_whose_worker_is_killed_is_made_by_another_once(
    app: Flask, scope: Scope, settings: dict[str, object], environ: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "first.log"
    with nobody_can_name_a_file(settings), running(WORKER, environ, redis_url, log) as first:
        wait_for(lambda: len(files_of(app, scope)) == 4, log, lambda: ring(redis_url))
        kill(first)
    assert stored(scope) == 0
    assert ("running", 1) in queue(scope)
    Redis.from_url(redis_url).flushdb()  # and all messages are lost besides
    with of_dispatcher() as db:
        db.execute(text("UPDATE run_queue SET lease_until = now() - interval '1 second' WHERE state = 'running'"))

    log = tmp_path / "second.log"
    with running(WORKER, environ, redis_url, log):
        ring(redis_url, "dripline.work", "no-run-at-all")
        ring(redis_url, "dripline.work", "00000000-0000-4000-8000-000000000000")
        wait_for(lambda: stored(scope) == 2, log, lambda: ring(redis_url))
        wait_for(lambda: [state for state, _ in queue(scope)] == ["done", "done"], log)
        ring(redis_url, "dripline.canary")
        wait_for(lambda: canary.heard_at() is not None, log)
        assert not canary.is_silent(datetime.now(UTC))

    assert ledger(scope) == [("NGT", OCTOBER, 1, "stored"), ("RIV", OCTOBER, 1, "stored")]
    assert sorted(attempts for _, attempts in queue(scope)) == [1, 2]
    with reading(scope) as db:
        named = db.execute(text("SELECT stored_name, sha256 FROM artifact")).all()
    assert len(named) == 8
    assert all(file_store().read(name, sha256) for name, sha256 in named)
    assert len(files_of(app, scope)) == 12
    assert report_making.sweep(scope.network_id, datetime(2100, 1, 1, tzinfo=UTC)) == 4
    assert len(files_of(app, scope)) == 8


def test_beat_rings_as_soon_as_it_starts(environ: dict[str, str], redis_url: str, tmp_path: Path) -> None:
    command = [*beat_command(tmp_path)[:-4], "--schedule", str(tmp_path / "schedule"), "--pidfile", ""]
    log = tmp_path / "beat.log"
    with running(command, environ, redis_url, log):
        wait_for(lambda: Redis.from_url(redis_url).llen(BELL_QUEUE) == len(RUNG_AT_START), log)
    assert Redis.from_url(redis_url).llen(WORK_QUEUE) == 0


def test_two_beats_after_a_months_end_that_none_rang_for_enter_each_report_once(
    silent: Scope, environ: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    assert ledger(silent) == []
    beats = [[*beat_command(tmp_path)[:-4], "--schedule", str(tmp_path / f"{n}"), "--pidfile", ""] for n in range(2)]
    log = tmp_path / "worker.log"
    with running(beats[0], environ, redis_url, tmp_path / "a"), running(beats[1], environ, redis_url, tmp_path / "b"):
        wait_for(lambda: Redis.from_url(redis_url).llen(BELL_QUEUE) >= 2 * len(RUNG_AT_START), tmp_path / "b")
        with running([*CLOCKED_WORKER, "--concurrency", "2"], environ, redis_url, log):
            wait_for(lambda: log.read_text().count("dripline.tick[") >= 4, log)  # two received, two done
            wait_for(lambda: stored(silent) == 2, log)
            wait_for(lambda: Redis.from_url(redis_url).llen(WORK_QUEUE) == 0, log)
    assert ledger(silent) == [("NGT", OCTOBER, 1, "stored"), ("RIV", OCTOBER, 1, "stored")]
    assert queue(silent) == [("done", 1)] * 2


def test_a_worker_that_could_see_past_the_policies_ends_at_once(
    environ: dict[str, str], settings: dict[str, object], redis_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    engine = create_engine(str(settings["OWNER_DATABASE_URL"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as owner:
        owner.execute(text("ALTER TABLE saved_view NO FORCE ROW LEVEL SECURITY"))
        try:
            with running(WORKER, environ, redis_url, log) as process:
                wait_for(lambda: process.poll() is not None, log)
        finally:
            owner.execute(text("ALTER TABLE saved_view FORCE ROW LEVEL SECURITY"))
    engine.dispose()
    assert process.returncode != 0
    assert "Row-level security is not forced on: saved_view" in log.read_text()


def test_every_task_has_a_declared_door_and_beat_rings_for_nothing_else(
    environ: dict[str, str], settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    from workers.celery_app import app as celery

    celery.loader.import_default_modules()
    own = {name for name in celery.tasks if not name.startswith("celery.")}
    assert own == set(TASKS)
    assert {entry["task"] for entry in SCHEDULE.values()} <= own
    assert celery.conf.accept_content == ["json"]
    assert celery.conf.task_acks_late
    assert not celery.conf.task_reject_on_worker_lost
