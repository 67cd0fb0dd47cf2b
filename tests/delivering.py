"""People to whom reports are given, and what became of it, for the tests of deliveries, mails and the pages about them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.conftest import NOW
from tests.making import make_user
from tests.reporting import OCTOBER, site_ids
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import Role
from webapp.services import report_runs, schedules
from webapp.transactions import of_nobody, reading, unit_of_work


def person(scope: Scope, role: Role, *sites: str) -> Scope:
    """A new member's own reach."""
    email = make_user(scope, role, NOW, sites)
    with of_nobody() as db:
        user_id: UUID = db.execute(
            text("SELECT id FROM user_account WHERE email = :email"), {"email": email}
        ).scalar_one()
    everywhere = role is not Role.SITE_LEAD
    known = site_ids(scope)
    seen = frozenset(known.values()) if everywhere else frozenset(known[code] for code in sites)
    return Scope(scope.network_id, user_id, role, seen, whole_network=everywhere)


def ask_for(owner: Scope, *recipients: Scope, **more: Any) -> UUID:
    """A schedule that falls due for October, with these recipients; the one the network began with is ended."""
    named = frozenset(each.user_id for each in recipients)
    return schedules.set_up(owner, replace(schedules.monthly(OCTOBER), recipients=named, **more), NOW)


def pretend_stored(scope: Scope) -> None:
    """Every due report stands as stored, without the cost of drawing it."""
    report_runs.reconcile_network(scope, NOW)
    with unit_of_work(scope) as db:
        db.execute(text("UPDATE report_run SET state = 'stored', stored_at = :now"), {"now": NOW})


def given(scope: Scope, channel: str = "app") -> dict[tuple[UUID, str], tuple[str, str | None]]:
    """State and reason by recipient and site's code (`network` for a report of the network)."""
    statement = (
        "SELECT d.user_id, coalesce(s.code, 'network'), d.state, d.reason FROM delivery d LEFT JOIN site s ON s.id = d.site_id"
        " WHERE d.channel = :channel"
    )
    with reading(scope) as db:
        return {
            (user, code): (state, reason)
            for user, code, state, reason in db.execute(text(statement), {"channel": channel})
        }
