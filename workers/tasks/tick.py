"""Beat's bell: every missing run is entered, the outbox is sent, and what waits unattended is rung for again."""

from celery import shared_task

from webapp.services import ringing
from webapp.services.clock import now
from workers.tasks.kinds import KINDS


@shared_task(name="dripline.tick")  # type: ignore[untyped-decorator]  # Celery has no types
def tick() -> None:
    """One ring of the bell."""
    ringing.ring(KINDS, now())
