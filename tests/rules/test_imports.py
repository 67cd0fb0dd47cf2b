"""The rooms of the house import downwards only; pyproject.toml holds the contracts."""

import tomllib

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.rules.source import ROOT, sources

CONTRACTS = {
    "layers",
    "plain-domain",
    "models",
    "sqlalchemy",
    "read-only-dashboards",
    "pages-apart",
    "no-cycles",
    "downwards",
}


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, is_debug_mode=False)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_no_contract_was_dropped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["id"] for contract in settings["contracts"]} == CONTRACTS
    assert settings["root_packages"] == ["webapp", "dashboards", "workers"]
    assert settings["include_external_packages"] is True
    ignored = [line for contract in settings["contracts"] for line in contract.get("ignore_imports", [])]
    assert ignored == ["webapp.embedded.postgres -> psycopg"]


def test_no_package_stands_outside_the_contracts() -> None:
    known = {"webapp", "dashboards", "workers", "tests", "benchmarks", "docs", "node_modules", "data", "screenshots"}
    with_code = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert {name for name in with_code - known if not name.startswith((".", "__"))} == set()


@pytest.mark.parametrize("room", ["webapp/domain", "webapp/presentation"])
def test_plain_rooms_import_no_framework_even_late(room: str) -> None:
    frameworks = {
        "flask",
        "flask_login",
        "flask_wtf",
        "sqlalchemy",
        "alembic",
        "psycopg",
        "celery",
        "kombu",
        "redis",
        "dash",
        "plotly",
    }
    found = [
        f"{source.name} imports {module}"
        for source in sources(room)
        for module, _ in source.imported()
        if module.split(".")[0] in frameworks
    ]
    assert found == []
