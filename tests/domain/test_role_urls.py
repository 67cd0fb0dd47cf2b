"""The roles' addresses: the same server, another account, a password that only the set-up account's password gives."""

import pytest

from webapp.domain.errors import SetupError
from webapp.domain.role_urls import (
    APP_ROLE,
    OWNER_ROLE,
    driver_url,
    role_password,
    role_url,
    stated_password,
    url_setting,
)

SERVED = "postgresql://admin:s%40cret@db.example.org:6432/clinic?sslmode=verify-full"
EMBEDDED = "postgresql+psycopg://postgres@/dripline?host=/srv/data/postgres"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_becomes_one(scheme: str) -> None:
    assert driver_url(f" {scheme}://a:b@h/d ") == "postgresql+psycopg://a:b@h/d"


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://a@b/c", "db.example.org", ""])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="PostgreSQL only"):
        driver_url(url)


def test_a_role_reaches_the_same_place() -> None:
    password = role_password(SERVED, APP_ROLE)
    assert role_url(SERVED, APP_ROLE) == (
        f"postgresql+psycopg://dripline_app:{password}@db.example.org:6432/clinic?sslmode=verify-full"
    )
    assert role_url(EMBEDDED, APP_ROLE).endswith("@/dripline?host=/srv/data/postgres")


def test_the_password_depends_on_the_role_and_on_the_servers_password_only() -> None:
    assert role_password(SERVED, APP_ROLE) == role_password("postgres://other:s%40cret@elsewhere/d", APP_ROLE)
    assert role_password(SERVED, APP_ROLE) != role_password(SERVED, OWNER_ROLE)
    assert role_password(SERVED, APP_ROLE) != role_password("postgres://admin:other@db.example.org/d", APP_ROLE)
    assert len(role_password(EMBEDDED, APP_ROLE)) == 64


def test_a_stated_address_must_be_of_its_role() -> None:
    assert stated_password("postgresql://dripline_app:p%25w@h/d", APP_ROLE) == "p%w"
    with pytest.raises(SetupError, match="must log in as dripline_app, not as postgres"):
        stated_password("postgresql://postgres:x@h/d", APP_ROLE)


def test_the_settings_name_of_a_role() -> None:
    assert url_setting(APP_ROLE) == "APP_DATABASE_URL"
