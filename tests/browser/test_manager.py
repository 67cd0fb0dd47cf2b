"""The network manager's job: which of my sites needs me today, and why? And any number opens to the rows behind it."""

import csv
import io
import re

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.driving import sign_in
from tests.browser.house import House
from webapp.domain.vocabulary import Role

WRITTEN = """() => {
    const pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
    window.written = [];
    pen.fillText = function (words, ...at) { window.written.push(words); return write.call(this, words, ...at); };
}"""
"""What is written on a picture is kept."""
TO_BE_CLICKED = """() => [...document.querySelectorAll("nav, form, input, select, .button, .filters, .side, .card-tools, .modebar")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height > 1).map((one) => one.outerHTML)"""
"""Bars and buttons that are seen."""

MISSING = "–"
"""Stands on the screen where a number is not told; in a file its cell is empty."""


def as_shown(cell: str) -> str:
    """A cell of a file as the screen writes it: shares in percent with one place, counts in groups of three."""
    if re.fullmatch(r"\d+", cell):
        return f"{int(cell):,}"
    if re.fullmatch(r"\d\.\d+(e-\d+)?", cell):
        return f"{100 * float(cell):.1f} %"
    return cell


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


def card_of(page: Page, question: str) -> Locator:
    """The card that answers this question."""
    return page.locator(".card", has=page.get_by_role("heading", name=question, exact=True))


def test_a_site_outside_the_limit_is_three_clicks_from_its_sessions(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/d/overview?period=last_12_months")
    item = page.locator(".attention li", has_text="the 99.8 % limit").first
    site, sentence = item.locator(".site").inner_text(), item.locator(".text").inner_text()
    item.locator(".next").click()
    by_site = card_of(page, "What does each site record?")
    by_site.locator("summary", has_text="Show as table").click()
    counted = by_site.get_by_role("row", name=re.compile(f"^{site} ")).get_by_role("link").last
    many = number(counted.inner_text())
    counted.click()
    expect(page.locator(".sentences")).to_contain_text(f"{many:,} sessions: ")
    term = sentence.split(" in ")[0].lower()
    expect(page.locator(".sentences")).to_contain_text(term)
    sites = page.locator(".data-table tbody tr").filter(has_text=site)
    assert sites.count() == page.locator(".data-table tbody tr").count() == min(many, 100)


def test_a_file_a_picture_and_paper_hold_what_the_screen_shows(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/d/side-effects?period=last_12_months")
    question = "What does each site record?"
    card = card_of(page, question)
    card.locator("summary", has_text="Download").click()
    with page.expect_download() as file:
        card.get_by_role("link", name="CSV").click()
    card.locator("summary", has_text="Show as table").click()
    shown = [row.locator("th, td").all_inner_texts() for row in card.locator(".data-table tr").all()]
    told = list(csv.reader(io.StringIO(file.value.path().read_text())))
    start = next(place for place, line in enumerate(told) if line[:1] == ["Site"])
    assert len(shown) == 11
    for on_screen, in_file in zip(shown, told[start:], strict=False):
        assert [as_shown(cell) for cell in in_file] == [cell.strip().replace(MISSING, "") for cell in on_screen]

    looker.settle(0)
    page.evaluate(WRITTEN)
    card.locator("summary", has_text="Download").click()
    with page.expect_download() as file:
        card.get_by_role("button", name="PNG").click()
    picture = Image.open(file.value.path())
    assert picture.format == "PNG" and picture.width > 800 and picture.height > 500
    assert question in page.evaluate("window.written"), "the picture bears its title"
    head = picture.convert("L").crop((0, 0, picture.width, 90))
    shades = head.histogram()
    assert sum(shades[:100]) > 500 and sum(shades[200:]) > 500, "words on a card"

    page.emulate_media(media="print")
    assert page.evaluate(TO_BE_CLICKED) == []
    expect(card).to_be_visible()
    page.emulate_media(media="screen")
    assert len(page.evaluate(TO_BE_CLICKED)) > 10
