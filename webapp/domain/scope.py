"""Scope: who is asking, in which network, for which sites. The first argument of every public query and service."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from webapp.domain.vocabulary import Role

ROW_ROLES = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE})
"""The roles that may open the rows behind a number (compliance without pseudonym and ratings)."""
WHOLE_NETWORK_ROLES = frozenset({Role.MANAGER, Role.COMPLIANCE, Role.VIEWER})
"""The roles that see every site of their network."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One person's reach inside one network.

    Made in three places only: `webapp.access`, a stored report run, and the command line. An empty site set is nothing,
    never everything. `site_ids` is always the explicit set of sites that may be seen; `whole_network` says besides that
    the person may see every site there is or will be, and the network's own rows.
    """

    network_id: UUID
    user_id: UUID
    role: Role
    site_ids: frozenset[UUID]
    whole_network: bool = False

    def narrow(self, wished: Iterable[UUID] | None) -> "Scope":
        """The same person looking at fewer sites. Ids outside the scope are dropped; `None` keeps the scope as it is."""
        if wished is None:
            return self
        return Scope(self.network_id, self.user_id, self.role, self.site_ids & frozenset(wished))

    @property
    def may_open_rows(self) -> bool:
        """Whether session rows may be listed at all."""
        return self.role in ROW_ROLES

    @property
    def may_see_pseudonyms(self) -> bool:
        """Whether a row may carry the patient's pseudonym and ratings."""
        return self.role in {Role.MANAGER, Role.SITE_LEAD}

    @property
    def fingerprint(self) -> str:
        """A stable text of everything that decides what may be seen: part of every cache key and ETag."""
        sites = "*" if self.whole_network else ",".join(sorted(site.hex for site in self.site_ids))
        return f"{self.network_id.hex}:{self.user_id.hex}:{self.role}:{sites}"
