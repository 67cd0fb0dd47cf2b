"""The operator's page: every network's work, no clinical row, and nobody else sees it."""

from flask import Flask

from tests.conftest import NOW
from tests.making import PASSWORD, make_network, make_user
from tests.signing_in import sign_in
from webapp.domain.vocabulary import Role
from webapp.services import canary, people


def operator(app: Flask) -> str:
    email = "operator-status@example.org"
    with app.app_context():
        if people.find_user(email) is None:
            people.add_user(email, "Operator", PASSWORD, NOW, is_operator=True)
        make_network(NOW, "Served")
    return email


def test_the_operator_sees_every_network(session_app: Flask) -> None:
    client = sign_in(session_app, operator(session_app))
    with session_app.app_context():
        canary.sing(NOW)
    answer = client.get("/status")
    assert answer.status_code == 200
    assert "Served" in answer.text
    assert "The workers answer" in answer.text


def test_silent_workers_are_said(session_app: Flask) -> None:
    client = sign_in(session_app, operator(session_app))
    with session_app.app_context():
        canary.sing(NOW.replace(year=2025))
    assert "No worker has done anything" in client.get("/status").text


def test_a_manager_finds_no_such_page(session_app: Flask) -> None:
    with session_app.app_context():
        email = make_user(make_network(NOW), Role.MANAGER, NOW)
    assert sign_in(session_app, email).get("/status").status_code == 404
