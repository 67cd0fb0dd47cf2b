"""`python -m benchmarks.compliance`: the matrix of a past day, and one changed credential, on a network of a given size."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import uuid4

import click
from flask import Flask
from sqlalchemy import text

from benchmarks.measuring import Figure, measured, median_of
from config import load
from webapp.domain.criteria import CriterionText
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent
from webapp.embedded.servers import running_servers
from webapp.factory import create_app
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.criteria import fetch_criteria, fetch_criteria_matrix
from webapp.queries.sites import fetch_every_site_id
from webapp.services import accreditation, people, programmes
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.services.verification import verify
from webapp.transactions import reading, unit_of_work

SITES, CRITERIA, LOOKS = 200, 20, 3
REPEATS = 7


@click.command()
@click.option("--sessions", default=150_000, show_default=True, help="How many sessions the network has.")
def main(sessions: int) -> None:
    """Measure on servers of its own in a temporary folder, and say the figures."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        settings = load({**os.environ, **urls.environ(), "DRIPLINE_DATA": folder})
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)
        with app.app_context():
            for figure in _figures(app, sessions):
                click.echo(f"{figure}")


def _figures(app: Flask, sessions: int) -> Iterator[Figure]:
    now = datetime.now(UTC)
    scope = people.network_scope(people.add_network("Benchmark", now))
    accreditation.add_programme(scope, "certified_setting", "Certified clinical setting", "", counts=True)
    simulated = replace(demo_settings(now)[0], sessions=sessions, sites=SITES)
    took, _ = measured(lambda: fill_with_simulation(scope, simulated, 1, b"k" * 32, now, lambda _line: None))
    yield Figure("Record the network", f"{took:.1f} s", f"{sessions:,} sessions")
    with reading(scope) as db:
        scope = replace(scope, site_ids=fetch_every_site_id(scope, db))
    _assess(scope, now)
    past = now.date() - timedelta(days=60)
    yield _timed("Sites by criteria on a past day", scope, lambda db: fetch_criteria_matrix(scope, db, past, now))
    yield _timed("Sites by programmes on a past day", scope, lambda db: fetch_matrix(scope, db, past, now))
    yield from _change(scope, now)


def _timed(name: str, scope: Scope, asking: object) -> Figure:
    def ask() -> None:
        with reading(scope) as db:
            asking(db)  # type: ignore[operator]  # one of the questions above

    ask()
    return Figure(name, f"{median_of(ask, REPEATS) * 1000:.0f} ms", f"{SITES} sites, {CRITERIA} criteria")


def _assess(scope: Scope, now: datetime) -> None:
    """Each site looked at several times for each criterion."""
    accreditation.add_programme(scope, "large", "A large programme", "", counts=False)
    for place in range(CRITERIA):
        programmes.say_criterion(scope, "large", f"criterion_{place}", CriterionText("T", "W"), None, now)
    with reading(scope) as db:
        criteria = [one.id for one in fetch_criteria(scope, db) if one.code.startswith("criterion_")]
    rows = [
        {
            "network": scope.network_id,
            "id": uuid4(),
            "site": site,
            "criterion": criterion,
            "verdict": "met",
            "on": date(2026, 1, 1) + timedelta(days=60 * look),
            "at": now,
            "by": scope.user_id,
        }
        for site, criterion, look in product(scope.site_ids, criteria, range(LOOKS))
    ]
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO criterion_assessment (network_id, id, site_id, criterion_id, verdict, assessed_on, recorded_at, recorded_by)"
                " VALUES (:network, :id, :site, :criterion, :verdict, :on, :at, :by)"
            ),
            rows,
        )


def _change(scope: Scope, now: datetime) -> Iterator[Figure]:
    """The busiest person's licence is found to have been revoked half a year ago."""
    with reading(scope) as db:
        person, kind, state = db.execute(
            text(
                "SELECT r.practitioner_id, r.kind, r.state FROM credential_record r JOIN (SELECT supervised_by_id, count(*) AS many"
                " FROM session_version GROUP BY 1) s ON s.supervised_by_id = r.practitioner_id WHERE r.kind LIKE '%licence'"
                " ORDER BY s.many DESC LIMIT 1"
            )
        ).one()
    entry = Entry(RecordEvent.REVOKED, now.date() - timedelta(days=180))
    took, _ = measured(lambda: accreditation.record_credential(scope, person, kind, state, entry, now))
    yield Figure("One changed credential, judged again", f"{took:.2f} s", "the busiest person, half a year back")
    with reading(scope, timeout_ms=600_000) as db:
        differing = {one.table: one.differing for one in verify(scope, db) if one.table.startswith("compliance")}
    yield Figure("Cells that differ from a recount", str(sum(differing.values())), "")


if __name__ == "__main__":
    main()
