"""The product's allow-list of addresses: a link, a click in a chart, the way on after sign-in stay on this host."""

import re

_OWN = re.compile(r"(/(?![/\\])|\?)[!#-;=?-\[\]^_a-z~]*", re.ASCII)
"""One slash (or only a query), then visible ASCII without quotes, backslash, angle brackets, backtick and braces."""

_DOT = re.compile(r"\.|%2e", re.IGNORECASE)
_TAIL = re.compile(r"[?#]")

LONGEST_ADDRESS = 8_000


def own_address(address: str | None) -> str | None:
    """The address if it is a path or query of this product, else None: no scheme, no host, no control characters.

    Nor a path that would begin with two slashes once its dots are taken out, as `/.//host` does: a browser may then read a host.
    """
    if not address or len(address) > LONGEST_ADDRESS or not _OWN.fullmatch(address):
        return None
    path = _TAIL.split(address, maxsplit=1)[0]
    return None if _DOT.search(path) and _normal_path(path).startswith("//") else address


def _normal_path(path: str) -> str:
    """A path without its segments of dots, as browsers take them out (WHATWG URL, "path state"): also those written as %2e."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        dots = _DOT.sub(".", segment)
        if dots == "..":
            del kept[-1:]
        elif dots != ".":
            kept.append(segment)
    if segments and _DOT.sub(".", segments[-1]) in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept) if segments else ""
