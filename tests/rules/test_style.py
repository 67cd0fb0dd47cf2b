"""Style and types, as `make lint` asks for them: what is green here needs no second look there."""

import subprocess
import sys

import pytest

from tests.rules.source import ROOT

CHECKS = {
    "style": ("ruff", "check", "."),
    "layout": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
}


@pytest.mark.parametrize("asked", CHECKS.values(), ids=CHECKS)
def test_every_file_keeps_to_it(asked: tuple[str, ...]) -> None:
    found = subprocess.run([sys.executable, "-m", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_make_lint_asks_for_the_same() -> None:
    (recipe,) = [part for part in (ROOT / "Makefile").read_text().split("\n\n") if part.startswith("lint:")]
    asked = [line.removeprefix("\t@$(BIN)/") for line in recipe.splitlines()[1:]]
    assert asked == [*(" ".join(words) for words in CHECKS.values()), "lint-imports"]
