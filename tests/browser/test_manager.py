"""The network manager's job: which of my sites needs me today, and why? And any number opens to the rows behind it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.driving import sign_in
from tests.browser.house import House
from webapp.domain.vocabulary import Role


def number(text: str) -> int:
    """The first number in a text."""
    found = re.search(r"[\d,]+", text)
    assert found is not None, text
    return int(found[0].replace(",", ""))


def test_the_site_that_needs_somebody_stands_first_and_its_next_step_leads_there(visit: Visits, house: House) -> None:
    looker = visit(new=True)
    page = looker.page
    page.goto("/")
    sign_in(page, house.email(Role.MANAGER))
    item = page.locator(".attention li").first
    expect(item.locator(".text")).not_to_be_empty()
    assert item.bounding_box() is not None
    top = item.bounding_box()
    assert top is not None
    assert top["y"] < 400, "the first thing to look at is seen without scrolling"
    site = item.locator(".site").inner_text()
    item.locator(".next").click()
    looker.settle()
    assert "/d/overview" not in page.url
    expect(page.locator("#main")).to_contain_text(site)


def test_a_number_opens_down_to_the_rows_that_it_counts(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/d/overview")
    headline = page.locator(".headline", has_text="Sessions delivered").locator(".number")
    delivered = number(headline.inner_text())
    headline.click()
    expect(page.locator(".sentences")).to_contain_text(f"{delivered:,} sessions delivered")
    table = page.locator(".card", has=page.get_by_role("heading", name="What became of the sessions?"))
    completed = table.get_by_role("row", name=re.compile("^Completed")).get_by_role("link")
    many = number(completed.inner_text())
    completed.click()
    expect(page.get_by_role("heading", name="Sessions behind a number")).to_be_visible()
    expect(page.locator(".sentences")).to_contain_text(f"{many:,} sessions")
    expect(page.locator(".data-table tbody tr").first).to_contain_text("Completed")
    page.go_back()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_each_number_says_how_it_is_counted(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    looker.open("/d/overview")
    for card in looker.page.locator(".headline").all():
        card.locator("summary").click()
        expect(card.locator(".panel")).to_contain_text("Out of" if "Sessions" not in card.inner_text() else "Counted")
        looker.page.keyboard.press("Escape")
        expect(card.locator(".panel")).to_be_hidden()
