"""The four numbers at the head of the overview, and what needs somebody, against the plain recount."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.queries import recount
from tests.queries.pages.charted import stored
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import TODAY, Plain, page_ground, page_tables
from tests.queries.pages.test_courses import COMPLETED, closed_parts, part_of, started, state_of
from tests.queries.pages.test_overview import lapsing
from tests.queries.pages.test_side_effects import enough as screened_enough
from webapp.domain.intervals import count_change
from webapp.domain.periods import Period, add_months
from webapp.domain.scope import Scope
from webapp.domain.settings import DEFAULT_SETTINGS
from webapp.domain.vocabulary import Role, Verdict
from webapp.presentation import formats
from webapp.queries.attention import AttentionItem, fetch_attention
from webapp.queries.pages.headlines import NOT_NARROWED, HeadlineNumber, Movement, fetch_headlines
from webapp.queries.session_criteria import fetch_session_verdicts
from webapp.queries.session_verdicts import SIX
from webapp.transactions import reading


@pytest.mark.parametrize("number", EVERY)
def test_the_four_numbers(app: Flask, network: Network, number: int) -> None:
    assert_headlines(network, number)


def assert_headlines(network: Network, number: int) -> None:
    """Value, note and trend of each."""
    with page_ground(network.scope, "overview", network.search(number)) as ground:
        sessions, completion, effects, criteria = fetch_headlines(ground)
        verdicts = fetch_session_verdicts(ground.scope, ground.db, ground.filters.period)
    plain = network.plain(number)
    end = add_months((plain.end - timedelta(days=1)).replace(day=1), 1)
    year = network.plain_of(network.search(number), add_months(end, -12), end)
    months = [add_months(end, -12 + place) for place in range(12)]
    _assert_sessions(network, plain, year, months, sessions)
    _assert_completion(network, year, months, completion)
    _assert_side_effects(plain, year, months, effects)
    met = sum(all(each.verdicts[one] is Verdict.MET for one in SIX) for each in verdicts)
    assert criteria.value == formats.percent(met / len(verdicts) if verdicts else None)
    narrowed = [name for name in ("indication=", "phase=", "product=") if name in network.search(number)]
    assert criteria.note.endswith(NOT_NARROWED) == bool(narrowed), (
        "all delivered sessions are counted, and the note says so"
    )


def _assert_sessions(network: Network, plain: Plain, year: Plain, months: list[date], shown: HeadlineNumber) -> None:
    of_month = Counter(each["on_date"].replace(day=1) for each in year.delivered())
    assert shown.value == formats.count(sum(1 for _ in plain.delivered()))
    assert [many or 0 for many in shown.series] == [of_month[month] for month in months]
    _assert_counts_compared(network, plain, shown.movement)


def _assert_counts_compared(network: Network, plain: Plain, moved: Movement | None) -> None:
    """Over the sites whose data hold both periods; beyond chance as far as patients bring several sessions at once."""
    before = Period(plain.start, plain.end).previous()
    first: dict[Any, date] = {}
    for session in plain.facts.sessions:
        first[session["site_id"]] = min(first.get(session["site_id"], date.max), session["on_date"])
    terms = site_days(network)
    both = {
        site
        for site in plain.sites
        if site in first
        and max(first[site], terms[site][0] or date.min) <= before.start_on
        and plain.clock(site) >= min(plain.end - timedelta(days=1), TODAY)
        and (terms[site][1] or date.max) >= plain.end - timedelta(days=1)
    }
    now = sum(each["site_id"] in both for each in plain.delivered())
    then = sum(each["site_id"] in both for each in plain.delivered(before.start_on, before.end_on))
    if not then:
        assert moved is None
        return
    assert moved is not None and f", {formats.plural(len(both), 'site')} in both" in moved.words
    if plain.indication or plain.phase:
        assert moved.sign == "unjudged"
        return
    days = [sum(day.weekday() < 5 for day in _days(*part)) for part in ((plain.start, plain.end), _ends(before))]
    change = count_change(now, then, days[0], days[1], _count_effect(plain, (plain.end - plain.start).days <= 31))
    assert change is not None and (moved.sign == "moved") == change.is_clear


def _ends(period: Period) -> tuple[date, date]:
    return period.start_on, period.end_on


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days)]


def _count_effect(plain: Plain, by_month: bool) -> float:
    """sum n^2 / sum n over patients, or their months, of a year of all delivered sessions of the network."""
    newest = max(plain.clock(site) for site in plain.facts.sites)
    sizes = Counter(
        (plain.facts.courses[each["course_id"]]["patient_id"], by_month and each["on_date"].replace(day=1))
        for each in plain.facts.sessions
        if each["status"] in recount.DELIVERED and each["on_date"] > newest - timedelta(days=365)
    )
    return sum(n * n for n in sizes.values()) / sum(sizes.values())


def site_days(network: Network) -> dict[Any, tuple[date | None, date | None]]:
    """By site, the days on which it opened and closed."""
    statement = "SELECT site_id, opened_on, closed_on FROM site_version WHERE superseded_by_batch_id IS NULL"
    with reading(network.scope) as db:
        return {site: (opened, closed) for site, opened, closed in db.execute(text(statement))}


def _assert_completion(network: Network, year: Plain, months: list[date], shown: HeadlineNumber) -> None:
    courses = started(network, year)
    closed = closed_parts(year, courses)
    shares: dict[date, float] = {}
    for month in months:
        here = [spell for spell in courses if spell.start.replace(day=1) == month]
        if here and all(closed[part_of(spell)] for spell in here):
            shares[month] = sum(state_of(year, spell) in COMPLETED for spell in here) / len(here)
            newest = f"closed cohort, {formats.month(month)} starts, n = {len(here)}"
    assert shown.series == tuple(shares.get(month) for month in months)
    assert shown.value == (formats.percent(shares[max(shares)]) if shares else "no closed cohort yet")
    assert shown.note == (newest if shares else "")


def _assert_side_effects(plain: Plain, year: Plain, months: list[date], shown: HeadlineNumber) -> None:
    delivered, screened = list(plain.delivered()), list(plain.screened())
    enough = screened_enough(len(screened), len(delivered))
    affected = sum(bool(each["effects"]) for each in screened)
    assert shown.value == (formats.percent(affected / len(screened)) if enough else "not enough screening")
    if delivered:
        assert shown.note.endswith(f" of {formats.count(len(delivered))} screened")
        assert shown.note.startswith(formats.percent(len(screened) / len(delivered)))
    for month, share in zip(months, shown.series, strict=True):
        here = [each for each in year.screened() if each["on_date"].replace(day=1) == month]
        given = sum(each["on_date"].replace(day=1) == month for each in year.delivered())
        told = sum(bool(each["effects"]) for each in here) / len(here) if screened_enough(len(here), given) else None
        assert share == told
    _assert_compared(plain, shown)


def _assert_compared(plain: Plain, shown: HeadlineNumber) -> None:
    """Where either period was screened too little there is no verdict, and words if it is the earlier one."""
    before = Period(plain.start, plain.end).previous()
    days = before.start_on, before.end_on
    now = screened_enough(len(list(plain.screened())), len(list(plain.delivered())))
    then = screened_enough(len(list(plain.screened(*days))), len(list(plain.delivered(*days))))
    if not now:
        assert shown.movement is None
    elif not then:
        assert shown.movement is not None and shown.movement.sign == "unjudged"
        assert shown.movement.words == f"not comparable: not enough screening in {before}"
    else:
        assert shown.movement is not None and shown.movement.sign != "unjudged"


@pytest.mark.parametrize("number", EVERY)
def test_what_needs_somebody(app: Flask, network: Network, number: int) -> None:
    found = assert_attention(network, number)
    if not number:
        assert found.keys() >= {"Accreditation", "Courses", "Data", "Serious"}


def assert_attention(network: Network, number: int) -> Counter[str]:
    """Each rule's sites and numbers; how many items there are of each kind."""
    plain, search = network.plain(number), network.search(number)
    with page_ground(network.scope, "overview", search) as ground:
        items = fetch_attention(ground).items
    said: dict[str, dict[str, str]] = {}
    for item in items:
        said.setdefault(item.kind, {})[item.site.code] = item.sentence
    _assert_serious(said.get("Serious", {}), plain)
    open_sites = recount.open_sites(network.scope, TODAY)
    silent = {code: plain.clock(site) for site, code in plain.sites.items() if code in open_sites}
    silent = {code: day for code, day in silent.items() if (TODAY - day).days > DEFAULT_SETTINGS.stale_after_days}
    _assert_said(said.get("Data", {}), {code: formats.day(day) for code, day in silent.items()})
    _assert_said(
        said.get("Courses", {}), {code: formats.plural(n, "course") for code, n in _leaving(network, plain).items()}
    )
    ending = {code: formats.plural(left, "day") for left, _, _, code in lapsing(network) if left <= 90}
    shown = {code: words for code, words in said.get("Accreditation", {}).items() if " ends in " in words}
    _assert_said(shown, {code: words for code, words in ending.items() if code in plain.sites.values()})
    _assert_outside(network, search, {item.site.code for item in items if item.kind == "Side effects"})
    return Counter(item.kind for item in items)


