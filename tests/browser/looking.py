"""What a test does in a browser."""

import json
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import CDPSession, ConsoleMessage, Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
READY = ".page-body > *, .alone"
DRAWN = "#react-entry-point"
AT_REST = """() => {
    if (!document.querySelector(".page, .alone")) return false;
    const charts = [...document.querySelectorAll(".chart")];
    return !document.querySelector(".page[aria-busy=true]") && charts.every((chart) => chart.querySelector(".main-svg"))
        && !document.querySelector(".graph[data-pending]");
}"""


class Looker:
    """A page in the browser, what its console complained of, and which answers it asked for."""

    def __init__(self, page: Page, protocol: CDPSession, axe: str) -> None:
        self.page = page
        self.trouble: list[str] = []
        self.asked: list[str] = []
        self.hosts: set[str] = set()
        self._protocol = protocol
        self._axe = axe
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", lambda request: self._sent(request.method, request.url))

    def open(self, address: str) -> None:
        """Go to an address and wait until its body is there."""
        self.page.goto(address)
        self.page.wait_for_selector(READY)

    def settle(self, milliseconds: int = 500) -> None:
        """Wait until filters have been applied and charts drawn; a page that is not drawn is at rest once it is there."""
        if self.page.locator(DRAWN).count():
            self.page.wait_for_timeout(milliseconds)
        self.page.wait_for_function(AT_REST)

    def barriers(self, rules: Sequence[str] = ()) -> list[str]:
        """What axe-core finds, by all rules or by the named ones. The debugger hands its script in, past the page's policy."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self._protocol.send("Runtime.evaluate", {"expression": self._axe})
        chosen = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(RULES)}
        ask = (
            f"axe.run(document, {{runOnly: {json.dumps(chosen)}, resultTypes: ['violations']}})"
            ".then(found => JSON.stringify(found.violations))"
        )
        answer: Any = self._protocol.send(
            "Runtime.evaluate", {"expression": ask, "awaitPromise": True, "returnByValue": True}
        )
        violations = json.loads(answer["result"]["value"])
        return [f"{v['id']}: {n['html']} {n['failureSummary']}" for v in violations for n in v["nodes"]]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def _heard(self, message: ConsoleMessage) -> None:
        slow = "was preloaded using link preload but not used within a few seconds" in message.text
        if message.type in ("error", "warning") and not slow:  # how soon says something of the machine, not of the page
            self.trouble.append(message.text)

    def _sent(self, method: str, url: str) -> None:
        self.hosts.add(url.split("/")[2] if "://" in url else "")
        if method == "POST":
            self.asked.append(url)
