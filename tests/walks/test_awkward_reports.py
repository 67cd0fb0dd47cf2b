"""Reports of awkward subjects, made as any other: sites without sessions, half a month, clocks that change, leap days, names.

The rows come in as files or records, the reports out of the ledger; what they must say is counted here by hand, from the rows.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from tests.conftest import NOW
from tests.making import Clock, make_network, store
from tests.presentation.examples import HOSTILE_NAMES
from tests.reporting import KINDS, OCTOBER, empty_queue, seen_by_lead, site_ids
from tests.reporting import site as stored_site
from tests.sending import Row, course, csv_text, send, session, site
from tests.walks.test_report import blocks
from webapp.artifacts import file_store
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.queries.recipients import fetch_recipients
from webapp.queries.report_ledger import get_file
from webapp.services import people, queued_work, report_runs, schedules
from webapp.transactions import reading

NONE, OPENED, CLOSED, MOVED, FELL, UNHELD = "NONE", "OPENED", "CLOSED", "MOVED", "FELL", "UNHELD"
EAST, BERLIN, TOKYO = "America/New_York", "Europe/Berlin", "Asia/Tokyo"
SITES = (
    site(NONE),
    site(OPENED, opened_on="2026-10-17"),
    site(CLOSED, closed_on="2026-10-12"),
    site(MOVED),
    site(FELL, zone=BERLIN),
    site(UNHELD),
)
STARTS: Mapping[str, Sequence[str]] = {
    OPENED: ("2026-10-17T08:00", "2026-10-20T08:00", "2026-10-31T23:59"),
    CLOSED: ("2026-10-02T08:00", "2026-10-12T08:00"),
    # 14 Oct 20:00 in New York is still the 14th there; the same instant is the 15th in Tokyo, where the site then is.
    MOVED: ("2026-10-01T00:00", "2026-10-14T20:00", "2026-10-15T00:30", "2026-10-31T23:30"),
    # The night of 25 Oct has the hour from two to three twice in Berlin; 00:30 on 1 Nov there is still October in UTC.
    FELL: ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-31T23:30", "2026-11-01T00:30"),
}
LEAP, SPRING = date(2024, 2, 1), date(2026, 3, 1)
OLDER: Mapping[str, Sequence[str]] = {
    # A leap day, and the night of 29 Mar 2026 whose hour from two to three never was in Berlin.
    FELL: ("2024-02-01T00:00", "2024-02-29T23:30", "2024-03-01T00:30", "2026-03-29T01:59", "2026-03-29T03:00", "2026-03-31T23:30"),
}  # fmt: skip
NAMES = tuple(
    name
    for name in HOSTILE_NAMES
    if name.startswith(("#{$x}", "=HYPERLINK", "عيادة", "诊所", "Ünï", "x" * 300, "#eval"))
)


@pytest.fixture(scope="module")
def network(session_app: Flask) -> Scope:
    """All awkward sites in one network, their October reports made by a worker's own code."""
    with session_app.app_context():
        empty_queue()
        scope = make_network(NOW)
        starts = {code: (*STARTS.get(code, ()), *OLDER.get(code, ())) for code in (*STARTS, UNHELD)}
        moved = {"sites.csv": [site(MOVED, zone=TOKYO, zone_from="2026-10-15")]}
        rows = {
            "courses.csv": [course(f"{code}-{n}", code) for code in STARTS for n in range(len(starts[code]))],
            "sessions.csv": [row for code in STARTS for row in delivered(code, starts[code])],
        }
        for files in ({"sites.csv": SITES}, moved, rows, unheld()):
            batch = send(scope, files)
            assert batch.state == "stored", batch.message
        schedules.ensure_monthly(scope, OCTOBER, NOW)
        report_runs.reconcile_network(scope, NOW)
        while queued_work.work_once(KINDS, None, Clock(NOW)):
            pass
    return scope


def delivered(code: str, starts: Sequence[str]) -> list[Row]:
    return [session(f"{code}-{n}", f"{code}-{n}", code, start) for n, start in enumerate(starts)]


