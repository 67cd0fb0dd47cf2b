"""`make chaos`: faults against real processes; prints runs expected / stored / duplicate / differing, exit code 0 only for n / n / 0 / 0.

Each scenario begins with three months of silence: no beat has rung since the network's schedule began.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import click

from config import load
from tests.chaos.house import House, NotThere
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.tally import Tally, tally
from webapp.embedded import postgres
from webapp.embedded.data_folder import open_data_folder
from webapp.embedded.servers import running_servers
from webapp.extensions import db as database
from webapp.factory import create_app
from webapp.services.installation import set_up


@click.command()
@click.option(
    "--minutes", default=10.0, show_default=True, help="After the first round no scenario begins past so many minutes."
)
@click.option("--seed", default=1, show_default=True, help="The order of the scenarios after the first round.")
@click.option("--only", help="Only the scenarios whose name holds this.")
def main(minutes: float, seed: int, only: str | None) -> None:
    """Run every scenario once, then more of them by chance until the time is up."""
    until, chance = time.monotonic() + minutes * 60, random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, running_servers(Path(folder), {}) as urls:
        environ = {**os.environ, **urls.environ(), "DRIPLINE_DATA": folder, "DRIPLINE_ENVIRONMENT": "test"}
        settings = load(environ)
        set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]))
        app = create_app(settings)

        def restart_database() -> None:
            postgres.stop(open_data_folder(Path(folder)))
            postgres.start(open_data_folder(Path(folder)))

        with app.app_context():
            house = House(app, environ, Path(folder), restart_database)
            found, failed, begun = _rounds(house, until, chance, only)
            for engine in database.engines.values():
                engine.dispose()
    click.echo(f"\n{begun} scenarios. Runs expected / stored / duplicate / differing: {found}")
    if failed or not found.holds:
        sys.exit(1)


def _rounds(house: House, until: float, chance: random.Random, only: str | None) -> tuple[Tally, int, int]:
    """Every scenario once, however long it takes, so that none is left out; then by chance until the time is up."""
    chosen = [name for name in SCENARIOS if only is None or only in name]
    found, failed, begun = Tally(), 0, 0
    while begun < len(chosen) or (only is None and time.monotonic() < until):
        name = chosen[begun] if begun < len(chosen) else chance.choice(chosen)
        begun += 1
        started = time.monotonic()
        with house.network() as scope:
            try:
                SCENARIOS[name](house, scope)
            except NotThere as missing:
                failed += 1
                click.echo(f"{name}: {missing}")
            one = tally(scope)
        found += one
        failed += not one.holds
        click.echo(f"{name:40} {one}  ({time.monotonic() - started:.0f} s)")
    return found, failed, begun


if __name__ == "__main__":
    main()
