"""Looks after what is kept: rung for each hour, so that no outage lets a night go by."""

from celery import shared_task

from webapp.services import nightly
from webapp.services.clock import now


@shared_task(name="dripline.nightly")  # type: ignore[untyped-decorator]  # Celery has no types
def look_after() -> None:
    """Every network's stored evidence, as far as it was not checked since yesterday."""
    nightly.look_after(now())
