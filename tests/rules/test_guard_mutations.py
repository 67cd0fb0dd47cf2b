"""A guard whose removal nobody notices is not tested: each is taken away in turn, and the rules must say so."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

import pytest
from dash import Input, Output
from flask import Blueprint
from sqlalchemy import Column, Connection, ForeignKey, MetaData, Table, UniqueConstraint, Uuid, create_engine
from sqlalchemy.schema import SchemaItem

from dashboards.mount import mount_dashboards
from tests.rules import door_faults, schema_faults, source_faults
from tests.rules.databases import throwaway
from tests.rules.source import Source
from tests.whole_app import WholeApp, make_whole_app
from webapp import access
from webapp.domain.doors import PAGES, ROUTES
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import APP_ROLE, DISPATCHER_ROLE, OPERATOR_ROLE, OWNER_ROLE, role_url
from webapp.extensions import csrf, login_manager
from webapp.services.installation import set_up
from webapp.services.role_check import check_role

pytestmark = pytest.mark.xdist_group("mutations")  # what is made once for all of them is made on one worker

OF_THE_DATABASE = {
    "no tenant policy": ("DROP POLICY tenant ON session_version", "session_version: the policy tenant is missing"),
    "no site policy": ("DROP POLICY site ON side_effect_version", "side_effect_version: the policy site is missing"),
    "a tenant policy that admits all": ("ALTER POLICY tenant ON patient USING (true)", "patient: the policy tenant"),
    "a tenant policy that lets all be written": (
        "ALTER POLICY tenant ON site WITH CHECK (true)",
        "site: the policy tenant",
    ),
    "a site policy for some only": (
        f"ALTER POLICY site ON site_version TO {DISPATCHER_ROLE}",
        "site_version: the policy site",
    ),
    "a site policy that widens": (
        "DROP POLICY site ON finding; CREATE POLICY site ON finding USING (true)",
        "finding: the policy site",
    ),
    "one policy more": ("CREATE POLICY more ON rating_version USING (true)", "rating_version: the policy more is none"),
    "row security off": (
        "ALTER TABLE course_version DISABLE ROW LEVEL SECURITY",
        "course_version: row-level security is off",
    ),
    "the owner unbound": (
        "ALTER TABLE session NO FORCE ROW LEVEL SECURITY",
        "session: row-level security does not bind",
    ),
    "a tenant that may be unset": (
        (
            "CREATE OR REPLACE FUNCTION app.required(setting text) RETURNS text LANGUAGE sql STABLE AS"
            " $$ SELECT nullif(current_setting(setting, true), '') $$"
        ),
        "required: not as declared",
    ),
    "every site for everybody": (
        "CREATE OR REPLACE FUNCTION app.every_site() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$",
        "every_site: not as declared",
    ),
    "truncate": (f"GRANT TRUNCATE ON session_version TO {APP_ROLE}", "may TRUNCATE session_version"),
    "references": (f"GRANT REFERENCES ON site TO {APP_ROLE}", "may REFERENCES site"),
    "trigger": (f"GRANT TRIGGER ON site TO {APP_ROLE}", "may TRIGGER site"),
    "delete facts": (f"GRANT DELETE ON rating_version TO {APP_ROLE}", "may DELETE rating_version"),
    "change a fact's column": (f"GRANT UPDATE (status) ON session_version TO {APP_ROLE}", "may UPDATE session_version"),
    "change a whole fact": (
        f"GRANT UPDATE ON session_version TO {APP_ROLE}",
        "may UPDATE session_version (all columns)",
    ),
    "change the audit trail": (f"GRANT UPDATE ON audit_event TO {APP_ROLE}", "may UPDATE audit_event"),
    "read the queue": (f"GRANT SELECT ON run_queue TO {APP_ROLE}", f"{APP_ROLE} may SELECT run_queue"),
    "a right that is needed": (
        f"REVOKE INSERT ON audit_event FROM {APP_ROLE}",
        f"{APP_ROLE} may not INSERT audit_event",
    ),
    "everybody reads": ("GRANT SELECT ON site_version TO PUBLIC", "everybody may SELECT site_version"),
    "the dispatcher reads patients": (f"GRANT SELECT ON patient TO {DISPATCHER_ROLE}", "may SELECT patient"),
    "the operator reads people": (
        f"GRANT SELECT (email) ON user_account TO {OPERATOR_ROLE}",
        "may SELECT user_account",
    ),
    "bypassing": (f"ALTER ROLE {APP_ROLE} BYPASSRLS", f"{APP_ROLE} may bypass row-level security"),
    "superuser": (f"ALTER ROLE {APP_ROLE} SUPERUSER", f"{APP_ROLE} is a superuser"),
    "membership of the owner": (f"GRANT {OWNER_ROLE} TO {APP_ROLE}", f"{APP_ROLE} is a member of another role"),
    "ownership": (f"ALTER TABLE saved_view OWNER TO {APP_ROLE}", f"{APP_ROLE} owns relations"),
    "creating": (f"GRANT CREATE ON SCHEMA public TO {APP_ROLE}", f"{APP_ROLE} may create in public"),
    "creating among ours": (f"GRANT CREATE ON SCHEMA app TO {APP_ROLE}", f"{APP_ROLE} may create in app"),
    "a view": ("CREATE VIEW every_session AS SELECT * FROM session_version", "every_session: a view"),
    "a stored view": ("CREATE MATERIALIZED VIEW every_session AS SELECT 1 AS one", "every_session: a view"),
    "an undeclared table": ("CREATE TABLE extra (network_id uuid)", "extra: a table that nobody declared"),
    "a table less": ("DROP TABLE saved_view", "saved_view: declared, and not there"),
    "a function with its owner's rights": (
        "CREATE FUNCTION public.sites() RETURNS SETOF site LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM site'",
        "sites: a function with its owner's rights",
    ),
}
"""What is done to the database, and what the rules say of it."""


@pytest.fixture(scope="module")
def spare(settings: dict[str, object]) -> Iterator[str]:
    """A database as the migrations make it; yields the set-up account's address."""
    with throwaway(str(settings["DATABASE_URL"])) as url:
        set_up(url, role_url(url, OWNER_ROLE))
        yield url


