"""Whatever may change what a stored report says has it read again: by data version and by days, whenever the report was made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, OCTOBER, course, run_ids, sessions, site, site_ids, work_all
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent, Role
from webapp.queries.report_reviews import fetch_to_review
from webapp.services import accreditation, report_runs, restatements, ringing, run_queue, schedules
from webapp.transactions import reading, unit_of_work

LATER = NOW + timedelta(hours=1)


def to_read(scope: Scope, most: int = 20) -> list[UUID]:
    with reading(scope) as db:
        return [each.run_id for each in fetch_to_review(scope, db, most)]


def october(scope: Scope, code: str) -> UUID:
    return run_ids(scope, code)[0]


def seal(scope: Scope) -> Scope:
    report_runs.reconcile_network(scope, NOW)
    work_all()
    return scope


@pytest.fixture
def sealed(reporting: Scope) -> Scope:
    """The October reports of two sites, stored."""
    return seal(reporting)


def longer(
    scope: Scope, code: str, many: int, at: datetime, before_commit: Callable[[], object] = lambda: None
) -> None:
    """The site's course goes on by some sessions in October."""
    store(scope, {"sessions": sessions(code, date(2026, 10, 5), many=many)}, at, before_commit=before_commit)


def elsewhere(code: str, first: date) -> dict[str, list[dict[str, Any]]]:
    """Another course at the site, with two sessions from that day on."""
    other = {**course(code), "key": f"O-{first}", "patient": f"PO-{first}"}
    rows = [{**row, "key": f"O-{first}-{row['key']}", "course": other["key"]} for row in sessions(code, first, many=2)]
    return {"courses": [other], "sessions": rows}


def test_a_report_that_is_made_while_an_import_is_not_committed_yet_is_read_again_after_it(reporting: Scope) -> None:
    """Its run was only queued when the import counted, and was read as the data were before."""
    report_runs.reconcile_network(reporting, NOW)
    longer(reporting, "RIV", 8, LATER, before_commit=work_all)
    assert to_read(reporting) == [october(reporting, "RIV")]
    assert restatements.review_network(reporting, LATER) == 1


def test_a_report_that_is_entered_while_an_import_is_not_committed_yet_is_read_again_after_it(reporting: Scope) -> None:
    longer(reporting, "RIV", 8, LATER, before_commit=lambda: seal(reporting))
    assert to_read(reporting) == [october(reporting, "RIV")]


def test_a_report_that_is_being_made_does_not_wait_for_an_import(reporting: Scope) -> None:
    report_runs.reconcile_network(reporting, NOW)
    held = run_queue.claim(october(reporting, "RIV"))
    assert held
    assert report_runs.take(held)
    longer(reporting, "RIV", 8, LATER, before_commit=lambda: report_runs.note_progress(held, "reading"))
    with reading(reporting) as db:
        phases = db.execute(text("SELECT progress ->> 'phase' FROM report_run WHERE state = 'running'")).scalars().all()
    assert phases == ["reading"]


def test_a_clock_that_moves_has_the_reports_of_days_after_it_read_again_and_no_others(sealed: Scope) -> None:
    """No day of October is touched, but courses that were open on the last known day may have lapsed since."""
    riverside = october(sealed, "RIV")
    store(sealed, elsewhere("RIV", date(2026, 11, 3)), LATER)
    assert to_read(sealed) == [riverside]
    restatements.review_network(sealed, LATER)
    assert to_read(sealed) == []
    store(sealed, elsewhere("RIV", date(2026, 11, 10)), LATER)
    assert to_read(sealed) == []


def test_a_clock_that_vanishes_or_appears_has_every_report_read_again(sealed: Scope) -> None:
    store(sealed, {"sites": [site("NEW", "Newly", "America/New_York")]}, LATER)
    fresh = site_ids(sealed)["NEW"]
    with unit_of_work(
        sealed
    ) as db:  # a report of the new site, as if it had been sealed before anything was known of it
        run = db.execute(text("SELECT id FROM report_run WHERE site_id <> :site LIMIT 1"), {"site": fresh}).scalar_one()
        db.execute(text("UPDATE report_run SET site_id = :site WHERE id = :run"), {"site": fresh, "run": run})
    assert to_read(sealed) == []
    store(sealed, elsewhere("NEW", date(2026, 11, 10)), LATER)
    assert to_read(sealed) == [run]


def test_a_site_keeps_few_notes_however_often_it_is_imported(sealed: Scope) -> None:
    for many in (7, 8, 9):
        longer(sealed, "RIV", many, LATER)
    statement = "SELECT count(*), max(t.data_version) = max(n.data_version) FROM report_touch t JOIN network n ON n.id = t.network_id"
    with reading(sealed) as db:
        here = f"{statement} JOIN site s ON s.id = t.site_id AND s.code = 'RIV'"
        assert tuple(db.execute(text(here)).one()) == (
            2,
            True,
        )  # the first import, from the beginning; and the newest one


