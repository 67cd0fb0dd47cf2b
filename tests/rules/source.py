"""The product's own source, as the rules read it: files, syntax trees, and what stands in them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("config.py", "wsgi.py", "webapp", "dashboards", "workers")
EVERYTHING = (*PRODUCT, "tests", "benchmarks")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file. name: as imported, `webapp.queries.sites`."""

    path: Path

    @property
    def name(self) -> str:
        """The module's dotted name."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def text(self) -> str:
        """What stands in the file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    def functions(self) -> Iterator[Function]:
        """Every function and method, also inside others."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def public_functions(self) -> Iterator[Function]:
        """The functions of the module itself whose name has no underscore before it."""
        return (node for node in self.tree.body if isinstance(node, Function) and not node.name.startswith("_"))

    def imported(self) -> Iterator[tuple[str, str]]:
        """(module, name) of every import, also inside functions; `import x` is (x, "")."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.module or "", alias.name) for alias in node.names)


def sources(*places: str) -> list[Source]:
    """The Python files in these files and folders of the product."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [_source(path) for path in found]


@cache
def _source(path: Path) -> Source:
    """The file, read and parsed once."""
    return Source(path)


def call_name(node: ast.Call) -> str:
    """The last name of what is called: `text`, `commit`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
