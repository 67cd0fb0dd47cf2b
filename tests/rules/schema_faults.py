"""What can be wrong with a schema: each function looks at one live database, or at the models, and names the faults it finds.

No fault is an empty list. The functions take what they look at, so that a test can show them a database with a guard removed.
"""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Index, MetaData, Table, UniqueConstraint, text

from webapp.domain.role_urls import APP_ROLE, DISPATCHER_ROLE, OPERATOR_ROLE
from webapp.migrations import row_security
from webapp.models.security import OPERATOR_READS, TABLE_RULES, TableRule

OUTSIDE = {"alembic_version"}
"""The migrations' own table: the owner's, and nobody else may read it."""

KEYED_BY_THEMSELVES = {
    "run_queue": "claimed across networks by the dispatcher, who sees nothing else of a run",
    "outbox": "relayed across networks by the dispatcher",
    "login_session": "a person's, who may belong to several networks; it notes the one they chose",
}
"""Tables that name a network and are of none."""

WITHOUT_A_NETWORK_ROW = {
    "audit_event": "events of no network stand under the all-zero id",
    "audit_seal": "as audit_event, whose chain it seals",
    **{
        f"{name}_day": "its month, counted from the same facts in the same transaction, refers to the site"
        for name in (
            "session",
            "screening",
            "side_effect",
            "compliance",
            "resolution",
            "spacing",
            "spacing_network",
            "completion",
        )
    },
}
"""Tenant tables of which no row need belong to a network that exists."""

OTHER_GRANTS = {
    DISPATCHER_ROLE: {
        ("network", "SELECT", "id, slug, name, archived_at"),
        ("run_queue", "SELECT", ""),
        ("run_queue", "INSERT", ""),
        ("run_queue", "UPDATE", ""),
        ("run_queue", "DELETE", ""),
        ("outbox", "SELECT", ""),
        ("outbox", "UPDATE", "sent_at"),
        ("outbox", "DELETE", ""),
        ("lease_token", "USAGE", ""),
    },
    OPERATOR_ROLE: {(table, "SELECT", ", ".join(columns)) for table, columns in OPERATOR_READS.items()},
}
"""All that the two roles without a network may touch: no clinical row, no person."""

OWNERS_WORDS = {"count_anew": "refreshes the planner's numbers of a table; returns nothing"}
"""Functions that run with their owner's rights."""

_VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


def is_of_network(table: Table) -> bool:
    """Whether its rows belong to one network."""
    return "network_id" in table.columns and table.name not in KEYED_BY_THEMSELVES


def key_faults(metadata: MetaData) -> list[str]:
    """Keys in which the network does not come first, or references that could leave it."""
    return sorted(fault for table in metadata.sorted_tables if is_of_network(table) for fault in _key_faults(table))


def _key_faults(table: Table) -> Iterator[str]:
    if _first(table.primary_key.columns.keys()) != "network_id":
        yield f"{table.name}: the primary key does not start with network_id"
    for unique in (c for c in table.constraints if isinstance(c, UniqueConstraint)):
        if _first(unique.columns.keys()) != "network_id":
            yield f"{table.name}: a unique key does not start with network_id"
    for index in (i for i in table.indexes if i.unique):
        if _first(_index_columns(index)) != "network_id":
            yield f"{table.name}: the unique index {index.name} does not start with network_id"
    for reference in table.foreign_key_constraints:
        target = reference.referred_table
        if is_of_network(target) and (
            _first(reference.column_keys) != "network_id" or reference.elements[0].column.name != "network_id"
        ):
            yield f"{table.name}: the reference to {target.name} may leave the network"
    refers = any("network_id" in reference.column_keys for reference in table.foreign_key_constraints)
    if not refers and table.name not in WITHOUT_A_NETWORK_ROW:
        yield f"{table.name}: network_id refers to nothing"


def _first(names: Iterable[str]) -> str | None:
    return next(iter(names), None)


def _index_columns(index: Index) -> list[str]:
    return [getattr(expression, "name", str(expression)) for expression in index.expressions]


