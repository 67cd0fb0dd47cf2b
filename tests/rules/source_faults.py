"""What must not stand in the product's source: each function names the places where it does."""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.rules.source import ROOT, Function, Source, call_name

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

SQL_ROOMS = ("webapp.queries", "webapp.services", "webapp.migrations", "webapp.models", "webapp.transactions")
"""Where a statement may be put together; the server's keeper, which speaks before there is an application, is besides."""

WRITERS = ("webapp.services", "webapp.transactions", "webapp.cli", "tests")
"""Who may open a transaction that writes."""

RUNNERS = {"text", "exec_driver_sql", "execute", "executemany", "copy"}


def long_files(files: Iterable[Source]) -> list[str]:
    """Files of more than 400 lines."""
    counted = ((source.name, source.text.count("\n")) for source in files)
    return [f"{name}: {lines} lines" for name, lines in counted if lines > LONGEST_FILE]


def long_functions(files: Iterable[Source]) -> list[str]:
    """Functions of more than 60 lines."""
    return [
        f"{source.name}.{function.name}: {length} lines"
        for source in files
        for function in source.functions()
        if (length := _length(function)) > LONGEST_FUNCTION
    ]


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def stray_commits(files: Iterable[Source]) -> list[str]:
    """`.commit()`, `.rollback()` and a connection's `begin()` by hand, outside the one gate and the set-up of a database."""
    gates = {"webapp.transactions", "webapp.services.installation"}
    return [
        f"{source.name}:{node.lineno}"
        for source in files
        if source.name not in gates
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _ends_or_begins(node, node.func.attr)
    ]


def _ends_or_begins(call: ast.Call, word: str) -> bool:
    # A connection's take nothing: `begin(db)` of a service makes a table inside a transaction.
    return word in ("commit", "rollback") or (word in ("begin", "begin_nested") and not call.args)


def stray_settings(files: Iterable[Source]) -> list[str]:
    """What says to the policies whose transaction it is, outside the one gate: `SET` of `app.*` and `set_config`."""
    said = re.compile(r"\bSET\s+(LOCAL\s+|SESSION\s+)?app\.|\bset_config\s*\(", re.IGNORECASE)
    return [
        f"{source.name}:{node.lineno}"
        for source in files
        if source.name != "webapp.transactions"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and said.search(node.value)
    ]


def stray_writers(files: Iterable[Source]) -> list[str]:
    """Modules outside services and the command line that import the transaction that writes, or make one of their own."""
    return [
        f"{source.name} imports {name}"
        for source in files
        if not source.name.startswith(WRITERS)
        for module, name in source.imported()
        if (module == "webapp.transactions" and name in ("unit_of_work", "of_dispatcher", "of_nobody"))
        or (module.startswith("sqlalchemy") and name in ("create_engine", "Session", "sessionmaker", "scoped_session"))
        if not (name == "Session" and source.name.startswith("webapp.queries"))
    ]


def kept_between_requests(files: Iterable[Source]) -> list[str]:
    """`global` statements and caches, through which one person's answer could reach another."""
    found = []
    for source in files:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Global):
                found.append(f"{source.name}:{node.lineno}: global {', '.join(node.names)}")
            elif isinstance(node, Function):
                kept = [
                    ast.unparse(d)
                    for d in node.decorator_list
                    if re.match(r"(functools\.)?(lru_)?cache\b", ast.unparse(d))
                ]
                found += [f"{source.name}.{node.name}: @{decorator}" for decorator in kept]
    return found


def sql_from_elsewhere(files: Iterable[Source]) -> list[str]:
    """Statements put together from parts (f-string, +, %, format, join) outside the rooms of SQL."""
    return [
        f"{source.name}:{node.lineno}"
        for source in files
        if not source.name.startswith((*SQL_ROOMS, "webapp.embedded"))
        for node in _statements(source)
        if _is_assembled(node.args[0])
    ]


def sql_from_requests(files: Iterable[Source]) -> list[str]:
    """Modules that put statements together and know of the request: there the two could meet."""
    return [
        f"{source.name} imports {module}.{name}"
        for source in files
        if any(_is_assembled(node.args[0]) for node in _statements(source))
        for module, name in source.imported()
        if module.split(".")[0] in ("flask", "werkzeug") and name in ("request", "g", "session")
    ]


def sql_with_values(files: Iterable[Source]) -> list[str]:
    """Values written into a statement between quotes, where a parameter belongs; ids in the one gate are typed as UUID."""
    return [
        f"{source.name}:{node.lineno}"
        for source in files
        if source.name != "webapp.transactions"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.JoinedStr) and _quotes_a_value(node)
    ]


def _quotes_a_value(node: ast.JoinedStr) -> bool:
    words = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    if not re.search(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES)\b", words):
        return False
    around = [str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values]
    return any(
        isinstance(part, ast.FormattedValue)
        and before.endswith("'")
        and after.startswith("'")
        and not _is_constant_name(part.value)
        for before, part, after in zip(around, node.values[1:], around[2:], strict=False)
    )


def _is_constant_name(node: ast.expr) -> bool:
    """`CONSTANT`, `module.CONSTANT`, `Enumeration.MEMBER.value`: decided when the program was written."""
    if isinstance(node, ast.Attribute):
        return node.attr.isupper() or (node.attr == "value" and _is_constant_name(node.value))
    return isinstance(node, ast.Name) and node.id.isupper()


def _statements(source: Source) -> Iterator[ast.Call]:
    """Calls that hand a statement to the database."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and call_name(node) in RUNNERS:
            yield node


def _is_assembled(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return not _is_literal(node)
    return isinstance(node, ast.Call) and call_name(node) in ("format", "join") and not _is_literal(node)


def _is_literal(node: ast.expr) -> bool:
    return all(isinstance(part, ast.Constant | ast.BinOp | ast.operator) for part in ast.walk(node))


def unexplained(files: Iterable[Source]) -> list[str]:
    """Public modules, classes and functions without a docstring. (Ruff's D1 looks at methods.)"""
    found = []
    for source in files:
        if ".migrations.versions" in source.name or ".migrations.first." in source.name:
            continue
        if not ast.get_docstring(source.tree):
            found.append(source.name)
        for node in source.tree.body:
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) if not name.startswith("_"):
                    found += [] if ast.get_docstring(node) else [f"{source.name}.{name}"]
                case _:
                    pass
    return found


def untold_suppressions(files: Iterable[Source]) -> list[str]:
    """`type: ignore` and `noqa` without a reason beside them."""
    return [
        f"{source.path.relative_to(ROOT)}:{number}"
        for source in files
        for number, line in enumerate(source.text.splitlines(), 1)
        if re.search(r"#\s*(type:\s*ignore|noqa)", line)
        and not re.search(r"(ignore\[[^]]+\]|noqa:[A-Z0-9, ]+)\s*[#(-]\s*\S+", line)
        and "re." not in line
    ]


def ambient_clocks(files: Iterable[Source]) -> list[str]:
    """The machine's clock and unseeded randomness asked for outside the places that hand them on."""
    asked = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
    places = {"webapp.services.clock"}
    return [
        f"{source.name}:{number}"
        for source in files
        if source.name not in places
        and source.name.startswith(
            ("webapp.domain", "webapp.presentation", "webapp.queries", "webapp.services", "dashboards")
        )
        for number, line in enumerate(source.text.splitlines(), 1)
        if asked.search(line)
    ]
