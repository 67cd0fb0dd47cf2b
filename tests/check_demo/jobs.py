"""The main job of each of the three users, over HTTP."""

import csv
import io
import json
import re
import time
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape

from tests.check_demo.started_demo import SignIn
from tests.check_demo.visitor import Drawn, NotAsExpected, Visitor
from webapp.domain.periods import add_months
from webapp.services.demo import newest_due_month

REPORT_SECONDS = 240.0
FILES = {"pdf": (b"%PDF-", 20_000), "xlsx": (b"PK\x03\x04", 5_000), "csv": (b"", 500)}
"""What each file of a report begins with, and the least that it weighs."""

FOUR = ("Sessions delivered", "Courses completed", "Any side effect", "All six criteria met")
STANDINGS = ("No record", "Applied for", "Valid", "Suspended", "Expired", "Revoked", "Withdrawn")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Overview:
    """The overview's four numbers as texts, over which days they were counted, and the month of the closed cohort."""

    first_on: date
    last_on: date
    sessions: int
    side_effects: str
    completion: str
    cohort: date
    cohort_size: int


def read_overview(address: str, who: SignIn, today: date) -> Overview:
    """The network manager reads the overview's four numbers of the last month, and what needs them."""
    visitor = Visitor(address)
    visitor.sign_in(who.email, who.password)
    shown = visitor.drawn("/d/overview")
    numbers = shown.headlines()
    if set(numbers) != set(FOUR):
        raise NotAsExpected(f"The overview's four numbers are {', '.join(numbers)}.")
    last_on = today.replace(day=1) - timedelta(days=1)
    cohort = re.search(r"closed cohort, (\w{3}) (\d{4}) starts, n = ([\d,]+)", numbers[FOUR[1]])
    if cohort is None:
        raise NotAsExpected(f"The overview names no closed cohort: {numbers[FOUR[1]]}")
    return Overview(
        last_on.replace(day=1),
        last_on,
        _number(numbers[FOUR[0]]),
        _percent(numbers[FOUR[2]]),
        _percent(numbers[FOUR[1]]),
        date(int(cohort[2]), MONTHS.index(cohort[1]) + 1, 1),
        _number(cohort[3]),
    )


@dataclass(frozen=True)
class Report:
    """A report that was made, downloaded and checked."""

    site: str
    month: date
    delivered: int
    seen_under_way: tuple[str, ...]


def make_report(address: str, who: SignIn, today: date) -> Report:
    """The site lead asks for the report of the month before the newest that is due, watches it being made, and takes its three files."""
    visitor = Visitor(address)
    visitor.sign_in(who.email, who.password)
    month = add_months(newest_due_month(today), -1)
    page = visitor.page("/reports")
    sites = re.findall(r'<option value="([^"]+)">', page.partition('name="site"')[2].partition("</select>")[0])
    if len(sites) != 1:
        raise NotAsExpected(f"The site lead is offered {len(sites)} sites, not their own alone.")
    page = visitor.send_form("/reports", page, {"site": unescape(sites[0]), "month": f"{month:%Y-%m}"})
    seen = _wait_for_report(visitor, month)
    files = _download(visitor, month)
    delivered = _delivered_in(files["csv"])
    shown = _site_page(visitor, month)
    on_page = _number(shown.headlines()[FOUR[0]])
    if delivered != on_page:
        raise NotAsExpected(
            f"The report's CSV says {delivered} delivered sessions, the page of {shown.title} says {on_page}."
        )
    return Report(shown.title, month, delivered, seen)


def wait_for_due_report(address: str, who: SignIn, today: date) -> None:
    """The site lead finds the newest report that is due, which nobody asked for."""
    visitor = Visitor(address)
    visitor.sign_in(who.email, who.password)
    month = newest_due_month(today)
    _wait_for_report(visitor, month)
    _download(visitor, month)


def read_matrix(address: str, who: SignIn, today: date, sites: int) -> int:
    """The compliance officer reads the accreditation matrix of a past day; how many cells it has."""
    visitor = Visitor(address)
    visitor.sign_in(who.email, who.password)
    rows = visitor.drawn("/d/accreditation", as_of=(today - timedelta(days=60)).isoformat()).table("matrix")
    if len(rows) != sites:
        raise NotAsExpected(f"The accreditation matrix has {len(rows)} sites, not {sites}.")
    cells = [text for row in rows for text in list(row.values())[1:]]
    odd = [text for text in cells if not text.startswith(STANDINGS)]
    if odd or not any(text.startswith("Valid") for text in cells):
        raise NotAsExpected(f"The accreditation matrix holds no standings: {', '.join(odd[:3] or cells[:3])}.")
    return len(cells)


def _wait_for_report(visitor: Visitor, month: date) -> tuple[str, ...]:
    """Ask how far the report is, as the page does, until its files are offered; the words that were shown meanwhile."""
    deadline = time.monotonic() + REPORT_SECONDS
    seen: list[str] = []
    while time.monotonic() < deadline:
        page = visitor.page(f"/reports?month={month:%Y-%m}")
        if _links(page):
            return tuple(seen)
        polled = re.search(r'data-progress="([^"]+)"', page)
        while polled and time.monotonic() < deadline:
            answer = json.loads(visitor.get(unescape(polled[1]), "application/json"))
            if answer["words"] not in seen:
                seen.append(answer["words"])
            if not answer["open"]:
                break
            time.sleep(0.25)
        else:
            time.sleep(0.5)
    raise NotAsExpected(
        f"The report of {month:%Y-%m} was not made within {REPORT_SECONDS:.0f} s; it read {', '.join(seen)}."
    )


def _links(page: str) -> dict[str, str]:
    """The newest report's files on the page, by kind."""
    found = re.findall(r'href="(/reports/[0-9a-f-]+/(pdf|xlsx|csv))"', page)
    return {kind: path for path, kind in reversed(found)}


def _download(visitor: Visitor, month: date) -> dict[str, bytes]:
    links = _links(visitor.page(f"/reports?month={month:%Y-%m}"))
    files = {kind: visitor.get(links[kind], "*/*") for kind in FILES}
    for kind, (magic, least) in FILES.items():
        if not files[kind].startswith(magic) or len(files[kind]) < least:
            raise NotAsExpected(f"The report's {kind} is not one: {len(files[kind]):,} bytes, {files[kind][:8]!r}.")
    return files


def _delivered_in(content: bytes) -> int:
    """Completed and stopped-early sessions in the CSV's panel of outcomes."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    counts = {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[0] in ("Completed", "Stopped early")}
    if len(counts) != 2:
        raise NotAsExpected("The report's CSV does not say how many sessions were completed and stopped early.")
    return sum(counts.values())


def _site_page(visitor: Visitor, month: date) -> Drawn:
    last_on = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked = {"period": "custom", "from": month.isoformat(), "to": last_on.isoformat()}
    return visitor.drawn("/d/site", **asked)


def _number(text: str) -> int:
    found = re.match(r"[\d,]+", text.strip())
    if found is None:
        raise NotAsExpected(f"No number stands at the head of: {text}")
    return int(found[0].replace(",", ""))


def _percent(text: str) -> str:
    found = re.match(r"\d+\.\d %", text.strip())
    if found is None:
        raise NotAsExpected(f"No percentage stands at the head of: {text}")
    return found[0]
