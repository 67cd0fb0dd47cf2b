"""The courses behind what follows a completion: one that goes on at another site is counted for all, and listed for whoever may see why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from dashboards.behind import Behind
from dashboards.pages import rows as rows_page
from dashboards.pages import sessions as sessions_page
from dashboards.shell import PageRequest
from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries.pages.recounted import TODAY, page_ground
from tests.reporting import course, site, site_ids
from webapp.domain.filters import SiteChoice, parse_filters
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.viewer import Viewer
from webapp.queries.pages import rows
from webapp.queries.pages.registry import default_period

JUNE = "?from=2026-06-01&to=2026-06-30"
DONE = date(2026, 6, 16)


def given(key: str, code: str, course_key: str, on: date, phase: str = "induction") -> dict[str, Any]:
    at = datetime(on.year, on.month, on.day, 18, tzinfo=UTC)
    common = {"status": "completed", "phase": phase, "local_hour": 11}
    return {"key": key, "course": course_key, "site": code, "started_on": on, "started_at": at, "on_date": on, **common}


def six(code: str, course_key: str, last: date) -> list[dict[str, Any]]:
    return [given(f"{course_key}-{n}", code, course_key, last - timedelta(days=3 * n)) for n in range(6)]


@pytest.fixture(scope="module")
def network(session_app: Flask) -> Scope:
    """Two courses completed at Riverside on one day: the first went on at Northgate 20 days later, the second nowhere."""
    with session_app.app_context():
        scope = make_network(NOW)
        sites = [site("RIV", "Riverside", "America/New_York"), site("NGT", "Northgate", "America/New_York")]
        courses = [{**course("RIV"), "key": key, "patient": key} for key in ("MOVED", "STAYED", "LATER")]
        booster = given("B", "NGT", "MOVED", DONE + timedelta(days=20), "maintenance")
        sessions = [
            *six("RIV", "MOVED", DONE),
            *six("RIV", "STAYED", DONE),
            *six("RIV", "LATER", date(2026, 11, 18)),
            booster,
        ]
        store(scope, {"sites": sites, "courses": courses, "sessions": sessions}, NOW)
        return replace(scope, role=Role.MANAGER, site_ids=frozenset(site_ids(scope).values()), whole_network=True)


@pytest.fixture
def lead(app: Flask, network: Scope) -> Scope:
    return Scope(network.network_id, network.user_id, Role.SITE_LEAD, frozenset({site_ids(network)["RIV"]}))


def listed(scope: Scope, asked: str) -> tuple[int, int]:
    """How many courses stand in the list, and how many more it says there are."""
    with page_ground(scope, "rows", f"{JUNE}&list=courses{asked}") as ground:
        many = rows.count_rows(ground)
        assert len(rows.fetch_page(ground).rows) == many
        return many, rows.count_unseen(ground)


def link(scope: Scope, table: str, key: str, column: str) -> str | None:
    choice = SiteChoice(min(scope.site_ids, key=str), "RIV", "Riverside")
    filters, _ = parse_filters(JUNE, ["RIV"], TODAY, default_period("sessions"))
    request = PageRequest(
        Viewer("Someone", scope.role, "A network", (choice,), 2, TODAY), scope, filters, sessions_page.PAGE
    )
    assert Behind(request).rows(None, status="delivered") is not None
    return sessions_page.links(request)[table](key, column)


@pytest.mark.parametrize("where", ["", "&site=RIV"])
def test_who_sees_both_sites_finds_the_course_that_went_on_at_the_other(app: Flask, network: Scope, where: str) -> None:
    assert listed(network, f"&followed=30{where}") == (2, 0)
    assert listed(network, f"&followed=30&quantity=return&least=0&most=30{where}") == (1, 0)
    assert listed(network, f"&followed=30&quantity=return&least=0&most=19{where}") == (0, 0)
    assert listed(network, f"&followed=90&quantity=boosters&least=1&most=1{where}") == (1, 0)
    assert listed(network, f"&followed=90&quantity=boosters&least=0&most=0{where}") == (1, 0)
    assert listed(network, f"&followed=300{where}") == (0, 0)


def test_a_lead_is_told_that_one_came_back_where_they_do_not_see(app: Flask, lead: Scope) -> None:
    assert listed(lead, "&followed=30") == (2, 0)
    assert listed(lead, "&followed=30&quantity=return&least=0&most=30") == (0, 1)


def test_a_lead_gets_no_link_to_a_list_that_would_hold_other_courses(app: Flask, network: Scope, lead: Scope) -> None:
    for scope, may in ((network, True), (lead, False)):
        assert (link(scope, "boosters", "1", "courses") is not None) == may
        assert link(scope, "boosters", "1", "share") is None
        assert "followed=30" in str(link(scope, "returns", "30", "n"))
        assert "quantity=return" in str(link(scope, "returns", "30", "returned"))


def test_the_list_says_in_words_what_its_courses_have_in_common(app: Flask, lead: Scope) -> None:
    with page_ground(lead, "rows", f"{JUNE}&list=courses&followed=30&quantity=return&least=0&most=30") as ground:
        said = rows.choice_words(ground.filters.rows)
    assert said == [
        "completed in the period and followed for 30 days",
        "days from completion to the next session: 0 to 30",
    ]
    assert "a site that you do not see" in " ".join(rows_page.UNSEEN[ground.filters.rows.list])
