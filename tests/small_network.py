"""A small simulated network with everything in it, for tests that look at pages as people do."""

from dataclasses import replace
from datetime import date

from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import SimulationSettings, Stories
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import reading

SMALL = SimulationSettings(
    starts_on=date(2026, 3, 1), ends_on=date(2026, 11, 20), sites=4, sessions=900, stories=Stories(poor_coverage=1)
)


def small_network(names_from: int = 0) -> tuple[Scope, dict[str, str]]:
    """A scope that sees all of a new network of four sites and about 900 sessions, and its sites' names by code."""
    scope = make_network(NOW, "Small")
    fill_with_simulation(scope, replace(SMALL, names_from=names_from), 11, b"k" * 32, NOW, lambda _line: None)
    with reading(scope) as db:
        rows = db.execute(
            text(
                "SELECT s.id, s.code, v.name FROM site s JOIN site_version v ON v.site_id = s.id AND NOT v.withdrawn"
                " AND v.superseded_by_batch_id IS NULL ORDER BY s.code"
            )
        ).all()
    return replace(scope, site_ids=frozenset(row.id for row in rows)), {row.code: row.name for row in rows}