def unheld() -> dict[str, bytes]:
    """A site to which nobody came: every rate of its report has nothing below the line."""
    booked = {"site": UNHELD, "status": "no_show", "phase": "induction", "booked_at": "2026-10-05T10:00"}
    rows = [{"key": f"{UNHELD}-{n}", "course": f"{UNHELD}-{n}", **booked} for n in range(3)]
    return {
        "courses.csv": csv_text([course(f"{UNHELD}-{n}", UNHELD) for n in range(3)]),
        "sessions.csv": csv_text(rows),
    }


def files_of(scope: Scope, code: str, month: date = OCTOBER) -> dict[str, bytes]:
    """The report of one site and month as it is kept, by kind of file."""
    with reading(scope) as db:
        run_id = db.execute(
            text(
                "SELECT r.id FROM report_run r WHERE r.site_id = :site AND r.period_start = :month AND state = 'stored'"
            ),
            {"site": site_ids(scope)[code], "month": month},
        ).scalar_one()
    lead = seen_by_lead(scope, code)
    with reading(lead) as db:
        kept = {kind: get_file(lead, db, run_id, kind) for kind in ("pdf", "xlsx", "csv")}
    return {kind: file_store().read(name, sha256) for kind, (_, name, sha256) in kept.items()}


def completed(files: Mapping[str, bytes]) -> int:
    """How many completed sessions the report's CSV tells; its XLSX must tell the same."""
    [row] = [row for row in blocks(files["csv"])["sessions_by_status"] if row[0] == "Completed"]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]), read_only=True)
    [cells] = [line for line in book.worksheets[1].iter_rows(values_only=True) if line[0] == "Completed"]
    assert cells[1] == int(row[1])
    return int(row[1])


def page_text(files: Mapping[str, bytes]) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages).split())


def in_october(starts: Sequence[str]) -> int:
    """Sessions whose own local clock says October."""
    return sum(start.startswith("2026-10") for start in starts)


@pytest.mark.parametrize("code", [OPENED, CLOSED, MOVED, FELL])
def test_half_months_moves_and_the_end_of_summer_time_count_by_the_sites_own_day(
    app: Flask, network: Scope, code: str
) -> None:
    assert completed(files_of(network, code)) == in_october(STARTS[code])


@pytest.mark.parametrize(("code", "newest"), [(MOVED, ["0", "0"]), (CLOSED, ["", ""])])
def test_a_week_without_a_session_is_empty_and_one_that_nothing_was_sent_of_is_missing(
    app: Flask, network: Scope, code: str, newest: list[str]
) -> None:
    _, *weeks = blocks(files_of(network, code)["csv"])["sessions_by_week"]
    assert len(weeks) == 13
    assert [week[1:] for week in weeks[:9]] == [["", ""]] * 9
    in_one_week = "2" if code == MOVED else "1"
    assert weeks[9:12] == [["2026-09-28", "1", "0"], ["2026-10-05", "0", "0"], ["2026-10-12", in_one_week, "0"]]
    assert weeks[12] == ["2026-10-19", *newest]


def test_a_site_that_moved_says_when_by_the_clocks_that_it_has_then(app: Flask, network: Scope) -> None:
    with reading(network) as db:
        rows = db.execute(
            text(
                "SELECT s.code, r.due_at FROM report_run r JOIN site s ON s.id = r.site_id WHERE r.period_start = :month"
            ),
            {"month": OCTOBER},
        )
        due = {code: at.astimezone(UTC) for code, at in rows}
    assert due[MOVED] == datetime(2026, 10, 31, 21, tzinfo=UTC)  # 06:00 in Tokyo
    assert due[FELL] == datetime(2026, 11, 1, 5, tzinfo=UTC)  # 06:00 in Berlin, in winter
    assert due[OPENED] == datetime(2026, 11, 1, 11, tzinfo=UTC)  # 06:00 in New York, in winter since two that night
    assert "(Asia/Tokyo)" in page_text(files_of(network, MOVED))


