"""What of one network's transactions is left for another's that gets the same connection from the pool."""

import random
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from webapp import transactions
from webapp.domain.scope import Scope
from webapp.extensions import db as database

THREADS = 4
WAYS = (
    ["commit"] * 12
    + ["raise"] * 3
    + ["roll back"] * 3
    + ["savepoint"] * 2
    + ["read"] * 6
    + ["wrong"] * 3
    + ["cancelled"]
)
"""How transactions end, in the proportions in which they are tried."""

SETTINGS = "SELECT coalesce(current_setting('app.' || name, true), '') FROM unnest(ARRAY['network_id', 'user_id', 'role', 'sites']) name"
"""What the connection has been told, in that order; empty where nothing."""


class UndoneError(Exception):
    """Ends a transaction on purpose."""


def find_leaks(app: Flask, scopes: tuple[Scope, Scope], switches: int) -> list[str]:
    """Alternate between two networks, each with one site, from several threads; whatever one saw of the other."""

    def transactions_of(seed: int) -> list[str]:
        chance = random.Random(seed)
        with app.app_context():
            return [
                leak
                for turn in range(switches // THREADS)
                for leak in _leaks(scopes[(turn + seed) % 2], chance.choice(WAYS))
            ]

    with ThreadPoolExecutor(THREADS) as threads:
        return [leak for found in threads.map(transactions_of, range(THREADS)) for leak in found]


def _leaks(scope: Scope, way: str) -> list[str]:
    """One transaction that ends in that way; what it saw that was not its network's."""
    with database.engine.connect() as connection:
        seen = [f"left in the connection: {value}" for value in connection.execute(text(SETTINGS)).scalars() if value]
    gate = transactions.reading if way == "read" else transactions.unit_of_work
    try:
        with gate(scope, timeout_ms=20 if way == "cancelled" else 30_000) as db:
            if way == "savepoint":
                with db.begin_nested() as savepoint:
                    db.execute(text("SELECT 1"))
                    savepoint.rollback()
            owners = set(db.execute(text("SELECT network_id FROM site")).scalars())
            seen += [f"saw {owner}" for owner in owners - {scope.network_id}]
            if owners != {scope.network_id}:
                seen.append("did not see its own")
            if way == "cancelled":
                db.execute(text("SELECT pg_sleep(1)"))
            if way == "wrong":
                db.execute(text("SELECT 1 / 0"))
            if way == "roll back":
                db.rollback()
            if way == "raise":
                raise UndoneError
    except (UndoneError, DBAPIError):
        pass
    return seen
