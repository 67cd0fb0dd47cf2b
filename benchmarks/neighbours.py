"""Other networks on the same servers: copies of a network under names of their own, for tables as long as a large installation's."""

from uuid import UUID, uuid4

from sqlalchemy import Connection, create_engine, text

from webapp.domain.role_urls import driver_url
from webapp.domain.scope import Scope
from webapp.extensions import metadata

_LEFT_OUT = ("audit_event", "audit_seal", "membership", "membership_site")
"""Numbered by the database one after the other, or of people who would then have several networks to choose from."""


def add_neighbours(scope: Scope, setup_url: str, copies: int) -> int:
    """So many copies of a network, its facts and its cells; returns how many sessions the servers hold then.

    Done as the set-up account, without asking each reference again: what is copied has been asked. Afterwards the tables are
    tidied and counted, as the server does by itself when it comes to it.
    """
    engine = create_engine(driver_url(setup_url))
    for number in range(copies):
        with engine.begin() as db:
            db.execute(text("SET LOCAL session_replication_role = replica"))
            _copy(db, scope.network_id, uuid4(), number)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("VACUUM (ANALYZE)"))
        return int(db.execute(text("SELECT count(*) FROM session")).scalar_one())


def _copy(db: Connection, network: UUID, copy: UUID, number: int) -> None:
    values = {"network": network, "copy": copy}
    _rows(db, "network", {"id": ":copy", "slug": f"slug || '-{number}'"}, "id = :network", values)
    for name, table in metadata.tables.items():
        if "network_id" in table.columns and name not in _LEFT_OUT:
            _rows(db, name, {"network_id": ":copy"}, "network_id = :network", values)


def _rows(db: Connection, table: str, said: dict[str, str], those: str, values: dict[str, UUID]) -> None:
    columns = [column for column in metadata.tables[table].columns if column.identity is None and not column.computed]
    names = ", ".join(column.name for column in columns)
    taken = ", ".join(said.get(column.name, column.name) for column in columns)
    db.execute(text(f"INSERT INTO {table} ({names}) SELECT {taken} FROM {table} WHERE {those}"), values)
