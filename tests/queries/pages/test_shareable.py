"""What a reader without rows gets: counted right, resting on enough patients, the same in every output, and not to be solved."""

import json
import random
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
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
from tests.conftest import NOW
from tests.making import store
from tests.queries.pages.charted import stored
from tests.queries.pages.network import Network
from tests.queries.pages.recounted import TODAY, page_ground, page_tables
from webapp.domain.errors import NotAllowed
from webapp.domain.filters import Preset, SiteChoice, parse_filters
from webapp.domain.fixed_form import FIXED_FORM, in_fixed_form
from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.suppression import Cell, Sum, decide
from webapp.domain.suppression_audit import solve_hidden
from webapp.domain.vocabulary import CourseState, Role
from webapp.presentation.figures import alternative_text, draw
from webapp.presentation.figures.marks import row_key
from webapp.presentation.tables import Table
from webapp.presentation.viewer import Viewer
from webapp.queries.pages import shareable
from webapp.queries.pages.headlines import fetch_headlines
from webapp.queries.pages.registry import IN_A_FILE, PANELS
from webapp.queries.shareable_counts import DIFFERENCES, SHOWN, TOTAL, fetch_release, site_sums
from webapp.transactions import reading

MONTHS = ("2026-10", "2026-03", "2025-06")
Key = tuple[str, Hashable]
CHAIN = ("sessions", "delivered", "screened", "with_any")
"""Each counts some of what the one before counts."""
IS_DELIVERED = ("completed", "stopped_early")


IN_ROWS = ("sessions", "delivered", "status")
"""What an officer counts in the rows, which list each session with its site, day and outcome."""
PAGES_OF = {Role.VIEWER: tuple(shareable.PAGES), Role.COMPLIANCE: ("sessions", "courses", "side-effects")}
readers = pytest.mark.parametrize("role", PAGES_OF)


def viewer_of(network: Network, role: Role = Role.VIEWER) -> Scope:
    return replace(network.scope, role=role)


def address(month: str) -> str:
    start = date.fromisoformat(f"{month}-01")
    return f"?from={start}&to={date.fromordinal(add_months(start, 1).toordinal() - 1)}"


def shown_everywhere(network: Network, month: str, role: Role = Role.VIEWER) -> dict[Key, Any]:
    """Every count on every page for the reader, by what it says; a number printed twice must be printed alike."""
    found: dict[Key, Any] = {}
    for page in PAGES_OF[role]:
        for table in page_tables(viewer_of(network, role), page, address(month)).values():
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


def recounted(network: Network, month: str) -> dict[Key, dict[Any, Any]]:
    """The same from the raw rows: which sessions or courses, and whose each is."""
    plain = network.plain(0)
    start = date.fromisoformat(f"{month}-01")
    end = add_months(start, 1)
    found: dict[Key, dict[Any, Any]] = defaultdict(dict)
    for session in plain.sessions(start, end):
        one, who, site = session["session_id"], session["course"]["patient_id"], plain.sites[session["site_id"]]
        found["status", session["status"]][one] = who
        kinds = ["sessions"]
        if session["status"] in ("completed", "stopped_early"):
            kinds.append("delivered")
            effects = {effect["term"] for effect in plain.facts.effects.get(one, [])}
            if one in plain.facts.screens:
                kinds += ["screened", *(["with_any"] if effects else [])]
                for term in effects:
                    found["term", term][one] = who
        for kind in kinds:
            found[kind, site][one] = who
            found[kind, TOTAL][one] = who
    for spell in network.spells:
        if start <= spell.start < end:
            site = spell.course["site_id"]
            state = spell.state if spell.end <= plain.clock(site) else "open"
            for key in (("state", state), ("started", plain.sites[site]), ("started", TOTAL)):
                found[key][spell.course["course_id"], spell.start] = spell.course["patient_id"]
    return found


def wholes_of(key: Key) -> list[Key]:
    """Every number that counts the same things and more, as their names say: the next one first."""
    kind, of = key
    if kind in ("status", "term", "state"):
        next_one = {"term": "with_any", "state": "started"}.get(kind, "delivered" if of in IS_DELIVERED else "sessions")
        of = TOTAL
    elif kind in CHAIN[1:]:
        next_one = CHAIN[CHAIN.index(kind) - 1]
    else:
        return []
    return [(next_one, of), *wholes_of((next_one, of))]


