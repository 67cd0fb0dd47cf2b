"""The Makefile's rules say in one sentence what stands in their way, before they have done half of their work."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOBODY = "65534"
TOOLS = ("bash", "id", "mktemp", "rm", "make", "echo", "setpriv")


@pytest.fixture
def clone() -> Iterator[Path]:
    """What the rules look at of a working copy, in a folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dripline-clone-"))
    folder.chmod(0o755)
    for name in ("Makefile", "requirements-dev.txt", "requirements-uv.txt", "pyproject.toml", "package.json"):
        shutil.copy(ROOT / name, folder)
    shutil.copy(ROOT / "package-lock.json", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A search path with only what the rules' shell needs: no browser, no package manager, no Python."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def make(clone: Path, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """`make` as somebody to whom file permissions apply."""
    command: Sequence[str] = ["make", *words]
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "MAKEFLAGS", "MAKELEVEL", "PYTHON")}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=clone, env={**kept, **environ}, timeout=60
    )


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def installed(clone: Path) -> None:
    """The stamps and the command of a copy in which everything is installed."""
    program(clone / ".uv/bin/uv", "exit 1")
    program(clone / ".venv/bin/dripline", 'echo "$@"')
    program(clone / ".venv/bin/python", "exit 1")
    (clone / ".venv/.installed").touch()


def cannot_be_written(clone: Path) -> str:
    return f"This folder ({clone}) cannot be written: clone Dripline where you may write.\n"


def test_a_folder_that_cannot_be_written_is_one_sentence(clone: Path) -> None:
    clone.chmod(0o555)
    refused = make(clone, "demo")
    assert (refused.returncode, refused.stdout) == (2, cannot_be_written(clone))
    assert "Traceback" not in refused.stderr


def test_a_copy_installed_in_half_says_so_too(clone: Path) -> None:
    program(clone / ".uv/bin/uv", "exit 1")
    clone.chmod(0o555)
    refused = make(clone, "demo")
    assert (refused.returncode, refused.stdout) == (2, cannot_be_written(clone))


@pytest.mark.parametrize("with_assets", [True, False])
def test_an_installed_copy_that_cannot_be_written_goes_on(clone: Path, with_assets: bool) -> None:
    installed(clone)
    if with_assets:
        (clone / "node_modules").mkdir()
        (clone / "node_modules/.installed").touch()
    clone.chmod(0o555)
    shown = make(clone, "demo", "DATA=/elsewhere")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[-1] == "--data /elsewhere demo --port 8050"


@pytest.mark.parametrize(
    ("there", "missing"), [((), "venv ensurepip pip"), (("venv",), "ensurepip pip"), (("venv", "ensurepip"), "pip")]
)
def test_a_python_without_venv_and_pip_is_told_by_name(
    clone: Path, tools: Path, there: Sequence[str], missing: str
) -> None:
    imports = " ".join(f'"-c import {name}") exit 0;;' for name in there)
    program(tools / "python3", f'case "$*" in *version_info*) exit 0;; {imports} esac; exit 1')
    clone.chmod(0o777)
    refused = make(clone, ".uv/bin/uv", PATH=_reachable(clone, tools))
    assert refused.returncode == 2
    assert refused.stdout.splitlines()[-1] == (
        f"No virtual environment can be made: python3 lacks {missing}."
        " Install venv or pip (Debian, Ubuntu: apt-get install python3-venv)."
    )


@pytest.mark.parametrize(("ci", "code"), [({}, 0), ({"CI": ""}, 0), ({"CI": "true"}, 2), ({"CI": "1"}, 2)])
def test_a_missing_browser_is_a_failure_wherever_ci_is_set(
    clone: Path, tools: Path, ci: dict[str, str], code: int
) -> None:
    told = make(clone, "browser", PATH=_reachable(clone, tools), **ci)
    assert told.returncode == code
    assert "No Chromium here" in told.stdout


def _reachable(clone: Path, tools: Path) -> str:
    """The tools in a folder that everybody may enter, as the clone is."""
    place = clone / "tools"
    shutil.copytree(tools, place, symlinks=True)
    return str(place)
