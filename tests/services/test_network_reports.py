"""The reports beside a site's own: of the whole network, of its compliance, and of courses due; and who never sees them."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, OCTOBER, clock, course, ledger, run_ids, seen_by_lead, sessions, site, site_ids
from webapp import extensions
from webapp.domain.errors import NotFound
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.renderers import FILE_KINDS
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_expectation import fetch_ledger
from webapp.queries.report_ledger import fetch_runs, get_file, get_kept_document
from webapp.services import queued_work, report_runs, schedules
from webapp.transactions import reading


def seen_by(scope: Scope, role: Role) -> Scope:
    return Scope(scope.network_id, uuid4(), role, frozenset(site_ids(scope).values()), whole_network=True)


def made(scope: Scope, kind: ReportKind, cadence: Cadence = Cadence.MONTHLY) -> list[tuple[UUID, ReportDocument]]:
    """Set a schedule of the kind up, let October fall due, have it made."""
    entry = replace(schedules.monthly(OCTOBER), kind=kind, cadence=cadence, zone="America/New_York")
    schedule_id = schedules.set_up(seen_by(scope, Role.MANAGER), entry, NOW)
    report_runs.reconcile_network(scope, NOW)
    with reading(scope) as db:
        ids = list(
            db.execute(
                text("SELECT id FROM report_run WHERE schedule_id = :schedule ORDER BY period_start, subject LIMIT 4"),
                {"schedule": schedule_id},
            ).scalars()
        )
    for run_id in ids:
        assert queued_work.work_once(KINDS, run_id, clock)
    with reading(scope) as db:
        return [(run_id, from_json(get_kept_document(scope, db, run_id))) for run_id in ids]


def rows_of(document: ReportDocument, key: str) -> list[tuple[object, ...]]:
    return [row for panel in document.panels if panel.table.key == key for row in panel.table.rows]


def test_the_network_report_counts_every_site_as_the_rows_do(reporting: Scope) -> None:
    [(run_id, document)] = made(reporting, ReportKind.NETWORK)
    with reading(reporting) as db:
        raw = {
            str(name): many
            for name, many in db.execute(
                text(
                    "SELECT n.name, count(*) FROM session_version v JOIN site_version n ON n.site_id = v.site_id"
                    " AND n.superseded_by_batch_id IS NULL WHERE v.superseded_by_batch_id IS NULL"
                    " AND v.status IN ('completed', 'stopped_early') AND v.on_date >= '2026-10-01' AND v.on_date < '2026-11-01'"
                    " GROUP BY n.name"
                )
            )
        }
    assert {row[0]: row[1] for row in rows_of(document, "sites")} == raw == {"Riverside": 6, "Northgate": 6}
    assert document.headlines[0].value == 12
    assert (document.site, document.title) == ("", "monthly network report")
    boss, officer = seen_by(reporting, Role.MANAGER), seen_by(reporting, Role.COMPLIANCE)
    with reading(boss) as db:
        assert len({get_file(boss, db, run_id, kind)[1] for kind in FILE_KINDS}) == len(FILE_KINDS)
    with reading(officer) as db, pytest.raises(NotFound):
        get_file(officer, db, run_id, "csv")


def test_a_site_that_comes_while_a_report_is_made_is_in_all_of_it_or_in_none(reporting: Scope) -> None:
    with reading(reporting) as db:
        before = db.execute(text("SELECT data_version FROM network")).scalar_one()
    came: list[str] = []

    def once_the_coverage_is_read(*executed: object) -> None:
        if "FROM schedule WHERE" in str(executed[2]) and working and not came:
            came.append("a third site")
            more = {"sites": [site("BAY", "Bayview", "America/New_York")], "courses": [course("BAY")]}
            store(reporting, {**more, "sessions": sessions("BAY", date(2026, 10, 5))}, NOW)

    working: list[UUID] = []
    entry = replace(schedules.monthly(OCTOBER), kind=ReportKind.NETWORK, zone="America/New_York")
    schedules.set_up(seen_by(reporting, Role.MANAGER), entry, NOW)
    report_runs.reconcile_network(reporting, NOW)
    with reading(reporting) as db:
        working.append(db.execute(text("SELECT id FROM report_run WHERE subject = 'network'")).scalar_one())
    event.listen(extensions.db.engine, "after_cursor_execute", once_the_coverage_is_read)
    try:
        assert queued_work.work_once(KINDS, working[0], clock)
    finally:
        event.remove(extensions.db.engine, "after_cursor_execute", once_the_coverage_is_read)
    with reading(reporting) as db:
        document = from_json(get_kept_document(reporting, db, working[0]))
    assert came
    assert {row[0] for row in rows_of(document, "sites")} == {"Riverside", "Northgate"}
    assert document.data_version == before, "what it says is of the state in which those were the sites"


def test_the_compliance_report_lists_each_site_and_is_not_for_viewers(reporting: Scope) -> None:
    [(run_id, document)] = made(reporting, ReportKind.COMPLIANCE)
    told = {panel.table.key for panel in document.panels}
    assert told <= {"accreditation_standing", "accreditation_ends", "lapses", "criteria"}, "nothing counted of patients"
    assert [row[0] for row in rows_of(document, "lapses")] == ["Northgate", "Riverside"]
    assert {row[-1] for row in rows_of(document, "lapses")} == {6}
    officer, viewer = seen_by(reporting, Role.COMPLIANCE), seen_by(reporting, Role.VIEWER)
    with reading(officer) as db:
        assert get_file(officer, db, run_id, "pdf")
    with reading(viewer) as db, pytest.raises(NotFound):
        get_file(viewer, db, run_id, "pdf")


def test_courses_due_name_pseudonyms_only_for_those_who_may_see_them(reporting: Scope) -> None:
    found = made(reporting, ReportKind.COURSES_DUE, Cadence.WEEKLY)
    assert len(found) == 4
    first_week = {
        document.site: rows_of(document, "due_list")
        for _, document in found
        if document.period_start == date(2026, 10, 5)
    }
    assert {name: row[0][1] for name, row in first_week.items()} == {"Riverside": 4, "Northgate": 4}
    with reading(reporting) as db:
        known = set(db.execute(text("SELECT pseudonym FROM patient")).scalars())
    assert {row[0][0] for row in first_week.values()} == known
    lead = seen_by_lead(reporting)
    with reading(lead) as db:
        assert {run.site_name for run in fetch_runs(lead, db) if run.kind is ReportKind.COURSES_DUE} == {"Riverside"}
    for role in (Role.VIEWER, Role.COMPLIANCE):
        other = seen_by(reporting, role)
        with reading(other) as db:
            assert not [run for run in fetch_runs(other, db) if run.kind is ReportKind.COURSES_DUE]


def test_courses_past_their_window_are_told_apart_from_those_that_can_still_be_in_time(reporting: Scope) -> None:
    early = [date(2026, 9, 14), date(2026, 9, 17)]
    for n in range(2):
        other = {**course("RIV"), "key": f"E{n}", "patient": f"PE{n}"}
        rows = [{**sessions("RIV", day, many=1)[0], "key": f"E{n}-{day}", "course": other["key"]} for day in early]
        store(reporting, {"courses": [other], "sessions": rows}, NOW - timedelta(days=15))
    first_week = [
        document
        for _, document in made(reporting, ReportKind.COURSES_DUE, Cadence.WEEKLY)
        if document.period_start == date(2026, 10, 5)
    ]
    riverside, northgate = sorted(first_week, key=lambda document: document.site, reverse=True)
    days_left = [row[-1] for row in rows_of(riverside, "due_list")]
    assert [value < 0 for value in days_left if isinstance(value, int)] == [True, True, False]
    assert [(each.label, each.value) for each in riverside.headlines] == [
        ("In their window", 1),
        ("Window ends soon", 0),
        ("Past their window", 2),
    ]
    assert [each.text for each in riverside.sentences] == [
        "2 open courses have passed their window; they can only be completed late."
    ]
    assert northgate.sentences == ()


def test_a_site_lead_finds_nothing_of_a_report_of_the_network(reporting: Scope) -> None:
    entry = replace(schedules.monthly(OCTOBER), kind=ReportKind.NETWORK)
    schedules.set_up(seen_by(reporting, Role.MANAGER), entry, NOW)
    report_runs.reconcile_network(reporting, NOW)
    boss = seen_by(reporting, Role.MANAGER)
    with reading(boss) as db:
        [run_id] = [run.id for run in fetch_runs(boss, db) if run.kind is ReportKind.NETWORK]
    lead = seen_by_lead(reporting)
    with reading(lead) as db:
        assert {line.kind for line in fetch_ledger(lead, db, NOW)} == {ReportKind.SITE}
        assert db.execute(text("SELECT count(*) FROM report_run WHERE id = :id"), {"id": run_id}).scalar_one() == 0
        with pytest.raises(NotFound):
            get_file(lead, db, run_id, "pdf")
    everywhere = replace(lead, site_ids=frozenset(site_ids(reporting).values()))
    with reading(everywhere) as db, pytest.raises(NotFound):
        get_file(everywhere, db, run_id, "pdf")


def test_a_network_schedule_of_one_region_counts_that_regions_sites(reporting: Scope) -> None:
    only = frozenset({site_ids(reporting)["RIV"]})
    entry = replace(schedules.monthly(OCTOBER), kind=ReportKind.NETWORK, zone="UTC", site_ids=only)
    schedules.set_up(seen_by(reporting, Role.MANAGER), entry, NOW)
    report_runs.reconcile_network(reporting, NOW + timedelta(hours=1))
    boss = seen_by(reporting, Role.MANAGER)
    with reading(boss) as db:
        [run] = [run for run in fetch_runs(boss, db) if run.kind is ReportKind.NETWORK]
    assert queued_work.work_once(KINDS, run.id, clock)
    with reading(boss) as db:
        document = from_json(get_kept_document(boss, db, run.id))
    assert [row[0] for row in rows_of(document, "sites")] == ["Riverside"]
    assert document.headlines[0].value == 6
    assert len(run_ids(reporting)) == 1
    assert len(ledger(reporting)) == 2