def test_a_report_that_is_touched_often_does_not_fall_behind(sealed: Scope) -> None:
    with unit_of_work(sealed) as db:
        for key, value in (("restate_count", "100"), ("restate_share", "1")):
            db.execute(
                text(
                    "INSERT INTO network_setting (network_id, key, version, value, changed_at, changed_by)"
                    " VALUES (:network, :key, 2, CAST(:value AS jsonb), :now, :by)"
                ),
                {"network": sealed.network_id, "key": key, "value": value, "now": NOW, "by": sealed.user_id},
            )
    longer(sealed, "RIV", 7, LATER)
    ringing.ring(KINDS, LATER)
    for minute, (code, many) in enumerate((("NGT", 7), ("RIV", 8), ("NGT", 8)), start=1):
        longer(sealed, code, many, LATER + timedelta(minutes=minute))
    assert to_read(sealed, most=1) == [october(sealed, "NGT")]
    assert len(to_read(sealed)) == 2


def test_a_record_that_waited_for_an_import_is_recorded_after_it(sealed: Scope) -> None:
    """Its clock was read first. A report sealed with the import's instant must still find it newer."""
    accreditation.add_programme(sealed, "certified", "Certified setting", "The body", counts=True)
    longer(sealed, "RIV", 8, LATER)
    ringing.ring(KINDS, LATER)
    work_all()
    assert to_read(sealed) == []
    newest = run_ids(sealed)[1]
    entry = Entry(RecordEvent.GRANTED, date(2025, 1, 1), date(2028, 12, 31))
    accreditation.record(officer(sealed), "RIV", "certified", entry, LATER - timedelta(minutes=5))
    assert to_read(sealed) == [newest]


def test_records_of_a_batch_are_recorded_after_all_that_was_known_and_not_after_their_batch(sealed: Scope) -> None:
    accreditation.add_programme(sealed, "certified", "Certified setting", "The body", counts=True)
    longer(sealed, "RIV", 8, LATER)
    grant = {"key": "A1", "site": "RIV", "programme": "certified", "event": "granted", "effective_on": date(2025, 1, 1)}
    batch_id, _ = store(sealed, {"accreditations": [grant]}, NOW)
    with reading(sealed) as db:
        sealed_at = db.execute(
            text("SELECT recorded_at FROM import_batch WHERE id = :id"), {"id": batch_id}
        ).scalar_one()
        recorded_at = db.execute(text("SELECT recorded_at FROM accreditation_record")).scalar_one()
    assert LATER < recorded_at <= sealed_at


@pytest.fixture
def supervised(reporting: Scope) -> tuple[Scope, UUID]:
    """A compliance report and two of sites, stored; the one who supervised lost the licence on 10 Oct 2026. With the report's run."""
    licence = {"kind": "medical_licence", "event": "granted", "effective_on": date(2025, 1, 1)}
    rows: dict[str, list[dict[str, Any]]] = {
        "sites": [site("RIV", "Riverside", "America/New_York", state="NY")],
        "practitioners": [{"key": "D1", "name": "Dr Alma"}, {"key": "D2", "name": "Dr A. Alma"}],
        "credentials": [
            {**licence, "key": "L1", "practitioner": "D1", "state": "NY", "until": date(2026, 10, 10)},
            {
                **licence,
                "key": "L2",
                "practitioner": "D2",
                "state": "NY",
                "effective_on": date(2026, 10, 9),
                "until": date(2028, 1, 1),
            },
        ],
        "sessions": [{**row, "supervised_by": "D1"} for row in sessions("RIV", date(2026, 10, 5))],
    }
    accreditation.add_programme(reporting, "certified", "Certified setting", "The body", counts=True)
    rows["accreditations"] = [
        {"key": "A1", "site": "RIV", "programme": "certified", "event": "granted", "effective_on": date(2025, 1, 1)}
    ]
    store(reporting, rows, NOW - timedelta(days=19))
    asked = replace(schedules.monthly(OCTOBER), kind=ReportKind.COMPLIANCE, zone="America/New_York")
    schedule_id = schedules.set_up(officer(reporting), asked, NOW)
    seal(reporting)
    with reading(reporting) as db:
        run = db.execute(text("SELECT id FROM report_run WHERE schedule_id = :id"), {"id": schedule_id}).scalar_one()
    assert to_read(reporting) == []
    return reporting, run


def officer(scope: Scope) -> Scope:
    sites = frozenset(site_ids(scope).values())
    return Scope(scope.network_id, uuid4(), Role.COMPLIANCE, sites, whole_network=True)


def link(scope: Scope) -> None:
    with reading(scope) as db:
        one, other = db.execute(
            text("SELECT id FROM practitioner WHERE network_id = :n"), {"n": scope.network_id}
        ).scalars()
    accreditation.link_practitioners(officer(scope), one, other, True, "The same signature.", LATER)


def count_no_more(scope: Scope) -> None:
    accreditation.change_programme(officer(scope), "certified", "Certified setting", "The body", False, LATER)


def move_to_another_state(scope: Scope) -> None:
    store(scope, {"sites": [site("RIV", "Riverside", "America/New_York", state="NJ")]}, LATER)


@pytest.mark.parametrize("change", [link, count_no_more, move_to_another_state])
def test_verdicts_that_change_without_a_record_have_reports_read_again(
    supervised: tuple[Scope, UUID], change: Callable[[Scope], None]
) -> None:
    scope, compliance = supervised
    change(scope)
    assert set(to_read(scope)) == {compliance, october(scope, "RIV")}
    restatements.review_network(scope, LATER)
    with reading(scope) as db:
        issues = db.execute(
            text(
                "SELECT max(o.issue) FROM report_run r JOIN report_run o USING (network_id, schedule_id, subject, period_start)"
                " WHERE r.id = :run"
            ),
            {"run": compliance},
        ).scalar_one()
    assert issues == 2
