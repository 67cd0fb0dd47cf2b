"""`make bench`: fill networks, recount them, draw every page, make a report, visit by HTTP and browser; write down limits and figures.

Times are of this machine in this run: compare rows with each other, not with another machine's. `--sessions` may be given more
than once: each is a network of its own on the same servers, and pages of all sizes are compared. `--neighbours` adds networks that
nobody asks about, so that every table is as long as a large installation's.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import text

from benchmarks import limits, page_sql, painting, report_speed
from benchmarks.limits import Held, at_most
from benchmarks.measuring import Figure, measured, median_of
from benchmarks.neighbours import add_neighbours
from benchmarks.visiting import CLIENTS, VISITED, Client, answer_times, served
from config import load
from dashboards.mount import fetch_pages
from webapp.domain.periods import add_months, month_period
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.vocabulary import Role
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.presentation import renderers
from webapp.queries.reports import build_document
from webapp.queries.sites import fetch_every_site_id, fetch_sites
from webapp.services import people
from webapp.services.accreditation import add_template_programmes
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.services.verification import verify
from webapp.transactions import reading

EMAIL, PASSWORD = "benchmark@example.org", "of one run only"
P50_MS, P95_MS, FIRST_KB, NEXT_KB = 50.0, 120.0, 900.0, 60.0
ROUNDS = 5
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
REPEATS = 7


@click.command()
@click.option(
    "--sessions", multiple=True, default=(150_000,), show_default=True, help="The size of a network; may be repeated."
)
@click.option("--neighbours", default=0, show_default=True, help="How many copies of the largest stand beside it.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS, show_default=False, help="Where the figures are written."
)
def main(sessions: tuple[int, ...], neighbours: int, out: Path) -> None:
    """Measure on servers of its own in a temporary folder, and write the figures down."""
    sizes, began = sorted(set(sessions)), limits.load_average()
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": folder}
        settings = load(environ)
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)
        with app.app_context():
            now = datetime.now(UTC)
            figures: list[Figure] = []
            scopes = [_network(app, size, now, figures) for size in sizes]
            scope = scopes[-1]
            figures.append(_recounted(scopes[0], sizes[0]))
            if neighbours:
                figures.append(_beside(scope, str(settings["DATABASE_URL"]), neighbours))
            times = [
                time for one, size in zip(scopes, sizes, strict=True) for time in page_sql.page_times(one, size, now)
            ]
            figures += page_sql.figures(times)
            figures += _report(scope, now)
            versions = _versions(scope)
            email = _manager(scope)
        visits = _visits({**urls.environ(), "DRIPLINE_DATA": folder}, email, figures)
        held = [*page_sql.limits(times), *visits]
    busy = f"load average {began} when it began, {limits.load_average()} when it ended; a busy machine's times are too long"
    out.write_text(limits.lines(held, figures, sizes, versions, busy, now), encoding="utf-8")
    click.echo(out.read_text(encoding="utf-8"))


def _network(app: Flask, size: int, now: datetime, figures: list[Figure]) -> Scope:
    """A network of that many sessions, recorded and recounted; the scope that sees it all."""
    scope = people.network_scope(people.add_network(f"Benchmark {size}", now))
    add_template_programmes(scope)
    simulated = replace(demo_settings(now)[0], sessions=size)
    took, counts = measured(lambda: fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None))
    rows = counts.new + counts.changed
    beside = f"{rows:,} rows, {rows / took:,.0f} rows a second"
    figures.append(Figure(f"Record a network of {size:,} sessions, with its rollups", f"{took:.1f} s", beside))
    with reading(scope) as db:
        return replace(scope, site_ids=fetch_every_site_id(scope, db))


def _recounted(scope: Scope, size: int) -> Figure:
    with reading(scope, timeout_ms=1_800_000) as db:
        took, compared = measured(lambda: list(verify(scope, db)))
    differing = sum(one.differing for one in compared)
    what = f"Recount all rollups of the network of {size:,} sessions from the facts"
    return Figure(what, f"{took:.1f} s", f"{differing} differing cells")


def _beside(scope: Scope, setup_url: str, copies: int) -> Figure:
    took, held = measured(lambda: add_neighbours(scope, setup_url, copies))
    what = f"Copy the largest network {copies} times, as its neighbours"
    return Figure(what, f"{took:.1f} s", f"{held:,} sessions on the servers")


def _versions(scope: Scope) -> str:
    with reading(scope) as db:
        server = str(db.execute(text("SHOW server_version")).scalar_one()).split()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("flask", "dash", "plotly", "sqlalchemy", "psycopg"))
    return f"Dripline {version('dripline')}, Python {platform.python_version()}, PostgreSQL {server}, {libraries}"


def _manager(scope: Scope) -> str:
    """Somebody who may open every page of the network measured; their e-mail address."""
    now = datetime.now(UTC)
    user = people.add_user(EMAIL, "Benchmark", PASSWORD, now)
    people.add_member(people.network_scope(scope.network_id), user, Role.MANAGER, (), now)
    return EMAIL


def _visits(environ: dict[str, str], email: str, figures: list[Figure]) -> Iterator[Held]:
    with served(environ) as address:
        took = answer_times(address, email, PASSWORD, VISITED, ROUNDS)
        paced = answer_times(address, email, PASSWORD, VISITED, ROUNDS, look=1.0)
        what = f"A page's data over HTTP, {CLIENTS} clients that each ask once a second, p50"
        figures.append(
            Figure(what, f"{_at(paced, 0.5):.0f} ms", f"p95 {_at(paced, 0.95):.0f} ms; {len(paced)} answers")
        )
        client, kept = Client(address, email, PASSWORD), set[str]()
        alone = sorted(client.ask(path)[0] for path in VISITED * ROUNDS)
        beside = f"{CLIENTS} clients at once, {len(took)} answers"
        for part, limit in ((0.5, P50_MS), (0.95, P95_MS)):
            seen = f"one client alone: {_at(alone, part):.0f} ms"
            what = f"A page's data over HTTP, signed in, p{part * 100:.0f} ({beside})"
            yield at_most(what, limit, _at(took, part), "ms", seen)
        first = client.weight("/d/sessions", kept) / 1000
        following = client.weight("/d/courses", kept) / 1000
        yield at_most("First visit, transferred: page, its files and its data", FIRST_KB, first, "kB")
        yield at_most("Next page, transferred: page and data", NEXT_KB, following, "kB")
        yield from painting.limits(client, email, PASSWORD)


def _at(took: list[float], part: float) -> float:
    """A quantile of sorted seconds, in milliseconds."""
    return took[min(len(took) - 1, int(part * len(took)))] * 1000


def _report(scope: Scope, now: datetime) -> Iterator[Figure]:
    yield Figure("Pages that are drawn", str(len(fetch_pages())), "")
    month = month_period(add_months(now.date().replace(day=1), -1))
    with reading(scope) as db:
        site = fetch_sites(scope, db)[0]
    one = scope.narrow([site.id])
    with reading(one) as db:
        document = build_document(one, db, site.id, month)
    for kind in renderers.FILE_KINDS:
        renderers.render(kind, document)
        took = median_of(lambda kind=kind: renderers.render(kind, document), REPEATS)  # type: ignore[misc]  # bound at once
        size = len(renderers.render(kind, document))
        yield Figure(f"A site's monthly report as {kind.upper()}", f"{took * 1000:.0f} ms", f"{size:,} bytes")
    yield from report_speed.figures(scope, month)


if __name__ == "__main__":
    sys.exit(main())
