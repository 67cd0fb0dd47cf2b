"""A month end: every site's report of one month, made by two worker processes; how long it takes, what a worker weighs, and how
quickly pages are answered meanwhile.

`python -m benchmarks.month_end --sites 2000 --sessions 200000` is the whole of it; fewer sites say how many and are not scaled up.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import click
from flask import Flask
from sqlalchemy import text

from benchmarks.limits import Held, at_most, load_average
from benchmarks.visiting import Client, Visitor, served
from benchmarks.working import LOOK_SECONDS, Worked, working
from config import load
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.vocabulary import Role
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.presentation.renderers import FILE_KINDS
from webapp.services import people, report_runs, schedules
from webapp.services.accreditation import add_template_programmes
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import reading

EMAIL, PASSWORD = "month-end@example.org", "of one run only"
WHOLE = 2000
SECONDS_LIMIT = 900
MEGABYTES_LIMIT = 400
P50_MS, P95_MS = 50.0, 120.0


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
        app, began = create_app(settings), time.monotonic()
        with app.app_context():
            scope, due = _fill(sites, sessions)
        click.echo(f"{due} reports are due; filling and entering them took {time.monotonic() - began:.0f} s")
        with served(environ) as address:
            visitor = Visitor(Client(address, EMAIL, PASSWORD))
            with visitor.visiting() as alone:
                time.sleep(idle)
            with visitor.visiting() as meanwhile:
                took, worked = _month_end(app, scope, environ, workers)
        with app.app_context():
            stored = _count_stored(scope)
    core = 1000 * worked.core_seconds / max(stored, 1)
    click.echo(
        f"Of a core the worker's {worked.processes} processes used {core:.0f} ms a report; the rest is the database's"
    )
    for each in _held(due, stored, workers, took, worked, alone, meanwhile):
        click.echo(f"{each.what}: {each.measured}, {each.limit}: {each.verdict.strip('*')}")
    half, most = (during / before for during, before in zip(_quantiles(meanwhile), _quantiles(alone), strict=True))
    click.echo(f"A page's data takes {half:.2f} times as long meanwhile (half of the answers), {most:.2f} times (95 %)")
    click.echo(
        f"Load average at the end: {load_average()}; more than the workers' own means that others worked beside them"
    )


def _held(
    due: int,
    stored: int,
    workers: int,
    took: float,
    worked: Worked,
    alone: Sequence[float],
    meanwhile: Sequence[float],
) -> Iterator[Held]:
    """Each limit with what was measured."""
    yield Held("Reports stored of those due", f"{due} of {due}, each once", f"{stored} of {due}", stored == due)
    share = min(1.0, due / WHOLE)
    yield at_most(f"Month end of {due} sites by {workers} workers", SECONDS_LIMIT * share, took, "s")
    yield at_most(f"Most memory of a worker process over {due} reports", MEGABYTES_LIMIT, worked.megabytes, "MB")
    for what, seconds in (("before", alone), ("while reports are made", meanwhile)):
        p50, p95 = _quantiles(seconds)
        yield at_most(f"A page's data {what}, half of {len(seconds)} answers", P50_MS, p50, "ms")
        yield at_most(f"A page's data {what}, 95 % of them", P95_MS, p95, "ms")


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Milliseconds within which half and 95 % were answered."""
    found = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [*seconds, 0.0] * 20
    return 1000 * found[9], 1000 * found[18]


def _fill(sites: int, sessions: int) -> tuple[Scope, int]:
    """A network whose reports of one month fall due, and somebody who may see all of it; returns it and how many are due."""
    now = datetime.now(UTC)
    scope = people.network_scope(people.add_network("Month end", now))
    add_template_programmes(scope)
    simulated = replace(demo_settings(now)[0], sites=sites, sessions=sessions, stories=None)
    fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None)
    people.add_member(scope, people.add_user(EMAIL, "Benchmark", PASSWORD, now), Role.MANAGER, (), now)
    schedules.ensure_monthly(scope, add_months(now.date().replace(day=1), -1), now)
    return scope, report_runs.reconcile_network(scope, now)


def _count_stored(scope: Scope) -> int:
    """How many reports are stored with all their files."""
    with reading(scope) as db:
        statement = (
            "SELECT count(*) FROM report_run r WHERE r.state IN ('stored', 'delivered') AND (SELECT count(*) FROM artifact a"
            " WHERE a.network_id = r.network_id AND a.run_id = r.id) = :files"
        )
        return int(db.execute(text(statement), {"files": len(FILE_KINDS)}).scalar_one())


def _month_end(app: Flask, scope: Scope, environ: Mapping[str, str], workers: int) -> tuple[float, Worked]:
    """Seconds until every report was stored, and what the worker's processes came to."""
    began = time.monotonic()
    with working(environ, workers) as worked:
        while _count_waiting(app, scope):
            time.sleep(LOOK_SECONDS)
        took = time.monotonic() - began
    return took, worked


def _count_waiting(app: Flask, scope: Scope) -> int:
    """How many reports are neither made nor given up."""
    statement = "SELECT count(*) FROM report_run WHERE state NOT IN ('stored', 'delivered', 'failed')"
    with app.app_context(), reading(scope) as db:
        return int(db.execute(text(statement)).scalar_one())


if __name__ == "__main__":
    main()
