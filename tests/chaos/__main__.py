"""`make chaos`: faults against real processes; prints runs expected / stored / duplicate / differing.

Its exit code is 0 only for n / n / 0 / 0 of every scenario, 1 where one did not hold, 2 where the time left one out.

Each scenario begins with three months of silence: no beat has rung since the network's schedule began.
"""

import os
import random
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path

import click

from config import load
from tests.chaos.house import House
from tests.chaos.quiet import quiet_run
from tests.chaos.rounds import play
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.tally import Tally
from webapp.embedded import postgres
from webapp.embedded.data_folder import open_data_folder
from webapp.embedded.servers import running_servers
from webapp.extensions import db as database
from webapp.factory import create_app
from webapp.services.installation import set_up

SECONDS_TO_CLEAR_AWAY = 15.0
"""Kept of the time for counting the last scenario and stopping the servers."""


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="The time for all of it: what it leaves out is named.")
@click.option("--seed", default=1, show_default=True, help="The order of the scenarios after the first round.")
@click.option("--only", help="Only the scenarios whose name holds this, once.")
def main(minutes: float, seed: int, only: str | None) -> None:
    """Play every scenario once, then more of them by chance, until the time is up."""
    until = time.monotonic() + minutes * 60 - SECONDS_TO_CLEAR_AWAY
    names = [name for name in SCENARIOS if only is None or only in name]
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, running_servers(Path(folder), {}) as urls:
        environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": folder, "DRIPLINE_ENVIRONMENT": "test"}
        settings = load(environ)
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)

        def restart_database() -> None:
            postgres.stop(open_data_folder(Path(folder)))
            postgres.start(open_data_folder(Path(folder)))

        def one(name: str) -> Tally:
            return SCENARIOS[name].play(house, quiet)

        with app.app_context():
            house = House(app, environ, Path(folder), restart_database, until)
            quiet = cache(partial(quiet_run, house))
            played = play(names, one, time.monotonic, until, None if only else random.Random(seed), click.echo)
            for engine in database.engines.values():
                engine.dispose()
    click.echo(f"\n{played.words}")
    sys.exit(played.exit_code)


if __name__ == "__main__":
    main()