def _assert_serious(shown: dict[str, str], plain: Plain) -> None:
    """Every one from the period's first day to today counts, of whatever indication and phase; its sentence says the days."""
    last = max(plain.end - timedelta(days=1), TODAY)
    found = Counter(
        plain.sites[session["site_id"]]
        for session in plain.facts.sessions
        if session["site_id"] in plain.sites and session["status"] in recount.DELIVERED
        if plain.start <= session["on_date"] <= last
        for effect in plain.facts.effects.get(session["session_id"], ())
        if effect["serious"] != "no"
    )
    _assert_said(shown, {code: formats.plural(n, "serious side effect") for code, n in found.items()})
    days = f" from {formats.day(plain.start)} to {formats.day(last)}."
    assert all(sentence.endswith(days) for sentence in shown.values())


def _assert_said(shown: dict[str, str], expected: dict[str, str]) -> None:
    assert shown.keys() == expected.keys()
    for code, words in expected.items():
        assert f"**{words}**" in shown[code]


def _leaving(network: Network, plain: Plain) -> Counter[str]:
    """Open courses with three days or fewer left, whatever the period and the filters of sessions."""
    found: Counter[str] = Counter()
    for spell in network.spells:
        site = spell.course["site_id"]
        if site in plain.sites:
            clock = plain.clock(site)
            left = (spell.start + timedelta(days=spell.window) - clock).days
            found[plain.sites[site]] += spell.start <= clock < spell.end and 0 <= left <= DEFAULT_SETTINGS.leaving_days
    return +found


