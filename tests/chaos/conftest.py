"""What chaos works on, on the servers of the tests."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.chaos.house import House


@pytest.fixture
def house(app: Flask, environ: dict[str, str], worker_id: str, tmp_path: Path) -> House:
    """The tests' servers, with a number of the queue's server of this test's own."""
    number = 8 + int(worker_id.removeprefix("gw")) % 8 if worker_id.startswith("gw") else 6
    own = {**environ, "REDIS_URL": urlsplit(environ["REDIS_URL"])._replace(path=f"/{number}").geturl()}
    return House(app, own, tmp_path, lambda: None)
