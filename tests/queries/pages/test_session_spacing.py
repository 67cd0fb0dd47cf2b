"""The sessions page's panels of time, chairs and dose, recounted one session at a time."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.queries import recount
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import Plain, Row, assert_shares, by_key, is_late, page_tables
from webapp.domain.intake.opening_hours import read_week
from webapp.domain.scope import Scope
from webapp.presentation import formats
from webapp.queries.pages.chairs import NOT_NARROWED
from webapp.transactions import reading

STEP = Decimal("0.05")


@pytest.fixture(scope="module")
def protocols(session_app: Flask, network: Network) -> list[Row]:
    with session_app.app_context():
        return current(network.scope, "protocol_version")


def current(scope: Scope, table: str) -> list[Row]:
    with reading(scope) as db:
        statement = f"SELECT * FROM {table} WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
        return [dict(row._mapping) for row in db.execute(text(statement))]


def in_order(plain: Plain) -> dict[Any, list[Row]]:
    """The delivered sessions of every course in time order, whatever the filters."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for session in plain.facts.sessions:
        if session["status"] in recount.DELIVERED:
            found[session["course_id"]].append(session)
    for sessions in found.values():
        sessions.sort(key=lambda s: (s["on_date"], s["started_at"] is not None, s["started_at"], s["session_id"]))
    return found


def with_days_before(plain: Plain) -> Iterator[tuple[Row, int | None]]:
    """Each delivered session that the filters leave, with the days since the one before it in its course."""
    before: dict[Any, date] = {}
    for sessions in in_order(plain).values():
        for earlier, later in itertools.pairwise(sessions):
            before[later["session_id"]] = earlier["on_date"]
    for session in plain.delivered():
        last = before.get(session["session_id"])
        yield session, (session["on_date"] - last).days if last else None


def at_most(values: list[int], quarters: int) -> int:
    """The smallest of the values that so many quarters of them do not exceed."""
    return next(value for value in sorted(values) if 4 * sum(v <= value for v in values) >= quarters * len(values))


