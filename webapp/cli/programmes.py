"""`dripline programmes`: which accrediting programmes a network has, and whether each makes a certified setting."""

import click
from flask.cli import with_appcontext

from webapp.queries.accreditation import fetch_programmes, get_programme
from webapp.services import people
from webapp.services.accreditation import change_programme
from webapp.services.clock import now
from webapp.transactions import reading


@click.command()
@click.option("--network", required=True, help="The network's short name or name.")
@click.argument("code", required=False)
@click.option(
    "--counts/--does-not-count", default=None, help="Whether holding programme CODE makes a certified setting."
)
@with_appcontext
def programmes(network: str, code: str | None, counts: bool | None) -> None:
    """List a network's programmes, or say whether programme CODE counts as a certified setting."""
    scope = people.network_scope(people.get_network(network))
    if code is not None and counts is not None:
        with reading(scope) as db:
            before = get_programme(scope, db, code)
        change_programme(scope, code, before.name, before.body or "", counts, now())
    with reading(scope) as db:
        for programme in fetch_programmes(scope, db):
            if code in (None, programme.code):
                words = "counts" if programme.counts else "does not count"
                click.echo(f"{programme.code:<24} {words:<16} {programme.name}")
