"""Settings of scripts in the argparse style: every `add_argument` call of the file, wherever it stands.

Rules of names, defaults and types are argparse's own (Lib/argparse.py, `_get_optional_kwargs`, `_get_values`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .fold import UNKNOWN, fold
from .source import Parameter, Source, default_fields

_TYPES = ("int", "float", "str", "bool")
_GROUPS = ("add_argument_group", "add_mutually_exclusive_group")

# type, default when none is given, whether it is given without a value
_ACTIONS: dict[str, tuple[str, Any, bool]] = {
    "store_true": ("bool", False, True),
    "store_false": ("bool", True, True),
    "BooleanOptionalAction": ("bool", None, True),
    "argparse.BooleanOptionalAction": ("bool", None, True),
}


def argparse_parameters(source: Source, issues: list[str]) -> list[Parameter]:
    """All arguments in the order in which they are added; what cannot be told from the source goes into `issues`."""
    reader = _Reader(source, issues)
    reader.constants(source.tree.body)
    reader.visit(source.tree.body)
    return reader.found


@dataclass
class _Reader:
    source: Source
    issues: list[str]
    found: list[Parameter] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    """Variables with their values where known; UNKNOWN where it depends on the way taken."""
    groups: dict[str, str | None] = field(default_factory=dict)
    """Variables that hold an argument group, with its title."""
    floor: int = 1
    """Line after the newest parser: a heading above it is not one of its arguments'."""

    def constants(self, body: Sequence[ast.stmt]) -> None:
        """A function may use a module constant that is assigned below it."""
        for node in body:
            if isinstance(node, ast.Assign):
                self.assign(node, certain=True)

    def visit(self, body: Sequence[ast.stmt], certain: bool = True) -> None:
        for node in body:
            if isinstance(node, ast.For) and _adds_arguments(node):
                self.unroll(node)
                continue
            blocks = list(_bodies(node))
            if not blocks:
                self.statement(node, certain)
            for block in blocks:
                self.visit(block, certain and _is_always_taken(node))

    def statement(self, node: ast.stmt, certain: bool) -> None:
        for call in _calls(node):
            method = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if method == "add_argument":
                self.argument(call, node)
            elif method == "set_defaults":
                self.set_defaults(call)
            elif method in ("ArgumentParser", "add_parser"):
                self.floor = node.lineno + 1
                self.note_parser(call, method)
            elif method in _GROUPS and isinstance(node, ast.Assign):
                title = fold(call.args[0], self.names) if call.args else _keyword(call, "title", self.names)
                self.groups[ast.unparse(node.targets[0])] = title if isinstance(title, str) else None
        if isinstance(node, ast.Assign):
            self.assign(node, certain)

    def assign(self, node: ast.Assign, certain: bool) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names[target.id] = fold(node.value, self.names) if certain else UNKNOWN

    def unroll(self, loop: ast.For) -> None:
        """A loop over literals adds one argument a turn."""
        items = fold(loop.iter, self.names)
        targets = [loop.target] if isinstance(loop.target, ast.Name) else getattr(loop.target, "elts", [])
        for item in items if isinstance(items, list) else []:
            values = [item] if len(targets) == 1 else item
            if isinstance(values, list) and len(values) == len(targets):
                self.names.update({target.id: value for target, value in zip(targets, values) if isinstance(target, ast.Name)})
                self.visit(loop.body)
        if not isinstance(items, list):
            self.issue(loop, "arguments are added in a loop over values that only a run would tell")

    def note_parser(self, call: ast.Call, method: str) -> None:
        if method == "add_parser":
            self.issue(call, f"the arguments of the subcommand {ast.unparse(call.args[0]) if call.args else '?'} are listed with all others")
        for keyword in call.keywords:
            if keyword.arg == "parents":
                self.issue(call, f"arguments come from other parsers, too: {ast.unparse(keyword.value)}")

    def set_defaults(self, call: ast.Call) -> None:
        for keyword in call.keywords:
            for parameter in self.found:
                if parameter["name"] == keyword.arg:
                    parameter.update(default_fields(fold(keyword.value, self.names), ast.unparse(keyword.value)))  # type: ignore[typeddict-item]

    def issue(self, node: ast.AST, what: str) -> None:
        self.issues.append(f"{self.source.file}, line {getattr(node, 'lineno', 0)}: {what}.")

    def argument(self, call: ast.Call, node: ast.stmt) -> None:
        options = [fold(argument, self.names) for argument in call.args if not isinstance(argument, ast.Starred)]
        flags = [option for option in options if isinstance(option, str)]
        if len(flags) < len(call.args) or any(keyword.arg is None for keyword in call.keywords):
            self.issue(call, f"an argument is added with values that only a run would tell: {ast.unparse(call)[:80]}")
        if flags:
            self.found.append(self.parameter(call, node, flags))

    def parameter(self, call: ast.Call, node: ast.stmt, flags: list[str]) -> Parameter:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        positional = not flags[0].startswith("-")
        main = next((flag for flag in flags if flag.startswith("--")), flags[0])
        action = self.action(keywords.get("action"), call)
        type_, default, is_flag = _ACTIONS.get(action, (_type(keywords.get("type")), None, False))
        expression = ast.unparse(keywords["default"]) if "default" in keywords else repr(default)
        if "default" in keywords:
            default = _converted(fold(keywords["default"], self.names), type_)
        nargs = self.value(keywords, "nargs", (str, int))
        required = self.value(keywords, "required", (bool,)) or (positional and nargs not in ("?", "*"))
        choices = self.value(keywords, "choices", (list, dict))
        help_ = self.value(keywords, "help", (str,))
        group = self.groups.get(ast.unparse(call.func.value)) if isinstance(call.func, ast.Attribute) else None
        return Parameter(
            name=self.value(keywords, "dest", (str,)) or main.lstrip("-").replace("-", "_"),
            flag="" if positional else main,
            aliases=_aliases(flags, main, action),
            type=type_,
            **default_fields(default, expression),
            nullable=default is None and not required,
            required=bool(required),
            isFlag=is_flag,
            nargs=nargs,
            choices=None if choices is None else list(choices),
            help=None if help_ is None else _expanded(help_, default, expression),
            section=group or self.source.section(node.lineno, self.floor),
            line=node.lineno,
        )

    def action(self, node: ast.expr | None, call: ast.Call) -> str:
        if node is None:
            return "store"
        action = fold(node, self.names)
        name = action if isinstance(action, str) else ast.unparse(node)
        if name not in _ACTIONS and name != "store":
            self.issue(call, f"an argument has the action {name}, which is treated as a plain value")
        return name

    def value(self, keywords: dict[str, ast.expr], name: str, types: tuple[type, ...]) -> Any:
        """A keyword's value when it is of one of the types, else None, with an issue where something was given."""
        if name not in keywords:
            return None
        value = fold(keywords[name], self.names)
        if isinstance(value, types):
            return value
        if value is not None:
            self.issue(keywords[name], f"{name}={ast.unparse(keywords[name])[:60]} could not be worked out")
        return None


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
    for handler in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
        yield handler.body