@pytest.mark.parametrize("number", EVERY)
def test_days_between(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    values: dict[str, list[int]] = {"approval": [], "gap": [], "booster": []}
    after = unknown = 0
    firsts = {
        next(s["session_id"] for s in sessions if s["phase"] == "induction")
        for sessions in in_order(plain).values()
        if any(s["phase"] == "induction" for s in sessions)
    }
    for session, days in with_days_before(plain):
        if session["infusion"] > 1 and days is not None:
            values["gap"].append(days)
        if session["phase"] == "maintenance" and days is not None:
            values["booster"].append(days)
        if session["session_id"] in firsts:
            approved = session["course"]["approved_on"]
            wait = None if approved is None else (session["on_date"] - approved).days
            unknown += wait is None
            after += wait is not None and wait < 0
            values["approval"] += [wait] if wait is not None and wait >= 0 else []
    tables = page_tables(network.scope, "sessions", network.search(number))
    shown = by_key(tables["spaces"], "first", "median", "third", "n")
    for what, days_of in values.items():
        told = [at_most(days_of, quarters) for quarters in (1, 2, 3)] if days_of else [None] * 3
        assert shown[what] == (*told, len(days_of))
    assert by_key(tables["spaces"], "after", "unknown")["approval"] == (after, unknown)
    gaps = Counter(str(days) if days <= 28 else "beyond" for days in values["gap"])
    assert {key: many for key, (many,) in by_key(tables["gaps"], "infusions").items() if many} == gaps


@pytest.mark.parametrize("number", EVERY)
def test_doses_by_weight(app: Flask, network: Network, number: int, protocols: list[Row]) -> None:
    plain = network.plain(number)
    steps: Counter[tuple[int, str]] = Counter()
    by_site: Counter[tuple[str, str]] = Counter()
    site_steps: dict[str, list[int]] = defaultdict(list)
    for session in plain.delivered():
        site = plain.sites[session["site_id"]]
        if session["dose_mg"] is None or not session["weight_kg"]:
            by_site[site, "dose_unknown"] += 1
            continue
        per_kg = session["dose_mg"] / session["weight_kg"]
        step = int(per_kg // STEP)
        where = standing(protocols, session, per_kg)
        steps[step, where] += 1
        by_site[site, where] += 1
        site_steps[site].append(step)
    tables = page_tables(network.scope, "sessions", network.search(number))
    doses = tables["doses"]
    shown = {
        (int(key), column.key): many
        for key, row in zip(doses.row_keys, doses.rows, strict=True)
        for column, many in zip(doses.columns[1:], row[1:], strict=True)
    }
    assert {key: many for key, many in shown.items() if many} == steps
    kinds = ("dose_below", "dose_within", "dose_above", "dose_no_range", "dose_unknown")
    for code, cells in by_key(tables["dose_by_site"], "median", *kinds).items():
        assert cells[1:] == tuple(by_site[code, kind] for kind in kinds)
        assert cells[0] == (pytest.approx(at_most(site_steps[code], 2) * 0.05) if site_steps[code] else None)


def standing(protocols: list[Row], session: Row, per_kg: Decimal) -> str:
    ours = [
        p
        for p in protocols
        if (p["indication"], p["product"]) == (session["course"]["indication"], session["course"]["product"])
        and p["valid_from"] <= session["on_date"]
    ]
    newest = max(ours, key=lambda p: (p["valid_from"], p["protocol_id"]), default=None)
    low, high = (newest["dose_low_mg_per_kg"], newest["dose_high_mg_per_kg"]) if newest else (None, None)
    if low is None and high is None:
        return "dose_no_range"
    if low is not None and per_kg < low:
        return "dose_below"
    return "dose_above" if high is not None and per_kg > high else "dose_within"


@pytest.mark.parametrize("number", EVERY)
def test_what_follows_a_completion(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    sessions = in_order(plain)
    followed: Counter[int] = Counter()
    returned: Counter[int] = Counter()
    boosters: Counter[int] = Counter()
    for spell in network.spells:
        site = spell.course["site_id"]
        wanted = spell.state.startswith("completed") and plain.start <= spell.end < plain.end and site in plain.sites
        if not wanted or plain.indication not in (None, spell.course["indication"]):
            continue
        later = [s for s in sessions[spell.course["course_id"]] if s["on_date"] > spell.end]
        for days in (30, 90):
            if spell.end + timedelta(days=days) <= plain.clock(site):
                followed[days] += 1
                returned[days] += any(s["on_date"] <= spell.end + timedelta(days=days) for s in later)
        if spell.end + timedelta(days=90) <= plain.clock(site):
            boosters[sum(s["phase"] == "maintenance" and (s["on_date"] - spell.end).days <= 90 for s in later)] += 1
    tables = page_tables(network.scope, "sessions", network.search(number))
    if tables["returns"].rows:
        expected = {str(days): (returned[days], followed[days]) for days in (30, 90)}
        assert by_key(tables["returns"], "returned", "n") == expected
        assert_shares(tables["returns"], "returned")
    else:
        assert not followed
    assert {key: many for key, (many,) in by_key(tables["boosters"], "courses").items()} == {
        str(number): many for number, many in boosters.items()
    }


@pytest.mark.parametrize("number", EVERY)
def test_use_of_chairs(app: Flask, network: Network, number: int) -> None:
    """Of all sessions whatever is filtered by, over the days of which each site's data tell."""
    plain = network.plain(number)
    booked: Counter[str] = Counter()
    for session in replace(plain, indication=None, phase=None).sessions():
        held = session["status"] in (*recount.DELIVERED, "no_show") or is_late(session)
        booked[plain.sites[session["site_id"]]] += (session["booked_minutes"] or 0) if held else 0
    table = page_tables(network.scope, "sessions", network.search(number))["chair_use"]
    shown = by_key(table, "use", "booked", "ready", "free")
    filtered = plain.indication is not None or plain.phase is not None
    assert (NOT_NARROWED in table.notes) == filtered
    sites = {row["site_id"]: row for row in current(network.scope, "site_version")}
    late = sum(
        plain.clock(site_id) < plain.end - timedelta(days=1)
        for site_id in plain.sites
        if sites[site_id]["chairs"] and sites[site_id]["opening_hours"]
    )
    said = f"At {formats.plural(late, 'site')} the data end before the period: later days are not counted."
    assert [note for note in table.notes if "data end before" in note] == ([said] if late else [])
    for site_id, code in plain.sites.items():
        site = sites[site_id]
        assert shown[code][1] == pytest.approx(booked[code] / 60)
        if not site["chairs"] or not site["opening_hours"]:
            assert shown[code][0] is None
            continue
        week = read_week(site["opening_hours"])
        ready, day = 0, plain.start
        while day < plain.end and day <= plain.clock(site_id):
            if (site["opened_on"] or day) <= day <= (site["closed_on"] or day):
                ready += site["chairs"] * sum(end - start for start, end in week[day.weekday()])
            day += timedelta(days=1)
        use = booked[code] / ready if ready else None
        assert shown[code] == pytest.approx((use, booked[code] / 60, ready / 60, max(0, ready - booked[code]) / 60))
