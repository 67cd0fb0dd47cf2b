"""The two demo networks: simulated, clearly named as demo data, with one sign-in for each role."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from webapp.domain.errors import NotAllowed
from webapp.domain.periods import Period, add_months, month_period
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.schedule_entry import LONGEST_HOLD_DAYS
from webapp.domain.scope import Scope
from webapp.domain.simulator.settings import SimulationSettings, demo_settings
from webapp.domain.vocabulary import Role
from webapp.queries.recipients import fetch_recipients
from webapp.queries.schedules import fetch_kept_schedules, fetch_reported_sites
from webapp.queries.sites import fetch_every_site_id
from webapp.services import people, schedules
from webapp.services.accreditation import add_template_programmes
from webapp.services.clock import now
from webapp.services.simulation import fill_with_simulation
from webapp.transactions import reading, unit_of_work

PASSWORD = "drip by drip demo"  # noqa: S105  # printed at each start: a demo is served on loopback only
SCHEDULES = 4
"""How many schedules a whole demo network has: as many as `_fill_schedules` sets up."""
_NETWORKS = (("Tidewater Infusion (demo)", "tidewater"), ("Prairie Ketamine (demo)", "prairie"))

SignIn = tuple[str, str, str, str]
Say = Callable[[str], None]
Sizes = Callable[[datetime], tuple[SimulationSettings, SimulationSettings]]


def fill_demo(say: Say, sizes: Sizes = demo_settings) -> list[SignIn]:
    """Fill the demo networks that are missing; role, network, e-mail and password of each sign-in. Refuses outside a demo.

    `sizes` says for a moment how large the two are.
    """
    if current_app.config["ENVIRONMENT"] == "production":
        raise NotAllowed("Demo data is never put into a production installation.")
    instant = now()
    sign_ins: list[SignIn] = []
    for seed, ((name, slug), settings) in enumerate(zip(_NETWORKS, sizes(instant), strict=True), start=1):
        _fill(name, slug, settings, seed, instant, say)
        sign_ins += [(role.value, name, _email(role, slug), PASSWORD) for role in _roles()]
    operator = _email(Role.OPERATOR, "dripline")
    if people.find_user(operator) is None:
        people.add_user(operator, "Demo operator", PASSWORD, instant, is_operator=True)
    return [*sign_ins, (Role.OPERATOR.value, "all", operator, PASSWORD)]


def _roles() -> tuple[Role, ...]:
    return (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER)


def _email(role: Role, slug: str) -> str:
    return f"{role.value.replace('_', '-')}@{slug}.example"


def _fill(name: str, slug: str, settings: SimulationSettings, seed: int, instant: datetime, say: Say) -> None:
    """Whatever of it is not there: a start that was broken off is finished by the next one. The schedules come last and stay."""
    scope = people.network_scope(people.find_network(slug) or people.add_network(name, instant, slug))
    with reading(scope) as db:
        kept = fetch_kept_schedules(scope, db)
    if len(kept) >= SCHEDULES:
        return
    if not people.fetch_site_codes(scope):
        say(f"Filling {name} with {settings.sessions:,} simulated sessions ...")
        add_template_programmes(scope)
        fill_with_simulation(scope, settings, seed, current_app.config["PSEUDONYM_KEY"].encode(), instant, say)
    users = {role: _member(scope, role, slug, instant) for role in _roles()}
    _fill_schedules(scope, users, {each.name for each in kept}, newest_due_month(instant.date()), instant)


def newest_due_month(today: date) -> date:
    """The first day of the newest month whose reports are due at every site: on the 1st, those of the month just ended may not be."""
    return add_months((today - timedelta(days=1)).replace(day=1), -1)


def _member(scope: Scope, role: Role, slug: str, instant: datetime) -> UUID:
    email = _email(role, slug)
    user_id = people.find_user(email)
    if user_id is None:
        user_id = people.add_user(email, f"Demo {role.value.replace('_', ' ')}", PASSWORD, instant)
    with reading(scope) as db:
        members = {each.user_id for each in fetch_recipients(scope, db, now())}
    if user_id not in members:
        first_site = people.fetch_site_codes(scope)[0]
        people.add_member(scope, user_id, role, [first_site] if role is Role.SITE_LEAD else [], instant)
    return user_id


def _fill_schedules(
    scope: Scope, users: Mapping[Role, UUID], known: Collection[str], starts_on: date, instant: datetime
) -> None:
    """Reports of each kind, each for those whom it is meant for, as the demo's manager would set them up."""
    with reading(scope) as db:
        sites = fetch_every_site_id(scope, db)
        zone = next((site.zone_on(starts_on).key for site in fetch_reported_sites(scope, db)), "UTC")
    boss = Scope(scope.network_id, users[Role.MANAGER], Role.MANAGER, sites, whole_network=True)
    begin = replace(schedules.monthly(starts_on), hold_days=LONGEST_HOLD_DAYS)
    _declare_complete(boss, _sites_of(scope, users[Role.SITE_LEAD]), month_period(starts_on), instant)
    wanted = (
        (begin, (Role.MANAGER, Role.SITE_LEAD)),
        (replace(begin, name="Network month", kind=ReportKind.NETWORK, due_day=2), (Role.MANAGER,)),
        (replace(begin, name="For the board", kind=ReportKind.COMPLIANCE, due_day=3), (Role.MANAGER, Role.COMPLIANCE)),
    )
    for entry, roles in wanted:
        if entry.name not in known:
            named = frozenset(users[role] for role in roles)
            schedules.set_up(boss, replace(entry, zone=zone, mail=True, recipients=named), instant)
    lead = replace(
        begin,
        name="Who is due this week",
        kind=ReportKind.COURSES_DUE,
        cadence=Cadence.WEEKLY,
        starts_on=max(instant.date() - timedelta(days=14), instant.date().replace(day=1)),
        recipients=frozenset({users[Role.SITE_LEAD]}),
        site_ids=frozenset(_sites_of(scope, users[Role.SITE_LEAD])),
    )
    schedules.set_up(boss, lead, instant)


def _declare_complete(scope: Scope, site_ids: Sequence[UUID], period: Period, instant: datetime) -> None:
    """Let sites say that what has come of a period is all there is, so that their report is there and others' may be held."""
    with unit_of_work(scope) as db:
        db.execute(
            text(
                "INSERT INTO expected_sessions (network_id, site_id, starts_on, ends_on, sessions, declared_at, declared_by)"
                " SELECT network_id, site_id, :start, :end, count(*), :now, :by FROM session_version"
                " WHERE network_id = :network AND site_id = ANY (:sites) AND on_date >= :start AND on_date < :end"
                " AND superseded_by_batch_id IS NULL AND NOT withdrawn GROUP BY network_id, site_id ON CONFLICT DO NOTHING"
            ),
            {
                "network": scope.network_id,
                "sites": list(site_ids),
                "start": period.start_on,
                "end": period.end_on,
                "now": instant,
                "by": scope.user_id,
            },
        )


def _sites_of(scope: Scope, user_id: UUID) -> list[UUID]:
    with reading(scope) as db:
        return next(sorted(each.site_ids) for each in fetch_recipients(scope, db, now()) if each.user_id == user_id)
