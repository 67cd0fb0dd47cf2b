"""At the door: who may come in, where they land, and what a stranger is told."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.driving import sign_in
from tests.browser.house import House
from tests.browser.looking import READY
from webapp.domain.vocabulary import Role

WRONG = "The e-mail address and the password do not belong together. Check both and try again."
LANDINGS = {
    Role.MANAGER: "/d/overview",
    Role.SITE_LEAD: "/d/site",
    Role.COMPLIANCE: "/d/overview",
    Role.VIEWER: "/d/overview",
    Role.OPERATOR: "/status",
}


@pytest.mark.parametrize("role", LANDINGS, ids=str)
def test_everybody_lands_where_their_job_begins(visit: Visits, house: House, role: Role) -> None:
    looker = visit(role)
    looker.open("/")
    assert looker.page.url == house.address + LANDINGS[role]


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_is_one_sentence_that_tells_a_stranger_nothing(
    visit: Visits, house: House, known: bool
) -> None:
    looker = visit(new=True)
    page = looker.page
    page.goto("/sign-in")
    email = house.email(Role.MANAGER) if known else "nobody@example.org"
    sign_in(page, email, "not the password")
    expect(page.get_by_role("alert")).to_have_text(WRONG)
    expect(page.get_by_label("E-mail address")).to_have_value(email)
    expect(page.get_by_label("Password")).to_have_value("")
    assert looker.barriers() == []
    looker.trouble.clear()  # the browser itself notes the refusal


def test_a_link_is_followed_after_signing_in_and_forgotten_after_signing_out(visit: Visits, house: House) -> None:
    looker = visit(new=True)
    page = looker.page
    page.goto("/d/courses?period=last_30_days")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    sign_in(page, house.email(Role.VIEWER))
    expect(page).to_have_url(f"{house.address}/d/courses?period=last_30_days")
    page.wait_for_selector(READY)
    looker.settle()  # a question that is still under way would be refused, and the browser notes that
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_nobody_is_led_to_another_host(visit: Visits, house: House) -> None:
    page = visit(new=True).page
    page.goto("/sign-in?next=//example.org/d/overview")
    sign_in(page, house.email(Role.VIEWER))
    expect(page).to_have_url(f"{house.address}/d/overview")
