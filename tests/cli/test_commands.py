"""Every sub-command can be found and explained."""

import pytest
from click.testing import CliRunner

from webapp.cli import COMMANDS, main
from webapp.domain.doors import ROUTES


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_explains_itself(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output


def test_the_help_names_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["infuse"]).exit_code == 2


def test_the_addresses_are_listed(environ: dict[str, str], settings: dict[str, object]) -> None:
    shown = CliRunner().invoke(main, ["--data", environ["DRIPLINE_DATA"], "routes"], env=environ)
    assert shown.exit_code == 0, shown.output
    listed = {line.split()[0] for line in shown.output.splitlines() if line}
    assert set(ROUTES) <= listed
