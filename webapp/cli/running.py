"""What a command runs on: the servers, the settings and the application, for as long as the command runs."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import ScriptInfo
from werkzeug.utils import import_string

from config import load
from webapp.domain.errors import SetupError
from webapp.domain.role_urls import ROLES, stated_password, url_setting
from webapp.embedded.servers import running_servers

MEND_TIMEOUT_MS = 6 * 3_600_000


class Place(ScriptInfo):
    """Where a command works: its data folder. The servers are named by the environment, or live in that folder.

    It is what Flask's `with_appcontext` asks for the application: the servers run from then on until the command ends.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__(create_app=self._create_app, set_debug_flag=False, load_dotenv_defaults=False)
        self.data_dir = data_dir

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

    def _create_app(self) -> Flask:
        command = click.get_current_context().find_root()
        return command.with_resource(application(command.with_resource(self.settings())))


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
    with application(settings) as app, app.app_context():
        for network, name in (*people.fetch_networks(), *people.fetch_canary_networks()):
            verification.mend_outdated(people.network_scope(network), name, MEND_TIMEOUT_MS, say)


@contextmanager
def application(settings: Mapping[str, object]) -> Iterator[Flask]:
    """The application with these settings, made by the one factory; at the end it has given back its connections."""
    from webapp.transactions import close_connections

    # By name, as a web server does it: the factory stands above the commands.
    app: Flask = import_string("webapp.factory:create_app")(settings)
    try:
        yield app
    finally:
        with app.app_context():
            close_connections()
