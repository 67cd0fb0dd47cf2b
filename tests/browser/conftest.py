"""A real browser, axe-core beside it, and the whole product to look at. What is missing here is a failure under CI."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.driving import HOW_TO_GET_ONE, Visitors, find_chromium, started_browser
from tests.browser.house import FULL, House, Size, open_house
from tests.browser.looking import Looker
from tests.own_servers import empty_queue, new_database
from webapp.domain.vocabulary import Role

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
QUEUE_NUMBER = 6
PATIENCE_MS = 30_000
"""How long a page may take to show what it must: how fast a machine is says nothing of the page."""

expect.set_options(timeout=PATIENCE_MS)


def _missing(what: str, how: str) -> None:
    """A browser that is missing is a failure where everything must be run, and one line elsewhere."""
    sentence = f"Not run: {what} is missing; {how}."
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    path = find_chromium()
    if path is None:
        _missing("Chromium", HOW_TO_GET_ONE)
    with started_browser(str(path)) as browser:
        yield browser


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for barriers."""
    if not AXE.is_file():
        _missing("axe-core", "run make install, which brings it by npm")
    return AXE.read_text()


@pytest.fixture(scope="session")
def house(environ: dict[str, str], worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The product with a simulated network of about 3,000 sessions, an empty one, and a worker; opened once."""
    folder = tmp_path_factory.mktemp("house")
    own = {
        **environ,
        "DATABASE_URL": new_database(environ["DATABASE_URL"], f"dripline_house_{worker_id}"),
        "REDIS_URL": empty_queue(environ["REDIS_URL"], QUEUE_NUMBER),
        "DRIPLINE_DATA": str(folder),
    }
    with open_house(own, folder, Size()) as opened:
        yield opened


@pytest.fixture(scope="session")
def visitors(chromium: Browser, house: House) -> Visitors:
    """The people of the house, signed in."""
    return Visitors(chromium, house)


class Visits(Protocol):
    """Lets somebody of a role into the house, or with None somebody whom nobody knows; `new`: in a fresh browser."""

    def __call__(self, role: Role | None = None, network: str = FULL, *, new: bool = False) -> Looker: ...


@pytest.fixture
def visit(axe: str, house: House, visitors: Visitors) -> Iterator[Visits]:
    """Somebody who looks at the house; at the end nothing may have gone wrong in any console."""
    opened: list[Looker] = []
    fresh: list[BrowserContext] = []

    def let_in(role: Role | None = None, network: str = FULL, *, new: bool = False) -> Looker:
        context = visitors.new(role, network) if new else visitors.known(role, network)
        if new:
            fresh.append(context)
        page = context.new_page()
        opened.append(Looker(page, context.new_cdp_session(page), axe))
        return opened[-1]

    yield let_in
    for looker in opened:
        looker.page.close()
    for context in fresh:
        context.close()
    own_host = house.address.split("/")[2]
    for looker in opened:
        assert looker.trouble == []
        assert looker.hosts <= {own_host, ""}, "something was asked of another host"


@pytest.fixture
def looker(chromium: Browser, axe: str) -> Iterator[Looker]:
    """Somebody with a fresh browser, 1440 pixels wide; at the end nothing may have gone wrong in its console."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    someone = Looker(page, context.new_cdp_session(page), axe)
    yield someone
    context.close()
    assert someone.trouble == []