def _is_always_taken(node: ast.stmt) -> bool:
    """Whether the statements inside run whenever the file is run as a script."""
    if isinstance(node, ast.If):
        return "__name__" in ast.unparse(node.test)
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With))


def _calls(node: ast.AST) -> list[ast.Call]:
    calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))


def _adds_arguments(node: ast.AST) -> bool:
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument" for call in _calls(node))


def _keyword(call: ast.Call, name: str, names: dict[str, Any]) -> Any:
    return next((fold(keyword.value, names) for keyword in call.keywords if keyword.arg == name), None)


def _type(node: ast.expr | None) -> str:
    if node is None:
        return "str"
    return node.id if isinstance(node, ast.Name) and node.id in _TYPES else "unknown"


def _converted(value: Any, type_: str) -> Any:
    """argparse puts a default that is a string through the type, too."""
    if not isinstance(value, str) or type_ not in ("int", "float"):
        return value
    try:
        return int(value) if type_ == "int" else float(value)
    except ValueError:
        return UNKNOWN


def _aliases(flags: list[str], main: str, action: str) -> list[str]:
    aliases = [flag for flag in flags if flag != main]
    if action.endswith("BooleanOptionalAction"):
        aliases += [f"--no-{flag[2:]}" for flag in flags if flag.startswith("--")]
    return aliases


def _expanded(text: str, default: Any, expression: str) -> str:
    return text.replace("%(default)s", expression if default is UNKNOWN else str(default)).replace("%%", "%")
