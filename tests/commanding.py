"""Calls the product's command as a person at a terminal does, on the servers of the tests."""

import json
from typing import Any

from click.testing import CliRunner, Result

from webapp.cli import main


def dripline(environ: dict[str, str], *words: str, exit_code: int | None = 0) -> Result:
    """Run one command; its exit code must be the one awaited (None: whichever)."""
    result = CliRunner().invoke(main, ["--data", environ["DRIPLINE_DATA"], *words], env=environ)
    assert exit_code in (result.exit_code, None), (words, result.output, result.exception)
    return result


def measured(environ: dict[str, str], network: str, measure: str, *words: str) -> list[dict[str, Any]]:
    """The rows of a measure as `dripline measures` prints them."""
    result = dripline(environ, "measures", "--network", network, "--measure", measure, *words, "--json")
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert all(row["measure"] == measure for row in rows)
    return rows
