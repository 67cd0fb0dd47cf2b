"""The product served as an installation serves it, asked over HTTP by signed-in clients: how long an answer takes, what it weighs."""

import gzip
import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

from webapp.cli.serve import web_command
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.presentation.navigation import DASHBOARDS

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0
CLIENTS = 8
VISITED = ["/d/overview", "/d/sessions", "/d/courses?period=last_12_months", "/d/side-effects"]
ASSET = re.compile(r'(?:src|href)="(/[^"]+\.(?:js|css|svg)[^"]*)"')


@contextmanager
def served(environ: Mapping[str, str]) -> Iterator[str]:
    """The web server on a free port of this machine, with as many processes and threads as an installation has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {**os.environ, **environ, "BASE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(web_command("127.0.0.1", port), cwd=ROOT, env=own, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/health", timeout=5).close()  # noqa: S310  # our own server
            return
        time.sleep(0.2)
    sys.exit("The web server did not answer.")


class Client:
    """A browser without a screen: it keeps its cookies and asks for compressed answers."""

    def __init__(self, address: str, email: str, password: str) -> None:
        """Signs in."""
        self.address = address
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/sign-in")[1])
        form = {"email": email, "password": password, "csrf_token": token[1] if token else ""}
        self._send("/sign-in", urlencode(form).encode(), {})
        self.get(f"{DASHBOARDS}/overview")
        (callback,) = json.loads(self.get(f"{DASHBOARDS}/_dash-dependencies")[1])
        self._output = callback["output"]

    def get(self, path: str) -> tuple[int, str]:
        """Bytes transferred, and the text."""
        return self._send(path, None, {"Accept": "text/html"})

    def ask(self, path: str) -> tuple[float, int]:
        """Seconds and bytes of a drawn page's data."""
        pathname, _, search = path.partition("?")
        parts = [part.rsplit(".", 1) for part in self._output.strip(".").split("...")]
        question = {
            "output": self._output,
            "outputs": [{"id": name, "property": kind} for name, kind in parts],
            "inputs": [
                {"id": "url", "property": "pathname", "value": pathname},
                {"id": "url", "property": "search", "value": f"?{search}" if search else ""},
            ],
            "changedPropIds": ["url.search"],
        }
        token = next(cookie.value or "" for cookie in self._jar if cookie.name == csrf_cookie(secure=False))
        headers = {"Content-Type": "application/json", CSRF_HEADER: token}
        began = time.perf_counter()
        size, _ = self._send(f"{DASHBOARDS}/_dash-update-component", json.dumps(question).encode(), headers)
        return time.perf_counter() - began, size

    def weight(self, path: str, kept: set[str]) -> int:
        """Bytes transferred for a page, its data and those of its files that are not kept yet; they are kept then."""
        size, page = self.get(path)
        for asset in ASSET.findall(page):
            if asset not in kept:
                kept.add(asset)
                size += self.get(asset)[0]
        return size + self.ask(path)[1]

    def _send(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, str]:
        asked = urllib.request.Request(  # noqa: S310  # our own server
            self.address + path, body, {**headers, "Accept-Encoding": "gzip", "Referer": self.address}
        )
        with self._opener.open(asked, timeout=120) as answer:
            content = answer.read()
            packed = answer.headers.get("Content-Encoding") == "gzip"
        return len(content), (gzip.decompress(content) if packed else content).decode("utf-8", "replace")


class Visitor:
    """One signed-in client that asks for a page's data every second, each page in turn, beside whatever else goes on."""

    def __init__(self, client: Client) -> None:
        """`client` asks for nothing else meanwhile."""
        self._client = client
        for path in VISITED:
            client.ask(path)

    @contextmanager
    def visiting(self) -> Iterator[list[float]]:
        """Asks for as long as the block runs: the seconds of each answer, complete once the block has ended."""
        seconds: list[float] = []
        ended = Event()

        def visit() -> None:
            for path in cycle(VISITED):
                seconds.append(self._client.ask(path)[0])
                if ended.wait(max(0.0, 1.0 - seconds[-1])):
                    return

        thread = Thread(target=visit, daemon=True)
        thread.start()
        try:
            yield seconds
        finally:
            ended.set()
            thread.join()


def answer_times(
    address: str, email: str, password: str, paths: list[str], rounds: int, look: float = 0.0
) -> list[float]:
    """Seconds of every answer, of clients that ask at the same time, each page in turn.

    look: seconds from one question of a client to its next, if it is answered by then; 0: without a pause.
    """

    def visit(number: int) -> list[float]:
        client = Client(address, email, password)
        turned = paths[number % len(paths) :] + paths[: number % len(paths)]
        time.sleep(look * number / CLIENTS)
        return [_asked(client, path, look) for _ in range(rounds) for path in turned]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sorted(seconds for one in pool.map(visit, range(CLIENTS)) for seconds in one)


def _asked(client: Client, path: str, look: float) -> float:
    seconds, _ = client.ask(path)
    time.sleep(max(0.0, look - seconds))
    return seconds
