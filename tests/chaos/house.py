"""What chaos works on: a network whose reports of three months are due, real workers and beats, and leases that can be let end."""

import math
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from celery import Celery
from flask import Flask
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.rounds import OutOfTime
from tests.chaos.stories import DUE, Story, newest_month
from tests.making import retire
from tests.reporting import end_schedules, reporting_network
from webapp.cli.serve import beat_command, worker_command
from webapp.domain.fault_points import STOPS
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.extensions import db as database
from webapp.queries.report_ledger import fetch_unfinished_ids
from webapp.queries.report_reviews import fetch_to_review
from webapp.services.outbox import BELL_QUEUE, WORK_QUEUE
from webapp.transactions import of_dispatcher, reading

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180.0
RING_SECONDS = 3.0
MONTHS = 3
SITES = (
    ("RIV", "Riverside", "America/New_York"),
    ("NGT", "诊所 “Northgate”", "America/Los_Angeles"),
    ("EST", "عيادة النهر", "Pacific/Auckland"),
)
ALL = MONTHS * len(SITES)
MADE = "state IN ('stored', 'delivered')"


class NotThere(AssertionError):
    """What was waited for did not come."""


@dataclass(frozen=True)
class House:
    """The servers, an application of the harness's own, and a folder for what the processes say."""

    app: Flask
    environ: Mapping[str, str]
    folder: Path
    restart_database: Callable[[], None]
    until: float = math.inf
    """When nobody waits any longer, on the monotonic clock."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When every story's data come: the same for all, so that their reports can be compared."""

    @property
    def queue(self) -> Redis:
        """The queue's server."""
        return Redis.from_url(self.environ["REDIS_URL"])

    @contextmanager
    def network(self, story: Story = DUE) -> Iterator[Scope]:
        """A network of three sites whose reports of the last three months are due, after three months of silence, as its story begins."""
        newest = newest_month(self.now)
        self.queue.flushdb()
        with of_dispatcher() as db:
            db.execute(text("DELETE FROM run_queue"))
            db.execute(text("DELETE FROM outbox"))
        scope = reporting_network(self.now, starts_on=add_months(newest, 1 - MONTHS), sites=SITES)
        end_schedules(scope, add_months(newest, 1))
        story.begins(scope, self.now)
        try:
            yield scope
        finally:
            retire(scope)

    @contextmanager
    def process(self, command: list[str], **more: str) -> Iterator["subprocess.Popen[bytes]"]:
        """One process of the product's, in a process group of its own; killed at the end. FILE_LIMIT: bytes of its largest file."""
        limit = int(more.pop("FILE_LIMIT", "0"))
        environ = {**self.environ, **more}
        with (self.folder / "said.log").open("ab") as said:
            process = subprocess.Popen(
                command,
                env=environ,
                cwd=ROOT,
                stdout=subprocess.DEVNULL if limit else said,  # the limit holds for the log as well
                stderr=subprocess.DEVNULL if limit else said,
                start_new_session=True,
                preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None,  # noqa: PLW1509  # the harness has no threads here
            )
            try:
                yield process
            finally:
                for sign in (signal.SIGCONT, signal.SIGKILL):
                    if process.poll() is None:
                        os.killpg(process.pid, sign)
                process.wait()

    def worker(self, *before: str, **more: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """A worker of one process. before: a command that runs it."""
        return self.process([*before, *worker_command(), "--concurrency", "1"], **more)

    def fall(self, point: str) -> None:
        """A worker that rings and works goes as a whole, as it reaches the point."""
        with self.process([*worker_command(), "--pool", "solo"], FAULT_AT=point) as process:
            self.wait_for(lambda: process.poll() is not None, f"the fall at {point}")

    @contextmanager
    def sleeper(self, point: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Such a worker, asleep where it reached the point."""
        with self.process([*worker_command(), "--pool", "solo"], FAULT_AT=f"{point}{STOPS}") as process:
            asleep = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
            self.wait_for(lambda: os.waitid(os.P_PID, process.pid, asleep) is not None, f"the sleep at {point}")
            yield process

    def be_heard(self) -> None:
        """Ring, and wait until a worker takes it: one that is alone does so only once it is done with whatever came before."""
        self.ring()
        self.wait_for(lambda: not self.queue.llen(BELL_QUEUE), "an ear for the bell", ringing=False)

    def beat(self, name: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """A beat with notes of its own."""
        command = [*beat_command(self.folder)[:-4], "--schedule", str(self.folder / name), "--pidfile", ""]
        return self.process(command)

    def ring(self, task: str = "dripline.tick", *arguments: str) -> None:
        """Send one message, as beat does; a queue that is away is none of the harness's business."""
        queue = WORK_QUEUE if task == "dripline.work" else BELL_QUEUE
        with Celery("bell", broker=self.environ["REDIS_URL"], set_as_current=False) as bell:
            bell.send_task(task, args=list(arguments), queue=queue, ignore_result=True)

    def wait_for_runs(self, scope: Scope, condition: str, many: int, what: str) -> None:
        """Wait until at least so many runs of the network are so."""
        self.wait_for(lambda: count(scope, condition) >= many, what)

    def wait_for(self, condition: Callable[[], bool], what: str, *, ringing: bool = True) -> None:
        """Wait until it holds, ringing again every few seconds unless beat alone is to ring. Raises NotThere, or OutOfTime."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        next_ring = 0.0
        while not self.holds(condition):
            if time.monotonic() > self.until:
                raise OutOfTime
            if time.monotonic() > deadline:
                raise NotThere(f"{what} did not happen within {PATIENCE_SECONDS:.0f} s; see {self.folder}/said.log")
            if ringing and time.monotonic() > next_ring:
                self.ring()
                next_ring = time.monotonic() + RING_SECONDS
            time.sleep(0.1)

    def holds(self, condition: Callable[[], bool]) -> bool:
        """Whether it holds; not while the database is away."""
        try:
            return condition()
        except SQLAlchemyError:
            for engine in database.engines.values():
                engine.dispose()
            return False


def count(scope: Scope, condition: str) -> int:
    """How many runs of the network are so."""
    with reading(scope) as db:
        return int(db.execute(text("SELECT count(*) FROM report_run WHERE " + condition)).scalar_one())  # our own words


def time_passes(scope: Scope) -> None:
    """Leases of the dead end and pauses are over, as ninety seconds and some minutes later."""
    with of_dispatcher() as db:
        db.execute(
            text(
                "UPDATE run_queue SET lease_until = CASE WHEN state = 'running' THEN now() - interval '1 second' END,"
                " next_attempt_at = now() WHERE network_id = :network AND state IN ('running', 'waiting')"
            ),
            {"network": scope.network_id},
        )


def finish(house: House, scope: Scope, many: int = ALL) -> None:
    """A healthy worker makes what is left, until nothing is left to make or to look at anew. many: how many reports that is at least."""
    time_passes(scope)
    with house.worker():
        house.wait_for(lambda: count(scope, MADE) >= many and _rests(scope), "all reports, and then rest")


def _rests(scope: Scope) -> bool:
    with reading(scope) as db:
        return not fetch_unfinished_ids(scope, db) and not fetch_to_review(scope, db, 1)
