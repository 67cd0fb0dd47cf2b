"""The site lead's job: my monthly report, correct; asked for, watched, and taken home as three files."""

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits
from tests.browser.house import House
from webapp.domain.vocabulary import Role

MADE_MS = 60_000
ASKED_FOR = ("2026-08", "Aug 2026")


def downloaded(page: Page, kind: str) -> bytes:
    """The file behind a link of the month that is shown."""
    with page.expect_download() as taking:
        page.get_by_role("link", name=re.compile(f"^{kind}.*{ASKED_FOR[1]}")).first.click()
    assert taking.value.suggested_filename.endswith(f".{kind.lower()}")
    return Path(taking.value.path()).read_bytes()


def test_a_report_is_asked_for_watched_and_downloaded(visit: Visits, house: House) -> None:
    looker = visit(Role.SITE_LEAD)
    page = looker.page
    looker.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(house.lead_site[1])
    page.get_by_role("link", name="Reports").click()
    assert page.get_by_label("Site", exact=True).locator("option").all_inner_texts() == [house.lead_site[1]]
    page.get_by_label("Month", exact=True).select_option(ASKED_FOR[0])
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{house.lead_site[1]}, {ASKED_FOR[1]}")
    expect(page.get_by_role("link", name=re.compile("^PDF of"))).to_be_visible(timeout=MADE_MS)
    expect(page.locator(".tag", has_text="Made")).to_be_visible()
    files = {kind: downloaded(page, kind) for kind in ("PDF", "XLSX", "CSV")}
    assert files["PDF"].startswith(b"%PDF-") and len(files["PDF"]) > 20_000
    assert files["XLSX"].startswith(b"PK\x03\x04")
    rows = list(csv.reader(io.StringIO(files["CSV"].decode("utf-8-sig"))))
    counted = sum(int(row[1]) for row in rows if row and row[0] in ("Completed", "Stopped early"))
    looker.open("/d/site?period=custom&from=2026-08-01&to=2026-08-31")
    expect(page.locator(".headline", has_text="Sessions delivered").locator(".number")).to_have_text(f"{counted:,}")


def test_progress_is_said_in_words_while_the_report_is_made(visit: Visits) -> None:
    looker = visit(Role.SITE_LEAD)
    page = looker.page
    polled: list[str] = []
    page.on("response", lambda answer: polled.append(answer.url) if "/progress" in answer.url else None)
    loaded: list[str] = []
    page.on("load", lambda shown: loaded.append(shown.url))
    looker.open("/reports")
    page.get_by_label("Month", exact=True).select_option("2026-07")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", name=re.compile("^Jul 2026: .* 1 (waiting|being made)"))).to_be_visible()
    page.wait_for_load_state("load")
    loaded.clear()
    expect(page.get_by_role("link", name=re.compile("^PDF of"))).to_be_visible(timeout=MADE_MS)
    expect(page.get_by_role("heading", name=re.compile("^Jul 2026: .* 1 (made|delivered)"))).to_be_visible()
    assert polled and all("/reports/progress?month=2026-07" in each for each in polled), "one address for all rows"
    assert loaded == [], "the row was swapped in place"


def test_of_other_sites_nothing_is_found(visit: Visits, house: House) -> None:
    looker = visit(Role.SITE_LEAD)
    page = looker.page
    code, name = house.other_site
    for path in ("/d/site", "/d/sessions", "/d/courses", "/d/side-effects", "/d/accreditation", "/d/rows"):
        looker.open(f"{path}?site={code}")
        expect(page.get_by_text("None of your sites is in this view")).to_be_visible()
        assert name not in page.content()
