"""Newer data restate a stored report by themselves: when a number of that report changed, and only then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import (
    KINDS,
    OCTOBER,
    course,
    ledger,
    run_ids,
    seen_by_lead,
    sessions,
    site_ids,
    stored_files,
    with_its_sites,
    work_all,
)
from webapp.artifacts import file_store
from webapp.domain.errors import Conflict
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.presentation.renderers import FILE_KINDS
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_expectation import count_by_month, fetch_ledger
from webapp.queries.report_ledger import get_file, get_kept_document
from webapp.queries.report_reviews import fetch_to_review
from webapp.services import (
    accreditation,
    queued_work,
    report_holds,
    report_making,
    report_runs,
    restatements,
    ringing,
    schedules,
)
from webapp.services.accreditation import add_programme
from webapp.transactions import of_dispatcher, reading, unit_of_work
from webapp.views.report_words import counted_words


@pytest.fixture
def sealed(reporting: Scope) -> Scope:
    """The October reports of two sites, stored."""
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    return reporting


def riverside(scope: Scope) -> list[tuple[int, str]]:
    return [(issue, state) for code, _, issue, state in ledger(scope) if code == "RIV"]


def northgate(scope: Scope) -> list[tuple[int, str]]:
    return [(issue, state) for code, _, issue, state in ledger(scope) if code == "NGT"]


def marks(scope: Scope) -> int:
    with reading(scope) as db:
        return int(db.execute(text("SELECT count(*) FROM report_run WHERE review_since IS NOT NULL")).scalar_one())


def late_sessions(scope: Scope) -> None:
    store(scope, {"sessions": sessions("RIV", date(2026, 10, 5), many=8)}, NOW)


def require(scope: Scope, key: str, value: float) -> None:
    with unit_of_work(scope) as db:
        values = {"network": scope.network_id, "key": key, "value": str(value), "now": NOW, "by": scope.user_id}
        db.execute(
            text(
                "INSERT INTO network_setting (network_id, key, version, value, changed_at, changed_by)"
                " VALUES (:network, :key, 2, CAST(:value AS jsonb), :now, :by)"
            ),
            values,
        )


def test_a_sealed_month_that_changed_is_issued_again_by_itself_and_only_it(sealed: Scope) -> None:
    first = run_ids(sealed)[0]
    late_sessions(sealed)
    assert reads_again(sealed) == ["RIV"]
    ringing.ring(KINDS, NOW)
    ringing.ring(KINDS, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    work_all()
    assert riverside(sealed) == [(1, "stored"), (2, "stored")]
    assert northgate(sealed) == [(1, "stored")]
    lead, second = seen_by_lead(sealed), run_ids(sealed)[1]
    with reading(lead) as db:
        later = from_json(get_kept_document(lead, db, second))
        kept = get_file(lead, db, first, "zip")
    assert "Sessions delivered: 6 before, 8 now." in later.changes
    assert later.changes[0].startswith("Import from test, recorded 22 Nov 2026")
    assert file_store().read(*kept[1:])
    ringing.ring(KINDS, NOW + timedelta(minutes=1))
    assert riverside(sealed) == [(1, "stored"), (2, "stored")]


def test_what_newer_data_want_issued_again_cannot_be_cancelled(sealed: Scope) -> None:
    late_sessions(sealed)
    assert restatements.review_network(sealed, NOW) == 1
    with pytest.raises(Conflict, match="Newer data changed this month"):
        report_holds.cancel(seen_by_lead(sealed), run_ids(sealed)[1], NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]


@pytest.mark.parametrize("ended", ["failed", "cancelled"])
def test_an_issue_that_came_to_nothing_is_due_again_at_the_next_look(sealed: Scope, ended: str) -> None:
    late_sessions(sealed)
    ringing.ring(KINDS, NOW)
    run_id = run_ids(sealed)[1]
    with unit_of_work(sealed) as db:
        db.execute(text("UPDATE report_run SET state = :ended WHERE id = :run"), {"ended": ended, "run": run_id})
    with of_dispatcher() as db:
        db.execute(text("UPDATE run_queue SET state = 'failed' WHERE run_id = :run"), {"run": run_id})
    ringing.ring(KINDS, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, ended)]
    owner = with_its_sites(sealed)
    with reading(owner) as db:
        [month] = count_by_month(fetch_ledger(owner, db, NOW), NOW)
    assert counted_words(month) == "2 due, 2 made" + (", 1 further issue failed" if ended == "failed" else "")
    store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, NOW)
    assert restatements.review_network(sealed, NOW) == 1
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    assert restatements.review_network(sealed, NOW) == 0
    assert queued_work.work_once(KINDS, run_id, lambda: NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "stored")]


def test_an_import_that_takes_sessions_to_another_site_is_named_where_they_were(sealed: Scope) -> None:
    [*_, last] = sessions("RIV", date(2026, 10, 5))
    moved = {"sessions": [{**last, "site": "NGT"}], "courses": [{**course("RIV"), "site": "NGT"}]}
    store(sealed, moved, NOW)
    ringing.ring(KINDS, NOW)
    work_all()
    lead, second = seen_by_lead(sealed), run_ids(sealed)[1]
    with reading(lead) as db:
        told = from_json(get_kept_document(lead, db, second)).changes
    assert "Sessions delivered: 6 before, 5 now." in told
    assert told[0].startswith("Import from test, recorded 22 Nov 2026")
    assert told[0].endswith("2 rows new or changed.")


def test_data_of_other_days_restate_nothing(sealed: Scope) -> None:
    november = [{**row, "key": f"N-{row['key']}"} for row in sessions("RIV", date(2026, 11, 3), many=2)]
    store(sealed, {"sessions": november}, NOW)
    assert reads_again(sealed) == [
        "RIV"
    ]  # the late sessions renumber nothing here, but their course's October days are looked at
    ringing.ring(KINDS, NOW)
    assert (reads_again(sealed), marks(sealed), len(ledger(sealed))) == ([], 0, 2)
    first = run_ids(sealed)[0]
    assert report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, NOW) == first


def test_asking_by_hand_makes_no_issue_when_only_another_site_changed(sealed: Scope) -> None:
    [northgate_run] = run_ids(sealed, "NGT")
    late_sessions(sealed)
    lead = seen_by_lead(sealed, "NGT")
    assert report_runs.request(lead, "NGT", OCTOBER, NOW) == northgate_run
    assert northgate(sealed) == [(1, "stored")]


def test_below_the_threshold_it_waits_for_somebody_to_ask(sealed: Scope) -> None:
    require(sealed, "restate_count", 100)
    require(sealed, "restate_share", 1)
    late_sessions(sealed)
    assert restatements.review_network(sealed, NOW) == 0
    assert restatements.review_network(sealed, NOW) == 0
    assert riverside(sealed) == [(1, "stored")]
    second = report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    assert second != run_ids(sealed)[0]


def reads_again(scope: Scope) -> list[str]:
    """The sites whose October report the bell would read again now."""
    with reading(scope) as db:
        codes = {site_id: code for code, site_id in site_ids(scope).items()}
        return sorted(
            codes[report_runs.get_stored(scope, db, each.run_id).site_id] for each in fetch_to_review(scope, db, 20)
        )


def test_what_was_found_below_the_threshold_is_read_again_only_after_it_was_touched_again(sealed: Scope) -> None:
    require(sealed, "restate_count", 3)
    require(sealed, "restate_share", 1)
    late_sessions(sealed)
    assert reads_again(sealed) == ["RIV"]
    ringing.ring(KINDS, NOW)
    store(sealed, {"sessions": sessions("NGT", date(2026, 10, 5), many=7)}, NOW)
    assert reads_again(sealed) == ["NGT"]
    store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, NOW)
    assert reads_again(sealed) == ["NGT", "RIV"]
    ringing.ring(KINDS, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    assert northgate(sealed) == [(1, "stored")]


def test_an_import_that_comes_while_a_report_is_looked_at_is_looked_at_too(
    sealed: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(sealed, "restate_count", 3)
    require(sealed, "restate_share", 1)
    late_sessions(sealed)
    read_again = report_making.read_again

    def interrupted(scope: Scope, run_id: UUID, earlier: ReportDocument) -> ReportDocument:
        found = read_again(scope, run_id, earlier)
        store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, NOW + timedelta(seconds=1))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(report_making, "read_again", interrupted)
        assert restatements.review_network(sealed, NOW) == 0
    assert reads_again(sealed) == ["RIV"]
    assert restatements.review_network(sealed, NOW) == 1


def test_a_look_that_another_overtook_takes_nothing_back(sealed: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    require(sealed, "restate_count", 100)
    require(sealed, "restate_share", 1)
    late_sessions(sealed)
    read_again, looks = report_making.read_again, list[UUID]()

    def overtaken(scope: Scope, run_id: UUID, earlier: ReportDocument) -> ReportDocument:
        found = read_again(scope, run_id, earlier)
        looks.append(run_id)
        if len(looks) == 1:
            store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, NOW + timedelta(seconds=1))
            assert restatements.review_network(sealed, NOW) == 0
        return found

    monkeypatch.setattr(report_making, "read_again", overtaken)
    assert restatements.review_network(sealed, NOW) == 0
    assert (len(looks), reads_again(sealed)) == (2, []), "of the newer data there is nothing left to read"


def test_an_import_that_comes_while_a_report_is_made_restates_it(reporting: Scope, app: Flask) -> None:
    report_runs.reconcile_network(reporting, NOW)
    came: list[str] = []

    def clock() -> datetime:
        if len(stored_files(app, reporting)) == len(FILE_KINDS) and not came:
            came.append("late sessions")
            late_sessions(reporting)
        return NOW

    assert queued_work.work_once(KINDS, run_ids(reporting)[0], clock)
    assert came
    ringing.ring(KINDS, NOW)
    assert riverside(reporting) == [(1, "stored"), (2, "due")]


@pytest.fixture
def accredited(reporting: Scope) -> Scope:
    """The October reports of two sites, both accredited all the while, stored."""
    add_programme(reporting, "certified", "Certified setting", "The body", counts=True)
    for code in ("RIV", "NGT"):
        granted = Entry(RecordEvent.GRANTED, date(2025, 1, 1), date(2028, 12, 31))
        accreditation.record(officer(reporting), code, "certified", granted, NOW - timedelta(days=19))
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    return reporting


def officer(scope: Scope) -> Scope:
    sites = frozenset(site_ids(scope).values())
    return Scope(scope.network_id, uuid4(), Role.COMPLIANCE, sites, whole_network=True)


def suspend(scope: Scope, on: date, at: datetime) -> None:
    accreditation.record(officer(scope), "RIV", "certified", Entry(RecordEvent.SUSPENDED, on), at)


def test_an_accreditation_that_reads_otherwise_after_sealing_restates_its_own_site(accredited: Scope) -> None:
    later = NOW + timedelta(hours=1)
    suspend(accredited, date(2026, 10, 20), later)
    for _ in range(2):
        ringing.ring(KINDS, later)
    assert riverside(accredited) == [(1, "stored"), (2, "due")]
    assert northgate(accredited) == [(1, "stored")]
    work_all()
    ringing.ring(KINDS, later + timedelta(minutes=1))
    assert riverside(accredited) == [(1, "stored"), (2, "stored")]
    lead, [first, second] = seen_by_lead(accredited), run_ids(accredited)
    with reading(lead) as db:
        earlier, restated = (from_json(get_kept_document(lead, db, run_id)) for run_id in (first, second))
        kept = get_file(lead, db, first, "pdf")
    assert (
        restated.changes[0]
        == "Certified setting: suspended as of 20 Oct 2026, recorded 22 Nov 2026 11:00 (America/New_York)."
    )
    [standing] = [each for each in restated.changes if "Certified setting, Standing:" in each]
    assert standing.endswith("before, Suspended now.")
    assert [each.tag for each in restated.sentences if each.tone == "bad"] == ["Accreditation"]
    assert not [each for each in earlier.sentences if each.tag == "Accreditation"]
    assert file_store().read(*kept[1:])


def test_a_record_that_changes_nothing_is_looked_at_once_and_not_at_each_new_data_version(accredited: Scope) -> None:
    later = NOW + timedelta(hours=1)
    suspend(accredited, date(2029, 6, 1), later)  # it has ended before that day anyway
    assert reads_again(accredited) == ["RIV"]
    ringing.ring(KINDS, later)
    store(accredited, {"sessions": sessions("NGT", date(2026, 10, 5), many=7)}, later)
    assert reads_again(accredited) == ["NGT"]
    suspend(accredited, date(2026, 10, 20), later + timedelta(minutes=1))
    assert reads_again(accredited) == ["NGT", "RIV"]
    ringing.ring(KINDS, later)
    assert riverside(accredited) == [(1, "stored"), (2, "due")]


def test_a_licence_found_to_have_lapsed_restates_the_compliance_report(reporting: Scope) -> None:
    licence = {"key": "L1", "practitioner": "D1", "kind": "medical_licence", "event": "granted"}
    supervised = [{**row, "supervised_by": "D1"} for row in sessions("RIV", date(2026, 10, 5))]
    rows: dict[str, list[dict[str, Any]]] = {
        "practitioners": [{"key": "D1", "name": "Dr Alma"}],
        "credentials": [{**licence, "effective_on": date(2025, 1, 1), "until": date(2028, 1, 1)}],
        "sessions": supervised,
    }
    store(reporting, rows, NOW - timedelta(days=19))
    compliance = replace(schedules.monthly(OCTOBER), kind=ReportKind.COMPLIANCE, zone="America/New_York")
    schedule_id = schedules.set_up(officer(reporting), compliance, NOW)
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    with reading(reporting) as db:
        record_id, doctor = db.execute(text("SELECT id, practitioner_id FROM credential_record")).one()
    later = NOW + timedelta(hours=1)
    found = Entry(
        RecordEvent.CORRECTED,
        date(2025, 1, 1),
        date(2026, 10, 10),
        "So says the board's register.",
        replaces_id=record_id,
        corrected_event=RecordEvent.GRANTED,
    )
    accreditation.record_credential(officer(reporting), doctor, "medical_licence", None, found, later)
    ringing.ring(KINDS, later)
    work_all()
    with reading(reporting) as db:
        documents = [
            from_json(str(kept).encode())
            for kept in db.execute(
                text("SELECT document FROM report_run WHERE schedule_id = :schedule ORDER BY issue"),
                {"schedule": schedule_id},
            ).scalars()
        ]
    assert len(documents) == 2
    after = sum(row["on_date"] > date(2026, 10, 10) for row in supervised)
    assert [lapsed_at(each, "Riverside") for each in documents] == [0, after]
    assert "1 credential record of practitioners new or corrected." in documents[1].changes
    assert riverside(reporting)[-1] == (1, "stored")
    # A site's report says nothing of credentials, so it does not tell when somebody's was recorded either.
    assert documents[1].as_of == later
    assert report_making.read_again(reporting, run_ids(reporting)[0]).as_of == NOW - timedelta(days=19)


def lapsed_at(document: ReportDocument, site: str) -> object:
    """Sessions under a lapse of one site, as a compliance report tells them."""
    [table] = [panel.table for panel in document.panels if panel.table.key == "lapses"]
    [row] = [row for row in table.rows if row[0] == site]
    return row[1]
