"""How each network is served: for the operator, who sees no clinical row. Crosses networks by the operator's database role."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from webapp.domain.self_test import CANARY_SLUG
from webapp.transactions import of_operator


@dataclass(frozen=True, slots=True)
class NetworkService:
    """One network's work in the queue. oldest_at: since when the longest-waiting piece of work has waited."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest_at: datetime | None


_STATUS = """
    SELECT n.name, count(q.run_id) FILTER (WHERE q.state = 'waiting'),
        count(q.run_id) FILTER (WHERE q.state = 'running'), count(q.run_id) FILTER (WHERE q.state = 'failed'),
        min(q.created_at) FILTER (WHERE q.state = 'waiting')
    FROM network n LEFT JOIN run_queue q ON q.network_id = n.id WHERE n.archived_at IS NULL AND n.slug NOT LIKE :canaries
    GROUP BY n.id, n.name ORDER BY n.name"""


def fetch_network_services() -> list[NetworkService]:
    """Every network that is served, by name."""
    with of_operator() as db:
        return [NetworkService(*row) for row in db.execute(text(_STATUS), {"canaries": f"{CANARY_SLUG}%"})]


def count_unsent() -> int:
    """How many rings for work have not been sent yet: they wait for the queue's server."""
    with of_operator() as db:
        return int(db.execute(text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")).scalar_one())
