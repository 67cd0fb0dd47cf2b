"""Sends files through the Data page, and does the worker's part."""

import io
from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import NOW
from tests.sending import Row, csv_text
from tests.signing_in import token_of
from webapp.services import import_batches, queued_work
from webapp.services.queued_work import Kind
from webapp.services.run_queue import IMPORT

KINDS = {IMPORT: Kind(import_batches.make, import_batches.note_failure)}


def upload(
    client: FlaskClient, files: Mapping[str, bytes | Sequence[Row]], *, token: str | None = None, **form: object
) -> TestResponse:
    """Send files as the form on the page does."""
    contents = [(io.BytesIO(data if isinstance(data, bytes) else csv_text(data)), name) for name, data in files.items()]
    csrf = token_of(client.get("/data").text) if token is None else token
    return client.post(
        "/data",
        data={"csrf_token": csrf, "mapping": "dripline", "files": contents, **form},
        content_type="multipart/form-data",
    )


def batch_id_of(answer: TestResponse) -> UUID:
    """The batch to which the answer leads."""
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["Location"].rpartition("/")[2])


def do_work(app: Flask, batch_id: UUID) -> None:
    """What the worker does with a queued batch."""
    with app.app_context():
        assert queued_work.work_once(KINDS, batch_id, lambda: NOW)
