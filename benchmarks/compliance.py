"""`python -m benchmarks.compliance`: the matrix of a past day, and one changed credential, on a network of a given size."""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import median
from uuid import uuid4

import click
from flask import Flask
from sqlalchemy import text

from benchmarks.measuring import Figure, measured
from config import load
from webapp.domain.audit_chain import START, Event, seal
from webapp.domain.audit_chain import verify as verify_chain
from webapp.domain.criteria import CriterionText
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import demo_settings
from webapp.domain.standing_entry import Entry
from webapp.domain.vocabulary import RecordEvent
from webapp.embedded.servers import running_servers
from webapp.extensions import metadata
from webapp.factory import create_app
from webapp.queries.accreditation import fetch_matrix
from webapp.queries.audit_chain import fetch_links
from webapp.queries.criteria import fetch_criteria, fetch_criteria_matrix
from webapp.queries.sites import fetch_every_site_id
from webapp.services import accreditation, people, programmes
from webapp.services.installation import set_up
from webapp.services.simulation import fill_with_simulation
from webapp.services.staging import count_anew
from webapp.services.verification import verify
from webapp.transactions import reading, unit_of_work

SITES, CRITERIA, LOOKS = 200, 20, 3
REPEATS = 31


@click.command()
@click.option("--sessions", default=150_000, show_default=True, help="How many sessions the network has.")
@click.option("--copies", default=0, show_default=True, help="Then so many times as many again, in the years before.")
@click.option("--events", default=1_000_000, show_default=True, help="How many events its audit trail has.")
def main(sessions: int, copies: int, events: int) -> None:
    """Measure on servers of its own in a temporary folder, and say the figures."""
    with tempfile.TemporaryDirectory() as folder, running_servers(Path(folder), {}) as urls:
        settings = load({**os.environ, **urls.environ(), "DRIPLINE_DATA": folder})
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)
        gc.collect()
        gc.freeze()  # as wsgi.py does
        with app.app_context():
            for figure in _figures(app, sessions, copies, events):
                click.echo(f"{figure}")


def _figures(app: Flask, sessions: int, copies: int, events: int) -> Iterator[Figure]:
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
    yield from _change(scope, now, 180)
    with reading(scope, timeout_ms=600_000) as db:
        differing = {one.table: one.differing for one in verify(scope, db) if one.table.startswith("compliance")}
    yield Figure("Cells that differ from a recount", str(sum(differing.values())), "")
    if copies:
        took, many = measured(lambda: _multiply(scope, copies))
        yield Figure("Add sessions of the years before", f"{took:.1f} s", f"{many:,} sessions in all")
        yield from _change(scope, now, 175)
    yield from _chain(now, events)


def _timed(name: str, scope: Scope, asking: object) -> Figure:
    def ask() -> None:
        with reading(scope) as db:
            asking(db)  # type: ignore[operator]  # one of the questions above

    ask()
    took, worked = zip(*(_once(ask) for _ in range(REPEATS)), strict=True)
    figures = f"{median(took) * 1000:.0f} ms, best {min(took) * 1000:.0f}, worst {max(took) * 1000:.0f}"
    return Figure(
        name, figures, f"{SITES} sites, {CRITERIA} criteria; {median(worked) * 1000:.0f} ms of it this process's work"
    )


def _once(ask: Callable[[], None]) -> tuple[float, float]:
    """Seconds that passed, and seconds that this process worked."""
    worked = time.process_time()
    took, _ = measured(ask)
    return took, time.process_time() - worked


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


def _change(scope: Scope, now: datetime, days: int) -> Iterator[Figure]:
    """The licence of whoever was busiest lately is found to have been revoked so many days ago."""
    since = now.date() - timedelta(days=days)
    with reading(scope) as db:
        person, kind, state = db.execute(
            text(
                "SELECT r.practitioner_id, r.kind, r.state FROM credential_record r JOIN (SELECT supervised_by_id, count(*) AS many"
                " FROM session_version WHERE on_date >= :since GROUP BY 1) s ON s.supervised_by_id = r.practitioner_id"
                " WHERE r.kind LIKE '%licence' AND NOT EXISTS (SELECT 1 FROM credential_record x WHERE x.practitioner_id ="
                " r.practitioner_id AND x.event = 'revoked') ORDER BY s.many DESC LIMIT 1"
            ),
            {"since": since},
        ).one()
        cells = db.execute(
            text(
                "SELECT count(*), count(DISTINCT (site_id, on_date)) FROM session_version WHERE on_date >= :since"
                " AND :person IN (supervised_by_id, administered_by_id)"
            ),
            {"since": since, "person": person},
        ).one()
    entry = Entry(RecordEvent.REVOKED, since)
    took, _ = measured(lambda: accreditation.record_credential(scope, person, kind, state, entry, now))
    said = f"the busiest person: {cells[0]:,} sessions on {cells[1]:,} days of sites"
    yield Figure("One changed credential, judged again", f"{took:.2f} s", said)


