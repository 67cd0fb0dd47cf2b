"""Every drawn page of networks that have hardly anything to count, or too much: it answers, in numbers or in a sentence."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from tests.awkward_networks import AWKWARD
from tests.conftest import NOW
from tests.isolation.asking import Somebody, sign_in
from tests.making import make_network, make_user
from tests.sending import send
from tests.walks.test_screen import table_of, texts
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.doors import PAGES
from webapp.domain.vocabulary import Role

NO_WORDS = re.compile(r"^None$|\b(nan|NaN|inf|Infinity|null|undefined)\b|This cannot be shown", re.MULTILINE)
OCTOBER = "?period=last_month"


@pytest.fixture(scope="module")
def whole(settings: dict[str, object]) -> WholeApp:
    return make_whole_app(settings)


@pytest.fixture(scope="module")
def managers(whole: WholeApp) -> dict[str, Somebody]:
    """Who sees all of each network, by what is awkward about it."""
    found = {}
    for name, files in AWKWARD.items():
        with whole.app.app_context():
            scope = make_network(NOW, f"Awkward {name}")
            if files:
                batch = send(scope, files)
                assert batch.state == "stored", batch.message
            email = make_user(scope, Role.MANAGER, NOW)
        found[name] = sign_in(whole, email)
    return found


def no_number(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no number")


def body_of(person: Somebody, address: str) -> Any:
    answer = person.ask(address)
    assert answer.status == 200, answer.whole
    return json.loads(answer.body, parse_constant=no_number)["response"]


def said(body: Any) -> str:
    return "\n".join(texts(body))


@pytest.mark.parametrize("name", AWKWARD)
def test_every_page_answers_in_words_and_numbers(managers: dict[str, Somebody], name: str) -> None:
    for page in PAGES:
        for search in ("", OCTOBER, "?period=last_12_months"):
            body = body_of(managers[name], f"/d/{page}{search}")
            assert not NO_WORDS.search(said(body)), (page, search)


def bodies(managers: dict[str, Somebody], name: str, *pages: str) -> Iterator[Any]:
    for page in pages:
        yield body_of(managers[name], f"/d/{page}{OCTOBER}")


def test_of_one_session_every_rate_says_why_there_is_none(managers: dict[str, Somebody]) -> None:
    overview, sessions, courses = bodies(managers, "one session", "overview", "sessions", "courses")
    assert {"no closed cohort yet", "not enough screening"} <= set(texts(overview))
    assert table_of(sessions, "sessions_by_site")["texts"][0][1] == "1"
    assert "No start month of the period is closed yet" in said(courses)


def test_cancellations_alone_are_not_counted_as_treatment(managers: dict[str, Somebody]) -> None:
    for body in bodies(managers, "all cancelled", "sessions", "courses", "side-effects", "response"):
        assert "Bookings and cancellations alone do not tell up to which day the data reach." in said(body)


def test_what_nobody_asked_about_has_no_rate(managers: dict[str, Somebody]) -> None:
    (body,) = bodies(managers, "one site, nothing screened", "side-effects")
    terms = table_of(body, "side_effects_by_term")
    rate = [column["key"] for column in terms["columns"]].index("rate")
    assert {row[rate] for row in terms["texts"]} == {"–"}
    assert "No point of it can be drawn; the table says why." in said(body)


def test_the_hour_that_comes_twice_holds_both_sessions(managers: dict[str, Somebody]) -> None:
    (october,) = bodies(managers, "clocks that change", "sessions")
    march = body_of(managers["clocks that change"], "/d/sessions?from=2026-03-01&to=2026-03-31")
    assert hours(october) == {("7", "2"): "2"}
    assert hours(march) == {("7", "1"): "1", ("7", "3"): "1"}


def hours(body: Any) -> dict[tuple[str, str], str]:
    """Sessions by weekday, 7 for Sunday, and hour of the site's own time."""
    return {(day, hour): many for day, hour, many in table_of(body, "weekday_and_hour")["texts"]}


def test_two_hundred_sites_stand_in_their_table_and_few_in_a_note(managers: dict[str, Somebody]) -> None:
    (body,) = bodies(managers, "200 sites", "sessions")
    assert len(table_of(body, "sessions_by_site")["texts"]) == 200
    (note,) = [one for one in texts(body) if one.startswith("Days are missing, not empty")]
    assert note.endswith("and 192 more, which the page Data names.")
    assert note.count("Site S") == 8