def _assert_outside(network: Network, search: str, shown: set[str]) -> None:
    """A site outside the 99.8 % limit of the term that the funnel shows is listed; the funnel has its own recount."""
    table = page_tables(network.scope, "overview", search)["funnel"]
    standing = zip(table.row_keys or (), table.column("standing"), strict=True)
    assert {key.split(".")[0] for key, words in standing if str(words).endswith("99.8 %")} <= shown


def test_a_site_by_itself_is_flagged_as_it_is_among_all(app: Flask) -> None:
    """On either side of the limit; and only to whoever sees the sites that it is held against."""
    every = {code: [(8, "solicited")] * 3 for code in ("ASH", "ELM", "FIR", "OAK")}
    scope = stored({**every, "MANY": [(20, "solicited")] * 3, "NONE": [(0, "solicited")] * 3}, date(2026, 8, 1))
    manager, lead = replace(scope, role=Role.MANAGER), replace(scope, role=Role.SITE_LEAD, whole_network=False)

    def flags(somebody: Scope, page: str) -> dict[str, tuple[str, str]]:
        with page_ground(somebody, page, "?from=2026-08-01&to=2026-10-31") as ground:
            found = fetch_attention(ground)
        flagged = [item for item in found.items if item.kind == "Side effects" and item.term == "dissociation"]
        assert found.comparisons == (0 if somebody.role is Role.SITE_LEAD else 6)
        return {item.site.code: (item.tone, item.sentence) for item in flagged}

    among_all = flags(manager, "overview")
    assert among_all.keys() == {"MANY", "NONE"}
    assert (
        among_all["MANY"][0] == "bad" and "**66.7 %** of 90 screened sessions, above the 99.8 %" in among_all["MANY"][1]
    )
    assert (
        among_all["NONE"][0] == "warn"
        and "in only **0.0 %** of 90 screened sessions, below the" in among_all["NONE"][1]
    )
    with reading(scope) as db:
        sites = {code: site_id for site_id, code in db.execute(text("SELECT id, code FROM site"))}
    for code, site_id in sites.items():
        expected = {code: among_all[code]} if code in among_all else {}
        assert flags(manager.narrow([site_id]), "site") == expected
        assert flags(lead.narrow([site_id]), "site") == {}
    assert flags(lead, "site") == {}


def test_an_officer_is_told_what_needs_an_officer(app: Flask, network: Network) -> None:
    """Nothing that speaks of side effects or of courses: of one site and a few days it would be a fact of one patient."""
    about_patients = {"Serious", "Courses", "Side effects", "Change"}
    of_manager, of_officer = (
        {(item.kind, item.site.code, item.sentence) for item in _items(network, role)}
        for role in (Role.MANAGER, Role.COMPLIANCE)
    )
    assert {kind for kind, *_ in of_manager} >= {"Serious", "Courses", "Accreditation", "Data"}
    assert of_officer == {item for item in of_manager if item[0] not in about_patients}


def _items(network: Network, role: Role) -> tuple[AttentionItem, ...]:
    with page_ground(replace(network.scope, role=role), "overview", network.search(0)) as ground:
        return fetch_attention(ground).items
