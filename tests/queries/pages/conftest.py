"""The simulated network's facts, read once for all pages."""

import pytest
from flask import Flask

from tests.queries import recount
from tests.queries.pages.network import Network
from tests.queries.pages.recounted import spells_of, stated_days
from webapp.domain.scope import Scope


@pytest.fixture(scope="package")
def network(session_app: Flask, simulated: Scope) -> Network:
    """The simulated network beside its plain rows."""
    with session_app.app_context():
        facts = recount.facts_of(simulated)
        return Network(simulated, facts, spells_of(simulated, facts), stated_days(simulated))
