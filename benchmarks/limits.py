"""What was promised, what was measured beside it, and the page that says both."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.measuring import Figure

WITHIN, BEYOND = "held", "**not held**"


@dataclass(frozen=True)
class Held:
    """One limit beside its measured value. seen: what else was measured that tells where the time goes; never a guess."""

    what: str
    limit: str
    measured: str
    holds: bool | None
    seen: str = ""

    @property
    def verdict(self) -> str:
        """In a word; nothing where it could not be measured."""
        return "not measured" if self.holds is None else WITHIN if self.holds else BEYOND


def at_most(what: str, limit: float, measured: float, unit: str, seen: str = "") -> Held:
    """A limit from above. What was seen beside it is told only where it is not held."""
    holds = measured <= limit
    return Held(what, f"at most {limit:g} {unit}", f"{measured:.0f} {unit}", holds, "" if holds else seen)


def at_least(what: str, limit: float, measured: float, seen: str = "") -> Held:
    """A limit from below, of a ratio."""
    holds = measured >= limit
    return Held(what, f"at least {limit:g}", f"{measured:.2f}", holds, "" if holds else seen)


def lines(
    limits: Sequence[Held], figures: Sequence[Figure], sizes: Sequence[int], versions: str, load: str, now: datetime
) -> str:
    """The whole page, in Markdown."""
    networks = " and ".join(f"{size:,}" for size in sizes)
    kept = sum(each.holds is True for each in limits)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by `make bench`; do not edit. Each row of a table is of the same run on the same machine: compare rows with each",
            "other, never with another machine's.",
            "",
            f"- **Date**: {now:%d %b %Y}",
            f"- **Machine**: {machine()}",
            f"- **How busy it was**: {load}",
            f"- **Versions**: {versions}",
            f"- **Networks**: of {networks} sessions, 24 sites, three years, made by the simulator with seed 1; under row-level security",
            "",
            f"## Limits: {kept} of {len(limits)} held",
            "",
            "| limit | asked | measured | | where it is not held: what was measured beside it |",
            "|---|---|---|---|---|",
            *(f"| {each.what} | {each.limit} | {each.measured} | {each.verdict} | {each.seen} |" for each in limits),
            "",
            "## Everything that was measured",
            "",
            "| what | took | beside it |",
            "|---|---|---|",
            *(f"| {figure.what} | {figure.took} | {figure.beside} |" for figure in figures),
            "",
        ]
    )


def load_average() -> str:
    """Processes that wanted a core over the last minute: more than the benchmark's own means that others worked beside it."""
    return f"{os.getloadavg()[0]:.1f}"


def machine() -> str:
    """Cores, processor and memory, as far as the system tells."""
    return ", ".join(part for part in (*_processor(), _memory(), f"{platform.system()} {platform.machine()}") if part)


def _processor() -> Iterable[str]:
    names = _values("/proc/cpuinfo", "model name") or [platform.processor()]
    yield f"{max(1, len(names))} cores"
    yield names[0]


def _memory() -> str:
    found = _values("/proc/meminfo", "MemTotal")
    return f"{int(found[0].split()[0]) / 1024 / 1024:.0f} GB of memory" if found else ""


def _values(file: str, name: str) -> list[str]:
    path = Path(file)
    if not path.is_file():
        return []
    parts = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines())
    return [value.strip() for key, _, value in parts if key.strip() == name]
