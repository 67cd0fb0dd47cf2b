"""`dripline audit`: whether the audit trail is as it was written."""

from collections.abc import Iterator
from datetime import timedelta

import click
from flask.cli import with_appcontext

from webapp.domain.audit_chain import Head, head_of, verify
from webapp.domain.scope import Scope
from webapp.queries.audit_chain import count_unsealed, fetch_links
from webapp.services import people
from webapp.services.audit import PLATFORM
from webapp.services.clock import now
from webapp.transactions import reading

TIMEOUT_MS = 600_000
SEALED_WITHIN = timedelta(hours=1)
"""Sealing runs every minute; an event that is older and has no seal was slipped in, or the workers stand still."""

NO_NETWORK = "events of no network"


@click.group()
def audit() -> None:
    """The audit trail: who did, read or was refused what."""


@audit.command("verify")
@click.option("--network", help="Only this network, by name or short name; every one by default.")
@click.option("--head", "noted", help="A head printed earlier for that network: the chain must still pass through it.")
@with_appcontext
def verify_chains(network: str | None, noted: str | None) -> None:
    """Walk each chain from its beginning and print where it ends; exit code 1 where one does not hold.

    Note the printed heads somewhere else: whoever could write the whole table anew could not make the chain pass through them.
    """
    if noted and not network:
        raise click.UsageError("A head belongs to one network: give --network as well.")
    held = [_verified(name, scope, _head(noted)) for name, scope in _chains(network)]
    if not all(held):
        raise click.ClickException(
            "The audit trail is not as it was written: keep the database as it is and ask who could write to it."
        )


def _chains(network: str | None) -> Iterator[tuple[str, Scope]]:
    if network:
        yield network, people.network_scope(people.get_network(network))
        return
    yield NO_NETWORK, people.network_scope(PLATFORM)
    for network_id, name in (*people.fetch_networks(), *people.fetch_canary_networks()):
        yield name, people.network_scope(network_id)


def _head(noted: str | None) -> Head | None:
    try:
        return head_of(noted) if noted else None
    except ValueError:
        raise click.BadParameter(
            "a head is the number of a place, a colon and 64 hexadecimal digits, as this command prints it.",
            param_hint="--head",
        ) from None


def _verified(name: str, scope: Scope, noted: Head | None) -> bool:
    """Print one chain's line; whether it holds."""
    with reading(scope, timeout_ms=TIMEOUT_MS) as db:
        verdict = verify(fetch_links(scope, db), noted)
        unsealed = count_unsealed(scope, db, now() - SEALED_WITHIN)
    fault = verdict.fault or (f"{unsealed} events are older than an hour and have no seal." if unsealed else None)
    click.echo(f"{name}: {fault or 'holds'}  {verdict.head}")
    return fault is None
