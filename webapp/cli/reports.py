"""`dripline reports`: whether stored reports are as they were made."""

import click
from flask.cli import with_appcontext

from webapp.services import people, report_proof
from webapp.services.report_proof import FAULTS, OUTCOMES

SAMPLE = 20


@click.group()
def reports() -> None:
    """The reports that are stored."""


@reports.command("verify")
@click.option("--network", help="Only this network, by name or short name; every one by default.")
@click.option("--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="So many reports a network.")
@with_appcontext
def verify_reports(network: str | None, sample: int) -> None:
    """Draw stored reports again from their kept tables and compare byte for byte; exit code 1 where one differs.

    A file that was torn or altered in the store is put back as it was, where the versions that drew it are still installed.
    """
    chosen = [(people.get_network(network), network)] if network else people.fetch_networks()
    faults = 0
    for network_id, name in chosen:
        found = report_proof.prove(people.network_scope(network_id), sample)
        told = ", ".join(f"{found[outcome]} {outcome}" for outcome in OUTCOMES if found[outcome])
        click.echo(f"{name}: {found.total()} files: {told}" if told else f"{name}: no report is stored.")
        faults += sum(found[outcome] for outcome in FAULTS)
    if faults:
        raise click.ClickException(
            f"{faults} files are not as they were made. Do not hand them out; ask who could write to the store or the database."
        )
