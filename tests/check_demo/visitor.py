"""Somebody with a browser of the plainest kind: cookies, forms, and the questions that a drawn page asks."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from html import unescape
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

ANSWER_SECONDS = 60.0


class NotAsExpected(Exception):
    """Something did not hold; the sentence says what."""


class Visitor:
    """One person's visit to an address of the product."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def get(self, path: str, accept: str = "text/html") -> bytes:
        """What stands at a path."""
        return self._send(path, {"Accept": accept})

    def page(self, path: str) -> str:
        """A page's HTML."""
        return self.get(path).decode()

    def send_form(self, path: str, form_page: str, fields: Mapping[str, str]) -> str:
        """Send a form with the token of the page it stands on; the page that follows."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', form_page)
        if token is None:
            raise NotAsExpected(f"The form for {path} carries no token against forgery.")
        body = urlencode({**fields, "csrf_token": unescape(token[1])}).encode()
        return self._send(path, {"Accept": "text/html"}, body).decode()

    def sign_in(self, email: str, password: str) -> str:
        """Sign in; the page on which this person lands."""
        landed = self.send_form("/sign-in", self.page("/sign-in"), {"email": email, "password": password})
        if "Sign out" not in landed:
            raise NotAsExpected(f"{email} could not sign in.")
        return landed

    def drawn(self, path: str, **asked: str) -> "Drawn":
        """A drawn page, asked for as the browser does: the frame, what can be asked, then the numbers with the token."""
        query = f"?{urlencode(asked)}" if asked else ""
        frame = self.page(path + query)
        config = re.search(r'<script id="_dash-config" type="application/json">(.*?)</script>', frame)
        if config is None:
            raise NotAsExpected(f"{path} is not a drawn page.")
        names = json.loads(config[1])
        token = {cookie.name: cookie.value for cookie in self._cookies}.get(names["csrf_token_name"])
        (question,) = json.loads(self.get("/d/_dash-dependencies", "application/json"))
        outputs = [part.rpartition(".") for part in question["output"].strip(".").split("...")]
        body = {
            "output": question["output"],
            "outputs": [{"id": part, "property": name} for part, _, name in outputs],
            "inputs": [
                {"id": "url", "property": "pathname", "value": path},
                {"id": "url", "property": "search", "value": query},
            ],
            "changedPropIds": ["url.pathname", "url.search"],
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        headers[names["csrf_header_name"]] = token or ""
        answer = self._send("/d/_dash-update-component", headers, json.dumps(body).encode())
        return Drawn(json.loads(answer)["response"])

    def _send(self, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self.address + path, body, dict(headers))  # noqa: S310  # our own http address
        asked = f"{request.get_method()} {path}"
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as refused:
            raise NotAsExpected(f"{asked} was answered with {refused.code}.") from None
        except (urllib.error.URLError, OSError) as trouble:
            raise NotAsExpected(f"{asked} was not answered: {trouble}.") from None


class Drawn:
    """What a drawn page answered: components as plain data."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        self.title = words(response["page-title"]["children"])
        self.body = response["page-body"]["children"]["tree"]

    def headlines(self) -> dict[str, str]:
        """The text of each headline card, by its title."""
        cards = [part for part in parts(self.body) if "headline" in class_of(part).split()]
        titles = [next(words(part) for part in parts(card) if part.get("type") == "H2") for card in cards]
        return {title: words([_without_details(card)]) for title, card in zip(titles, cards, strict=True)}

    def table(self, key: str) -> list[dict[str, str]]:
        """The rows of a table, as texts by column."""
        for part in parts(self.body):
            if part["props"].get("table") == key:
                names = [column["key"] for column in part["props"]["columns"]]
                return [dict(zip(names, row, strict=True)) for row in part["props"]["texts"]]
        raise NotAsExpected(f"The page “{self.title}” shows no table {key!r}.")


def parts(children: Any) -> Iterator[dict[str, Any]]:
    """Every component within, outermost first."""
    if isinstance(children, list):
        for child in children:
            yield from parts(child)
    elif isinstance(children, dict) and "props" in children:
        yield children
        yield from parts(children["props"].get("children"))


def class_of(part: Mapping[str, Any]) -> str:
    """The classes of a component."""
    return str(part["props"].get("className") or "")


def words(children: Any) -> str:
    """The text within, parts one space apart."""
    if isinstance(children, list):
        return " ".join(text for child in children if (text := words(child)))
    if isinstance(children, dict):
        return words(children["props"].get("children"))
    return "" if children is None else str(children).replace("\u00a0", " ")


def _without_details(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_details(child) for child in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") in ("Details", "H2"):
        return None
    return {**part, "props": {**part["props"], "children": _without_details(part["props"].get("children"))}}
