"""What a command runs on: the servers, the settings and the application, for as long as the command runs."""

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from werkzeug.utils import import_string

from config import load
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import ROLES, stated_password, url_setting
from webapp.embedded.servers import running_servers

MEND_TIMEOUT_MS = 6 * 3_600_000
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Place:
    """Where a command works: its data folder. The servers are named by the environment, or live in that folder."""

    data_dir: Path

    @contextmanager
    def environment(self) -> Iterator[tuple[dict[str, str], dict[str, object]]]:
        """The environment with the addresses of running servers, and the settings read from it.

        What it starts is stopped at the end. An embedded database that it starts is first brought to this version's tables.
        """
        environ = {**os.environ, "DRIPLINE_DATA": str(self.data_dir)}
        with running_servers(self.data_dir, environ, say=say) as urls:
            environ = {**environ, **urls.environ()}
            settings = load(environ)
            if "postgres" in urls.started:
                set_up_database(settings)
            yield environ, settings

    @contextmanager
    def settings(self) -> Iterator[dict[str, object]]:
        """The settings, with the servers running."""
        with self.environment() as (_, settings):
            yield settings


def say(line: str) -> None:
    """A line of progress; on the error output, so that what a command prints can be read by a program."""
    click.echo(line, err=True)


def set_up_database(settings: Mapping[str, object]) -> None:
    """Bring the database to this version's roles, tables and counts; quick when it is there already. Raises SetupError."""
    from webapp.services import people, verification
    from webapp.services.installation import set_up

    if settings["DATABASE_URL"] is None:
        raise SetupError("The set-up account's address is missing: set DATABASE_URL to change the database's tables.")
    passwords = {role: stated_password(str(settings[url_setting(role)]), role) for role in ROLES}
    set_up(str(settings["DATABASE_URL"]), str(settings["OWNER_DATABASE_URL"]), passwords)
    with application(settings):
        for network, name in (*people.fetch_networks(), *people.fetch_canary_networks()):
            verification.mend_outdated(people.network_scope(network), name, MEND_TIMEOUT_MS, say)


@contextmanager
def application(settings: Mapping[str, object]) -> Iterator[None]:
    """An application context, in which ``current_app.config`` holds the settings."""
    # By name, as a web server does it: the factory stands above the commands.
    app = import_string("webapp.factory:create_app")(settings)
    with app.app_context():
        yield


def with_app(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the running servers and an application context. Put it below the click decorators."""

    @functools.wraps(command)
    def within_app(*args: P.args, **kwargs: P.kwargs) -> R:
        place: Place = click.get_current_context().obj
        with place.settings() as settings, application(settings):
            return command(*args, **kwargs)

    return within_app