@pytest.fixture
def untouched(spare: str) -> Iterator[Connection]:
    """The set-up account's connection to it; what is done on it is undone."""
    engine = create_engine(spare)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def test_an_untouched_database_has_no_fault(untouched: Connection) -> None:
    assert list(schema_faults.all_faults(untouched)) == []


@pytest.mark.parametrize("removed", OF_THE_DATABASE)
def test_the_database_rules_notice(untouched: Connection, removed: str) -> None:
    statements, words = OF_THE_DATABASE[removed]
    for statement in statements.split("; "):
        untouched.exec_driver_sql(statement)
    assert any(words in fault for fault in schema_faults.all_faults(untouched))


@pytest.mark.parametrize(
    ("remove", "restore", "words"),
    [
        (
            "ALTER TABLE session NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE session FORCE ROW LEVEL SECURITY",
            "forced on: session",
        ),
        (
            "ALTER TABLE session DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE session ENABLE ROW LEVEL SECURITY",
            "forced on: session",
        ),
        (f"GRANT TRUNCATE ON site TO {APP_ROLE}", f"REVOKE TRUNCATE ON site FROM {APP_ROLE}", "may truncate site"),
        (
            f"GRANT CREATE ON SCHEMA public TO {APP_ROLE}",
            f"REVOKE CREATE ON SCHEMA public FROM {APP_ROLE}",
            "may create tables",
        ),
    ],
)
def test_the_application_does_not_start_without_it(spare: str, remove: str, restore: str, words: str) -> None:
    admin = create_engine(spare, isolation_level="AUTOCOMMIT")
    app_engine = create_engine(role_url(spare, APP_ROLE))
    check_role(app_engine)
    with admin.connect() as connection:
        connection.exec_driver_sql(remove)
        with pytest.raises(SetupError, match=words):
            check_role(app_engine)
        connection.exec_driver_sql(restore)
    check_role(app_engine)
    for engine in (admin, app_engine):
        engine.dispose()


