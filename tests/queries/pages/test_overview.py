"""The overview's charts against the plain recount; a site's page draws the same for its own."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.domain.standing_replay import replay_standing
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import TODAY, page_tables
from tests.queries.pages.test_courses import started, state_of
from webapp.domain.accreditation import StandingRecord
from webapp.domain.periods import add_months
from webapp.domain.vocabulary import VALID_STANDINGS, RecordEvent
from webapp.transactions import reading

PAGES = ("overview", "site")


def address(network: Network, page: str, number: int) -> str:
    """What a page is asked: of a site's page, the first site of those that the address names."""
    search, code = network.search(number), min(network.plain(number).sites.values())
    if page != "site":
        return search
    return "&".join([*(part for part in search.split("&") if not part.startswith("site=")), f"site={code}"])


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("number", EVERY)
def test_sessions_by_week(app: Flask, network: Network, number: int, page: str) -> None:
    search = address(network, page, number)
    plain = network.plain_of(search)
    table = page_tables(network.scope, page, search)["sessions_by_week"]
    end = min(plain.end, TODAY + timedelta(days=1))
    monday = end - timedelta(days=end.weekday())
    days = (monday - timedelta(weeks=104), monday)
    weeks = Counter((week_of(s["on_date"]), s["phase"]) for s in plain.delivered(*days))
    first = min((week_of(s["on_date"]) for s in plain.sessions(*days)), default=monday)
    shown = zip(*(table.column(column.key) for column in table.columns), strict=True)
    expected = []
    for place in range(52, 0, -1):
        week = monday - timedelta(weeks=place)
        asked = [(then, phase) for then in (week, week - timedelta(weeks=52)) for phase in ("induction", "maintenance")]
        expected.append((week, *(weeks[key] if key[0] >= first else None for key in asked)))
    assert list(shown) == expected


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("number", EVERY)
def test_course_states(app: Flask, network: Network, number: int, page: str) -> None:
    search = address(network, page, number)
    plain = network.plain_of(search)
    end = add_months((plain.end - timedelta(days=1)).replace(day=1), 1)
    year = network.plain_of(search, add_months(end, -12), end)
    found = Counter((s.start.replace(day=1), state_of(year, s)) for s in started(network, year))
    table = page_tables(network.scope, page, search)["course_states"]
    names = [column.key for column in table.columns[1:]]
    shown = {(row[0], name): many for row in table.rows for name, many in zip(names, row[1:], strict=True)}
    assert {key: many for key, many in shown.items() if many} == dict(found)
    months = year.start_months(month for month, _ in found)
    assert list(dict.fromkeys(month for month, _ in shown)) == list(months)
    assert {month: many is not None for (month, _), many in shown.items()} == months


def test_what_lapses(app: Flask, network: Network) -> None:
    assert assert_what_lapses(network)


def assert_what_lapses(network: Network) -> int:
    """The panel holds each of them; how many there are."""
    expected = lapsing(network)
    table = page_tables(network.scope, "overview", network.search(0))["what_lapses"]
    columns = (table.column(name) for name in ("days_left", "what", "ends_on"))
    assert list(zip(*columns, table.row_keys or (), strict=True)) == expected
    return len(expected)


def lapsing(network: Network) -> list[tuple[int, str, date, str]]:
    """Each accreditation that is valid today and not so within a year, by a replay of its records: days left, what, last day, site."""
    said: dict[tuple[str, str], list[StandingRecord]] = defaultdict(list)
    with reading(network.scope) as db:
        for row in db.execute(text(RECORDS), {"today": TODAY}):
            corrected = RecordEvent(row.corrected_event) if row.corrected_event else None
            told = (row.id, RecordEvent(row.event), row.effective_on, row.until, row.recorded_at, row.replaces_id)
            said[row.site, row.what].append(StandingRecord(*told, corrected))
    found = []
    for (code, what), records in said.items():
        first = min(record.effective_on for record in records)
        valid = {on for on, standing in replay_standing(records, first, TODAY + YEAR) if standing in VALID_STANDINGS}
        lost = next((n for n in range(YEAR.days + 1) if TODAY + timedelta(days=n) not in valid), None)
        if lost:
            found.append((lost - 1, what, TODAY + timedelta(days=lost - 1), code))
    return sorted(found)


YEAR = timedelta(days=366)
RECORDS = """
    SELECT s.code AS site, v.name || ': ' || p.name AS what, r.id, r.event, r.effective_on, r.until, r.recorded_at,
        r.replaces_id, r.corrected_event
    FROM accreditation_record r JOIN site s ON s.id = r.site_id
    JOIN site_version v ON v.site_id = s.id AND v.superseded_by_batch_id IS NULL
    JOIN programme p ON p.id = r.programme_id WHERE v.closed_on IS NULL OR v.closed_on >= :today"""
