"""What an address may ask of the row list: closed lists and small numbers; everything else is left out and told."""

from dataclasses import fields
from datetime import date
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import row_choice
from webapp.domain.filters import parse_filters, query_of
from webapp.domain.row_choice import RowChoice, RowList, RowPlace, parse_row_choice, row_fields

TODAY = date(2026, 11, 22)
PLACES = st.builds(RowPlace, st.dates(date(1990, 1, 1), date(2200, 12, 31)), st.uuids())


def maybe(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


CHOICES = st.builds(
    RowChoice,
    list=st.sampled_from(RowList),
    status=maybe(row_choice.STATUSES),
    asked=maybe(row_choice.ASKED),
    term=maybe(row_choice.TERMS),
    severity=st.none() | st.integers(1, 5),
    serious=maybe(("yes",)),
    infusion=st.none() | st.integers(0, 99),
    weekday=st.none() | st.integers(1, 7),
    hour=st.none() | st.integers(0, 23),
    state=maybe(row_choice.STATES),
    reason=maybe(row_choice.REASONS),
    reached=st.none() | st.integers(1, 99),
    within=st.none() | st.integers(0, 999),
    cohort=maybe(("closed", "open")),
    followed=st.none() | st.integers(1, 999),
    quantity=maybe((*row_choice.QUANTITIES, *row_choice.AFTER_COMPLETION)),
    least=st.none() | st.integers(-32_768, 32_768),
    most=st.none() | st.integers(-32_768, 32_768),
    after=st.none() | PLACES,
    before=st.none() | PLACES,
)


@given(CHOICES)
def test_an_address_gives_back_the_choice_it_was_made_of(choice: RowChoice) -> None:
    query = urlencode(row_fields(choice))
    assert parse_row_choice(parse_qs(query)) == (choice, [])
    filters, sentences = parse_filters(f"?{query}", [], TODAY)
    assert filters.rows == choice and sentences == ()
    assert parse_filters(query_of(filters), [], TODAY) == (filters, ())


@given(st.dictionaries(st.sampled_from([field.name for field in fields(RowChoice)]), st.lists(st.text(), min_size=1)))
def test_nothing_that_is_asked_raises_and_what_is_left_out_is_told(asked: dict[str, list[str]]) -> None:
    choice, refused = parse_row_choice(asked)
    told = {name for name, *_ in refused}
    for name, values in asked.items():
        kept = getattr(choice, name) != getattr(RowChoice(), name) or values[0].strip() == str(getattr(choice, name))
        assert kept or name in told or not values[0].strip()


@pytest.mark.parametrize("text", ["²", "٣", "1e1", " ", "+3", "007", "1" * 400])
def test_only_plain_digits_are_numbers(text: str) -> None:
    assert parse_row_choice({"hour": [text]})[0].hour is None


@pytest.mark.parametrize(
    "text", ["2026-10-31", "2026-10-31.", f"2026-02-30.{'0' * 32}", f"2026-10-31.{'g' * 32}", f".{'0' * 32}"]
)
def test_a_place_is_a_day_and_an_id(text: str) -> None:
    assert parse_row_choice({"after": [text]})[0].after is None
    place = RowPlace(date(2026, 10, 31), UUID(int=7))
    assert parse_row_choice({"after": [str(place)]})[0].after == place


def test_what_a_role_without_pseudonyms_may_ask() -> None:
    for plain in (RowChoice(), RowChoice(status="no_show"), RowChoice(weekday=1, hour=8)):
        assert not plain.is_clinical
    for clinical in (
        RowChoice(term="any"),
        RowChoice(infusion=0),
        RowChoice(list=RowList.COURSES),
        RowChoice(cohort="open"),
    ):
        assert clinical.is_clinical


def test_what_a_role_without_pseudonyms_may_ask_rows_for_is_named_here() -> None:
    """A new field is theirs only where somebody has decided that it tells nothing clinical."""
    asked = {field.name for field in fields(RowChoice)}
    assert asked - row_choice.CLINICAL_FIELDS == {"status", "weekday", "hour", "after", "before"}
