"""The queue of runs: one holder at a time, whatever dies, wakes or goes wrong."""

import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.presentation.example_report import example_report
from tests.reporting import (
    KINDS,
    OCTOBER,
    clock,
    empty_queue,
    lapse,
    ledger,
    queue,
    run_ids,
    stored_files,
    work_all,
)
from webapp.artifacts import file_store
from webapp.domain.errors import BadInput
from webapp.domain.scope import Scope
from webapp.presentation.renderers import FILE_KINDS
from webapp.services import queued_work, report_making, report_runs, ringing, run_queue
from webapp.services.queued_work import Kind
from webapp.services.run_queue import REPORT, Claim, LeaseLost
from webapp.transactions import of_dispatcher, reading

SMALLER_THAN_A_REPORT = 20_000
"""Bytes of the largest file that a full disk still takes."""


def test_two_workers_at_once_never_hold_the_same_run(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    together = Barrier(2)

    def take(_: int) -> Claim | None:
        with app.app_context():
            together.wait()
            return run_queue.claim(run_id)

    with ThreadPoolExecutor(2) as pool:
        claims = [claim for claim in pool.map(take, range(2)) if claim is not None]
    assert len({claim.run_id for claim in claims}) == len(claims) == 2
    assert len([claim for claim in claims if claim.run_id == run_id]) == 1


def test_networks_are_served_in_turn(reporting: Scope, made: Callable[..., Scope]) -> None:
    other = made()
    report_runs.reconcile_network(reporting, NOW)
    report_runs.reconcile_network(other, NOW)
    served = [claim.network_id for claim in iter(run_queue.claim, None)]
    assert set(served[:2]) == set(served[2:]) == {reporting.network_id, other.network_id}


def test_a_worker_that_wakes_after_its_lease_changes_nothing(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    zombie = run_queue.claim(run_id)
    assert zombie is not None
    taken = report_runs.take(zombie)
    assert taken is not None
    lapse(run_id)
    assert queued_work.work_once(KINDS, run_id, clock)
    before, files = ledger(reporting), stored_files(app, reporting)
    assert ("RIV", OCTOBER, 1, "stored") in before
    assert len(files) == 4

    with pytest.raises(LeaseLost):
        report_runs.note_progress(zombie, "drawing")
    made = report_runs.MadeReport(example_report(), {})
    with pytest.raises(LeaseLost):
        report_runs.store(zombie, made, NOW)
    report_runs.note_failure(zombie, "too late", final=True)
    assert not run_queue.renew(zombie)
    assert not run_queue.finish(zombie)
    assert not run_queue.put_back(zombie, "too late")
    assert ledger(reporting) == before
    assert stored_files(app, reporting) == files


def test_a_worker_overtaken_while_it_draws_leaves_no_file(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    slow = run_queue.claim(run_id)
    assert slow is not None

    def overtaken() -> datetime:
        if len(stored_files(app, reporting)) == 1:
            lapse(run_id)
            assert queued_work.work_once(KINDS, run_id, clock)
        return NOW

    with pytest.raises(LeaseLost):
        report_making.make(slow, overtaken)
    assert ("RIV", OCTOBER, 1, "stored") in ledger(reporting)
    assert len(stored_files(app, reporting)) == 4


def test_what_a_killed_worker_left_behind_is_swept(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    work_all()
    run_id = run_ids(reporting)[0]
    orphan = file_store().write("reports", reporting.network_id, run_id, 1, "pdf", [b"half a report"])
    kept = set(stored_files(app, reporting)) - {file_store().path(orphan.stored_name)}
    assert report_making.sweep(reporting.network_id, datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert report_making.sweep(reporting.network_id, datetime(2100, 1, 1, tzinfo=UTC)) == 1
    assert set(stored_files(app, reporting)) == kept


def test_a_run_stored_just_before_its_worker_died_is_only_taken_off_the_queue(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    held = run_queue.claim(run_id)
    assert held is not None
    assert report_making.make(held, clock)
    files = stored_files(app, reporting)
    lapse(run_id)
    assert queued_work.work_once(KINDS, run_id, clock)
    assert stored_files(app, reporting) == files
    assert ("done", 2) in queue(reporting)


def test_five_attempts_and_then_failed_with_the_reason(reporting: Scope) -> None:
    def broken(_held: Claim, _clock: object) -> bool:
        raise BadInput("The moon was in the way.")

    kinds = {REPORT: Kind(broken, report_runs.note_failure)}
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    for attempt in range(1, 6):
        with of_dispatcher() as db:
            db.execute(text("UPDATE run_queue SET next_attempt_at = now() WHERE run_id = :run"), {"run": run_id})
        assert queued_work.work_once(kinds, run_id, clock)
        assert (("RIV", OCTOBER, 1, "failed") in ledger(reporting)) == (attempt == 5)
    with reading(reporting) as db:
        reason, attempts = db.execute(
            text("SELECT reason, attempts FROM report_run WHERE id = :run"), {"run": run_id}
        ).one()
    assert reason.startswith("The moon was in the way. Attempt 5 of 5")
    assert attempts == 5
    assert ("failed", 5) in queue(reporting)
    ringing.ring(KINDS, NOW)
    assert ("failed", 5) in queue(reporting)


def test_an_attempt_that_went_wrong_waits_before_the_next(reporting: Scope) -> None:
    def broken(_held: Claim, _clock: object) -> bool:
        raise RuntimeError("secret detail")

    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    assert queued_work.work_once({REPORT: Kind(broken, report_runs.note_failure)}, run_id, clock)
    held = run_queue.claim(run_id)
    assert held is not None
    assert held.run_id != run_id
    with reading(reporting) as db:
        reason = db.execute(text("SELECT reason FROM report_run WHERE id = :run"), {"run": run_id}).scalar_one()
    assert "secret detail" not in reason


def test_a_full_disk_is_one_attempt_and_leaves_no_file_behind(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALLER_THAN_A_REPORT, hard))
    try:
        assert queued_work.work_once(KINDS, run_id, clock)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert stored_files(app, reporting) == []
    with reading(reporting) as db:
        reason, state = db.execute(text("SELECT reason, state FROM report_run WHERE id = :r"), {"r": run_id}).one()
    assert (state, "Attempt 1 of 5" in reason) == ("queued", True)
    with of_dispatcher() as db:
        db.execute(text("UPDATE run_queue SET next_attempt_at = now() WHERE run_id = :run"), {"run": run_id})
    assert queued_work.work_once(KINDS, run_id, clock)
    assert len(stored_files(app, reporting)) == len(FILE_KINDS)


def test_a_run_that_kills_its_worker_every_time_is_given_up(reporting: Scope) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    for _ in range(5):
        held = run_queue.claim(run_id)
        assert held is not None
        assert report_runs.take(held) is not None
        lapse(run_id)
    others = queued_work.work_once(KINDS, run_id, clock)
    assert others
    assert ("RIV", OCTOBER, 1, "running") in ledger(reporting)
    assert queued_work.give_up_exhausted(KINDS) == 1
    assert ledger(reporting) == [("NGT", OCTOBER, 1, "stored"), ("RIV", OCTOBER, 1, "failed")]
    assert queue(reporting) == [("done", 1), ("failed", 5)]


def test_a_message_for_nothing_or_for_a_foreign_run_is_harmless(reporting: Scope, made: Callable[..., Scope]) -> None:
    other = made()
    report_runs.reconcile_network(other, NOW)
    [foreign] = run_ids(other)
    empty_queue()
    assert not queued_work.work_once(KINDS, uuid4(), clock)
    with of_dispatcher() as db:
        db.execute(
            text(
                "INSERT INTO run_queue (run_id, network_id, kind, state, attempts, next_attempt_at, created_at)"
                " VALUES (:run, :network, 'report', 'waiting', 0, now(), now())"
            ),
            {"run": foreign, "network": reporting.network_id},
        )
    before = ledger(other)
    assert queued_work.work_once(KINDS, foreign, clock)
    assert ledger(other) == before
    assert queue(reporting) == [("done", 1)]
