"""What beat rings for, and how often.

Beat is a doorbell only: which reports are due is worked out from the ledger at each ring.
"""

from typing import Any

from celery.beat import Service
from celery.signals import beat_init

TICK_SECONDS = 60.0
REMIND_SECONDS = 3600.0
NIGHTLY_SECONDS = 3600.0
SELF_TEST = "self_test"
STALE_SECONDS = 50
"""A ring that was not answered by then is dropped: the next one does the same."""

SCHEDULE: dict[str, dict[str, Any]] = {
    "tick": {"task": "dripline.tick", "schedule": TICK_SECONDS, "options": {"expires": STALE_SECONDS}},
    "seal": {"task": "dripline.seal", "schedule": TICK_SECONDS, "options": {"expires": STALE_SECONDS}},
    "remind": {"task": "dripline.remind", "schedule": REMIND_SECONDS, "options": {"expires": STALE_SECONDS}},
    "nightly": {"task": "dripline.nightly", "schedule": NIGHTLY_SECONDS, "options": {"expires": STALE_SECONDS}},
    SELF_TEST: {"task": "dripline.self_test", "schedule": NIGHTLY_SECONDS, "options": {"expires": STALE_SECONDS}},
    "canary": {"task": "dripline.canary", "schedule": TICK_SECONDS, "options": {"expires": STALE_SECONDS}},
}

RUNG_AT_START = tuple(entry for name, entry in SCHEDULE.items() if name != SELF_TEST)


@beat_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def ring_at_once(sender: Service, **_: object) -> None:
    """Ring as beat starts, rather than a minute later; the self-test waits for its hour, since people sign in first."""
    for entry in RUNG_AT_START:
        sender.app.send_task(entry["task"], **entry["options"])
