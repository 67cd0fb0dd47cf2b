"""Setting a database up that is not as this version left it: one sentence, and nothing of it is changed."""

import pytest
from sqlalchemy import create_engine, text

from tests.rules.databases import throwaway
from webapp.domain.errors import SetupError
from webapp.services.installation import migrate, set_up


def test_a_database_of_a_newer_version_is_refused(settings: dict[str, object]) -> None:
    with throwaway(str(settings["DATABASE_URL"])) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
        with pytest.raises(SetupError, match=r"revision 9999 by a newer Dripline .* another data folder"):
            migrate(url)
        with engine.connect() as connection:
            tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
            assert list(tables) == ["alembic_version"]
        engine.dispose()


def test_a_database_of_another_encoding_is_refused(settings: dict[str, object]) -> None:
    with throwaway(str(settings["DATABASE_URL"]), encoding="SQL_ASCII") as url:
        with pytest.raises(SetupError, match="must be encoded in UTF-8; this one is SQL_ASCII"):
            set_up(url, url)
        engine = create_engine(url, connect_args={"client_encoding": "utf8"})
        with engine.connect() as connection:
            tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
            assert list(tables) == []
        engine.dispose()
