"""`make bench`: fill a network, recount it, draw every page, make a report; write down how long each took.

Times are of this machine in this run: compare rows with each other, not with another machine's.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from flask import Flask

from benchmarks import report_speed
from benchmarks.measuring import Figure, measured, median_of, statements
from benchmarks.visiting import CLIENTS, Client, answer_times, served
from config import load
from dashboards.mount import fetch_pages
from webapp.domain.filters import parse_filters
from webapp.domain.periods import add_months, month_period
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.vocabulary import Role
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.presentation import renderers
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import PANELS
from webapp.queries.reports import build_document
from webapp.queries.sites import fetch_every_site_id, fetch_sites
from webapp.services import people
from webapp.services.accreditation import add_template_programmes
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.services.verification import verify
from webapp.transactions import reading

SQL_LIMIT_MS = 15
EMAIL, PASSWORD = "benchmark@example.org", "of one run only"
VISITED = ["/d/overview", "/d/sessions", "/d/courses?period=last_12_months", "/d/side-effects"]
ROUNDS = 5
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
REPEATS = 7


@click.command()
@click.option("--sessions", default=150_000, show_default=True, help="How many sessions the network has.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS, show_default=False, help="Where the figures are written."
)
def main(sessions: int, out: Path) -> None:
    """Measure on servers of its own in a temporary folder, and write the figures down."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": folder}
        settings = load(environ)
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)
        with app.app_context():
            figures = list(_figures(app, sessions))
            email = _manager()
        figures += _visits({**urls.environ(), "DRIPLINE_DATA": folder}, email)
    out.write_text(_page(figures, sessions), encoding="utf-8")
    click.echo(out.read_text(encoding="utf-8"))


def _figures(app: Flask, sessions: int) -> Iterator[Figure]:
    now = datetime.now(UTC)
    scope = people.network_scope(people.add_network("Benchmark", now))
    add_template_programmes(scope)
    simulated = replace(demo_settings(now)[0], sessions=sessions)
    took, counts = measured(lambda: fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None))
    rows = counts.new + counts.changed
    yield Figure(
        "Record a simulated network, with its rollups",
        f"{took:.1f} s",
        f"{rows:,} rows, {rows / took:,.0f} rows a second",
    )
    with reading(scope, timeout_ms=600_000) as db:
        took, compared = measured(lambda: verify(scope, db))
    differing = sum(one.differing for one in compared)
    yield Figure("Recount all rollups from the facts", f"{took:.1f} s", f"{differing} differing cells")
    scope = _seeing_all(scope)
    yield from _pages(scope, now)
    yield from _report(scope, now)


def _seeing_all(scope: Scope) -> Scope:
    """The product's scope with every site named, as a manager's is."""
    with reading(scope) as db:
        return replace(scope, site_ids=fetch_every_site_id(scope, db))


def _manager() -> str:
    """Somebody who may open every page of the network measured; their e-mail address."""
    now = datetime.now(UTC)
    user = people.add_user(EMAIL, "Benchmark", PASSWORD, now)
    people.add_member(people.network_scope(people.get_network("benchmark")), user, Role.MANAGER, (), now)
    return EMAIL


def _visits(environ: dict[str, str], email: str) -> Iterator[Figure]:
    with served(environ) as address:
        took = answer_times(address, email, PASSWORD, VISITED, ROUNDS)
        p50, p95 = (took[min(len(took) - 1, int(part * len(took)))] * 1000 for part in (0.5, 0.95))
        beside = f"{CLIENTS} clients, {len(took)} answers of {', '.join(VISITED)}"
        yield Figure("A page's data over HTTP, p50 (limit 50 ms)", f"{p50:.0f} ms", beside)
        yield Figure("A page's data over HTTP, p95 (limit 120 ms)", f"{p95:.0f} ms", beside)
        client, kept = Client(address, email, PASSWORD), set[str]()
        first = client.weight("/d/sessions", kept) / 1000
        following = client.weight("/d/courses", kept) / 1000
        yield Figure(
            "First visit, transferred (limit 900 kB)",
            f"{first:.0f} kB",
            "page, its files and its data",
        )
        yield Figure("Next page, transferred (limit 60 kB)", f"{following:.0f} kB", "page and data")


def _pages(scope: Scope, now: datetime) -> Iterator[Figure]:
    month = now.date().replace(day=1)
    first, last = add_months(month, -36), month - timedelta(days=1)
    spans = (
        ("twelve months", "?period=last_12_months"),
        ("three years of one indication", f"?from={first}&to={last}&indication=depression"),
    )
    for key in sorted(PANELS):
        for words, search in spans:
            yield _page_figure(scope, now, key, words, search)
    yield Figure("Pages that are drawn", str(len(fetch_pages())), "")


def _page_figure(scope: Scope, now: datetime, key: str, words: str, search: str) -> Figure:
    filters, _ = parse_filters(search, (), now.date())

    def draw() -> None:
        with reading(scope) as db:
            PANELS[key](Ground(scope, db, filters, now.date()))

    draw()
    took = median_of(draw, REPEATS)
    with statements() as asked:
        draw()
    sql = sum(asked) * 1000
    what = f"Panels of {key}, {words} (limit {SQL_LIMIT_MS} ms of SQL)"
    return Figure(what, f"{sql:.0f} ms", f"{len(asked)} statements; {took * 1000:.0f} ms in all")


def _report(scope: Scope, now: datetime) -> Iterator[Figure]:
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


def _page(figures: list[Figure], sessions: int) -> str:
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {datetime.now(UTC):%d %b %Y} by `make bench`: one network of {sessions:,} sessions at 24 sites over three",
        f"years, embedded PostgreSQL 18, Python {platform.python_version()}, {os.cpu_count()} cores. Medians of {REPEATS} where repeated.",
        "Times are of one run on one machine; compare the rows with each other.",
        "",
        "| what | took | beside it |",
        "|---|---|---|",
        *(f"| {figure.what} | {figure.took} | {figure.beside} |" for figure in figures),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
