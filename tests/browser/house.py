"""The whole product for a browser to visit: served on a free port, with a worker, a simulated network and an empty one."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from celery import Celery
from flask import Flask
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from config import load
from dashboards.mount import mount_dashboards
from tests.conftest import NOW
from tests.making import PASSWORD, Clock
from tests.sending import send, site
from webapp.cli.serve import worker_command
from webapp.domain.periods import Period, month_period
from webapp.domain.scope import Scope
from webapp.domain.self_test import Outcome
from webapp.domain.simulator.settings import SimulationSettings, last_whole_day
from webapp.domain.tracer import Chosen
from webapp.domain.vocabulary import Role, Verdict
from webapp.factory import create_app
from webapp.queries.exceptions import fetch_exceptions
from webapp.queries.recipients import fetch_recipients
from webapp.queries.sites import fetch_every_site_id
from webapp.queries.tracer_packets import get_packet
from webapp.services import answers, outbox, people, report_runs, schedules, tracer_packets
from webapp.services.accreditation import add_template_programmes
from webapp.services.installation import set_up
from webapp.services.self_test import running as self_test
from webapp.services.self_test.questions import declared_doors
from webapp.services.sign_in import hash_password
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import of_nobody, reading, unit_of_work

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles")
SEED = 20261122
FULL, EMPTY = "Tidewater Infusion", "Saltmarsh Clinics"
WORKER_SECONDS = 60.0
BAD_SITES = [site("MOO", zone="Moon/Tranquillity"), site("NEW"), site("OLD", chairs="many")]
PEOPLE = (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER)


@dataclass(frozen=True)
class Size:
    """How much the simulated network holds, and from which month its reports are due."""

    sites: int = 10
    sessions: int = 3_000
    days: int = 420
    reports_from: date = date(2026, 10, 1)


@dataclass(frozen=True)
class House:
    """Where the product answers, and what is in it. lead_site: code and name of the site lead's only site. refused_batch: of bad files.

    things: what may stand in an address, by the name of its place.
    """

    address: str
    app: Flask
    full: Scope
    empty: Scope
    lead_site: tuple[str, str]
    other_site: tuple[str, str]
    refused_batch: UUID
    things: Mapping[str, str]

    def email(self, role: Role, network: str = FULL) -> str:
        """The sign-in of that role in that network; the operator belongs to none. The password is PASSWORD."""
        return "operator@example.org" if role is Role.OPERATOR else _email(role, network)


@contextmanager
def open_house(environ: Mapping[str, str], folder: Path, size: Size) -> Iterator[House]:
    """Set up, fill and serve; environ names an empty database, a queue and a data folder of its own."""
    settings = load(environ)
    set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
    app = create_app({**settings, "CLOCK": Clock(NOW)})
    mount_dashboards(app)
    with ExitStack() as stack:
        worker = stack.enter_context(_worker(environ, folder / "worker.log"))
        with app.app_context():
            full, empty = _fill(size)
            sites = _sites(full)
            refused = send(full, {"sites.csv": BAD_SITES})
        address = stack.enter_context(_served(app))
        _wait_for(worker, str(settings["REDIS_URL"]), folder / "worker.log")
        with app.app_context():
            _admit_surveyor(full)
            _let_reports_fall_due(full, size)
            things = {"batch_id": str(refused.id), **_things(full)}
        _ring_canary(str(settings["REDIS_URL"]))
        yield House(address, app, full, empty, *sites, refused.id, things)


def _email(role: Role, network: str) -> str:
    return f"{role.value.replace('_', '-')}@{network.split(maxsplit=1)[0].lower()}.example"


def _fill(size: Size) -> tuple[Scope, Scope]:
    ends_on = last_whole_day(NOW, ZONES)
    settings = SimulationSettings(
        starts_on=ends_on - timedelta(days=size.days),
        ends_on=ends_on,
        sites=size.sites,
        sessions=size.sessions,
        zones=ZONES,
    )
    full, empty = (people.network_scope(people.add_network(name, NOW)) for name in (FULL, EMPTY))
    for scope in (full, empty):
        add_template_programmes(scope)
    fill_with_simulation(full, settings, SEED, b"a key for tests only, of no worth", NOW, lambda _: None)
    codes = people.fetch_site_codes(full)
    for network, scope in ((FULL, full), (EMPTY, empty)):
        for role in PEOPLE:
            user_id = people.add_user(_email(role, network), _name(role), PASSWORD, NOW)
            people.add_member(scope, user_id, role, codes[:1] if role is Role.SITE_LEAD and scope is full else [], NOW)
    people.add_user("operator@example.org", "Olu Adeyemi", PASSWORD, NOW, is_operator=True)
    return full, empty


def _admit_surveyor(network: Scope) -> None:
    """A sealed packet of October, made by the worker, and somebody admitted to it who signs in like everybody here."""
    with reading(network) as db:
        scope = replace(network, site_ids=fetch_every_site_id(network, db))
    packet_id = tracer_packets.request(scope, Chosen("certified_setting", month_period(date(2026, 10, 1)), 8, "1"), NOW)
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline:
        with reading(scope) as db:
            if get_packet(scope, db, packet_id).is_sealed:
                break
        time.sleep(0.2)
    admitted = tracer_packets.admit(scope, packet_id, "Sam Surveyor", NOW + timedelta(days=7), NOW)
    with of_nobody() as db:
        db.execute(
            text("UPDATE user_account SET email = :email, password_hash = :hash WHERE email = :was"),
            {
                "email": _email(Role.SURVEYOR, FULL),
                "hash": hash_password(PASSWORD),
                "was": admitted.sign_in_name,
            },
        )


def _name(role: Role) -> str:
    return {
        Role.MANAGER: "Maya Okafor",
        Role.SITE_LEAD: "Sam Reyes",
        Role.COMPLIANCE: "Ines Marchetti",
        Role.VIEWER: "Bo Lindqvist",
    }[role]


def _sites(scope: Scope) -> tuple[tuple[str, str], tuple[str, str]]:
    statement = (
        "SELECT s.code, v.name FROM site s JOIN site_version v ON v.network_id = s.network_id AND v.site_id = s.id"
        " AND v.superseded_by_batch_id IS NULL ORDER BY v.name, s.code LIMIT 2"
    )
    with reading(scope) as db:
        first, second = ((str(code), str(name)) for code, name in db.execute(text(statement)))
    return first, second


def _let_reports_fall_due(scope: Scope, size: Size) -> None:
    """As beat's bell does it; the worker then makes them while the browser is about other things."""
    _set_up_schedule(scope, size)
    report_runs.reconcile(NOW)
    while outbox.relay(NOW) == outbox.AT_ONCE:
        pass


