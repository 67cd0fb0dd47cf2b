"""`dripline routes`: Flask's own list of the addresses that the application answers."""

import click
from flask import cli as flask_cli

from webapp.cli.running import with_app


@click.command()
@click.option("--sort", type=click.Choice(["endpoint", "methods", "rule", "match"]), default="rule", show_default=True)
@with_app
def routes(sort: str) -> None:
    """List every address of the web application with its methods; the drawn pages' own are all under /d."""
    click.get_current_context().invoke(flask_cli.routes_command, sort=sort, all_methods=False)
