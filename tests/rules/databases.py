"""Databases that live for one test: on the same server as the others, set up by the migrations or from the models."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from webapp.domain.role_urls import OWNER_ROLE, role_url

_EMPTY = "TEMPLATE template0 ENCODING '{}' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc"


@contextmanager
def throwaway(set_up_url: str, like: str | None = None, encoding: str = "UTF8") -> Iterator[str]:
    """A new database: empty and of that encoding, or a copy of the database named `like`; yields the set-up account's address of it."""
    name = f"throwaway_{uuid4().hex[:12]}"
    admin = create_engine(make_url(set_up_url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(
                text(f"CREATE DATABASE {name} {f'TEMPLATE {like}' if like else _EMPTY.format(encoding)}")
            )
        yield make_url(set_up_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def as_owner(set_up_url: str) -> Iterator[Connection]:
    """A connection of the owner role, in a transaction that is rolled back."""
    engine = create_engine(role_url(set_up_url, OWNER_ROLE))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
