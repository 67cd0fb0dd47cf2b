"""Asks a running application for everything that somebody can reach: pages, their data, files, and wherever these lead."""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from tests.making import PASSWORD
from tests.whole_app import WholeApp
from webapp.presentation.csrf import CSRF_HEADER, csrf_cookie
from webapp.presentation.navigation import DASHBOARDS

UPDATE = f"{DASHBOARDS}/_dash-update-component"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOKEN = re.compile(r'(name="csrf_token" value=")[^"]+')
_PAGE_LOAD = re.compile(r'("end_id":")[^"]+')
_REFERENCE = re.compile(r"\b[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, in a form that can be searched and compared: files unpacked, tokens and references taken out."""

    status: int
    headers: str
    body: str

    @property
    def whole(self) -> str:
        """Headers and body."""
        return f"{self.headers}\n{self.body}"

    @property
    def ids(self) -> set[str]:
        """Every id that stands in it."""
        return set(_UUID.findall(self.whole))


@dataclass(frozen=True)
class Somebody:
    """A signed-in browser."""

    whole: WholeApp
    client: FlaskClient

    def get(self, address: str) -> Answer:
        """What a browser gets at an address."""
        return read(self.client.get(address, headers={"Accept": "text/html"}))

    def ask(self, address: str) -> Answer:
        """What a drawn page's script gets for its address."""
        return read(self.post(question(self.whole, address)))

    def post(self, body: object, path: str = UPDATE) -> TestResponse:
        """A question with the page's token."""
        cookie = self.client.get_cookie(csrf_cookie(secure=False))
        if cookie is None:
            self.client.get(f"{DASHBOARDS}/accreditation")
            cookie = self.client.get_cookie(csrf_cookie(secure=False))
        return self.client.post(path, json=body, headers={CSRF_HEADER: cookie.value if cookie else ""})


def sign_in(whole: WholeApp, email: str, password: str = PASSWORD) -> Somebody:
    """Sign in by the form, as a person does."""
    client = whole.app.test_client()
    form = {"email": email, "password": password, "csrf_token": form_token(client, "/sign-in")}
    assert client.post("/sign-in", data=form).status_code == 302, email
    return Somebody(whole, client)


def form_token(client: FlaskClient, path: str) -> str:
    """The token in the form at a path."""
    found = _TOKEN.search(client.get(path).text)
    assert found is not None, path
    return found[0].removeprefix(found[1])


def question(whole: WholeApp, address: str, **changes: object) -> dict[str, object]:
    """What a drawn page at that address posts."""
    (output,) = whole.drawing.callback_map
    path, _, search = address.partition("?")
    parts = [part.split(".") for part in output.strip(".").split("...")]
    return {
        "output": output,
        "outputs": [{"id": part, "property": name} for part, name in parts],
        "inputs": [
            {"id": "url", "property": "pathname", "value": path},
            {"id": "url", "property": "search", "value": f"?{search}" if search else ""},
        ],
        "changedPropIds": ["url.search"],
        **changes,
    }


def read(response: TestResponse) -> Answer:
    """An answer as it is searched and compared. Set-Cookie, which differs each time, is searched elsewhere."""
    kept = [(name, value) for name, value in response.headers if name not in ("Set-Cookie", "Date", "Content-Length")]
    body = without_token(_text(response.data))
    if response.status_code >= 500:
        body = _REFERENCE.sub("", body)
    return Answer(response.status_code, "\n".join(f"{name}: {value}" for name, value in sorted(kept)), body)


def without_token(page: str) -> str:
    """A page without the tokens of its forms and of this load of it, which differ each time."""
    return _PAGE_LOAD.sub(r"\1", _TOKEN.sub(r"\1", page))


def _text(data: bytes) -> str:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    if data.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode(errors="replace")


def links(answer: Answer) -> list[str]:
    """The addresses of our own that an answer leads to, in its order."""
    found = re.findall(r'href="(/[^"]*)"', answer.body)
    if "application/json" in answer.headers:
        found += [words for words in _strings(json.loads(answer.body or "null")) if re.match(r"/[a-z]", words)]
    return list(dict.fromkeys(address.replace("&amp;", "&").split("#")[0] for address in found))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def shape(address: str) -> str:
    """An address without what varies from row to row: ids and names of files in its path, and the values in its query."""
    parts = urlsplit(address)
    path = re.sub(r"/[^/]+\.(csv|xlsx)$", r"/*.\1", _UUID.sub("*", parts.path))
    return f"{path}?{'&'.join(sorted(parse_qs(parts.query, keep_blank_values=True)))}"


def crawl(somebody: Somebody, start: Iterable[str], *, of_a_shape: int = 1, most: int = 40) -> dict[str, Answer]:
    """Everything within reach from these addresses; of addresses of one shape, the first few. Files of the frame are left out.

    A drawn page appears with ` data` behind its address as what its script asks for; its frame, which no filter changes, once.
    """
    waiting, seen, answers = list(start), Counter[str](), dict[str, Answer]()
    while waiting and len(answers) < most:
        address = waiting.pop(0)
        form = shape(address)
        if (
            address in answers
            or seen[form] >= of_a_shape
            or address.startswith(("/static/", "/d/assets/", "/d/_dash-comp"))
        ):
            continue
        seen[form] += 1
        drawn = address.startswith(f"{DASHBOARDS}/")
        if not drawn or "?" not in address:
            answers[address] = somebody.get(address)
            waiting += links(answers[address])
        if drawn:
            answers[f"{address} data"] = somebody.ask(address)
            waiting += links(answers[f"{address} data"])
    return answers