def _tables_with(*more: SchemaItem) -> MetaData:
    metadata = MetaData()
    Table("network", metadata, Column("id", Uuid, primary_key=True))
    Table("site", metadata, _network(), Column("id", Uuid, primary_key=True))
    Table("thing", metadata, *more)
    return metadata


def _network() -> Column[UUID]:
    return Column("network_id", Uuid, ForeignKey("network.id"), primary_key=True)


def test_the_key_rules_notice() -> None:
    own_id = Column("id", Uuid, primary_key=True)
    assert schema_faults.key_faults(_tables_with(_network(), own_id)) == []
    cases: dict[str, tuple[SchemaItem, ...]] = {
        "does not start": (Column("id", Uuid, primary_key=True), _network()),
        "a unique key": (_network(), Column("code", Uuid), UniqueConstraint("code")),
        "the unique index": (_network(), Column("code", Uuid, unique=True, index=True)),
        "may leave the network": (_network(), Column("site_id", Uuid, ForeignKey("site.id"))),
        "refers to nothing": (Column("network_id", Uuid, primary_key=True),),
    }
    for words, parts in cases.items():
        faults = schema_faults.key_faults(_tables_with(*parts))
        assert any(words in fault for fault in faults), (words, faults)


@pytest.fixture
def fresh(settings: dict[str, object]) -> WholeApp:
    """An application of one's own, to take something away from."""
    return make_whole_app(settings)


def test_the_guard_taken_away_is_noticed(fresh: WholeApp) -> None:
    fresh.app.before_request_funcs[None].remove(access.guard)
    faults = door_faults.guard_faults(fresh.app)
    assert any("first thing" in fault for fault in faults)
    assert any("somebody not signed in" in fault for fault in faults)


def test_a_guard_that_comes_second_is_noticed(fresh: WholeApp) -> None:
    asked = fresh.app.before_request_funcs[None]
    asked.append(asked.pop(0))
    assert any("first thing" in fault for fault in door_faults.guard_faults(fresh.app))


def test_a_guard_that_fails_lets_nobody_through(fresh: WholeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_token: str) -> None:
        raise RuntimeError("the database is away")

    fresh.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(login_manager, "_user_callback", broken)
    client = fresh.app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "a token"
    assert client.get("/reports").status_code == 500
    assert client.get("/d/overview").status_code == 500


def test_an_undeclared_route_is_noticed_and_shut(fresh: WholeApp) -> None:
    extra = Blueprint("extra", __name__)
    extra.add_url_rule("/extra", "index", lambda: "open")
    fresh.app._got_first_request = False
    fresh.app.register_blueprint(extra)
    assert "extra.index: a route that no door declares" in door_faults.route_faults(fresh.app)
    assert fresh.app.test_client().get("/extra").status_code == 401


def test_an_undeclared_address_under_the_drawn_pages_is_noticed(fresh: WholeApp) -> None:
    fresh.app.add_url_rule("/d/_extra", "extra", lambda: "open")
    assert any("/d/_extra" in fault for fault in door_faults.route_faults(fresh.app))


@pytest.fixture
def without_two_doors() -> Iterator[None]:
    """The registers less one door each, and afterwards again in their own order, which docs/security.md shows."""
    kept = dict(ROUTES), dict(PAGES)
    del ROUTES["reports.index"], PAGES["overview"]
    yield
    for register, doors in zip((ROUTES, PAGES), kept, strict=True):
        register.clear()
        register.update(doors)


@pytest.mark.usefixtures("without_two_doors")
def test_a_door_or_page_taken_off_the_register_is_noticed(whole: WholeApp) -> None:
    assert "reports.index: a route that no door declares" in door_faults.route_faults(whole.app)
    assert "overview: a page that no door declares" in door_faults.page_faults(whole.drawing)
    assert any(fault.startswith("/reports") for fault in door_faults.navigation_faults(whole.app))


def test_a_door_opened_to_all_is_noticed(whole: WholeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROUTES, "reports.index", ROUTES["static"])
    assert "reports.index: open to all" in door_faults.route_faults(whole.app)
    assert whole.app.test_client().get("/reports").status_code == 401  # the scope itself refuses nobody-knows-whom


