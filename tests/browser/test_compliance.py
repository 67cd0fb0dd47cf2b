"""The compliance officer's job: was this site allowed to treat on that day? And a record that changes the answer."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visits
from tests.browser.looking import Looker
from webapp.domain.vocabulary import Role

PAST, PAST_WORDS = "2026-09-15", "15 Sep 2026"
SUSPENDED, BEFORE = "2026-11-20", "2026-11-19"


def matrix(looker: Looker) -> Locator:
    """The rows of the matrix."""
    title = looker.page.get_by_role("heading", name="Who was allowed to treat on that day?")
    return looker.page.locator(".card", has=title).locator("tbody tr")


def open_on(looker: Looker, day: str) -> None:
    """The matrix of a day, chosen as a person does."""
    looker.open("/d/accreditation")
    looker.page.get_by_label("As of").fill(day)
    expect(looker.page).to_have_url(re.compile(f"as_of={day}"))
    looker.settle()


def test_the_matrix_of_a_past_day(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    open_on(looker, PAST)
    expect(looker.page.locator(".page-context")).to_contain_text(PAST_WORDS)
    expect(matrix(looker)).to_have_count(10)
    expect(matrix(looker).first.locator("td").first).to_contain_text(re.compile(r"Valid|No record|Suspended|Expired"))


def test_a_suspension_is_recorded_and_seen_from_its_day_on(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    page = looker.page
    open_on(looker, SUSPENDED)
    row = (
        matrix(looker).filter(has=page.locator("td:nth-child(2)", has_text=re.compile(r"Valid to .* 202[789]$"))).first
    )
    site = row.locator("th").inner_text()
    page.get_by_role("link", name="Record an accreditation").click()
    page.get_by_label("Site", exact=True).select_option(label=site)
    page.get_by_label("Programme").select_option(label="Certified clinical setting")
    page.get_by_label("Event").select_option(label="Suspended")
    page.get_by_label("Takes effect on").fill(SUSPENDED)
    page.get_by_label("Why (optional)").fill("Crash trolley out of date at the visit.")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status").filter(has_text=f"Recorded for {site}")).to_be_visible()
    of_site = matrix(looker).filter(has_text=site).locator("td").first
    open_on(looker, SUSPENDED)
    expect(of_site).to_have_text("Suspended since 20 Nov 2026")
    open_on(looker, BEFORE)
    expect(of_site).to_contain_text("Valid to")


def test_what_is_missing_from_a_record_is_said_beside_its_field(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    page = looker.page
    looker.open("/accreditation/record")
    page.locator("form[action*=record]").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Choose the site.")).to_be_visible()
    expect(page.get_by_text("Give the day it takes effect.")).to_be_visible()
    assert looker.barriers() == []
    looker.trouble.clear()  # the browser itself notes that the form was refused
