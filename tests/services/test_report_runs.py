"""The ledger of reports: what should exist is entered once, whatever rings; what is stored stays as it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import (
    KINDS,
    OCTOBER,
    clock,
    empty_queue,
    lapse,
    ledger,
    queue,
    run_ids,
    seen_by_lead,
    sessions,
    site,
    stored_files,
    work_all,
)
from webapp.artifacts import DamagedFile, file_store
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.scope import Scope
from webapp.presentation.renderers import render
from webapp.presentation.report_document import from_json
from webapp.queries.report_expectation import fetch_ledger
from webapp.queries.report_ledger import get_file, get_kept_document, get_run
from webapp.services import outbox, queued_work, report_runs, run_queue, schedules
from webapp.transactions import of_dispatcher, reading, unit_of_work


def test_a_report_falls_due_at_six_of_each_sites_own_clocks(reporting: Scope) -> None:
    new_york = datetime(2026, 11, 1, 11, 0, tzinfo=UTC)  # 06:00 EST: the clocks went back at 02:00 that day
    report_runs.reconcile_network(reporting, new_york - timedelta(seconds=1))
    assert ledger(reporting) == []
    report_runs.reconcile_network(reporting, new_york)
    assert ledger(reporting) == [("RIV", OCTOBER, 1, "due")]
    report_runs.reconcile_network(reporting, datetime(2026, 11, 1, 14, 0, tzinfo=UTC))
    assert ledger(reporting) == [("NGT", OCTOBER, 1, "due"), ("RIV", OCTOBER, 1, "due")]


def test_after_months_of_silence_each_missing_report_is_made_once(app: Flask, made: Callable[..., Scope]) -> None:
    scope = made(starts_on=date(2026, 8, 1))
    for _ in range(3):
        report_runs.reconcile(NOW)
    assert work_all() == 6
    assert ledger(scope) == [
        (code, date(2026, month, 1), 1, "stored") for month in (8, 9, 10) for code in ("NGT", "RIV")
    ]
    assert len(stored_files(app, scope)) == 24
    assert queue(scope) == [("done", 1)] * 6


def test_many_beats_at_once_enter_each_report_once(reporting: Scope, app: Flask) -> None:
    together = Barrier(4)

    def beat(_: int) -> int:
        with app.app_context():
            together.wait()
            return report_runs.reconcile(NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(beat, range(4)))
    assert len(ledger(reporting)) == 2
    assert queue(reporting) == [("waiting", 0)] * 2


@pytest.mark.parametrize(
    ("day", "at", "month", "due"),
    [
        (
            1,
            time(1, 30),
            date(2026, 10, 1),
            datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        ),  # 01:30 is shown twice that night
        (8, time(2, 30), date(2026, 2, 1), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # 02:30 is skipped that night
    ],
)
def test_two_beats_around_a_change_of_the_clocks_enter_it_once(
    made: Callable[..., Scope], app: Flask, day: int, at: time, month: date, due: datetime
) -> None:
    scope = made(starts_on=month, sites=(("RIV", "Riverside", "America/New_York"),))
    with unit_of_work(scope) as db:
        db.execute(
            text("UPDATE schedule SET due_day = :day, due_time = :at WHERE network_id = :network"),
            {"day": day, "at": at, "network": scope.network_id},
        )
    entered: list[datetime] = []

    def beat(offset: timedelta) -> None:
        with app.app_context():
            for quarter in range(-12, 13):
                now = due + quarter * timedelta(minutes=15) + offset
                if report_runs.reconcile_network(scope, now):
                    entered.append(now)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(beat, (timedelta(0), timedelta(seconds=40))))
    assert len(entered) == 1
    assert entered[0] >= due
    assert [(code, start, issue) for code, start, issue, _ in ledger(scope)] == [("RIV", month, 1)]


def test_sites_that_open_or_close_in_the_month_are_reported_and_closed_ones_not(bare: Scope) -> None:
    scope = bare
    zone = "America/New_York"
    store(
        scope,
        {
            "sites": [
                site("OPEN", "Opens in October", zone, opened_on=date(2026, 10, 17)),
                site("LATE", "Opens in November", zone, opened_on=date(2026, 11, 1)),
                site("LAST", "Closes in October", zone, closed_on=date(2026, 10, 1)),
                site("GONE", "Closed in September", zone, closed_on=date(2026, 9, 30)),
            ]
        },
        NOW,
    )
    schedules.ensure_monthly(scope, OCTOBER, NOW)
    report_runs.reconcile_network(scope, NOW)
    assert [code for code, *_ in ledger(scope)] == ["LAST", "OPEN"]


def test_a_site_that_changed_its_zone_is_due_by_the_zone_of_the_months_end(bare: Scope) -> None:
    scope = bare
    store(scope, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
    store(scope, {"sites": [site("RIV", "Riverside", "Asia/Tokyo", zone_from=date(2026, 10, 15))]}, NOW)
    schedules.ensure_monthly(scope, date(2026, 9, 1), NOW)
    report_runs.reconcile_network(scope, NOW)
    with reading(scope) as db:
        due = list(db.execute(text("SELECT due_at FROM report_run ORDER BY period_start")).scalars())
    assert due == [datetime(2026, 10, 1, 10, tzinfo=UTC), datetime(2026, 10, 31, 21, tzinfo=UTC)]


def test_a_site_that_moves_between_the_months_end_and_the_due_day_is_due_by_the_clocks_it_has_then(bare: Scope) -> None:
    store(bare, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
    store(bare, {"sites": [site("RIV", "Riverside", "Asia/Tokyo", zone_from=date(2026, 11, 5))]}, NOW)
    schedule_id = schedules.ensure_monthly(bare, OCTOBER, NOW)
    with unit_of_work(bare) as db:
        db.execute(text("UPDATE schedule SET due_day = 20 WHERE id = :id"), {"id": schedule_id})
    in_tokyo = datetime(2026, 11, 19, 21, tzinfo=UTC)  # 06:00 on the 20th
    report_runs.reconcile_network(bare, in_tokyo - timedelta(seconds=1))
    assert ledger(bare) == []
    owner = seen_by_lead(bare)
    run_id = report_runs.request(owner, "RIV", OCTOBER, in_tokyo - timedelta(days=2))
    with reading(owner) as db:
        assert get_run(owner, db, run_id).due_at == in_tokyo
        [line] = fetch_ledger(owner, db, in_tokyo)
    assert (line.due_at, line.site_zone, line.state) == (in_tokyo, "Asia/Tokyo", "due")


def test_a_schedule_is_made_once(reporting: Scope) -> None:
    again = schedules.ensure_monthly(reporting, date(2020, 1, 1), NOW)
    assert again == schedules.ensure_monthly(reporting, OCTOBER, NOW)
    with reading(reporting) as db:
        assert db.execute(text("SELECT count(*), min(starts_on) FROM schedule")).one() == (1, OCTOBER)


def test_a_failed_report_can_be_asked_for_again(reporting: Scope) -> None:
    report_runs.reconcile(NOW)
    [run_id] = run_ids(reporting)
    for _ in range(5):
        assert run_queue.claim(run_id) is not None
        lapse(run_id)
    queued_work.give_up_exhausted(KINDS)
    assert report_runs.request(seen_by_lead(reporting), "RIV", OCTOBER, NOW) == run_id
    assert queued_work.work_once(KINDS, run_id, clock)
    assert ("RIV", OCTOBER, 1, "stored") in ledger(reporting)


def test_a_ledger_without_its_queue_is_worked_off_all_the_same(reporting: Scope) -> None:
    report_runs.reconcile(NOW)
    empty_queue()
    report_runs.reconcile(NOW)
    assert work_all() == 2
    assert [state for *_, state in ledger(reporting)] == ["stored", "stored"]


def test_a_torn_or_changed_file_is_never_read(reporting: Scope) -> None:
    report_runs.reconcile(NOW)
    work_all()
    lead = seen_by_lead(reporting)
    [run_id] = run_ids(reporting)
    with reading(lead) as db:
        _, name, sha256 = get_file(lead, db, run_id, "pdf")
    whole = file_store().read(name, sha256)
    assert whole.startswith(b"%PDF")
    path = file_store().path(name)
    path.write_bytes(whole[:-1])
    with pytest.raises(DamagedFile):
        file_store().read(name, sha256)
    path.unlink()
    with pytest.raises(DamagedFile):
        file_store().read(name, sha256)
    with pytest.raises(DamagedFile):
        file_store().read("reports/../../etc/passwd", sha256)


def test_the_kept_document_gives_the_same_bytes_again(reporting: Scope) -> None:
    report_runs.reconcile(NOW)
    work_all()
    lead = seen_by_lead(reporting)
    [run_id] = run_ids(reporting)
    with reading(lead) as db:
        document = from_json(get_kept_document(lead, db, run_id))
        files = {kind: get_file(lead, db, run_id, kind) for kind in ("pdf", "xlsx", "csv")}
    for kind, (_, name, sha256) in files.items():
        assert render(kind, document) == file_store().read(name, sha256)  # type: ignore[arg-type]  # the kinds, as literals
    assert document.as_of == NOW - timedelta(days=20)
    assert document.data_version == 1


def test_the_outbox_keeps_what_the_queue_server_cannot_take(reporting: Scope, app: Flask) -> None:
    reachable = app.config["REDIS_URL"]
    app.extensions.pop("bell", None)
    app.config["REDIS_URL"] = "redis://127.0.0.1:9/0"
    try:
        run_id = report_runs.request(seen_by_lead(reporting), "RIV", OCTOBER, NOW)
        assert unsent(reporting) == [run_id]
    finally:
        app.config["REDIS_URL"] = reachable
        app.extensions.pop("bell", None)
    outbox.relay(NOW)
    assert unsent(reporting) == []


def test_asking_again_returns_the_same_run_until_newer_data_arrive(reporting: Scope) -> None:
    lead = seen_by_lead(reporting)
    first = report_runs.request(lead, "RIV", OCTOBER, NOW)
    assert report_runs.request(lead, "RIV", OCTOBER, NOW) == first
    assert queued_work.work_once(KINDS, first, clock)
    assert report_runs.request(lead, "RIV", OCTOBER, NOW) == first
    store(reporting, {"sessions": sessions("RIV", date(2026, 10, 6))}, NOW)
    second = report_runs.request(lead, "RIV", OCTOBER, NOW)
    assert second != first
    assert report_runs.request(lead, "RIV", OCTOBER, NOW) == second
    assert queued_work.work_once(KINDS, second, clock)
    assert [row for row in ledger(reporting) if row[0] == "RIV"] == [
        ("RIV", OCTOBER, 1, "stored"),
        ("RIV", OCTOBER, 2, "stored"),
    ]


def test_only_past_months_of_ones_own_sites_can_be_asked_for(reporting: Scope) -> None:
    lead = seen_by_lead(reporting)
    with pytest.raises(NotFound) as foreign:
        report_runs.request(lead, "NGT", OCTOBER, NOW)
    with pytest.raises(NotFound) as missing:
        report_runs.request(lead, "NONE", OCTOBER, NOW)
    assert str(foreign.value) == str(missing.value)
    with pytest.raises(BadInput):
        report_runs.request(lead, "RIV", date(2026, 11, 1), NOW)
    with pytest.raises(BadInput):
        report_runs.request(lead, "RIV", date(2024, 12, 1), NOW)


def test_a_network_whose_facts_are_broken_does_not_silence_the_others(reporting: Scope, bare: Scope) -> None:
    store(bare, {"sites": [site("BAD", "Nowhere", "Nowhere/Land")]}, NOW)
    schedules.ensure_monthly(bare, OCTOBER, NOW)
    report_runs.reconcile(NOW)
    assert len(ledger(reporting)) == 2
    assert ledger(bare) == []


def test_a_further_issue_says_what_changed_and_the_first_stays(reporting: Scope) -> None:
    lead = seen_by_lead(reporting)
    first = report_runs.request(lead, "RIV", OCTOBER, NOW)
    assert queued_work.work_once(KINDS, first, clock)
    store(reporting, {"sessions": sessions("RIV", date(2026, 10, 6), many=7)}, NOW)
    second = report_runs.request(lead, "RIV", OCTOBER, NOW)
    assert queued_work.work_once(KINDS, second, clock)
    with reading(lead) as db:
        earlier, later = (from_json(get_kept_document(lead, db, run_id)) for run_id in (first, second))
        kept = get_file(lead, db, first, "pdf")
    assert (earlier.issue, earlier.changes) == (1, ())
    assert later.issue == 2
    assert later.changes[0].startswith("Import from test, recorded 22 Nov 2026")
    assert "Sessions delivered: 6 before, 7 now." in later.changes
    assert file_store().read(*kept[1:])


def unsent(scope: Scope) -> list[UUID]:
    with of_dispatcher() as db:
        rows = db.execute(
            text("SELECT subject_id FROM outbox WHERE sent_at IS NULL AND network_id = :network"),
            {"network": scope.network_id},
        )
        return list(rows.scalars())
