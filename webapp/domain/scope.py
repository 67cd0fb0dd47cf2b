"""Scope: who is asking, in which network, for which sites. The first argument of every public query and service."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from webapp.domain.vocabulary import Role

PRODUCT_ITSELF = UUID(int=1)
"""The user id under which the product itself acts: imports, reports and reconciling."""
ROW_ROLES = frozenset({Role.MANAGER, Role.SITE_LEAD, Role.COMPLIANCE})
"""The roles that may open the rows behind a number (compliance without pseudonym and ratings)."""
PATIENT_ROLES = frozenset({Role.MANAGER, Role.SITE_LEAD})
"""The roles that may read what is recorded of a single patient: pseudonym, indication, dose, side effects, ratings, courses."""
WHOLE_NETWORK_ROLES = frozenset({Role.MANAGER, Role.COMPLIANCE, Role.VIEWER})
"""The roles that see every site of their network."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One person's reach inside one network.

    Made for three things only: a request, a stored run, and the command line with the product's own work in one network.
    An empty site set is nothing, never everything. `site_ids` is always the explicit set of sites that may be seen;
    `whole_network` says besides that the person may see every site there is or will be, and the network's own rows.
    `narrowed_from` is what the person may see besides, while they look at fewer sites.
    """

    network_id: UUID
    user_id: UUID
    role: Role
    site_ids: frozenset[UUID]
    whole_network: bool = False
    narrowed_from: frozenset[UUID] | None = None

    def narrow(self, wished: Iterable[UUID] | None) -> "Scope":
        """The same person looking at fewer sites. Ids outside the scope are dropped; `None` keeps the scope as it is."""
        if wished is None:
            return self
        seen = self.site_ids & frozenset(wished)
        return Scope(self.network_id, self.user_id, self.role, seen, narrowed_from=self.reach)

    @property
    def reach(self) -> frozenset[UUID]:
        """Every site that the person may see, also while they look at fewer: what they can subtract from a total."""
        return self.site_ids if self.narrowed_from is None else self.narrowed_from

    @property
    def may_open_rows(self) -> bool:
        """Whether session rows may be listed at all."""
        return self.role in ROW_ROLES

    @property
    def may_see_pseudonyms(self) -> bool:
        """Whether a row may carry the patient's pseudonym and ratings, and a number may rest on a few patients' ones."""
        return self.role in PATIENT_ROLES

    @property
    def fingerprint(self) -> str:
        """A stable text of everything that decides what may be seen: part of every cache key and ETag."""
        sites = "*" if self.whole_network else _listed(self.site_ids)
        narrowed = "" if self.narrowed_from is None else f"<{_listed(self.narrowed_from)}"
        return f"{self.network_id.hex}:{self.user_id.hex}:{self.role}:{sites}{narrowed}"


def _listed(sites: Iterable[UUID]) -> str:
    return ",".join(sorted(site.hex for site in sites))
