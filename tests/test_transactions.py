"""The one gate: every transaction says first whose it is, and nothing of it outlives it in a pooled connection."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import InternalError, InvalidRequestError, OperationalError, ProgrammingError

from tests.conftest import NOW
from tests.making import make_network
from tests.pool_leaks import SETTINGS, UndoneError, find_leaks
from webapp import transactions
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.extensions import db as database
from webapp.factory import create_app
from webapp.transactions import (
    answers,
    ask,
    go_on_as,
    noting_statements,
    of_dispatcher,
    of_nobody,
    of_person,
    over_reach,
    reading,
    settings_of,
    unit_of_work,
)


@pytest.fixture
def narrow_app(settings: dict[str, object]) -> Iterator[Flask]:
    """The application with a pool of two connections."""
    options = {"pool_size": 2, "max_overflow": 0, "pool_timeout": 30}
    app = create_app({**settings, "SQLALCHEMY_ENGINE_OPTIONS": options})
    with app.app_context():
        yield app
        database.engine.dispose()


@pytest.fixture
def scope(app: Flask) -> Scope:
    return make_network(NOW)


def test_no_network_leaks_through_a_shared_pool(narrow_app: Flask) -> None:
    assert find_leaks(narrow_app, two_networks(), 1_000) == []


def test_a_setting_that_outlived_its_transaction_would_be_found(
    narrow_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = two_networks()

    def outliving(scope: Scope) -> tuple[str, ...]:
        return tuple(statement.replace("SET LOCAL", "SET") for statement in settings_of(scope))

    monkeypatch.setattr(transactions, "settings_of", outliving)
    assert find_leaks(narrow_app, scopes, 40) != []


def two_networks() -> tuple[Scope, Scope]:
    """Two networks of one site each."""
    scopes = make_network(NOW), make_network(NOW)
    for scope in scopes:
        _add_site(scope)
    return scopes


def _add_site(scope: Scope) -> None:
    with unit_of_work(scope) as db:
        db.execute(
            text("INSERT INTO site (network_id, id, code) VALUES (:network, :id, 'RIV')"),
            {"network": scope.network_id, "id": uuid4()},
        )


def test_what_a_transaction_was_told_ends_with_it(narrow_app: Flask) -> None:
    scope = make_network(NOW)
    with unit_of_work(scope) as db:
        assert db.execute(text(SETTINGS)).scalars().all() == [str(scope.network_id), str(scope.user_id), "manager", "*"]
    for _ in range(3):
        with of_nobody() as db:
            assert set(db.execute(text(SETTINGS)).scalars()) == {""}


def test_one_unit_of_work_is_one_transaction(scope: Scope) -> None:
    with pytest.raises(InvalidRequestError, match="closed transaction"), unit_of_work(scope) as db:
        db.commit()
        db.execute(text("SELECT 1"))


def test_a_transaction_is_undone_when_it_raises(scope: Scope) -> None:
    with pytest.raises(UndoneError), unit_of_work(scope) as db:
        db.execute(text("UPDATE network SET name = 'Changed' WHERE id = :n"), {"n": scope.network_id})
        raise UndoneError
    with reading(scope) as db:
        assert db.execute(text("SELECT name FROM network")).scalar_one() == "Tidewater"


def test_reading_cannot_write(scope: Scope) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), reading(scope) as db:
        db.execute(text("UPDATE network SET name = 'Changed'"))


def test_reading_sees_one_state_from_first_to_last(scope: Scope) -> None:
    with reading(scope) as db:
        before = db.execute(text("SELECT data_version FROM network")).scalar_one()
        with unit_of_work(scope) as other:
            other.execute(text("UPDATE network SET data_version = data_version + 1"))
        assert db.execute(text("SELECT data_version FROM network")).scalar_one() == before


VERSION = "SELECT data_version FROM network WHERE id = :network"


def test_a_question_put_before_is_not_put_again_to_the_same_state(scope: Scope) -> None:
    values = {"network": scope.network_id}
    with reading(scope) as db:
        before = ask(db, VERSION, values)
        with noting_statements(db) as again:
            assert ask(db, VERSION, values) == before
            assert not again
            assert ask(db, VERSION, {"network": uuid4()}) == []
            assert again
    with unit_of_work(scope) as db:
        ((old,),) = ask(db, VERSION, values)
        db.execute(text("UPDATE network SET data_version = data_version + 1"))
        assert ask(db, VERSION, values) == [(old + 1,)]


def test_an_answer_of_one_reach_is_none_to_another(app: Flask) -> None:
    site, question = uuid4(), "SELECT current_setting('app.sites')"
    narrowed = Scope(uuid4(), uuid4(), Role.SITE_LEAD, frozenset((site,))).narrow([])
    with reading(narrowed) as db:
        assert ask(db, question, {}) == [("{}",)]
        with over_reach(narrowed, db):
            assert ask(db, question, {}) == [(f"{{{site}}}",)]
        assert ask(db, question, {}) == [("{}",)]


def test_a_wider_reach_ends_with_its_block_whatever_is_raised_there(scope: Scope) -> None:
    narrowed = Scope(scope.network_id, scope.user_id, Role.SITE_LEAD, frozenset((uuid4(),))).narrow([])
    question = "SELECT current_setting('app.sites')"
    with reading(narrowed) as db:
        with pytest.raises(UndoneError), over_reach(narrowed, db):
            raise UndoneError
        assert ask(db, question, {}) == [("{}",)]
        with pytest.raises(ProgrammingError, match="no_such_table"), over_reach(narrowed, db), db.begin_nested():
            db.execute(text("SELECT 1 FROM no_such_table"))
        assert db.execute(text(question)).scalar_one() == "{}"
    with reading(narrowed) as db:
        place = db.begin_nested()
        with pytest.raises(ProgrammingError, match="no_such_table"), over_reach(narrowed, db):
            db.execute(text("SELECT 1 FROM no_such_table"))
        place.rollback()
        assert db.execute(text(question)).scalar_one() == "{}"


def test_a_statement_that_takes_too_long_is_stopped(scope: Scope) -> None:
    with pytest.raises(OperationalError, match="statement timeout"), reading(scope, timeout_ms=20) as db:
        db.execute(text("SELECT pg_sleep(5)"))


def test_before_a_network_is_chosen_only_the_person_is_known(scope: Scope) -> None:
    person = uuid4()
    with of_person(person) as db:
        assert db.execute(text("SELECT app.person()")).scalar_one() == person
        with pytest.raises(ProgrammingError, match=r"no app\.network_id is set"):
            db.execute(text("SELECT app.network_id()"))


def test_a_transaction_that_goes_on_as_somebody_sees_what_they_see_and_no_more(scope: Scope) -> None:
    other = make_network(NOW)
    for each in (scope, other):
        _add_site(each)
    question = "SELECT network_id FROM site"
    with of_nobody() as db:
        go_on_as(db, scope.user_id)
        assert db.execute(text("SELECT app.person()")).scalar_one() == scope.user_id
        for each in (scope, other, scope):
            go_on_as(db, each)
            assert {network for (network,) in ask(db, question, {})} == {each.network_id}
    with reading(scope) as db:
        assert {network for (network,) in ask(db, question, {})} == {scope.network_id}
        go_on_as(db, other)
        assert {network for (network,) in ask(db, question, {})} == {other.network_id}


def test_the_dispatcher_sees_no_row_of_a_network(app: Flask) -> None:
    for table in ("site", "session_version", "user_account", "membership", "audit_event", "report_run"):
        with pytest.raises(ProgrammingError, match="permission denied"), of_dispatcher() as db:
            db.execute(text(f"SELECT 1 FROM {table}"))


def test_the_statements_hold_canonical_ids_and_nothing_else() -> None:
    network, user, site, other = (uuid4() for _ in range(4))
    first, second = sorted((str(site), str(other)))
    scope = Scope(network, user, Role.SITE_LEAD, frozenset((site, other)))
    assert settings_of(scope) == (
        f"SET LOCAL app.network_id = '{network}'",
        f"SET LOCAL app.user_id = '{user}'",
        "SET LOCAL app.role = 'site_lead'",
        f"SET LOCAL app.sites = '{{{first},{second}}}'",
    )
    assert settings_of(Scope(network, user, Role.VIEWER, frozenset()))[-1] == "SET LOCAL app.sites = '{}'"
    assert (
        settings_of(Scope(network, user, Role.MANAGER, frozenset(), whole_network=True))[-1]
        == "SET LOCAL app.sites = '*'"
    )


def test_a_narrowed_scope_no_longer_sees_the_whole_network() -> None:
    site = uuid4()
    whole = Scope(uuid4(), uuid4(), Role.MANAGER, frozenset((site, uuid4())), whole_network=True)
    assert settings_of(whole.narrow([site]))[-1] == f"SET LOCAL app.sites = '{{{site}}}'"
    assert settings_of(whole.narrow([]))[-1] == "SET LOCAL app.sites = '{}'"
    assert settings_of(whole.narrow([uuid4()]))[-1] == "SET LOCAL app.sites = '{}'"


def test_the_database_answers(app: Flask) -> None:
    assert answers()
