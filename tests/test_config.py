"""The settings: what is derived, what is kept, and the one sentence for each that is wrong."""

import stat
from pathlib import Path

import pytest

from config import load
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import DISPATCHER_ROLE, role_url

DATABASE = "postgresql://admin:secret@localhost/dripline"
KEY = "8f1d0c2b7a6e5948372615f0e9d8c7b6"
SERVED = {
    "DRIPLINE_ENVIRONMENT": "production",
    "APP_DATABASE_URL": "postgresql://dripline_app:x@localhost/dripline",
    "REDIS_URL": "redis://localhost/0",
    "SECRET_KEY": KEY,
    "PSEUDONYM_KEY": KEY[::-1],
    "BASE_URL": "https://dripline.example.org",
}


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": DATABASE, "REDIS_URL": "redis://localhost/0", "DRIPLINE_DATA": str(tmp_path / "data")}


def test_the_roles_addresses_come_from_the_set_up_account(demo: dict[str, str]) -> None:
    settings = load(demo)
    assert settings["DATABASE_URL"] == "postgresql+psycopg://admin:secret@localhost/dripline"
    assert settings["DISPATCHER_DATABASE_URL"] == role_url(DATABASE, DISPATCHER_ROLE)
    assert settings["SQLALCHEMY_DATABASE_URI"] == settings["APP_DATABASE_URL"]
    assert settings["SQLALCHEMY_BINDS"] == {
        "dispatcher": settings["DISPATCHER_DATABASE_URL"],
        "operator": settings["OPERATOR_DATABASE_URL"],
    }


def test_a_stated_address_is_kept(demo: dict[str, str]) -> None:
    settings = load({**demo, "APP_DATABASE_URL": "postgresql://dripline_app:own@localhost/dripline"})
    assert settings["APP_DATABASE_URL"] == "postgresql+psycopg://dripline_app:own@localhost/dripline"


def test_a_process_that_serves_needs_no_set_up_account() -> None:
    settings = load(SERVED)
    assert settings["DATABASE_URL"] is None
    assert settings["OWNER_DATABASE_URL"] is None
    assert settings["SQLALCHEMY_BINDS"] == {}


def test_the_demos_keys_are_made_once_and_private(demo: dict[str, str], tmp_path: Path) -> None:
    first, second = load(demo), load(demo)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["SECRET_KEY"] != first["PSEUDONYM_KEY"]
    kept = tmp_path / "data" / "secrets"
    assert sorted(path.name for path in kept.iterdir()) == ["pseudonym_key", "secret_key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700


def test_an_empty_key_file_is_refused(demo: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "data" / "secrets"
    kept.mkdir(parents=True)
    (kept / "secret_key").write_text("")
    with pytest.raises(SetupError, match="secret_key is empty"):
        load(demo)


def test_tests_have_the_same_keys_always_and_write_nothing(demo: dict[str, str], tmp_path: Path) -> None:
    settings = load({**demo, "DRIPLINE_ENVIRONMENT": "test"})
    assert settings["TESTING"] is True
    assert settings == load({**demo, "DRIPLINE_ENVIRONMENT": "test"})
    assert not (tmp_path / "data").exists()


def test_cookies_are_plain_on_this_machine_and_locked_over_https(demo: dict[str, str]) -> None:
    plain = load({**demo, "BASE_URL": "http://127.0.0.1:8051/"})
    assert (plain["SESSION_COOKIE_NAME"], plain["SESSION_COOKIE_SECURE"]) == ("dripline", False)
    assert plain["BASE_URL"] == "http://127.0.0.1:8051"
    locked = load(SERVED)
    assert (locked["SESSION_COOKIE_NAME"], locked["SESSION_COOKIE_SECURE"]) == ("__Host-dripline", True)
    for settings in (plain, locked):
        assert settings["SESSION_COOKIE_HTTPONLY"] is True
        assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"
        assert settings["SESSION_COOKIE_PATH"] == "/"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"DRIPLINE_ENVIRONMENT": "staging"}, "must be demo, test or production"),
        ({"APP_DATABASE_URL": ""}, "No database is named"),
        ({"APP_DATABASE_URL": "sqlite:///x"}, "PostgreSQL only"),
        ({"APP_DATABASE_URL": "postgresql://postgres:x@localhost/d"}, "must log in as dripline_app"),
        ({"APP_DATABASE_URL": "postgresql://dripline_app:x@db.example.org/d"}, "sslmode=verify-full"),
        ({"APP_DATABASE_URL": "postgresql://dripline_app:x@db.example.org/d?sslmode=require"}, "sslmode=verify-full"),
        ({"REDIS_URL": ""}, "No Redis or Valkey"),
        ({"REDIS_URL": "amqp://localhost"}, "redis://"),
        ({"MAIL_URL": "mailto:x"}, "smtp://"),
        ({"MAIL_FROM": "Dripline"}, "MAIL_FROM must be an e-mail address"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is short or a placeholder"),
        ({"SECRET_KEY": "please-change-me-please-change-me-now"}, "SECRET_KEY is short or a placeholder"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is short or a placeholder"),
        ({"PSEUDONYM_KEY": ""}, "PSEUDONYM_KEY is missing"),
        ({"PSEUDONYM_KEY": KEY}, "PSEUDONYM_KEY and SECRET_KEY must differ"),
        ({"BASE_URL": "http://dripline.example.org"}, "must start with https://"),
        ({"BASE_URL": "dripline.example.org"}, "must be the address people open"),
        ({"BASE_URL": "https://dripline.example.org/app"}, "without a path"),
        ({"BASE_URL": "https://dripline.example.org:many"}, "is not an address"),
        ({"DRIPLINE_ENVIRONMENT": "demo"}, "A demo is for this machine only"),
    ],
)
def test_each_wrong_setting_has_its_sentence(wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(SetupError, match=sentence):
        load({**SERVED, **wrong})


def test_a_database_inside_the_same_host_or_network_needs_no_certificate() -> None:
    for host in ("localhost", "postgres", "127.0.0.1"):
        load({**SERVED, "APP_DATABASE_URL": f"postgresql://dripline_app:x@{host}/d"})
    load({**SERVED, "APP_DATABASE_URL": "postgresql://dripline_app:x@db.example.org/d?sslmode=verify-full"})
