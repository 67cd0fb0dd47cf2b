"""What the row list says of its rows is what it asked the database for: no field of an address is told and not applied."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import plotly.io as pio
import pytest
from flask import Flask
from hypothesis import given, settings
from sqlalchemy import event

from dashboards.answering import Asking, answer
from dashboards.pages import response as response_page
from dashboards.pages import rows as rows_page
from dashboards.shell import Page
from tests.conftest import NOW
from tests.domain.test_row_choice import OF_BOTH, OF_COURSES, OF_SESSIONS, WISHES
from tests.making import make_network
from tests.queries.pages.network import Network
from tests.queries.pages.recounted import TODAY, page_ground
from webapp.domain.filters import SiteChoice
from webapp.domain.periods import Period
from webapp.domain.row_choice import RowChoice, RowList, RowPlace, parse_row_choice, row_fields
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.viewer import Viewer
from webapp.queries.cells import Selection
from webapp.queries.course_rows import fetch_course_rows
from webapp.queries.pages import rows
from webapp.queries.session_rows import fetch_session_rows
from webapp.transactions import reading

YEAR = Selection(Period(date(2025, 11, 1), date(2026, 11, 1)), TODAY)
OCTOBER = "?from=2026-10-01&to=2026-10-31"
OTHERS: dict[str, tuple[Any, Any]] = {
    "status": ("no_show", "completed"),
    "asked": ("screened", "solicited"),
    "term": ("nausea", "dizziness"),
    "severity": (1, 2),
    "serious": (None, None),
    "infusion": (1, 2),
    "weekday": (1, 2),
    "hour": (8, 9),
    "state": ("open", "lapsed"),
    "reason": ("cost", "none"),
    "reached": (1, 2),
    "planned": (1, 2),
    "within": (1, 2),
    "cohort": ("open", "closed"),
    "followed": (1, 2),
    "scale": ("phq9", "madrs"),
    "outcome": ("met", "rated"),
    "quantity": (None, None),
    "least": (1, 2),
    "most": (1, 2),
    "after": (RowPlace(TODAY, UUID(int=1)), RowPlace(TODAY, UUID(int=2))),
    "before": (RowPlace(TODAY, UUID(int=1)), RowPlace(TODAY, UUID(int=2))),
}
"""Two values of each field, or none: one of them is another than the one that was asked for."""


@pytest.fixture(scope="module")
def empty(session_app: Flask) -> Scope:
    """A network of which only the questions put to it are looked at."""
    with session_app.app_context():
        scope = make_network(NOW)
        return replace(scope, role=Role.MANAGER, site_ids=frozenset({uuid4()}), whole_network=True)


@contextmanager
def listening(db: Any) -> Iterator[list[tuple[str, str]]]:
    """The statements that a list asks, with their bound values."""
    heard: list[tuple[str, str]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, bound: Any, *_rest: Any) -> None:
        heard.append((statement, repr(bound)))

    connection = db.connection()
    event.listen(connection, "before_cursor_execute", hear)
    yield heard
    event.remove(connection, "before_cursor_execute", hear)


def asked(scope: Scope, choice: RowChoice) -> list[tuple[str, str]]:
    """What a list asks the database for, for this choice."""
    with reading(scope) as db, listening(db) as heard:
        if choice.list is RowList.COURSES:
            fetch_course_rows(scope, db, YEAR, choice)
        else:
            fetch_session_rows(scope, db, YEAR, choice, 24.0)
    return heard


def changed(choice: RowChoice, values: dict[str, Any]) -> RowChoice:
    return replace(choice, **values)


@settings(max_examples=60)
@given(wished=WISHES)
def test_every_field_that_is_kept_is_asked_of_the_database(session_app: Flask, empty: Scope, wished: RowChoice) -> None:
    choice, _ = parse_row_choice({name: [value] for name, value in row_fields(wished)})
    with session_app.app_context():
        statements = asked(empty, choice)
        assert statements == asked(empty, choice)
        for name in {name for name, _ in row_fields(choice)} - {"list"}:
            others = [changed(choice, {name: value}) for value in (None, *OTHERS[name])]
            assert any(asked(empty, other) != statements for other in others), (name, choice)


def test_the_fields_of_the_property_are_all_fields() -> None:
    names = {field.name for field in fields(RowChoice)} - {"list"}
    assert names == set(OTHERS) == {*OF_BOTH, *OF_COURSES, *OF_SESSIONS}


def opened(network: Network, search: str, page: Page = rows_page.PAGE) -> tuple[str, str]:
    """Notices and body of a page, as they are sent."""
    sites = tuple(SiteChoice(site, code, code) for site, code in network.facts.sites.items())
    viewer = Viewer("Someone", Role.MANAGER, "Simulated", sites, len(sites), TODAY)
    asking = Asking(lambda: viewer, lambda: network.scope, lambda *_: None)
    _, _, _, notices, body, _ = answer(page.path, search, {page.key: page}, asking)
    sent = [json.loads(pio.json.to_json_plotly(part.to_plotly_json())) for part in (notices, body)]
    return json.dumps(sent[0], ensure_ascii=False), json.dumps(sent[1], ensure_ascii=False)


def counted(network: Network, search: str) -> int:
    with page_ground(network.scope, "rows", OCTOBER + search) as ground:
        return rows.count_rows(ground)


@pytest.mark.parametrize(
    ("kept", "left_out", "named"),
    [
        ("", "&state=lapsed&cohort=open&within=7", ("state=lapsed", "cohort=open", "within=7")),
        ("&status=no_show", "&scale=phq9&outcome=met", ("scale=phq9", "outcome=met")),
        ("&status=delivered", "&least=2&most=3", ("least=2", "most=3")),
        ("&list=courses", "&status=no_show&hour=9", ("status=no_show", "hour=9")),
        ("&list=courses&state=open", "&infusion=3&term=nausea", ("infusion=3", "term=nausea")),
        ("&list=courses", "&quantity=gap&least=1", ("quantity=gap", "least=1")),
        ("&list=courses", "&phase=induction", ("phase=induction",)),
    ],
)
def test_a_filter_that_is_not_applied_is_no_filter_on_the_page(
    app: Flask, network: Network, kept: str, left_out: str, named: tuple[str, ...]
) -> None:
    """The page is that of the address without it, and says so; the number is that of the rows that it describes."""
    notices, body = opened(network, OCTOBER + kept + left_out)
    quiet, plain = opened(network, OCTOBER + kept)
    assert body == plain and "left out" not in quiet
    assert all(f"“{name}”" in notices for name in named) and notices.count("left out") == len(named)
    many = counted(network, kept)
    assert many > 0 and f"{many:,} {'course' if 'courses' in kept else 'session'}" in body


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ("&weekday=2", ["Tue"]),
        ("&hour=9", ["09:00 to 10:00, site time"]),
        ("&weekday=2&hour=9", ["Tue 09:00 to 10:00, site time"]),
        ("&quantity=dose_within&least=10", ["dose within the protocol's range, from 0.50 mg/kg"]),
        ("&quantity=dose_within&most=9", ["dose within the protocol's range, below 0.50 mg/kg"]),
        ("&quantity=gap&most=3", ["days since the session before the infusion: up to 3"]),
        ("&quantity=approval&most=3", ["days from approval to the first infusion: up to 3, or not recorded"]),
        ("&quantity=approval&least=-32767&most=-1", ["days from approval to the first infusion: approved after it"]),
        ("&list=courses&quantity=return", ["days from completion to the next session: any, or none yet"]),
        ("&list=courses&quantity=return&most=-1", ["days from completion to the next session: none yet"]),
        ("&list=courses&quantity=boosters&least=1", ["boosters in the 90 days after completion: 1 or more"]),
        (
            "&list=courses&scale=phq9&outcome=entered&infusion=3",
            ["PHQ-9: with a baseline that counts, infusion 3 planned"],
        ),
    ],
)
def test_each_filter_alone_is_said_as_it_is_applied(app: Flask, network: Network, search: str, said: list[str]) -> None:
    with page_ground(network.scope, "rows", OCTOBER + search) as ground:
        assert rows.choice_words(ground.filters.rows) == said


@pytest.mark.parametrize("search", ["&weekday=2", "&hour=9"])
def test_a_day_or_an_hour_alone_counts_what_it_says(app: Flask, network: Network, search: str) -> None:
    name, value = search.strip("&").split("=")
    found = {"weekday": Counter[int](), "hour": Counter[int]()}
    for each in network.plain(0).sessions():
        found["weekday"][each["on_date"].isoweekday()] += 1
        found["hour"][each["local_hour"]] += 1
    assert counted(network, search) == found[name][int(value)] > 0


def test_the_page_about_response_keeps_the_scale_that_it_looks_at(app: Flask, network: Network) -> None:
    notices, body = opened(network, "?scale=madrs", response_page.PAGE)
    assert "left out" not in notices and "scale=madrs" in body