def _set_up_schedule(scope: Scope, size: Size) -> None:
    """Monthly reports for the manager and the site lead. The lead's site says it sent all of October, another that it did not."""
    (own, _), (other, _) = _sites(scope)
    with unit_of_work(scope) as db:
        people_here = {each.role: each for each in fetch_recipients(scope, db, NOW)}
        for code, many in ((own, 1), (other, 9_999)):
            db.execute(
                text(
                    "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                    " SELECT network_id, id, '2026-10-01', '2026-11-01', :many, :now, :by FROM site WHERE code = :code"
                ),
                {"many": many, "now": NOW, "by": people_here[Role.MANAGER].user_id, "code": code},
            )
    named = frozenset(people_here[role].user_id for role in (Role.MANAGER, Role.SITE_LEAD))
    wanted = replace(schedules.monthly(size.reports_from), recipients=named, hold_days=28)
    schedules.set_up(people_here[Role.MANAGER].reach, wanted, NOW)


def _things(network: Scope) -> dict[str, str]:
    """One of each that has a page of its own: made here where nothing else makes it."""
    test_id = self_test.file(Outcome(NOW, dict.fromkeys(declared_doors(), 2), 40, ()), NOW)
    with reading(network) as db:
        scope = replace(network, site_ids=fetch_every_site_id(network, db))
    (code, _), _ = _sites(network)
    (finding,) = answers.raise_finding(
        scope, [code], None, "survey", "minor", "The crash trolley", date(2026, 11, 2), NOW
    )
    with reading(scope) as db:
        year = Period(date(2025, 11, 1), date(2026, 11, 22))
        exception = fetch_exceptions(scope, db, year, Verdict.NOT_MET, 1)[0]
        told = {
            name: str(db.execute(text(f"SELECT x.id FROM {found} LIMIT 1"), {"code": code}).scalar_one())
            for name, found in (
                ("packet_id", "tracer_packet x"),
                ("schedule_id", "schedule x"),
                ("run_id", "report_run x JOIN site s ON s.id = x.site_id AND s.code = :code ORDER BY x.period_start"),
            )
        }
    of_session = {"session_id": str(exception.session_id), "criterion": exception.criterion.value}
    return {**told, **of_session, "test_id": str(test_id), "finding_id": str(finding), "code": "certified_setting"}


def _ring_canary(redis_url: str) -> None:
    """As beat does, so that the status page hears a worker."""
    with Celery("beat", broker=redis_url, set_as_current=False) as beat:
        beat.send_task("dripline.canary", queue=outbox.BELL_QUEUE, ignore_result=True)


class _Quiet(WSGIRequestHandler):
    """Keeps connections open, as the product's own server does, and writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Say nothing."""


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _worker(environ: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker as the product starts it, but under the tests' clock."""
    command = ["tests.browser.worker_clock" if word == "workers.celery_app" else word for word in worker_command()]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--concurrency", "1"],
            env=dict(environ),
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for(worker: "subprocess.Popen[bytes]", redis_url: str, log: Path) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    with Celery("asking", broker=redis_url, set_as_current=False) as asking:
        while not asking.control.broadcast("ping", reply=True, limit=1, timeout=1):
            if worker.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The worker does not answer. It said:\n{log.read_text()[-4000:]}")
