"""Networks with sites and programmes, and scopes of people in them, for tests of accreditation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from tests.making import make_network, store
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role
from webapp.services.accreditation import add_programme
from webapp.transactions import reading

SITES = ("RIV", "NGT")


def site(code: str, state: str | None = "NY") -> dict[str, Any]:
    return {"key": code, "name": f"Site {code}", "zone": "America/New_York", "state": state}


def site_ids(scope: Scope) -> dict[str, UUID]:
    with reading(scope) as db:
        rows = db.execute(text("SELECT code, id FROM site WHERE network_id = :network"), {"network": scope.network_id})
        return {code: site_id for code, site_id in rows}


def person(system: Scope, role: Role, codes: Sequence[str] | None = None) -> Scope:
    """The scope of a new person of that role, who sees these sites; None: all there are."""
    found = site_ids(system)
    seen = frozenset(found[code] for code in (found if codes is None else codes))
    return Scope(system.network_id, uuid4(), role, seen, whole_network=role in WHOLE_NETWORK_ROLES)


def accredited_network(now: datetime, codes: Sequence[str] = SITES, name: str = "Tidewater") -> Scope:
    """A network with those sites, a programme that counts and one that does not; the compliance officer's scope."""
    system = make_network(now, name)
    store(system, {"sites": [site(code) for code in codes]}, now)
    add_programme(system, "certified", "Certified setting", "The body", counts=True)
    add_programme(system, "registered", "Registration", "", counts=False)
    return person(system, Role.COMPLIANCE)
