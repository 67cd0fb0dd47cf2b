"""One queued run: claim it (or whichever waits longest), have it made, mark how it went."""

import logging
import time
from uuid import UUID

from celery import shared_task
from flask import current_app

from webapp.services import queued_work
from webapp.services.clock import now
from workers.tasks.kinds import KINDS
from workers.way import rest_after

log = logging.getLogger(__name__)


@shared_task(name="dripline.work")  # type: ignore[untyped-decorator]  # Celery has no types
def work(run_id: str) -> None:
    """Do one run. A message that names none of ours still serves as a ring for the others."""
    began = time.monotonic()
    if queued_work.work_once(KINDS, _known(run_id), now) and current_app.config["ENVIRONMENT"] != "test":
        rest_after(time.monotonic() - began)


def _known(run_id: object) -> UUID | None:
    try:
        return UUID(str(run_id))
    except ValueError:
        log.warning("a message named no run")
        return None
