"""What a reader without rows gets: counted right, resting on enough patients, the same in every output, and not to be solved."""

import json
import random
from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from plotly.utils import PlotlyJSONEncoder

from dashboards.counted_page import shared_page
from dashboards.pages import sessions as sessions_page
from dashboards.shell import PageRequest
from tests.queries.pages.network import Network
from tests.queries.pages.recounted import TODAY, page_ground, page_tables
from webapp.domain.errors import NotAllowed
from webapp.domain.filters import Preset, SiteChoice, parse_filters
from webapp.domain.fixed_form import FIXED_FORM, in_fixed_form
from webapp.domain.periods import add_months
from webapp.domain.scope import Scope
from webapp.domain.suppression import Cell, Sum, decide
from webapp.domain.suppression_audit import solve_hidden
from webapp.domain.vocabulary import Role, Term
from webapp.presentation.figures import alternative_text, draw
from webapp.presentation.figures.marks import row_key
from webapp.presentation.tables import Table
from webapp.presentation.viewer import Viewer
from webapp.queries.pages import shareable
from webapp.queries.pages.registry import IN_A_FILE, PANELS
from webapp.queries.shareable_counts import TOTAL, site_sums

MONTHS = ("2026-10", "2026-03", "2025-06")
Key = tuple[str, Hashable]


def viewer_of(network: Network) -> Scope:
    return replace(network.scope, role=Role.VIEWER)


def address(month: str) -> str:
    start = date.fromisoformat(f"{month}-01")
    return f"?from={start}&to={date.fromordinal(add_months(start, 1).toordinal() - 1)}"


def shown_everywhere(network: Network, month: str) -> dict[Key, Any]:
    """Every count on every page for the viewer, by what it says; a number printed twice must be printed alike."""
    found: dict[Key, Any] = {}
    for page in shareable.PAGES:
        for table in page_tables(viewer_of(network), page, address(month)).values():
            for key, cell in counts_of(table):
                assert found.setdefault(key, cell) == cell, (page, key)
    return found


def counts_of(table: Table) -> Iterator[tuple[Key, Any]]:
    for place, row in enumerate(table.rows):
        of = row_key(table, place)
        named = dict(zip((column.key for column in table.columns), row, strict=True))
        at: Hashable = TOTAL if of == "*" else of
        if table.key == "sessions_by_status":
            yield ("status", of), named["sessions"]
        elif table.key == "course_states":
            yield ("state", of), named["courses"]
        elif table.key == "side_effects_by_term":
            yield ("screened", TOTAL), named["n"]
            yield (("with_any", TOTAL) if of == "any" else ("term", of)), named["sessions"]
        elif table.key == "side_effects_by_site":
            yield ("screened", of), named["n"]
            yield ("with_any", of), named["sessions"]
        else:
            yield from (((kind, at), named[kind]) for kind in ("sessions", "delivered", "started") if kind in named)


def recounted(network: Network, month: str) -> dict[Key, tuple[int, set[Any]]]:
    """The same from the raw rows: how many, and whose."""
    plain = network.plain(0)
    start = date.fromisoformat(f"{month}-01")
    end = add_months(start, 1)
    found: dict[Key, list[Any]] = defaultdict(list)
    for session in plain.sessions(start, end):
        who, site = session["course"]["patient_id"], plain.sites[session["site_id"]]
        found["status", session["status"]].append(who)
        kinds = ["sessions"]
        if session["status"] in ("completed", "stopped_early"):
            kinds.append("delivered")
            effects = {effect["term"] for effect in plain.facts.effects.get(session["session_id"], [])}
            if session["session_id"] in plain.facts.screens:
                kinds += ["screened", "with_any" if effects else "without_any"]
                for term in Term:
                    found["term" if term.value in effects else "without", term.value].append(who)
            else:
                kinds.append("not_screened")
        for kind in kinds:
            found[kind, site].append(who)
            found[kind, TOTAL].append(who)
    for spell in network.spells:
        if start <= spell.start < end:
            site = spell.course["site_id"]
            state = spell.state if spell.end <= plain.clock(site) else "open"
            for key in (("state", state), ("started", plain.sites[site]), ("started", TOTAL)):
                found[key].append(spell.course["patient_id"])
    return {key: (len(who), set(who)) for key, who in found.items()}


@pytest.mark.parametrize("month", MONTHS)
def test_what_is_printed_is_right_and_rests_on_enough_patients(app: Flask, network: Network, month: str) -> None:
    plain = recounted(network, month)
    shown = shown_everywhere(network, month)
    hidden = [key for key, cell in shown.items() if cell == shareable.HIDDEN]
    for key, cell in shown.items():
        many, patients = plain.get(key, (0, set()))
        if cell != shareable.HIDDEN:
            assert cell == many, key
            assert not 0 < len(patients) < 11, key
    assert hidden and len(hidden) < len(shown)


@pytest.mark.parametrize("month", MONTHS)
def test_no_hidden_number_can_be_worked_out_of_all_pages_together(app: Flask, network: Network, month: str) -> None:
    plain = recounted(network, month)
    shown = shown_everywhere(network, month)
    view: dict[Hashable, int | None] = {key: None if cell == shareable.HIDDEN else cell for key, cell in shown.items()}
    sites = sorted(network.facts.sites.values())
    sums = [
        *site_sums(sites),
        Sum(("delivered", TOTAL), (("status", "completed"), ("status", "stopped_early"))),
        Sum(("sessions", TOTAL), tuple(key for key in shown if key[0] == "status")),
        Sum(("started", TOTAL), tuple(("started", site) for site in sites)),
        Sum(("started", TOTAL), tuple(key for key in shown if key[0] == "state")),
        *(Sum(("screened", TOTAL), (("term", t.value), ("without", t.value))) for t in Term),
    ]
    solved = solve_hidden(view, sums)
    small = {key for key, (_, patients) in plain.items() if 0 < len(patients) < 11}
    assert small
    assert {key for key in solved if key in small} == set()


