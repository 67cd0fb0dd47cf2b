"""The rows behind a number: as many as the number says, each once, and no column that the role may not see."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from dashboards.behind import Behind
from dashboards.pages import courses, overview, response, sessions, side_effects, site
from dashboards.shell import PageRequest
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import TODAY, page_ground, page_tables
from tests.queries.pages.test_overview import address
from webapp.domain.compliance import Criterion
from webapp.domain.errors import NotAllowed
from webapp.domain.filters import SiteChoice, parse_filters
from webapp.domain.row_choice import RowChoice
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.figures.marks import row_key
from webapp.presentation.viewer import Viewer
from webapp.queries.pages import rows
from webapp.queries.pages.registry import default_period
from webapp.queries.session_criteria import MOST_ROWS, fetch_session_verdicts

PAGES = {module.KEY: module for module in (overview, sessions, courses, side_effects, response, site)}
SAMPLE = 40
A_YEAR = 2
"""The number of the address that asks for twelve months of every site."""
OPENED = {
    "overview": {"funnel.n", "funnel.events"},
    "side-effects": {"funnel.n", "funnel.events"},
    "courses": {"drop_off.started", "drop_off.reached", "drop_off_so_far.started", "drop_off_so_far.reached"},
}
"""Counts that open their rows among others."""


def asking(network: Network, page: str, search: str, scope: Scope | None = None) -> PageRequest:
    """The page as the screen asks for it."""
    scope = scope or network.scope
    choices = tuple(
        SiteChoice(site, code, code) for site, code in network.facts.sites.items() if site in scope.site_ids
    )
    codes = [choice.code for choice in choices]
    filters, _ = parse_filters(search, codes, TODAY, default_period(page), page)
    viewer = Viewer("Someone", scope.role, "Simulated", choices, len(network.facts.sites), TODAY)
    return PageRequest(viewer, scope.narrow(filters.site_ids(choices)), filters, PAGES[page].PAGE)


def counts_with_links(network: Network, page: str, search: str) -> list[tuple[str, int, str]]:
    """Table and column, number and address of every count that opens rows; a zero opens nothing."""
    links = PAGES[page].links(asking(network, page, search))
    found = []
    for key, table in page_tables(network.scope, page, search).items():
        for place, cells in enumerate(table.rows):
            for value, column in zip(cells, table.columns, strict=True):
                href = links[key](row_key(table, place), column.key) if key in links else None
                if href and href.startswith("/d/rows") and isinstance(value, int) and value:
                    found.append((f"{key}.{column.key}", value, href))
    return found


def rows_behind(network: Network, href: str) -> tuple[int, int]:
    """How many rows the list holds, which is what it says, and how many more it says may belong to it."""
    with page_ground(network.scope, "rows", "?" + urlsplit(href).query) as ground:
        (panel,) = rows.whole_list(ground)
        assert len(panel.table.rows) == rows.count_rows(ground), href
        return len(panel.table.rows), rows.count_unseen(ground)


@pytest.mark.parametrize("number", EVERY)
@pytest.mark.parametrize("page", sorted(PAGES))
def test_as_many_rows_as_the_number_clicked(app: Flask, network: Network, page: str, number: int) -> None:
    found = counts_with_links(network, page, address(network, page, number))
    kinds = {kind for kind, *_ in found}
    assert len(kinds) >= 5
    if number == A_YEAR:
        assert kinds >= OPENED.get(page, set())
    chance = random.Random(number)
    asked = {kind: [one for one in found if one[0] == kind] for kind in sorted(kinds)}
    for kind, ones in asked.items():
        for _, value, href in chance.sample(ones, min(len(ones), max(2, SAMPLE // len(asked)))):
            many, unseen = rows_behind(network, href)
            assert many <= value <= many + unseen, (kind, href)


def test_a_serious_side_effect_opens_the_sessions_of_its_day(app: Flask, network: Network) -> None:
    """On a site's page and on that of side effects; to nobody who may not see it."""
    search = "?from=2025-06-01&to=2026-11-20"
    table = page_tables(network.scope, "side-effects", search)["serious_list"]
    assert table.rows
    codes = {name: code for code, name in site_names(network).items()}
    for place, row in enumerate(table.rows[:5]):
        key, code = row_key(table, place), codes[str(row[2])]
        href = PAGES["site"].links(asking(network, "site", f"{search}&site={code}"))["serious_list"](key, "session")
        assert href is not None and rows_behind(network, href)[0] >= 1
        alone = page_tables(network.scope, "site", f"{search}&site={code}")["serious_list"]
        assert key in alone.row_keys
    officer = replace(network.scope, role=Role.COMPLIANCE)
    assert PAGES["site"].links(asking(network, "site", search, officer))["serious_list"](key, "session") is None
    assert "serious_list" not in page_tables(officer, "site", f"{search}&site={code}")


