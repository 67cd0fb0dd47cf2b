"""Each event is sealed once, whatever order it comes into sight in; what is changed behind the product's back is found."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from tests.conftest import NOW
from tests.making import make_network
from webapp.domain.audit_chain import Head, verify
from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.queries.audit_chain import count_unsealed, fetch_links
from webapp.services import audit, audit_sealing, people
from webapp.transactions import reading, unit_of_work


@pytest.fixture
def scope(app: Flask) -> Scope:
    """A network whose trail is sealed up to now."""
    made = make_network(NOW)
    for number in range(5):
        audit.record(made, "open", f"page {number}", details={"from": "2026-10-01", "page": number})
    audit_sealing.seal_network(made, NOW)
    return made


@pytest.fixture
def superuser(settings: dict[str, object]) -> Iterator[Connection]:
    """Somebody who can pass every policy and every trigger."""
    engine = create_engine(driver_url(str(settings["DATABASE_URL"])), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def verdict(scope: Scope, noted: Head | None = None) -> str | None:
    with reading(scope) as db:
        return verify(fetch_links(scope, db), noted).fault


def sealed(scope: Scope) -> int:
    with reading(scope) as db:
        return verify(fetch_links(scope, db)).head.place


def unsealed(scope: Scope) -> int:
    with reading(scope) as db:
        return count_unsealed(scope, db, NOW + timedelta(hours=1))


def test_every_event_is_sealed_and_sealing_again_adds_nothing(scope: Scope) -> None:
    before = sealed(scope)
    assert before >= 5
    assert unsealed(scope) == 0
    assert audit_sealing.seal_network(scope, NOW) == 0
    assert (sealed(scope), verdict(scope)) == (before, None)


def test_an_event_that_comes_into_sight_late_is_sealed_after_the_others(scope: Scope) -> None:
    before = sealed(scope)
    with unit_of_work(scope) as db:
        audit.record_within(scope, db, "import", "a long one")  # takes its number first, commits last
        audit.record(scope, "open", "meanwhile")
        assert audit_sealing.seal_network(scope, NOW) == 1
    assert audit_sealing.seal_network(scope, NOW) == 1
    assert (sealed(scope), verdict(scope), unsealed(scope)) == (before + 2, None, 0)


def test_two_sealers_at_once_seal_each_event_once(scope: Scope, app: Flask) -> None:
    before = sealed(scope)
    for number in range(20):
        audit.record(scope, "open", f"row {number}")

    def run(_: int) -> int:
        with app.app_context():
            return audit_sealing.seal_network(scope, NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 20
    assert (sealed(scope), verdict(scope)) == (before + 20, None)


def test_an_event_dated_in_the_future_does_not_hide_the_next(scope: Scope, clock: object) -> None:
    clock.instant = NOW + timedelta(days=30)  # type: ignore[attr-defined]  # the test's clock
    audit.record(scope, "open", "ahead of time")
    audit_sealing.seal_network(scope, NOW)
    clock.instant = NOW  # type: ignore[attr-defined]  # the test's clock
    audit.record(scope, "open", "in time")
    assert audit_sealing.seal_network(scope, NOW) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE audit_event SET object = object || '.' WHERE network_id = :network AND number = :number",
            "not as it was",
        ),
        ("UPDATE audit_event SET details = '{}' WHERE network_id = :network AND number = :number", "not as it was"),
        ("DELETE FROM audit_event WHERE network_id = :network AND number = :number", "is gone"),
        ("DELETE FROM audit_seal WHERE network_id = :network AND event_number = :number", "is missing"),
        (
            "UPDATE audit_seal SET hash = decode(repeat('00', 32), 'hex') WHERE network_id = :network AND event_number = :number",
            "not as it was",
        ),
    ],
)
def test_what_is_changed_behind_the_products_back_is_found(
    scope: Scope, superuser: Connection, change: str, said: str
) -> None:
    with reading(scope) as db:
        number = next(link.event_number for link in fetch_links(scope, db) if link.place == 3)
    assert superuser.execute(text(change), {"network": scope.network_id, "number": number}).rowcount == 1
    assert said in str(verdict(scope))


def test_an_event_slipped_in_with_an_old_date_has_no_seal(scope: Scope, superuser: Connection) -> None:
    superuser.execute(
        text(
            "INSERT INTO audit_event (network_id, at, action, object, outcome)"
            " VALUES (:network, :at, 'open', 'never happened', 'done')"
        ),
        {"network": scope.network_id, "at": NOW - timedelta(days=90)},
    )
    audit_sealing.seal_network(scope, NOW)
    assert unsealed(scope) == 1


def test_what_is_of_no_network_is_sealed_too(scope: Scope) -> None:
    audit.platform_event("sign in", "nobody@example.org", "refused")
    assert audit_sealing.seal_every_network(NOW) >= 1
    assert unsealed(people.network_scope(audit.PLATFORM)) == 0