@pytest.mark.parametrize("code", [NONE, UNHELD])
def test_nothing_below_the_line_is_said_in_words_and_never_as_a_number(app: Flask, network: Scope, code: str) -> None:
    files = files_of(network, code)
    assert completed(files) == 0
    panels = blocks(files["csv"])
    fields = {field for rows in csv.reader(io.StringIO(files["csv"].decode())) for field in rows}
    assert not {field.lower() for field in fields} & {"nan", "inf", "-inf", "none", "null"}
    assert all(row[3] == "" for row in panels["screening_coverage"][1:])
    shown = page_text(files)
    assert "No session with an outcome has been received yet." in shown or code == UNHELD
    assert "nan" not in shown.lower().split()
    if code == UNHELD:
        assert ["No-show", "3"] in panels["sessions_by_status"]


def test_months_without_a_session_between_others_stand_in_their_place(app: Flask, network: Scope) -> None:
    rows = blocks(files_of(network, FELL)["csv"])["screening_coverage"][1:]
    assert [row[:2] for row in rows] == [
        [f"2026-{month:02d}-01", {3: "3", 10: "3"}.get(month, "0")] for month in range(3, 11)
    ]


def test_a_leap_day_and_the_beginning_of_summer_time(app: Flask, network: Scope) -> None:
    owner = replace(network, site_ids=frozenset(site_ids(network).values()))
    for month, expected in ((LEAP, 2), (SPRING, 3)):
        run_id = report_runs.request(owner, FELL, month, NOW)
        assert queued_work.work_once(KINDS, run_id, Clock(NOW))
        files = files_of(network, FELL, month)
        assert completed(files) == expected
        if month == LEAP:
            assert "1–29 Feb 2024" in page_text(files) or "29 Feb 2024" in page_text(files)


def test_due_on_the_31st_is_the_last_day_of_a_shorter_month(app: Flask) -> None:
    scope = make_network(NOW)
    store(scope, {"sites": [stored_site("RIV", "Riverside", "UTC")]}, NOW)
    with reading(scope) as db:
        assert fetch_recipients(scope, db, NOW) == []
    boss = Scope(
        scope.network_id, people.SYSTEM_USER, Role.MANAGER, frozenset(site_ids(scope).values()), whole_network=True
    )
    schedules.set_up(boss, replace(schedules.monthly(date(2026, 1, 1)), due_day=31), NOW)
    report_runs.reconcile_network(scope, datetime(2028, 3, 15, tzinfo=UTC))
    with reading(scope) as db:
        due = list(db.execute(text("SELECT due_at FROM report_run ORDER BY period_start")).scalars())
    assert [at.astimezone(UTC).day for at in due[:4]] == [28, 31, 30, 31]
    assert due[-1].astimezone(UTC) == datetime(2028, 2, 29, 6, tzinfo=UTC)
    assert len(due) == len({(at.year, at.month) for at in due}) == 25


def test_names_of_all_scripts_and_syntaxes_come_through_every_file_as_names(app: Flask) -> None:
    scope = make_network(NOW)
    empty_queue()
    codes = {f"S{n}": name for n, name in enumerate(NAMES)}
    store(scope, {"sites": [stored_site(code, name, "UTC") for code, name in codes.items()]}, NOW)
    schedules.ensure_monthly(scope, OCTOBER, NOW)
    report_runs.reconcile_network(scope, NOW)
    while queued_work.work_once(KINDS, None, Clock(NOW)):
        pass
    for code, name in codes.items():
        files = files_of(scope, code)
        told = dict(row[:2] for row in csv.reader(io.StringIO(files["csv"].decode())) if len(row) == 2)
        assert told["Site"].removeprefix("'") == name
        book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
        assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        if name.isascii() or name.startswith(("诊所", "Ünï")):
            assert "".join(name.split()) in "".join(page_text(files).split())
