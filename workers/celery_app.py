"""The Celery application: its settings, and the product's own application behind every task."""

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery, Task
from celery.signals import worker_init
from flask import Flask
from kombu.entity import Queue

from config import load
from webapp.domain.errors import SetupError
from webapp.extensions import db
from webapp.factory import create_app
from webapp.services.outbox import BELL_QUEUE, WORK, WORK_QUEUE
from workers.beat import SCHEDULE
from workers.way import give_way

SOFT_LIMIT_SECONDS = 540
HARD_LIMIT_SECONDS = 570
"""Longest a task may run; well under the hour after which the broker would hand the message out again."""


TASKS_OF_A_PROCESS = 500
MOST_KILOBYTES = 390_000
"""A process of a worker is replaced after so many tasks, or by that size: each new one reads the fonts and loads what draws anew."""


class _Behind:
    """The Flask application of this process: made on first use, and made anew after a fork, since connections cannot be shared."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._settings = settings
        self._made: tuple[int, Flask] | None = None

    def application(self) -> Flask:
        """This process's own."""
        if self._made is None or self._made[0] != os.getpid():
            self._made = (os.getpid(), create_app(self._settings))
        return self._made[1]


def make_celery(settings: Mapping[str, object]) -> Celery:
    """Celery under the product's settings. Each task runs in the context of the Flask application of its process."""
    behind = _Behind(settings)

    class InApplication(Task):  # type: ignore[misc]  # Celery has no types
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with behind.application().app_context():
                return super().__call__(*args, **kwargs)

    celery = Celery("dripline", broker=str(settings["REDIS_URL"]), task_cls=InApplication, include=["workers.tasks"])
    celery.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,  # a run that kills its worker is counted in our queue, not started again without end
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_max_tasks_per_child=TASKS_OF_A_PROCESS,
        worker_max_memory_per_child=MOST_KILOBYTES,
        task_soft_time_limit=SOFT_LIMIT_SECONDS,
        task_time_limit=HARD_LIMIT_SECONDS,
        broker_connection_retry_on_startup=True,
        enable_utc=True,
        timezone="UTC",
        task_queues=[Queue(name) for name in (BELL_QUEUE, WORK_QUEUE)],  # type: ignore[no-untyped-call]  # kombu has no types
        task_default_queue=BELL_QUEUE,
        task_routes={name: {"queue": WORK_QUEUE} for name in (WORK, "dripline.self_test")},  # long: bells go past them
        beat_schedule=SCHEDULE,
    )
    _refuse_to_start_wrongly(settings)
    give_way(settings)
    return celery


def _refuse_to_start_wrongly(settings: Mapping[str, object]) -> None:
    """End a worker at once, with the reason, where it could see past the policies; leave its children no connection."""

    def check(**_: object) -> None:
        try:
            application = create_app(settings)
        except SetupError as error:
            raise SystemExit(str(error)) from None  # any other exception of a signal's handler would only be logged
        with application.app_context():
            for engine in db.engines.values():
                engine.dispose()

    worker_init.connect(check, weak=False)


app = make_celery(load(os.environ))
