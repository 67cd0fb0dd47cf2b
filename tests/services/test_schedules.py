"""Schedules as people keep them: a change holds for later periods, and never rewrites, repeats or loses a past report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_user, store
from tests.reporting import OCTOBER, ledger, reporting_network, site, site_ids
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.schedule_entry import ScheduleEntry
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.schedules import fetch_kept_schedules, get_schedule
from webapp.services import report_runs, schedules
from webapp.transactions import of_nobody, reading


def manager(scope: Scope, role: Role = Role.MANAGER) -> Scope:
    return Scope(scope.network_id, uuid4(), role, frozenset(site_ids(scope).values()), whole_network=True)


def entry(**more: object) -> ScheduleEntry:
    return replace(schedules.monthly(OCTOBER), **more)  # type: ignore[arg-type]  # the test's own words


def user_of(email: str) -> UUID:
    with of_nobody() as db:
        found: UUID = db.execute(
            text("SELECT id FROM user_account WHERE email = :email"), {"email": email}
        ).scalar_one()
        return found


def kept(scope: Scope) -> list[tuple[str, int, date, date | None]]:
    with reading(scope) as db:
        found = fetch_kept_schedules(scope, db)
    return sorted((k.name, k.due.due_day, k.due.starts_on, k.due.ends_on) for k in found)


def audited(scope: Scope) -> list[str]:
    with reading(scope) as db:
        return list(db.execute(text("SELECT action FROM audit_event WHERE action LIKE '%schedule'")).scalars())


def test_a_change_of_the_day_begins_with_the_period_that_is_not_over(bare: Scope) -> None:
    store(bare, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
    boss = manager(bare)
    first = schedules.set_up(boss, entry(), NOW)
    report_runs.reconcile_network(bare, NOW)
    before = ledger(bare)
    second = schedules.change(boss, first, entry(due_day=5, name="On the fifth"), NOW)
    assert second != first
    assert kept(bare) == [
        ("Monthly report", 1, OCTOBER, date(2026, 11, 1)),
        ("On the fifth", 5, date(2026, 11, 1), None),
    ]
    report_runs.reconcile_network(bare, NOW)
    assert ledger(bare) == before
    later = datetime(2027, 1, 6, tzinfo=UTC)
    report_runs.reconcile_network(bare, later)
    assert [month for _, month, *_ in ledger(bare)] == [OCTOBER, date(2026, 11, 1), date(2026, 12, 1)]
    with pytest.raises(Conflict):
        schedules.change(boss, first, entry(due_day=9), NOW)
    assert sorted(audited(bare)) == ["change a schedule", "set up a schedule"]


def test_a_change_at_the_turn_of_a_month_repeats_and_loses_nothing(made: Callable[..., Scope]) -> None:
    """A site far in the east is in the next month already when the change is made in the west."""
    scope = made(sites=(("EAST", "Kiritimati", "Pacific/Kiritimati"), ("WEST", "Niue", "Pacific/Niue")))
    [(schedule_id, *_)] = [(k,) for k in _ids(scope)]
    turn = datetime(2026, 10, 31, 20, tzinfo=UTC)  # 1 Nov 10:00 in Kiritimati, 31 Oct 09:00 in Niue
    report_runs.reconcile_network(scope, turn)
    assert [code for code, *_ in ledger(scope)] == ["EAST"]
    schedules.change(manager(scope), schedule_id, entry(due_day=2), turn)
    report_runs.reconcile_network(scope, datetime(2026, 12, 3, tzinfo=UTC))
    assert [(code, month) for code, month, *_ in ledger(scope)] == [
        ("EAST", OCTOBER),
        ("WEST", OCTOBER),
        ("EAST", date(2026, 11, 1)),
        ("WEST", date(2026, 11, 1)),
    ]


def _ids(scope: Scope) -> list[UUID]:
    with reading(scope) as db:
        return [each.id for each in fetch_kept_schedules(scope, db)]


def test_a_new_name_changes_nothing_that_is_due(reporting: Scope) -> None:
    [schedule_id] = _ids(reporting)
    assert schedules.change(manager(reporting), schedule_id, entry(name="  For   the board "), NOW) == schedule_id
    assert kept(reporting) == [("For the board", 1, OCTOBER, None)]


def test_an_ended_schedule_lets_nothing_more_fall_due_and_keeps_what_was(reporting: Scope) -> None:
    [schedule_id] = _ids(reporting)
    boss = manager(reporting)
    schedules.end(boss, schedule_id, NOW)
    report_runs.reconcile_network(reporting, NOW + timedelta(days=90))
    assert {month for _, month, *_ in ledger(reporting)} == {OCTOBER}
    with pytest.raises(Conflict):
        schedules.end(boss, schedule_id, NOW)


def test_what_is_asked_for_by_hand_begins_no_schedule(bare: Scope) -> None:
    store(bare, {"sites": [site("RIV", "Riverside", "America/New_York")]}, NOW)
    boss = manager(bare)
    assert report_runs.request(boss, "RIV", OCTOBER, NOW) == report_runs.request(boss, "RIV", OCTOBER, NOW)
    report_runs.reconcile_network(bare, NOW + timedelta(days=200))
    assert ledger(bare) == [("RIV", OCTOBER, 1, "due")]
    assert kept(bare) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "   "}, "Give the schedule a name"),
        ({"name": "x" * 81}, "at most 80"),
        ({"due_day": 32}, "a day of the month"),
        ({"due_day": 8, "cadence": Cadence.WEEKLY}, "a day of the week"),
        ({"starts_on": date(2019, 1, 1)}, "cannot be meant"),
        ({"starts_on": date(2031, 1, 1)}, "cannot be meant"),
        ({"hold_days": 29}, "waits 0 to 28 days"),
        ({"site_ids": frozenset()}, "at least one site"),
        ({"site_ids": frozenset({UUID(int=9)})}, "not there any more"),
        ({"regions": frozenset()}, "at least one region"),
        ({"regions": frozenset({"Atlantis"})}, "not there any more"),
        ({"kind": ReportKind.NETWORK, "zone": "Nowhere/Land"}, "Choose the clocks"),
        ({"recipients": frozenset({UUID(int=9)})}, "not a member"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(reporting: Scope, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        schedules.set_up(manager(reporting), entry(**wrong), NOW)
    assert len(kept(reporting)) == 1


def test_each_role_keeps_its_own_kinds(reporting: Scope) -> None:
    officer = manager(reporting, Role.COMPLIANCE)
    own = schedules.set_up(officer, entry(kind=ReportKind.COMPLIANCE), NOW)
    for refused in (ReportKind.SITE, ReportKind.NETWORK, ReportKind.COURSES_DUE):
        with pytest.raises(NotAllowed):
            schedules.set_up(officer, entry(kind=refused), NOW)
    with pytest.raises(NotAllowed):
        schedules.end(officer, next(each for each in _ids(reporting) if each != own), NOW)
    for role in (Role.SITE_LEAD, Role.VIEWER, Role.SURVEYOR):
        with pytest.raises(NotAllowed):
            schedules.set_up(manager(reporting, role), entry(), NOW)


def test_another_networks_schedule_reads_like_none(reporting: Scope) -> None:
    other = reporting_network(NOW)
    with reading(reporting) as db, pytest.raises(NotFound) as foreign:
        get_schedule(reporting, db, _ids(other)[0])
    with reading(reporting) as db, pytest.raises(NotFound) as missing:
        get_schedule(reporting, db, uuid4())
    assert str(foreign.value) == str(missing.value)


def test_only_those_who_may_read_something_of_it_are_named(reporting: Scope) -> None:
    lead, officer, viewer = (
        user_of(make_user(reporting, role, NOW, sites))
        for role, sites in ((Role.SITE_LEAD, ["RIV"]), (Role.COMPLIANCE, []), (Role.VIEWER, []))
    )
    boss, northgate = manager(reporting), frozenset({site_ids(reporting)["NGT"]})
    schedules.set_up(boss, entry(recipients=frozenset({lead})), NOW)
    schedules.set_up(boss, entry(kind=ReportKind.COMPLIANCE, recipients=frozenset({officer})), NOW)
    for wrong in (
        {"recipients": frozenset({officer})},
        {"kind": ReportKind.NETWORK, "recipients": frozenset({officer})},
        {"kind": ReportKind.NETWORK, "recipients": frozenset({lead})},
        {"kind": ReportKind.COURSES_DUE, "recipients": frozenset({officer})},
        {"recipients": frozenset({viewer})},
        {"site_ids": northgate, "recipients": frozenset({lead})},
    ):
        with pytest.raises(BadInput, match="cannot be sent this"):
            schedules.set_up(boss, entry(**wrong), NOW)


def test_weekly_and_quarterly_reports_fall_due_for_a_region(bare: Scope) -> None:
    store(
        bare,
        {
            "sites": [
                site("RIV", "Riverside", "America/New_York", region="East"),
                site("NGT", "Northgate", "America/Los_Angeles", region="West"),
            ]
        },
        NOW - timedelta(days=90),
    )
    boss = manager(bare)
    east = frozenset({"East"})
    schedules.set_up(boss, entry(cadence=Cadence.WEEKLY, starts_on=date(2026, 11, 3), regions=east), NOW)
    schedules.set_up(boss, entry(cadence=Cadence.QUARTERLY, starts_on=date(2026, 8, 1), due_time=time(7)), NOW)
    report_runs.reconcile_network(bare, NOW)
    assert [(code, start) for code, start, *_ in ledger(bare)] == [
        ("NGT", date(2026, 7, 1)),
        ("RIV", date(2026, 7, 1)),
        ("RIV", date(2026, 11, 2)),
        ("RIV", date(2026, 11, 9)),
    ]
