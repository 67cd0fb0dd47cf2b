"""The one gate to the database: every transaction says first whose it is.

`SET LOCAL` statements (not `set_config()`: only statements travel to the shards of a distributed database) are run at the
start of each transaction, so nothing outlives a commit in a pooled connection. The policies raise when they are missing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, TextClause, event, text
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, SessionTransaction

from webapp.domain.errors import SetupError
from webapp.domain.scope import Scope
from webapp.extensions import db

STATEMENT_TIMEOUT_MS = 30_000
_SETTINGS = "transaction settings"
_ANSWERS = "answers of one state"
_KEPT = "plan kept"
_KEPT_STATEMENTS = 300

Outage = Literal["unreachable", "busy"]
_LOST_STATES = frozenset({"57P01", "57P02", "57P03", "53300", "25P03"})
"""What PostgreSQL says while it is shut down, crashes, starts up, has no connection left, or ends an idle transaction."""
_CANCELLED = "57014"


def _site_setting(scope: Scope, sites: Iterable[UUID]) -> str:
    listed = "*" if scope.whole_network else "{" + ",".join(sorted(str(site) for site in sites)) + "}"
    return f"SET LOCAL app.sites = '{listed}'"


def settings_of(scope: Scope) -> tuple[str, ...]:
    """The statements that tell PostgreSQL's policies whose transaction this is.

    Ids are typed as UUID and written in canonical form, and the role is one of a closed list, so there is nothing to quote.
    """
    return (
        f"SET LOCAL app.network_id = '{UUID(int=scope.network_id.int)}'",
        f"SET LOCAL app.user_id = '{UUID(int=scope.user_id.int)}'",
        f"SET LOCAL app.role = '{scope.role.value}'",
        _site_setting(scope, scope.site_ids),
    )


def settings_of_person(user_id: UUID) -> tuple[str, ...]:
    """The settings before a network is chosen: a person may then see their own memberships, and nothing else."""
    return (f"SET LOCAL app.user_id = '{UUID(int=user_id.int)}'",)


@event.listens_for(Session, "after_begin")
def _announce(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """Say whose transaction this is, also after each commit of a session that goes on."""
    settings = session.info.get(_SETTINGS)
    if settings:
        connection.exec_driver_sql("; ".join(settings))  # one way to the server and back


@contextmanager
def _transaction(engine: Engine, settings: tuple[str, ...]) -> Iterator[Session]:
    with Session(engine, info={_SETTINGS: settings}, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def unit_of_work(scope: Scope, *, timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Iterator[Session]:
    """One transaction that may write; it commits when the block ends and rolls back when it raises. For services only."""
    settings = [*settings_of(scope), f"SET LOCAL statement_timeout = {int(timeout_ms)}"]
    if timeout_ms > STATEMENT_TIMEOUT_MS:
        # Long work also thinks between its statements: judging 170,000 courses is a minute of silence.
        settings.append(f"SET LOCAL idle_in_transaction_session_timeout = {int(timeout_ms)}")
    with _transaction(db.engine, tuple(settings)) as session:
        yield session


@contextmanager
def reading(scope: Scope, *, timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Iterator[Session]:
    """One read-only transaction that sees one state of the database from its first statement to its last."""
    settings = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        *settings_of(scope),
        f"SET LOCAL statement_timeout = {int(timeout_ms)}",
    )
    with _transaction(db.engine, settings) as session:
        session.info[_ANSWERS] = {}
        yield session


def ask(db: Session, statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
    """All rows of a statement. A transaction of `reading` sees one state: a question that was put before is not put again there.

    The server keeps the statement with its plan, which saves as much as many of these small questions cost. So it is for
    statements that are planned alike whatever their values are; `db.execute` has any other planned anew with its values.
    """
    answers: dict[object, Sequence[Any]] | None = db.info.get(_ANSWERS)
    if answers is None:
        return db.execute(_parsed(statement), values).all()
    question = statement, *((name, tuple(v) if isinstance(v, list) else v) for name, v in sorted(values.items()))
    found = answers.get(question)
    if found is None:
        found = answers[question] = db.execute(_parsed(statement), values, execution_options={_KEPT: True}).all()
    return found


@lru_cache(maxsize=1024)
def _parsed(statement: str) -> TextClause:
    """A statement, its parameters found; values are no part of it. Pages put the same few hundred again and again."""
    return text(statement)


@event.listens_for(Engine, "connect")
def _keep_more(connection: object, _record: object) -> None:
    """All pages together ask more different questions than the driver keeps by default."""
    if isinstance(connection, psycopg.Connection):
        connection.prepared_max = _KEPT_STATEMENTS


@event.listens_for(Engine, "do_execute")
def _keep_plan(
    cursor: psycopg.Cursor[Any], statement: Any, parameters: Any, context: ExecutionContext | None
) -> bool | None:
    """Have the server keep the statements of `ask`; True where this ran the statement."""
    if context is None or not context.execution_options.get(_KEPT):
        return None
    cursor.execute(statement, parameters, prepare=True)
    return True


@contextmanager
def noting_statements(db: Session) -> Iterator[set[str]]:
    """The texts of the statements that the transaction asks inside the block, without their values and without whose it is."""
    texts: set[str] = set()

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("SET "):
            texts.add(statement)

    connection = db.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield texts
    finally:
        event.remove(connection, "before_cursor_execute", note)


def fingerprint_of(statements: Iterable[str]) -> str:
    """SHA-256 of statement texts, whatever their order."""
    return hashlib.sha256("\0".join(sorted(set(statements))).encode()).hexdigest()


@contextmanager
def over_reach(scope: Scope, db: Session) -> Iterator[None]:
    """Within a transaction of a narrowed scope: the rows of every site that the person may see, until the block ends or raises."""
    connection = db.connection()
    kept = db.info.get(_ANSWERS)
    db.info[_ANSWERS] = None  # what was answered by another reach is no answer to this one
    connection.exec_driver_sql(_site_setting(scope, scope.reach))
    try:
        yield
    finally:
        db.info[_ANSWERS] = kept
        # A transaction in error reads nothing more, and takes the setting back as it rolls back.
        if not _is_in_error(connection):
            connection.exec_driver_sql(_site_setting(scope, scope.site_ids))


def _is_in_error(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return isinstance(driver, psycopg.Connection) and driver.info.transaction_status == TransactionStatus.INERROR


@contextmanager
def of_person(user_id: UUID) -> Iterator[Session]:
    """One transaction of a known person before a network is chosen (sign-in, choosing a network)."""
    with _transaction(db.engine, settings_of_person(user_id)) as session:
        yield session


@contextmanager
def of_holder(token_hash: bytes) -> Iterator[Session]:
    """One transaction of whoever holds a secret, before anything else is known: it sees the one row that keeps the secret's hash."""
    with _transaction(db.engine, (f"SET LOCAL app.held_token = '{bytes(token_hash).hex()}'",)) as session:
        yield session


