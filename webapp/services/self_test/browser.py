"""A browser for the self-test: it signs in by the form, keeps its cookies, and reads what comes back as it would be read."""

import html
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from webapp.domain.errors import DriplineError
from webapp.domain.self_test import Answer
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.presentation.file_wording import words_of
from webapp.presentation.navigation import DASHBOARDS

TIMEOUT_SECONDS = 30
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class NotLetIn(DriplineError):
    """A canary could not sign in, so nothing behind the doors was tried."""


@dataclass
class Browser:
    """One browser. address: where the web server answers; public: the address that people open, which the server is asked as."""

    address: str
    public: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    output: str = ""
    """What the drawn pages' one callback answers into, as the server itself says."""

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form. Raises NotLetIn."""
        self.open("GET", "/sign-in")
        answer = self.open("POST", "/sign-in", {"email": email, "password": password})
        if answer.status != 302:
            raise NotLetIn(f"could not sign in: the form answered {answer.status}")
        for page in ("/views", "/status"):  # the token of this session's own forms; an operator has no views
            if self.open("GET", page).status == 200:
                break
        self.output = self._output()

    def open(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """What comes back at an address; a form goes with the token of the page that it stands on."""
        sent = {"Accept": "text/html"}
        body = b""
        if method != "GET":
            body = urlencode({**(form or {}), "csrf_token": self.token}).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self._sent(method, path, body, sent)

    def ask(self, page: str) -> Answer:
        """What a drawn page's script is answered for its address."""
        path, _, search = page.partition("?")
        parts = [part.split(".") for part in self.output.strip(".").split("...") if "." in part]
        question = {
            "output": self.output,
            "outputs": [{"id": part, "property": name} for part, name in parts],
            "inputs": [
                {"id": "url", "property": "pathname", "value": path},
                {"id": "url", "property": "search", "value": f"?{search}" if search else ""},
            ],
            "changedPropIds": ["url.search"],
        }
        token = self.cookies.get(csrf_cookie(secure=False)) or self.cookies.get(csrf_cookie(secure=True)) or ""
        sent = {"Content-Type": "application/json", CSRF_HEADER: token}
        return self._sent("POST", f"{DASHBOARDS}/_dash-update-component", json.dumps(question).encode(), sent)

    def _output(self) -> str:
        try:
            known: Any = json.loads(self.open("GET", f"{DASHBOARDS}/_dash-dependencies").body)
            return str(known[0]["output"])
        except (ValueError, LookupError, TypeError):
            return ""

    def _sent(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        where = urlsplit(self.address)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        connection = kind(where.hostname or "", where.port, timeout=TIMEOUT_SECONDS)
        named = {"Host": urlsplit(self.public).netloc, "Referer": f"{self.public}/", "User-Agent": "Dripline self-test"}
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, {**named, "Cookie": cookies, **headers})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, "", type(error).__name__)
        finally:
            connection.close()
        lines = response.getheaders()
        self._keep(lines)
        answer = Answer(response.status, "\n".join(f"{name}: {value}" for name, value in lines), words_of(content))
        found = _TOKEN.search(answer.body)
        if found is not None:
            self.token = html.unescape(found[1])
        return answer

    def _keep(self, headers: list[tuple[str, str]]) -> None:
        """Cookies as they are set. They go back over whichever way the server is reached: inside a house that may be plain http."""
        for name, value in headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
