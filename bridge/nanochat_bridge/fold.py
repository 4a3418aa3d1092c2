"""Values of constant expressions, worked out from their syntax: `80*524288`, `-1.0`, `["a", "b"]`, `f"{tag}-x"`.

No code of the source is run, and a source cannot make this one work long: results are bounded in size.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final


class Unknown:
    """The value of an expression that cannot be told from the source alone."""


UNKNOWN: Final = Unknown()

MAX_BITS = 4096
MAX_LENGTH = 100_000

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
}

_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}

_CALLS: Mapping[str, Callable[[Any], Any]] = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": list}


def fold(node: ast.expr | None, names: Mapping[str, Any]) -> Any:
    """The value of `node`, with `names` for the variables in it, or UNKNOWN. Tuples and sets come as lists."""
    if node is None:
        return UNKNOWN
    try:
        return _fold(node, names)
    except (ArithmeticError, TypeError, ValueError, RecursionError):
        return UNKNOWN


def _fold(node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id, UNKNOWN)
    if isinstance(node, ast.UnaryOp):
        value = _fold(node.operand, names)
        return UNKNOWN if value is UNKNOWN else _UNARY[type(node.op)](value)
    if isinstance(node, ast.BinOp):
        return _binary(node.op, _fold(node.left, names), _fold(node.right, names))
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return _all([_fold(element, names) for element in node.elts])
    if isinstance(node, ast.Dict):
        return _dict(node, names)
    if isinstance(node, ast.JoinedStr):
        return _joined(node, names)
    if isinstance(node, ast.IfExp):
        test = _fold(node.test, names)
        return UNKNOWN if test is UNKNOWN else _fold(node.body if test else node.orelse, names)
    if isinstance(node, ast.Call):
        return _call(node, names)
    return UNKNOWN


def _all(values: list[Any]) -> Any:
    return UNKNOWN if any(value is UNKNOWN for value in values) else values


def _binary(op: ast.operator, left: Any, right: Any) -> Any:
    operation = _BINARY.get(type(op))
    if operation is None or left is UNKNOWN or right is UNKNOWN or not _bounded(op, left, right):
        return UNKNOWN
    return operation(left, right)


def _bounded(op: ast.operator, left: Any, right: Any) -> bool:
    """Whether the result is of a size that a default can have, told before it is made."""
    if isinstance(op, (ast.Pow, ast.LShift)):
        return isinstance(left, (int, float)) and isinstance(right, (int, float)) and abs(right) <= 64 and abs(left) < 2**64
    if isinstance(op, ast.Mult):
        sizes = [value if isinstance(value, (int, float)) else len(value) for value in (left, right)]
        if not all(isinstance(value, (int, float)) for value in (left, right)):
            return sizes[0] * sizes[1] <= MAX_LENGTH
    if isinstance(op, ast.Mod) and isinstance(left, str):
        return False  # a format with a width can be of any size
    return all(not isinstance(value, int) or value.bit_length() <= MAX_BITS for value in (left, right))


def _dict(node: ast.Dict, names: Mapping[str, Any]) -> Any:
    keys = _all([UNKNOWN if key is None else _fold(key, names) for key in node.keys])
    values = _all([_fold(value, names) for value in node.values])
    return UNKNOWN if keys is UNKNOWN or values is UNKNOWN else dict(zip(keys, values))


def _joined(node: ast.JoinedStr, names: Mapping[str, Any]) -> Any:
    parts: list[Any] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            if part.format_spec is not None or part.conversion != -1:
                return UNKNOWN
            parts.append(_fold(part.value, names))
        else:
            parts.append(_fold(part, names))
    folded = _all(parts)
    return UNKNOWN if folded is UNKNOWN else "".join(str(part) for part in folded)


def _call(node: ast.Call, names: Mapping[str, Any]) -> Any:
    convert = _CALLS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if convert is None or len(node.args) != 1 or node.keywords:
        return UNKNOWN
    value = _fold(node.args[0], names)
    return UNKNOWN if value is UNKNOWN else convert(value)
