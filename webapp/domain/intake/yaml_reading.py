"""YAML to a tree of plain texts that remembers its lines: no tags, no anchors, no types guessed from a word's looks."""

import unicodedata
from dataclasses import dataclass

import yaml

from webapp.domain.errors import BadInput

LONGEST = 200_000
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Node:
    """A text, a list or a table of the file, and the line on which it stands."""

    value: "str | list[Node] | dict[str, Node]"
    line: int


def read_tree(text: str, name: str) -> Node:
    """The whole file as a tree. Every scalar stays the text that was written, so that `no` and `007` mean themselves.

    Raises BadInput naming the line: not YAML, a key given twice, an anchor, alias or tag, too long or too deep.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST:
        raise BadInput(f"{name} has more than {LONGEST:,} characters, too many for a column mapping.")
    try:
        _check_events(text, name)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{name}, line {line}: this is not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{name} is not YAML text.") from error
    if root is None:
        raise BadInput(f"{name} is empty.")
    return _node(root, name)


def _check_events(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadInput(f"{name}, line {line}: anchors and aliases (& and *) are not read here; write it out.")
        if tag := getattr(event, "tag", None):
            raise BadInput(f"{name}, line {line}: tags such as {tag} are not read here; leave them away.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadInput(f"{name}, line {line}: nested more than {DEEPEST} deep.")


def _node(node: yaml.Node, name: str) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Node(str(node.value), line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(child, name) for child in node.value], line)
    table: dict[str, Node] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadInput(f"{name}, line {key_line}: a key must be a word.")
        key = str(key_node.value)
        if key in table:
            raise BadInput(f"{name}, line {key_line}: {key!r} is given twice.")
        table[key] = _node(value_node, name)
    return Node(table, line)
