"""Which servers are started, shared, and stopped by whom."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from webapp.embedded import postgres, valkey
from webapp.embedded.data_folder import DataFolder
from webapp.embedded.servers import ServerUrls, running_servers

POSTGRES_URL = "postgresql://somebody@db.example.org/dripline"
REDIS_URL = "redis://broker.example.org/0"

OTHER_USER = """
import sys
from pathlib import Path
from webapp.embedded.servers import running_servers
with running_servers(Path(sys.argv[1]), {}, throwaway=True) as urls:
    print(",".join(urls.started) or "shared", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path) / "data"
        assert postgres.find_running(DataFolder(Path(path) / "data")) is None


def test_served_ones_are_taken_as_they_are(data_dir: Path) -> None:
    with running_servers(data_dir, {"DATABASE_URL": POSTGRES_URL, "REDIS_URL": REDIS_URL}) as urls:
        assert urls == ServerUrls(POSTGRES_URL, REDIS_URL)
    assert not data_dir.exists()


def test_an_app_address_alone_starts_no_database(data_dir: Path) -> None:
    with running_servers(data_dir, {"APP_DATABASE_URL": POSTGRES_URL}) as urls:
        assert urls.started == ("valkey",)
        assert urls.database_url is None
        assert "DATABASE_URL" not in urls.environ()
    assert not (data_dir / "postgres").exists()


def test_only_the_missing_one_is_started(data_dir: Path) -> None:
    with running_servers(data_dir, {"REDIS_URL": REDIS_URL}, throwaway=True) as urls:
        assert urls.started == ("postgres",)
        assert urls.redis_url == REDIS_URL


def test_both_are_stopped_at_the_end_also_after_an_error(data_dir: Path) -> None:
    with suppress(ZeroDivisionError), running_servers(data_dir, {}, throwaway=True) as urls:
        assert urls.started == ("postgres", "valkey")
        raise ZeroDivisionError
    assert postgres.find_running(DataFolder(data_dir)) is None
    assert valkey.find_running(DataFolder(data_dir)) is None


def test_whoever_leaves_last_stops_them(data_dir: Path) -> None:
    with running_servers(data_dir, {}, throwaway=True) as first:
        other = subprocess.Popen(
            [sys.executable, "-c", OTHER_USER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "shared"
    shared = postgres.find_running(DataFolder(data_dir))
    assert shared is not None
    assert shared.url == first.database_url
    other.communicate("leave\n")
    assert other.returncode == 0
    assert postgres.find_running(DataFolder(data_dir)) is None
    assert valkey.find_running(DataFolder(data_dir)) is None


def test_a_killed_user_does_not_keep_them_running(data_dir: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", OTHER_USER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    assert killed.stdout.readline().strip() == "postgres,valkey"
    killed.kill()
    killed.communicate()
    assert postgres.find_running(DataFolder(data_dir)) is not None
    with running_servers(data_dir, {}, throwaway=True) as urls:
        assert urls.started == ()
    assert postgres.find_running(DataFolder(data_dir)) is None
