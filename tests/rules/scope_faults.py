"""Where a scope is made, and which public functions of queries and services are not told first who is asking.

A scope comes as itself, or at the head of a question that carries it: a class whose first field is `scope: Scope`.
"""

import ast

from tests.rules.source import Function, Source, call_name, sources

ROOMS = ("webapp/queries", "webapp/services")
OPENERS = {"unit_of_work", "reading", "of_person", "of_nobody", "of_dispatcher", "answers"}


def functions_without_scope(*rooms: str) -> list[str]:
    """`module.function` of each that reaches data and whose first parameter is not `scope: Scope`; sorted.

    A function reaches data that takes a session, opens a transaction, or calls (in the same room or another) one that does.
    """
    files = sources(*rooms)
    reaching, carriers = _reaching(files), {"Scope", *_carriers(files)}
    return sorted(
        f"{source.name}.{function.name}"
        for source in files
        for function in source.public_functions()
        if f"{source.name}.{function.name}" in reaching and not _begins_with(function, carriers)
    )


def makers_of_scopes(*rooms: str) -> set[str]:
    """The modules in which a scope is made out of its parts, rather than handed on or narrowed."""
    return {
        source.name
        for source in sources(*rooms)
        if any(isinstance(node, ast.Call) and call_name(node) == "Scope" for node in ast.walk(source.tree))
    }


def _begins_with(function: Function, kinds: set[str]) -> bool:
    first = next(iter((*function.args.posonlyargs, *function.args.args)), None)
    return first is not None and isinstance(first.annotation, ast.Name) and first.annotation.id in kinds


def _carriers(files: list[Source]) -> set[str]:
    """The classes whose first field is the scope."""
    found = set()
    for node in (node for source in files for node in source.tree.body if isinstance(node, ast.ClassDef)):
        first = next((part for part in node.body if isinstance(part, ast.AnnAssign)), None)
        if first and ast.unparse(first.target) == "scope" and ast.unparse(first.annotation) == "Scope":
            found.add(node.name)
    return found


def _reaching(rooms: list[Source]) -> set[str]:
    calls: dict[str, set[str]] = {}
    reaching: set[str] = set()
    for source in rooms:
        names = _names(source)
        for function in (node for node in source.tree.body if isinstance(node, Function)):
            own = f"{source.name}.{function.name}"
            calls[own] = {
                names.get(_dotted(node.func), "") for node in ast.walk(function) if isinstance(node, ast.Call)
            }
            opens = any(call_name(node) in OPENERS for node in ast.walk(function) if isinstance(node, ast.Call))
            takes = any("Session" in ast.unparse(a.annotation) for a in _arguments(function) if a.annotation)
            if opens or takes:
                reaching.add(own)
    while more := {own for own, called in calls.items() if own not in reaching and called & reaching}:
        reaching |= more
    return reaching


def _arguments(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _names(source: Source) -> dict[str, str]:
    """What a name in this module means: its own functions, and what it imports of the product."""
    names = {node.name: f"{source.name}.{node.name}" for node in source.tree.body if isinstance(node, Function)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("webapp"):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names | _through_modules(names)


def _through_modules(names: dict[str, str]) -> dict[str, str]:
    """`audit.record` where `audit` is an imported module."""
    found: dict[str, str] = {}
    for short, full in names.items():
        for source in sources(full.replace(".", "/") + ".py"):
            if source.path.is_file():
                found |= {
                    f"{short}.{function.name}": f"{full}.{function.name}" for function in source.public_functions()
                }
    return found


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
