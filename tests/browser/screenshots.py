"""`make screenshots`: every page, wide and narrow, light and dark, of a full and of an empty network, into screenshots/."""

import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from tests.browser.driving import HOW_TO_GET_ONE, Visitors, find_chromium, started_browser
from tests.browser.house import EMPTY, FULL, House, Size, open_house
from tests.browser.looking import AT_REST, READY
from tests.browser.views import every_view
from tests.own_servers import drop_database, empty_queue, new_database
from webapp.domain.vocabulary import Role
from webapp.embedded.servers import running_servers
from webapp.transactions import of_dispatcher

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "screenshots"
SIZE = Size(sites=24, sessions=40_000, days=3 * 365, reports_from=date(2026, 9, 1))
HEIGHTS = {1440: 900, 390: 844}
NETWORKS = {"full": FULL, "empty": EMPTY}
REPORTS_SECONDS = 180.0
README_PICTURE = ROOT / "docs" / "overview.png"


@contextmanager
def filled_house() -> Iterator[House]:
    """The house of the tests with a larger network, on embedded servers or on those that the environment names."""
    with tempfile.TemporaryDirectory(prefix="dripline-screenshots-") as named:
        folder = Path(named)
        name = f"dripline_screenshots_{os.getpid()}"
        with running_servers(folder / "servers", os.environ, throwaway=True) as urls:
            environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": str(folder), "DRIPLINE_ENVIRONMENT": "test"}
            environ["DATABASE_URL"] = new_database(environ["DATABASE_URL"], name)
            environ["REDIS_URL"] = empty_queue(environ["REDIS_URL"], 6)
            try:
                with open_house(environ, folder, SIZE) as house:
                    _wait_for_reports(house)
                    yield house
            finally:
                drop_database(str(urls.database_url), name)


def _wait_for_reports(house: House) -> None:
    deadline = time.monotonic() + REPORTS_SECONDS
    with house.app.app_context():
        while time.monotonic() < deadline:
            with of_dispatcher() as db:
                if not db.execute(text("SELECT count(*) FROM run_queue WHERE state <> 'done'")).scalar():
                    return
            time.sleep(0.5)


def take_all(browser: Browser, house: House, wanted: str) -> int:
    """Picture every page whose name holds `wanted`; how many pictures were taken."""
    visitors = Visitors(browser, house)
    taken = 0
    for view in (each for each in every_view() if wanted in each.name):
        for name, network in NETWORKS.items():
            if view.who is Role.SURVEYOR and network == EMPTY:
                continue  # without a packet there is no surveyor
            page = visitors.known(view.who, network).new_page()
            for width, height in HEIGHTS.items():
                page.set_viewport_size({"width": width, "height": height})
                for theme in ("light", "dark"):
                    _look(page, view.at(house), theme)
                    page.screenshot(path=FOLDER / f"{view.name}-{width}-{theme}-{name}.png", full_page=True)
                    taken += 1
            page.close()
    return taken


def _look(page: Page, path: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.goto(path)
    page.wait_for_selector(READY)
    page.wait_for_timeout(300)
    page.wait_for_function(AT_REST)
    page.wait_for_timeout(200)


def take_readme_picture(browser: Browser, house: House) -> None:
    """The overview's upper part as the README shows it."""
    page = Visitors(browser, house).known(next(view for view in every_view() if view.name == "overview").who).new_page()
    page.set_viewport_size({"width": 1440, "height": 1345})
    _look(page, "/d/overview", "light")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE).save(README_PICTURE, optimize=True)
    page.close()


def main(words: list[str]) -> int:
    """Take all pictures, or with a word those of the pages named like it; with --readme the README's picture too."""
    path = find_chromium()
    if path is None:
        print(f"No Chromium here: {HOW_TO_GET_ONE}.", file=sys.stderr)
        return 1
    wanted = next((word for word in words if not word.startswith("-")), "")
    if not wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    with filled_house() as house, started_browser(path) as browser:
        taken = take_all(browser, house, wanted)
        if "--readme" in words:
            take_readme_picture(browser, house)
    print(f"{taken} pictures are in {FOLDER}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