def test_a_hidden_number_takes_its_share_its_mark_and_its_words_with_it(app: Flask, network: Network) -> None:
    found = page_tables(viewer_of(network), "side-effects", address("2026-10"))
    hidden = 0
    for table in found.values():
        figure, said = draw("dots", table), alternative_text("dots", table)
        drawn = {key[0] for trace in figure["data"] for key in trace.get("customdata", [])}
        for place, row in enumerate(table.rows):
            named = dict(zip((column.key for column in table.columns), row, strict=True))
            if shareable.HIDDEN in (named["n"], named["sessions"]):
                hidden += 1
                assert (named["rate"], named["low"], named["high"]) == (shareable.HIDDEN,) * 3
                assert row_key(table, place) not in drawn
                assert f"{row[0]} {shareable.HIDDEN}" in said
    assert hidden


def test_screen_and_file_hold_the_same_tables(app: Flask, network: Network) -> None:
    for page in shareable.PAGES:
        with page_ground(viewer_of(network), page, address("2026-10")) as ground:
            assert PANELS[page](ground) == IN_A_FILE[page](ground)


def test_a_part_of_the_network_is_refused_and_so_is_what_is_not_listed(app: Flask, network: Network) -> None:
    part = viewer_of(network).narrow(sorted(network.scope.site_ids, key=str)[:2])
    with page_ground(part, "sessions", address("2026-10")) as ground, pytest.raises(NotAllowed):
        PANELS["sessions"](ground)
    for days in ("?from=2026-10-01&to=2026-10-30", "?from=2026-09-01&to=2026-10-31"):
        with (
            page_ground(viewer_of(network), "sessions", days) as ground,
            pytest.raises(NotAllowed, match="whole months"),
        ):
            PANELS["sessions"](ground)
    for page in ("rows", "response"):
        assert page_tables(viewer_of(network), page, address("2026-10")) == {}


def test_the_page_says_how_it_is_to_be_read_and_opens_no_rows(app: Flask, network: Network) -> None:
    choices = tuple(SiteChoice(site, code, code) for site, code in network.facts.sites.items())
    filters, _ = parse_filters(address("2026-10"), (), TODAY)
    viewer = Viewer("Vera", Role.VIEWER, "Simulated", choices, len(choices), TODAY)
    page = shared_page(PageRequest(viewer, viewer_of(network), filters, sessions_page.PAGE))
    body = json.dumps(page.children, cls=PlotlyJSONEncoder)
    assert "fewer than 11 patients" in body and "/d/rows" not in body


@pytest.mark.parametrize(
    ("search", "month", "said"),
    [
        ("", "2026-10", False),
        ("?from=2026-03-01&to=2026-03-31", "2026-03", False),
        ("?from=2026-03-05&to=2026-04-02", "2026-04", True),
        ("?period=last_7_days", "2026-10", True),
        ("?site=RIV", "2026-10", True),
        ("?indication=ptsd&phase=induction", "2026-10", True),
        ("?term=nausea", "2026-10", True),
        ("?as_of=2026-10-05", "2026-10", True),
    ],
)
def test_the_fixed_form_is_one_whole_month_with_nothing_else(search: str, month: str, said: bool) -> None:
    filters, _ = parse_filters(search, ("RIV",), TODAY)
    fixed, sentences = in_fixed_form(filters, TODAY, Preset.LAST_MONTH)
    assert f"{fixed.period.start_on:%Y-%m}" == month and fixed.period.whole_months == 1
    assert (fixed.site_codes, fixed.indication, fixed.phase, fixed.as_of) == (None, None, None, None)
    assert sentences == ((FIXED_FORM,) if said else ())


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_no_random_table_of_sites_can_be_solved(seed: int, many: int) -> None:
    chance = random.Random(seed)
    sites = [f"S{n}" for n in range(many)]
    rows = {
        site: {kind: chance.choice([0, 1, 4, 11, 15, 40, 90]) for kind in ("without_any", "with_any", "not_screened")}
        for site in sites
    }
    cells: list[Cell] = []
    for site in (*sites, TOTAL):
        part = {
            kind: sum(row[kind] for row in rows.values()) if site == TOTAL else rows[site][kind]
            for kind in rows[sites[0]]
        }
        part["screened"] = part["with_any"] + part["without_any"]
        part["delivered"] = part["screened"] + part["not_screened"]
        part["sessions"] = part["delivered"]
        cells += [
            Cell((kind, site), number, number, kind not in ("not_screened", "without_any"), is_total=site == TOTAL)
            for kind, number in part.items()
        ]
    sums = site_sums(sites)
    decision = decide(cells, sums, 11)
    printed = {cell.key: None if cell.key in decision.hidden else cell.value for cell in cells if cell.is_shown}
    small = {cell.key for cell in cells if 0 < cell.patients < 11}
    assert small.isdisjoint(solve_hidden(printed, sums))
