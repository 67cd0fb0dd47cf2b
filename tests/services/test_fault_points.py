"""A process killed at any numbered point leaves nothing half done, and the next one ends where a quiet run ends."""

import signal
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from config import load
from tests.conftest import NOW
from tests.delivering import ask_for, given, person, pretend_stored
from tests.falling import do_run, fallen
from tests.mail_server import Postbox, mail_server
from tests.making import make_network, store
from tests.reporting import KINDS as REPORT_KINDS
from tests.reporting import (
    OCTOBER,
    clock,
    expect,
    lapse,
    ledger,
    run_ids,
    seen_by_lead,
    sessions,
    stored_files,
    work_all,
)
from tests.sending import clinic, sent
from webapp import faults
from webapp.artifacts import file_store
from webapp.domain.errors import SetupError
from webapp.domain.fault_points import (
    DELIVERY_POINTS,
    FAULT_POINTS,
    HOLD_POINTS,
    IMPORT_POINTS,
    MAIL_POINTS,
    REPORT_POINTS,
    RESTATE_POINTS,
)
from webapp.domain.intake.shipped import shipped_mapping
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.renderers import FILE_KINDS
from webapp.queries.report_files import fetch_sample
from webapp.services import (
    deliveries,
    import_batches,
    kept_files,
    queued_work,
    report_holds,
    report_making,
    report_runs,
    restatements,
)
from webapp.transactions import of_dispatcher, reading
from workers.tasks.kinds import KINDS

JUST_DUE = datetime.fromisoformat("2026-11-01T18:00:00+00:00")


def receive(scope: Scope) -> UUID:
    return import_batches.receive(scope, sent(clinic()), shipped_mapping("dripline"), False, NOW, queue=True)


def sealed(scope: Scope) -> dict[str, set[str]]:
    """The hashes of all stored files by kind, each read back whole."""
    with reading(scope) as db:
        sample = fetch_sample(scope, db, 100)
    for kept in sample:
        file_store().read(kept.stored_name, kept.sha256)
    return {kind: {kept.sha256 for kept in sample if kept.kind == kind} for kind in {kept.kind for kept in sample}}


def told(scope: Scope, action: str) -> int:
    """How often the audit trail says that somebody did so."""
    with reading(scope) as db:
        statement = text("SELECT count(*) FROM audit_event WHERE action = :action")
        return int(db.execute(statement, {"action": action}).scalar_one())


@pytest.mark.parametrize("point", REPORT_POINTS)
def test_a_report_whose_maker_falls_is_made_once_by_the_next(
    app: Flask, settings: dict[str, object], reporting: Scope, point: str
) -> None:
    report_runs.reconcile_network(reporting, NOW)
    [run_id] = run_ids(reporting)
    assert fallen(settings, point, do_run, run_id) == -signal.SIGKILL
    made = [state for code, *_, state in ledger(reporting) if code == "RIV"]
    assert made == (["stored"] if point == REPORT_POINTS[-1] else ["running"])
    lapse(run_id)
    work_all()
    assert [state for *_, state in ledger(reporting)] == ["stored", "stored"]
    found = sealed(reporting)
    assert {kind: len(hashes) for kind, hashes in found.items()} == {"pdf": 2, "xlsx": 2, "csv": 2, "zip": 2}
    report_making.sweep(reporting.network_id, NOW.replace(year=2100))
    assert len(stored_files(app, reporting)) == 8
    assert sealed(reporting) == found


def test_an_error_at_a_point_is_one_attempt(app: Flask, reporting: Scope) -> None:
    report_runs.reconcile_network(reporting, NOW)
    [run_id] = run_ids(reporting)
    app.config["FAULT_AT"] = "report.2.read:raise"
    try:
        assert queued_work.work_once(REPORT_KINDS, run_id, clock)
    finally:
        app.config["FAULT_AT"] = None
    assert ("RIV", "queued") in [(code, state) for code, *_, state in ledger(reporting)]
    faults.reached("report.2.read")


@pytest.mark.parametrize("point", HOLD_POINTS)
def test_a_held_report_is_let_go_once_whoever_falls_over_it(
    settings: dict[str, object], reporting: Scope, point: str
) -> None:
    expect(reporting, "RIV", 10)
    report_runs.reconcile_network(reporting, JUST_DUE)
    [run_id] = run_ids(reporting)
    release: Callable[[], object] = partial(report_holds.release, seen_by_lead(reporting), run_id, JUST_DUE)
    if point == HOLD_POINTS[0]:
        store(reporting, {"sessions": sessions("RIV", OCTOBER, 9)}, JUST_DUE)
        release = partial(report_runs.reconcile_network, reporting, JUST_DUE)
    assert fallen(settings, point, release) == -signal.SIGKILL
    found = [state for code, *_, state in ledger(reporting) if code == "RIV"]
    assert found == (["due"] if point == HOLD_POINTS[-1] else ["held"])
    if found == ["held"]:
        release()
    work_all()
    assert [state for *_, state in ledger(reporting)] == ["stored", "stored"]
    assert told(reporting, "release a held report") == (0 if point == HOLD_POINTS[0] else 1)


