"""Setting a database up: its roles and its schema."""

import time
from collections.abc import Mapping

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import errors, sql
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from webapp.domain.errors import SetupError
from webapp.domain.role_urls import APP_ROLE, OWNER_ROLE, ROLES, role_password
from webapp.migrations import FOLDER

_SET_UP_LOCK = 4_722_001
_TRIES = 50
_PAUSE_SECONDS = 0.2
_AT_THE_SAME_TIME = (errors.InternalError_, errors.UniqueViolation, errors.DuplicateObject)
"""Roles belong to the whole server, and the lock above to one database of it: whoever sets up another one at the same moment
makes ours fail with one of these ("tuple concurrently updated"). Once they are done it goes through."""


def _create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create the roles that are missing; give each its password."""
    for role in ROLES:
        exists = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
        password = sql.Literal(passwords[role]).as_string()
        verb = "ALTER" if exists else "CREATE"
        connection.exec_driver_sql(
            f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {password}"
            if not exists
            else f"ALTER ROLE {role} LOGIN PASSWORD {password}"
        )


def _hand_over(connection: Connection) -> None:
    """Let the owner role, and nobody else, create things in this database."""
    name = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    connection.exec_driver_sql(f"GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {name} TO {OWNER_ROLE}")
    connection.exec_driver_sql(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {APP_ROLE}")
    connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {', '.join(ROLES)}")


def _check_server(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < 150_000:
        raise SetupError(f"PostgreSQL 15 or newer is needed; this server is version {version // 10_000}.")
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise SetupError(
            f"The database must be encoded in UTF-8; this one is {encoding}. Create it with ENCODING 'UTF8'."
        )


def set_up(set_up_url: str, owner_url: str, stated_passwords: Mapping[str, str] | None = None) -> None:
    """Create the roles and bring the schema to its newest state. Running it again changes nothing.

    A role has the password derived from ``set_up_url``, unless one is stated.
    """
    passwords = {role: role_password(set_up_url, role) for role in ROLES} | dict(stated_passwords or {})
    # Said, since a database of no encoding at all would answer in bytes before it could be refused.
    engine = create_engine(set_up_url, connect_args={"client_encoding": "utf8"})
    try:
        for tries_left in reversed(range(_TRIES)):
            try:
                _prepare(engine, passwords)
                break
            except DBAPIError as error:
                if not isinstance(error.orig, _AT_THE_SAME_TIME) or not tries_left:
                    raise
                time.sleep(_PAUSE_SECONDS)
    finally:
        engine.dispose()
    migrate(owner_url)


def _prepare(engine: Engine, passwords: Mapping[str, str]) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SET_UP_LOCK})
        _check_server(connection)
        _create_roles(connection, passwords)
        _hand_over(connection)


def migrate(owner_url: str) -> None:
    """Run the migrations that are missing, as the owner role; two at once wait for each other.

    Raises SetupError for a database that a newer version has already changed.
    """
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _SET_UP_LOCK})
            connection.commit()
            config = alembic_config(connection)
            _refuse_a_newer_one(connection, ScriptDirectory.from_config(config))
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()


def _refuse_a_newer_one(connection: Connection, known: ScriptDirectory) -> None:
    standing = MigrationContext.configure(connection).get_current_revision()
    if standing is not None and standing not in {revision.revision for revision in known.walk_revisions()}:
        raise SetupError(
            f"The database was brought to revision {standing} by a newer Dripline than this one, which goes up to"
            f" {known.get_current_head()}. Start it with that version, or use another data folder."
        )


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, bound to one open connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
