"""Workers give way to the web server on the same machine: a month end's reports can wait a moment, whoever opens a page should not."""

import os
import time
from collections.abc import Callable, Mapping

from celery.signals import worker_process_init

GIVING_WAY = 5
"""Steps of `nice`: a core that both want goes to the web server three times out of four, one that nobody else wants to the worker."""
LONGEST_REST_SECONDS = 0.5


def give_way(settings: Mapping[str, object]) -> None:
    """Let each process of a worker give way from its start; not in tests, which share their machine with nobody's pages."""
    if settings["ENVIRONMENT"] == "test":
        return

    def lower(**_: object) -> None:
        os.nice(GIVING_WAY)

    worker_process_init.connect(lower, weak=False)


def rest_after(seconds: float, sleep: Callable[[float], object] = time.sleep) -> None:
    """Rest as long as a run took, half a second at most.

    The database's side of a worker is as dear as its own, and no `nice` of ours reaches it: while a worker rests, the core and the
    database are the web server's. A month end of 2,000 sites still fits several times into its quarter of an hour.
    """
    sleep(min(seconds, LONGEST_REST_SECONDS))
