"""The documents of the product, as their tests read them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.rules.source import ROOT

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One document. text: with its blocks of code. prose: without them."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Where it stands, from the top."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        """What stands outside blocks of code."""
        return _BLOCK.sub("", self.text)

    def commands(self) -> list[str]:
        """Every line of its blocks of shell commands, in order."""
        blocks = [
            body for language, body in _BLOCK.findall(self.text) if language in ("sh", "bash", "shell", "console")
        ]
        return [line.strip() for body in blocks for line in body.splitlines() if line.strip()]

    def links(self) -> list[str]:
        """Where its links and pictures lead."""
        return _LINK.findall(self.prose)

    def quoted(self) -> list[str]:
        """Everything that it sets in the type of code within a sentence."""
        return _QUOTED.findall(self.prose)

    def anchors(self) -> set[str]:
        """The names of its headings, as links name them."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(self.prose)}


@cache
def pages() -> tuple[Page, ...]:
    """README.md and everything under docs."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(Page(path, path.read_text("utf-8")) for path in paths)


def page(name: str) -> Page:
    """One of them, by where it stands."""
    return next(one for one in pages() if one.name == name)
