"""Every command that a document tells people to type does what it says there."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.docs.pages import Page, page, pages
from tests.rules.source import ROOT
from webapp.cli import COMMANDS, main

DRIPLINE = ".venv/bin/dripline"
PASSWORD = "a drip in the harbor"
RUN_ELSEWHERE = {
    "make demo": "tests/check_demo boots it, does the three jobs and stops it",
    "make test": "it is what runs this test",
}
"""Commands that are too long to run here, each with who runs it."""

_MADE = re.compile(r"`make ([a-z-]+)[^`]*`")


@pytest.mark.usefixtures("settings")  # the database is set up
@pytest.mark.parametrize("told", [one for one in pages() if one.commands()], ids=lambda one: one.name)
def test_what_a_page_says_to_type_works_from_first_to_last(
    told: Page, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ours = [line for line in told.commands() if line not in RUN_ELSEWHERE]
    assert [line for line in ours if not line.startswith(f"{DRIPLINE} ")] == [], "nobody tries these commands"
    for line in ours:
        words = shlex.split(line.removeprefix(DRIPLINE))
        done = CliRunner().invoke(
            main, ["--data", environ["DRIPLINE_DATA"], *words], env=environ, input=f"{PASSWORD}\n{PASSWORD}\n"
        )
        assert done.exit_code == 0, f"{line}\n{done.output}"


def test_the_commands_run_elsewhere_are_still_told() -> None:
    told = {line for one in pages() for line in one.commands()}
    assert set(RUN_ELSEWHERE) <= told


def test_every_target_that_a_page_names_is_one() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    targets = set(re.findall(r"^  make ([a-z-]+)", helped, re.MULTILINE))
    named = {(one.name, target) for one in pages() for target in _MADE.findall(one.prose)}
    assert {"demo", "test", "help"} <= targets
    assert [pair for pair in sorted(named) if pair[1] not in targets] == []


def test_the_readme_lists_every_sub_command() -> None:
    table = [line for line in page("README.md").prose.splitlines() if line.startswith("| `")]
    named = {name for line in table for name in re.findall(r"`([a-z-]+)`", line.split("|")[1])}
    assert named == set(COMMANDS)


def test_every_sub_command_that_a_page_names_is_one() -> None:
    named = {(one.name, name) for one in pages() for name in re.findall(r"`dripline ([a-z][a-z-]+)", one.prose)}
    assert [pair for pair in sorted(named) if pair[1] not in COMMANDS] == []
