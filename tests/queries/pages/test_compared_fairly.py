"""What is not compared, or without a verdict: too little screening on one side, a site that began in between, a count under filters."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.queries.pages.charted import sessions_of, stored_of
from tests.queries.pages.recounted import by_key, page_ground, page_tables
from webapp.domain.periods import Period, month_period
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.attention import fetch_attention
from webapp.queries.pages.headlines import fetch_headlines, has_sent_both, weekdays
from webapp.queries.pages.since import NO_CLEAR_CHANGE

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
SEARCH = "?from={0}-01&to={0}-{1}"
IN_OCTOBER = SEARCH.format("2026-10", "31")
IN_SEPTEMBER = SEARCH.format("2026-09", "30")
TOO_LITTLE = "not comparable: not enough screening"


@pytest.fixture
def thin(app: Flask) -> Scope:
    """Three quarters were screened in September, all in August and October; the rates are far apart."""
    return stored_of(
        "Compared",
        sessions_of("THN", month_period(date(2026, 8, 1)), 60, 60, 15),
        sessions_of("THN", month_period(SEPTEMBER), 60, 45, 30),
        sessions_of("THN", month_period(OCTOBER), 60, 60, 15),
    )


def test_a_rate_is_not_compared_with_one_of_too_little_screening(thin: Scope) -> None:
    with page_ground(thin, "overview", IN_OCTOBER) as ground:
        effects = fetch_headlines(ground)[2]
    assert effects.value == "25.0 %" and effects.movement is not None
    assert (effects.movement.sign, effects.movement.amount) == ("unjudged", "")
    assert effects.movement.words == f"{TOO_LITTLE} in 1 Sep 2026 to 30 Sep 2026"
    assert effects.series[-2:] == (None, 0.25)
    with page_ground(thin, "overview", f"{IN_SEPTEMBER}") as ground:
        effects = fetch_headlines(ground)[2]
    assert (effects.value, effects.movement) == ("not enough screening", None)


def test_a_sites_page_says_which_side_was_screened_too_little(thin: Scope) -> None:
    tables = page_tables(thin, "site", f"{IN_OCTOBER}&site=THN")
    rows = by_key(tables["since_before"], "now", "before", "change", "reads")
    assert rows["side_effect_rate"] == ("25.0 % of 60", "not enough screening: 45 of 60", TOO_LITTLE, "")
    earlier = page_tables(thin, "site", f"{IN_SEPTEMBER}&site=THN")["since_before"]
    said = by_key(earlier, "now", "before", "change", "reads")["side_effect_rate"]
    assert said == ("not enough screening: 45 of 60", "25.0 % of 60", TOO_LITTLE, "")
    months = by_key(tables["side_effects_by_month"], "any", "any_low", "n")
    assert months["2026-09-01"] == (None, None, 45)
    assert months["2026-10-01"][0] == 0.25


@pytest.mark.parametrize(("search", "note"), [(IN_SEPTEMBER, "not enough screening"), (IN_OCTOBER, "")])
def test_an_infusion_screened_too_little_has_no_rate(thin: Scope, search: str, note: str) -> None:
    found = by_key(page_tables(thin, "side-effects", search)["side_effects_by_infusion"], "rate", "standing")
    assert found["1"][1] == note and (found["1"][0] is None) == bool(note)


@pytest.mark.parametrize(("search", "note"), [(IN_SEPTEMBER, "not enough screening"), (IN_OCTOBER, "")])
def test_nor_has_it_for_readers_without_rows(thin: Scope, search: str, note: str) -> None:
    tables = page_tables(replace(thin, role=Role.VIEWER), "side-effects", search)
    for key, row in (("side_effects_by_site", "THN"), ("side_effects_by_term", "any")):
        rate, n, said = by_key(tables[key], "rate", "n", "standing")[row]
        assert isinstance(n, int) and said == note and (rate is None) == bool(note)


def test_a_site_that_began_within_the_earlier_period_is_not_in_both(app: Flask) -> None:
    late = Period(date(2026, 9, 20), date(2026, 10, 1))
    scope = stored_of(
        "Compared",
        *(sessions_of("OLD", month_period(month), 60, 60, 6) for month in (SEPTEMBER, OCTOBER)),
        *(sessions_of("NEW", days, many, many, 6) for days, many in ((late, 30), (month_period(OCTOBER), 300))),
    )
    with page_ground(scope, "overview", IN_OCTOBER) as ground:
        moved = fetch_headlines(ground)[0].movement
        (old,) = (site for site in ground.sites if site.code == "OLD")
        until = replace(ground, today=date(2026, 10, 20))
        assert has_sent_both(ground, old, month_period(SEPTEMBER))
        for known in ({"opened_on": date(2026, 9, 2)}, {"data_through": date(2026, 10, 30)}, {"data_through": None}):
            assert not has_sent_both(ground, replace(old, **known), month_period(SEPTEMBER)), known
        for day, sent in ((19, False), (20, True)):  # of days that are still to come nobody sends anything
            as_far = replace(old, data_through=date(2026, 10, day))
            assert has_sent_both(until, as_far, month_period(SEPTEMBER)) is sent
    assert moved is not None and moved.sign == "none" and moved.words.endswith(", 1 site in both")
    for site, said in (("OLD", NO_CLEAR_CHANGE), ("NEW", "not comparable")):
        rows = by_key(page_tables(scope, "site", f"{IN_OCTOBER}&site={site}")["since_before"], "change", "reads")
        assert rows["session_count"] == (said, "")


@pytest.mark.parametrize(("each", "sign"), [(1, "moved"), (6, "none")])
def test_sessions_of_the_same_patients_make_a_change_less_clear(app: Flask, each: int, sign: str) -> None:
    """204 after 150 is beyond chance where each has a patient of its own, and not where six share one."""
    scope = stored_of(
        "Compared", *(sessions_of("ONE", month_period(m), n, n, 6, each) for m, n in ((SEPTEMBER, 150), (OCTOBER, 204)))
    )
    with page_ground(scope, "overview", IN_OCTOBER) as ground:
        moved = fetch_headlines(ground)[0].movement
        assert ground.design_effect("session_count") == each
    assert moved is not None and moved.sign == sign
    told = f"{moved.amount} {moved.words}".strip()
    assert told.startswith("36.0 % more per weekday than 1 Sep 2026 to 30 Sep 2026"), "22 weekdays in either month"
    rows = by_key(page_tables(scope, "site", f"{IN_OCTOBER}&site=ONE")["since_before"], "change", "reads")
    change, reads = rows["session_count"]
    assert (reads == "changed") == (sign == "moved") and (change == NO_CLEAR_CHANGE) == (sign == "none")
    with page_ground(scope, "overview", f"{IN_OCTOBER}&phase=induction") as ground:
        moved = fetch_headlines(ground)[0].movement
    assert moved is not None and moved.sign == "unjudged" and moved.words.endswith("to see whether chance explains it")
    narrowed = page_tables(scope, "site", f"{IN_OCTOBER}&site=ONE&phase=induction")["since_before"]
    assert by_key(narrowed, "reads")["session_count"] == ("",)
    (said, *_) = page_tables(scope, "sessions", f"{IN_OCTOBER}&phase=induction")["compared"].notes
    assert said.endswith("to see whether chance explains it.")


def test_weekdays_are_from_monday_to_friday() -> None:
    friday, saturday, tuesday = date(2026, 10, 2), date(2026, 10, 3), date(2026, 10, 6)
    asked = (
        Period(friday, tuesday),
        Period(saturday, date(2026, 10, 5)),
        month_period(OCTOBER),
        month_period(SEPTEMBER),
    )
    assert [weekdays(period) for period in asked] == [2, 0, 22, 22]


def test_a_site_above_the_limit_around_all_sites_needs_somebody(app: Flask) -> None:
    usual = ("AAA", "BBB", "CCC", "DDD", "EEE")
    scope = stored_of(
        "Compared",
        *(sessions_of(site, month_period(OCTOBER), 60, 60, 12) for site in usual),
        sessions_of("OUT", month_period(OCTOBER), 60, 60, 45),
    )
    with page_ground(scope, "overview", IN_OCTOBER) as ground:
        found = fetch_attention(ground)
    (item,) = (item for item in found.items if item.kind == "Side effects")
    assert (item.site.code, item.tone, item.term, found.comparisons) == ("OUT", "bad", "dissociation", 6)
    # 105 of 360 is 29.2 %; 0.2917 + 3.0902 sqrt(0.2917 0.7083 / 60) = 0.4730.
    assert item.sentence == (
        "Dissociation in **75.0 %** of 60 screened sessions, above the 99.8 % limit of 47.3 % around the network's 29.2 %."
    )
    with page_ground(scope, "overview", f"{IN_OCTOBER}&site=AAA") as ground:
        assert not [item for item in fetch_attention(ground).items if item.kind == "Side effects"]


def test_a_serious_one_after_the_period_and_of_another_phase_needs_somebody(app: Flask) -> None:
    def serious(days: Period) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, record in sessions_of("RIV", days, 1, 1, 1):
            yield name, ({**record, "serious": "hospitalisation"} if name == "side_effects" else record)

    scope = stored_of(
        "Compared",
        sessions_of("RIV", month_period(OCTOBER), 30, 30, 0),
        serious(Period(date(2026, 11, 18), date(2026, 11, 19))),
    )
    for asked in ("", "&phase=maintenance", "&indication=ptsd", "&product=ketamine_iv"):
        with page_ground(scope, "overview", IN_OCTOBER + asked) as ground:
            (item,) = (item for item in fetch_attention(ground).items if item.kind == "Serious")
        assert item.sentence == "**1 serious side effect** from 1 Oct 2026 to 22 Nov 2026."
        assert item.days == Period(OCTOBER, date(2026, 11, 23))
