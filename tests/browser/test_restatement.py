"""A sealed month that newer data change: a further issue comes by itself and says why; the first stays as it was."""

import hashlib
import re
from pathlib import Path

from celery import Celery
from playwright.sync_api import FilePayload, Locator, Page, expect
from sqlalchemy import text

from tests.browser.conftest import Visits
from tests.browser.house import House
from tests.sending import course, csv_text, session
from webapp.domain.vocabulary import Role
from webapp.services.outbox import BELL_QUEUE
from webapp.transactions import reading

MADE_MS = 60_000
OCTOBER = "/reports?month=2026-10"
LATE = 25


def sealed_site(house: House) -> tuple[str, str]:
    """Code and name of a site whose October report is made, and about whom no other test asks."""
    statement = (
        "SELECT s.code, v.name FROM report_run r JOIN site s ON s.id = r.site_id JOIN site_version v ON v.site_id = s.id"
        " AND v.superseded_by_batch_id IS NULL WHERE r.period_start = '2026-10-01' AND r.state IN ('stored', 'delivered')"
        " AND NOT s.code = ANY (:others) ORDER BY v.name LIMIT 1"
    )
    with house.app.app_context(), reading(house.full) as db:
        others = [house.lead_site[0], house.other_site[0]]
        code, name = db.execute(text(statement), {"others": others}).one()
    return str(code), str(name)


def ring(house: House) -> None:
    """As beat does each minute."""
    with Celery("beat", broker=str(house.app.config["REDIS_URL"]), set_as_current=False) as beat:
        beat.send_task("dripline.tick", queue=BELL_QUEUE, ignore_result=True)


def late_rows(code: str) -> list[FilePayload]:
    """Sessions of October that the site's system had forgotten to send."""
    courses = [course(f"late-{n}", code) for n in range(LATE)]
    sessions = [session(f"late-{n}", f"late-{n}", code, "2026-10-07T10:00") for n in range(LATE)]
    return [
        FilePayload(name=f"{name}.csv", mimeType="text/csv", buffer=csv_text(rows))
        for name, rows in (("courses", courses), ("sessions", sessions))
    ]


def delivered(page: Page) -> int:
    """The report's own number of delivered sessions."""
    term = page.locator("dt", has_text=re.compile("^Sessions delivered$"))
    return int(term.locator("xpath=following-sibling::dd[1]").inner_text().split()[0].replace(",", ""))


def row_of(page: Page, name: str, issue: int) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=f"Site report of {name}, issue {issue}"))


def taken_home(page: Page, row: Locator) -> str:
    """The hash of a row's PDF."""
    with page.expect_download() as taking:
        row.get_by_role("link", name=re.compile("^PDF of")).click()
    content = Path(taking.value.path()).read_bytes()
    assert content.startswith(b"%PDF-")
    return hashlib.sha256(content).hexdigest()


def test_newer_data_make_a_further_issue_and_the_first_stays(visit: Visits, house: House) -> None:
    code, name = sealed_site(house)
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open(OCTOBER)
    first = row_of(page, name, 1)
    before_hash = taken_home(page, first)
    first.get_by_role("link", name=re.compile("^Site report")).click()
    before = delivered(page)

    looker.open("/data")
    page.get_by_label("CSV files").set_input_files(late_rows(code))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="What became of it?")).to_be_visible(timeout=MADE_MS)
    expect(page.locator("#main")).to_contain_text(f"Stored {2 * LATE} new rows")

    ring(house)
    looker.open(OCTOBER)
    second = row_of(page, name, 2)
    for _ in range(20):
        if second.get_by_role("link", name=re.compile("^PDF of")).count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(second.locator(".tag", has_text="Superseded")).to_have_count(0)
    expect(first.locator(".tag", has_text="Superseded")).to_be_visible()
    assert taken_home(page, first) == before_hash

    second.get_by_role("link", name=re.compile("^Site report")).click()
    assert delivered(page) == before + LATE
    expect(page.get_by_role("heading", name="What changed since the issue before")).to_be_visible()
    expect(page.locator("#main")).to_contain_text(f"Sessions delivered: {before:,} before, {before + LATE:,} now.")
    expect(page.locator("#main")).to_contain_text(f"{2 * LATE} rows new or changed")
    assert looker.barriers() == []

    page.get_by_role("link", name="Compare two issues number by number").click()
    expect(page.get_by_role("heading", name=re.compile("^Issue 2 beside"))).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Sessions delivered").first).to_contain_text(f"{before + LATE:,}")
    assert looker.barriers() == []

    page.go_back()
    page.get_by_role("link", name="Issue 1", exact=True).click()
    expect(page.locator("#main")).to_contain_text("This one stays as it was sent.")
    assert delivered(page) == before
