"""Shows that workers consume what is sent to them."""

from celery import shared_task

from webapp.services import canary
from webapp.services.clock import now


@shared_task(name="dripline.canary")  # type: ignore[untyped-decorator]  # Celery has no types
def sing() -> None:
    """Leave a sign of life."""
    canary.sing(now())
