"""How long reports are kept: a hold is of the report with all its issues, and what is gone is named where it is missed."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.delivering import ask_for, pretend_stored
from tests.making import store
from tests.reporting import (
    OCTOBER,
    SITES,
    reporting_network,
    run_ids,
    seen_by_lead,
    sessions,
    stored_files,
    with_its_sites,
    work_all,
)
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.presentation.renderers import FILE_KINDS
from webapp.presentation.report_changes import removed_before
from webapp.presentation.report_document import from_json
from webapp.queries.report_ledger import fetch_runs, find_removed_issue, get_kept_document, get_run
from webapp.services import report_runs, retention
from webapp.transactions import reading, unit_of_work

MUCH_LATER = NOW.replace(year=2034)


@pytest.fixture
def scope(app: Flask) -> Scope:
    """One site whose October is reported."""
    made = reporting_network(NOW, sites=SITES[:1])
    report_runs.reconcile_network(made, NOW)
    assert work_all() == 1
    return made


def issue_again(scope: Scope, many: int) -> None:
    store(scope, {"sessions": sessions("RIV", date(2026, 10, 5), many=many)}, NOW)
    report_runs.request(seen_by_lead(scope), "RIV", OCTOBER, NOW)
    assert work_all() == 1


def test_a_hold_is_of_the_report_with_every_issue_that_it_has_or_gets(app: Flask, scope: Scope) -> None:
    boss = with_its_sites(scope)
    issue_again(scope, 7)
    first, second = run_ids(scope)
    retention.set_legal_hold(boss, first, True, NOW)
    issue_again(scope, 8)
    _, _, third = run_ids(scope)
    assert retention.remove_expired_network(scope, MUCH_LATER) == 0
    assert len(stored_files(app, scope)) == 3 * len(FILE_KINDS)
    with reading(boss) as db:
        assert [get_run(boss, db, each).legal_hold_at for each in (first, second, third)] == [NOW] * 3
    retention.set_legal_hold(boss, third, False, NOW)
    assert retention.remove_expired_network(scope, MUCH_LATER) == 3
    assert stored_files(app, scope) == []


def test_the_hold_of_one_report_keeps_no_other(app: Flask) -> None:
    """Neither that of another site, nor of another month, nor what another schedule reports of the same."""
    scope = reporting_network(NOW, starts_on=date(2026, 9, 1))
    ask_for(with_its_sites(scope), kind=ReportKind.COURSES_DUE)
    pretend_stored(scope)
    with reading(with_its_sites(scope)) as db:
        runs = fetch_runs(with_its_sites(scope), db)
    [held] = [run for run in runs if (run.site_code, run.kind, run.period_start) == ("RIV", ReportKind.SITE, OCTOBER)]
    retention.set_legal_hold(with_its_sites(scope), held.id, True, NOW)
    assert (len(runs), retention.remove_expired_network(scope, MUCH_LATER)) == (6, 5)
    with reading(with_its_sites(scope)) as db:
        kept = [run.id for run in fetch_runs(with_its_sites(scope), db) if run.files_removed_at is None]
        assert kept == [run.id for run in fetch_runs(with_its_sites(scope), db) if run.legal_hold_at] == [held.id]


def test_an_issue_whose_forerunner_was_removed_says_so(scope: Scope) -> None:
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE report_run SET stored_at = :at"), {"at": NOW - timedelta(days=3000)})
    assert retention.remove_expired_network(scope, NOW) == 1
    issue_again(scope, 8)
    first, second = run_ids(scope)
    with reading(scope) as db:
        said = from_json(get_kept_document(scope, db, second)).changes
        assert find_removed_issue(scope, db, first) is None
    assert said == (removed_before(1, NOW.date()),)
    assert "cannot be told: its tables were kept until 22 Nov 2026 and then removed" in said[0]
