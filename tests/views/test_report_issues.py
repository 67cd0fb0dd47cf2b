"""Two issues of a report side by side, for whoever may read the report."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import store
from tests.reporting import KINDS, audited, reporting_network, run_ids, sessions, work_all
from tests.signing_in import signed_in
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import report_runs, ringing


@pytest.fixture
def scope(session_app: Flask) -> Scope:
    """Two sites whose October is reported; after that, two late sessions of Riverside arrive and are reported again."""
    with session_app.app_context():
        made = reporting_network(NOW)
        report_runs.reconcile_network(made, NOW)
        work_all()
        store(made, {"sessions": sessions("RIV", date(2026, 10, 5), many=8)}, NOW)
        ringing.ring(KINDS, NOW)
        work_all()
    return made


def page(app: Flask, scope: Scope, run_id: UUID, role: Role, *sites: str, query: str = "") -> tuple[int, str]:
    answer = signed_in(app, scope, role, *sites).get(f"/reports/{run_id}/changes{query}")
    return answer.status_code, answer.text


def test_two_issues_are_shown_side_by_side(session_app: Flask, scope: Scope) -> None:
    with session_app.app_context():
        first, second = run_ids(scope)
    for run_id, query in ((second, ""), (second, "?with=1"), (first, ""), (second, "?with=77")):
        status, shown = page(session_app, scope, run_id, Role.SITE_LEAD, "RIV", query=query)
        assert status == 200
        assert "Sessions delivered" in shown and ">6<" in shown and ">8<" in shown
        assert "Import from test, recorded 22 Nov 2026" in shown
        assert audited(session_app, scope, str(run_id))[-1] == ("compare issues", "done")


def test_a_report_of_one_issue_says_so_and_a_foreign_one_is_not_there(session_app: Flask, scope: Scope) -> None:
    with session_app.app_context():
        [alone] = run_ids(scope, "NGT")
    status, shown = page(session_app, scope, alone, Role.MANAGER)
    assert (status, "There is one issue of this report" in shown) == (200, True)
    assert page(session_app, scope, alone, Role.SITE_LEAD, "RIV")[0] == 404
    assert page(session_app, scope, UUID(int=5), Role.SITE_LEAD, "RIV")[0] == 404
