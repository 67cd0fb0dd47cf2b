"""One queued run: claim it (or whichever waits longest), have it made, mark how it went."""

import logging
from uuid import UUID

from celery import shared_task

from webapp.services import queued_work
from webapp.services.clock import now
from workers.tasks.kinds import KINDS

log = logging.getLogger(__name__)


@shared_task(name="dripline.work")  # type: ignore[untyped-decorator]  # Celery has no types
def work(run_id: str) -> None:
    """Do one run. A message that names none of ours still serves as a ring for the others."""
    queued_work.work_once(KINDS, _known(run_id), now)


def _known(run_id: object) -> UUID | None:
    try:
        return UUID(str(run_id))
    except ValueError:
        log.warning("a message named no run")
        return None