def equations(printed: Collection[Key]) -> list[Sum]:
    """What any reader sees to add up in printed tables, from nothing but what their columns and rows say."""
    sums = [
        Sum(whole, (key, ("left", (whole, key))))
        for key in sorted(printed, key=str)
        for whole in wholes_of(key)
        if whole in printed
    ]
    for kind, of in printed:
        if of == TOTAL:
            of_sites = tuple(key for key in printed if key[0] == kind and key[1] != TOTAL)
            sums += [Sum((kind, of), of_sites)] if of_sites else []
    for what, whole in (("status", "sessions"), ("state", "started")):
        parts = tuple(key for key in printed if key[0] == what)
        sums += [Sum((whole, TOTAL), parts)] if parts else []
    delivered = tuple(("status", one) for one in IS_DELIVERED)
    return sums + ([Sum(("delivered", TOTAL), delivered)] if set(delivered) <= set(printed) else [])


def in_rows(key: Any, role: Role) -> bool:
    """Whether the reader knows the number anyhow: it tells of sessions by site, day and outcome alone."""
    kinds = {whole_or_part[0] for whole_or_part in key[1]} if key[0] == "left" else {key[0]}
    return role is Role.COMPLIANCE and kinds <= set(IN_ROWS)


def few(counted: Mapping[Key, Mapping[Any, Any]], sums: Sequence[Sum]) -> dict[Any, int]:
    """The cells that rest on 1 to 10 patients: those printed, and what is left when one is taken from another."""
    whose = dict(counted)
    for one in sums:
        for key in one.parts:
            if isinstance(key, tuple) and key[0] == "left":
                whole, part = key[1]
                of_part = counted.get(part, {})
                whose[key] = {one: who for one, who in counted.get(whole, {}).items() if one not in of_part}
    return {key: len(who) for key, who in whose.items() if 0 < len(set(who.values())) < 11}


@readers
@pytest.mark.parametrize("month", MONTHS)
def test_what_is_printed_is_right_and_rests_on_enough_patients(
    app: Flask, network: Network, month: str, role: Role
) -> None:
    plain = recounted(network, month)
    shown = shown_everywhere(network, month, role)
    hidden = [key for key, cell in shown.items() if cell == shareable.HIDDEN]
    for key, cell in shown.items():
        whose = plain.get(key, {})
        if cell != shareable.HIDDEN:
            assert cell == len(whose), key
            assert in_rows(key, role) or not 0 < len(set(whose.values())) < 11, key
        else:
            assert not in_rows(key, role), key
    assert hidden and len(hidden) < len(shown)


@readers
@pytest.mark.parametrize("month", MONTHS)
def test_no_hidden_number_can_be_worked_out_of_all_pages_together(
    app: Flask, network: Network, month: str, role: Role
) -> None:
    plain = recounted(network, month)
    shown = shown_everywhere(network, month, role)
    view: dict[Hashable, int | None] = {key: None if cell == shareable.HIDDEN else cell for key, cell in shown.items()}
    sums = equations(shown)
    small = {key for key in few(plain, sums) if not in_rows(key, role)}
    assert any(key[0] == "left" for key in small) and any(key[0] != "left" for key in small)
    solved = solve_hidden(view, sums)
    assert {key: solved[key] for key in solved if key in small} == {}


def test_what_all_but_one_state_hold_together_is_judged_too(app: Flask) -> None:
    """Three stopped and four moved away are hidden; the 53 that lapsed, taken from 60, would tell that it was seven."""
    scope = stored({code: [(8, "solicited")] * 3 for code in ("ASH", "ELM")}, date(2026, 8, 1))
    ends = [("ASH", n, {"stopped_on": date(2026, 8, n + 1), "stop_reason": "cost"}) for n in range(3)]
    ends += [("ELM", n, {"transferred_on": date(2026, 8, n + 1)}) for n in range(4)]
    said = {"indication": "depression", "product": "esketamine_nasal"}
    keys = [f"{code}-2026-08-01-{n}" for code, n, _ in ends]  # as the courses of that month are keyed
    courses = [
        {"key": key, "site": code, "patient": key, **said, **end}
        for key, (code, _, end) in zip(keys, ends, strict=True)
    ]
    store(scope, {"courses": courses}, NOW)
    with reading(scope) as db:
        release = fetch_release(
            replace(scope, role=Role.VIEWER), db, Period(date(2026, 8, 1), date(2026, 9, 1)), 11, 24
        )
    many = {state.value: release.cells["state", state.value].value for state in CourseState}
    assert {state: courses for state, courses in many.items() if courses} == {
        "lapsed": 53,
        "stopped_other": 3,
        "transferred": 4,
    }
    assert release.shown("started") == 60
    assert {state for state in many if release.shown("state", state) is None} >= {
        "lapsed",
        "stopped_other",
        "transferred",
    }


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


