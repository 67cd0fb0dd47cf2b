"""The faults: each is done to real processes while a network's reports are made, and is over at the end."""

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import held_and_restated, outages
from tests.chaos.house import ALL, MADE, House, count, finish, time_passes
from tests.chaos.stories import DUE, HELD, RESTATED, Quiet, Story
from tests.chaos.tally import Tally, tally
from webapp.artifacts import REPORTS
from webapp.domain.fault_points import REPORT_POINTS
from webapp.domain.scope import Scope
from webapp.queries.report_ledger import fetch_unfinished_ids
from webapp.transactions import reading

SMALL_FILE = "20000"
Fault = Callable[[House, Scope], None]


@dataclass(frozen=True)
class Scenario:
    """A fault, and the story that goes on meanwhile."""

    fault: Fault
    story: Story = DUE

    def play(self, house: House, quiet: Callable[[Story], Quiet]) -> Tally:
        """Do the fault, and count. quiet: what a story comes to without any. Raises NotThere, or OutOfTime."""
        undisturbed = quiet(self.story)
        with house.network(self.story) as scope:
            self.fault(house, scope)
            return tally(scope, self.story, undisturbed)


def killed_at(point: str) -> Fault:
    """kill -9 of the process that makes a report, as it reaches the point; another worker goes on."""

    def scenario(house: House, scope: Scope) -> None:
        with house.worker(FAULT_AT=point):
            # A worker of one process takes a second run only once the first has fallen.
            house.wait_for_runs(scope, "lease_token IS NOT NULL", 2, f"the fall at {point}")
        finish(house, scope)

    return scenario


def queue_flushed(house: House, scope: Scope) -> None:
    """Every message is lost, twice, while workers work."""
    with house.worker():
        for some in (1, ALL // 2):
            house.wait_for_runs(scope, MADE, some, "the first reports")
            house.queue.flushall()
        house.wait_for_runs(scope, MADE, ALL, "all reports")


def database_restarted(house: House, scope: Scope) -> None:
    """PostgreSQL goes away and comes back while a report is made."""
    with house.worker():
        house.wait_for(lambda: count(scope, MADE) >= 1, "the first report")
        house.restart_database()
        house.wait_for(lambda: count(scope, MADE) >= 1, "the database")
        time_passes(scope)
        house.wait_for_runs(scope, MADE, ALL, "all reports")


def two_beats(house: House, scope: Scope) -> None:
    """Two beats ring at once, and two workers answer."""
    with ExitStack() as running:
        for name in ("first", "second"):
            running.enter_context(house.worker())
            running.enter_context(house.beat(name))
        house.wait_for_runs(scope, MADE, ALL, "all reports")


def two_workers_on_one_run(house: House, scope: Scope) -> None:
    """Every run is rung for four times, and three workers answer."""
    with ExitStack() as running:
        for _ in range(3):
            running.enter_context(house.worker())
        house.wait_for_runs(scope, "true", ALL, "the ledger's rows")
        with reading(scope) as db:
            runs = fetch_unfinished_ids(scope, db)
        for run_id in runs * 4:
            house.ring("dripline.work", str(run_id))
        house.wait_for_runs(scope, MADE, ALL, "all reports")


def zombie(house: House, scope: Scope) -> None:
    """A worker stops in the middle, sleeps past its lease while another makes its report, and wakes."""
    with house.worker() as sleeper:
        house.wait_for_runs(scope, "state = 'running'", 1, "a run under way")
        os.killpg(sleeper.pid, signal.SIGSTOP)
        time_passes(scope)
        with house.worker():
            house.wait_for_runs(scope, MADE, ALL, "all reports while the first worker sleeps")
        os.killpg(sleeper.pid, signal.SIGCONT)
        house.be_heard()


def store_closed(house: House, scope: Scope) -> None:
    """The store takes no file: a folder of it cannot be entered. Afterwards it can."""
    folder = Path(str(house.app.config["ARTIFACT_DIR"])) / REPORTS
    aside = folder.with_name("reports.aside")
    if folder.is_dir():
        folder.rename(aside)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("not a folder")
    try:
        with house.worker():
            house.wait_for_runs(scope, "reason IS NOT NULL", 1, "a refusal of the store")
    finally:
        folder.unlink()
        if aside.is_dir():
            shutil.move(aside, folder)
    finish(house, scope)


def store_full(house: House, scope: Scope) -> None:
    """No file can grow beyond some bytes, as on a full disk."""
    with house.worker(FILE_LIMIT=SMALL_FILE):
        house.wait_for_runs(scope, "reason IS NOT NULL", 1, "a refusal of the disk")
    finish(house, scope)


WHILE_DUE: Mapping[str, Fault] = {
    "zombie that wakes after its lease": zombie,
    **{f"killed at {point}": killed_at(point) for point in REPORT_POINTS},
    "queue flushed": queue_flushed,
    "database restarted": database_restarted,
    "beat away for three months": outages.beat_away_for_three_months,
    "beat away for three days": outages.beat_away_for_three_days,
    "two beats": two_beats,
    "two workers on one run": two_workers_on_one_run,
    "store closed": store_closed,
    "store read-only": outages.store_read_only,
    "store full": store_full,
    "mail server in trouble": outages.mail_server_in_trouble,
}
WHILE_HELD: Mapping[str, Fault] = {
    "held, killed as they are let go": held_and_restated.held_and_killed,
    "held, two beats": held_and_restated.held_and_two_beats,
}
WHILE_RESTATED: Mapping[str, Fault] = {
    "restated, zombie with older data": held_and_restated.restated_and_slept,
    "restated, killed at each point": held_and_restated.restated_and_killed,
    "restated, queue flushed": held_and_restated.restated_and_flushed,
}
SCENARIOS: Mapping[str, Scenario] = {
    name: Scenario(fault, story)
    for faults, story in ((WHILE_DUE, DUE), (WHILE_HELD, HELD), (WHILE_RESTATED, RESTATED))
    for name, fault in faults.items()
}
