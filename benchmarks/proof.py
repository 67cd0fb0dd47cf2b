"""`python -m benchmarks.proof`: how long a tracer packet of a hundred sessions takes, and verifying a long audit chain.

Times are of this machine in this run; the limits stand beside them.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import text

from benchmarks.measuring import Figure, measured, median_of
from config import load
from webapp.domain.audit_chain import verify
from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.tracer import Chosen
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.presentation import tracer_packet
from webapp.queries.audit_chain import fetch_links
from webapp.queries.sites import fetch_every_site_id
from webapp.queries.tracer import build_packet
from webapp.services import people
from webapp.services.accreditation import add_template_programmes
from webapp.services.audit_sealing import seal_network
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import reading, unit_of_work

PACKET_SECONDS, CHAIN_SECONDS = 10, 30
REPEATS = 3
_EVENTS = (
    "INSERT INTO audit_event (network_id, at, user_id, role, action, object, outcome, details)"
    " SELECT :network, :at, :user, 'manager', 'read', 'rows of the page rows', 'done', '{\"filters\": \"?site=RIV\"}'"
    " FROM generate_series(1, :many)"
)


@click.command()
@click.option("--sessions", default=50_000, show_default=True, help="How many sessions the network has.")
@click.option("--events", default=1_000_000, show_default=True, help="How many events its audit trail has.")
def main(sessions: int, events: int) -> None:
    """Measure on servers of its own in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        settings = load({**os.environ, **urls.environ(), "DRIPLINE_DATA": folder})
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        with create_app(settings).app_context():
            now = datetime.now(UTC)
            scope = people.network_scope(people.add_network("Benchmark", now))
            for figure in (*_packet(scope, sessions, now), *_chain(scope, events, now)):
                click.echo(f"{figure.what}: {figure.took} ({figure.beside})")


def _packet(scope: Scope, sessions: int, now: datetime) -> Iterator[Figure]:
    add_template_programmes(scope)
    simulated = replace(demo_settings(now)[0], sessions=sessions)
    fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None)
    with reading(scope) as db:
        seeing = replace(scope, site_ids=fetch_every_site_id(scope, db))
    month = now.date().replace(day=1)
    chosen = Chosen("certified_setting", Period(add_months(month, -12), month), 100, "4711")

    def make() -> tuple[int, int]:
        with reading(seeing) as db:
            packet, ids = build_packet(seeing, db, chosen)
        return len(ids), len(tracer_packet.seal(packet))

    drawn, size = make()
    beside = f"{drawn} sessions, {size:,} bytes; limit {PACKET_SECONDS} s"
    yield Figure("A tracer packet of twelve months", f"{median_of(make, REPEATS):.2f} s", beside)


def _chain(scope: Scope, events: int, now: datetime) -> Iterator[Figure]:
    with unit_of_work(scope, timeout_ms=600_000) as db:
        values = {"network": scope.network_id, "at": now, "user": scope.user_id, "many": events}
        db.execute(text(_EVENTS), values)
    took, sealed = measured(lambda: seal_network(scope, now))
    yield Figure("Seal the events of an audit trail", f"{took:.1f} s", f"{sealed:,} events")
    with reading(scope, timeout_ms=600_000) as db:
        took, verdict = measured(lambda: verify(fetch_links(scope, db)))
    beside = f"{verdict.head.place:,} events, {verdict.fault or 'the chain holds'}; limit {CHAIN_SECONDS} s"
    yield Figure("Verify its chain", f"{took:.1f} s", beside)


if __name__ == "__main__":
    sys.exit(main())
