"""One scenario of `make chaos`, chosen by a fixed seed, on the servers of the tests; the whole of it has a target of its own."""

from functools import partial
from random import Random

from redis import Redis

from tests.chaos.house import House
from tests.chaos.quiet import quiet_run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.tally import Tally

CHEAP = ("killed at report.3.half_written", "killed at report.5.all_written", "store closed")


def test_a_seeded_fault_leaves_every_report_once_and_as_a_quiet_run_makes_it(house: House) -> None:
    name = Random(4).choice(CHEAP)
    try:
        assert SCENARIOS[name].play(house, partial(quiet_run, house)) == Tally(9, 9, 0, 0)
    finally:
        Redis.from_url(house.environ["REDIS_URL"]).flushdb()


def test_a_tally_that_does_not_hold_is_told_apart() -> None:
    assert Tally(9, 9, 0, 0).holds
    assert not any(each.holds for each in (Tally(), Tally(9, 8), Tally(9, 9, 1), Tally(9, 9, 0, 1)))
