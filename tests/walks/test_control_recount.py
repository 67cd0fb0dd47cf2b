"""No real source is long enough for a control chart: a made network is, and its charts equal the recount that the real ones pass."""

from datetime import date

import pytest
from flask import Flask

from tests.queries.pages.charted import TWO_YEARS, Months, month_of_sessions, stored, two_years
from tests.queries.pages.recounted import TODAY, by_key, page_tables
from tests.walks.recount import control
from tests.walks.recount.registry import assert_recounted
from tests.walks.recount.source import Asked, Effect, Given, Source
from webapp.domain.scope import Scope

OCTOBER, AUGUST = (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 8, 1), date(2026, 8, 15))


@pytest.fixture(scope="module")
def made(session_app: Flask) -> Scope:
    with session_app.app_context():
        return stored(two_years(), TWO_YEARS)


def read(months: Months, *sites: str) -> Source:
    """What was stored, as the raw files of a source would be read."""
    given: dict[str, Given] = {}
    for site, of_site in months.items():
        for place, (hits, way) in enumerate(of_site):
            for name, record in month_of_sessions(site, place, hits, way, TWO_YEARS):
                key = record["key"]
                if name == "sessions":
                    given[key] = Given(site, key, record["on_date"], 1, way)
                elif name == "side_effects":
                    effect = Effect(record["term"], record["severity"])
                    given[key] = Given(site, key, given[key].on, 1, way, effects=(effect,))
    names = {site: f"Site {site}" for site in sites or months}
    return Source(names, max(each.on for each in given.values()), "Depression", list(given.values()), [])


@pytest.mark.parametrize("period", [OCTOBER, AUGUST], ids=["October", "the first half of August"])
def test_each_chart_equals_its_recount(app: Flask, made: Scope, period: tuple[date, date]) -> None:
    months = two_years()
    search = f"?from={period[0]}&to={period[1]}"
    assert_recounted(page_tables(made, "side-effects", search)["control_by_site"], Asked(read(months), *period, TODAY))
    for site in ("RUN", "OUT", "GAP"):
        chart = page_tables(made, "side-effects", f"{search}&site={site}")["control_chart"]
        assert chart.rows
        assert_recounted(chart, Asked(read(months, site), *period, TODAY))


def test_what_the_made_charts_say(app: Flask, made: Scope) -> None:
    """So that the recount was asked for every way in which a chart reads."""
    table = page_tables(made, "side-effects", f"?from={OCTOBER[0]}&to={OCTOBER[1]}")["control_by_site"]
    assert by_key(table, "standing") == {
        "GAP": ("steady",),
        "NEW": (f"no limits yet: 11 of {control.BASELINE} eligible months",),
        "OUT": ("below the limit",),
        "RUN": ("10 months in a row above",),
    }
    charts = {
        site: page_tables(made, "side-effects", f"?from={OCTOBER[0]}&to={OCTOBER[1]}&site={site}")["control_chart"]
        for site in ("RUN", "OUT", "GAP")
    }
    read_as = {site: set(chart.column("standing")) for site, chart in charts.items()}
    assert read_as["RUN"] == {"inside", "part of a run"}
    assert read_as["OUT"] == {"inside", "beyond the limit"}
    assert read_as["GAP"] == {"inside", "not compared", "beyond the limit"}
