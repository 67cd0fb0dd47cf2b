"""What the documents point at is there: pages, headings, pictures, files, functions, tests, settings."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import Page, page, pages
from tests.rules.source import ROOT, sources

OWN_HOSTS = {"127.0.0.1", "localhost", "dripline.example.org"}
ROOMS = {
    **{
        name: f"webapp/{name}"
        for name in ("domain", "presentation", "models", "queries", "services", "views", "cli", "embedded")
    },
    **{name: f"webapp/{name}" for name in ("access", "transactions", "factory", "artifacts", "extensions")},
    **{name: name for name in ("webapp", "dashboards", "workers")},
}
"""The first word of a dotted name in a document, and the folder or module that it means."""

_ENDINGS = {".py", ".md", ".html", ".css", ".js", ".yaml", ".yml", ".toml", ".typ", ".png", ".svg"}
_DOTTED = re.compile(r"[a-z_]+(\.\w+)+(?=\(|$)")
_WORDS_A_MINUTE = 220

every_page = pytest.mark.parametrize("told", pages(), ids=lambda one: one.name)


@every_page
def test_links_lead_somewhere(told: Page) -> None:
    missing = []
    for link in told.links():
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (told.path.parent / target).resolve() if target else told.path
        if path.is_dir():
            path = path / "README.md"
        if not path.is_file() or (anchor and anchor not in Page(path, path.read_text("utf-8")).anchors()):
            missing.append(link)
    assert missing == []


@every_page
def test_files_that_are_named_are_there(told: Page) -> None:
    named = [word for word in told.quoted() if re.fullmatch(r"[\w./-]+", word) and "/" in word]
    meant = [word for word in named if not word.startswith(("/", ".venv", "./data")) and _is_path(word)]
    assert [word for word in meant if not any((base / word).exists() for base in (ROOT, ROOT / "webapp"))] == []


def _is_path(word: str) -> bool:
    top = {path.name for path in ROOT.iterdir()} | {path.name for path in (ROOT / "webapp").iterdir()}
    return word.split("/", maxsplit=1)[0] in top and (word.endswith("/") or Path(word).suffix in _ENDINGS)


@every_page
def test_functions_that_are_named_are_there(told: Page) -> None:
    dotted = [found[0] for word in told.quoted() if (found := _DOTTED.match(word))]
    ours = [name for name in dotted if name.split(".")[0] in ROOMS and Path(name).suffix not in _ENDINGS]
    assert [name for name in ours if not _exists(name)] == []


def _exists(dotted: str) -> bool:
    """Whether a dotted name is a module of the product, or something that a module of it defines at its top."""
    first, *rest = dotted.split(".")
    for parts, more in ((rest[:place], rest[place:]) for place in range(len(rest), -1, -1)):
        base = ROOT.joinpath(ROOMS[first], *parts)
        if base.is_dir() and not more:
            return True
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file() and len(more) <= 1:
                return not more or more[0] in _defined(path)
    return False


def _defined(path: Path) -> set[str]:
    found: set[str] = set()
    for node in sources(str(path.relative_to(ROOT)))[0].tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@every_page
def test_no_host_is_named_but_ones_own(told: Page) -> None:
    hosts = re.findall(r"https?://([\w.-]+)", told.text)
    assert [host for host in hosts if host not in OWN_HOSTS] == []


def test_the_map_names_every_room() -> None:
    rooms = {path.name for path in (ROOT / "webapp").iterdir() if path.is_dir() and not path.name.startswith("_")}
    prose = page("docs/map.md").prose
    assert [room for room in sorted(rooms) if f"`webapp/{room}/" not in prose] == []


def test_every_decision_stands_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(page("docs/decisions/README.md").links())
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} == listed


def test_the_readme_is_read_in_three_minutes() -> None:
    words = re.sub(r"\]\([^)]*\)", "]", page("README.md").prose).split()
    assert len(words) <= 3 * _WORDS_A_MINUTE