def go_on_as(db: Session, whose: Scope | UUID) -> None:
    """Tell the policies whose the rest of this transaction is: a person's, or a person's in one of their networks.

    For finding out who is asking, on each request: first a session, then whose it is, then what they belong to. And for a report:
    first which sites of the network it covers, then what those hold, of one state.
    """
    settings = settings_of(whose) if isinstance(whose, Scope) else settings_of_person(whose)
    if _ANSWERS in db.info:
        db.info[_ANSWERS] = {}  # what was answered to somebody else is no answer to this one
    db.connection().exec_driver_sql("; ".join(settings))


@contextmanager
def of_nobody() -> Iterator[Session]:
    """One transaction without any tenant: only the tables of no one network can be read or written in it."""
    with _transaction(db.engine, ()) as session:
        yield session


@contextmanager
def of_operator() -> Iterator[Session]:
    """One read-only transaction of the operator role: how each network is served; no tenant row."""
    engine = db.engines.get("operator")
    if engine is None:
        raise SetupError("The operator's database address is missing: set OPERATOR_DATABASE_URL for the web server.")
    with _transaction(engine, ("SET TRANSACTION READ ONLY",)) as session:
        yield session


@contextmanager
def of_dispatcher() -> Iterator[Session]:
    """One transaction of the dispatcher role: the run queue, the outbox and the names of the networks; no tenant row."""
    with _transaction(db.engines["dispatcher"], ()) as session:
        yield session


def answers() -> bool:
    """Whether the database answers."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def outage_of(error: BaseException) -> Outage | None:
    """Whether an error means that the database cannot be reached, or took longer than it may; None for any other error."""
    if isinstance(error, PoolExhausted):
        return "busy"
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    said = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(said, psycopg.Error):
        return None
    state = said.sqlstate
    if state == _CANCELLED:
        return "busy"
    # A connection that was never made, or that broke off, has no answer of the server's and so no state.
    never_made = state is None and isinstance(said, psycopg.OperationalError)
    return "unreachable" if lost or never_made or state in _LOST_STATES or (state or "").startswith("08") else None


def close_connections() -> None:
    """Give back the connections that this application keeps for the next transaction."""
    for engine in db.engines.values():
        engine.dispose()
