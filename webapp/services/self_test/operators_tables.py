"""The operator's database role before every table, without any door: it sees how networks are served, and nothing out of them."""

from collections.abc import Iterable, Iterator

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from webapp.domain.errors import SetupError
from webapp.domain.self_test import Fault, Marks
from webapp.domain.vocabulary import Role
from webapp.models.security import OPERATOR_READS, TABLE_RULES
from webapp.transactions import of_operator

_DENIED = "42501"
_RELATIONS = r"""
    SELECT n.nspname, c.relname, has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'), ARRAY(SELECT a.attname::text FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT'))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    ORDER BY 1, 2"""
"""Every table and view of the database, declared or not: whether the role that asks may change it, and which columns it may read."""


def try_every_table(foreign: Iterable[Marks]) -> tuple[set[str], list[Fault]]:
    """The names of all tables, each asked for its rows as the operator's role, and what is wrong with the answers.

    foreign: the marks of the canary networks; their words must stand in no row that the role may read.
    """
    try:
        with of_operator() as db:
            found = db.execute(text(_RELATIONS)).all()
    except SetupError as missing:
        return set(), [Fault("every table", Role.OPERATOR, f"was not tried: {missing}")]
    words = [Marks(marks.words, frozenset()) for marks in foreign]
    faults = [
        fault for schema, name, writes, shown in found for fault in _faults_of(schema, name, writes, shown, words)
    ]
    tables = {name for _, name, *_ in found}
    gone = [_fault(name, "is declared and was not found") for name in sorted(TABLE_RULES.keys() - tables)]
    return tables, [*faults, *gone]


def _faults_of(schema: str, name: str, writes: bool, readable: list[str], foreign: list[Marks]) -> Iterator[Fault]:
    if writes:
        yield _fault(name, "may be changed by the operator's role")
    columns = OPERATOR_READS.get(name) if schema == "public" else None
    if columns is None:
        # A policy refuses like a missing right does, but only until the role says for which network it asks.
        if readable or _rows(schema, name, "1") is not None:
            yield _fault(name, "was opened to the operator's role")
        return
    if columns and (more := sorted(set(readable) - set(columns))):
        yield _fault(name, f"shows more to the operator's role than it should: {', '.join(more)}")
    rows = "\n".join(_rows(schema, name, f"({', '.join(columns)})::text" if columns else "to_jsonb(t)::text") or ())
    if name != "network" and any(marks.found_in(rows) for marks in foreign):
        yield _fault(name, "showed the operator's role what a network's people wrote")


def _rows(schema: str, name: str, columns: str) -> list[str] | None:
    """What the role is given; None where it is refused."""
    try:
        with of_operator() as db:
            asked = text(f'SELECT {columns} FROM "{schema}"."{name}" t LIMIT 2000')
            return [str(row[0]) for row in db.execute(asked)]
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", None) == _DENIED:
            return None
        raise


def _fault(name: str, wording: str) -> Fault:
    return Fault(f"table {name}", Role.OPERATOR, wording)
