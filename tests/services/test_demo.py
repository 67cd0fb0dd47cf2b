"""The demo, small: both networks are filled, everybody can sign in, and each schedule has somebody who may read its reports."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.making import Clock
from webapp.domain.errors import NotAllowed
from webapp.domain.report_kinds import ReportKind
from webapp.domain.simulator.settings import SimulationSettings, demo_settings
from webapp.domain.vocabulary import Role
from webapp.queries.recipients import fetch_recipients
from webapp.queries.schedules import fetch_schedules
from webapp.services import demo, people, report_runs, sign_in
from webapp.services.demo import fill_demo
from webapp.transactions import reading


def small(now: datetime) -> tuple[SimulationSettings, SimulationSettings]:
    """The demo's two networks with eight sites, half a year and few sessions."""
    one, other = (
        replace(size, starts_on=size.ends_on - timedelta(days=180), sites=8, sessions=600)
        for size in demo_settings(now)
    )
    return one, other


def test_the_demo_fills_both_networks_once_and_its_reports_fall_due(app: Flask, clock: Clock) -> None:
    told: list[str] = []
    sign_ins = fill_demo(told.append, small)
    assert [role for role, *_ in sign_ins].count(Role.MANAGER.value) == 2
    assert all(sign_in.sign_in(email, password, "127.0.0.1", clock(), "a secret") for _, _, email, password in sign_ins)
    for slug in ("tidewater", "prairie"):
        scope = people.network_scope(people.get_network(slug))
        report_runs.reconcile_network(scope, clock())
        with reading(scope) as db:
            kinds = set(
                db.execute(
                    text("SELECT DISTINCT kind FROM schedule WHERE network_id = :n"), {"n": scope.network_id}
                ).scalars()
            )
            due = db.execute(
                text("SELECT count(*) FROM report_run WHERE network_id = :n"), {"n": scope.network_id}
            ).scalar_one()
        assert kinds == {kind.value for kind in ReportKind}
        assert due >= 3
    before = len(told)
    assert fill_demo(told.append, small) == sign_ins
    assert len(told) == before, "what is there is not filled again"


@pytest.mark.parametrize(
    ("today", "month"), [("2026-12-01", "2026-10-01"), ("2026-12-02", "2026-11-01"), ("2027-01-01", "2026-11-01")]
)
def test_a_demo_begun_on_the_first_has_a_report_to_show_too(today: str, month: str) -> None:
    """That of the month just ended comes in the course of the day, by each site's clock."""
    assert demo.newest_due_month(date.fromisoformat(today)) == date.fromisoformat(month)


@pytest.mark.parametrize("step", ["fill_with_simulation", "_member", "_declare_complete"])
def test_a_start_that_was_broken_off_is_finished_by_the_next(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each step is broken off the second time that it is reached; the next start ends with what an unbroken one ends with."""
    names = (f"Broken {step}", f"broken-{step.strip('_').replace('_', '-')}"), ("Other", f"other-{step.strip('_')}")
    monkeypatch.setattr(demo, "_NETWORKS", names)
    reached, real = [], getattr(demo, step)

    def breaks(*given: Any) -> Any:
        reached.append(step)
        if len(reached) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(demo, step, breaks)
    with pytest.raises(KeyboardInterrupt):
        fill_demo(lambda _: None, tiny)
    sign_ins = fill_demo(lambda _: None, tiny)
    assert all(sign_in.sign_in(email, password, "127.0.0.1", clock(), "a secret") for _, _, email, password in sign_ins)
    for _, slug in names:
        scope = people.network_scope(people.get_network(slug))
        with reading(scope) as db:
            assert len(fetch_schedules(scope, db)) == demo.SCHEDULES
            assert len(fetch_recipients(scope, db, clock())) == 4
            assert db.execute(text("SELECT count(*) FROM session")).scalar_one() > 0


def tiny(now: datetime) -> tuple[SimulationSettings, SimulationSettings]:
    """The same in its smallest size."""
    one, other = (replace(size, sites=8, sessions=60) for size in small(now))
    return one, other


def test_a_production_installation_is_never_filled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    with pytest.raises(NotAllowed, match="never put into a production"):
        fill_demo(lambda _: None, small)
