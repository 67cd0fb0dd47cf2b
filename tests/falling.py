"""Lets a process of its own do a piece of work and fall on the way: a fresh one each time, forked from one that holds nothing."""

import multiprocessing
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tests.conftest import NOW
from webapp.factory import create_app
from webapp.services import queued_work
from workers.tasks.kinds import KINDS

Settings = dict[str, object]
PATIENCE_SECONDS = 60.0
PRELOADED = ["tests.falling", "webapp.presentation.pdf_file", "webapp.presentation.xlsx_file"]


def fallen(settings: Settings, point: str, work: Callable[..., object], *arguments: object) -> int:
    """Do the work in a process that is told to fall at the point; returns its exit code, minus the signal that ended it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_work, args=({**settings, "FAULT_AT": point}, work, arguments))
    process.start()
    process.join(PATIENCE_SECONDS)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"the work did not end before {point}")
    return process.exitcode


def do_run(run_id: UUID) -> None:
    """One queued run."""
    queued_work.work_once(KINDS, run_id, _now)


def _now() -> datetime:
    return NOW


def _work(settings: Settings, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    with create_app(settings).app_context():
        work(*arguments)
