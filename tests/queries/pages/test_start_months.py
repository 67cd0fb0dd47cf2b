"""A month in which no course began stands in its place, without courses and without a rate; one that the data do not reach is missing."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.making import make_network
from tests.queries.conftest import with_sites
from tests.queries.pages.recounted import page_tables
from tests.sending import course, send, session, site
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.presentation import csv_file
from webapp.presentation.figures import draw
from webapp.presentation.tables import Table
from webapp.presentation.tokens import LIGHT
from webapp.queries.course_cells import start_months
from webapp.queries.reports import build_document
from webapp.transactions import reading

YEAR = "?from=2025-07-01&to=2026-06-30&site=AAA"
MONTHS = [date(2025, month, 1) for month in range(7, 13)] + [date(2026, month, 1) for month in range(1, 7)]
FEBRUARY = MONTHS.index(date(2026, 2, 1))
STARTED = (*[0] * 6, 1, 0, 1, None, None, None)
"""One in January and one in March, up to which the data reach."""


@pytest.fixture(scope="module")
def scope(session_app: Flask) -> Scope:
    with session_app.app_context():
        scope = make_network(NOW)
        given = [("C1", f"2026-01-{day:02}T10:00") for day in (5, 8, 12, 15, 19, 22)] + [("C2", "2026-03-10T10:00")]
        send(
            scope,
            {
                "sites.csv": [site("AAA")],
                "courses.csv": [course("C1", "AAA"), course("C2", "AAA")],
                "sessions.csv": [session(f"{at:.10}", key, "AAA", at) for key, at in given],
            },
        )
        return with_sites(scope)


@pytest.fixture(params=["courses", "overview", "site", "report"])
def tables(request: pytest.FixtureRequest, app: Flask, scope: Scope) -> Mapping[str, Table]:
    """Everything that tells of courses by the month of their start, by its key."""
    if request.param != "report":
        return page_tables(scope, request.param, YEAR)
    with reading(scope) as db:
        (site_id,) = scope.site_ids
        document = build_document(scope, db, site_id, Period(date(2026, 6, 1), date(2026, 7, 1)))
    return {panel.table.key: panel.table for panel in document.panels}


def test_no_month_of_the_period_is_left_out_of_how_courses_end(tables: Mapping[str, Table]) -> None:
    states = tables["course_states"]
    assert states.column("month") == MONTHS
    counts = [row[1:] for row in states.rows]
    for many, cells in zip(STARTED, counts, strict=True):
        assert cells.count(many) == len(cells) if not many else sum(int(str(cell)) for cell in cells) == many
    bars = draw("states", states, LIGHT)["data"]
    drawn = [[trace["y"][place] for trace in bars] for place in range(len(MONTHS))]
    assert [any(shares) for shares in drawn] == [bool(many) for many in STARTED]
    assert set(drawn[FEBRUARY]) == {None}


def test_a_month_without_a_start_has_no_rate_and_is_no_zero_per_cent(app: Flask, scope: Scope) -> None:
    table = page_tables(scope, "courses", YEAR)["completion_by_month"]
    assert table.column("month") == MONTHS and tuple(table.column("started")) == STARTED
    shown = dict(zip((column.key for column in table.columns), table.rows[FEBRUARY], strict=True))
    assert {key: value for key, value in shown.items() if value is not None} == {
        "month": date(2026, 2, 1),
        "started": 0,
        "completed": 0,
    }
    for trace in draw("line", table, LIGHT)["data"]:
        if "fill" not in trace:
            assert trace["y"][FEBRUARY] is None and trace["connectgaps"] is False
    (line,) = (
        row for row in csv.reader(csv_file.render_table(table, []).decode().splitlines()) if row[:1] == ["2026-02-01"]
    )
    assert line[1:] == [""] * 7 + ["0", "0"]


def test_the_report_says_the_same_of_the_months_completion(app: Flask, scope: Scope) -> None:
    with reading(scope) as db:
        (site_id,) = scope.site_ids
        document = build_document(scope, db, site_id, Period(date(2026, 6, 1), date(2026, 7, 1)))
    (table,) = (panel.table for panel in document.panels if panel.table.key == "course_completion")
    assert table.column("month") == MONTHS and tuple(table.column("started")) == STARTED
    assert table.rows[FEBRUARY] == (date(2026, 2, 1), 0, 0, *[None] * 6)
    assert [cell is not None for cell in table.column("cohort")] == [bool(many) for many in STARTED]


def test_a_period_in_which_no_course_began_has_no_months(app: Flask, scope: Scope) -> None:
    tables = page_tables(scope, "courses", "?from=2024-01-01&to=2024-12-31")
    assert tables["course_states"].rows == tables["completion_by_month"].rows == ()


def test_months_at_the_edges_of_the_data() -> None:
    two = Period(date(2026, 1, 20), date(2026, 3, 2))
    january, february, march = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    assert start_months(two, [], february) == {}
    assert start_months(two, [january], february) == {january: True, february: True, march: False}
    assert start_months(two, [march], january) == {january: True, february: False, march: True}
    assert start_months(two, [january], None) == {january: True, february: False, march: False}
    ten_years = replace(two, end_on=date(2036, 1, 1))
    assert len(start_months(ten_years, [january], march)) == 120
