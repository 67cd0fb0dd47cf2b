"""Networks and sites are kept apart by the database itself: declared for every table, and so in the live one."""

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from subprocess import PIPE, Popen

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

import webapp.models  # noqa: F401  # registers every table
from tests.rules import schema_faults
from tests.rules.databases import as_owner, throwaway
from tests.rules.source import ROOT
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import OWNER_ROLE, role_url
from webapp.extensions import metadata
from webapp.migrations import FOLDER
from webapp.services.installation import set_up

NEWER_THAN_15 = {
    r"uuidv[47]\s*\(": "uuidv4(), uuidv7(): PostgreSQL 18",
    r"\bMERGE\b(?:(?!;).)*\bRETURNING\b": "MERGE ... RETURNING: 17",
    r"\bany_value\s*\(": "any_value(): 16",
    r"\bJSON_TABLE\b|\bJSON_QUERY\b|\bJSON_VALUE\b|\bIS\s+JSON\b": "SQL/JSON: 16, 17",
    r"\bON_ERROR\b": "COPY ... ON_ERROR: 17",
    r"\bWITHOUT\s+OVERLAPS\b": "temporal keys: 18",
    r"\bVIRTUAL\b": "virtual columns: 18",
    r"\bRETURNING\s+(?:OLD|NEW)\b": "RETURNING OLD, NEW: 18",
    r"\bNOT\s+ENFORCED\b": "constraints not enforced: 18",
    r"\bMAINTAIN\b": "the right to maintain: 17",
    r"\barray_shuffle\s*\(|\barray_sample\s*\(|\brandom_normal\s*\(": "functions of 16 and 18",
}


def test_every_key_starts_with_the_network() -> None:
    assert schema_faults.key_faults(metadata) == []


def test_every_table_is_declared_with_its_reach() -> None:
    assert schema_faults.declaration_faults(metadata) == []


@pytest.mark.parametrize("check", schema_faults.CHECKS)
def test_the_live_database_is_as_declared(owner: Connection, check: Callable[[Connection], list[str]]) -> None:
    assert check(owner) == []


def test_migrations_are_in_line_with_the_models(owner: Connection) -> None:
    context = MigrationContext.configure(owner, opts={"compare_type": True, "compare_server_default": True})
    assert compare_metadata(context, metadata) == []


def test_a_database_made_from_the_models_is_the_same(settings: dict[str, object], owner: Connection) -> None:
    """Partial indexes, collations and defaults too, which the comparison above does not see."""
    with throwaway(str(settings["DATABASE_URL"])) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            metadata.create_all(connection)
            from_models = _catalogue(connection)
        engine.dispose()
    from_migrations = _catalogue(owner)
    assert sorted(from_models - from_migrations) == []
    assert sorted(from_migrations - from_models) == []


def _catalogue(connection: Connection) -> set[tuple[str, str]]:
    """Every column, index and constraint in PostgreSQL's own words."""
    rows = connection.execute(
        text(
            """
            SELECT c.relname, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname,
                a.attidentity::text, pg_get_expr(d.adbin, d.adrelid))
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
            UNION ALL
            SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
            UNION ALL
            SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
                AND conrelid::regclass::text <> 'alembic_version'
            UNION ALL
            SELECT sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'
            """
        )
    )
    return {(str(row[0]), str(row[1])) for row in rows}


def test_the_newest_step_says_what_to_do_instead_of_going_back() -> None:
    newest = ScriptDirectory(str(FOLDER)).get_revision("head")
    assert newest is not None
    with pytest.raises(SetupError, match="restore the backup"):
        newest.module.downgrade()


def test_setting_up_again_changes_nothing(settings: dict[str, object]) -> None:
    with throwaway(str(settings["DATABASE_URL"])) as url:
        set_up(url, role_url(url, OWNER_ROLE))
        with as_owner(url) as connection:
            before = _catalogue(connection)
        set_up(url, role_url(url, OWNER_ROLE))
        with as_owner(url) as connection:
            assert _catalogue(connection) == before
            assert list(schema_faults.all_faults(connection)) == []


def test_databases_of_one_server_may_be_set_up_at_once(settings: dict[str, object]) -> None:
    """Their roles are the same ones: whoever comes second tries again."""
    program = (
        "import sys; from webapp.services.installation import set_up\n"
        "for _ in range(3): set_up(sys.argv[1], sys.argv[2])"
    )
    with ExitStack() as stack:
        urls = [stack.enter_context(throwaway(str(settings["DATABASE_URL"]))) for _ in range(2)]
        at_once = [
            Popen([sys.executable, "-c", program, url, role_url(url, OWNER_ROLE)], cwd=ROOT, stderr=PIPE, text=True)
            for url in urls
        ]
        said = [process.communicate(timeout=100)[1] for process in at_once]
    assert [process.returncode for process in at_once] == [0, 0], said


def test_nothing_asks_for_more_than_postgresql_15() -> None:
    folders = (FOLDER.parent / name for name in ("migrations", "models", "queries", "services"))
    files = [path for folder in folders for path in folder.rglob("*.py")]
    found = [
        f"{path.name}: {why}"
        for path in files
        for pattern, why in NEWER_THAN_15.items()
        if re.search(pattern, path.read_text(), re.IGNORECASE | re.DOTALL)
    ]
    assert files
    assert found == []
