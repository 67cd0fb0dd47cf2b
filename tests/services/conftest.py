"""Networks whose reports fall due, for the tests of the ledger and of the queue."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network
from tests.reporting import reporting_network
from webapp.domain.scope import Scope
from webapp.transactions import unit_of_work


@pytest.fixture
def made(app: Flask) -> Callable[..., Scope]:
    """Makes networks whose reports fall due."""
    return partial(reporting_network, NOW)


@pytest.fixture
def bare(app: Flask) -> Scope:
    """A network with nothing in it."""
    return make_network(NOW)


@pytest.fixture
def reporting(made: Callable[..., Scope]) -> Scope:
    """A network with the October reports of two sites due."""
    return made()


@pytest.fixture
def quiet(made: Callable[..., Scope]) -> Scope:
    """Two sites, and a schedule of the network's own that nothing falls due by any more."""
    scope = made()
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE schedule SET ends_on = starts_on"))
    return scope
