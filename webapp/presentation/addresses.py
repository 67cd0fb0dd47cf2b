"""The product's allow-list of addresses: a link, a click in a chart, the way on after sign-in stay on this host."""

import re

_OWN = re.compile(r"(/(?![/\\])|\?)[!#-;=?-\[\]^_a-z~]*", re.ASCII)
"""One slash (or only a query), then visible ASCII without quotes, backslash, angle brackets, backtick and braces."""

LONGEST_ADDRESS = 8_000


def own_address(address: str | None) -> str | None:
    """The address if it is a path or query of this product, else None: no scheme, no host, no control characters."""
    if not address or len(address) > LONGEST_ADDRESS or not _OWN.fullmatch(address):
        return None
    return address
