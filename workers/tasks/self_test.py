"""The self-test of the isolation: rung for each hour, made once a night."""

from celery import shared_task

from webapp.services.clock import now
from webapp.services.self_test import running


@shared_task(name="dripline.self_test")  # type: ignore[untyped-decorator]  # Celery has no types
def self_test() -> None:
    """Tonight's, unless it is filed."""
    running.run_if_due(now)