def declaration_faults(metadata: MetaData) -> list[str]:
    """Tables without a declared rule, rules without a table, and rules that do not fit the table's columns."""
    tables = {table.name: table for table in metadata.sorted_tables}
    faults = [f"{name}: no rule says who may see its rows" for name in tables.keys() - TABLE_RULES.keys()]
    faults += [f"{name}: there is a rule and no such table" for name in TABLE_RULES.keys() - tables.keys()]
    for name in tables.keys() & TABLE_RULES.keys():
        reach, columns = TABLE_RULES[name].reach, tables[name].columns
        if is_of_network(tables[name]) == (reach in ("none", "self")):
            faults.append(f"{name}: the reach {reach} does not fit its columns")
        if reach in ("network", "every_site") and "site_id" in columns:
            faults.append(f"{name}: it names a site and every site's people see it")
        needed = {
            "site": "site_id",
            "through_session": "session_id",
            "through_course": "course_id",
            "person": "user_id",
        }
        if reach in needed and needed[reach] not in columns:
            faults.append(f"{name}: the reach {reach} needs the column {needed[reach]}")
    return sorted(faults)


def table_faults(connection: Connection) -> list[str]:
    """Live tables that are not declared, and declared ones that are not there."""
    live = set(connection.execute(text(_RELATIONS), {"kinds": ["r", "p"]}).scalars()) - OUTSIDE
    faults = [f"{name}: a table that nobody declared" for name in live - TABLE_RULES.keys()]
    return sorted(faults + [f"{name}: declared, and not there" for name in TABLE_RULES.keys() - live])


_RELATIONS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = ANY (:kinds) AND NOT c.relispartition
"""


def row_security_faults(connection: Connection) -> list[str]:
    """Tables on which row-level security is off, or does not bind their owner."""
    rows = connection.execute(
        text(
            "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        )
    )
    found = {name: (enabled, forced) for name, enabled, forced in rows}
    faults = []
    for name, rule in TABLE_RULES.items():
        enabled, forced = found.get(name, (False, False))
        if rule.reach != "none" and not enabled:
            faults.append(f"{name}: row-level security is off")
        if rule.reach != "none" and not forced:
            faults.append(f"{name}: row-level security does not bind its owner")
    return sorted(faults)


def policy_faults(connection: Connection) -> list[str]:
    """Policies that differ from those that the declared reach makes; `connection` must be the owner's.

    The expected ones are made on an empty copy of each table, in a transaction that is rolled back, so that PostgreSQL itself
    writes both in the same words.
    """
    faults = []
    for name, rule in TABLE_RULES.items():
        if rule.reach == "none":
            continue
        wanted, live = _expected_policies(connection, name, rule), _policies(connection, name)
        faults += [f"{name}: the policy {policy[0]} is missing or differs" for policy in wanted - live]
        faults += [f"{name}: the policy {policy[0]} is none of the declared ones" for policy in live - wanted]
    return sorted(faults)


def _expected_policies(connection: Connection, name: str, rule: TableRule) -> set[tuple[str, ...]]:
    probe = f"probe_{name}"
    with connection.begin_nested() as attempt:
        connection.exec_driver_sql(f"CREATE TABLE {probe} (LIKE {name})")
        for statement in row_security.tenant_policies(probe, rule.reach):
            connection.exec_driver_sql(statement)
        expected = _policies(connection, probe)
        attempt.rollback()
    return {tuple(part.replace(probe, name) for part in policy) for policy in expected}


def _policies(connection: Connection, name: str) -> set[tuple[str, ...]]:
    rows = connection.execute(
        text(
            "SELECT policyname, permissive, array_to_string(roles, ' '), cmd, coalesce(qual, ''), coalesce(with_check, '')"
            " FROM pg_policies WHERE schemaname = 'public' AND tablename = :table"
        ),
        {"table": name},
    )
    return {tuple(row) for row in rows}


def grant_faults(connection: Connection) -> list[str]:
    """Rights that a serving role has and should not have, or lacks; anything at all that everybody may do."""
    live = _grants(connection)
    faults = [f"everybody may {verb} {name}" for name, verb, _ in live.get("PUBLIC", set())]
    for role, wanted in {APP_ROLE: _app_grants(), **OTHER_GRANTS}.items():
        has = live.get(role, set())
        faults += [f"{role} may {verb} {name} ({columns or 'all columns'})" for name, verb, columns in has - wanted]
        faults += [f"{role} may not {verb} {name} ({columns or 'all columns'})" for name, verb, columns in wanted - has]
    return sorted(faults)


def _app_grants() -> set[tuple[str, str, str]]:
    return {
        (name, _VERBS[letter], ", ".join(rule.update_columns) if letter == "U" else "")
        for name, rule in TABLE_RULES.items()
        for letter in rule.app
    }


def _grants(connection: Connection) -> dict[str, set[tuple[str, str, str]]]:
    """By role: (relation, verb, columns; none for the whole relation). Owners' own rights are left out."""
    rows = connection.execute(
        text(
            """
            SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, c.relname, a.privilege_type, ''
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            WHERE n.nspname = 'public' AND a.grantee <> c.relowner
            UNION ALL
            SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, c.relname, a.privilege_type,
                string_agg(t.attname, ', ' ORDER BY t.attnum)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid,
                aclexplode(t.attacl) a
            WHERE n.nspname = 'public' GROUP BY 1, 2, 3
            """
        )
    )
    found: dict[str, set[tuple[str, str, str]]] = {}
    for role, name, verb, columns in rows:
        found.setdefault(role, set()).add((name, verb, columns))
    return found


