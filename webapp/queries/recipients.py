"""The people of a network who may be sent reports, each with what they may see at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.report_kinds import SITE_KINDS, ReportKind, may_read
from webapp.domain.scope import WHOLE_NETWORK_ROLES, Scope
from webapp.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member as they stand now. site_ids: of a role that does not see all, those given to them; of one that does, all there are."""

    user_id: UUID
    name: str
    email: str
    reach: Scope

    @property
    def role(self) -> Role:
        """What they are in the network."""
        return self.reach.role

    @property
    def site_ids(self) -> frozenset[UUID]:
        """The sites they may see."""
        return self.reach.site_ids

    @property
    def whole_network(self) -> bool:
        """Whether they see every site there is or will be."""
        return self.reach.whole_network

    def may_read(self, kind: ReportKind, site_id: UUID | None) -> bool:
        """Whether a report's whole contents lie within what they may see now."""
        return may_read(self.reach, kind, site_id)

    def subjects(self, kind: ReportKind, site_ids: Iterable[UUID]) -> list[UUID | None]:
        """What reports of the kind over these sites are about: each site, or the network."""
        return list(site_ids) if kind in SITE_KINDS else [None]


def fetch_recipients(scope: Scope, db: Session, now: datetime) -> list[Recipient]:
    """Every member of the network whose membership holds at that instant and who can sign in, by name.

    For the product's own work and for those who keep schedules; nobody else is told who the members are.
    """
    rows = db.execute(
        text(
            "SELECT m.user_id, u.name, u.email, m.role, array_remove(array_agg(s.site_id), NULL) FROM membership m"
            " JOIN user_account u ON u.id = m.user_id"
            " LEFT JOIN membership_site s ON s.network_id = m.network_id AND s.user_id = m.user_id"
            " WHERE m.network_id = :network AND :whole AND u.is_active AND m.revoked_at IS NULL"
            " AND (m.valid_until IS NULL OR m.valid_until > :now)"
            " GROUP BY m.user_id, u.name, u.email, m.role ORDER BY u.name, u.email"
        ),
        {"network": scope.network_id, "now": now, "whole": scope.whole_network},
    ).all()
    every = frozenset(
        db.execute(text("SELECT id FROM site WHERE network_id = :network"), {"network": scope.network_id}).scalars()
    )
    found = []
    for user_id, name, email, role_name, given in rows:
        role = Role(role_name)
        whole = role in WHOLE_NETWORK_ROLES
        reach = Scope(scope.network_id, user_id, role, every if whole else frozenset(given), whole_network=whole)
        found.append(Recipient(user_id, name, email, reach))
    return found
