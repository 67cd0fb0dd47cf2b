"""The two demo networks: simulated, clearly named as demo data, with one sign-in for each role."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import current_app

from webapp.domain.errors import NotAllowed
from webapp.domain.periods import add_months
from webapp.domain.simulator.settings import SimulationSettings, demo_settings
from webapp.domain.vocabulary import Role
from webapp.services import people
from webapp.services.accreditation import add_template_programmes
from webapp.services.clock import now
from webapp.services.schedules import ensure_monthly
from webapp.services.simulation import fill_with_simulation

PASSWORD = "drip by drip demo"  # noqa: S105  # printed at each start: a demo is served on loopback only
_NETWORKS = (("Tidewater Infusion (demo)", "tidewater"), ("Prairie Ketamine (demo)", "prairie"))

SignIn = tuple[str, str, str, str]
Say = Callable[[str], None]


def fill_demo(say: Say) -> list[SignIn]:
    """Fill the demo networks that are missing; role, network, e-mail and password of each sign-in. Refuses outside a demo."""
    if current_app.config["ENVIRONMENT"] == "production":
        raise NotAllowed("Demo data is never put into a production installation.")
    instant = now()
    sign_ins: list[SignIn] = []
    for seed, ((name, slug), settings) in enumerate(zip(_NETWORKS, demo_settings(instant), strict=True), start=1):
        if people.find_network(slug) is None:
            say(f"Filling {name} with {settings.sessions:,} simulated sessions ...")
            _fill(name, slug, settings, seed, instant, say)
        sign_ins += [(role.value, name, _email(role, slug), PASSWORD) for role in _roles()]
    operator = _email(Role.OPERATOR, "dripline")
    if not people.is_known(operator):
        people.add_user(operator, "Demo operator", PASSWORD, instant, is_operator=True)
    return [*sign_ins, (Role.OPERATOR.value, "all", operator, PASSWORD)]


def _roles() -> tuple[Role, ...]:
    return (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER)


def _email(role: Role, slug: str) -> str:
    return f"{role.value.replace('_', '-')}@{slug}.example"


def _fill(name: str, slug: str, settings: SimulationSettings, seed: int, instant: datetime, say: Say) -> None:
    network_id: UUID = people.add_network(name, instant, slug)
    scope = people.network_scope(network_id)
    add_template_programmes(scope)
    fill_with_simulation(scope, settings, seed, current_app.config["PSEUDONYM_KEY"].encode(), instant, say)
    first_site = people.fetch_site_codes(scope)[0]
    for role in _roles():
        user_id = people.add_user(_email(role, slug), f"Demo {role.value.replace('_', ' ')}", PASSWORD, instant)
        people.add_member(scope, user_id, role, [first_site] if role is Role.SITE_LEAD else [], instant)
    ensure_monthly(scope, add_months(instant.date().replace(day=1), -1), instant)
