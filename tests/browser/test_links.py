"""Any view is a link: filters live in the address, back returns, and a link shows its receiver only their own sites."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.house import House
from webapp.domain.vocabulary import Role
from webapp.presentation.navigation import NAVIGATION


def test_filters_are_in_the_address_and_back_and_forward_follow(visit: Visits, house: House) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    code, name = house.lead_site
    context = page.locator(".page-context")
    looker.open("/d/sessions")
    expect(context).to_contain_text("1 Oct 2026")
    page.get_by_label("12 months").check()
    expect(context).to_contain_text("1 Nov 2025")
    page.locator("summary", has_text="Sites All").click()
    page.get_by_role("checkbox", name=name).check()
    expect(page).to_have_url(re.compile(rf"/d/sessions\?period=last_12_months&site={code}$"))
    expect(page.locator("[data-summary]")).to_have_text(name)
    page.go_back()
    expect(page.locator("[data-summary]")).to_have_text("All 10")
    page.go_back()
    expect(context).to_contain_text("1 Oct 2026")
    expect(page.get_by_label("Last month")).to_be_checked()
    page.go_forward()
    expect(context).to_contain_text("1 Nov 2025")


def test_a_copied_link_shows_its_receiver_their_own_sites_only(visit: Visits, house: House) -> None:
    manager = visit(Role.MANAGER, new=True)
    (code, name), (other_code, other_name) = house.lead_site, house.other_site
    manager.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    manager.open(f"/d/sessions?period=last_12_months&site={code}&site={other_code}")
    expect(manager.page.locator("#main")).to_contain_text(other_name)
    manager.page.get_by_role("button", name="Copy link").click()
    expect(manager.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = manager.page.evaluate("navigator.clipboard.readText()")
    assert copied == manager.page.url

    lead = visit(Role.SITE_LEAD)
    lead.open(copied)
    lead.settle()
    expect(lead.page.get_by_text("Some sites named in this link are not among the sites you can see")).to_be_visible()
    expect(lead.page.locator(".page-chips")).to_contain_text("1 of 10 sites")
    expect(lead.page.locator("#main")).to_contain_text(name)
    assert other_name not in lead.page.content()


def test_a_theme_is_kept_from_drawn_pages_to_plain_ones(visit: Visits) -> None:
    looker = visit(Role.MANAGER, new=True)
    page = looker.page
    looker.open("/d/overview")
    page.get_by_label("Dark").check()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Reports").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Light").check()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.get_by_label("Light")).to_be_checked()


def test_the_keyboard_goes_through_the_page_in_its_order(visit: Visits) -> None:
    looker = visit(Role.VIEWER)
    page = looker.page
    looker.open("/d/overview")
    page.evaluate("document.activeElement.blur()")
    menu = [item.label for group in NAVIGATION for item in group.items if Role.VIEWER in item.roles]
    wanted = ["Skip to the page", "Dripline", *menu]
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert reached == wanted
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "what has the focus is seen to have it"


def test_signed_out_meanwhile_is_said_with_the_way_back(visit: Visits) -> None:
    looker = visit(Role.MANAGER, new=True)
    page = looker.page
    looker.open("/d/sessions")
    page.context.clear_cookies(name="dripline")
    page.get_by_label("30 days").check()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("signed out|no longer valid"))
    expect(page.get_by_role("alert").get_by_role("link")).to_be_visible()
    looker.settle()
    looker.trouble.clear()  # the browser itself notes the refusal
