"""A network as the product's queries see it, and as plain rows."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.queries import recount
from tests.queries.pages.recounted import SEARCHES, Plain, Started, plain_of
from webapp.domain.scope import Scope

EVERY = range(len(SEARCHES))


@dataclass(frozen=True)
class Network:
    """A scope that sees every site, and the same network in plain rows."""

    scope: Scope
    facts: recount.Facts
    spells: list[Started]
    stated: dict[Any, list[date]]

    def search(self, number: int) -> str:
        """One of the addresses that the tests ask, with sites of this network in it."""
        codes = sorted(self.facts.sites.values())
        return SEARCHES[number].format(codes[1], codes[4])

    def plain(self, number: int) -> Plain:
        """What that address leaves of the plain rows."""
        return self.plain_of(self.search(number))

    def plain_of(self, search: str, start: date | None = None, end: date | None = None) -> Plain:
        """What an address leaves of the plain rows, over its own days or others."""
        plain = plain_of(self.facts, search, self.spells, self.stated)
        return replace(plain, start=start or plain.start, end=end or plain.end)