def site_names(network: Network) -> dict[str, str]:
    """Code -> name."""
    with page_ground(network.scope, "rows", "?from=2026-10-01&to=2026-10-31") as ground:
        return ground.site_names


def walk(network: Network, search: str, scope: Scope | None = None) -> Iterator[tuple[Any, ...]]:
    """All rows of a list, from page to page by its own links."""
    edge = ""
    while True:
        with page_ground(scope or network.scope, "rows", search + edge) as ground:
            page = rows.fetch_page(ground)
        yield page.rows
        if page.older is None:
            return
        edge = f"&after={page.older}"


@pytest.mark.parametrize("what", ["", "&list=courses", "&status=delivered&phase=induction"])
def test_every_row_is_on_one_page_in_order(app: Flask, network: Network, what: str) -> None:
    search = f"{network.search(2).replace('&phase=maintenance', '')}{what}"
    pages = list(walk(network, search))
    places = [(row.place.on, row.place.id) for page in pages for row in page]
    with page_ground(network.scope, "rows", search) as ground:
        assert len(places) == rows.count_rows(ground) > 200
    assert places == sorted(set(places), reverse=True)
    assert {len(page) for page in pages[:-1]} == {100}


CHOICES = (
    "&status=held_ready",
    "&status=late_cancelled",
    "&status=no_show",
    "&asked=screened",
    "&asked=not_screened&infusion=2",
    "&term=any&severity=2",
    "&severity=1",
    "&term=nausea&asked=solicited",
    "&term=dizziness&infusion=0&status=delivered",
    "&term=nausea&status=stopped_early",
    "&serious=yes",
    "&weekday=2",
)


@pytest.mark.parametrize("what", CHOICES)
def test_what_is_counted_in_cells_is_what_the_list_holds(app: Flask, network: Network, what: str) -> None:
    """For the whole network and for one site, over a period that begins and ends within a month."""
    one = network.scope.narrow([min(network.scope.site_ids, key=str)])
    for scope in (network.scope, one):
        search = f"?from=2025-11-05&to=2026-10-20&phase=induction{what}"
        assert sum(len(page) for page in walk(network, search, scope)) == counted(scope, search)


def counted(scope: Scope, search: str) -> int:
    """What the list says it holds."""
    with page_ground(scope, "rows", search) as ground:
        return rows.count_rows(ground)


def test_newer_pages_lead_back_to_where_one_came_from(app: Flask, network: Network) -> None:
    search = "?from=2025-11-01&to=2026-10-31&status=delivered"
    with page_ground(network.scope, "rows", search) as ground:
        first = rows.fetch_page(ground)
    with page_ground(network.scope, "rows", f"{search}&after={first.older}") as ground:
        second = rows.fetch_page(ground)
    with page_ground(network.scope, "rows", f"{search}&before={second.newer}") as ground:
        back = rows.fetch_page(ground)
    assert first.newer is None and back == first and second.rows[0] not in first.rows


def test_a_place_beyond_the_end_is_empty(app: Flask, network: Network) -> None:
    with page_ground(network.scope, "rows", f"{network.search(0)}&after=1999-01-01.{'0' * 32}") as ground:
        assert rows.fetch_page(ground).rows == ()
        assert rows.count_rows(ground) > 0


def test_a_file_holds_the_whole_list_wherever_the_page_stands(app: Flask, network: Network) -> None:
    search = "?from=2025-11-01&to=2026-10-31&status=delivered"
    with page_ground(network.scope, "rows", search) as ground:
        edge = rows.fetch_page(ground).older
    with page_ground(network.scope, "rows", f"{search}&after={edge}") as ground:
        (panel,) = rows.whole_list(ground)
        assert len(panel.table.rows) == rows.count_rows(ground)


def test_compliance_sees_site_day_and_supervisor_and_nothing_clinical(app: Flask, network: Network) -> None:
    scope = replace(network.scope, role=Role.COMPLIANCE)
    table = page_tables(scope, "rows", f"{network.search(0)}&status=delivered")["session_rows"]
    assert [column.key for column in table.columns] == ["session", "site", "on", "supervisor", *Criterion]
    assert any(table.column("supervisor"))
    for asked in (
        "&term=dizziness",
        "&infusion=1",
        "&list=courses",
        "&serious=yes",
        "&indication=ptsd",
        "&asked=screened",
    ):
        with page_ground(scope, "rows", network.search(0) + asked) as ground:
            for ask in (rows.fetch_page, rows.count_rows, rows.whole_list):
                with pytest.raises(NotAllowed, match="site, day, status, phase and product"):
                    ask(ground)


