"""What tests stand on: real PostgreSQL and a real Redis-protocol server, a database of its own per test worker, the app role.

Networks are what keeps tests apart: each makes its own, so nothing is ever cleaned away and row-level security is always in use.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pytest
from flask import Flask

from config import load
from dashboards.mount import mount_dashboards
from tests.connections import give_back
from tests.making import Clock, noting, retired_afterwards
from tests.one_browser import OneBrowser
from tests.own_servers import new_database
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.services import people, sign_in
from webapp.services.installation import set_up

# A run that passed passes again: the examples follow from the tests' own text.
hypothesis.settings.register_profile("seeded", derandomize=True, deadline=None)
hypothesis.settings.load_profile("seeded")

STORED_AS = sign_in.HASH_METHOD
"""How the product stores a password; the tests store theirs lightly."""
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser | None:
    """With --dist loadfile, the browser's tests stay on one worker."""
    return OneBrowser(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    """A guess is made dear on purpose, and so is each of the many sign-ins here: passwords of tests are stored lightly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "HASH_METHOD", "scrypt:1024:8:1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _noted_networks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "add_network", noting(people.add_network))
        yield


@pytest.fixture(scope="module", autouse=True)
def _networks_of_the_file() -> Iterator[None]:
    with retired_afterwards():
        yield


@pytest.fixture(scope="module", autouse=True)
def _connections_of_the_file() -> Iterator[None]:
    yield
    give_back()


@pytest.fixture(autouse=True)
def _networks_of_the_test() -> Iterator[None]:
    with retired_afterwards():
        yield


@pytest.fixture(scope="session")
def environ(worker_id: str) -> Iterator[dict[str, str]]:
    """The servers' addresses: served ones by DATABASE_URL and REDIS_URL, else embedded ones that live as long as the tests.

    Not under pytest's own folder: the next run of pytest closes that to everybody else, and so to the account as which the
    database server runs when root starts it.
    """
    with (
        TemporaryDirectory(prefix="dripline-tests-", ignore_cleanup_errors=True) as folder,
        running_servers(data := Path(folder), os.environ, throwaway=True) as urls,
    ):
        own = {**urls.environ(), "DRIPLINE_DATA": str(data), "DRIPLINE_ENVIRONMENT": "test"}
        own["DATABASE_URL"] = new_database(own["DATABASE_URL"], f"dripline_test_{worker_id}")
        yield {**os.environ, **own}


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The test worker's name, also without xdist."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def settings(environ: dict[str, str]) -> dict[str, object]:
    """The product's settings, with the database set up by its migrations."""
    loaded = load(environ)
    set_up(str(loaded["DATABASE_URL"]), str(loaded["OWNER_DATABASE_URL"]))
    return loaded


@pytest.fixture(scope="session")
def session_app(settings: dict[str, object]) -> Flask:
    """The application, as wsgi.py makes it."""
    app = create_app({**settings, "CLOCK": Clock(NOW)})
    mount_dashboards(app)
    return app


@pytest.fixture
def clock(session_app: Flask) -> Iterator[Clock]:
    """The application's clock, which a test may set; it is put back afterwards."""
    clock: Clock = session_app.config["CLOCK"]
    clock.instant = NOW
    yield clock
    clock.instant = NOW


@pytest.fixture
def app(session_app: Flask, clock: Clock) -> Iterator[Flask]:
    """The application inside its context."""
    with session_app.app_context():
        yield session_app


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that nobody here wrote, where it exists; CI requires it."""
    folder = Path(os.environ.get("DRIPLINE_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"The data to try the import on are missing: {folder}")
        pytest.skip(f"Not run: the data to try the import on are not at {folder}")
    return folder