def test_a_second_callback_is_noticed(fresh: WholeApp) -> None:
    @fresh.drawing.callback(Output("page-body", "className"), Input("url", "search"))
    def extra(_search: str) -> str:
        return ""

    assert any("page-body.className" in fault for fault in door_faults.page_faults(fresh.drawing))


def test_a_view_without_the_token_is_noticed(whole: WholeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert door_faults.csrf_faults(whole.app) == []
    monkeypatch.setattr(csrf, "_exempt_views", {"webapp.views.reports.run_now"})
    assert door_faults.csrf_faults(whole.app) == ["webapp.views.reports.run_now: exempt from the token"]
    monkeypatch.setattr(csrf, "_exempt_views", set())
    monkeypatch.setitem(whole.app.config, "WTF_CSRF_ENABLED", False)
    assert door_faults.csrf_faults(whole.app) == ["tokens are not asked for"]


def test_pages_are_not_mounted_on_an_application_without_the_guard(fresh: WholeApp) -> None:
    fresh.app.before_request_funcs[None].remove(access.guard)
    with pytest.raises(SetupError, match="guard"):
        mount_dashboards(fresh.app)


@dataclass(frozen=True)
class Said(Source):
    """A file that is not there, of a given name and text."""

    module: str = ""
    words: str = ""

    @property
    def name(self) -> str:
        return self.module

    @cached_property
    def text(self) -> str:
        return self.words

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.words)


OF_THE_SOURCE: list[tuple[Callable[[Iterable[Source]], list[str]], str, str]] = [
    (source_faults.stray_commits, "webapp.services.facts", "def f(db):\n    db.commit()"),
    (source_faults.stray_commits, "webapp.views.data", "session.rollback()"),
    (source_faults.stray_commits, "webapp.queries.sites", "with db.begin_nested(): ..."),
    (source_faults.stray_settings, "webapp.queries.sites", "text(f\"SET LOCAL app.network_id = '{network}'\")"),
    (source_faults.stray_settings, "webapp.services.facts", "text(\"SELECT set_config('app.role', :role, true)\")"),
    (source_faults.stray_writers, "webapp.views.data", "from webapp.transactions import unit_of_work"),
    (source_faults.stray_writers, "dashboards.pages.overview", "from webapp.transactions import unit_of_work"),
    (source_faults.stray_writers, "webapp.queries.sites", "from sqlalchemy import create_engine"),
    (source_faults.kept_between_requests, "dashboards.pages.overview", "@lru_cache(maxsize=9)\ndef f(): ..."),
    (source_faults.kept_between_requests, "dashboards.pages.overview", "@functools.cache\ndef f(): ..."),
    (source_faults.kept_between_requests, "dashboards.pages.overview", "def f():\n    global kept\n    kept = 1"),
    (source_faults.sql_from_elsewhere, "webapp.views.data", 'text(f"SELECT {name}")'),
    (source_faults.sql_from_elsewhere, "webapp.views.data", 'db.execute("SELECT " + name)'),
    (source_faults.sql_from_elsewhere, "dashboards.pages.overview", 'text("SELECT {}".format(name))'),
    (
        source_faults.sql_from_requests,
        "webapp.queries.sites",
        'from flask import request\ntext(f"SELECT {request.args}")',
    ),
    (source_faults.sql_with_values, "webapp.queries.sites", "x = f\"SELECT 1 WHERE name = '{name}'\""),
    (source_faults.unexplained, "webapp.queries.sites", "def public(): ..."),
    (source_faults.ambient_clocks, "webapp.services.facts", "at = datetime.now(UTC)"),
    (source_faults.long_files, "webapp.services.facts", "\n" * 401),
    (source_faults.long_functions, "webapp.services.facts", "def f():\n" + "    pass\n" * 60),
]


@pytest.mark.parametrize(("find", "module", "words"), OF_THE_SOURCE)
def test_the_source_rules_notice(find: Callable[[Iterable[Source]], list[str]], module: str, words: str) -> None:
    assert find([Said(Path("nowhere.py"), module, words)]) != []
