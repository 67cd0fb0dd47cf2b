"""Commands that add networks and people."""

from collections.abc import Sequence

import click
from flask.cli import with_appcontext

from webapp.domain.errors import NotFound
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role
from webapp.services import people
from webapp.services.accreditation import add_template_programmes
from webapp.services.clock import now
from webapp.services.schedules import ensure_monthly

NETWORK_ROLES = tuple(role.value for role in Role if role is not Role.OPERATOR)


@click.command("add-network")
@click.argument("name")
@click.option("--short-name", help="How commands call it; made from its name by default.")
@with_appcontext
def add_network(name: str, short_name: str | None) -> None:
    """Add the network NAME, with programme templates and a monthly report from this month on.

    Nobody belongs to it until `dripline add-user` says so.
    """
    instant = now()
    scope = people.network_scope(people.add_network(name, instant, short_name))
    add_template_programmes(scope)
    ensure_monthly(scope, instant.date().replace(day=1), instant)
    click.echo(f"Added the network {name!r}.")


@click.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="The person's name as it is shown.")
@click.option("--network", help="The network that they belong to.")
@click.option("--role", type=click.Choice(NETWORK_ROLES), help="What they may do there.")
@click.option("--site", "sites", multiple=True, help="The code of a site of a site lead; may be given several times.")
@click.option("--operator", is_flag=True, help="An operator of the platform: the status page, no network's data.")
@click.password_option(help="At least 12 characters; asked for when it is not given.")
@with_appcontext
def add_user(
    email: str, name: str, network: str | None, role: str | None, sites: tuple[str, ...], operator: bool, password: str
) -> None:
    """Add the person with the address EMAIL."""
    if (network is None) != (role is None):
        raise click.UsageError("Give --network and --role together.")
    if not operator and network is None:
        raise click.UsageError("Say what the person may do: --network and --role, or --operator.")
    chosen = Role(role) if role else None
    if chosen is not None and (chosen in WHOLE_NETWORK_ROLES) == bool(sites):
        wanted = "sees every site, so leave --site away" if sites else "needs at least one --site"
        raise click.UsageError(f"A {role} {wanted}.")
    scope = people.network_scope(people.get_network(network)) if network else None
    if scope is not None:
        _require_sites(scope, sites)
    user_id = people.add_user(email, name, password, now(), is_operator=operator)
    if scope is not None and chosen is not None:
        people.add_member(scope, user_id, chosen, sites, now())
    click.echo(f"Added {email}.")


def _require_sites(scope: Scope, codes: Sequence[str]) -> None:
    """Nobody is added who would then belong nowhere."""
    known = people.fetch_site_codes(scope)
    for code in codes:
        if code not in known:
            raise NotFound(f"There is no site {code!r} in this network.")
