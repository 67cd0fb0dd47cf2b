"""The YAML of a column mapping, checked word by word: every complaint names its line and what would be right."""

import re
from collections.abc import Collection
from datetime import datetime

from webapp.domain.intake.encodings import READABLE
from webapp.domain.intake.local_time import zone_names
from webapp.domain.intake.mapping import SITE_TIME, ColumnMapping, TableMapping
from webapp.domain.intake.table_reading import Tree, read_table
from webapp.domain.intake.yaml_reading import Node, read_tree
from webapp.domain.records import BY_NAME, RECORD_TYPES

_KEYS = (
    "source", "title", "notes", "encoding", "delimiter", "time_zone", "date_formats", "partial_dates", "na_values",
    "ignore", "tables",
)  # fmt: skip
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_DELIMITERS = {
    ",": ",",
    "comma": ",",
    ";": ";",
    "semicolon": ";",
    "\\t": "\t",
    "\t": "\t",
    "tab": "\t",
    "|": "|",
    "bar": "|",
}


def read_mapping(text: str, name: str) -> ColumnMapping:
    """The mapping that the YAML text describes. `name` is its file's name without ending, used in complaints too.

    Raises BadInput with one sentence naming the line where anything in it is unknown, missing or cannot be meant.
    """
    tree = Tree(f"the mapping {name}", read_tree(text, f"the mapping {name}"))
    top = tree.table(tree.root, "a mapping", _KEYS)
    tree.require(tree.root, top, "a mapping", ("source", "tables"))
    source = tree.text(top["source"])
    if not _SOURCE.fullmatch(source):
        raise tree.complaint(top["source"], f"source is {source!r}; use small letters, digits and _ . -")
    return ColumnMapping(
        name=name,
        source=source,
        title=tree.optional(top, "title"),
        notes=tree.optional(top, "notes"),
        encoding=_one_of(tree, top, "encoding", READABLE),
        delimiter=_delimiter(tree, top),
        time_zone=_time_zone(tree, top),
        date_formats=_date_formats(tree, top),
        partial_dates=_one_of(tree, top, "partial_dates", ("empty",)),
        na_values=frozenset(tree.texts(top["na_values"])) if "na_values" in top else frozenset(),
        ignore=tuple(tree.texts(top["ignore"])) if "ignore" in top else (),
        tables=_tables(tree, top["tables"]),
        text=text,
    )


def _tables(tree: Tree, node: Node) -> tuple[TableMapping, ...]:
    by_type = tree.table(node, "tables", tuple(BY_NAME))
    found: list[TableMapping] = []
    for record_type in RECORD_TYPES:
        if record_type.name in by_type:
            for entry in tree.items(by_type[record_type.name], f"tables.{record_type.name}"):
                found.extend(read_table(tree, entry, record_type))
    if not found:
        raise tree.complaint(node, "tables names no record type; without one nothing is read")
    return tuple(found)


def _one_of(tree: Tree, top: dict[str, Node], key: str, allowed: Collection[str]) -> str:
    if key not in top:
        return ""
    value = tree.text(top[key]).lower()
    if value not in allowed:
        raise tree.complaint(top[key], f"{key} is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def _delimiter(tree: Tree, top: dict[str, Node]) -> str:
    if "delimiter" not in top:
        return ","
    value = tree.text(top["delimiter"])
    if value not in _DELIMITERS:
        raise tree.complaint(top["delimiter"], f"delimiter is {value!r}; it must be comma, semicolon, tab or bar")
    return _DELIMITERS[value]


def _time_zone(tree: Tree, top: dict[str, Node]) -> str:
    if "time_zone" not in top:
        return ""
    zone = tree.text(top["time_zone"])
    if zone == SITE_TIME:
        return ""
    if zone not in zone_names():
        raise tree.complaint(
            top["time_zone"], f"time_zone is {zone!r}; write {SITE_TIME}, or an IANA zone like America/New_York"
        )
    return zone


def _date_formats(tree: Tree, top: dict[str, Node]) -> tuple[str, ...]:
    if "date_formats" not in top:
        return ()
    formats = tuple(tree.texts(top["date_formats"]))
    sample = datetime(2001, 2, 3, 4, 5)  # noqa: DTZ001  # only its spelling is looked at
    for pattern in formats:
        if not all(part in pattern for part in ("%d", "%m")) and "%j" not in pattern and "%b" not in pattern.lower():
            raise tree.complaint(
                top["date_formats"], f"the date format {pattern!r} names no day and month, such as %d/%m/%Y"
            )
        for other in formats:
            try:
                swapped = datetime.strptime(sample.strftime(pattern), other)  # noqa: DTZ007  # as above
            except ValueError:
                continue
            if swapped.date() != sample.date():
                raise tree.complaint(
                    top["date_formats"], f"{pattern!r} and {other!r} read the same text as different days; keep one"
                )
    return formats
