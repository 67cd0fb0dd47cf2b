"""Pages are asked for as a browser does: the application outside any context, and the officer of the test's own network."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.making import Clock
from tests.signing_in import signed_in
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role


@pytest.fixture
def app(session_app: Flask, clock: Clock) -> Flask:
    """The application outside any context: each request must find out anew who is asking."""
    return session_app


@pytest.fixture
def officer(app: Flask, scope: Scope) -> FlaskClient:
    """The browser of a compliance officer of the network that the test names as `scope`."""
    return signed_in(app, scope, Role.COMPLIANCE)
