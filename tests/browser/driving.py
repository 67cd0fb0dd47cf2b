"""The system's Chromium, started by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, sync_playwright

from tests.browser.house import FULL, House
from tests.making import PASSWORD
from webapp.domain.vocabulary import Role

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_GET_ONE = "install your distribution's package (Debian: apt-get install chromium)"


def find_chromium() -> str | None:
    """Where the system's Chromium or Chrome is."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def started_browser(path: str) -> Iterator[Browser]:
    """The browser at that path, until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Visitors:
    """Browsers of the house's people, each signed in once; what a browser has fetched it keeps."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._browser = browser
        self._house = house
        self._known: dict[tuple[Role | None, str], BrowserContext] = {}

    def known(self, role: Role | None, network: str = FULL) -> BrowserContext:
        """The browser of somebody of that role in that network, or of nobody: the same one at each call."""
        if (role, network) not in self._known:
            self._known[role, network] = self._signed_in(role, network)
        return self._known[role, network]

    def new(self, role: Role | None, network: str = FULL) -> BrowserContext:
        """A new browser of that person, in which nothing was ever looked at. Close it."""
        return self._context(self.known(role, network).storage_state())

    def _signed_in(self, role: Role | None, network: str) -> BrowserContext:
        context = self._context(None)
        if role is not None:
            page = context.new_page()
            page.goto("/sign-in")
            sign_in(page, self._house.email(role, network))
            page.get_by_role("button", name="Sign out").wait_for(state="attached")
            page.close()
        return context

    def _context(self, state: StorageState | None) -> BrowserContext:
        viewport = ViewportSize(width=1440, height=900)
        return self._browser.new_context(base_url=self._house.address, storage_state=state, viewport=viewport)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the form that is shown, and send it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
