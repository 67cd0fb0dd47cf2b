"""A handful of processes kept running together: started in order, watched, and stopped in the reverse one.

Each process leads a session of its own, so a Ctrl-C at the terminal reaches only the one who supervises, and all that a
process started can be ended with it. A file in the data folder names them, so that what a killed supervisor left behind
is found and ended by the next one.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from webapp.domain.errors import SetupError
from webapp.embedded.data_folder import DataFolder, starting_or_stopping
from webapp.embedded.processes import tail

_LARGEST_LOG = 5 * 1024 * 1024
_LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Part:
    """One process to keep running: its name, its command, how to see that it answers, how long it may take to stop.

    ``answers`` gets the text that the process has logged since it started.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    answers: Callable[[str], bool]
    patience_seconds: float = 10.0


@dataclass(frozen=True)
class _Running:
    part: Part
    process: "subprocess.Popen[bytes]"
    log: Path
    log_start: int

    def said(self) -> str:
        return tail(self.log, lines=1_000_000, start=self.log_start)


class Supervisor:
    """Starts parts in a data folder, watches them, stops them."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._register = folder.run / "processes.json"
        self._running: list[_Running] = []

    def take_over(self) -> int:
        """Make this process the folder's supervisor; ends what a killed one left, and returns how many that were.

        Raises SetupError while another supervisor is at work here.
        """
        with starting_or_stopping(self._folder):
            register = _read_register(self._register)
            other = _same_process(register.pop("supervisor", None))
            if other is not None:
                raise SetupError(
                    f"A demo is running in {self._folder.root} already (process {other}): "
                    "stop it first, or name another folder with --data."
                )
            left = [pid for pid in map(_same_process, register.values()) if pid is not None]
            for pid in left:
                _end_session(pid, 5.0)
            self._write_register()
        return len(left)

    def start(self, part: Part) -> None:
        """Start one part; its output is appended to ``logs/<name>.log``."""
        log = self._folder.logs / f"{part.name}.log"
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.old"))
        with open(log, "ab") as output:
            begin = output.tell()
            process = subprocess.Popen(
                list(part.command),
                env=dict(part.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._running.append(_Running(part, process, log, begin))
        self._write_register()

    def wait_until_all_answer(self, seconds: float, say: Callable[[str], None]) -> None:
        """Return when each part answers. Raises SetupError when one ends, or is silent for ``seconds``."""
        deadline = time.monotonic() + seconds
        for running in self._running:
            while not running.part.answers(running.said()):
                self.check()
                if time.monotonic() > deadline:
                    raise SetupError(
                        f"The {running.part.name} process did not answer within {seconds:.0f} seconds; "
                        f"the end of {running.log}:\n{tail(running.log, start=running.log_start)}"
                    )
                time.sleep(_LOOK_EVERY_SECONDS)
            say(f"  {running.part.name} answers")

    def check(self) -> None:
        """Raise SetupError with the end of its log when a part has ended by itself."""
        for running in self._running:
            code = running.process.poll()
            if code is not None:
                raise SetupError(
                    f"The {running.part.name} process ended by itself ({_ending(code)}), so everything was stopped; "
                    f"the end of {running.log}:\n{tail(running.log, start=running.log_start)}"
                )

    def watch(self) -> None:
        """Stay until a part ends by itself; raises as ``check`` does."""
        while True:
            self.check()
            time.sleep(5 * _LOOK_EVERY_SECONDS)

    def stop(self, order: Sequence[str]) -> None:
        """Stop the parts in the order of their names, each with all that it started. A signal does not cut this short."""
        place = {name: number for number, name in enumerate(order)}
        for running in sorted(self._running, key=lambda each: place[each.part.name]):
            _end_session(running.process.pid, running.part.patience_seconds)
            running.process.wait()
        self._running.clear()
        self._register.unlink(missing_ok=True)

    def _write_register(self) -> None:
        processes = {running.part.name: _identity(running.process.pid) for running in self._running}
        processes["supervisor"] = _identity(os.getpid())
        self._register.write_text(json.dumps(processes))


def _identity(pid: int) -> tuple[int, float]:
    """A process's number and the instant it was started: numbers are used again, the pair is not."""
    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.Error:
        return pid, 0.0


def _same_process(identity: tuple[int, float] | None) -> int | None:
    if identity is None or identity[0] == os.getpid():
        return None
    now = _identity(identity[0])
    return identity[0] if now[1] and abs(now[1] - identity[1]) < 1.0 else None


def _read_register(path: Path) -> dict[str, tuple[int, float]]:
    try:
        return {name: (int(pid), float(start)) for name, (pid, start) in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _end_session(leader: int, patience: float) -> None:
    """Ask the leader of a session to end; after ``patience`` seconds, and for what it leaves behind, do not ask."""
    _signal(leader, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while _lives(leader) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
