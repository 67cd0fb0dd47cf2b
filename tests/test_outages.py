"""The database or the queue away: said in words and soon, with nothing lost, and healed by itself when they are back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from config import load
from tests.conftest import NOW
from tests.isolation.asking import Somebody, question
from tests.making import make_network
from tests.sending import clinic, send, session
from tests.signing_in import signed_in, token_of
from tests.uploading import batch_id_of, do_work, upload
from tests.whole_app import WholeApp, make_whole_app
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.embedded import postgres
from webapp.embedded.data_folder import DataFolder, open_data_folder
from webapp.extensions import db as database
from webapp.services import outbox
from webapp.services.installation import set_up
from webapp.transactions import of_dispatcher, reading

AWAY = "Dripline cannot reach its database; try again in a minute."
NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    """A database server of these tests alone, which they may stop."""
    made = open_data_folder(tmp_path_factory.mktemp("own") / "data")
    postgres.start(made, throwaway=True)
    yield made
    postgres.stop(made)


@pytest.fixture(scope="module")
def own(folder: DataFolder, environ: dict[str, str]) -> dict[str, object]:
    """The settings for that server."""
    running = postgres.find_running(folder)
    assert running is not None
    kept = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    loaded = load(
        {
            **kept,
            **{k: environ[k] for k in ("REDIS_URL", "DRIPLINE_DATA", "DRIPLINE_ENVIRONMENT")},
            "DATABASE_URL": running.url,
        }
    )
    set_up(str(loaded["DATABASE_URL"]), str(loaded["OWNER_DATABASE_URL"]))
    return loaded


@contextmanager
def application(settings: dict[str, object], **more: object) -> Iterator[WholeApp]:
    """The whole application; its connections are closed at the end."""
    whole = make_whole_app({**settings, **more})
    try:
        yield whole
    finally:
        with whole.app.app_context():
            for engine in database.engines.values():
                engine.dispose()


def filled(whole: WholeApp) -> tuple[Scope, Somebody]:
    """A network of one site, and its manager at a browser."""
    with whole.app.app_context():
        scope = make_network(NOW)
        send(scope, clinic())
    return scope, Somebody(whole, signed_in(whole.app, scope, Role.MANAGER))


def test_a_database_that_is_down_is_said_and_healed_without_a_restart(
    own: dict[str, object], folder: DataFolder
) -> None:
    with application(own) as whole:
        app = whole.app
        _, manager = filled(whole)
        client, asked = manager.client, question(whole, "/d/overview")
        assert client.get("/data").status_code == 200
        assert manager.post(asked).status_code == 200
        with app.app_context():
            outbox.relay(NOW)  # so that the dispatcher's pool holds a connection that will be stale as well
        postgres.stop(folder)
        for path in ("/data", "/d/overview", "/reports", "/"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60"), path
            assert AWAY in answer.text
            assert "Traceback" not in answer.text and "psycopg" not in answer.text and "Tidewater" not in answer.text
        told = manager.post(asked)
        assert (told.status_code, told.headers["Retry-After"], told.get_json()["message"]) == (503, "60", AWAY)
        health = client.get("/health")
        assert (health.status_code, health.headers["Retry-After"]) == (503, "60")
        assert health.get_json()["database"] == "does not answer"
        assert client.get("/static/css/base.css").status_code == 200

        postgres.start(folder, throwaway=True)
        token = token_of(client.get("/data").text)
        assert manager.post(asked).status_code == 200
        assert client.get("/health").status_code == 200
        batch_id = batch_id_of(upload(client, {"sessions.csv": [session("S9", "RIV-C")]}, token=token))
        do_work(app, batch_id)
        assert "Stored 1 new row." in client.get(f"/data/{batch_id}").text


def test_an_answer_that_takes_too_long_is_stopped_and_said(own: dict[str, object]) -> None:
    impatient = {"pool_pre_ping": True, "connect_args": {"options": "-c timezone=UTC -c statement_timeout=200"}}
    with application(own, SQLALCHEMY_ENGINE_OPTIONS=impatient) as whole:
        _, manager = filled(whole)
        client, asked = manager.client, question(whole, "/d/overview")
        owner = create_engine(str(own["OWNER_DATABASE_URL"]))
        with owner.begin() as connection:
            connection.execute(text("LOCK TABLE login_session IN ACCESS EXCLUSIVE MODE"))
            for answer in (client.get("/data"), manager.post(asked)):
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
                assert "took too long and was stopped" in answer.text
        owner.dispose()
        assert client.get("/data").status_code == 200


def test_without_the_queue_pages_are_read_and_requests_wait_in_the_outbox(own: dict[str, object]) -> None:
    with application(own, REDIS_URL=NOWHERE) as whole:
        scope, manager = filled(whole)
        client = manager.client
        for path in ("/data", "/d/overview", "/reports"):
            assert client.get(path).status_code == 200, path
        assert manager.post(question(whole, "/d/overview")).status_code == 200
        health = client.get("/health")
        assert (health.status_code, health.get_json()) == (200, {"database": "answers", "queue": "does not answer"})
        batch_id = batch_id_of(upload(client, {"sessions.csv": [session("S9", "RIV-C")]}))
        assert "Waits for a worker" in client.get(f"/data/{batch_id}").text
        assert unsent(whole.app) == [batch_id]
    with application(own) as whole:
        with whole.app.app_context():
            outbox.relay(NOW)
        assert unsent(whole.app) == []
        do_work(whole.app, batch_id)
        assert "Stored 1 new row." in signed_in(whole.app, scope, Role.MANAGER).get(f"/data/{batch_id}").text


def unsent(app: Flask) -> list[object]:
    """What waits in the outbox."""
    with app.app_context(), of_dispatcher() as db:
        return list(db.execute(text("SELECT subject_id FROM outbox WHERE sent_at IS NULL ORDER BY id")).scalars())


def test_an_upload_beyond_the_limit_is_refused_unread(own: dict[str, object]) -> None:
    with application(own, MAX_CONTENT_LENGTH=20_000) as whole:
        scope, manager = filled(whole)
        answer = upload(manager.client, {"sessions.csv": b"x" * 20_001})
        assert answer.status_code == 413
        assert "larger than this installation accepts, so it was not read" in answer.text
        assert "Send the sessions of a shorter period in each file" in answer.text
        assert batches(whole.app, scope) == 1
        assert upload(manager.client, {"sessions.csv": [session("S9", "RIV-C")]}).status_code == 303
        assert batches(whole.app, scope) == 2


def batches(app: Flask, scope: Scope) -> int:
    """How many batches were received."""
    with app.app_context(), reading(scope) as db:
        return int(db.execute(text("SELECT count(*) FROM import_batch")).scalar_one())
