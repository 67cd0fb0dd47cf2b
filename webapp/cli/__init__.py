"""The `dripline` command: Flask's CLI of the product, with its sub-commands in the modules beside this file."""

import importlib
from pathlib import Path

import click
from flask.cli import AppGroup

from webapp.cli.running import Place
from webapp.domain.errors import DriplineError

# The module that holds each sub-command. A module is imported when its command is asked for (or listed), so that
# `dripline serve` does not wait for libraries that only imports or reports use.
COMMANDS = {
    "demo": "demo",
    "serve": "serve",
    "worker": "serve",
    "beat": "serve",
    "migrate": "serve",
    "import": "intake",
    "mappings": "intake",
    "verify": "intake",
    "simulate": "simulate",
    "measures": "measures",
    "add-network": "people",
    "add-user": "people",
    "programmes": "programmes",
    "routes": "routes",
    "audit": "audit",
    "reports": "reports",
}


class CommandsByModule(AppGroup):
    """Flask's kind of group, which finds its sub-commands by name in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The sub-commands' names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of that name, from its module."""
        module_name = COMMANDS.get(cmd_name)
        if module_name is None:
            return None
        module = importlib.import_module(f"webapp.cli.{module_name}")
        commands = [value for value in vars(module).values() if isinstance(value, click.Command)]
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Run it; an error in our own words is one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except DriplineError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=CommandsByModule, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path),
    default=Path("data"),
    envvar="DRIPLINE_DATA",
    show_default="./data",
    help="The folder of the embedded servers and of all files.",
)
@click.pass_context
def main(ctx: click.Context, data_dir: Path) -> None:
    """Dripline: the admin dashboard of networks of ketamine-infusion clinics."""
    ctx.obj = Place(data_dir.expanduser().absolute())
