"""Reminders of what ends are entered, network by network."""

from celery import shared_task

from webapp.services import reminders
from webapp.services.clock import now


@shared_task(name="dripline.remind")  # type: ignore[untyped-decorator]  # Celery has no types
def remind() -> None:
    """Enter what is missing."""
    reminders.remind_every_network(now())
