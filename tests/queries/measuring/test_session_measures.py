"""Sessions without an outcome, and what has been received, against plain recounts."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_network, store
from tests.queries import recount
from tests.queries.conftest import with_sites
from tests.queries.test_measures import PERIODS, TODAY, ask
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.queries.cells import Selection
from webapp.queries.completeness import fetch_completeness, get_completeness
from webapp.queries.known_at import view_known_at
from webapp.queries.measures import fetch_measure
from webapp.transactions import reading, unit_of_work

DAY0 = date(2026, 3, 2)


def plain_clocks(facts: recount.Facts) -> dict[str, date]:
    """The last day with an outcome, by site code."""
    found: dict[str, date] = {}
    for session in facts.sessions:
        if session["status"] in (*recount.DELIVERED, "no_show"):
            code = facts.sites[session["site_id"]]
            found[code] = max(found.get(code, date.min), session["on_date"])
    return found


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("on", [TODAY, date(2026, 7, 14)], ids=str)
def test_sessions_without_an_outcome_equal_the_recount(app: Flask, simulated: Scope, period: Period, on: date) -> None:
    facts = recount.facts_of(simulated)
    clocks = plain_clocks(facts)
    plain: Counter[str] = Counter()
    for session in facts.sessions:
        code = facts.sites[session["site_id"]]
        if session["status"] == "scheduled" and session["on_date"] in period and code in clocks:
            plain[code] += (min(clocks[code], on) - session["on_date"]).days >= 2
    rows = ask(simulated, "unresolved_sessions", Selection(period, on), "site").rows
    assert {row.key["site"]: row.numerator for row in rows} == {code: n for code, n in plain.items() if n}


def booked(key: str, day: int, status: str, site: str = "RIV") -> dict[str, Any]:
    return {
        "key": key,
        "course": f"C-{site}",
        "site": site,
        "status": status,
        "phase": "induction",
        "on_date": DAY0 + timedelta(days=day),
    }


def network_of(*sessions: dict[str, Any]) -> Scope:
    scope = make_network(NOW, "Booked")
    course = {"patient": "P", "indication": "depression", "product": "ketamine_iv"}
    codes = ("RIV", "LAK")
    records: dict[str, Sequence[dict[str, Any]]] = {
        "sites": [{"key": code, "name": code, "zone": "America/New_York"} for code in codes],
        "courses": [{"key": f"C-{code}", "site": code, **course} for code in codes],
        "sessions": sessions,
    }
    store(scope, records, NOW)
    return with_sites(scope)


def test_the_sites_own_clock_decides_and_so_does_what_was_known_then(app: Flask) -> None:
    scope = network_of(
        booked("S1", 0, "scheduled"),
        booked("S2", 1, "scheduled"),
        booked("S3", 2, "no_show"),
        booked("S4", 0, "scheduled", "LAK"),
        booked("S5", 40, "cancelled", "LAK"),
    )
    selection = Selection(Period(DAY0, DAY0 + timedelta(days=60)), TODAY)
    assert [row.numerator for row in ask(scope, "unresolved_sessions", selection).rows] == [1]
    store(scope, {"sessions": [booked("S6", 3, "completed")]}, NOW + timedelta(hours=1))
    assert [row.numerator for row in ask(scope, "unresolved_sessions", selection).rows] == [2]
    with reading(scope) as db:
        then = Selection(selection.period, TODAY, known=view_known_at(scope, db, NOW))
        assert [row.numerator for row in fetch_measure(scope, db, "unresolved_sessions", then).rows] == [1]


def plain_completeness(
    scope: Scope, facts: recount.Facts, period: Period, weeks: int
) -> dict[str, tuple[int, int | None]]:
    """By site code: received, and expected by the weeks before for the days on which the site treats."""
    found = {}
    open_days = Counter(
        code for n in range(period.days) for code in recount.open_sites(scope, period.start_on + timedelta(days=n))
    )
    for site_id, code in facts.sites.items():
        days = [session["on_date"] for session in facts.sessions if session["site_id"] == site_id]
        starts = [period.start_on - timedelta(weeks=n) for n in range(1, weeks + 1)]
        counts = [sum(start <= day < start + timedelta(weeks=1) for day in days) for start in starts]
        expected = None if 0 in counts else round(median(counts) * open_days[code] / 7)
        found[code] = (sum(day in period for day in days), expected)
    return found


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_what_was_received_equals_the_recount(app: Flask, simulated: Scope, period: Period) -> None:
    facts = recount.facts_of(simulated)
    plain = plain_completeness(simulated, facts, period, 12)
    known = {code: both for code, both in plain.items() if both[1] is not None}
    rows = {row.key["site"]: row for row in ask(simulated, "data_completeness", Selection(period, TODAY), "site").rows}
    assert set(rows) == set(plain)
    assert {code: (row.numerator, row.denominator) for code, row in rows.items() if code in known} == known
    assert {code for code, row in rows.items() if sum(row.excluded.values())} == set(plain) - set(known)
    whole = ask(simulated, "data_completeness", Selection(period, TODAY)).rows[0]
    assert whole.numerator == sum(n for n, _ in known.values())
    assert sum(whole.excluded.values()) == len(plain) - len(known)
    with reading(simulated) as db:
        for site_id, code in facts.sites.items():
            one = get_completeness(simulated, db, site_id, period, 12)
            assert (one.received, one.expected) == plain[code]


def test_a_site_is_expected_to_send_for_the_days_on_which_it_was_open_as_far_as_was_known(app: Flask) -> None:
    scope = network_of(*(booked(f"S{n}", n, "completed") for n in range(14)))
    site = {"key": "RIV", "name": "RIV", "zone": "America/New_York"}
    period = Period(DAY0 + timedelta(days=14), DAY0 + timedelta(days=42))
    later = NOW
    for opened, closed, expected in (
        (None, None, 28),
        (None, DAY0 + timedelta(days=20), 7),
        (DAY0 + timedelta(days=18), DAY0 + timedelta(days=20), 3),
        (None, DAY0 + timedelta(days=9), 0),
    ):
        later += timedelta(hours=1)
        store(scope, {"sites": [{**site, "opened_on": opened, "closed_on": closed}]}, later)
        with reading(scope) as db:
            found = fetch_completeness(scope, db, period, 2)
            [riverside] = [each for each in found.values() if each.expected is not None]
            assert (riverside.received, riverside.expected) == (0, expected)
    assert riverside.share is None, "nothing is missing of a site that was closed all the while"
    with reading(scope) as db:
        then = fetch_completeness(scope, db, period, 2, view_known_at(scope, db, NOW))
        assert [each.expected for each in then.values() if each.expected is not None] == [28]


def test_a_declaration_goes_before_the_weeks_from_when_it_was_made(app: Flask) -> None:
    scope = network_of(*(booked(f"S{n}", n, "completed") for n in range(3)))
    period = Period(DAY0, DAY0 + timedelta(days=7))
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                " SELECT network_id, id, :start, :end, 4, :at, :by FROM site WHERE network_id = :network AND code = 'RIV'"
            ),
            {
                "network": scope.network_id,
                "start": period.start_on,
                "end": period.end_on,
                "at": NOW + timedelta(hours=1),
                "by": scope.user_id,
            },
        )
    row = ask(scope, "data_completeness", Selection(period, TODAY)).rows[0]
    assert (row.numerator, row.denominator, sum(row.excluded.values())) == (3, 4, 1)
    with reading(scope) as db:
        then = Selection(period, TODAY, known=view_known_at(scope, db, NOW))
        row = fetch_measure(scope, db, "data_completeness", then).rows[0]
    assert (row.numerator, row.denominator, sum(row.excluded.values())) == (0, 0, 2)
