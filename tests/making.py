"""Makes what tests need: a clock that can be set, networks, people, and batches of records out of plain dictionaries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.globals import app_ctx
from sqlalchemy import text

from webapp.domain.records import BY_NAME, RecordType
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import people
from webapp.services.facts import Batch, StoredCount
from webapp.services.recording import record_rows, seal_batch
from webapp.services.staging import StagedRow, staged_columns
from webapp.transactions import of_dispatcher, unit_of_work

PASSWORD = "correct horse battery"
MADE: list[tuple[Flask, UUID]] = []
"""The networks of this process's tests that are not retired yet, each with the application that made it, oldest first."""


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    instant: datetime

    def __call__(self) -> datetime:
        return self.instant


def make_network(now: datetime, name: str = "Tidewater") -> Scope:
    """A new network; returns the scope of the product's own work in it."""
    slug = f"{name.lower()}-{uuid4().hex[:8]}"
    return people.network_scope(people.add_network(name, now, slug))


def retire(scope: Scope) -> None:
    """Archive the network, and leave nothing of it to be reconciled or claimed by the tests after."""
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE network SET archived_at = now() WHERE id = :network"), {"network": scope.network_id})
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue WHERE network_id = :network"), {"network": scope.network_id})
    MADE[:] = [each for each in MADE if each[1] != scope.network_id]


def noting(add: Callable[..., UUID]) -> Callable[..., UUID]:
    """`people.add_network`, which also notes what it made."""

    def noted(*named: Any, **more: Any) -> UUID:
        network_id = add(*named, **more)
        MADE.append((app_ctx.app, network_id))
        return network_id

    return noted


@contextmanager
def retired_afterwards() -> Iterator[None]:
    """Networks made meanwhile, by whomever, are retired: each ring of the bell goes through all there are."""
    before = len(MADE)
    yield
    for app, network_id in MADE[before:]:
        with app.app_context():
            retire(people.network_scope(network_id))


def make_user(scope: Scope, role: Role, now: datetime, sites: Sequence[str] = (), email: str | None = None) -> str:
    """A new person with that role; returns the e-mail address. The password is PASSWORD."""
    email = email or f"{role.value}-{uuid4().hex[:8]}@example.org"
    user_id = people.add_user(email, f"Test {role.value}", PASSWORD, now)
    people.add_member(scope, user_id, role, sites, now)
    return email


def staged(record_type: RecordType, record: Mapping[str, Any]) -> StagedRow:
    """One record as it is staged: missing fields are empty."""
    return (record["key"], *(record.get(column.name) for column in staged_columns(record_type)))


def store(
    scope: Scope,
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    now: datetime,
    source: str = "test",
    before_commit: Callable[[], object] = lambda: None,
) -> tuple[UUID, StoredCount]:
    """Record a batch of plain dictionaries, by the names of the staged columns; returns the batch's id and the counts."""
    batch = Batch(uuid4(), source)
    rows = {name: [staged(BY_NAME[name], record) for record in of_type] for name, of_type in records.items()}
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO import_batch (network_id, id, source, mapping, state, accept_good_rows, received_at, received_by,"
                " received_role, rows_read, rows_stored, rows_changed, rows_unchanged, rows_rejected)"
                " VALUES (:network, :id, :source, 'test', 'stored', false, :now, :by, 'manager', 0, 0, 0, 0, 0)"
            ),
            {"network": scope.network_id, "id": batch.id, "source": source, "now": now, "by": scope.user_id},
        )
        counts = record_rows(scope, db, batch, rows, now)
        seal_batch(scope, db, batch, now)
        before_commit()
    return batch.id, counts
