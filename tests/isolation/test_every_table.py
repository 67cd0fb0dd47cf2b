"""Every table by itself, as the app role: nothing without a network, nothing of another, nothing of a site that is not one's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.isolation.every_table import Rows, fill_every_table
from tests.making import make_network
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.models.security import TABLE_RULES, Reach
from webapp.transactions import of_nobody, of_person, reading, unit_of_work

pytestmark = pytest.mark.xdist_group("tables")  # what is made once for all of them is made on one worker

GUARDED = sorted(name for name, rule in TABLE_RULES.items() if rule.reach != "none")
BY_SITE: tuple[Reach, ...] = ("site", "through_session", "through_course")
OF_SITES = sorted(name for name, rule in TABLE_RULES.items() if rule.reach in BY_SITE)
OF_NETWORKS = sorted(set(GUARDED) - {"network"})


@dataclass(frozen=True)
class Ground:
    """Two networks; two sites in the first, one in the second, with a row of each in every table."""

    here: Rows
    beside: Rows
    elsewhere: Rows


@pytest.fixture(scope="module")
def ground(session_app: Flask) -> Iterator[Ground]:
    with session_app.app_context():
        ours, theirs = make_network(NOW), make_network(NOW)
        yield Ground(
            fill_every_table(ours, "here", 1),
            fill_every_table(ours, "beside", 2),
            fill_every_table(theirs, "elsewhere", 3),
        )


def lead_of(scope: Scope, *sites: UUID) -> Scope:
    return Scope(scope.network_id, scope.user_id, Role.SITE_LEAD, frozenset(sites))


def words_in(db: Session, table: str) -> set[str]:
    """Whose rows are seen, by the word that their texts begin with, or by their site."""
    return {str(row) for row in db.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")).scalars()}


@pytest.mark.parametrize("table", GUARDED)
def test_without_a_network_nothing_is_answered(ground: Ground, table: str) -> None:
    with pytest.raises(ProgrammingError, match="is set for this transaction"), of_nobody() as db:
        db.execute(text(f"SELECT 1 FROM {table}")).all()


@pytest.mark.parametrize("table", GUARDED)
def test_a_known_person_without_a_network_sees_at_most_their_memberships(ground: Ground, table: str) -> None:
    with of_person(uuid4()) as db:
        if TABLE_RULES[table].reach == "person":
            assert db.execute(text(f"SELECT 1 FROM {table}")).all() == []
        else:
            with pytest.raises(ProgrammingError, match="is set for this transaction"):
                db.execute(text(f"SELECT 1 FROM {table}")).all()


@pytest.mark.parametrize("table", GUARDED)
def test_a_network_sees_its_own_rows_and_no_others(ground: Ground, table: str) -> None:
    column = "id" if table == "network" else "network_id"
    for rows in (ground.here, ground.elsewhere):
        with reading(rows.scope) as db:
            seen = set(db.execute(text(f"SELECT {column} FROM {table}")).scalars())
            assert seen == {rows.scope.network_id}


@pytest.mark.parametrize("table", OF_SITES)
def test_a_site_sees_its_own_rows_and_no_others(ground: Ground, table: str) -> None:
    whole = ground.here.scope
    with reading(whole) as db:
        assert len(words_in(db, table)) == 2
    seen = []
    for rows in (ground.here, ground.beside):
        with reading(lead_of(whole, rows.site_id)) as db:
            seen.append(words_in(db, table))
    assert [len(words) for words in seen] == [1, 1]
    assert not seen[0] & seen[1]
    names = ("site_id", "session_id", "course_id")
    assert any(str(ground.here.of[table].get(name)) in row for row in seen[0] for name in names)
    with reading(lead_of(whole, ground.here.site_id, ground.beside.site_id)) as db:
        assert words_in(db, table) == seen[0] | seen[1]


@pytest.mark.parametrize("table", OF_SITES)
def test_no_site_is_nothing_and_never_everything(ground: Ground, table: str) -> None:
    with reading(lead_of(ground.here.scope)) as db:
        assert words_in(db, table) == set()


@pytest.mark.parametrize("table", OF_SITES)
def test_the_site_of_another_network_shows_nothing(ground: Ground, table: str) -> None:
    with reading(lead_of(ground.here.scope, ground.elsewhere.site_id)) as db:
        assert words_in(db, table) == set()


@pytest.mark.parametrize("table", sorted(set(OF_NETWORKS)))
def test_no_row_is_written_for_another_network(ground: Ground, table: str) -> None:
    row = ground.elsewhere.of[table]
    columns = ", ".join(row)
    refused = pytest.raises(DBAPIError, match=r"row-level security|permission denied")
    with refused, unit_of_work(ground.here.scope) as db:
        values = ", ".join(f":{name}" for name in row)
        kinds = {name: (value if not isinstance(value, dict) else "{}") for name, value in row.items()}
        db.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), kinds)


@pytest.mark.parametrize("table", [name for name in OF_SITES if TABLE_RULES[name].reach == "site"])
def test_no_row_is_written_for_another_site(ground: Ground, table: str) -> None:
    row = ground.beside.of[table]
    values = {name: (value if not isinstance(value, dict) else "{}") for name, value in row.items()}
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        unit_of_work(lead_of(ground.here.scope, ground.here.site_id)) as db,
    ):
        db.execute(text(statement), values)


@pytest.mark.parametrize("table", [name for name, rule in TABLE_RULES.items() if rule.reach == "every_site"])
def test_rows_of_all_sites_are_for_who_sees_them_all(ground: Ground, table: str) -> None:
    both = (ground.here.site_id, ground.beside.site_id)
    with reading(lead_of(ground.here.scope, *both)) as db:
        assert db.execute(text(f"SELECT 1 FROM {table}")).all() == []
    with reading(ground.here.scope.narrow(both)) as db:
        assert db.execute(text(f"SELECT 1 FROM {table}")).all() == []
    with reading(ground.here.scope) as db:
        assert len(db.execute(text(f"SELECT 1 FROM {table}")).all()) == 2


@pytest.mark.parametrize("table", [name for name in OF_NETWORKS if "U" in TABLE_RULES[name].app])
def test_no_row_is_changed_into_another_network(ground: Ground, table: str) -> None:
    refused = pytest.raises(DBAPIError, match=r"row-level security|permission denied|foreign key")
    with refused, unit_of_work(ground.here.scope) as db:
        db.execute(text(f"UPDATE {table} SET network_id = :other"), {"other": ground.elsewhere.scope.network_id})


@pytest.mark.parametrize("table", [name for name in OF_NETWORKS if "D" in TABLE_RULES[name].app])
def test_a_delete_reaches_only_the_own_network(ground: Ground, table: str) -> None:
    with pytest.raises(RuntimeError, match="undone"), unit_of_work(ground.here.scope) as db:
        db.execute(text(f"DELETE FROM {table} WHERE network_id = :other"), {"other": ground.elsewhere.scope.network_id})
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 2
        raise RuntimeError("undone")
    with reading(ground.elsewhere.scope) as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1
