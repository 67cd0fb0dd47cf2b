"""`dripline audit verify` says of each network whether its trail is as it was written, and where it ends."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from tests.commanding import dripline
from tests.conftest import NOW
from tests.making import make_network
from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.services import audit, audit_sealing


@pytest.fixture
def name() -> str:
    """What no other network is called."""
    return f"harbour{uuid4().hex[:8]}"


@pytest.fixture
def scope(app: Flask, name: str) -> Scope:
    """A network with three sealed events."""
    made = make_network(NOW, name)
    for number in range(3):
        audit.record(made, "open", f"page {number}")
    audit_sealing.seal_network(made, NOW)
    return made


def change(environ: dict[str, str], scope: Scope) -> None:
    """What only a superuser can do."""
    engine = create_engine(driver_url(environ["DATABASE_URL"]))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE audit_event SET outcome = 'refused' WHERE network_id = :network"),
            {"network": scope.network_id},
        )
    engine.dispose()


def test_a_trail_that_holds_prints_its_head_and_a_changed_one_is_refused(
    scope: Scope, name: str, environ: dict[str, str]
) -> None:
    shown = dripline(environ, "audit", "verify", "--network", name).output
    assert shown.startswith(f"{name}: holds  ")
    head = shown.split()[-1]
    assert "holds" in dripline(environ, "audit", "verify", "--network", name, "--head", head).output
    change(environ, scope)
    refused = dripline(environ, "audit", "verify", "--network", name, exit_code=1).output
    assert "is not as it was when it was sealed" in refused
    assert "The audit trail is not as it was written" in refused


@pytest.mark.usefixtures("scope")
def test_every_network_is_verified_by_default(name: str, environ: dict[str, str]) -> None:
    shown = dripline(environ, "audit", "verify", exit_code=None).output  # other tests leave broken chains
    assert f"{name}: holds" in shown
    assert "events of no network: " in shown


@pytest.mark.usefixtures("scope")
def test_a_head_needs_its_network_and_its_form(name: str, environ: dict[str, str]) -> None:
    assert "give --network as well" in dripline(environ, "audit", "verify", "--head", "1:00", exit_code=2).output
    refused = dripline(environ, "audit", "verify", "--network", name, "--head", "seven", exit_code=2).output
    assert "64 hexadecimal digits" in refused
