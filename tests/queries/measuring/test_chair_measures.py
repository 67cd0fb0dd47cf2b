"""Use of chairs against a plain recount, minute by minute and day by day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
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
from webapp.services.verification import verify
from webapp.transactions import reading

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def takes_a_chair(session: dict[str, Any]) -> bool:
    """Delivered, missed, or cancelled with less than 24 hours' notice."""
    if session["status"] != "cancelled":
        return bool(session["status"] != "scheduled")
    at, start = session["cancelled_at"], session["booked_at"]
    return bool(at and start and start - at < timedelta(hours=24))


def opening_minutes(hours: str, day: date) -> int:
    """The minutes of a day, read as the sites' file has them: `Mon-Fri 08:00-18:00; Sat 09:00-13:00`."""
    total = 0
    for part in hours.split("; "):
        days, spans = part.split(" ", 1)
        first, last = (NAMES.index(name) for name in (days.split("-") * 2)[:2])
        if first <= day.weekday() <= last:
            for span in spans.split(","):
                (from_hour, from_minute), (to_hour, to_minute) = (map(int, end.split(":")) for end in span.split("-"))
                total += 60 * (to_hour - from_hour) + to_minute - from_minute
    return total


def plain_chair_use(scope: Scope, period: Period) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """By site code booked minutes and, as far as its data reach, ready ones; and the codes of sites without chairs or hours."""
    facts = recount.facts_of(scope)
    booked: Counter[str] = Counter()
    reach: dict[Any, date] = {}
    for session in facts.sessions:
        if session["status"] in (*recount.DELIVERED, "no_show"):
            reach[session["site_id"]] = max(session["on_date"], reach.get(session["site_id"], date.min))
        if takes_a_chair(session) and session["on_date"] in period:
            booked[facts.sites[session["site_id"]]] += session["booked_minutes"] or 0
    found, without = {}, set()
    with reading(scope) as db:
        sites = db.execute(
            text("SELECT * FROM site_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn")
        ).all()
    for site in sites:
        reach[site.site_id] = max(site.data_through or date.min, reach.get(site.site_id, date.min))
        code = facts.sites[site.site_id]
        ready, day = 0, period.start_on
        while day < period.end_on and day <= reach[site.site_id]:
            if (site.opened_on or day) <= day <= (site.closed_on or day):
                ready += (site.chairs or 0) * opening_minutes(site.opening_hours or "Sun 00:00-00:00", day)
            day += timedelta(days=1)
        if site.chairs and site.opening_hours:
            found[code] = (booked[code], ready)
        else:
            without.add(code)
    return found, without


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_use_of_chairs_equals_the_recount(app: Flask, simulated: Scope, period: Period) -> None:
    plain, without = plain_chair_use(simulated, period)
    assert not without
    rows = {row.key["site"]: row for row in ask(simulated, "chair_use", Selection(period, TODAY), "site").rows}
    found = {code: (row.numerator, row.denominator) for code, row in rows.items()}
    assert {code: both for code, both in found.items() if any(both)} == {
        code: both for code, both in plain.items() if any(both)
    }
    filtered = ask(simulated, "chair_use", Selection(period, TODAY, "ptsd", "maintenance"), "site").rows
    assert {row.key["site"]: (row.numerator, row.denominator) for row in filtered} == found
    for by in ((), ("month",), ("week",), ("day",), ("site", "month")):
        parts = ask(simulated, "chair_use", Selection(period, TODAY), *by).rows
        assert sum(row.numerator for row in parts) == sum(booked for booked, _ in plain.values()) > 0
        assert sum(row.denominator or 0 for row in parts) == sum(ready for _, ready in plain.values())


MONDAY = date(2026, 3, 2)


def visit(
    key: str, site: str, status: str, minutes: int | None = 120, notice_hours: int | None = None
) -> dict[str, Any]:
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    return {
        "key": key,
        "course": "C",
        "site": site,
        "status": status,
        "phase": "induction",
        "on_date": MONDAY,
        "booked_at": at,
        "booked_minutes": minutes,
        "cancelled_at": None if notice_hours is None else at - timedelta(hours=notice_hours),
    }


def test_what_counts_and_what_is_left_out(app: Flask) -> None:
    scope = make_network(NOW, "Chairs")
    zone = {"zone": "America/New_York"}
    records: dict[str, list[dict[str, Any]]] = {
        "sites": [
            {
                "key": "RIV",
                "name": "R",
                "chairs": 2,
                "opening_hours": "Mon-Fri 08:00-18:00",
                "opened_on": MONDAY,
                **zone,
            },
            {"key": "LAK", "name": "L", "chairs": 3, **zone},
            {"key": "OLD", "name": "O", "chairs": 3, "opening_hours": "Mon 08:00-09:00", "closed_on": MONDAY, **zone},
        ],
        "courses": [{"key": "C", "site": "RIV", "patient": "P", "indication": "depression", "product": "ketamine_iv"}],
        "sessions": [
            visit("S1", "RIV", "completed"),
            visit("S2", "RIV", "no_show", 60),
            visit("S3", "RIV", "cancelled", 30, notice_hours=23),
            visit("S4", "RIV", "cancelled", 600, notice_hours=25),
            visit("S5", "RIV", "scheduled", 600),
            visit("S6", "RIV", "stopped_early", None),
            visit("S7", "RIV", "cancelled", None, notice_hours=30),
            visit("S8", "LAK", "completed"),
            visit("S9", "LAK", "completed", None),
        ],
    }
    store(scope, records, NOW)
    scope = with_sites(scope)
    week = Selection(Period(MONDAY - timedelta(days=7), MONDAY + timedelta(days=7)), TODAY)
    whole = ask(scope, "chair_use", week).rows[0]
    # RIV's data end on the Monday; OLD has none, so all its eight days are beyond.
    assert (whole.numerator, whole.denominator) == (120 + 60 + 30, 2 * 600)
    assert list(whole.excluded.values()) == [1, 1, 6 + 8]
    assert ask(scope, "chair_use", Selection(week.period, MONDAY - timedelta(days=5))).rows[0] == whole
    by_site = {row.key["site"]: row for row in ask(scope, "chair_use", week, "site").rows}
    assert (by_site["LAK"].numerator, by_site["LAK"].denominator, by_site["LAK"].share) == (0, 0, None)
    assert list(by_site["LAK"].excluded.values()) == [1, 0, 0]
    with reading(scope) as db:
        assert [c.table for c in verify(scope, db) if c.differing] == []