_COPIED = ("session", "session_version")
_ANOTHER_ID = "CAST(md5({}::text || :copy) AS uuid)"


def _multiply(scope: Scope, copies: int) -> int:
    """Each session as many times again, four years before and before that: facts that no change of today touches."""
    with reading(scope) as db:
        first = db.execute(text("SELECT min(on_date) FROM session_version")).scalar_one()
    for copy in range(1, copies + 1):
        values = {"network": scope.network_id, "copy": str(copy), "days": 1_461 * copy, "first": first}
        with unit_of_work(scope, timeout_ms=600_000) as db:
            for table in (metadata.tables[name] for name in _COPIED):
                columns = [column for column in table.columns if column.identity is None]
                said = ", ".join(_copied(column.name, table.name, str(column.type)) for column in columns)
                own = "source_key NOT LIKE '% again %'" if table.name == "session" else "on_date >= :first"
                names = ", ".join(column.name for column in columns)
                statement = f"INSERT INTO {table.name} ({names}) SELECT {said} FROM {table.name}"
                db.execute(text(f"{statement} WHERE network_id = :network AND {own}"), values)
    with unit_of_work(scope, timeout_ms=600_000) as db:
        for name in _COPIED:
            count_anew(db, name)
        return int(db.execute(text("SELECT count(*) FROM session")).scalar_one())


def _copied(name: str, table: str, kind: str) -> str:
    if name == ("id" if table == "session" else "session_id"):
        return _ANOTHER_ID.format(name)
    if name == "source_key":
        return "source_key || ' again ' || :copy"
    if kind == "DATE":
        return f"{name} - CAST(:days AS integer)"
    return f"{name} - make_interval(days => :days)" if kind.startswith(("DATETIME", "TIMESTAMP")) else name


_EVENTS = """
    INSERT INTO audit_event (network_id, at, user_id, role, action, object, outcome, details)
    SELECT :network, CAST(:now AS timestamptz) - make_interval(secs => :events - n), CAST(:user AS uuid), 'compliance',
        (ARRAY['read', 'download', 'record', 'open'])[1 + n % 4], 'rows of the page rows, number ' || n, 'done',
        jsonb_build_object('filters', 'period=last_month', 'sites', jsonb_build_array('S' || n % 200))
    FROM generate_series(1, :events) AS n"""
_AFTER = (
    "SELECT number, at, CAST(user_id AS text), role, action, object, outcome, CAST(details AS text) FROM audit_event"
    " WHERE network_id = :network AND number > :last ORDER BY number LIMIT 50000"
)
_SEALS = (
    "INSERT INTO audit_seal (network_id, place, event_number, hash, sealed_at) SELECT :network, one.place, one.number, one.hash, :now"
    " FROM unnest(CAST(:places AS bigint[]), CAST(:numbers AS bigint[]), CAST(:hashes AS bytea[])) AS one(place, number, hash)"
)


def _chain(now: datetime, events: int) -> Iterator[Figure]:
    """A sealed trail of that many events, walked as `dripline audit verify` walks it."""
    scope = people.network_scope(people.add_network("A long trail", now))
    with unit_of_work(scope, timeout_ms=600_000) as db:
        values = {"network": scope.network_id, "now": now, "user": scope.user_id, "events": events}
        db.execute(text(_EVENTS), values)
    took, _ = measured(lambda: _seal_all(scope, now))
    yield Figure("Seal a trail", f"{took:.1f} s", f"{events:,} events")
    with reading(scope, timeout_ms=600_000) as db:
        worked = time.process_time()
        took, verdict = measured(lambda: verify_chain(fetch_links(scope, db)))
        worked = time.process_time() - worked
    holds = verdict.fault or f"holds at place {verdict.head.place:,}"
    yield Figure(
        "Verify its chain", f"{took:.1f} s", f"{events:,} events; {worked:.1f} s of it this process's work; {holds}"
    )


def _seal_all(scope: Scope, now: datetime) -> None:
    """As the task seals, in larger portions and without looking for what came late."""
    head, last = START, 0
    while True:
        with unit_of_work(scope, timeout_ms=600_000) as db:
            portion = [Event(*row) for row in db.execute(text(_AFTER), {"network": scope.network_id, "last": last})]
            heads = []
            for event in portion:
                head = seal(head, event)
                heads.append(head)
            if not portion:
                return
            last = portion[-1].number
            values = {"places": [one.place for one in heads], "hashes": [one.hash for one in heads]}
            numbers = [event.number for event in portion]
            db.execute(text(_SEALS), {"network": scope.network_id, "now": now, "numbers": numbers, **values})


if __name__ == "__main__":
    main()