def test_compliance_reads_each_delivered_sessions_verdicts_on_the_page_and_in_the_file(
    app: Flask, network: Network
) -> None:
    scope = replace(network.scope, role=Role.COMPLIANCE)
    with page_ground(scope, "rows", network.search(0)) as ground:
        page, (whole,) = rows.fetch_page(ground), rows.whole_list(ground)
        shown = rows.rows_table(ground, page)
        judged = {
            each.session_id: each.verdicts
            for each in fetch_session_verdicts(ground.scope, ground.db, ground.period.period, limit=MOST_ROWS)
        }
    assert whole.table.rows[: len(shown.rows)] == shown.rows and len(whole.table.rows) > len(shown.rows)
    told = {criterion: shown.column(criterion) for criterion in Criterion}
    for place, row in enumerate(page.rows):
        found = judged.get(row.session_id, {})
        assert (row.session_id in judged) == (row.status in ("completed", "stopped_early"))
        for criterion in Criterion:
            expected = found[criterion].value.replace("_", " ").capitalize() if criterion in found else None
            assert told[criterion][place] == expected
    assert {"Met", None} < {cell for cells in told.values() for cell in cells}
    given = whole.table.column(Criterion.ESKETAMINE)
    assert set(given) > {None} and set(given) <= {"Met", "Not met", "Not recorded", None}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SITE_LEAD])
def test_those_who_treat_see_pseudonyms_doses_and_side_effects(app: Flask, network: Network, role: Role) -> None:
    scope = replace(network.scope, role=role)
    table = page_tables(scope, "rows", f"{network.search(0)}&status=delivered")["session_rows"]
    assert all(str(name).startswith("P-") for name in table.column("pseudonym"))
    assert any(table.column("dose")) and any(table.column("side_effects"))


def test_links_are_only_given_to_those_who_may_open_them(network: Network) -> None:
    def opened(role: Role, page: str, search: str = "") -> set[bool]:
        scope = replace(network.scope, role=role)
        behind = Behind(asking(network, page, search, scope))
        return {behind.rows(None, **asked) is not None for asked in ({"status": "no_show"}, {"phase": "induction"})}

    assert opened(Role.VIEWER, "sessions") == {False}
    assert opened(Role.COMPLIANCE, "sessions") == {True}
    assert opened(Role.COMPLIANCE, "sessions", "?indication=ptsd") == {False}
    assert opened(Role.SITE_LEAD, "sessions", "?indication=ptsd") == {True}
    officer = Behind(asking(network, "side-effects", "", replace(network.scope, role=Role.COMPLIANCE)))
    assert officer.rows(None, term="any") is None and officer.rows(None, list="courses") is None


def test_links_name_their_days_whatever_the_page_shows_by_itself(network: Network) -> None:
    href = Behind(asking(network, "courses", "")).rows(None, list="courses", state="lapsed")
    assert href is not None
    filters, _ = parse_filters("?" + urlsplit(href).query, [], TODAY)
    assert (filters.period.start_on, filters.period.last_on) == (date(2025, 11, 1), date(2026, 10, 31))
    assert filters.rows == RowChoice(list=filters.rows.list, state="lapsed")


def test_a_number_of_courses_opens_them_whatever_the_phase_of_the_sessions_is(network: Network) -> None:
    behind = Behind(asking(network, "side-effects", "?phase=induction"))
    courses, sessions = (behind.rows(None, list=kind) for kind in ("courses", "sessions"))
    assert courses is not None and "phase" not in courses
    assert sessions is not None and "phase=induction" in sessions


def test_a_site_lead_lists_their_own_site_alone(app: Flask, network: Network) -> None:
    site, code = min(network.facts.sites.items(), key=lambda pair: pair[1])
    lead = replace(network.scope, role=Role.SITE_LEAD, site_ids=frozenset({site}), whole_network=False)
    listed = [row for page in walk(network, network.search(0), lead) for row in page]
    own = [s for s in network.plain(0).sessions() if s["site_id"] == site]
    assert {row.session_id for row in listed} == {s["session_id"] for s in own}
    assert listed and code
