"""Every way in is declared, with who may use it, and the guard stands before all of them."""

import importlib

import pytest

from tests.rules import door_faults
from tests.whole_app import WholeApp
from webapp.domain.doors import TASKS
from webapp.services.outbox import BELL_QUEUE, WORK, WORK_QUEUE


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
