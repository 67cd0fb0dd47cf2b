"""Every new event of the audit trail becomes a link of its network's chain."""

from celery import shared_task

from webapp.services import audit_sealing
from webapp.services.clock import now


@shared_task(name="dripline.seal")  # type: ignore[untyped-decorator]  # Celery has no types
def seal() -> None:
    """Seal what is new."""
    audit_sealing.seal_every_network(now())
