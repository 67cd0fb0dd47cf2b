"""The source keeps the house rules: small, explained, one gate for writing, nothing kept between requests, no SQL from outside."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.rules import source_faults
from tests.rules.source import EVERYTHING, PRODUCT, ROOT, Source, sources

OWN_TRANSACTIONS = {
    "webapp.queries.people imports of_nobody": "who is signed in is read before there is a scope",
}

# In pieces, so that this list is not found by itself.
FOREIGN_WORDS = [
    "".join(pieces)
    for pieces in (
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("py", r"pi\b"),
        ("python", "hosted"),
        ("npm", r"js\."),
        ("registry", r"\.npm"),
        ("proxy", r"\.golang"),
        (r"(?<!physician )assist", r"ant\b"),
        (r"\bA", r"I\b"),
        ("Clau", "de"),
        ("Anthro", "pic"),
        ("Chat", "GPT"),
        ("Open", "A", r"I\b"),
        ("Copi", "lot"),
        (r"\bLL", r"Ms?\b"),
        ("language ", "model"),
        ("sub", "-?agent"),
        (r"\bissue ", r"#?\d"),
        ("this work", "place"),
    )
]
TEXT = {
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".yml",
    ".yaml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".mako",
    ".cfg",
    ".ini",
    ".typ",
    ".csv",
    ".sh",
    "",
}
UNTRACKED = {
    *(".git", ".venv", ".uv", "node_modules", "__pycache__", "vendor", "data", "screenshots", "dripline.egg-info"),
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"),
}


@pytest.mark.parametrize(
    "find",
    [
        source_faults.long_files,
        source_faults.long_functions,
        source_faults.untold_suppressions,
    ],
)
def test_everywhere(find: Callable[[Iterable[Source]], list[str]]) -> None:
    assert find(sources(*EVERYTHING)) == []


@pytest.mark.parametrize(
    "find",
    [
        source_faults.stray_commits,
        source_faults.stray_settings,
        source_faults.sql_from_elsewhere,
        source_faults.sql_from_requests,
        source_faults.sql_with_values,
        source_faults.unexplained,
        source_faults.ambient_clocks,
    ],
)
def test_in_the_product(find: Callable[[Iterable[Source]], list[str]]) -> None:
    assert find(sources(*PRODUCT)) == []


def test_only_services_open_what_writes() -> None:
    assert set(source_faults.stray_writers(sources(*PRODUCT))) == set(OWN_TRANSACTIONS)


def test_nothing_is_kept_between_requests() -> None:
    rooms = (
        "dashboards",
        "webapp/views",
        "webapp/access.py",
        "webapp/queries",
        "webapp/services",
        "webapp/presentation",
    )
    assert source_faults.kept_between_requests(sources(*rooms)) == []


def test_only_entry_points_import_the_settings() -> None:
    entry_points = {"wsgi", "workers.celery_app"}
    importing = {
        source.name for source in sources(*PRODUCT) if any(module == "config" for module, _ in source.imported())
    }
    assert {name for name in importing - entry_points if not name.startswith("webapp.cli")} == set()


def test_only_the_settings_read_the_environment() -> None:
    entry_points = ("config", "wsgi", "workers.celery_app", "webapp.cli", "webapp.embedded")
    reading = [s.name for s in sources(*PRODUCT) if re.search(r"\bos\.(environ|getenv)\b", s.text)]
    assert [name for name in reading if not name.startswith(entry_points)] == []


def test_no_file_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "stuff"}
    assert [source.name for source in sources(*EVERYTHING) if source.path.stem in vague] == []


def test_the_product_speaks_only_of_itself() -> None:
    foreign = re.compile("|".join(FOREIGN_WORDS))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (match := foreign.search(line))
    ]
    assert found == []


def _texts() -> list[Path]:
    """Every text file that belongs to the product."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        folders[:] = [name for name in folders if name not in UNTRACKED or (name == "data" and not at_root)]
        found += [Path(folder, name) for name in files if Path(name).suffix in TEXT and name not in UNTRACKED]
    return found
