"""The side-effects page against the plain recount."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import Plain, assert_shares, by_key, page_tables
from webapp.domain.periods import add_months
from webapp.domain.vocabulary import Role

TERMS = ("", "&term=dizziness", "&term=nausea", "&term=sedation")
MIN_SCREENED, MIN_COVERAGE = 20, 0.8


def with_term(session: dict[str, Any], term: str) -> bool:
    return bool(session["effects"]) if term == "any" else any(e["term"] == term for e in session["effects"])


def enough(screened: int, delivered: int) -> bool:
    return screened >= MIN_SCREENED and screened >= MIN_COVERAGE * delivered


@pytest.mark.parametrize("number", EVERY)
def test_by_term(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    sessions, events = Counter[str](), Counter[str]()
    patients: dict[str, set[Any]] = defaultdict(set)
    screened = list(plain.screened())
    for session in screened:
        terms = [effect["term"] for effect in session["effects"]]
        events.update([*terms, *(["any"] * len(terms))])
        for term in {*terms, *(["any"] if terms else [])}:
            sessions[term] += 1
            patients[term].add(session["course"]["patient_id"])
    table = page_tables(network.scope, "side-effects", network.search(number))["side_effects_by_term"]
    shown = by_key(table, "n", "sessions", "events")
    assert shown == {term: (len(screened), sessions[term], events[term]) for term in shown}
    assert set(sessions) <= set(shown)
    if "site" not in network.search(number):
        assert by_key(table, "patients") == {term: (len(patients[term]),) for term in shown}
    assert_shares(table, "sessions")


@pytest.mark.parametrize("number", EVERY)
@pytest.mark.parametrize("asked", TERMS)
def test_by_infusion_site_and_month(app: Flask, network: Network, number: int, asked: str) -> None:
    plain = network.plain(number)
    term = asked.removeprefix("&term=") or "any"
    tables = page_tables(network.scope, "side-effects", network.search(number) + asked)
    screened = list(plain.screened())
    by_infusion = Counter(str(s["infusion"]) for s in screened)
    hits = Counter(str(s["infusion"]) for s in screened if with_term(s, term))
    shown = by_key(tables["side_effects_by_infusion"], "n", "sessions")
    assert {key: cells for key, cells in shown.items() if cells[0]} == {
        key: (n, hits[key]) for key, n in by_infusion.items()
    }
    given = Counter(str(s["infusion"]) for s in plain.delivered())
    for key, (rate,) in by_key(tables["side_effects_by_infusion"], "rate").items():
        assert (rate is not None) == enough(by_infusion[key], given[key])
    by_site = Counter(plain.sites[s["site_id"]] for s in screened)
    site_hits = Counter(plain.sites[s["site_id"]] for s in screened if with_term(s, term))
    delivered = Counter(plain.sites[s["site_id"]] for s in plain.delivered())
    for code, (n, k, rate) in by_key(tables["side_effects_by_site"], "n", "sessions", "rate").items():
        assert (n, k) == (by_site[code], site_hits[code])
        assert (rate is not None) == enough(by_site[code], delivered[code])
    assert_shares(tables["side_effects_by_site"], "sessions")
    _assert_months(plain, tables["side_effects_by_month"], term)


def _assert_months(plain: Plain, table: Any, term: str) -> None:
    for month, (n, k) in by_key(table, "n", "sessions").items():
        start = date.fromisoformat(month)
        screened = list(plain.screened(start, add_months(start, 1)))
        assert (n, k) == (len(screened), sum(with_term(s, term) for s in screened))
    assert_shares(table, "sessions", low="rate_low", high="rate_high")


@pytest.mark.parametrize("number", EVERY)
def test_coverage_severity_and_serious(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    tables = page_tables(network.scope, "side-effects", network.search(number))
    delivered = Counter(plain.sites[s["site_id"]] for s in plain.delivered())
    screened = Counter(plain.sites[s["site_id"]] for s in plain.screened())
    for code, (n, k, note) in by_key(tables["screening_coverage"], "n", "screened", "standing").items():
        assert (n, k) == (delivered[code], screened[code])
        assert (note == "enough") == (enough(screened[code], delivered[code]) and n != 0)
    assert_shares(tables["screening_coverage"], "screened")
    worst = Counter[tuple[str, int]]()
    for session in plain.screened():
        for term in {e["term"] for e in session["effects"]} | ({"any"} if session["effects"] else set()):
            worst[term, max(e["severity"] for e in session["effects"] if term in ("any", e["term"]))] += 1
    columns = [f"grade_{grade}" for grade in range(1, 6)]
    shown = by_key(tables["severity"], *columns)
    assert shown == {term: tuple(worst[term, grade] for grade in range(1, 6)) for term in shown}
    serious = Counter(
        effect["term"]
        for session in plain.delivered()
        for effect in plain.facts.effects.get(session["session_id"], [])
        if effect["serious"] not in (None, "no")
    )
    assert {term: many for term, (many,) in by_key(tables["serious_by_term"], "events").items()} == dict(serious)
    assert len(tables["serious_list"].rows) == sum(serious.values())


def test_a_site_with_little_screening_has_no_point_and_says_why(app: Flask, network: Network) -> None:
    tables = page_tables(network.scope, "side-effects", network.search(0))
    plain = network.plain(0)
    delivered = Counter(plain.sites[s["site_id"]] for s in plain.delivered())
    little = [
        key
        for key, (rate, note) in by_key(tables["side_effects_by_site"], "rate", "standing").items()
        if rate is None and note == "not enough screening"
    ]
    assert little and all(delivered[code] for code in little)
    by_site = {key.split(".")[0]: rate for key, (rate,) in by_key(tables["funnel"], "rate").items()}
    assert all(by_site.get(code) is None for code in little)


def test_the_funnel_is_for_the_whole_network_alone(app: Flask, network: Network) -> None:
    funnel = page_tables(network.scope, "side-effects", "?period=last_12_months")["funnel"]
    assert funnel.rows and "compared" in " ".join(funnel.notes)
    asked = page_tables(network.scope, "side-effects", "?period=last_12_months&term=nausea")["funnel"]
    assert asked.subtitle.startswith("Nausea")
    some = page_tables(network.scope, "side-effects", network.search(3))["funnel"]
    assert some.rows == () and "clear the choice of sites" in " ".join(some.notes)
    lead = replace(network.scope, role=Role.SITE_LEAD, whole_network=False)
    assert "funnel" not in page_tables(lead, "side-effects", network.search(0))


def test_serious_ones_are_named_only_to_those_who_may(app: Flask, network: Network) -> None:
    for role in (Role.COMPLIANCE, Role.VIEWER):
        assert "serious_list" not in page_tables(replace(network.scope, role=role), "side-effects", network.search(0))
