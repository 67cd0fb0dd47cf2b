"""A network that holds no record yet."""

from collections.abc import Collection, Mapping
from datetime import date

from webapp.domain.intake.row_checks import CheckContext


class NothingStored:
    """Knows no key."""

    def places(self, record_type: str, keys: Collection[str]) -> Mapping[str, str]:
        """None of them."""
        return {}


def empty_network(times_zone: str = "") -> CheckContext:
    """What the checks know of it on 1 Nov 2026."""
    return CheckContext(date(2026, 11, 1), {}, NothingStored(), times_zone)
