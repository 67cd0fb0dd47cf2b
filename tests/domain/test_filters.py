"""Addresses are read strictly, and a damaged one still opens with a sentence."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.filters import (
    KNOWN_WHEN,
    SITES_LEFT_OUT,
    UNREADABLE_QUERY,
    Compare,
    Filters,
    Known,
    Preset,
    SiteChoice,
    Step,
    parse_filters,
    query_of,
    unsorted_words,
)
from webapp.domain.periods import Period, preset_period
from webapp.domain.vocabulary import Indication, Phase

TODAY = date(2026, 11, 22)
KNOWN = ("RIV", "NOR", "LAK")


def read(search: str) -> Filters:
    return parse_filters(search, KNOWN, TODAY)[0]


def said(search: str) -> tuple[str, ...]:
    return parse_filters(search, KNOWN, TODAY)[1]


def test_nothing_asked_is_last_month_of_all_sites() -> None:
    filters = read("")
    assert filters.period == Period(date(2026, 10, 1), date(2026, 11, 1))
    assert filters.site_codes is None and said("") == ()
    assert query_of(filters) == ""


def test_everything_asked_is_read() -> None:
    filters = read("?period=last_7_days&site=RIV&site=NOR&indication=depression&phase=induction&compare=last_year")
    assert filters.period == Period(date(2026, 11, 15), TODAY)
    assert filters.site_codes == ("RIV", "NOR")
    assert (filters.indication, filters.phase, filters.compare) == (
        Indication.DEPRESSION,
        Phase.INDUCTION,
        Compare.LAST_YEAR,
    )


def test_an_instant_of_knowledge_is_read_in_utc_and_written_as_it_was() -> None:
    asked = "?as_of=2026-03-10&known=at&known_at=2026-03-11T15%3A04"
    filters, sentences = parse_filters(asked, (), TODAY)
    assert (filters.known, filters.known_at, sentences) == (Known.AT, datetime(2026, 3, 11, 15, 4, tzinfo=UTC), ())
    assert query_of(filters) == asked
    assert parse_filters("?known=then&known_at=2026-03-11T15:04", (), TODAY)[0].known_at is None


@pytest.mark.parametrize(
    "text", ["", "2026-03-11", "2026-03-11T24:00", "2026-02-30T10:00", "2026-03-11T1:00", "now", "9999-01-01T00:00"]
)
def test_what_is_no_instant_is_said_and_what_is_known_now_is_shown(text: str) -> None:
    filters, sentences = parse_filters(f"?known=at&known_at={text}", (), TODAY)
    assert (filters.known, filters.known_at, sentences) == (Known.AT, None, (KNOWN_WHEN,))


def test_foreign_and_unknown_sites_read_the_same() -> None:
    assert said("?site=FOREIGN") == said("?site=NO-SUCH&site=RIV") == said("?site=%00'--&site=X") == (SITES_LEFT_OUT,)
    assert read("?site=FOREIGN&site=RIV").site_codes == ("RIV",)


def test_only_foreign_sites_means_none_and_never_all() -> None:
    filters = read("?site=FOREIGN")
    assert filters.site_codes == ()
    assert filters.site_ids([SiteChoice(UUID(int=1), "RIV", "Riverside")]) == frozenset()


def test_named_sites_become_ids_of_choices_only() -> None:
    choices = [SiteChoice(UUID(int=1), "RIV", "Riverside"), SiteChoice(UUID(int=2), "NOR", "Northgate")]
    assert read("?site=NOR").site_ids(choices) == frozenset({UUID(int=2)})
    assert read("").site_ids(choices) is None


@pytest.mark.parametrize(
    "search",
    [
        "?from=2026-10-31&to=2026-10-01",
        "?from=2026-10-01",
        "?period=custom",
        "?from=2026-02-30&to=2026-03-01",
        "?from=0023-01-01&to=2026-03-01",
        "?from=2001-01-01&to=2026-03-01",
        "?period=custom&from=2026-01-01",
        "?period=yesterday",
        "?from=today&to=x",
    ],
)
def test_a_period_that_cannot_be_read_is_said_and_the_usual_one_shown(search: str) -> None:
    assert read(search).period == preset_period(Preset.LAST_MONTH, TODAY)
    assert len(said(search)) >= 1


def test_custom_days_are_inclusive_in_the_address_and_half_open_within() -> None:
    filters = read("?from=2026-10-05&to=2026-10-05")
    assert filters.period == Period(date(2026, 10, 5), date(2026, 10, 6))
    assert query_of(filters) == "?from=2026-10-05&to=2026-10-05"


def test_a_choice_outside_the_list_is_named() -> None:
    assert "“sadness” is no indication" in said("?indication=sadness")[0]
    assert len(said("?indication=" + "x" * 5000)[0]) < 250


def test_an_endless_address_is_not_read() -> None:
    assert said("?" + "site=RIV&" * 2000) == (UNREADABLE_QUERY,)
    assert said("?" + "&".join(f"a{i}=1" for i in range(500))) == (UNREADABLE_QUERY,)


def test_whole_months_are_compared_with_whole_months() -> None:
    assert read("").compared_period == Period(date(2026, 9, 1), date(2026, 10, 1))
    assert read("?period=last_12_months").compared_period == Period(date(2024, 11, 1), date(2025, 11, 1))
    assert read("?period=last_7_days").compared_period == Period(date(2026, 11, 8), date(2026, 11, 15))
    assert read("?compare=none").compared_period is None


def test_a_year_before_a_leap_day_is_the_last_of_february() -> None:
    filters = read("?from=2024-02-29&to=2024-03-09&compare=last_year")
    assert filters.compared_period == Period(date(2023, 2, 28), date(2023, 3, 10))


def test_single_fields_are_changed_in_an_address() -> None:
    filters = read("?site=RIV&phase=induction&sort=sites.rate.down")
    assert filters.sort == ("sites", "rate", True)
    assert query_of(filters, sort=None, phase="maintenance") == "?site=RIV&phase=maintenance"


@given(st.text(max_size=300))
def test_no_address_breaks_the_page(search: str) -> None:
    filters, sentences = parse_filters(search, KNOWN, TODAY)
    assert filters.period.start_on < filters.period.end_on
    assert all(sentences)


@given(
    preset=st.sampled_from([p for p in Preset if p is not Preset.CUSTOM]),
    codes=st.none() | st.lists(st.sampled_from(KNOWN), min_size=1, unique=True).map(tuple),
    phase=st.none() | st.sampled_from(Phase),
    step=st.none() | st.sampled_from(Step),
    compare=st.sampled_from(Compare),
    day=st.none() | st.dates(date(2001, 1, 1), date(2030, 1, 1)),
    custom=st.none() | st.tuples(st.dates(date(2001, 1, 1), date(2030, 1, 1)), st.integers(1, 3000)),
)
def test_an_address_gives_back_the_filters_it_was_made_from(
    preset: Preset,
    codes: tuple[str, ...] | None,
    phase: Phase | None,
    step: Step | None,
    compare: Compare,
    day: date | None,
    custom: tuple[date, int] | None,
) -> None:
    period = Period(custom[0], custom[0] + timedelta(days=custom[1])) if custom else preset_period(preset, TODAY)
    filters = Filters(
        period, Preset.CUSTOM if custom else preset, codes, phase=phase, step=step, compare=compare, as_of=day
    )
    assert parse_filters(query_of(filters), KNOWN, TODAY) == (filters, ())


@pytest.mark.parametrize("order", ["up", "sites.up", "sites..up", "..up", "sites.rate.sideways", "sites.rate.down.up"])
def test_an_order_of_no_column_is_left_out_and_told(order: str) -> None:
    assert (read(f"?sort={order}").sort, said(f"?sort={order}")) == (None, (unsorted_words(order),))


def test_what_is_repeated_of_an_order_is_short_and_printable() -> None:
    assert said("?sort=sites.rate.up") == said("") == ()
    (sentence,) = said("?sort=" + "x" * 5000)
    assert f"“{'x' * 39}…”" in sentence
    assert "“a b”" in said("?sort=a%07b")[0]
