"""Reports that arrive: the site lead finds what is new and takes it home; the manager releases a held one and changes a schedule."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.house import House
from webapp.domain.vocabulary import Role

MADE_MS = 60_000


def test_the_site_lead_sees_what_is_new_reads_it_and_takes_it_home(visit: Visits, house: House) -> None:
    looker = visit(Role.SITE_LEAD)
    page = looker.page
    looker.open("/reports?month=2026-10")
    row = page.get_by_role("row").filter(has=page.get_by_text("Delivered", exact=True))
    expect(row).to_have_count(1, timeout=MADE_MS)
    expect(row.locator(".tag", has_text="New")).to_be_visible()
    assert house.other_site[1] not in page.content()
    row.get_by_role("link", name=re.compile("^Site report")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(house.lead_site[1])
    expect(page.get_by_role("heading", name=re.compile("What became of the month"))).to_be_visible()
    assert looker.barriers() == []
    with page.expect_download() as taking:
        page.get_by_role("link", name="Download PDF").click()
    assert taking.value.suggested_filename.endswith(".pdf")
    looker.open("/reports?month=2026-10")
    expect(page.locator(".tag", has_text="Delivered")).to_be_visible()
    expect(page.locator(".tag", has_text="New")).to_have_count(0)


def test_the_manager_releases_a_held_report(visit: Visits, house: House) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/reports?month=2026-10")
    expect(page.get_by_role("heading", name=re.compile(rf"held: .*{house.other_site[1]}"))).to_be_visible()
    page.get_by_role("button", name=re.compile(f"^Release.*{house.other_site[1]}")).click()
    expect(page.get_by_role("status").first).to_contain_text("Released")
    expect(page.get_by_role("heading", name=re.compile("What it says: monthly report, incomplete"))).to_be_visible(
        timeout=MADE_MS
    )
    expect(page.get_by_text("This report is incomplete")).to_be_visible()


def test_a_schedule_is_set_up_and_changed(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/reports/schedules")
    page.get_by_role("link", name="New schedule").click()
    page.get_by_label("Name").fill("Due at the start of the week")
    page.get_by_label("Report", exact=True).select_option("course_due")
    page.get_by_label("How often").select_option("weekly")
    page.get_by_label("First period").fill("2026-11-23")
    page.get_by_role("checkbox", name=re.compile("Sam Reyes")).check()
    assert looker.barriers() == []
    page.get_by_role("button", name="Set it up").click()
    row = page.get_by_role("row").filter(has_text="Due at the start of the week")
    expect(row).to_contain_text("Monday of the week after, 06:00")
    expect(row).to_contain_text("Sam Reyes")
    row.get_by_role("link").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("status").first).to_contain_text("has ended")
