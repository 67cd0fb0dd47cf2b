"""Networks and their people: adding a network, a user, a membership; ending them."""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.domain.errors import BadInput, Conflict, NotFound
from webapp.domain.scope import PRODUCT_ITSELF, Scope
from webapp.domain.self_test import CANARY_SLUG
from webapp.domain.vocabulary import Role
from webapp.services.rollups import COUNTING
from webapp.services.sign_in import hash_password
from webapp.transactions import of_dispatcher, of_nobody, unit_of_work

SYSTEM_USER = PRODUCT_ITSELF


def network_scope(network_id: UUID, user_id: UUID = SYSTEM_USER) -> Scope:
    """The scope of the product's own work in one network, for the command line and stored runs."""
    return Scope(network_id, user_id, Role.MANAGER, frozenset(), whole_network=True)


def find_network(name: str) -> UUID | None:
    """The id of the network of that short name or name. One of the few functions that look across networks."""
    with of_dispatcher() as db:
        return db.execute(
            text("SELECT id FROM network WHERE (slug = :name OR name = :name) AND archived_at IS NULL"), {"name": name}
        ).scalar()


def fetch_networks() -> list[tuple[UUID, str]]:
    """Every network that is served, with its name; the canaries of the self-test are not."""
    return _networks("NOT LIKE")


def fetch_canary_networks() -> list[tuple[UUID, str]]:
    """The networks that the self-test of the isolation asks, with their names: their audit trail is sealed like any other."""
    return _networks("LIKE")


def _networks(whose: str) -> list[tuple[UUID, str]]:
    statement = f"SELECT id, name FROM network WHERE archived_at IS NULL AND slug {whose} :canaries ORDER BY slug"
    with of_dispatcher() as db:
        rows = db.execute(text(statement), {"canaries": f"{CANARY_SLUG}%"})
        return [(network_id, name) for network_id, name in rows]


def fetch_network_ids() -> list[UUID]:
    """Every network that is served, for work that goes network by network."""
    return [network_id for network_id, _ in fetch_networks()]


def get_network(name: str) -> UUID:
    """As `find_network`; raises NotFound with a sentence when there is none."""
    found = find_network(name)
    if found is None:
        raise NotFound(f"There is no network named {name!r}. Add it with: dripline add-network {name!r}")
    return found


def add_network(name: str, now: datetime, slug: str | None = None) -> UUID:
    """Add a network. Its short name is made from its name unless given. Raises Conflict when it is taken."""
    slug = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug:
        raise BadInput("A network's name needs at least one letter or digit.")
    if slug.startswith(CANARY_SLUG):
        raise BadInput("Names that begin with “self-test” are kept for the product's own networks; choose another.")
    return _insert_network(name, slug, now)


def add_canary_network(name: str, slug: str, now: datetime) -> UUID:
    """Add a network for the self-test; `slug` begins as theirs do. It is hidden wherever networks are listed or counted."""
    if not slug.startswith(CANARY_SLUG):
        raise BadInput(f"A canary network's short name begins with {CANARY_SLUG}.")
    return _insert_network(name, slug, now)


def _insert_network(name: str, slug: str, now: datetime) -> UUID:
    if find_network(slug) is not None:
        raise Conflict(f"There already is a network {slug!r}.")
    network_id = uuid4()
    with unit_of_work(network_scope(network_id)) as db:
        db.execute(
            text(
                "INSERT INTO network (id, slug, name, data_version, settings_version, counted_as, created_at)"
                " VALUES (:id, :slug, :name, 0, 1, :counting, :now)"
            ),
            {"id": network_id, "slug": slug, "name": name, "counting": COUNTING, "now": now},
        )
    return network_id


def add_user(email: str, name: str, password: str, now: datetime, *, is_operator: bool = False) -> UUID:
    """Add a person who can sign in. Raises Conflict when the address is known, BadInput for a weak password."""
    email = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise BadInput(f"{email!r} is not an e-mail address.")
    user_id = uuid4()
    with of_nobody() as db:
        taken = db.execute(text("SELECT 1 FROM user_account WHERE email = :email"), {"email": email}).scalar()
        if taken:
            raise Conflict(f"There already is a person with the address {email}.")
        db.execute(
            text(
                "INSERT INTO user_account (id, email, name, password_hash, is_active, is_operator, authz_version, created_at)"
                " VALUES (:id, :email, :name, :hash, true, :operator, 1, :now)"
            ),
            {
                "id": user_id,
                "email": email,
                "name": name,
                "hash": hash_password(password),
                "operator": is_operator,
                "now": now,
            },
        )
    return user_id


def add_member(scope: Scope, user_id: UUID, role: Role, site_codes: Iterable[str], now: datetime) -> None:
    """Give a person a role in the scope's network, with their sites where the role does not see all. Raises NotFound."""
    with unit_of_work(scope) as db:
        values = {"network": scope.network_id, "user": user_id, "role": role.value, "now": now}
        db.execute(
            text(
                "INSERT INTO membership (network_id, user_id, role, created_at) VALUES (:network, :user, :role, :now)"
            ),
            values,
        )
        for code in site_codes:
            site = db.execute(
                text("SELECT id FROM site WHERE network_id = :network AND code = :code"), {**values, "code": code}
            ).scalar()
            if site is None:
                raise NotFound(f"There is no site {code!r} in this network.")
            db.execute(
                text("INSERT INTO membership_site (network_id, user_id, site_id) VALUES (:network, :user, :site)"),
                {**values, "site": site},
            )


def deactivate(user_id: UUID) -> None:
    """Let a person no longer sign in, and end what they have open."""
    with of_nobody() as db:
        db.execute(
            text("UPDATE user_account SET is_active = false, authz_version = authz_version + 1 WHERE id = :user"),
            {"user": user_id},
        )


def find_user(email: str) -> UUID | None:
    """The id of whoever has that address; None if nobody has."""
    with of_nobody() as db:
        found: UUID | None = db.execute(
            text("SELECT id FROM user_account WHERE email = :email"), {"email": email.strip().lower()}
        ).scalar()
        return found


def fetch_site_codes(scope: Scope) -> list[str]:
    """The codes of the network's sites, by name."""
    with unit_of_work(scope) as db:
        return list(
            db.execute(
                text(
                    "SELECT s.code FROM site s JOIN site_version v ON v.network_id = s.network_id AND v.site_id = s.id"
                    " AND v.superseded_by_batch_id IS NULL AND NOT v.withdrawn WHERE s.network_id = :network ORDER BY v.name, s.code"
                ),
                {"network": scope.network_id},
            ).scalars()
        )
