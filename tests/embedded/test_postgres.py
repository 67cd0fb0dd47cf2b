"""The embedded PostgreSQL: started, found, shared, killed, started again, and gone after it was stopped."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from webapp.domain.errors import SetupError
from webapp.domain.role_urls import APP_ROLE, role_url
from webapp.embedded import postgres
from webapp.embedded.data_folder import DataFolder, open_data_folder
from webapp.embedded.processes import is_alive, wait_until_gone


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def ask(url: str, question: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def processes_in(folder: DataFolder) -> list[int]:
    """The server processes that work in this data folder."""
    return [
        process.pid
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and str(folder.postgres) in (process.info["cmdline"] or [])
    ]


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    with tempfile.TemporaryDirectory() as path:
        made = open_data_folder(Path(path) / "data")
        yield made
        postgres.stop(made)


def test_a_first_start_makes_a_utf8_database(folder: DataFolder) -> None:
    running = postgres.start(folder, throwaway=True)
    assert ask(running.url, "SHOW server_encoding") == "UTF8"
    assert ask(running.url, "SELECT current_database()") == "dripline"
    assert str(ask(running.url, "SHOW server_version")).startswith("18.")
    assert ask(running.url, "SHOW listen_addresses") == ""


def test_data_survive_a_stop_and_a_start(folder: DataFolder) -> None:
    tell(postgres.start(folder).url, "CREATE TABLE kept AS SELECT 42 AS n")
    postgres.stop(folder)
    assert postgres.find_running(folder) is None
    assert processes_in(folder) == []
    assert not (folder.postgres / "postmaster.pid").exists()
    assert ask(postgres.start(folder).url, "SELECT n FROM kept") == 42


def test_a_killed_server_is_started_again(folder: DataFolder) -> None:
    killed = postgres.start(folder)
    tell(killed.url, "CREATE TABLE kept AS SELECT 42 AS n")
    os.kill(killed.pid, signal.SIGKILL)
    assert wait_until_gone(killed.pid, "postgres", 10)
    assert (folder.postgres / "postmaster.pid").exists()
    assert postgres.find_running(folder) is None
    again = postgres.start(folder)
    assert again.pid != killed.pid
    assert ask(again.url, "SELECT n FROM kept") == 42


def test_a_number_taken_over_by_another_process_is_no_server(folder: DataFolder) -> None:
    postgres.start(folder, throwaway=True)
    lines = (folder.postgres / "postmaster.pid").read_text().splitlines()
    postgres.stop(folder)
    lines[0] = str(os.getpid())
    (folder.postgres / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert postgres.find_running(folder) is None
    postgres.start(folder, throwaway=True)
    assert postgres.find_running(folder) is not None


def test_an_interrupted_first_start_is_begun_anew(folder: DataFolder) -> None:
    folder.postgres.mkdir(mode=0o700)
    (folder.postgres / "half").write_text("left by an interrupted start")
    assert ask(postgres.start(folder, throwaway=True).url, "SELECT 1") == 1


def test_a_role_logs_in_by_the_address_made_for_it(folder: DataFolder) -> None:
    running = postgres.start(folder, throwaway=True)
    tell(running.url, f"CREATE ROLE {APP_ROLE} LOGIN")
    assert ask(role_url(running.url, APP_ROLE), "SELECT current_user::text") == APP_ROLE


def test_a_path_too_long_for_a_socket_gets_a_short_folder_that_goes_with_the_server() -> None:
    with tempfile.TemporaryDirectory() as path:
        folder = open_data_folder(Path(path) / ("long" * 30))
        running = postgres.start(folder, throwaway=True)
        assert ask(running.url, "SELECT 1") == 1
        assert running.socket_folder != folder.postgres
        postgres.stop(folder)
        assert not running.socket_folder.exists()


def test_a_closed_folder_above_is_passed_without_opening_it_to_others() -> None:
    with tempfile.TemporaryDirectory() as path:
        closed = Path(path) / "closed"
        closed.mkdir(mode=0o700)
        folder = open_data_folder(closed / "data")
        assert ask(postgres.start(folder, throwaway=True).url, "SELECT 1") == 1
        assert closed.stat().st_mode & 0o007 == 0
        postgres.stop(folder)


def test_a_broken_folder_is_named_with_the_end_of_the_log(folder: DataFolder) -> None:
    postgres.start(folder, throwaway=True)
    postgres.stop(folder)
    (folder.postgres / "global" / "pg_control").write_bytes(b"broken")
    with pytest.raises(SetupError, match="did not start"):
        postgres.start(folder, throwaway=True)
    assert processes_in(folder) == []


def test_stopping_what_does_not_run_does_nothing(folder: DataFolder) -> None:
    postgres.stop(folder)
    assert not is_alive(2**22 + 1, "postgres")
