"""The database's four roles, and the address and password of each, made from the set-up account's address."""

import hashlib
import hmac
from urllib.parse import quote, unquote, urlsplit

from webapp.domain.errors import SetupError

OWNER_ROLE = "dripline_owner"
APP_ROLE = "dripline_app"
DISPATCHER_ROLE = "dripline_dispatcher"
OPERATOR_ROLE = "dripline_operator"
ROLES = (OWNER_ROLE, APP_ROLE, DISPATCHER_ROLE, OPERATOR_ROLE)

_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")


def url_setting(role: str) -> str:
    """The name of the setting that holds a role's address: APP_DATABASE_URL and so on."""
    return f"{role.removeprefix('dripline_').upper()}_DATABASE_URL"


def driver_url(url: str) -> str:
    """The same address in the one spelling used everywhere: ``postgresql+psycopg://``.

    Raises SetupError for an address of anything but PostgreSQL.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme not in _SCHEMES:
        raise SetupError(
            "The database's address must start with postgresql:// "
            f"(it starts with {scheme[:20]!r}); Dripline runs on PostgreSQL only."
        )
    return f"postgresql+psycopg://{rest}"


def role_password(setup_url: str, role: str) -> str:
    """The password of ``role``: 64 hex digits, HMAC-SHA256 of the role's name under the set-up account's password.

    It is the same on every call for one server, so that set-up and the running processes need share nothing else.
    """
    key = unquote(urlsplit(setup_url).password or "").encode()
    return hmac.new(key, role.encode(), hashlib.sha256).hexdigest()


def stated_password(url: str, role: str) -> str:
    """The password in an address that was stated for ``role``. Raises SetupError when it is for another account."""
    parts = urlsplit(driver_url(url))
    if unquote(parts.username or "") != role:
        raise SetupError(
            f"The database's address for {role} must log in as {role}, not as {parts.username or 'nobody'}."
        )
    return unquote(parts.password or "")


def role_url(setup_url: str, role: str) -> str:
    """The address under which ``role`` reaches the database that ``setup_url`` names (same host, port, options)."""
    scheme, _, rest = driver_url(setup_url).partition("://")
    authority, slash, path = rest.partition("/")
    place = authority.rpartition("@")[2]
    account = f"{quote(role, safe='')}:{role_password(setup_url, role)}"
    return f"{scheme}://{account}@{place}{slash}{path}"