def test_an_officer_reads_what_counts_patients_as_a_viewer_does_and_nothing_of_the_rest(
    app: Flask, network: Network
) -> None:
    """However the address is narrowed: a count of one day and one site would be a fact of the one session that the rows list."""
    officer = viewer_of(network, Role.COMPLIANCE)
    part = officer.narrow(sorted(network.scope.site_ids, key=str)[:1])
    for page in PAGES_OF[Role.COMPLIANCE]:
        with page_ground(part, page, address("2026-10")) as ground, pytest.raises(NotAllowed):
            PANELS[page](ground)
        for files in (PANELS, IN_A_FILE):
            with (
                page_ground(officer, page, "?from=2026-10-02&to=2026-10-02") as ground,
                pytest.raises(NotAllowed, match="whole months"),
            ):
                files[page](ground)
    assert page_tables(officer, "response", address("2026-10")) == {}
    for page, kept in (("overview", {"sessions_by_week", "what_lapses"}), ("site", {"sites"})):
        tables = page_tables(officer, page, address("2026-10"))
        assert set(tables) == kept
        assert "screened" not in {column.key for table in tables.values() for column in table.columns}
        with (
            page_ground(officer, page, "?indication=ptsd") as ground,
            pytest.raises(NotAllowed, match="what a session"),
        ):
            PANELS[page](ground)
    of_site = page_tables(part, "site", "?from=2026-10-02&to=2026-10-02")
    assert set(of_site) == {"since_before", "sessions_by_week", "what_lapses", "standings"}
    assert of_site["since_before"].row_keys == ("session_count", "no_show_rate", "accreditation", "imports")
    with page_ground(part, "site", "?from=2026-10-02&to=2026-10-02") as ground:
        assert [number.measure for number in fetch_headlines(ground)] == ["session_count", "criteria_met"]


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


PIECES = {
    "not_delivered": ("sessions",),
    "not_screened": ("sessions", "delivered"),
    "without_any": ("sessions", "delivered", "screened"),
    "with_any": ("sessions", "delivered", "screened", "with_any"),
}
"""What a session is -> the columns that count it."""


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_no_random_table_of_sites_can_be_solved(seed: int, many: int) -> None:
    chance = random.Random(seed)
    counted: dict[Key, dict[Any, Any]] = defaultdict(dict)
    pieces: dict[Key, int] = defaultdict(int)
    for number in range(many):
        for piece, columns in PIECES.items():
            sessions = chance.choice([0, 0, 1, 4, 11, 15, 40])
            for of in (f"S{number}", TOTAL):
                pieces[piece, of] += sessions
                for column in columns:
                    counted[column, of] |= {(number, piece, one): (number, piece, one) for one in range(sessions)}
    sites = [f"S{number}" for number in range(many)]
    cells = [
        Cell((kind, of), value, value, kind in SHOWN, is_total=of == TOTAL)
        for of in (*sites, TOTAL)
        for kind, value in {
            **{kind: len(counted[kind, of]) for kind in SHOWN},
            **{kind: pieces[kind, of] for kind in ("not_delivered", "not_screened", "without_any")},
            **{kind: sum(pieces[part, of] for part in parts) for kind, parts in DIFFERENCES.items()},
        }.items()
    ]
    decision = decide(cells, site_sums(sites), 11)
    printed = {cell.key: None if cell.key in decision.hidden else cell.value for cell in cells if cell.is_shown}
    sums = equations([(kind, of) for of in (*sites, TOTAL) for kind in SHOWN])
    assert solve_hidden(printed, sums).keys().isdisjoint(few(counted, sums))
