"""One entry under `tables` of a column mapping: its words checked, its parts made."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import Branch, Condition, FieldSource, Interval, Join, TableMapping
from webapp.domain.intake.yaml_reading import Node
from webapp.domain.records import RecordType

_BLOCKS = ("columns", "constants", "templates", "choose", "values")
_KEYS = ("file", "rows", "where", "where_not", "distinct", "join", "explode", *_BLOCKS)
_JOIN_KEYS = ("name", "file", "on", "where", "where_not", "interval", "leave_out")
_BRACES = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SAME = "same"


class Tree:
    """The parsed file with its name, so that every complaint can say where."""

    def __init__(self, name: str, root: Node) -> None:
        self.name = name
        self.root = root

    def complaint(self, node: Node, what: str) -> BadInput:
        """The error to raise about that place."""
        return BadInput(f"{self.name}, line {node.line}: {what}.")

    def table(self, node: Node, what: str, known: Collection[str] | None = None) -> dict[str, Node]:
        """The node as a table of words; with `known`, no other word may stand in it."""
        if not isinstance(node.value, dict):
            raise self.complaint(node, f"{what} must be a table of `word: value` lines")
        for key, child in node.value.items():
            if known is not None and key not in known:
                near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise self.complaint(child, f"{what} has no {key!r}; {hint}")
        return node.value

    def require(self, node: Node, table: dict[str, Node], what: str, keys: Sequence[str]) -> None:
        """Complain where one of the words is missing."""
        for key in keys:
            if key not in table:
                raise self.complaint(node, f"{what} needs {key!r}")

    def items(self, node: Node, what: str) -> list[Node]:
        """The node as a list."""
        if not isinstance(node.value, list):
            raise self.complaint(node, f"{what} must be a list, each entry begun with `-`")
        return node.value

    def text(self, node: Node) -> str:
        """The node as one text."""
        if not isinstance(node.value, str):
            raise self.complaint(node, "one plain value is expected here")
        return node.value

    def texts(self, node: Node) -> list[str]:
        """The node as a list of texts; one text alone counts as a list of one."""
        return [node.value] if isinstance(node.value, str) else [self.text(child) for child in self.items(node, "this")]

    def optional(self, table: dict[str, Node], key: str) -> str:
        """The text under that word, '' where it is not given."""
        return self.text(table[key]).strip() if key in table else ""


def read_table(tree: Tree, node: Node, record_type: RecordType) -> list[TableMapping]:
    """The tables that the entry describes: one, or one per entry of its `explode`."""
    what = f"tables.{record_type.name}"
    given = tree.table(node, what, _KEYS)
    if ("file" in given) == ("rows" in given):
        raise tree.complaint(node, f"{what} needs either 'file' or 'rows'")
    if "rows" in given:
        return [_inline(tree, given, record_type, node)]
    joins = tuple(_join(tree, child) for child in tree.items(given["join"], "join")) if "join" in given else ()
    table = TableMapping(
        record_type=record_type.name,
        file=tree.text(given["file"]),
        where=_conditions(tree, given),
        distinct=tuple(tree.texts(given["distinct"])) if "distinct" in given else (),
        joins=joins,
        line=node.line,
    )
    if "columns" in given and given["columns"].value == SAME:
        return [_same(tree, given, table, node)]
    variants = tree.items(given["explode"], "explode") if "explode" in given else [Node({}, node.line)]
    return [_variant(tree, given, variant, table, record_type) for variant in variants]


def _variant(
    tree: Tree, given: dict[str, Node], node: Node, table: TableMapping, record_type: RecordType
) -> TableMapping:
    """The table with the blocks of one `explode` entry laid over those of the table itself."""
    own = tree.table(node, "explode", (*_BLOCKS, "where", "where_not"))
    sources: dict[str, FieldSource] = {}
    translations: dict[str, Node] = {}
    for blocks in (given, own):
        for block in ("columns", "constants", "templates", "choose"):
            if block in blocks:
                for field, child in _of_fields(tree, blocks[block], block, record_type).items():
                    sources[field] = _source(tree, field, block, child)
        if "values" in blocks:
            translations |= _of_fields(tree, blocks["values"], "values", record_type)
    for field, child in translations.items():
        if field not in sources:
            raise tree.complaint(child, f"values translates {field!r}, which no column or template gives")
        sources[field] = _translated(tree, sources[field], child)
    for wanted in record_type.fields:
        if wanted.required and wanted.name not in sources:
            raise tree.complaint(node, f"tables.{record_type.name} gives no {wanted.name!r}, which each record needs")
    made = replace(table, where=(*table.where, *_conditions(tree, own)), fields=tuple(sources.values()))
    _check_joined(tree, made, node)
    return made


def _check_joined(tree: Tree, table: TableMapping, node: Node) -> None:
    names = {join.name for join in table.joins}
    for column in sorted(table.columns()):
        before, dot, _ = column.partition(".")
        if dot and _WORD.fullmatch(before) and before not in names and names:
            raise tree.complaint(node, f"{column!r} names no join; the joins are {', '.join(sorted(names))}")


def _of_fields(tree: Tree, node: Node, block: str, record_type: RecordType) -> dict[str, Node]:
    return tree.table(node, f"{block} of {record_type.name}", [field.name for field in record_type.columns])


def _source(tree: Tree, field: str, block: str, node: Node) -> FieldSource:
    if block == "columns":
        return FieldSource(field, column=tree.text(node))
    if block == "constants":
        return FieldSource(field, constant=tree.text(node))
    if block == "templates":
        parts = tuple(_BRACES.split(tree.text(node)))
        if len(parts) == 1 or any("{" in part or "}" in part for part in parts[::2]):
            raise tree.complaint(node, f"the template of {field!r} needs column names in braces, such as {{Id}}")
        return FieldSource(field, template=parts)
    branches = tuple(_branch(tree, child) for child in tree.items(node, f"choose.{field}"))
    return FieldSource(field, branches=branches)


def _branch(tree: Tree, node: Node) -> Branch:
    given = tree.table(node, "choose", ("when", "when_not", "value"))
    tree.require(node, given, "choose", ("value",))
    conditions = _conditions(tree, given, ("when", "when_not"))
    return Branch(conditions, tree.text(given["value"]))


def _translated(tree: Tree, source: FieldSource, node: Node) -> FieldSource:
    given = tree.table(node, f"values.{source.field}", ("map", "default"))
    tree.require(node, given, f"values.{source.field}", ("map",))
    pairs = {key: tree.text(child) for key, child in tree.table(given["map"], "map").items()}
    return replace(source, values=pairs, default=tree.text(given["default"]) if "default" in given else None)


def _conditions(
    tree: Tree, given: dict[str, Node], words: tuple[str, str] = ("where", "where_not")
) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for word, wanted in zip(words, (True, False), strict=True):
        if word in given:
            for column, child in tree.table(given[word], word).items():
                found.append(Condition(column, frozenset(tree.texts(child)), wanted))
    return tuple(found)


def _join(tree: Tree, node: Node) -> Join:
    given = tree.table(node, "join", _JOIN_KEYS)
    tree.require(node, given, "join", ("name", "file", "on"))
    name = tree.text(given["name"])
    if not _WORD.fullmatch(name):
        raise tree.complaint(given["name"], f"a join's name must be one word of letters, digits and _, not {name!r}")
    interval = None
    if "interval" in given:
        words = tree.table(given["interval"], "interval", ("at", "start", "end"))
        tree.require(given["interval"], words, "interval", ("at", "start", "end"))
        interval = Interval(*(tree.text(words[word]) for word in ("at", "start", "end")))
    pairs = tuple((own, tree.text(child)) for own, child in tree.table(given["on"], "on").items())
    if not pairs:
        raise tree.complaint(given["on"], "on needs at least one pair of columns")
    leave_out = tree.optional(given, "leave_out")
    return Join(name, tree.text(given["file"]), pairs, _conditions(tree, given), interval, leave_out, node.line)


def _inline(tree: Tree, given: dict[str, Node], record_type: RecordType, node: Node) -> TableMapping:
    for word, node_given in given.items():
        if word != "rows":
            raise tree.complaint(node_given, f"{word!r} has no meaning beside 'rows'")
    rows: list[tuple[int, dict[str, str]]] = []
    for child in tree.items(given["rows"], "rows"):
        cells = _of_fields(tree, child, "rows", record_type)
        rows.append((child.line, {field: tree.text(cell) for field, cell in cells.items()}))
    return TableMapping(record_type=record_type.name, rows=tuple(rows), line=node.line)


def _same(tree: Tree, given: dict[str, Node], table: TableMapping, node: Node) -> TableMapping:
    for word in ("explode", "join", "templates", "choose", "constants", "values"):
        if word in given:
            raise tree.complaint(given[word], f"{word!r} has no meaning beside 'columns: {SAME}'")
    return replace(table, same_columns=True)
