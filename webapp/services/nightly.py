"""What is looked after each night, network by network. It is rung for each hour: what was done by then is not done again."""

import logging
from datetime import datetime, timedelta

from webapp.services import calendar_feeds, evidence, people

log = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(hours=2)


def look_after(now: datetime) -> None:
    """Check stored evidence against its hashes, clear away files that no row names, and end what lapsed members had open."""
    for network_id in people.fetch_network_ids():
        scope = people.network_scope(network_id)
        try:
            calendar_feeds.end_lapsed(scope, now)
            evidence.recheck(scope, now)
            evidence.sweep(scope, now - ORPHAN_AGE)
        except Exception:
            log.exception("network %s could not be looked after; the others go on", network_id)
