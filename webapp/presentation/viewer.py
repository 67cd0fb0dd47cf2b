"""Who looks at a page, as far as the page's frame needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from webapp.domain.filters import SiteChoice
from webapp.domain.saved_views import SavedView
from webapp.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person in one network.

    sites: those that may be seen, in the order of their names. network_sites: how many the network has in all.
    today: the day of asking. saved: their own saved views, by name. badges: by navigation key, how many things wait there.
    """

    name: str
    role: Role
    network_name: str
    sites: tuple[SiteChoice, ...]
    network_sites: int
    today: date
    badges: Mapping[str, int] = field(default_factory=dict)
    saved: tuple[SavedView, ...] = ()

    @property
    def scope_words(self) -> str:
        """`all 24 sites`, `3 of 24 sites`: what the scope chip says."""
        many = len(self.sites)
        if many == 0:
            return "no site"
        if many == self.network_sites:
            return "the only site" if many == 1 else f"all {many} sites"
        return f"{many} of {self.network_sites} sites"
