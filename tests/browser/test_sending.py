"""Files are sent, followed while the worker reads them, and what was not taken is said row by row."""

import re

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Visits
from tests.sending import csv_text, site
from webapp.domain.vocabulary import Role

READ_MS = 60_000
SITES = [site("XAN", zone="Moon/Tranquillity"), site("YON")]


def test_a_bad_row_is_named_with_what_to_do(visit: Visits) -> None:
    looker = visit(Role.MANAGER)
    page = looker.page
    looker.open("/data")
    page.get_by_label("CSV files").set_input_files(
        FilePayload(name="sites.csv", mimeType="text/csv", buffer=csv_text(SITES))
    )
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="What became of it?")).to_be_visible(timeout=READ_MS)
    expect(page.locator("#main")).to_contain_text("Nothing was stored")
    row = page.locator(".data-table tbody tr").first
    expect(row).to_contain_text("Moon/Tranquillity")
    expect(row).to_contain_text(re.compile("time zone"))
    with page.expect_download() as taking:
        page.get_by_role("link", name="Download CSV").click()
    assert taking.value.suggested_filename.startswith("rejected-rows")
