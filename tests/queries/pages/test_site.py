"""One site's page: what has changed since the period before, against the plain recount; and what needs somebody there."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.queries.pages.charted import october_outside
from tests.queries.pages.network import EVERY, Network
from tests.queries.pages.recounted import Plain, by_key, page_ground, page_tables
from tests.queries.pages.test_side_effects import enough
from webapp.domain.intervals import newcombe_difference
from webapp.presentation import formats
from webapp.queries.attention import fetch_attention
from webapp.transactions import reading

NOW, BEFORE = (date(2026, 10, 1), date(2026, 11, 1)), (date(2026, 9, 1), date(2026, 10, 1))
SITES = ("code", "data_through", "sessions", "screened")
OCTOBER = "?from=2026-10-01&to=2026-10-31&site={}"


def plain_shares(plain: Plain, site: Any, days: tuple[date, date]) -> dict[str, tuple[int, int]]:
    """Measure -> numerator and denominator at one site."""
    at_site = [s for s in plain.sessions(*days) if s["site_id"] == site]
    delivered = [s for s in at_site if s["status"] in ("completed", "stopped_early")]
    screened = [s for s in delivered if s["session_id"] in plain.facts.screens]
    missed = [s for s in at_site if s["status"] == "no_show"]
    late = [
        s
        for s in at_site
        if s["status"] == "cancelled" and s["cancelled_at"] and s["booked_at"] - s["cancelled_at"] < timedelta(days=1)
    ]
    return {
        "session_count": (len(delivered), 0),
        "no_show_rate": (len(missed), len(delivered) + len(missed) + len(late)),
        "screening_coverage": (len(screened), len(delivered)),
        "side_effect_rate": (sum(bool(plain.facts.effects.get(s["session_id"])) for s in screened), len(screened)),
    }


def test_what_changed_is_recounted_and_said_only_where_chance_does_not_explain_it(app: Flask, network: Network) -> None:
    read = assert_what_changed(network)
    assert read["no clear change"] and read["not comparable"]


def assert_what_changed(network: Network) -> Counter[str]:
    """At each site; how often it reads how."""
    plain = network.plain(0)
    read = Counter[str]()
    for site, code in network.facts.sites.items():
        table = page_tables(network.scope, "site", OCTOBER.format(code))["since_before"]
        rows = by_key(table, "now", "before", "change", "reads")
        assert len(rows) == 7
        now, before = (plain_shares(plain, site, days) for days in (NOW, BEFORE))
        for place, counts in enumerate((now, before)):
            assert str(rows["session_count"][place]).startswith(formats.plural(counts["session_count"][0], "session"))
        for measure in ("no_show_rate", "screening_coverage", "side_effect_rate"):
            (k1, n1), (k2, n2) = now[measure], before[measure]
            said = rows[measure]
            given = [counts["session_count"][0] for counts in (now, before)]
            told = [formats.rate(k / n, n) if n else formats.MISSING for k, n in ((k1, n1), (k2, n2))]
            if measure == "side_effect_rate":
                told = [
                    f"not enough screening: {n} of {many}" if many and not enough(n, many) else rate
                    for rate, n, many in zip(told, (n1, n2), given, strict=True)
                ]
            assert said[:2] == tuple(told)
            is_known = {str(said[2]).split(":")[0]} & {"no clear change", "not comparable"}
            read[is_known.pop() if is_known else "moved"] += 1
            if measure == "side_effect_rate" and not (enough(n1, given[0]) and enough(n2, given[1])):
                assert said[2:] == ("not comparable: not enough screening", "")
                continue
            if not n1 or not n2:
                assert said[2:] == ("not comparable", "")
                continue
            difference = newcombe_difference(k1, n1, k2, n2)
            if difference is not None and not difference.is_clear:  # on n; on the smaller effective number the less so
                assert said[2:] == ("no clear change", "")
    return read


@pytest.mark.parametrize("number", EVERY)
def test_every_site_with_what_it_reports(app: Flask, network: Network, number: int) -> None:
    plain = network.plain(number)
    sessions = Counter(plain.sites[session["site_id"]] for session in plain.delivered())
    screened = Counter(plain.sites[session["site_id"]] for session in plain.screened())
    shown = by_key(page_tables(network.scope, "site", network.search(number))["sites"], *SITES)
    assert shown == {
        code: (code, plain.clock(site), sessions[code], screened[code] / sessions[code] if sessions[code] else None)
        for site, code in plain.sites.items()
    }


def test_days_when_the_site_is_closed_do_not_count(app: Flask, network: Network) -> None:
    site, code = min(network.facts.sites.items(), key=lambda item: item[1])
    with reading(network.scope) as db:
        hours = db.execute(
            text("SELECT opening_hours FROM site_version WHERE site_id = :site AND superseded_by_batch_id IS NULL"),
            {"site": site},
        ).scalar_one()
    (told,) = by_key(page_tables(network.scope, "site", OCTOBER.format(code))["since_before"], "now")["session_count"]
    days = (NOW[0] + timedelta(days=n) for n in range(31))
    weekdays = [day for day in days if day.weekday() < 5]
    saturdays = [NOW[0] + timedelta(days=n) for n in range(31) if (NOW[0] + timedelta(days=n)).weekday() == 5]
    expected = len(weekdays) + (len(saturdays) if "sat" in hours.lower() else 0)
    assert str(told).endswith(f"on {expected} opening days"), hours


def test_nothing_is_compared_when_nothing_is_asked_for(app: Flask, network: Network) -> None:
    code = min(network.facts.sites.values())
    assert "since_before" not in page_tables(network.scope, "site", f"{OCTOBER.format(code)}&compare=none")


def test_a_site_that_left_its_own_limits_needs_somebody(app: Flask) -> None:
    with page_ground(october_outside(), "overview", "?from=2026-10-01&to=2026-10-31") as ground:
        items = [item for item in fetch_attention(ground).items if item.kind == "Change"]
        for today, is_news in ((date(2026, 12, 31), True), (date(2027, 1, 1), False)):
            later = fetch_attention(replace(ground, today=today)).items
            assert bool([item for item in later if item.kind == "Change"]) is is_news
    (item,) = items
    assert (item.site.code, item.term, item.alone) == ("RIV", "dissociation", True)
    assert "**60.0 %** of 30 screened sessions in Oct 2026, above the control limit of" in item.sentence
    assert item.sentence.endswith("around the site's own 20.0 %.")


@pytest.mark.parametrize("compare", ["last_year", "previous"])
def test_the_two_periods_are_named(app: Flask, network: Network, compare: str) -> None:
    code = min(network.facts.sites.values())
    table = page_tables(network.scope, "site", f"{OCTOBER.format(code)}&compare={compare}")["since_before"]
    assert ("2025" in table.subtitle) == (compare == "last_year")
