"""A network whose reports fall due, for the tests of the ledger, the workers and the pages."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network, store
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import queued_work, report_making, report_runs, schedules
from webapp.services.queued_work import Kind
from webapp.services.run_queue import REPORT
from webapp.transactions import of_dispatcher, reading, unit_of_work

KINDS = {REPORT: Kind(report_making.make, report_runs.note_failure)}
OCTOBER = date(2026, 10, 1)
SITES = (("RIV", "Riverside", "America/New_York"), ("NGT", "Northgate", "America/Los_Angeles"))


def site(code: str, name: str, zone: str, **more: Any) -> dict[str, Any]:
    return {"key": code, "name": name, "zone": zone, "opened_on": date(2025, 1, 1), **more}


def sessions(code: str, first: date, many: int = 6) -> list[dict[str, Any]]:
    days = [first + timedelta(days=3 * n) for n in range(many)]
    return [
        {
            "key": f"{code}-{n}",
            "course": f"{code}-C",
            "site": code,
            "status": "completed",
            "phase": "induction",
            "started_on": day,
            "started_at": datetime(day.year, day.month, day.day, 18, tzinfo=UTC),
            "on_date": day,
            "local_hour": 11,
        }
        for n, day in enumerate(days)
    ]


def course(code: str) -> dict[str, Any]:
    return {
        "key": f"{code}-C",
        "site": code,
        "patient": f"P-{code}",
        "indication": "depression",
        "product": "ketamine_iv",
    }


def screens(code: str, many: int = 6) -> list[dict[str, Any]]:
    return [{"key": f"{code}-S{n}", "session": f"{code}-{n}", "asked_how": "solicited"} for n in range(many)]


def reporting_network(
    now: datetime, starts_on: date = OCTOBER, sites: tuple[tuple[str, str, str], ...] = SITES
) -> Scope:
    """Two sites with a course each in October, and a monthly schedule. The scope is that of the product's own work."""
    scope = make_network(now)
    codes = [code for code, *_ in sites]
    store(
        scope,
        {
            "sites": [site(*one) for one in sites],
            "courses": [course(code) for code in codes],
            "sessions": [row for code in codes for row in sessions(code, date(2026, 10, 5))],
            "screens": [row for code in codes for row in screens(code)],
            "side_effects": [
                {
                    "key": f"{codes[0]}-E",
                    "session": f"{codes[0]}-1",
                    "term": "dizziness",
                    "severity": 1,
                    "serious": "no",
                }
            ],
        },
        now - timedelta(days=20),
    )
    schedules.ensure_monthly(scope, starts_on, now)
    return scope


def end_schedules(scope: Scope, ends_on: date) -> None:
    """Let nothing fall due for months from that day on, whatever the machine's own clock says."""
    with unit_of_work(scope) as db:
        db.execute(
            text("UPDATE schedule SET ends_on = :on WHERE network_id = :network"),
            {"on": ends_on, "network": scope.network_id},
        )


def expect(scope: Scope, code: str, many: int) -> None:
    """Let a site say how many sessions it held in October."""
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                " SELECT network_id, id, '2026-10-01', '2026-11-01', :many, :now, :by FROM site WHERE code = :code"
                " ON CONFLICT (network_id, site_id, starts_on, ends_on) DO UPDATE SET sessions = excluded.sessions"
            ),
            {"many": many, "code": code, "now": NOW, "by": uuid4()},
        )


def site_ids(scope: Scope) -> dict[str, Any]:
    """The network's sites by code."""
    with reading(scope) as db:
        return {code: site_id for code, site_id in db.execute(text("SELECT code, id FROM site"))}


def ledger(scope: Scope) -> list[tuple[str, date, int, str]]:
    """Site, month, issue and state of every run of the network."""
    statement = (
        "SELECT s.code, r.period_start, r.issue, r.state FROM report_run r JOIN site s ON s.id = r.site_id"
        " ORDER BY r.period_start, s.code, r.issue"
    )
    with reading(scope) as db:
        return [tuple(row) for row in db.execute(text(statement))]


def queue(scope: Scope) -> list[tuple[Any, ...]]:
    """State and attempts of every queued run of the network."""
    with of_dispatcher() as db:
        rows = db.execute(
            text("SELECT state, attempts FROM run_queue WHERE network_id = :network ORDER BY state, run_id"),
            {"network": scope.network_id},
        )
        return [tuple(row) for row in rows]


def clock() -> datetime:
    return NOW


def empty_queue() -> None:
    with of_dispatcher() as db:
        db.execute(text("DELETE FROM run_queue"))


def seen_by_lead(scope: Scope, code: str = "RIV") -> Scope:
    return Scope(scope.network_id, uuid4(), Role.SITE_LEAD, frozenset({site_ids(scope)[code]}))


def with_its_sites(scope: Scope) -> Scope:
    """Who sees all sites there are in the network."""
    return Scope(scope.network_id, uuid4(), Role.MANAGER, frozenset(site_ids(scope).values()), whole_network=True)


def run_ids(scope: Scope, code: str = "RIV") -> list[UUID]:
    statement = "SELECT r.id FROM report_run r JOIN site s ON s.id = r.site_id WHERE s.code = :code ORDER BY r.period_start, r.issue"
    with reading(scope) as db:
        return list(db.execute(text(statement), {"code": code}).scalars())


def work_all() -> int:
    done = 0
    while queued_work.work_once(KINDS, None, clock):
        done += 1
    return done


def lapse(run_id: UUID) -> None:
    """Let the lease of a run end, as it does ninety seconds after its worker died."""
    with of_dispatcher() as db:
        db.execute(
            text("UPDATE run_queue SET lease_until = now() - interval '1 second' WHERE run_id = :run"), {"run": run_id}
        )


def stored_files(app: Flask, scope: Scope) -> list[Path]:
    folder = Path(app.config["ARTIFACT_DIR"]) / "reports" / scope.network_id.hex
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def audited(app: Flask, scope: Scope, subject: str) -> list[tuple[str, str]]:
    """What was taken down about something: action and outcome, oldest first."""
    statement = "SELECT action, outcome FROM audit_event WHERE object LIKE :subject ORDER BY number"
    with app.app_context(), reading(scope) as db:
        return [tuple(row) for row in db.execute(text(statement), {"subject": f"%{subject}%"})]
