"""Where a page finds the token that shows a question comes from itself, and where it sends it."""

CSRF_HEADER = "X-CSRFToken"


def csrf_cookie(secure: bool) -> str:
    """The cookie's name. The page's scripts may read it on purpose; it is worth nothing without the session."""
    return "__Host-dripline-csrf" if secure else "dripline-csrf"
