"""A sealed month is restated for newer data, never for a threshold or a name: those come with the next issue, and are named in it."""

from datetime import date, timedelta

import pytest

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, OCTOBER, ledger, run_ids, seen_by_lead, sessions, site, work_all
from tests.services.test_network_reports import made
from tests.services.test_restatements import late_sessions, reads_again, require, riverside
from webapp.domain.report_kinds import ReportKind
from webapp.domain.scope import Scope
from webapp.presentation.report_changes import numbers_changed
from webapp.presentation.report_document import ReportDocument, from_json
from webapp.queries.report_ledger import get_kept_document
from webapp.queries.report_reviews import fetch_to_review
from webapp.services import report_making, report_runs, restatements, ringing
from webapp.transactions import reading

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def sealed(reporting: Scope) -> Scope:
    """The October reports of two sites, stored."""
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    return reporting


def issue(scope: Scope, number: int) -> ReportDocument:
    lead = seen_by_lead(scope)
    with reading(lead) as db:
        return from_json(get_kept_document(lead, db, run_ids(scope)[number - 1]))


def rename(scope: Scope, name: str = "Riverside North") -> None:
    store(scope, {"sites": [site("RIV", name, "America/New_York")]}, LATER)


def test_neither_a_threshold_nor_a_name_restates_a_sealed_month(sealed: Scope) -> None:
    require(sealed, "min_screened", 2)
    rename(sealed)
    for _ in range(2):
        ringing.ring(KINDS, LATER)
    assert [(number, state) for _, _, number, state in ledger(sealed)] == [(1, "stored"), (1, "stored")]


def test_whoever_asks_after_a_threshold_changed_gets_an_issue_that_names_it(sealed: Scope) -> None:
    require(sealed, "min_screened", 2)
    report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, LATER)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    work_all()
    assert issue(sealed, 2).changes[0] == "The network's threshold “Min screened”: 20 sessions before, 2 sessions now."
    assert report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, LATER) == run_ids(sealed)[1]


def test_a_threshold_that_no_report_rests_on_makes_no_issue(sealed: Scope) -> None:
    require(sealed, "report_retention_months", 24)
    assert report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, LATER) == run_ids(sealed)[0]


def test_whoever_asks_after_the_name_changed_gets_an_issue_under_the_new_one(sealed: Scope) -> None:
    rename(sealed)
    report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, LATER)
    work_all()
    first, second = issue(sealed, 1), issue(sealed, 2)
    assert (first.site, second.site) == ("Riverside", "Riverside North")
    assert "Riverside is called Riverside North now." in second.changes
    assert second.changes[-1] == "No number of this report changed."


def test_data_are_held_against_a_sealed_month_under_its_own_thresholds(sealed: Scope) -> None:
    """A side effect rate that is shown only since the threshold fell is no news of the data."""
    require(sealed, "restate_count", 3)
    require(sealed, "restate_share", 1)
    require(sealed, "min_screened", 2)
    require(sealed, "min_coverage", 0.5)
    late_sessions(sealed)
    assert reads_again(sealed) == ["RIV"]
    assert restatements.review_network(sealed, LATER) == 0
    store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, LATER)
    assert restatements.review_network(sealed, LATER) == 1
    work_all()
    told = issue(sealed, 2).changes
    assert any(each.startswith("Import from test") for each in told)
    assert "The network's threshold “Min screened”: 20 sessions before, 2 sessions now." in told


def test_a_site_that_is_called_otherwise_is_held_against_itself(sealed: Scope) -> None:
    [(run_id, before)] = made(sealed, ReportKind.NETWORK)
    rename(sealed)
    store(sealed, {"sessions": sessions("NGT", date(2026, 10, 5), many=7)}, LATER)
    with reading(sealed) as db:
        assert run_id in {each.run_id for each in fetch_to_review(sealed, db, 20)}
    changed = numbers_changed(before, report_making.read_again(sealed, run_id, before))
    assert not [each.what for each in changed if "Riverside" in each.what]
    assert "How do the sites stand? Northgate, Sessions delivered" in [each.what for each in changed]
