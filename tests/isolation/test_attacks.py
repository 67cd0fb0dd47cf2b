"""What the application's role may not do, whatever SQL it is made to run; and which roles may not serve at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.conftest import NOW
from tests.isolation.every_table import Rows, fill_every_table
from tests.making import make_network
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import APP_ROLE, OWNER_ROLE
from webapp.factory import create_app
from webapp.models.security import TABLE_RULES
from webapp.services.role_check import check_role
from webapp.transactions import reading, unit_of_work

pytestmark = pytest.mark.xdist_group("tables")  # what is made once for all of them is made on one worker

DENIED = "permission denied|must be owner|must be superuser|row-level security|only roles with|is not allowed|must have admin option"

ATTACKS = {
    "empty every network's table": "TRUNCATE session_version",
    "empty it by what refers to it": "TRUNCATE site CASCADE",
    "make a table": "CREATE TABLE mine (a integer)",
    "make a schema": "CREATE SCHEMA mine",
    "make a function": "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "make a function among ours": "CREATE FUNCTION app.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "replace the tenant function": "CREATE OR REPLACE FUNCTION app.network_id() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid'",
    "make a view": "CREATE VIEW public.mine AS SELECT * FROM site_version",
    "make a trigger": "CREATE TRIGGER mine BEFORE INSERT ON site EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "become the owner": f"SET ROLE {OWNER_ROLE}",
    "become a superuser": "SET ROLE postgres",
    "become the owner for good": f"SET SESSION AUTHORIZATION {OWNER_ROLE}",
    "change a policy": "ALTER POLICY tenant ON session_version USING (true)",
    "drop a policy": "DROP POLICY tenant ON session_version",
    "add a policy": "CREATE POLICY mine ON session_version USING (true)",
    "switch the policies off": "ALTER TABLE session_version DISABLE ROW LEVEL SECURITY",
    "free the owner from them": "ALTER TABLE session_version NO FORCE ROW LEVEL SECURITY",
    "give itself a role": f"GRANT {OWNER_ROLE} TO {APP_ROLE}",
    "make a role": "CREATE ROLE mine SUPERUSER",
    "raise itself": f"ALTER ROLE {APP_ROLE} BYPASSRLS",
    "delete facts": "DELETE FROM session_version",
    "change a fact": "UPDATE session_version SET status = 'completed'",
    "change a rating": "UPDATE rating_version SET score = 0",
    "change a past accreditation": "UPDATE accreditation_record SET effective_on = effective_on",
    "delete an accreditation": "DELETE FROM accreditation_record",
    "change the audit trail": "UPDATE audit_event SET outcome = 'done'",
    "delete the audit trail": "DELETE FROM audit_event",
    "break the seal": "UPDATE audit_seal SET hash = ''",
    "take a stored file's row away": "DELETE FROM artifact",
    "delete a network": "DELETE FROM network",
    "delete a person": "DELETE FROM user_account",
    "read the queue of all networks": "SELECT * FROM run_queue",
    "read the outbox of all networks": "SELECT * FROM outbox",
    "run a program": "COPY site TO PROGRAM 'true'",
    "write a file of the server": "COPY site TO '/tmp/stolen'",
    "read a file of the server": "SELECT pg_read_file('/etc/passwd')",
    "read passwords": "SELECT rolpassword FROM pg_authid",
    "look at the planner's samples": "SELECT stavalues1 FROM pg_statistic",
    "take an extension away": "DROP EXTENSION plpgsql",
    "turn the server's settings": "SET session_preload_libraries = 'mine'",
    "have the server read its settings anew": "SELECT pg_reload_conf()",
    "load a library": "LOAD 'auto_explain'",
}


@pytest.fixture(scope="module")
def rows(session_app: Flask) -> Iterator[tuple[Rows, Rows]]:
    with session_app.app_context():
        yield fill_every_table(make_network(NOW), "own", 1), fill_every_table(make_network(NOW), "foreign", 2)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda words: words.replace(" ", "-"))
def test_is_denied(rows: tuple[Rows, Rows], attack: str) -> None:
    with pytest.raises(DBAPIError, match=DENIED), unit_of_work(rows[0].scope) as db:
        db.connection().exec_driver_sql(ATTACKS[attack])


def test_it_gives_itself_no_right(rows: tuple[Rows, Rows]) -> None:
    with unit_of_work(rows[0].scope) as db:
        db.execute(text(f"GRANT ALL ON session_version TO {APP_ROLE}"))  # a warning, no error
        rights = "DELETE, TRUNCATE, REFERENCES, TRIGGER"
        assert not db.execute(
            text("SELECT has_table_privilege('session_version', :rights)"), {"rights": rights}
        ).scalar()


@pytest.mark.parametrize("table", sorted(name for name, rule in TABLE_RULES.items() if rule.reach != "none"))
def test_switching_row_security_off_is_an_error_and_no_way_round(rows: tuple[Rows, Rows], table: str) -> None:
    with (
        pytest.raises(DBAPIError, match="would be affected by row-level security policy"),
        reading(rows[0].scope) as db,
    ):
        db.execute(text("SET LOCAL row_security = off"))
        db.execute(text(f"SELECT 1 FROM {table}")).all()


def test_the_planners_samples_of_other_networks_are_not_shown(rows: tuple[Rows, Rows]) -> None:
    with unit_of_work(rows[0].scope) as db:
        db.execute(text("SELECT app.count_anew('site_version')"))
        guarded = [name for name, rule in TABLE_RULES.items() if rule.reach != "none"]
        found = db.execute(
            text("SELECT tablename FROM pg_stats WHERE tablename = ANY (:guarded)"), {"guarded": guarded}
        )
        assert found.scalars().all() == []


def test_a_foreign_site_and_a_missing_one_are_refused_alike(rows: tuple[Rows, Rows]) -> None:
    own, foreign = rows

    def refusal(site: object) -> str:
        with pytest.raises(IntegrityError) as caught, unit_of_work(own.scope) as db:
            db.execute(
                text(
                    "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                    " VALUES (:network, :site, '2026-01-01', '2026-02-01', 1, now(), :by)"
                ),
                {"network": own.scope.network_id, "site": site, "by": uuid4()},
            )
        return str(caught.value.orig).replace(str(site), "the site")

    assert refusal(foreign.site_id) == refusal(uuid4())


def test_a_key_that_another_network_uses_is_as_free_as_any(rows: tuple[Rows, Rows]) -> None:
    own, foreign = rows
    for code in (foreign.of["site"]["code"], "a code that nobody uses"):
        with unit_of_work(own.scope) as db:
            db.execute(
                text("INSERT INTO site (network_id, id, code) VALUES (:network, :id, :code)"),
                {"network": own.scope.network_id, "id": uuid4(), "code": code},
            )


def test_an_error_names_nothing_of_another_network(rows: tuple[Rows, Rows]) -> None:
    own, foreign = rows
    with pytest.raises(IntegrityError) as caught, unit_of_work(own.scope) as db:
        db.execute(
            text("INSERT INTO site (network_id, id, code) VALUES (:network, :id, :code)"),
            {"network": own.scope.network_id, "id": uuid4(), "code": own.of["site"]["code"]},
        )
    assert str(foreign.scope.network_id) not in str(caught.value)


@contextmanager
def role(set_up_url: str, attributes: str, *grants: str) -> Iterator[str]:
    """A role for one test; yields the address under which it reaches the database."""
    name, password = f"test_{uuid4().hex[:10]}", "a-password-for-one-test"
    admin = create_engine(set_up_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD '{password}' {attributes}")
        try:
            for grant in grants:
                connection.exec_driver_sql(grant.format(name=name))
            yield make_url(set_up_url).set(username=name, password=password).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql("DROP TABLE IF EXISTS owned_for_one_test")
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")
    admin.dispose()


TOO_STRONG = {
    "a superuser": ("SUPERUSER", (), "is a superuser"),
    "one that bypasses the policies": ("BYPASSRLS", (), "may bypass row-level security"),
    "one that may make roles": ("CREATEROLE", (), "may give itself other roles"),
    "one that may copy the server": ("REPLICATION", (), "may copy the whole server"),
    "one that may empty a table": (
        "",
        ("GRANT TRUNCATE ON session_version TO {name}",),
        "may truncate session_version",
    ),
    "one that may create": ("", ("GRANT CREATE ON SCHEMA public TO {name}",), "may create tables"),
    "a member of the owner": ("", (f"GRANT {OWNER_ROLE} TO {{name}}",), "is a member of another role"),
    "an owner of a table": (
        "",
        ("CREATE TABLE owned_for_one_test (a integer)", "ALTER TABLE owned_for_one_test OWNER TO {name}"),
        "owns tables",
    ),
}


@pytest.mark.parametrize("name", ["dispatcher", "operator"])
def test_nor_may_it_stand_behind_another_name(settings: dict[str, object], name: str) -> None:
    """The roles that work across networks are looked at like the one that serves."""
    named = dict(cast("dict[str, str]", settings["SQLALCHEMY_BINDS"]))
    assert name in named
    with role(str(settings["DATABASE_URL"]), "BYPASSRLS") as url, pytest.raises(SetupError, match="may bypass"):
        create_app({**settings, "SQLALCHEMY_BINDS": {**named, name: url}})


@pytest.mark.parametrize("who", TOO_STRONG)
def test_a_role_that_could_see_past_the_policies_may_not_serve(settings: dict[str, object], who: str) -> None:
    attributes, grants, words = TOO_STRONG[who]
    with role(str(settings["DATABASE_URL"]), attributes, *grants) as url, pytest.raises(SetupError, match=words):
        create_app({**settings, "SQLALCHEMY_DATABASE_URI": url})


def test_neither_the_set_up_account_nor_the_owner_may_serve(settings: dict[str, object]) -> None:
    for setting in ("DATABASE_URL", "OWNER_DATABASE_URL"):
        engine = create_engine(str(settings[setting]))
        with pytest.raises(SetupError, match=r"could see past|Row-level security|may truncate"):
            check_role(engine)
        engine.dispose()


def test_the_app_role_may(settings: dict[str, object]) -> None:
    engine = create_engine(str(settings["APP_DATABASE_URL"]))
    check_role(engine)
    engine.dispose()
