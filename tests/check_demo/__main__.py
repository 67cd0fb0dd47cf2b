"""`make check-demo`: the whole demo, started, used, counted again and stopped; exit code 0 only if all of it held."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from config import load
from tests.check_demo import jobs, recount
from tests.check_demo.jobs import Overview
from tests.check_demo.recount import Share
from tests.check_demo.started_demo import StartedDemo, started, stop
from tests.check_demo.visitor import NotAsExpected
from tests.own_servers import drop_database, new_database
from webapp.domain.errors import DriplineError
from webapp.embedded.servers import running_servers

NETWORK = "Tidewater"
SLUG = "tidewater"
SITES = 24
T = TypeVar("T")


class Steps:
    """Prints each step with the time that it took."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def run(self, name: str, step: Callable[[], T], result: Callable[[T], str] = lambda _: "") -> T:
        """Do one step, and say how long it took and what came of it."""
        began = time.monotonic()
        done = step()
        self._line(name, time.monotonic() - began, result(done))
        return done

    def end(self) -> None:
        """The last line."""
        self._line("All of it", time.monotonic() - self.began, "held")

    def _line(self, name: str, seconds: float, result: str) -> None:
        print(f"  {name:<44}{seconds:8.1f} s  {result}".rstrip(), flush=True)


def check(data: Path, environ: Mapping[str, str]) -> None:
    """Start, use, recount, stop; start again, look, stop. Raises NotAsExpected at the first thing that does not hold."""
    steps = Steps()
    first = _use_first_start(steps, data, environ)
    with _starting(steps, "Later start, with the data kept", data, environ) as demo:
        who = demo.sign_in("manager", NETWORK)
        again = steps.run("Manager: reads the overview again", lambda: jobs.read_overview(demo.address, who, _today()))
        if again.sessions != first.sessions and again.first_on == first.first_on:
            raise NotAsExpected(
                f"After a later start the overview says {again.sessions:,} sessions, before {first.sessions:,}."
            )
        steps.run("Ctrl-C: everything stops", lambda: stop(demo, data))
    steps.end()


def _use_first_start(steps: Steps, data: Path, environ: Mapping[str, str]) -> Overview:
    with _starting(steps, "First start, with two networks filled", data, environ) as demo:
        address = demo.address
        manager, lead, compliance = (demo.sign_in(role, NETWORK) for role in ("manager", "site_lead", "compliance"))
        overview = steps.run(
            "Manager: reads the overview's four numbers",
            lambda: jobs.read_overview(address, manager, _today()),
            lambda found: (
                f"{found.sessions:,} sessions, {found.side_effects} with a side effect, {found.completion} completed"
            ),
        )
        steps.run(
            "Site lead: asks for a report, takes 3 files",
            lambda: jobs.make_report(address, lead, _today()),
            lambda made: f"{made.site}, {made.month:%b %Y}: {made.delivered} delivered in CSV and page",
        )
        steps.run("Site lead: finds the report that was due", lambda: jobs.wait_for_due_report(address, lead, _today()))
        steps.run(
            "Compliance: reads the matrix of a past day",
            lambda: jobs.read_matrix(address, compliance, _today(), SITES),
            lambda cells: f"{cells} standings of {SITES} sites",
        )
        steps.run("Three numbers counted again from raw rows", lambda: _recount(data, environ, overview), str)
        steps.run("Ctrl-C: everything stops", lambda: stop(demo, data), lambda _: "no process is left")
    return overview


@contextmanager
def _starting(steps: Steps, name: str, data: Path, environ: Mapping[str, str]) -> Iterator[StartedDemo]:
    starting = started(data, environ)
    demo = steps.run(name, starting.__enter__)
    try:
        yield demo
    finally:
        starting.__exit__(*sys.exc_info())


def _recount(data: Path, environ: Mapping[str, str], shown: Overview) -> str:
    with running_servers(data, environ) as urls:
        settings = load({**environ, **urls.environ(), "DRIPLINE_DATA": str(data)})
        network_id = recount.find_network(str(settings["DISPATCHER_DATABASE_URL"]), SLUG)
        with recount.as_app(str(settings["APP_DATABASE_URL"]), network_id) as connection:
            rows = recount.read_rows(connection)
    delivered = recount.count_delivered(rows, shown.first_on, shown.last_on)
    side_effects = recount.count_side_effects(rows, shown.first_on, shown.last_on)
    completed = recount.count_completed(rows, shown.cohort)
    _require("sessions delivered", shown.sessions, delivered)
    _require("sessions with a side effect", shown.side_effects, _percent(side_effects))
    _require("courses in the closed cohort", shown.cohort_size, completed.whole)
    _require("courses completed", shown.completion, _percent(completed))
    return f"{delivered:,} sessions, {side_effects.part:,} of {side_effects.whole:,}, {completed.part:,} of {completed.whole:,}"


def _require(what: str, shown: object, counted: object) -> None:
    if shown != counted:
        raise NotAsExpected(f"The overview says {shown} {what}; the raw rows say {counted}.")


def _percent(share: Share) -> str:
    return f"{100 * share.part / share.whole:.1f} %"


def _today() -> date:
    return datetime.now(UTC).date()


@contextmanager
def _own_database(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Where a served database is named, a new one beside it for this check alone."""
    served = environ.get("DATABASE_URL")
    if not served:
        yield dict(environ)
        return
    name = f"dripline_check_{os.getpid()}"
    others = ("APP_DATABASE_URL", "OWNER_DATABASE_URL", "DISPATCHER_DATABASE_URL", "OPERATOR_DATABASE_URL")
    own = {key: value for key, value in environ.items() if key not in others}
    try:
        yield own | {"DATABASE_URL": new_database(served, name)}
    finally:
        drop_database(served, name)


def main() -> int:
    """Run the check in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="dripline-check-"))
    try:
        with _own_database(os.environ) as environ:
            check(folder / "data", environ)
    except SQLAlchemyError as trouble:
        print(f"\nThe database refused: {str(trouble).partition('(Background')[0]}", file=sys.stderr)
        return 1
    except (NotAsExpected, DriplineError) as trouble:
        print(f"\nNot as it must be: {trouble}\nWhat the processes said is in {folder}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was done.", file=sys.stderr)
        shutil.rmtree(folder)
        return 130
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
