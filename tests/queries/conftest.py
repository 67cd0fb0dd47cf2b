"""A simulated network for the tests that recount: small, but with every story in it."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import SimulationSettings
from webapp.queries.sites import fetch_every_site_id
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import reading

SIMULATED = SimulationSettings(starts_on=date(2025, 6, 1), ends_on=date(2026, 11, 20), sites=12, sessions=4000)


@pytest.fixture(scope="package")
def simulated(session_app: Flask) -> Scope:
    """A network of twelve sites and about 4,000 sessions; its scope sees every site."""
    with session_app.app_context():
        scope = make_network(NOW, "Simulated")
        fill_with_simulation(scope, SIMULATED, 7, b"k" * 32, NOW, lambda _line: None)
        return with_sites(scope)


def with_sites(scope: Scope) -> Scope:
    """The product's own scope with every site named, as a manager's is."""
    with reading(scope) as db:
        return replace(scope, site_ids=fetch_every_site_id(scope, db))
