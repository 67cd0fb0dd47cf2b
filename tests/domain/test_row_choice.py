"""What an address may ask of the row list: closed lists and small numbers; everything else is left out and told."""

from dataclasses import fields, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import row_choice
from webapp.domain.filters import parse_filters, query_of
from webapp.domain.response import SCALES
from webapp.domain.row_choice import RowChoice, RowList, RowPlace, parse_row_choice, row_fields

TODAY = date(2026, 11, 22)
PLACE = RowPlace(date(2026, 10, 31), UUID(int=7))
OTHER = {"response": RowList.SESSIONS, **dict.fromkeys(("side-effects", "site", "overview"), RowList.COURSES)}
PLACES = st.builds(RowPlace, st.dates(date(1990, 1, 1), date(2200, 12, 31)), st.uuids())


def maybe(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


INFUSIONS, SMALL = st.none() | st.integers(0, 99), st.none() | st.integers(-32_768, 32_768)
OF_BOTH = {"least": SMALL, "most": SMALL, "after": st.none() | PLACES, "before": st.none() | PLACES}
OF_SESSIONS: dict[str, st.SearchStrategy[Any]] = {
    "status": maybe(row_choice.STATUSES),
    "asked": maybe(row_choice.ASKED),
    "term": maybe(row_choice.TERMS),
    "severity": st.none() | st.integers(1, 5),
    "serious": maybe(("yes",)),
    "infusion": INFUSIONS,
    "weekday": st.none() | st.integers(1, 7),
    "hour": st.none() | st.integers(0, 23),
    "quantity": maybe(row_choice.QUANTITIES),
}
OF_COURSES: dict[str, st.SearchStrategy[Any]] = {
    "state": maybe(row_choice.STATES),
    "reason": maybe(row_choice.REASONS),
    "reached": st.none() | st.integers(1, 99),
    "planned": st.none() | st.integers(1, 99),
    "within": st.none() | st.integers(0, 999),
    "cohort": maybe(("closed", "open")),
    "followed": st.none() | st.integers(1, 999),
    "scale": maybe(SCALES),
    "outcome": maybe(row_choice.OUTCOMES),
    "infusion": INFUSIONS,
    "quantity": maybe(row_choice.AFTER_COMPLETION),
}
TAKES = {RowList.SESSIONS: OF_SESSIONS, RowList.COURSES: OF_COURSES}


def choices(of: RowList) -> st.SearchStrategy[RowChoice]:
    """Every choice that a list can be asked for."""
    return st.builds(RowChoice, list=st.just(of), **TAKES[of], **OF_BOTH).map(telling)


def telling(choice: RowChoice) -> RowChoice:
    """Without what says nothing, since what it belongs to is not asked for."""
    if choice.quantity is None:
        choice = replace(choice, least=None, most=None)
    if choice.list is RowList.COURSES and choice.scale is None:
        choice = replace(choice, infusion=None, outcome=None)
    return replace(choice, after=None) if choice.before else choice


CHOICES = st.sampled_from(RowList).flatmap(choices)
QUANTITIES = {RowList.SESSIONS: row_choice.QUANTITIES, RowList.COURSES: row_choice.AFTER_COMPLETION}
_ANY_FIELD = {**OF_SESSIONS, **OF_COURSES, **OF_BOTH, "quantity": maybe(sum(QUANTITIES.values(), ()))}
WISHES = st.builds(RowChoice, list=st.sampled_from(RowList), **_ANY_FIELD)
"""What somebody may write by hand: any field beside any other."""


@given(CHOICES)
def test_an_address_gives_back_the_choice_it_was_made_of(choice: RowChoice) -> None:
    query = urlencode(row_fields(choice))
    assert parse_row_choice(parse_qs(query)) == (choice, [])
    filters, sentences = parse_filters(f"?{query}", [], TODAY)
    assert filters.rows == choice and sentences == ()
    assert parse_filters(query_of(filters), [], TODAY) == (filters, ())


@given(WISHES)
def test_what_a_list_does_not_take_is_left_out_and_told(wished: RowChoice) -> None:
    fields_of = dict(row_fields(wished))
    choice, refused = parse_row_choice({name: [value] for name, value in fields_of.items()})
    wanted = {
        name: getattr(wished, name)
        for name in fields_of
        if name in {"list", *TAKES[wished.list], *OF_BOTH}
        and (name != "quantity" or wished.quantity in QUANTITIES[wished.list])
    }
    assert choice == telling(RowChoice(**wanted))
    kept = {name for name, _ in row_fields(choice)}
    assert sorted([*kept, *(one.name for one in refused)]) == sorted(fields_of)
    _, sentences = parse_filters(f"?{urlencode(fields_of)}", [], TODAY)
    assert len(sentences) == len(refused)
    for one, sentence in zip(refused, sentences, strict=True):
        assert f"{one.name}={one.value}"[:30] in sentence and "left out" in sentence
    assert parse_row_choice(parse_qs(urlencode(row_fields(choice)))) == (choice, [])


SAID = {
    "?state=lapsed": "“state=lapsed” can be asked of courses only, and this is a list of sessions; that filter is left out."
    " Ask for list=courses to use it.",
    "?list=courses&hour=9": "“hour=9” can be asked of sessions only, and this is a list of courses; that filter is left out."
    " Ask for list=sessions to use it.",
    "?quantity=boosters": "“quantity=boosters” can be asked of courses only, and this is a list of sessions; that filter is left out."
    " Ask for list=courses to use it.",
    "?list=courses&quantity=gap": "“quantity=gap” can be asked of sessions only, and this is a list of courses; that filter is left out."
    " Ask for list=sessions to use it.",
    "?list=courses&outcome=met": "“outcome=met” says something only beside a scale; that filter is left out. Name a scale too.",
    "?list=courses&infusion=0": "“infusion=0” says something only beside a scale; that filter is left out. Name a scale too.",
    "?least=3": "“least=3” says something only beside a quantity; that filter is left out. Name a quantity too.",
    f"?before={PLACE}&after={PLACE}": f"“after={str(PLACE)[:39]}…” is left out, since before names the page's other edge."
    " Name one of the two.",
}


@pytest.mark.parametrize(("search", "said"), SAID.items())
def test_why_a_field_is_left_out_and_what_to_do(search: str, said: str) -> None:
    assert parse_filters(search, [], TODAY)[1] == (said,)


@pytest.mark.parametrize(
    ("page", "search"),
    [("response", "?scale=phq9"), ("side-effects", "?term=nausea"), ("site", "?term=any"), ("overview", "?term=any")],
)
def test_a_page_keeps_what_it_looks_at_by_itself(page: str, search: str) -> None:
    filters, sentences = parse_filters(search, [], TODAY, page=page)
    assert sentences == () and query_of(filters) == search
    elsewhere, told = parse_filters(f"{search}&list={OTHER[page]}", [], TODAY, page="rows")
    assert len(told) == 1 and elsewhere.rows == RowChoice(list=OTHER[page])


@pytest.mark.parametrize(
    ("page", "search"), [("courses", "state=lapsed"), ("sessions", "term=any"), ("response", "term=any")]
)
def test_a_page_without_a_list_takes_no_choice_of_rows(page: str, search: str) -> None:
    filters, told = parse_filters(f"?{search}", [], TODAY, page=page)
    said = f"“{search}” chooses among the rows behind a number, and this page has none; that filter is left out."
    assert told == (said,) and filters.rows == RowChoice()


@given(st.dictionaries(st.sampled_from([field.name for field in fields(RowChoice)]), st.lists(st.text(), min_size=1)))
def test_nothing_that_is_asked_raises_and_what_is_left_out_is_told(asked: dict[str, list[str]]) -> None:
    choice, refused = parse_row_choice(asked)
    told = {one.name for one in refused}
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
    assert parse_row_choice({"after": [str(PLACE)]})[0].after == PLACE


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