@pytest.mark.parametrize("point", RESTATE_POINTS)
def test_a_sealed_month_is_issued_again_once_whoever_falls_over_it(
    settings: dict[str, object], reporting: Scope, point: str
) -> None:
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    before = sealed(reporting)
    store(reporting, {"sessions": sessions("RIV", date(2026, 10, 5), many=8)}, NOW)
    assert fallen(settings, point, restatements.review_network, reporting, NOW) == -signal.SIGKILL
    entered = 3 if point == RESTATE_POINTS[-1] else 2
    assert len(ledger(reporting)) == entered
    assert restatements.review_network(reporting, NOW) == 3 - entered
    work_all()
    assert restatements.review_network(reporting, NOW) == 0
    assert [(code, issue, state) for code, _, issue, state in ledger(reporting)] == [
        ("NGT", 1, "stored"),
        ("RIV", 1, "stored"),
        ("RIV", 2, "stored"),
    ]
    after = sealed(reporting)
    assert {kind: (len(hashes), before[kind] < hashes) for kind, hashes in after.items()} == dict.fromkeys(
        FILE_KINDS, (3, True)
    )
    assert told(reporting, "restate a report") == 1


def test_a_report_is_given_out_once_and_a_mail_in_doubt_is_marked_so(
    app: Flask, settings: dict[str, object], quiet: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [person(quiet, Role.SITE_LEAD, "RIV") for _ in MAIL_POINTS]
    ask_for(person(quiet, Role.MANAGER), *leads, mail=True)
    pretend_stored(quiet)
    postbox = Postbox()
    with mail_server(postbox) as url:
        monkeypatch.setitem(app.config, "MAIL_URL", url)
        served = {**settings, "MAIL_URL": url}
        for point, many in zip(DELIVERY_POINTS, (0, len(leads)), strict=True):
            assert fallen(served, point, deliveries.distribute_network, quiet, NOW) == -signal.SIGKILL
            assert len(given(quiet)) == len(given(quiet, "mail")) == many, "all of it, or nothing"
        for _ in range(2):
            deliveries.distribute_network(quiet, NOW)
        once = {(lead.user_id, "RIV"): ("delivered", None) for lead in leads}
        assert given(quiet) == once
        mails = dict(zip(MAIL_POINTS, mails_of(quiet), strict=True))
        for point, mail_id in mails.items():
            assert fallen(served, point, do_run, mail_id) == -signal.SIGKILL
        assert [len(copies(postbox, each)) for each in mails.values()] == [0, 1, 1]
        deliveries.distribute_network(quiet, NOW)
        for mail_id in mails.values():
            lapse(mail_id)
            queued_work.work_once(KINDS, mail_id, clock)
    assert given(quiet, "mail") == once
    assert [len(copies(postbox, each)) for each in mails.values()] == [1, 2, 1], "one further time, by the same name"
    assert [doubtful(quiet, each) for each in mails.values()] == [True, True, False]


def mails_of(scope: Scope) -> list[UUID]:
    with reading(scope) as db:
        return list(db.execute(text("SELECT id FROM delivery WHERE channel = 'mail' ORDER BY id")).scalars())


def copies(postbox: Postbox, mail_id: UUID) -> list[str]:
    """What the mail server took under the name of one mail."""
    return [name for name in (mail["Message-ID"] for mail in postbox.mails) if name == f"<{mail_id.hex}@localhost>"]


def doubtful(scope: Scope, mail_id: UUID) -> bool:
    """Whether it is on record that nobody knows how often the mail went out."""
    with reading(scope) as db:
        statement = text("SELECT doubtful FROM delivery WHERE id = :id")
        return bool(db.execute(statement, {"id": mail_id}).scalar_one())


@pytest.mark.parametrize("point", IMPORT_POINTS)
def test_an_import_whose_maker_falls_is_stored_whole_or_not_at_all(
    app: Flask, settings: dict[str, object], point: str
) -> None:
    scope = make_network(NOW)

    if point in ("import.1.kept", "import.2.entered"):
        assert fallen(settings, point, receive, scope) == -signal.SIGKILL
    else:
        batch_id = receive(scope)
        assert fallen(settings, point, do_run, batch_id) == -signal.SIGKILL
        lapse(batch_id)
    with of_dispatcher() as db:
        waiting = db.execute(
            text("SELECT run_id FROM run_queue WHERE network_id = :network"), {"network": scope.network_id}
        ).scalars()
        runs = list(waiting)
    for run_id in runs:
        queued_work.work_once(KINDS, run_id, clock)
    batches = 0 if point == "import.1.kept" else 1
    with reading(scope) as db:
        assert db.execute(text("SELECT count(*) FROM import_batch WHERE state = 'stored'")).scalar() == batches
        assert db.execute(text("SELECT count(*) FROM session_version")).scalar() == 6 * batches
        assert db.execute(text("SELECT data_version FROM network")).scalar() == batches
    swept = kept_files.sweep(scope, NOW.replace(year=2100))
    assert (swept > 0) == (batches == 0)


def test_every_point_is_passed_somewhere() -> None:
    source = "".join(path.read_text() for path in Path(faults.__file__).parent.rglob("*.py"))
    assert [point for point in FAULT_POINTS if f'faults.reached("{point}")' not in source] == []


def test_the_setting_is_checked_and_never_taken_in_production(environ: dict[str, str]) -> None:
    assert load({**environ, "FAULT_AT": "report.2.read"})["FAULT_AT"] == "report.2.read"
    assert load({**environ, "FAULT_AT": "report.2.read:raise"})["FAULT_AT"] == "report.2.read:raise"
    assert load({**environ, "FAULT_AT": "report.2.read:stop"})["FAULT_AT"] == "report.2.read:stop"
    for more in ({"FAULT_AT": "report.9.nowhere"}, {"FAULT_AT": "report.2.read", "DRIPLINE_ENVIRONMENT": "production"}):
        keys = {"SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "PSEUDONYM_KEY": "f0e1d2c3b4a5968778695a4b3c2d1e0f"}
        with pytest.raises(SetupError, match="FAULT_AT"):
            load({**environ, **keys, **more})
