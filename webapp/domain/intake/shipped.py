"""The column mappings that ship with the product: webapp/mappings/NAME.yaml."""

from functools import cache
from pathlib import Path

from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.mapping_reading import read_mapping

OWN_FORMAT = "dripline"
"""The mapping by which files in our own CSV format are read."""

_FOLDER = Path(__file__).resolve().parents[2] / "mappings"


def shipped_names() -> tuple[str, ...]:
    """The names of all shipped mappings, our own format first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
    return tuple(sorted(names, key=lambda name: name != OWN_FORMAT))


def shipped_mapping(name: str) -> ColumnMapping:
    """The shipped mapping of that name. Raises BadInput listing the names where there is none."""
    if name not in shipped_names():
        raise BadInput(f"No mapping named {name!r} ships; there are {', '.join(shipped_names())}.")
    return _read(name)


@cache
def _read(name: str) -> ColumnMapping:
    """Read once: it is part of the product and never changes, and a list of all of them took half a second."""
    return read_mapping((_FOLDER / f"{name}.yaml").read_text("utf-8"), name)
