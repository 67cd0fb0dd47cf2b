"""What the rules look at: the database as the migrations made it, and the whole application as it is served."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.rules.databases import as_owner
from tests.whole_app import WholeApp, make_whole_app


@pytest.fixture
def owner(settings: dict[str, object]) -> Iterator[Connection]:
    """The owner role's connection; nothing done on it stays."""
    with as_owner(str(settings["DATABASE_URL"])) as connection:
        yield connection


@pytest.fixture(scope="session")
def whole(settings: dict[str, object]) -> WholeApp:
    """The application as it is served."""
    return make_whole_app(settings)
