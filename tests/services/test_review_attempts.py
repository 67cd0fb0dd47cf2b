"""A stored report that cannot be held against newer data: the others are, it is tried so many times, and its page says so."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, ledger, run_ids, seen_by_lead, sessions, work_all
from tests.services.test_restatements import late_sessions, northgate, reads_again, riverside
from webapp.domain.scope import Scope
from webapp.queries.report_ledger import get_run
from webapp.queries.report_reviews import MOST_TRIES
from webapp.services import report_runs, restatements, ringing
from webapp.transactions import reading, unit_of_work


@pytest.fixture
def sealed(reporting: Scope) -> Scope:
    """The October reports of two sites, stored; the tables kept of Riverside's cannot be read any more, and newer data touch both."""
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    late_sessions(reporting)
    store(reporting, {"sessions": sessions("NGT", date(2026, 10, 5), many=8)}, NOW)
    keep(reporting, run_ids(reporting)[0], '{"format": 999}')
    return reporting


def keep(scope: Scope, run_id: UUID, document: str) -> str:
    """Put another text in the place of a run's kept tables; returns what stood there."""
    values = {"run": run_id, "document": document}
    with unit_of_work(scope) as db:
        before: str = db.execute(text("SELECT document FROM report_run WHERE id = :run"), values).scalar_one()
        db.execute(text("UPDATE report_run SET document = :document WHERE id = :run"), values)
    return before


def ring(scope: Scope, times: int) -> None:
    for minute in range(times):
        ringing.ring(KINDS, NOW + timedelta(minutes=minute))


def test_the_others_of_its_network_are_looked_at_in_the_same_ring(sealed: Scope) -> None:
    ring(sealed, 1)
    assert northgate(sealed) == [(1, "stored"), (2, "due")]
    assert riverside(sealed) == [(1, "stored")]


def test_it_is_tried_so_many_times_and_again_when_newer_data_came(sealed: Scope) -> None:
    ring(sealed, MOST_TRIES - 1)
    assert reads_again(sealed) == ["RIV"]
    ring(sealed, 3)
    assert reads_again(sealed) == []
    with reading(sealed) as db:
        [tried] = db.execute(text("SELECT review_attempts FROM report_run WHERE review_attempts > 0")).scalars()
    assert tried == MOST_TRIES
    store(sealed, {"sessions": sessions("RIV", date(2026, 10, 5), many=9)}, NOW)
    for _ in range(MOST_TRIES - 1):
        assert restatements.review_network(sealed, NOW) == 0
    assert reads_again(sealed) == ["RIV"], "under newer data it has as many tries as at first"


def test_its_page_says_so_until_a_look_succeeds(reporting: Scope) -> None:
    report_runs.reconcile_network(reporting, NOW)
    work_all()
    late_sessions(reporting)
    run_id = run_ids(reporting)[0]
    kept = keep(reporting, run_id, '{"format": 999}')
    ring(reporting, 1)
    lead = seen_by_lead(reporting)
    with reading(lead) as db:
        assert (get_run(lead, db, run_id).review_reason or "").startswith(
            "An error of ours. Attempt 1 of 5; reference "
        )
    keep(reporting, run_id, kept)
    ring(reporting, 1)
    with reading(lead) as db:
        assert get_run(lead, db, run_id).review_reason is None
    assert [(code, number) for code, _, number, _ in ledger(reporting)] == [("NGT", 1), ("RIV", 1), ("RIV", 2)]


def test_what_ends_the_process_is_counted_as_a_try(sealed: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """As if the process had been killed: nothing of ours catches it."""

    def killed(*_: object) -> bool:
        raise Killed

    monkeypatch.setattr(restatements, "_reviewed", killed)
    for _ in range(2 * MOST_TRIES):
        with pytest.raises(Killed):
            restatements.review_network(sealed, NOW)
    assert reads_again(sealed) == []