def role_faults(connection: Connection) -> list[str]:
    """Serving roles that could rise above their policies: by attribute, membership, ownership or the right to create."""
    faults = []
    for role in (APP_ROLE, *OTHER_GRANTS):
        row = connection.execute(text(_ROLE), {"role": role}).mappings().one()
        faults += [f"{role} {words}" for words, holds in row.items() if holds]
    return sorted(faults)


_ROLE = """
SELECT rolsuper AS "is a superuser", rolbypassrls AS "may bypass row-level security", rolcreaterole AS "may create roles",
    rolcreatedb AS "may create databases", rolreplication AS "may replicate", rolinherit AS "inherits",
    EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS "is a member of another role",
    EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) AS "owns relations",
    EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid) AS "owns functions",
    has_schema_privilege(r.oid, 'public', 'CREATE') AS "may create in public",
    has_schema_privilege(r.oid, 'app', 'CREATE') AS "may create in app",
    has_database_privilege(r.oid, current_database(), 'CREATE') AS "may create schemas"
FROM pg_roles r WHERE r.rolname = :role
"""


def side_door_faults(connection: Connection) -> list[str]:
    """Views, copies and functions through which rows could be seen past the policies."""
    views = connection.execute(text(_RELATIONS), {"kinds": ["v", "m", "f"]}).scalars()
    faults = [f"{name}: a view, a stored view or a foreign table" for name in views]
    functions = connection.execute(
        text(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosecdef"
        )
    ).scalars()
    faults += [f"{name}: a function with its owner's rights" for name in functions if name not in OWNERS_WORDS]
    return sorted(faults)


def function_faults(connection: Connection) -> list[str]:
    """Functions of the schema `app` that differ from those which the migrations declare."""
    declared = "\n".join(row_security.FUNCTIONS)
    rows = connection.execute(
        text(
            "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'app'"
        )
    ).all()
    wanted = set(re.findall(r"CREATE FUNCTION app\.(\w+)", declared))
    faults = [f"{name}: the function app.{name} is missing" for name in wanted - {name for name, _ in rows}]
    return sorted(faults + [f"{name}: not as declared" for name, source in rows if source not in declared])


CHECKS = (
    table_faults,
    row_security_faults,
    grant_faults,
    role_faults,
    side_door_faults,
    function_faults,
    policy_faults,
)
"""Every check of a live database; each wants the owner's connection."""


def all_faults(connection: Connection) -> Iterator[str]:
    """Everything that is wrong with a live database, one check after the other."""
    return (fault for check in CHECKS for fault in check(connection))
