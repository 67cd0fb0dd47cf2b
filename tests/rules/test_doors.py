"""Every way in is declared, with who may use it, and the guard stands before all of them."""

import importlib

import pytest

from tests.rules import door_faults
from tests.whole_app import WholeApp
from webapp.domain.doors import PAGES, ROUTES, TASKS
from webapp.domain.vocabulary import Role
from webapp.services.outbox import BELL_QUEUE, WORK, WORK_QUEUE

OF_WHOEVER_READS_NO_ROWS = {
    *(f"saved_views.{view}" for view in ("index", "save", "start", "usual_start", "remove")),
    "exports.table",
    *("overview", "sessions", "courses", "side-effects", "site", "accreditation"),
}
"""All that a viewer may open. Stored reports hold full tables, and lists hold rows: no door of theirs belongs here."""

OF_A_SURVEYOR = {"survey.index", "survey.download"}
OF_THE_OPERATOR = {"status.index"}
SENDING, NETWORK, OFFICER = {Role.MANAGER, Role.SITE_LEAD}, {Role.MANAGER, Role.COMPLIANCE}, {Role.COMPLIANCE}
READING = SENDING | OFFICER
DECIDED_BY = {
    **dict.fromkeys(
        ("reports.run_now", "reports.release", "reports.cancel", "reports.try_again", "data.upload"), SENDING
    ),
    **dict.fromkeys(("reports.index", "reports.show", "reports.download"), READING),
    **dict.fromkeys(("reports.progress", "reports.following", "data.progress"), READING),
    **dict.fromkeys(("reports.legal_hold", "schedules.set_up", "schedules.change", "schedules.end"), NETWORK),
    **dict.fromkeys(("findings.add", "audit.index", "audit.export", "reminders.index"), NETWORK),
    **dict.fromkeys(("accreditation.record", "credentials.record", "credentials.link", "assessments.record"), OFFICER),
    **dict.fromkeys(("programmes.add", "programmes.change", "programmes.criterion", "reminders.snooze"), OFFICER),
    **dict.fromkeys(("tracer.ask", "tracer.download", "tracer.admit", "tracer.dismiss", "evidence.keeping"), OFFICER),
}
"""Who decides, and who reads reports, said a second time: a door that is opened wider is a decision, so it must be changed here too."""


def test_every_route_has_a_door_and_every_door_a_route(whole: WholeApp) -> None:
    assert door_faults.route_faults(whole.app) == []


def test_every_drawn_page_has_a_door_and_one_callback_answers_them_all(whole: WholeApp) -> None:
    assert door_faults.page_faults(whole.drawing) == []


def test_nobody_passes_unasked(whole: WholeApp) -> None:
    assert door_faults.guard_faults(whole.app) == []


def test_what_changes_something_asks_for_the_token(whole: WholeApp) -> None:
    assert door_faults.csrf_faults(whole.app) == []


def test_the_side_bar_shows_only_what_the_role_may_open(whole: WholeApp) -> None:
    assert door_faults.navigation_faults(whole.app) == []


def test_everybody_lands_where_they_may_be(whole: WholeApp) -> None:
    assert door_faults.landing_faults(whole.app) == []


def test_every_task_is_declared(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    celery = importlib.import_module("workers.celery_app").app
    celery.loader.import_default_modules()
    assert {name for name in celery.tasks if not name.startswith("celery.")} == set(TASKS)
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= set(TASKS)
    assert {queue.name for queue in celery.conf.task_queues} == {BELL_QUEUE, WORK_QUEUE}
    assert WORK in TASKS
    assert celery.conf.accept_content == ["json"]
    assert celery.conf.task_serializer == "json"
    assert celery.conf.task_ignore_result


@pytest.mark.parametrize(
    ("role", "theirs"),
    [
        (Role.VIEWER, OF_WHOEVER_READS_NO_ROWS),
        (Role.SURVEYOR, OF_A_SURVEYOR),
        (Role.OPERATOR, OF_THE_OPERATOR),
    ],
)
def test_whoever_reads_no_rows_opens_these_doors_and_no_others(role: Role, theirs: set[str]) -> None:
    doors = {**ROUTES, **PAGES}
    assert {name for name, door in doors.items() if door.policy == "roles" and door.admits(role)} == theirs


@pytest.mark.parametrize("name", DECIDED_BY)
def test_who_decides_is_as_was_decided(name: str) -> None:
    assert {role for role in Role if ROUTES[name].admits(role)} == DECIDED_BY[name]
