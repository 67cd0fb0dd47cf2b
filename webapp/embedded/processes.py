"""Processes by their number: whether they live, and ending them so that none is left."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

_LOOK_EVERY_SECONDS = 0.02


def is_alive(pid: int, name: str) -> bool:
    """Whether a process of that number and program name runs. One that ended and was not yet reaped does not."""
    try:
        process = psutil.Process(pid)
        return name in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def wait_until_gone(pid: int, name: str, seconds: float) -> bool:
    """Wait until that process has ended; False when it still runs after ``seconds``. Reaps it if it is our child."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not is_alive(pid, name):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_SECONDS)


def end(pid: int, name: str, first: signal.Signals, then: signal.Signals, patience: float) -> None:
    """Send ``first``, and after ``patience`` seconds ``then``; return when the process is gone."""
    for signal_number, seconds in ((first, patience), (then, 10.0)):
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            return
        if wait_until_gone(pid, name, seconds):
            return


def tail(log: Path, lines: int = 15, start: int = 0) -> str:
    """The last lines of a log, from byte ``start`` on; empty when there is none."""
    try:
        with open(log, "rb") as file:
            file.seek(start)
            content = file.read()
    except OSError:
        return ""
    return "\n".join(content.decode(errors="replace").splitlines()[-lines:])
