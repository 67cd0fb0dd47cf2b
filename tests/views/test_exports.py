"""Downloads: exactly what the screen shows, for whoever may see it, and nothing made of a link that names what they may not."""

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.conftest import NOW
from tests.isolation.asking import without_token
from tests.signing_in import signed_in
from tests.small_network import small_network
from webapp.domain.filters import SiteChoice, parse_filters
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.presentation.sorting import sorted_by
from webapp.presentation.tables import Cell, Table
from webapp.queries.pages.ground import Ground
from webapp.queries.pages.registry import IN_A_FILE, default_period
from webapp.queries.sites import fetch_sites
from webapp.transactions import reading

PAGES = ("overview", "sessions", "courses", "side-effects", "rows")
SEARCHES = (
    "",
    "?period=last_30_days&indication=depression",
    "?from=2026-04-01&to=2026-09-15&sort=sessions_by_site.delivered.down",
)
VERDICTS_READ = (
    "Certified setting",
    "Evaluation and approval",
    "Qualified supervision",
    "Escort",
    "Substance-use history",
    "Monitoring",
    "Esketamine programme",
)
Place = tuple[Scope, dict[str, str]]


@pytest.fixture(scope="module")
def place(session_app: Flask) -> Place:
    with session_app.app_context():
        return small_network()


@pytest.fixture
def manager(app: Flask, place: Place) -> FlaskClient:
    return signed_in(app, place[0], Role.MANAGER)


def shown(app: Flask, scope: Scope, page: str, search: str) -> dict[str, Table]:
    """The tables as the screen's own panels hold them."""
    with app.app_context():
        with reading(scope) as db:
            choices = [SiteChoice(site.id, site.code, site.name) for site in fetch_sites(scope, db)]
        filters, _ = parse_filters(search, [choice.code for choice in choices], NOW.date(), default_period(page), page)
        narrowed = scope.narrow(filters.site_ids(choices))
        with reading(narrowed) as db:
            tables = {
                panel.table.key: panel.table for panel in IN_A_FILE[page](Ground(narrowed, db, filters, NOW.date()))
            }
    if filters.sort and filters.sort[0] in tables:
        key, column, descending = filters.sort
        tables[key] = sorted_by(tables[key], column, descending=descending)
    return tables


def read_csv(content: bytes) -> tuple[dict[str, str], list[list[str]]]:
    """What stands at the head of the file, and its lines from the column labels on, without notes."""
    lines = list(csv.reader(io.StringIO(content.decode())))
    start = next(place for place, line in enumerate(lines) if line[:1] == ["Panel"])
    head = {line[0]: line[1] for line in lines[:start] if line}
    return head, [line for line in lines[start + 2 :] if line and line[0] != "Note"]


def as_written(cell: Cell) -> str | float:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    return float(cell) if isinstance(cell, int | float) else cell


def as_read(field: str, cell: Cell) -> str | float:
    return float(field) if isinstance(cell, int | float) else field


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("search", SEARCHES)
def test_a_csv_holds_what_the_screen_shows(
    app: Flask, place: Place, manager: FlaskClient, page: str, search: str
) -> None:
    for key, table in shown(app, place[0], page, search).items():
        answer = manager.get(f"/download/{page}/{key}.csv{search}")
        assert answer.status_code == 200, (key, answer.text)
        head, (labels, *rows) = read_csv(answer.data)
        assert labels == [column.label for column in table.columns]
        read = [
            [as_read(*pair) for pair in zip(line, row, strict=True)] for line, row in zip(rows, table.rows, strict=True)
        ]
        assert read == [[as_written(cell) for cell in row] for row in table.rows]
        assert head["As of"] == "22 Nov 2026 15:00 (UTC)" and head["Data version"] == "1"
        assert head["Indication"] == ("Depression" if "depression" in search else "All")


def test_a_file_keeps_the_scale_of_its_page_and_refuses_a_filter_that_it_would_not_apply(manager: FlaskClient) -> None:
    assert manager.get("/download/response/baselines.csv?scale=madrs").status_code == 200
    refused = manager.get("/download/rows/session_rows.csv?scale=madrs")
    assert (
        refused.status_code == 400
        and "This file was not made. “scale=madrs” can be asked of courses only" in refused.text
    )


@pytest.mark.parametrize("page", ["sessions", "side-effects"])
def test_an_xlsx_holds_the_same(app: Flask, place: Place, manager: FlaskClient, page: str) -> None:
    for key, table in shown(app, place[0], page, "").items():
        answer = manager.get(f"/download/{page}/{key}.xlsx")
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        rows: list[tuple[Any, ...]] = list(book.worksheets[1].iter_rows(values_only=True))
        start = next(
            n for n, row in enumerate(rows) if row[: len(table.columns)] == tuple(c.label for c in table.columns)
        )
        for read, row in zip(rows[start + 1 :], table.rows, strict=False):
            for got, cell in zip(read, row, strict=False):
                expected = cell if not isinstance(cell, date) else got
                assert got == expected or (cell in (None, "") and got in (None, "")) or got == pytest.approx(cell)
        assert any(
            "Tidewater" in str(v) or "Small" in str(v)
            for row in book.worksheets[0].iter_rows(values_only=True)
            for v in row
        )


