"""The product's own worker, started as an installation starts it, and what its processes weigh and use while they work."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from celery import Celery

from benchmarks.visiting import ROOT
from webapp.cli.serve import worker_command
from webapp.services.outbox import BELL_QUEUE

RING_SECONDS = 60.0
LOOK_SECONDS = 0.2
END_SECONDS = 30.0


@dataclass
class Worked:
    """What the processes of a worker came to.

    megabytes: the most memory that any process that works held at once. processes: how many there were, one after another.
    core_seconds: what all of them used of a core, theirs that starts and watches them too; 0 until they have ended.
    """

    megabytes: float = 0.0
    processes: int = 0
    core_seconds: float = 0.0


@contextmanager
def working(environ: Mapping[str, str], processes: int) -> Iterator[Worked]:
    """A worker of so many processes, rung for every minute as beat does; ended with the block."""
    worked, over = Worked(), Event()
    command = [*worker_command(), "--concurrency", str(processes)]
    worker = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    threads = [
        Thread(target=_watch, args=(worker.pid, worked, over)),
        Thread(target=_ring, args=(environ["REDIS_URL"], over)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield worked
    finally:
        over.set()
        for thread in threads:
            thread.join()
        worked.core_seconds = _ended(worker)


def _ring(broker: str, over: Event) -> None:
    with Celery("bell", broker=broker, set_as_current=False) as bell:
        while not over.is_set():
            bell.send_task("dripline.tick", queue=BELL_QUEUE, ignore_result=True)
            over.wait(RING_SECONDS)


def _watch(worker: int, worked: Worked, over: Event) -> None:
    """Look again and again how much each process of the worker has held at most."""
    most: dict[int, float] = {}
    while not over.wait(LOOK_SECONDS):
        with suppress(OSError):
            children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
            for child in map(int, children):
                with suppress(OSError, StopIteration):
                    most[child] = max(most.get(child, 0.0), _megabytes(child))
        worked.megabytes, worked.processes = max(most.values(), default=0.0), len(most)


def _megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _ended(worker: "subprocess.Popen[bytes]") -> float:
    """Let it finish what it does; returns the seconds of a core that it and its processes used."""
    worker.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    while True:
        found, _, used = os.wait4(worker.pid, os.WNOHANG)
        if found:
            worker.returncode = 0
            return used.ru_utime + used.ru_stime
        if time.monotonic() > deadline:
            worker.kill()
        time.sleep(LOOK_SECONDS)
