"""Workers give way to the web server, and not in tests."""

import subprocess
import sys

from workers.way import LONGEST_REST_SECONDS, rest_after

SAID = """
import os
from celery.signals import worker_process_init
from workers.way import give_way

for environment in ("test", "production"):
    give_way({"ENVIRONMENT": environment})
    worker_process_init.send(None)
    print(os.nice(0))
"""


def test_a_process_of_a_worker_gives_way_from_its_start_and_not_in_tests() -> None:
    ran = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True)
    in_tests, in_production = map(int, ran.stdout.split())
    assert in_production - in_tests == 5


def test_a_worker_rests_as_long_as_its_run_took_and_never_for_long() -> None:
    rests: list[float] = []
    for seconds in (0.0, 0.2, 500.0):
        rest_after(seconds, rests.append)
    assert rests == [0.0, 0.2, LONGEST_REST_SECONDS]
