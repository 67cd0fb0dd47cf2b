"""Workers give way to the web server on the same machine: a month end's reports can wait a moment, whoever opens a page should not."""

import os
from collections.abc import Mapping

from celery.signals import worker_process_init

GIVING_WAY = 5
"""Steps of `nice`: a core that both want goes to the web server three times out of four, one that nobody else wants to the worker."""


def give_way(settings: Mapping[str, object]) -> None:
    """Let each process of a worker give way from its start; not in tests, which share their machine with nobody's pages."""
    if settings["ENVIRONMENT"] == "test":
        return

    def lower(**_: object) -> None:
        os.nice(GIVING_WAY)

    worker_process_init.connect(lower, weak=False)
