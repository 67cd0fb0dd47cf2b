"""A month end: every site's report of one month, made by two worker processes; how long it takes, what a worker weighs, and how
quickly pages are answered meanwhile.

`python -m benchmarks.month_end --sites 2000 --sessions 200000` is the whole of it; fewer sites say how many and are not scaled up.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import click

from benchmarks.limits import load_average
from benchmarks.visiting import Client, Visitor, served
from config import load
from webapp.domain.periods import add_months
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.vocabulary import Role
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.services import people, queued_work, report_runs, schedules
from webapp.services.accreditation import add_template_programmes
from webapp.services.clock import now as instant_now
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from workers.tasks.kinds import KINDS
from workers.way import GIVING_WAY

EMAIL, PASSWORD = "month-end@example.org", "of one run only"
WORKER = "BENCHMARK_WORKER"
SECONDS_LIMIT = 900
MEGABYTES_LIMIT = 400


@click.command()
@click.option("--sites", default=60, show_default=True)
@click.option("--sessions", default=12_000, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option(
    "--idle", default=30, show_default=True, help="Seconds for which the web server is asked before the month ends."
)
def main(sites: int, sessions: int, workers: int, idle: int) -> None:
    """Fill a network of that many sites on servers of its own, let its reports fall due, and have them made."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": folder}
        settings = load(environ)
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        with create_app(settings).app_context():
            due = _fill(sites, sessions)
        with served(environ) as address:
            visitor = Visitor(Client(address, EMAIL, PASSWORD))
            with visitor.visiting() as alone:
                time.sleep(idle)
            with visitor.visiting() as meanwhile:
                took, told = _month_end(environ, workers)
    made = sum(each["made"] for each in told)
    heaviest = max(each["megabytes"] for each in told)
    click.echo(f"{due} reports due, {made} made by {workers} workers in {took:.0f} s: {60 * made / took:.0f} a minute")
    core = sum(each["core_seconds"] for each in told)
    click.echo(
        f"Of a core the workers used {1000 * core / max(made, 1):.0f} ms a report, their start included; the rest is the database's"
    )
    click.echo(f"(2,000 sites within {SECONDS_LIMIT} s ask for {60 * 2000 / SECONDS_LIMIT:.0f} a minute)")
    click.echo(f"A worker's memory after {made // workers} reports: {heaviest:.0f} MB (limit {MEGABYTES_LIMIT} MB)")
    click.echo(f"A page's data over HTTP, asked for every second before it: {_answers(alone)}")
    click.echo(f"... and while the reports were made: {_answers(meanwhile)}")
    click.echo(
        f"Load average at the end: {load_average()}; more than the workers' own means that others worked beside them"
    )


def _fill(sites: int, sessions: int) -> int:
    """A network whose reports of one month fall due, and somebody who may see all of it; returns how many are due."""
    now = datetime.now(UTC)
    scope = people.network_scope(people.add_network("Month end", now))
    add_template_programmes(scope)
    simulated = replace(demo_settings(now)[0], sites=sites, sessions=sessions, stories=None)
    fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None)
    people.add_member(scope, people.add_user(EMAIL, "Benchmark", PASSWORD, now), Role.MANAGER, (), now)
    schedules.ensure_monthly(scope, add_months(now.date().replace(day=1), -1), now)
    return report_runs.reconcile_network(scope, now)


def _month_end(environ: Mapping[str, str], workers: int) -> tuple[float, list[dict[str, float]]]:
    """Seconds until nothing waited any longer, and what each worker told of itself."""
    began = time.monotonic()
    command = [sys.executable, "-m", "benchmarks.month_end"]
    children = [subprocess.Popen(command, env={**environ, WORKER: "1"}, stdout=subprocess.PIPE) for _ in range(workers)]
    told = [json.loads(child.communicate()[0]) for child in children]
    return time.monotonic() - began, told


def _answers(seconds: list[float]) -> str:
    p50, p95 = (1000 * quantiles(seconds, n=20, method="inclusive")[place] for place in (9, 18))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms of {len(seconds)} answers"


def work() -> None:
    """What one worker process does: whatever waits, until nothing does."""
    os.nice(GIVING_WAY)
    made = 0
    with create_app(load(os.environ)).app_context():
        while queued_work.work_once(KINDS, None, instant_now):
            made += 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"made": made, "megabytes": used.ru_maxrss / 1024, "core_seconds": used.ru_utime + used.ru_stime}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    work() if os.environ.get(WORKER) else main()
