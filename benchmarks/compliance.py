"""`python -m benchmarks.compliance`: what compliance promises, each measured beside its limit, with its verdict.

`--only matrix`, `packet`, `credential` or `chain` measures one of them; `--copies` makes the network of the changed credential large.
"""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.compliance_ground import CRITERIA, TIMEOUT_MS, assess, multiply, write_trail
from benchmarks.limits import Held, at_most
from benchmarks.measuring import Figure, measured, statements
from config import load
from webapp.domain.audit_chain import verify as verify_chain
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.standing_entry import Entry
from webapp.domain.tracer import Chosen
from webapp.domain.vocabulary import RecordEvent
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.audit_chain import fetch_links
from webapp.queries.criteria import fetch_criteria_matrix
from webapp.queries.sites import fetch_every_site_id
from webapp.services import accreditation, people, queued_work, tracer_packets
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.services.verification import verify
from webapp.transactions import reading
from workers.tasks.kinds import KINDS

SITES = 200
REPEATS = 31
PACKET = 100
PARTS = ("matrix", "packet", "credential", "chain")
MATRIX_MS, PACKET_MS, CREDENTIAL_MS, CHAIN_S = 100, 10_000, 2_000, 30
Row = Figure | Held


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure this alone; may be given again.")
@click.option("--sites", default=SITES, show_default=True, help="How many sites the network has.")
@click.option("--sessions", default=150_000, show_default=True, help="How many sessions the network has.")
@click.option(
    "--copies",
    type=int,
    multiple=True,
    help="Then so many times as many again, in the years before; may be given again, rising.",
)
@click.option("--events", default=1_000_000, show_default=True, help="How many events its audit trail has.")
def main(only: tuple[str, ...], sites: int, sessions: int, copies: tuple[int, ...], events: int) -> None:
    """Measure on servers of its own in a temporary folder (TMPDIR says where), and say each figure as it comes."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        settings = load({**os.environ, **urls.environ(), "DRIPLINE_DATA": folder})
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)
        gc.collect()
        gc.freeze()  # as wsgi.py does
        with app.app_context():
            for row in _measure(app, frozenset(only or PARTS), sites, sessions, copies, events):
                click.echo(_said(row))


def _said(row: Row) -> str:
    load_now = f"load {os.getloadavg()[0]:.1f}"
    if isinstance(row, Figure):
        return f"{row.what}: {row.took}; {row.beside}; {load_now}"
    seen = f"; {row.seen}" if row.seen else ""
    return f"{row.what}: {row.measured}, {row.limit}: {row.verdict.strip('*')}{seen}; {load_now}"


def _measure(
    app: Flask, parts: frozenset[str], sites: int, sessions: int, copies: tuple[int, ...], events: int
) -> Iterator[Row]:
    now = datetime.now(UTC)
    if parts != {"chain"}:
        yield from _of_sessions(app, parts, sites, sessions, copies, now)
    if "chain" in parts:
        yield from _chain(now, events)


def _of_sessions(
    app: Flask, parts: frozenset[str], sites: int, sessions: int, copies: tuple[int, ...], now: datetime
) -> Iterator[Row]:
    scope = people.network_scope(people.add_network("Benchmark", now))
    accreditation.add_programme(scope, "certified_setting", "Certified clinical setting", "", counts=True)
    simulated = replace(demo_settings(now)[0], sessions=sessions, sites=sites)
    took, _ = measured(lambda: fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None))
    yield Figure("Record the network", f"{took:.1f} s", f"{sessions:,} sessions")
    with reading(scope) as db:
        scope = replace(scope, site_ids=fetch_every_site_id(scope, db))
    past = now.date() - timedelta(days=60)
    if "matrix" in parts:
        assess(scope, now)
        yield _timed("Sites by criteria on a past day", scope, lambda db: fetch_criteria_matrix(scope, db, past, now))
        yield _timed("Sites by programmes on a past day", scope, lambda db: fetch_matrix(scope, db, past, now))
    if "packet" in parts:
        yield _packet(scope, now)
    if "credential" in parts:
        yield _change(scope, now, 180)
        yield _recounted(scope)
        for made, wanted in pairwise((0, *copies)):
            began = time.perf_counter()
            many = multiply(scope, str(app.config["DATABASE_URL"]), made, wanted)
            took = time.perf_counter() - began
            yield Figure("Add sessions of the years before", f"{took:.1f} s", f"{many:,} sessions in all")
            yield _change(scope, now, 175)
            yield _change(scope, now, 170)


def _timed(name: str, scope: Scope, asking: Callable[[Session], object]) -> Row:
    def ask() -> None:
        with reading(scope) as db:
            asking(db)

    ask()
    took, worked = zip(*(_once(ask) for _ in range(REPEATS)), strict=True)
    seen = f"best {min(took) * 1000:.0f}, worst {max(took) * 1000:.0f}; {median(worked) * 1000:.0f} ms of it this process's work"
    size = f"{name} ({len(scope.site_ids)} sites, {CRITERIA} criteria), median"
    return replace(at_most(size, MATRIX_MS, median(took) * 1000, "ms"), seen=seen)


def _once(ask: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and seconds that this process worked."""
    worked = time.process_time()
    took, _ = measured(ask)
    return took, time.process_time() - worked


