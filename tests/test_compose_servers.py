"""The composition's servers that are not of this product's code: what their services say starts here too, with the wheels' programs."""

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from redis import ConnectionError as NotThere
from redis import Redis

from webapp.embedded import postgres, valkey
from webapp.embedded.os_account import let_through, server_account

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60
PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return read


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="dripline-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@contextmanager
def running(command: Sequence[str], log: Path, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said:
        process = subprocess.Popen(list(command), stdout=said, stderr=said, **more)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


def wait_for(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.05)


def with_port(words: Sequence[str], stated: str, port: int) -> list[str]:
    """The words with a free port for the one they state."""
    assert any(stated in word for word in words)
    return [word.replace(f"0.0.0.0:{stated}", f"127.0.0.1:{port}") for word in words]


def test_postgres_is_made_and_found_healthy_as_its_service_says(
    services: Mapping[str, Any], folder: Path, port: int
) -> None:
    service, account, programs = services["postgres"], server_account(), postgres.program_folder()
    assert (service["image"], "command" in service) == ("postgres:18", False)
    data = folder / "data"
    data.mkdir(mode=0o700)
    let_through(account, programs / "postgres")
    for path in (folder, data):
        os.chown(path, account.uid, account.gid)
    who: dict[str, Any] = {"user": account.user, "group": account.group, "extra_groups": account.extra_groups}
    made = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    words = service["environment"]["POSTGRES_INITDB_ARGS"].split()
    done = subprocess.run([*made, *words], check=False, capture_output=True, text=True, cwd=folder, **who)
    assert done.returncode == 0, done.stderr
    server = [
        str(programs / "postgres"),
        "-D",
        str(data),
        "-c",
        f"port={port}",
        "-c",
        f"unix_socket_directories={folder}",
    ]
    log, (_, *asked) = folder / "log", service["healthcheck"]["test"]
    with running(server, log, cwd=folder, **who) as process:
        healthy = [str(programs / asked[0]), *asked[1:], "-p", str(port)]
        wait_for(lambda: subprocess.run(healthy, check=False, capture_output=True).returncode == 0, process, log)
        with psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres") as connection:
            told = [connection.execute(f"SHOW {name}").fetchone() for name in ("server_encoding", "server_version_num")]
    assert told[0] == ("UTF8",)
    assert told[1] is not None and told[1][0].startswith("18")


def test_valkey_starts_as_its_service_says_and_keeps_what_it_is_told(
    services: Mapping[str, Any], folder: Path, port: int
) -> None:
    shell, option, line = services["valkey"]["command"]
    assert services["valkey"]["image"].split(":")[1].startswith("9")
    environ = {"PATH": f"{valkey.program().parent}:{os.environ['PATH']}", "REDIS_PASSWORD": PASSWORD}
    command = [shell, option, line.replace("$$", "$") + f" --port {port} --bind 127.0.0.1"]
    client, log = Redis(port=port, password=PASSWORD), folder / "log"

    def answers() -> bool:
        try:
            return bool(client.ping())
        except NotThere:
            return False

    with running(command, log, cwd=folder, env=environ) as process:
        wait_for(answers, process, log)
        told = client.config_get("*policy") | client.config_get("appendonly")
    assert (told["maxmemory-policy"], told["appendonly"]) == ("noeviction", "yes")


def test_the_mail_catcher_starts_as_its_service_says_and_shows_a_mail(
    services: Mapping[str, Any], tmp_path: Path, port: int
) -> None:
    service, log = services["mail"], tmp_path / "log"
    assert (service["image"], service["entrypoint"][0]) == (
        "dripline",
        "python",
    )  # our own image, which has it installed
    assert services["web"]["environment"]["MAIL_URL"] == "smtp://mail:1025"
    command = [sys.executable, *service["entrypoint"][1:], *with_port(service["command"], "1025", port)]

    def takes_mail() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "dripline@example.org", "lead@example.org", "Your report is ready"
    mail.set_content("https://localhost/reports")
    with running(command, log, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        wait_for(takes_mail, process, log)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.send_message(mail)
        wait_for(lambda: "Subject: Your report is ready" in log.read_text(), process, log)
