"""Where a page finds the token that shows a question comes from itself, and where it sends it."""

CSRF_HEADER = "X-CSRFToken"


def csrf_cookie(secure: bool) -> str:
    """The cookie's name. It is readable by the page's scripts on purpose, and worth nothing without the session beside it."""
    return "__Host-dripline-csrf" if secure else "dripline-csrf"
