"""Newer data restate a stored report by themselves: when a number of that report changed, and only then."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, OCTOBER, ledger, run_ids, seen_by_lead, sessions, work_all
from webapp.artifacts import file_store
from webapp.domain.scope import Scope
from webapp.presentation.report_document import from_json
from webapp.queries.report_ledger import get_file, get_kept_document
from webapp.services import report_runs, restatements, ringing
from webapp.transactions import reading, unit_of_work


@pytest.fixture
def sealed(reporting: Scope) -> Scope:
    """The October reports of two sites, stored."""
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    return reporting


def riverside(scope: Scope) -> list[tuple[int, str]]:
    return [(issue, state) for code, _, issue, state in ledger(scope) if code == "RIV"]


def northgate(scope: Scope) -> list[tuple[int, str]]:
    return [(issue, state) for code, _, issue, state in ledger(scope) if code == "NGT"]


def marks(scope: Scope) -> int:
    with reading(scope) as db:
        return int(db.execute(text("SELECT count(*) FROM report_run WHERE review_since IS NOT NULL")).scalar_one())


def late_sessions(scope: Scope) -> None:
    store(scope, {"sessions": sessions("RIV", date(2026, 10, 5), many=8)}, NOW)


def require(scope: Scope, key: str, value: float) -> None:
    with unit_of_work(scope) as db:
        values = {"network": scope.network_id, "key": key, "value": str(value), "now": NOW, "by": scope.user_id}
        db.execute(
            text(
                "INSERT INTO network_setting (network_id, key, version, value, changed_at, changed_by)"
                " VALUES (:network, :key, 2, CAST(:value AS jsonb), :now, :by)"
            ),
            values,
        )


def test_a_sealed_month_that_changed_is_issued_again_by_itself_and_only_it(sealed: Scope) -> None:
    first = run_ids(sealed)[0]
    late_sessions(sealed)
    assert marks(sealed) == 1
    ringing.ring(KINDS, NOW)
    ringing.ring(KINDS, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    work_all()
    assert riverside(sealed) == [(1, "stored"), (2, "stored")]
    assert northgate(sealed) == [(1, "stored")]
    lead, second = seen_by_lead(sealed), run_ids(sealed)[1]
    with reading(lead) as db:
        later = from_json(get_kept_document(lead, db, second))
        kept = get_file(lead, db, first, "zip")
    assert "Sessions delivered: 6 before, 8 now." in later.changes
    assert later.changes[0].startswith("Import from test, recorded 22 Nov 2026")
    assert file_store().read(*kept[1:])
    ringing.ring(KINDS, NOW + timedelta(minutes=1))
    assert riverside(sealed) == [(1, "stored"), (2, "stored")]


def test_data_of_other_days_restate_nothing(sealed: Scope) -> None:
    november = [{**row, "key": f"N-{row['key']}"} for row in sessions("RIV", date(2026, 11, 3), many=2)]
    store(sealed, {"sessions": november}, NOW)
    assert marks(sealed) == 1  # the late sessions renumber nothing here, but their course's October days are looked at
    ringing.ring(KINDS, NOW)
    assert (marks(sealed), len(ledger(sealed))) == (0, 2)
    first = run_ids(sealed)[0]
    assert report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, NOW) == first


def test_asking_by_hand_makes_no_issue_when_only_another_site_changed(sealed: Scope) -> None:
    [northgate_run] = run_ids(sealed, "NGT")
    late_sessions(sealed)
    lead = seen_by_lead(sealed, "NGT")
    assert report_runs.request(lead, "NGT", OCTOBER, NOW) == northgate_run
    assert northgate(sealed) == [(1, "stored")]


def test_below_the_threshold_it_waits_for_somebody_to_ask(sealed: Scope) -> None:
    require(sealed, "restate_count", 100)
    require(sealed, "restate_share", 1)
    late_sessions(sealed)
    assert restatements.review_network(sealed, NOW) == 0
    assert restatements.review_network(sealed, NOW) == 0
    assert riverside(sealed) == [(1, "stored")]
    second = report_runs.request(seen_by_lead(sealed), "RIV", OCTOBER, NOW)
    assert riverside(sealed) == [(1, "stored"), (2, "due")]
    assert second != run_ids(sealed)[0]