def _packet(scope: Scope, now: datetime) -> Row:
    """A packet of a month, from its claim to its sealed file, as a worker makes it."""
    first = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    chosen = Chosen("certified_setting", Period(first, now.date().replace(day=1)), PACKET, "4711")
    packet_id: UUID = tracer_packets.request(scope, chosen, now)
    took, made = measured(lambda: queued_work.work_once(KINDS, packet_id, lambda: datetime.now(UTC)))
    size = f"Tracer packet of {PACKET} sessions" if made else "Tracer packet (not made)"
    return at_most(size, PACKET_MS, took * 1000 if made else float("inf"), "ms")


def _recounted(scope: Scope) -> Row:
    with reading(scope, timeout_ms=TIMEOUT_MS) as db:
        differing = {one.table: one.differing for one in verify(scope, db) if one.table.startswith("compliance")}
    return Figure("Cells that differ from a recount", str(sum(differing.values())), "of both tiers of verdicts")


def _change(scope: Scope, now: datetime, days: int) -> Row:
    """The licence of whoever was busiest lately is found to have been revoked so many days ago."""
    since = now.date() - timedelta(days=days)
    with reading(scope, timeout_ms=TIMEOUT_MS) as db:
        values = {"since": since, "network": scope.network_id}
        person, kind, state = db.execute(text(_BUSIEST), values).one()
        many, cells = db.execute(text(_TOUCHED), {**values, "person": person}).one()
        held = db.execute(text("SELECT count(*) FROM session WHERE network_id = :network"), values).scalar_one()
    entry = Entry(RecordEvent.REVOKED, since)
    with statements() as asked:
        took, worked = _once(lambda: accreditation.record_credential(scope, person, kind, state, entry, now))
    longest = max(seconds for seconds, _ in asked) * 1000
    name = f"One changed credential among {held:,} sessions, judged again"
    seen = (
        f"the busiest person's: {many:,} sessions on {cells:,} days of sites; {worked * 1000:.0f} ms of it this process's work,"
        f" {len(asked)} statements, the longest {longest:.0f} ms"
    )
    return replace(at_most(name, CREDENTIAL_MS, took * 1000, "ms"), seen=seen)


_BUSIEST = """
    SELECT r.practitioner_id, r.kind, r.state FROM credential_record r JOIN (SELECT supervised_by_id, count(*) AS many
        FROM session_version WHERE network_id = :network AND on_date >= :since GROUP BY 1) s ON s.supervised_by_id = r.practitioner_id
    WHERE r.network_id = :network AND r.kind LIKE '%licence' AND NOT EXISTS (SELECT 1 FROM credential_record x
        WHERE x.practitioner_id = r.practitioner_id AND x.event = 'revoked') ORDER BY s.many DESC LIMIT 1"""
_TOUCHED = """
    SELECT count(*), count(DISTINCT (site_id, on_date)) FROM session_version WHERE network_id = :network AND on_date >= :since
        AND :person IN (supervised_by_id, administered_by_id)"""


def _chain(now: datetime, events: int) -> Iterator[Row]:
    """A sealed trail of that many events, walked as `dripline audit verify` walks it."""
    scope = people.network_scope(people.add_network("A long trail", now))
    took, _ = measured(lambda: write_trail(scope, events))
    yield Figure("Write and seal a trail", f"{took:.1f} s", f"{events:,} events")
    with reading(scope, timeout_ms=TIMEOUT_MS) as db:
        worked = time.process_time()
        took, verdict = measured(lambda: verify_chain(fetch_links(scope, db)))
        worked = time.process_time() - worked
    holds = verdict.fault or f"holds at place {verdict.head.place:,}"
    found = at_most(f"Verify the chain of {events:,} events", CHAIN_S, took, "s")
    yield replace(found, seen=f"{worked:.1f} s of it this process's work; {holds}")


if __name__ == "__main__":
    main()
