"""The demo as a process of its own, and the proof that nothing of it is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.check_demo.visitor import NotAsExpected

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
STOP_SECONDS = 40.0
_SIGN_IN = re.compile(
    r"^  (?P<role>[a-z_]+) +(?P<email>\S+@\S+) +(?P<password>\S+(?: \S+)*?)  +(?P<network>\S.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class SignIn:
    """One line of what the demo prints when it is ready."""

    role: str
    email: str
    password: str
    network: str


@dataclass(frozen=True)
class StartedDemo:
    """A demo that answers."""

    process: "subprocess.Popen[bytes]"
    address: str
    sign_ins: tuple[SignIn, ...]

    def sign_in(self, role: str, network: str) -> SignIn:
        """The sign-in of that role in the network whose name starts so."""
        found = [one for one in self.sign_ins if one.role == role and one.network.startswith(network)]
        if len(found) != 1:
            raise NotAsExpected(f"The demo printed {len(found)} sign-ins of a {role} of {network}, not one.")
        return found[0]


@contextmanager
def started(data: Path, environ: Mapping[str, str]) -> Iterator[StartedDemo]:
    """Start the demo on that folder and wait until it says that it is ready. Whatever happens, it is ended afterwards."""
    port = free_port()
    said = data.with_name(f"{data.name}-said.txt")
    command = [sys.executable, "-m", "webapp.cli", "--data", str(data), "demo", "--port", str(port)]
    with said.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environ),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        text = _wait_until_ready(process, said)
        sign_ins = tuple(SignIn(**found.groupdict()) for found in _SIGN_IN.finditer(text))
        yield StartedDemo(process, f"http://127.0.0.1:{port}", sign_ins)
    finally:
        _end(process)


def stop(demo: StartedDemo, data: Path) -> None:
    """Ctrl-C, and then nothing of it may be left."""
    demo.process.send_signal(signal.SIGINT)
    try:
        code = demo.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotAsExpected(f"The demo did not stop within {STOP_SECONDS:.0f} s of Ctrl-C.") from None
    if code != 0:
        raise NotAsExpected(f"The demo ended with exit code {code} after Ctrl-C.")
    left = processes_of(data)
    if left:
        raise NotAsExpected(f"Still running after the demo was stopped: {'; '.join(left)}.")


def processes_of(data: Path) -> list[str]:
    """Every process that works in that folder, by its command line or its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            works_there = process.environ().get("DRIPLINE_DATA") == str(data)
            if process.pid != os.getpid() and (works_there or str(data) in " ".join(command)):
                found.append(f"{process.pid} {' '.join(command)[:80]}")
        except psutil.Error:
            continue
    return found


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: "subprocess.Popen[bytes]", said: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        text = said.read_text(errors="replace")
        if "Ctrl-C stops it." in text:
            return text
        if process.poll() is not None:
            raise NotAsExpected(f"The demo ended by itself with exit code {process.returncode}. It said:\n{text}")
        if time.monotonic() > deadline:
            raise NotAsExpected(f"The demo was not ready within {START_SECONDS:.0f} s. It said:\n{text}")
        time.sleep(0.1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
