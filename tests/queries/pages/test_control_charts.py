"""Side effects over time: each site's chart against a plain reading, how soon they pass, and published rates beside them."""

from collections import Counter
from datetime import date
from math import sqrt

import pytest
from flask import Flask

from tests.queries.pages.charted import A_MONTH, october_outside
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import by_key, page_tables
from webapp.domain.published_rates import PUBLISHED, comparable
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Product, Route, Term


@pytest.fixture(scope="module")
def charted(session_app: Flask) -> Scope:
    with session_app.app_context():
        return october_outside()


OCTOBER = "?from=2026-10-01&to=2026-10-31&term=dissociation"


def test_a_site_is_held_against_its_own_first_twelve_months(app: Flask, charted: Scope) -> None:
    table = page_tables(charted, "side-effects", f"{OCTOBER}&site=RIV")["control_chart"]
    rows = by_key(table, "n", "sessions", "rate", "centre", "centre_low", "centre_high", "standing")
    assert len(rows) == 14
    half = 3 * sqrt(0.2 * 0.8 / A_MONTH)
    for month, (n, k, rate, centre, low, high, standing) in rows.items():
        newest = month == "2026-10-01"
        assert (n, k) == (A_MONTH, 18 if newest else 6)
        assert rate == pytest.approx((18 if newest else 6) / A_MONTH)
        # The design effect of one session a patient is n / (n - 1), a trace above 1.
        assert (centre, low, high) == pytest.approx((0.2, max(0.0, 0.2 - half), 0.2 + half), abs=0.001)
        assert standing == ("beyond the limit" if newest else "inside")


def test_several_sites_are_told_side_by_side(app: Flask, charted: Scope) -> None:
    table = page_tables(charted, "side-effects", OCTOBER)["control_by_site"]
    assert by_key(table, "standing") == {
        "RIV": ("above the limit",),
        "NGT": ("steady",),
        "LAK": ("no limits yet: 10 of 12 eligible months",),
    }
    before = page_tables(charted, "side-effects", OCTOBER.replace("10-", "09-").replace("31", "30"))["control_by_site"]
    assert by_key(before, "month", "standing")["RIV"] == (date(2026, 9, 1), "steady"), (
        "of what came after it nothing is told"
    )
    asked = page_tables(charted, "side-effects", f"{OCTOBER}&site=NGT")["control_chart"]
    assert "Begun anew in Nov 2025." in asked.notes
    assert by_key(asked, "centre")["2026-10-01"][0] == pytest.approx(0.4)


def test_other_filters_leave_the_chart_out_and_say_so(app: Flask, charted: Scope) -> None:
    for narrowed in ("indication=depression", "phase=induction", "product=esketamine_nasal"):
        table = page_tables(charted, "side-effects", f"{OCTOBER}&{narrowed}")["control_by_site"]
        assert table.rows == () and "clear the other filters" in table.notes[0]


@pytest.mark.parametrize("number", EVERY)
def test_how_soon_they_pass(app: Flask, network: Network, number: int) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for session in network.plain(number).screened():
        for effect in session["effects"]:
            onset, end = effect["onset_at"], effect["resolved_at"]
            column = "unknown"
            if onset and end:
                lasted = (end - onset).total_seconds() / 60
                column = f"within_{next((b for b in (15, 30, 60, 120, 240, 1440) if lasted <= b), 1_000_000)}"
            elif effect["onset_on"] and effect["resolved_on"] and (effect["resolved_on"] - effect["onset_on"]).days > 1:
                column = "within_1000000"
            found.update([(effect["term"], column), ("any", column)])
    table = page_tables(network.scope, "side-effects", network.search(number))["time_to_resolution"]
    columns = [column.key for column in table.columns if column.key.startswith("within_")] + ["unknown"]
    for term, cells in by_key(table, *columns).items():
        assert cells == tuple(found[term, column] for column in columns)
    for n, *counts in zip(table.column("n"), *(table.column(name) for name in columns[:-1]), strict=True):
        assert n == sum(count for count in counts if isinstance(count, int))
    assert {term for term, _ in found} == set(by_key(table, "n"))


def test_a_published_rate_is_drawn_only_beside_its_like(app: Flask, charted: Scope, network: Network) -> None:
    table = page_tables(charted, "side-effects", OCTOBER)["side_effects_by_term"]
    assert by_key(table, "published")["dissociation"] == (0.41,)
    assert by_key(table, "published")["dizziness"] == (None,)
    assert any(
        "share of 203 patients: grogginess" in note.lower() or "share of 203 patients" in note for note in table.notes
    )
    mixed = page_tables(network.scope, "side-effects", network.search(2))["side_effects_by_term"]
    assert "published" not in {column.key for column in mixed.columns}
    assert any("1,486,213 sessions: dissociation 41.0 %" in note for note in mixed.notes)


def test_what_makes_two_rates_comparable() -> None:
    rems = next(rate for rate in PUBLISHED if rate.unit == "sessions" and rate.term is Term.DISSOCIATION)
    nasal, by_nose = Product.ESKETAMINE_NASAL.value, frozenset({Route.INTRANASAL.value})
    assert comparable(rems, nasal, by_nose, "solicited")
    assert not comparable(rems, Product.KETAMINE_IV.value, by_nose, "solicited")
    assert not comparable(rems, nasal, by_nose | {None}, "solicited")
    assert not comparable(rems, nasal, frozenset(), "solicited")
    assert not comparable(rems, nasal, by_nose, "spontaneous")
    clinic = next(rate for rate in PUBLISHED if rate.unit == "patients")
    assert not comparable(clinic, clinic.product.value, frozenset({clinic.route.value}), "solicited")
