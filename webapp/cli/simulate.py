"""`dripline simulate`: an invented network, straight into the database or as files of the CSV format."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.cli.running import say
from webapp.domain.simulator.csv_out import write_csv
from webapp.domain.simulator.settings import SimulationSettings, last_whole_day
from webapp.presentation.formats import count
from webapp.services import people
from webapp.services.simulation import fill_with_simulation

YEARS = 3
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--network", help="The network to fill, by name or short name; not needed with --out.")
@click.option("--sessions", type=click.IntRange(1, 10_000_000), default=150_000, show_default=True)
@click.option("--sites", type=click.IntRange(1, 500), default=24, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds, sizes and days give equal records.")
@click.option(
    "--from", "from_on", type=_DAY, help="First day of treatment; three years before the last one by default."
)
@click.option("--to", "to_on", type=_DAY, help="Last day of data; yesterday by default.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write CSV files into this folder instead."
)
def simulate(
    network: str | None,
    sessions: int,
    sites: int,
    seed: int,
    from_on: datetime | None,
    to_on: datetime | None,
    out: Path | None,
) -> None:
    """Simulate a network whose courses, side effects and gaps follow the published figures (docs/simulator.md)."""
    settings = _settings(sessions, sites, from_on, to_on)
    if out is not None:
        counts = write_csv(settings, seed, out)
        click.echo(f"Wrote {', '.join(f'{count(many)} {name}' for name, many in counts.items() if many)} to {out}.")
        return
    if network is None:
        raise click.UsageError("Name the network to fill with --network, or a folder for CSV files with --out.")
    _fill(network, settings, seed)


@with_appcontext
def _fill(network: str, settings: SimulationSettings, seed: int) -> None:
    scope = people.network_scope(people.get_network(network))
    say(f"Simulating {count(settings.sessions)} sessions at {count(settings.sites)} sites ...")
    key: str = current_app.config["PSEUDONYM_KEY"]
    stored = fill_with_simulation(scope, settings, seed, key.encode(), datetime.now(UTC), say)
    click.echo(
        f"Stored {count(stored.new)} new and {count(stored.changed)} changed records; {count(stored.unchanged)} were known already."
    )


def _settings(sessions: int, sites: int, from_on: datetime | None, to_on: datetime | None) -> SimulationSettings:
    ends_on = to_on.date() if to_on else last_whole_day(datetime.now(UTC), ZONES)
    starts_on: date = from_on.date() if from_on else ends_on - timedelta(days=YEARS * 365)
    return SimulationSettings(starts_on=starts_on, ends_on=ends_on, sites=sites, sessions=sessions, zones=ZONES)