def test_the_file_is_named_guarded_and_taken_down(app: Flask, place: Place, manager: FlaskClient) -> None:
    answer = manager.get("/download/sessions/sessions_by_status.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=sessions-sessions-by-status-2026-10-01.csv"
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("download", "done") in audited(app, place[0], "sessions, sessions_by_status, csv")


def test_an_unknown_site_and_a_foreign_one_are_refused_in_the_same_words(app: Flask, place: Place) -> None:
    scope, names = place
    with app.app_context():
        _, others = small_network(names_from=8)
    own, colleague = sorted(names)[:2]
    foreign = min(set(others) - set(names))
    lead = signed_in(app, scope, Role.SITE_LEAD, own)
    codes = (colleague, foreign, "NO-SUCH")
    for page, key in (("sessions", "sessions_by_site"), ("rows", "session_rows"), ("courses", "completion_by_site")):
        answers = [lead.get(f"/download/{page}/{key}.csv?site={code}&site={own}") for code in codes]
        assert {answer.status_code for answer in answers} == {400}
        said = {without_token(answer.text).replace(code, "") for answer, code in zip(answers, codes, strict=True)}
        assert len(said) == 1
        assert "This file was not made" in answers[0].text
        assert names[colleague] not in answers[0].text
        assert lead.get(f"/download/{page}/{key}.csv?site={own}").status_code == 200
    assert ("download", "refused") in audited(app, scope, "sessions, sessions_by_site, csv")


def test_a_site_lead_gets_their_own_site_alone(app: Flask, place: Place) -> None:
    scope, names = place
    own, *others = sorted(names)
    lead = signed_in(app, scope, Role.SITE_LEAD, own)
    for page, key in (
        ("sessions", "sessions_by_site"),
        ("sessions", "no_shows_by_site"),
        ("courses", "completion_by_site"),
        ("courses", "due_list"),
        ("side-effects", "screening_coverage"),
        ("rows", "session_rows"),
    ):
        answer = lead.get(f"/download/{page}/{key}.csv")
        assert answer.status_code == 200
        assert names[own] in answer.text
        assert not any(names[other] in answer.text for other in others)


@pytest.mark.parametrize("wish", ["from=2026-10-02&to=2026-10-30", "indication=depression", "site=RIV"])
def test_a_reader_without_rows_gets_no_file_of_a_part(app: Flask, place: Place, wish: str) -> None:
    viewer, manager = (signed_in(app, place[0], role) for role in (Role.VIEWER, Role.MANAGER))
    path = "/download/sessions/sessions_by_status.csv"
    labels = [read_csv(somebody.get(path).data)[1][0] for somebody in (manager, viewer)]
    assert labels == [["Outcome", "Sessions", "Share"], ["Outcome", "Sessions"]]
    refused = viewer.get(f"{path}?{wish}")
    assert refused.status_code == 400 and "whole months of the whole network" in refused.text


def test_rows_are_for_those_who_may_open_them(app: Flask, place: Place) -> None:
    address = "/download/rows/session_rows.csv?status=delivered"
    assert signed_in(app, place[0], Role.VIEWER).get(address).status_code == 404
    officer = signed_in(app, place[0], Role.COMPLIANCE)
    _, (labels, *rows) = read_csv(officer.get(address).data)
    # Whether they were allowed to treat is the officer's question: the evidence, and nothing of the patient.
    assert labels == ["Session", "Site", "Day", "Supervising person", *VERDICTS_READ]
    assert rows and {cell for row in rows for cell in row[4:]} <= {"Met", "Not met", "Not recorded", ""}
    assert any("".join(row[4:]) for row in rows)
    assert "P-" not in officer.get(address).text
    refused = officer.get("/download/rows/session_rows.csv?term=dizziness")
    assert refused.status_code == 403 and "site, day, status, phase and product" in refused.text
    assert officer.get("/download/courses/due_list.csv").status_code == 404
    assert officer.get("/download/side-effects/serious_list.csv").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-99-01&to=2026-10-31",
        "period=yesterday",
        "status=gone",
        "from=2026-10-05&to=2026-10-01",
        "sort=sessions_by_site",
        "sort=sessions_by_site.nothing.up",
    ],
)
def test_a_file_is_not_made_of_something_else_than_was_asked_for(manager: FlaskClient, query: str) -> None:
    answer = manager.get(f"/download/sessions/sessions_by_site.csv?{query}")
    assert answer.status_code == 400
    assert "This file was not made." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "sessions/sessions_by_site.exe",
        "sessions/nothing.csv",
        "sessions/sessions_by_site",
        "nowhere/sessions_by_site.csv",
        "rows/course_rows.csv",
        "sessions/..%2F..%2Fetc.csv",
        "sessions/.csv",
    ],
)
def test_what_is_not_there_is_not_found(manager: FlaskClient, path: str) -> None:
    assert manager.get(f"/download/{path}").status_code == 404


def test_nobody_gets_nothing(app: Flask, place: Place) -> None:
    assert app.test_client().get("/download/sessions/sessions_by_site.csv").status_code == 401


def audited(app: Flask, scope: Scope, subject: str) -> list[tuple[str, str]]:
    with app.app_context(), reading(scope) as db:
        rows = db.execute(text("SELECT action, outcome FROM audit_event WHERE object = :subject"), {"subject": subject})
        return [tuple(row) for row in rows]
