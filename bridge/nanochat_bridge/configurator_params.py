"""Settings of scripts in the configurator style: module-level assignments before `exec(open('…configurator.py').read())`.

The rules are those of nanochat/configurator.py@3a5e0bc: any global can be set with `--name=value`, and a value must
have the type of what it replaces, except where that is None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from .fold import UNKNOWN, fold
from .source import Parameter, Source, default_fields

_TYPES = {bool: "bool", int: "int", float: "float", str: "str", type(None): "any"}
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def configurator_line(source: Source) -> int | None:
    """The line that runs the configurator, or None: then the script is of another style."""
    for node in source.tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "exec":
            if "configurator" in ast.unparse(call):
                return node.lineno
    return None


def configurator_parameters(source: Source, end: int, issues: list[str]) -> list[Parameter]:
    """The settings between the last import and line `end`. Assignments above an import are set-up, not settings."""
    head = [node for node in source.tree.body if node.lineno < end]
    start = max((line for node in head for line in _import_lines(node)), default=0)
    names: dict[str, Any] = {}
    found: dict[str, Parameter] = {}
    for node in head:
        for name, expression in _assignments(node):
            value = names[name] = fold(expression, names)
            if node.lineno > start and not name.startswith("_") and name != "config_keys":
                if value is UNKNOWN or type(value) in _TYPES:
                    found[name] = _parameter(source, node, name, value, ast.unparse(expression), start)
        if isinstance(node, _BLOCKS) and node.lineno > start:
            assigned = sorted(_assigned_inside(node))
            if assigned:
                issues.append(f"{source.file}, line {node.lineno}: {', '.join(assigned)} may be changed there, before the options are read.")
    return list(found.values())


def _import_lines(node: ast.stmt) -> Iterator[int]:
    """Lines of imports in a statement, those in a `try` around an optional one too."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Import, ast.ImportFrom)):
            yield inner.lineno


def _assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and len(target.elts) == len(node.value.elts):
            for element, value in zip(target.elts, node.value.elts):
                if isinstance(element, ast.Name):
                    yield element.id, value


def _assigned_inside(node: ast.stmt) -> set[str]:
    return {name for inner in ast.walk(node) if isinstance(inner, ast.stmt) for name, _ in _assignments(inner)}


def _parameter(source: Source, node: ast.stmt, name: str, value: Any, expression: str, start: int) -> Parameter:
    return Parameter(
        name=name,
        flag=f"--{name}",
        aliases=[],
        type=_TYPES.get(type(value), "unknown"),
        **default_fields(value, expression),
        nullable=value is None,
        required=False,
        isFlag=False,
        nargs=None,
        choices=None,
        help=source.trailing(node.end_lineno or node.lineno),
        section=source.section(node.lineno, start + 1),
        line=node.lineno,
    )
