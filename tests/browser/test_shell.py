"""The frame in a real browser: filters and back, order and search, themes, keyboard, narrow screens, no barriers."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.browser.looking import Looker
from tests.dashboards.shown import Somebody, make_app


@dataclass
class Served:
    """Where the small application answers, and who looks at it."""

    address: str
    somebody: Somebody


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    somebody = Somebody()
    app, _ = make_app(somebody)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served(f"http://127.0.0.1:{server.server_port}", somebody)
    server.shutdown()
    thread.join()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1024, "dark"), (390, "light")])
def test_no_barrier_and_no_overflow(looker: Looker, served: Served, width: int, theme: str) -> None:
    looker.page.set_viewport_size({"width": width, "height": 900})
    looker.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    looker.open(f"{served.address}/d/overview")
    looker.page.wait_for_selector(".main-svg")
    looker.settle()
    assert looker.barriers() == []
    assert looker.overflow() == 0
    for summary in looker.page.locator("details.pop > summary:visible").all():
        looker.page.keyboard.press("Escape")  # the one before would lie over it
        summary.click()
        assert looker.overflow() == 0
    assert looker.barriers() == []


def test_one_question_a_page_and_no_other_host(looker: Looker, served: Served) -> None:
    looker.open(f"{served.address}/d/overview")
    looker.settle()
    assert len(looker.asked) == 1
    assert looker.hosts <= {served.address.split("/")[2], ""}


def test_filters_live_in_the_address_and_back_returns(looker: Looker, served: Served) -> None:
    page = looker.page
    looker.open(f"{served.address}/d/overview")
    page.get_by_label("12 months").check()
    looker.settle()
    page.locator("summary", has_text="Sites All").click()
    page.get_by_placeholder("Search 3 sites").fill("north")
    expect(page.get_by_label("Riverside")).to_be_hidden()
    page.get_by_label("Northgate").check()
    looker.settle()
    assert page.url.endswith("/d/overview?period=last_12_months&site=NOR")
    expect(page.locator("#count")).to_have_text("1 sites")
    expect(page.locator("[data-summary]")).to_have_text("Northgate")
    page.go_back()
    expect(page.locator("#count")).to_have_text("3 sites")
    expect(page.locator("[data-summary]")).to_have_text("All 3")
    page.go_back()
    expect(page.get_by_label("Last month")).to_be_checked()
    page.go_forward()
    expect(page.get_by_label("12 months")).to_be_checked()


def test_a_link_shows_its_receiver_what_it_shows_its_sender(looker: Looker, served: Served) -> None:
    looker.open(f"{served.address}/d/overview?from=2026-09-01&to=2026-09-30&site=RIV&indication=ptsd")
    expect(looker.page.get_by_label("Custom")).to_be_checked()
    expect(looker.page.get_by_label("From", exact=True)).to_have_value("2026-09-01")
    expect(looker.page.get_by_label("Indication")).to_have_value("ptsd")
    looker.page.get_by_role("link", name="Reset").click()
    expect(looker.page).to_have_url(re.compile(r"/d/overview$"))
    expect(looker.page.get_by_label("Last month")).to_be_checked()


def test_the_filters_travel_to_the_next_page(looker: Looker, served: Served) -> None:
    looker.open(f"{served.address}/d/overview")
    looker.page.get_by_label("30 days").check()
    looker.settle()
    link = looker.page.locator(".nav a", has_text="Courses")
    link.focus()
    expect(link).to_have_attribute("href", "/d/courses?period=last_30_days")


def test_a_table_is_put_in_order_without_a_question(looker: Looker, served: Served) -> None:
    page = looker.page
    looker.open(f"{served.address}/d/overview")
    looker.settle()
    heading = page.get_by_role("columnheader", name="Sessions")
    heading.get_by_role("button").click()
    expect(page.locator(".data-table tbody tr").first).to_contain_text("Lakeside <b>&")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert page.url.endswith("?sort=sites.sessions.down") and len(looker.asked) == 1
    page.reload()
    expect(page.locator(".data-table tbody tr").first).to_contain_text("Lakeside <b>&")


def test_every_number_opens(looker: Looker, served: Served) -> None:
    looker.open(f"{served.address}/d/overview")
    looker.page.get_by_role("link", name="412").click()
    expect(looker.page).to_have_url(re.compile(r"/d/overview\?site=RIV$"))
    expect(looker.page.locator("#count")).to_have_text("1 sites")


def test_a_theme_is_kept_and_charts_follow_it(looker: Looker, served: Served) -> None:
    page = looker.page
    looker.open(f"{served.address}/d/overview")
    page.wait_for_selector(".main-svg .xtick text")
    light = page.locator(".xtick text").first.evaluate("mark => mark.style.fill")
    page.get_by_label("Dark").check()
    looker.settle()
    assert page.locator(".xtick text").first.evaluate("mark => mark.style.fill") != light
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_keyboard_reaches_everything(looker: Looker, served: Served) -> None:
    page = looker.page
    looker.open(f"{served.address}/d/overview")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Last month")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Search 3 sites")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_placeholder("Search 3 sites")).to_be_hidden()
    expect(page.locator("summary", has_text="Sites All")).to_be_focused()


def test_on_a_phone_the_navigation_folds(looker: Looker, served: Served) -> None:
    looker.page.set_viewport_size({"width": 390, "height": 800})
    looker.open(f"{served.address}/d/overview")
    link = looker.page.get_by_role("link", name="Courses", exact=True)
    expect(link).to_be_hidden()
    looker.page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    assert looker.overflow() == 0


def test_trouble_is_said_with_a_way_on(looker: Looker, served: Served) -> None:
    looker.page.goto(f"{served.address}/d/sessions")
    expect(looker.page.get_by_role("alert")).to_contain_text("could not be counted just now")
    expect(looker.page.get_by_role("link", name="Try again")).to_be_visible()
    looker.settle()
    assert looker.barriers() == []
    looker.trouble.clear()
