"""What every answer carries: headers, compression, and messages in words."""

import gzip

import brotli
import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient

from tests.dashboards.shown import Somebody, make_app
from webapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound


@pytest.fixture
def somebody() -> Somebody:
    return Somebody()


@pytest.fixture
def app(somebody: Somebody) -> Flask:
    app, _ = make_app(somebody, MAX_CONTENT_LENGTH=1000)
    errors = {"bad": BadInput("“x” is no day."), "gone": NotFound("No such batch."), "no": NotAllowed("Not yours.")}

    def fail(kind: str) -> str:
        if kind in errors:
            raise errors[kind]
        if kind == "conflict":
            raise Conflict("Somebody was first.")
        if kind.isdecimal():
            abort(int(kind))
        raise ZeroDivisionError("a word that nobody may read")

    def plain() -> str:
        return f"{len(request.get_data())}"

    app.add_url_rule("/fail/<kind>", "fail", fail)
    app.add_url_rule("/plain", "plain", plain, methods=["GET", "POST"])
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/plain", "/fail/404", "/fail/oops", "/static/css/base.css", "/d/overview", "/none"])
def test_every_answer_has_its_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


def test_https_is_kept_to_for_a_year(app: Flask, client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/plain").headers
    app.config["SESSION_COOKIE_SECURE"] = True
    assert client.get("/fail/404").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_only_files_with_a_fingerprint_are_kept(client: FlaskClient) -> None:
    assert "immutable" in client.get("/static/css/base.css?v=1").headers["Cache-Control"]
    assert client.get("/static/css/base.css").headers["Cache-Control"] == "no-cache"
    for path in ("/plain", "/plain?v=1", "/d/overview?m=1", "/static/none.css?v=1", "/fail/500"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("encoding", "undo"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_files_travel_compressed_and_unchanged(client: FlaskClient, encoding: str, undo: object) -> None:
    assert callable(undo)
    whole = client.get("/static/css/shell.css?v=1").data
    for _ in range(2):
        answer = client.get("/static/css/shell.css?v=1", headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert undo(answer.data) == whole and len(answer.data) < len(whole) / 2
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_page_with_a_forms_key_is_not_compressed(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/d/overview", headers={"Accept-Encoding": "br, gzip"}).headers


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("404", 404, "nothing that you can see"),
        ("403", 403, "your role does not open this page"),
        ("413", 413, "larger than this installation accepts"),
        ("429", 429, "too many tries"),
        ("503", 503, "so that others are served"),
        ("418", 418, "Teapot"),
        ("bad", 400, "“x” is no day."),
        ("gone", 404, "No such batch."),
        ("no", 403, "Not yours."),
        ("conflict", 409, "Somebody was first."),
        ("oops", 500, "Nothing was changed."),
    ],
)
def test_every_refusal_is_said_in_words(client: FlaskClient, kind: str, status: int, sentence: str) -> None:
    answer = client.get(f"/fail/{kind}")
    assert answer.status_code == status and sentence in answer.text
    assert "nobody may read" not in answer.text and "Traceback" not in answer.text
    assert "Maya Okafor" in answer.text
    told = client.get(f"/fail/{kind}", headers={"Accept": "application/json"})
    assert told.status_code == status and sentence in told.get_json()["message"]


def test_nobody_gets_a_message_without_the_frame(client: FlaskClient, somebody: Somebody) -> None:
    somebody.viewer = None
    answer = client.get("/fail/404")
    assert "Overview" not in answer.text and "Tidewater" not in answer.text
    assert 'href="/sign-in"' in client.get("/fail/401").text


def test_a_message_does_not_fail_with_what_it_tells_of(client: FlaskClient, somebody: Somebody) -> None:
    somebody.trouble = ConnectionError("the database is away")
    answer = client.get("/d/overview")
    assert answer.status_code == 500 and "Nothing was changed." in answer.text
    assert "the database is away" not in answer.text and "Overview" not in answer.text


def test_a_body_over_the_limit_is_not_read(client: FlaskClient) -> None:
    assert client.post("/plain", data=b"x" * 5000).status_code == 413


def test_the_theme_that_was_chosen_is_there_from_the_first_paint(client: FlaskClient) -> None:
    client.set_cookie("theme", "dark")
    assert '<html lang="en" data-theme="dark">' in client.get("/d/overview").text
    client.set_cookie("theme", '"><script>')
    assert '<html lang="en">' in client.get("/d/overview").text
