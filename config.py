"""The settings of the whole product, read from the environment once, at the entry points.

Every variable is explained in docs/operations.md. Nothing else in the product reads the environment.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from webapp.domain.errors import BadInput, SetupError
from webapp.domain.fault_points import FAULT_POINTS, RAISES, STOPS
from webapp.domain.role_urls import ROLES, driver_url, role_url, stated_password, url_setting
from webapp.presentation.mail_message import address_of

ENVIRONMENTS = ("demo", "test", "production")
MEGABYTE = 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHORTEST_KEY = 32
_FEWEST_DIFFERENT = 10
_PLACEHOLDERS = ("change", "placeholder", "secret", "example", "password")


def load(environ: Mapping[str, str]) -> dict[str, object]:
    """All settings, by upper-case name, as Flask takes them. Raises SetupError naming the variable that is wrong."""
    environment = environ.get("DRIPLINE_ENVIRONMENT") or "demo"
    if environment not in ENVIRONMENTS:
        raise SetupError(f"DRIPLINE_ENVIRONMENT must be demo, test or production, not {environment!r}.")
    data_dir = Path(environ.get("DRIPLINE_DATA") or "data").expanduser().absolute()
    settings: dict[str, object] = {
        "ENVIRONMENT": environment,
        "TESTING": environment == "test",
        "DATA_DIR": data_dir,
        "ARTIFACT_DIR": data_dir / "artifacts",
        "REDIS_URL": _redis_url(environ),
        "MAIL_URL": _mail_url(environ),
        "FAULT_AT": _fault_at(environ, environment),
        "MAIL_FROM": _mail_from(environ),
        "SECRET_KEY": _key("SECRET_KEY", environ, environment, data_dir),
        "PSEUDONYM_KEY": _key("PSEUDONYM_KEY", environ, environment, data_dir),
        "MAX_CONTENT_LENGTH": 256 * MEGABYTE,  # a whole history of a network in one file; checked before reading
        "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
        "MAX_FORM_PARTS": 200,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the session: an open page must not die after an hour
    }
    if settings["SECRET_KEY"] == settings["PSEUDONYM_KEY"]:
        raise SetupError("PSEUDONYM_KEY and SECRET_KEY must differ: one leaked key must not open both.")
    return {**settings, **_database_urls(environ, environment), **_address(environ, environment)}


def _database_urls(environ: Mapping[str, str], environment: str) -> dict[str, object]:
    setup = environ.get("DATABASE_URL")
    urls: dict[str, object] = {"DATABASE_URL": driver_url(setup) if setup else None}
    for role in ROLES:
        name = url_setting(role)
        stated = environ.get(name)
        if stated:
            stated_password(stated, role)
        urls[name] = driver_url(stated) if stated else role_url(setup, role) if setup else None
    if urls["APP_DATABASE_URL"] is None:
        raise SetupError("No database is named: set APP_DATABASE_URL or DATABASE_URL, or start with 'dripline demo'.")
    if environment == "production":
        for name, url in urls.items():
            _require_encryption(name, url)
    return {**urls, **_engines(urls)}


def _engines(urls: Mapping[str, object]) -> dict[str, object]:
    """What Flask-SQLAlchemy connects with: the app role, and by name the two roles that see no tenant row."""
    named = {"dispatcher": urls["DISPATCHER_DATABASE_URL"], "operator": urls["OPERATOR_DATABASE_URL"]}
    return {
        "SQLALCHEMY_DATABASE_URI": urls["APP_DATABASE_URL"],
        "SQLALCHEMY_BINDS": {name: url for name, url in named.items() if url},
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
    }


def _require_encryption(name: str, url: object) -> None:
    if url is None:
        return
    parts = urlsplit(str(url))
    inside = parts.hostname in (None, *_LOOPBACK) or "." not in str(parts.hostname)
    if not inside and "sslmode=verify-full" not in parts.query:
        raise SetupError(f"{name} leaves this machine without a checked certificate: add sslmode=verify-full to it.")


def _redis_url(environ: Mapping[str, str]) -> str:
    url = environ.get("REDIS_URL", "").strip()
    if not url:
        raise SetupError("No Redis or Valkey server is named: set REDIS_URL, or start with 'dripline demo'.")
    if urlsplit(url).scheme not in ("redis", "rediss"):
        raise SetupError("REDIS_URL must start with redis:// or rediss://.")
    return url


def _fault_at(environ: Mapping[str, str], environment: str) -> str | None:
    point = environ.get("FAULT_AT", "").strip()
    if not point:
        return None
    if environment == "production":
        raise SetupError("FAULT_AT makes a process kill itself: it is for tests, never for production.")
    if point.removesuffix(RAISES).removesuffix(STOPS) not in FAULT_POINTS:
        raise SetupError(
            f"FAULT_AT must be one of {', '.join(FAULT_POINTS)}, perhaps with {RAISES} or {STOPS} after it."
        )
    return point


def _mail_from(environ: Mapping[str, str]) -> str:
    stated = environ.get("MAIL_FROM") or "Dripline <dripline@localhost>"
    try:
        address_of(*parseaddr(stated))
    except BadInput:
        raise SetupError("MAIL_FROM must be an e-mail address, such as Dripline <reports@example.org>.") from None
    return stated


def _mail_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("MAIL_URL", "").strip()
    if url and urlsplit(url).scheme not in ("smtp", "smtps"):
        raise SetupError("MAIL_URL must start with smtp:// or smtps://; leave it out to send no mail.")
    return url or None


def _address(environ: Mapping[str, str], environment: str) -> dict[str, object]:
    base_url = (environ.get("BASE_URL") or "http://127.0.0.1:8050").rstrip("/")
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise SetupError(f"BASE_URL {base_url!r} is not an address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise SetupError("BASE_URL must be the address people open, without a path: https://dripline.example.org.")
    on_loopback = parts.hostname in _LOOPBACK
    if not on_loopback and parts.scheme != "https":
        raise SetupError("BASE_URL must start with https:// for any address but this machine's own.")
    if not on_loopback and environment == "demo":
        raise SetupError("A demo is for this machine only: set DRIPLINE_ENVIRONMENT=production to serve at BASE_URL.")
    secure = parts.scheme == "https"
    return {
        "BASE_URL": base_url,
        "SELF_TEST_URL": (environ.get("SELF_TEST_URL") or base_url).rstrip("/"),
        "PREFERRED_URL_SCHEME": parts.scheme,
        "SESSION_COOKIE_NAME": "__Host-dripline" if secure else "dripline",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
    }


def _key(name: str, environ: Mapping[str, str], environment: str, data_dir: Path) -> str:
    stated = environ.get(name, "").strip()
    if stated:
        if environment == "production":
            _refuse_weak(name, stated)
        return stated
    if environment == "production":
        raise SetupError(f"{name} is missing: set it to at least {_SHORTEST_KEY} random characters.")
    if environment == "test":
        return hashlib.sha256(f"test {name}".encode()).hexdigest()
    return _kept_key(data_dir / "secrets" / name.lower())


def _refuse_weak(name: str, key: str) -> None:
    lowered = key.lower()
    varied = len(key) >= _SHORTEST_KEY and len(set(key)) >= _FEWEST_DIFFERENT
    if not varied or any(word in lowered for word in _PLACEHOLDERS):
        raise SetupError(
            f"{name} is short or a placeholder: set it to at least {_SHORTEST_KEY} random characters, such as the "
            "output of: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )


def _kept_key(path: Path) -> str:
    """The key in ``path``, made on first use. Two processes that come at once get the same one."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise SetupError(f"The key file {path} cannot be read or made ({error.strerror}).") from None
    if not key:
        raise SetupError(f"The key file {path} is empty: put it back, or remove the file.")
    return key
