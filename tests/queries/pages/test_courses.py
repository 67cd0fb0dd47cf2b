"""The courses page against the plain recount: the day-by-day replay of every course."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import TODAY, Plain, Started, assert_shares, by_key, page_tables
from webapp.domain.vocabulary import CourseState, Role

COMPLETED = ("completed_on_time", "completed_late")
Part = tuple[Any, date]


def started(network: Network, plain: Plain) -> list[Started]:
    """Courses started in the period at the sites asked for. Courses have no phase."""
    return [
        spell
        for spell in network.spells
        if plain.start <= spell.start < plain.end
        and spell.course["site_id"] in plain.sites
        and plain.indication in (None, spell.course["indication"])
    ]


def state_of(plain: Plain, spell: Started) -> str:
    return spell.state if spell.end <= plain.clock(spell.course["site_id"]) else "open"


def closed_parts(plain: Plain, spells: Sequence[Started]) -> dict[Part, bool]:
    """Each site's start month, and whether its last start has reached its horizon by the site's clock."""
    last: dict[Part, date] = defaultdict(lambda: date.min)
    for spell in spells:
        part = part_of(spell)
        last[part] = max(last[part], spell.start + timedelta(days=spell.horizon))
    return {part: day <= plain.clock(part[0]) for part, day in last.items()}


def part_of(spell: Started) -> Part:
    return spell.course["site_id"], spell.start.replace(day=1)


@pytest.mark.parametrize("number", EVERY)
def test_states_by_start_month(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    found = Counter((s.start.replace(day=1), state_of(plain, s)) for s in started(network, plain))
    table = page_tables(network.scope, "courses", network.search(number))["course_states"]
    shown = {
        (month, column.key): many
        for month, *cells in table.rows
        for column, many in zip(table.columns[1:], cells, strict=True)
    }
    assert {key: many for key, many in shown.items() if many} == dict(found)
    months = plain.start_months(month for month, _ in found)
    assert [row[0] for row in table.rows] == list(months)
    assert {month: many is not None for (month, _), many in shown.items()} == months


@pytest.mark.parametrize("number", EVERY)
def test_completion_by_month(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    courses = started(network, plain)
    closed = closed_parts(plain, courses)
    table = page_tables(network.scope, "courses", network.search(number))["completion_by_month"]
    shown = by_key(table, "rate", "open_low", "open_high", "cohort", "started", "completed")
    months = plain.start_months(spell.start.replace(day=1) for spell in courses)
    assert list(shown) == [month.isoformat() for month in months]
    for month, known in months.items():
        here = [spell for spell in courses if spell.start.replace(day=1) == month]
        if not here:
            counted = 0 if known else None
            assert shown[month.isoformat()] == (None, None, None, None, counted, counted)
            continue
        done = sum(state_of(plain, spell) in COMPLETED for spell in here)
        still = sum(state_of(plain, spell) == "open" for spell in here)
        is_closed = all(closed[part_of(spell)] for spell in here)
        rate, low, high, cohort, many, completed = shown[month.isoformat()]
        assert (cohort, many, completed) == ("closed" if is_closed else "open", len(here), done)
        expected = (done / len(here), None, None) if is_closed else (None, done / len(here), (done + still) / len(here))
        assert (rate, low, high) == pytest.approx(expected)


@pytest.mark.parametrize("number", EVERY)
def test_completion_by_site_and_drop_off(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    courses = started(network, plain)
    closed = closed_parts(plain, courses)
    final = [spell for spell in courses if closed[part_of(spell)]]
    tables = page_tables(network.scope, "courses", network.search(number))
    by_site = by_key(tables["completion_by_site"], "n", "completed", "not_closed")
    for site, code in plain.sites.items() if courses else ():
        here = [spell for spell in final if spell.course["site_id"] == site]
        done = sum(state_of(plain, spell) in COMPLETED for spell in here)
        everything = sum(spell.course["site_id"] == site for spell in courses)
        assert by_site[code] == (len(here), done, everything - len(here))
    if courses:
        assert_shares(tables["completion_by_site"], "completed")
    drop_off = tables["drop_off"]
    assert len(drop_off.rows) == max((spell.planned for spell in final), default=0)
    for infusion, many, of in zip(*(drop_off.column(key) for key in ("infusion", "reached", "started")), strict=True):
        among = [spell for spell in final if spell.planned >= int(str(infusion))]
        assert (many, of) == (sum(spell.reached >= int(str(infusion)) for spell in among), len(among))
    assert_shares(drop_off, "reached", rate="share", n="started")


def followed(plain: Plain, spells: Sequence[Started]) -> list[tuple[Started, int, str]]:
    """Each course with the day up to which it is followed, and what ended it there; those not begun by the clock are left out."""
    found = []
    for spell in spells:
        clock = plain.clock(spell.course["site_id"])
        if spell.start <= clock:
            found.append((spell, (min(spell.end, clock) - spell.start).days, state_of(plain, spell)))
    return found


def incidence(courses: Sequence[tuple[int, bool, bool]], day: int) -> float:
    """The probability that the event came first by that day, one course at a time.

    courses: the day up to which each was followed, whether the event came then, whether anything did.
    """
    surviving, probability = 1.0, 0.0
    for on in range(day + 1):
        at_risk = sum(last >= on for last, *_ in courses)
        if at_risk:
            probability += surviving * sum(last == on and event for last, event, _ in courses) / at_risk
            surviving *= 1 - sum(last == on and ended for last, _, ended in courses) / at_risk
    return probability


CAUSES = {
    "completed": COMPLETED,
    "stopped": ("stopped_response", "stopped_other"),
    "transferred": ("transferred",),
    "lapsed": ("lapsed",),
}


@pytest.mark.parametrize("number", EVERY)
def test_completion_by_day(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    courses = followed(plain, started(network, plain))
    table = page_tables(network.scope, "courses", network.search(number))["completion_by_day"]
    horizon = max((spell.horizon for spell, *_ in courses), default=-1)
    ending = {state for states in CAUSES.values() for state in states}
    lasts = [horizon if state == "open_at_horizon" else last for _, last, state in courses]
    assert table.column("day") == list(range(horizon + 1)) if courses else table.rows == ()
    for cause, states in CAUSES.items():
        told = [(last, state in states, state in ending) for last, (_, _, state) in zip(lasts, courses, strict=True)]
        for day in (0, 13, 21, 40, horizon) if courses else ():
            shown, low, high = (table.column(f"{cause}{bound}")[day] for bound in ("", "_low", "_high"))
            assert isinstance(shown, float)
            assert shown == pytest.approx(incidence(told, day), abs=1e-12)
            if 1e-9 < shown < 1 - 1e-9:
                assert isinstance(low, float) and isinstance(high, float)
                assert 0 <= low < shown < high <= 1
            else:
                assert (low, high) == (None, None)
    for day, many in enumerate(table.column("at_risk")):
        assert many == sum(last >= day for last in lasts)


@pytest.mark.parametrize("number", EVERY)
def test_drop_off_of_open_cohorts(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    courses = started(network, plain)
    closed = closed_parts(plain, courses)
    now = followed(plain, [spell for spell in courses if not closed[part_of(spell)]])
    table = page_tables(network.scope, "courses", network.search(number))["drop_off_so_far"]
    assert len(table.rows) == max((spell.planned for spell, *_ in now), default=0)
    for infusion, share, low, high, reached, many in zip(
        *(table.column(key) for key in ("infusion", "share", "low", "high", "reached", "started")), strict=True
    ):
        k = int(str(infusion))
        told = []
        for spell, last, state in now:
            days = [(session["on_date"] - spell.start).days for session in spell.sessions]
            had = len(days) >= k and days[k - 1] <= (plain.clock(spell.course["site_id"]) - spell.start).days
            if spell.planned >= k:
                told.append((days[k - 1], True, True) if had else (last, False, state != "open"))
        assert (reached, many) == (sum(event for _, event, _ in told), len(told))
        horizon = max(spell.horizon for spell, *_ in now if spell.planned >= k)
        assert share == pytest.approx(incidence(told, horizon), abs=1e-12)
        assert (low is None) == (high is None) == (not 1e-9 < float(str(share)) < 1 - 1e-9)


@pytest.mark.parametrize("number", EVERY)
def test_reasons_for_stopping(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    stopped = [s for s in started(network, plain) if state_of(plain, s).startswith("stopped")]
    reasons = Counter(spell.reason or "none" for spell in stopped)
    table = page_tables(network.scope, "courses", network.search(number))["stop_reasons"]
    assert {key: many for key, (many,) in by_key(table, "courses").items()} == dict(reasons)


@pytest.mark.parametrize("number", EVERY)
def test_who_is_due(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    expected = []
    for spell in network.spells:
        site = spell.course["site_id"]
        clock = plain.clock(site)
        open_now = spell.start <= clock < spell.end and site in plain.sites
        had = sum(
            session["on_date"] <= clock for session in spell.sessions
        )  # one may be newer, at a site that tells more
        if open_now and plain.indication in (None, spell.course["indication"]) and had < spell.planned:
            window = spell.start + timedelta(days=spell.window)
            expected.append((spell.start, had + 1, spell.planned, window, (window - clock).days, clock))
    table = page_tables(network.scope, "courses", network.search(number))["due_list"]
    keys = ("start_on", "infusion_due", "planned", "window_ends_on", "days_left", "clock")
    shown = list(zip(*(table.column(key) for key in keys), strict=True))
    assert sorted(map(str, shown)) == sorted(map(str, expected))
    assert [int(str(row[4])) for row in shown] == sorted(int(str(row[4])) for row in shown)
    assert all(str(name).startswith("P-") for name in table.column("pseudonym"))


def test_who_was_due_on_a_past_day(app: Flask, network: Network) -> None:
    """Sessions after the day asked for do not count, though they are known now."""
    on = date(2026, 9, 15)
    plain = network.plain(0)
    expected = []
    for spell in network.spells:
        clock = min(on, plain.clock(spell.course["site_id"]))
        had = sum(session["on_date"] <= clock for session in spell.sessions)
        if spell.start <= clock < spell.end and had < spell.planned:
            expected.append((spell.start, had + 1))
    table = page_tables(network.scope, "courses", f"{network.search(0)}&as_of={on}")["due_list"]
    assert sorted(zip(table.column("start_on"), table.column("infusion_due"), strict=True)) == sorted(expected)
    assert expected


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COMPLIANCE])
def test_who_may_not_see_patients_reads_states_and_starts_alone(app: Flask, network: Network, role: Role) -> None:
    """Each day of a curve, each step and each reason rests on few patients and follows from its neighbours by subtraction:
    they get only counts that were weighed together (decisions 0021 and 0024)."""
    tables = page_tables(replace(network.scope, role=role), "courses", "?from=2026-10-01&to=2026-10-31")
    assert set(tables) == {"course_states", "courses_by_site"}


def test_all_states_are_columns_and_today_is_within_the_data(network: Network) -> None:
    assert {spell.state for spell in network.spells} <= {state.value for state in CourseState}
    assert max(spell.start for spell in network.spells) <= TODAY
