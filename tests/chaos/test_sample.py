"""One scenario of `make chaos`, chosen by a fixed seed, on the servers of the tests; the whole of it has a target of its own."""

from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from flask import Flask
from redis import Redis

from tests.chaos.house import House
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.tally import Tally, tally

CHEAP = ("killed at report.3.half_written", "killed at report.5.all_written", "store closed")


@pytest.fixture
def house(app: Flask, environ: dict[str, str], worker_id: str, tmp_path: Path) -> House:
    """The tests' servers, with a number of the queue's server of this test's own."""
    number = 8 + int(worker_id.removeprefix("gw")) % 8 if worker_id.startswith("gw") else 6
    own = {**environ, "REDIS_URL": urlsplit(environ["REDIS_URL"])._replace(path=f"/{number}").geturl()}
    return House(app, own, tmp_path, lambda: None)


def test_a_seeded_fault_leaves_every_report_once_and_as_a_quiet_run_makes_it(house: House) -> None:
    name = Random(4).choice(CHEAP)
    try:
        with house.network() as scope:
            SCENARIOS[name](house, scope)
            assert tally(scope) == Tally(9, 9, 0, 0)
    finally:
        Redis.from_url(house.environ["REDIS_URL"]).flushdb()


def test_a_tally_that_does_not_hold_is_told_apart() -> None:
    assert Tally(9, 9, 0, 0).holds
    assert not any(each.holds for each in (Tally(), Tally(9, 8), Tally(9, 9, 1), Tally(9, 9, 0, 1)))
