"""The two canary networks: clearly named, without anybody's data, served to nobody and counted nowhere.

They are made once, and asked each night. What could not be finished, or was made by an older version of this file, is archived and
made anew; nothing of it is ever changed or removed.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.self_test import CANARY_SLUG, Marks
from webapp.domain.vocabulary import Role
from webapp.queries.sites import fetch_every_site_id
from webapp.queries.tracer_packets import fetch_packets
from webapp.services import people, tracer_packets
from webapp.services.self_test import contents
from webapp.services.self_test.contents import Clinic
from webapp.services.sign_in import hash_password
from webapp.transactions import of_dispatcher, of_nobody, reading, unit_of_work

NAMES = ("amber", "indigo")
MADE_BY = 1
"""Raise it where `contents` gives a canary more to show: older ones are then replaced."""

ROLES = (Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE, Role.VIEWER, Role.SURVEYOR)
OPEN_FOR = timedelta(minutes=30)
MAIL_DOMAIN = "self-test.invalid"
OPERATOR = f"operator@{MAIL_DOMAIN}"
"""The test's operator: like anybody with that role it has no network, and must be shown nothing out of any."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One of the two. home, beside: what of each of its clinics may stand in an address or a form; the site lead's is home.

    accounts: the sign-in name of each role. marks: of the whole network. beside_marks: of the clinic that is not the site lead's.
    """

    scope: Scope
    home: Mapping[str, str]
    beside: Mapping[str, str]
    accounts: Mapping[Role, str]
    marks: Marks
    beside_marks: Marks
    home_words: Marks

    def scope_of(self, role: Role) -> Scope:
        """The reach of a role of this network, for reading tables without a browser."""
        whole = role in WHOLE_NETWORK_ROLES
        sites = self.scope.site_ids if whole else frozenset({UUID(self.home["site_id"])})
        return replace(self.scope, role=role, site_ids=sites, whole_network=whole)


def ensure(now: datetime) -> tuple[Canary, Canary] | None:
    """Both canaries; None while a worker still makes what they show: the next ring finds it made."""
    found = [_find(name) or _make(name, now) for name in NAMES]
    ready = [_ready(network_id, word, now) for network_id, word in found]
    first, second = ready
    return (first, second) if first and second else None


def open_accounts(canary: Canary, now: datetime) -> dict[Role, str]:
    """Let the canary's people sign in for half an hour, each with a new password that is kept nowhere; the passwords."""
    passwords = {role: secrets.token_urlsafe(24) for role in canary.accounts}
    with of_nobody() as db:
        for role, email in canary.accounts.items():
            db.execute(text(_LET_IN), {"hash": hash_password(passwords[role]), "email": email})
    with unit_of_work(canary.scope) as db:
        db.execute(
            text("UPDATE membership SET valid_until = :until, revoked_at = NULL WHERE network_id = :network"),
            {"until": now + OPEN_FOR, "network": canary.scope.network_id},
        )
    return passwords


def open_operator(now: datetime) -> str:
    """Let the test's own operator sign in, with a new password that is kept nowhere; the password."""
    password = secrets.token_urlsafe(24)
    if people.find_user(OPERATOR) is None:
        people.add_user(OPERATOR, "Self-test operator", password, now, is_operator=True)
    with of_nobody() as db:
        db.execute(text(_LET_IN), {"hash": hash_password(password), "email": OPERATOR})
    return password


def close_accounts(*emails: str) -> None:
    """Let them no longer sign in, and end what they have open."""
    with of_nobody() as db:
        db.execute(
            text(
                "UPDATE user_account SET is_active = false, authz_version = authz_version + 1 WHERE email = ANY (:emails)"
            ),
            {"emails": list(emails)},
        )


_LET_IN = "UPDATE user_account SET password_hash = :hash, is_active = true, authz_version = authz_version + 1 WHERE email = :email"


def _find(name: str) -> tuple[UUID, str] | None:
    """A finished canary of that name; one that was never finished is archived."""
    begins = f"{CANARY_SLUG}{name}-{MADE_BY}-"
    with of_dispatcher() as db:
        rows = db.execute(
            text("SELECT id, slug FROM network WHERE slug LIKE :any AND archived_at IS NULL ORDER BY slug"),
            {"any": f"{CANARY_SLUG}{name}-%"},
        ).all()
    finished = None
    for network_id, slug in rows:
        if finished is None and slug.startswith(begins) and contents.is_finished(people.network_scope(network_id)):
            finished = network_id, f"{name}{slug.removeprefix(begins)}"
        else:
            _archive(network_id)
    return finished


def _archive(network_id: UUID) -> None:
    with unit_of_work(people.network_scope(network_id)) as db:
        db.execute(text("UPDATE network SET archived_at = now() WHERE id = :network"), {"network": network_id})


def _make(name: str, now: datetime) -> tuple[UUID, str]:
    token = uuid4().hex[:8]
    word = f"{name}{token}"
    network_id = people.add_canary_network(
        f"Self-test {name} {uuid4().hex[:8]}", f"{CANARY_SLUG}{name}-{MADE_BY}-{token}", now
    )
    contents.fill(people.network_scope(network_id), word, MAIL_DOMAIN, now)
    return network_id, word


def _ready(network_id: UUID, word: str, now: datetime) -> Canary | None:
    scope = people.network_scope(network_id)
    with reading(scope) as db:
        scope = replace(scope, site_ids=fetch_every_site_id(scope, db))
        packet = next(iter(fetch_packets(scope, db)), None)
    home, beside = (contents.clinic_of(scope, word, place) for place in contents.PLACES)
    if packet is None or not packet.is_sealed or not home.is_made or not beside.is_made:
        return None
    if contents.find_surveyor(scope) is None:
        tracer_packets.admit(scope, packet.id, "Self-test surveyor", now + OPEN_FOR, now)
    return _canary(scope, word, home, beside)


def _canary(scope: Scope, word: str, home: Clinic, beside: Clinic) -> Canary:
    shared = contents.shared_things(scope, word)
    accounts = contents.accounts(scope)
    ids = contents.ids_of(scope)
    return Canary(
        scope,
        {**shared, **home.things},
        {**shared, **beside.things},
        {role: accounts[role] for role in ROLES},
        Marks(frozenset({home.word, beside.word, contents.network_name(scope).lower()}), ids),
        Marks(frozenset({beside.word}), frozenset({beside.things[name] for name in contents.OF_A_CLINIC})),
        Marks(frozenset({home.word}), frozenset()),
    )
