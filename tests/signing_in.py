"""Signs people in as a browser does."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.making import PASSWORD, make_user
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role


def signed_in(app: Flask, scope: Scope, role: Role, *sites: str) -> FlaskClient:
    """The browser of a new person of that role."""
    with app.app_context():
        email = make_user(scope, role, NOW, sites)
    return sign_in(app, email)


def sign_in(app: Flask, email: str) -> FlaskClient:
    """The browser of somebody whose password is PASSWORD."""
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "csrf_token": token_of(client.get("/sign-in").text)}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def token_of(page: str) -> str:
    """The form's token in a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
