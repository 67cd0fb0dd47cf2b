"""The sessions page against the plain recount."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from flask import Flask

from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import assert_shares, by_key, page_tables
from webapp.domain.periods import Period
from webapp.queries.pages.sessions import step_of, step_period, year_before

STATUSES = ("completed", "stopped_early", "cancelled", "no_show", "scheduled")


@pytest.mark.parametrize("number", EVERY)
def test_over_time(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    period = Period(plain.start, plain.end)
    table = page_tables(network.scope, "sessions", network.search(number))["sessions_over_time"]
    phases = [plain.phase] if plain.phase else ["induction", "maintenance"]
    whole = 0
    for start, *cells in table.rows:
        assert isinstance(start, date)
        here, before = step_period(start, period), year_before(start, period)
        columns = dict(zip((column.key for column in table.columns[1:]), cells, strict=True))
        for phase in phases:
            now = sum(s["phase"] == phase for s in plain.delivered(here.start_on, here.end_on))
            whole += now
            assert columns[phase] == now or (columns[phase] is None and now == 0)
            then = sum(s["phase"] == phase for s in plain.delivered(before.start_on, before.end_on))
            last_year = columns.get(f"{phase}_last_year")
            assert last_year == then or (last_year is None and then == 0)
    assert whole == sum(1 for _ in plain.delivered()) > 0


def test_steps_by_length() -> None:
    first = date(2026, 1, 1)
    steps = [step_of(Period(first, first + timedelta(days=days))) for days in (1, 45, 46, 200, 201, 365)]
    assert steps == ["day", "day", "week", "week", "month", "month"]


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_the_step_that_is_asked_for(app: Flask, network: Network, step: str) -> None:
    plain = network.plain(1)
    table = page_tables(network.scope, "sessions", f"{network.search(1)}&step={step}")["sessions_over_time"]
    assert table.columns[0].key == step
    starts = table.column(step)
    assert all(isinstance(start, date) for start in starts)
    assert step == "day" or all(
        start.weekday() == 0 if step == "week" else start.day == 1 for start in starts if isinstance(start, date)
    )
    whole = sum(int(str(many or 0)) for phase in ("induction", "maintenance") for many in table.column(phase))
    assert whole == sum(1 for _ in plain.delivered())


@pytest.mark.parametrize("compare", ["", "&compare=last_year"])
@pytest.mark.parametrize("number", EVERY)
def test_what_changed(app: Flask, network: Network, number: int, compare: str) -> None:
    plain = network.plain(number)
    period = Period(plain.start, plain.end)
    other = period.year_before() if compare else period.previous()
    table = page_tables(network.scope, "sessions", network.search(number) + compare)["compared"]
    shown = by_key(table, "delivered", "induction", "maintenance", "n", "no_shows")
    for key, part in (("now", period), ("before", other)) if table.rows else ():
        given = list(plain.delivered(part.start_on, part.end_on))
        there = replace(plain, start=part.start_on, end=part.end_on)
        ready = list(there.held_ready())
        assert shown[key] == (
            len(given),
            sum(s["phase"] == "induction" for s in given),
            sum(s["phase"] == "maintenance" for s in given),
            len(ready),
            sum(s["status"] == "no_show" for s in ready),
        )
    assert_shares(table, "no_shows")


def test_without_a_comparison_nothing_is_compared(app: Flask, network: Network) -> None:
    assert "compared" not in page_tables(network.scope, "sessions", network.search(0) + "&compare=none")


def test_weeks_that_the_period_cuts_are_told(app: Flask, network: Network) -> None:
    table = page_tables(network.scope, "sessions", "?from=2026-03-11&to=2026-07-17")["sessions_over_time"]
    assert table.notes == ("Cut by the period: the first week holds 5 days and the last week holds 5 days.",)
    whole = page_tables(network.scope, "sessions", "?from=2026-03-09&to=2026-07-19")["sessions_over_time"]
    assert whole.notes == ()


@pytest.mark.parametrize("number", EVERY)
def test_by_status_and_site(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    tables = page_tables(network.scope, "sessions", network.search(number))
    outcomes = Counter(session["status"] for session in plain.sessions())
    assert by_key(tables["sessions_by_status"], "sessions") == {status: (outcomes[status],) for status in STATUSES}
    here = Counter((plain.sites[s["site_id"]], s["status"]) for s in plain.sessions())
    phases = Counter((plain.sites[s["site_id"]], s["phase"]) for s in plain.delivered())
    shown = by_key(tables["sessions_by_site"], "delivered", "induction", "maintenance", *STATUSES[1:])
    assert shown == {
        code: (
            here[code, "completed"] + here[code, "stopped_early"],
            phases[code, "induction"],
            phases[code, "maintenance"],
            *(here[code, status] for status in STATUSES[1:]),
        )
        for code in plain.sites.values()
    }


@pytest.mark.parametrize("number", EVERY)
def test_no_shows_and_indications(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    tables = page_tables(network.scope, "sessions", network.search(number))
    ready = Counter(plain.sites[s["site_id"]] for s in plain.held_ready())
    missed = Counter(plain.sites[s["site_id"]] for s in plain.held_ready() if s["status"] == "no_show")
    table = tables["no_shows_by_site"]
    assert by_key(table, "no_shows", "n") == {code: (missed[code], ready[code]) for code in plain.sites.values()}
    assert_shares(table, "no_shows")
    names = [str(name) for name in table.column("site")]
    assert names == sorted(names)
    given = Counter((s["course"]["indication"], s["phase"]) for s in plain.delivered())
    by_reason = Counter(s["course"]["indication"] for s in plain.held_ready())
    shown = by_key(tables["sessions_by_indication"], "induction", "maintenance", "n")
    assert set(by_reason) <= set(shown)
    for indication, (induction, booster, n) in shown.items():
        assert (induction, booster) == (given[indication, "induction"], given[indication, "maintenance"])
        assert n == by_reason[indication]
    assert_shares(tables["sessions_by_indication"], "no_shows")


@pytest.mark.parametrize("number", EVERY)
def test_by_weekday_and_hour(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    table = page_tables(network.scope, "sessions", network.search(number))["weekday_and_hour"]
    hours = Counter((s["on_date"].isoweekday(), s["local_hour"]) for s in plain.delivered())
    shown = {(weekday, hour): many for weekday, hour, many in table.rows}
    untimed = sum(many for (_, hour), many in hours.items() if hour is None)
    assert sum(int(str(many)) for many in shown.values()) + untimed + _elsewhere(table.notes) == sum(hours.values())
    if not _elsewhere(table.notes):
        assert all(shown.get(place, 0) == hours[place] for place in product(range(1, 8), range(24)))


def _elsewhere(notes: tuple[str, ...]) -> int:
    """Sessions that the table says it leaves out, since their course began at a site outside the choice."""
    return sum(int(note.split()[0]) for note in notes if "another site" in note)


def test_an_empty_period_shows_nothing_and_says_nothing_untrue(app: Flask, network: Network) -> None:
    tables = page_tables(network.scope, "sessions", "?from=2020-01-01&to=2020-01-31")
    assert tables["sessions_by_status"].rows == () and tables["no_shows_by_site"].rows == ()
    assert tables["sessions_over_time"].rows == () and tables["weekday_and_hour"].rows == ()
