"""Reads the shape of a training script from its syntax tree."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from collections.abc import Iterator
from typing import TypeGuard

from .script import HOOK, SAVE, Branch, Loop, Place, Save, Script
from .step_parts import find_parts

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
HOLDERS = (ast.If, ast.For, ast.While, ast.Module, *FUNCTIONS)

_NAME = r"[A-Za-z_]\w*(?:\.\w+)?"
_EVERY = re.compile(rf"step % ({_NAME}) == 0")
_ENABLED = re.compile(rf"({_NAME}) > 0")
_HARMLESS = re.compile(r"step > 0|step != [\w.]+|(?:is_)?master(?:_process)?|(?:ddp_)?rank == 0")
_HORIZON = re.compile(rf"step (?:==|>=) ({_NAME})")
_RANGE = re.compile(rf"range\(({_NAME})(?: \+ 1)?\)")
_BELOW = re.compile(rf"step < ({_NAME})")


def read_script(module: str) -> Script | None:
    """Look at a script module as `python -m` would find it; None when there is no such module.

    Imports the packages that the module lies in, as running it does, and nothing else.
    """
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    try:
        with open(spec.origin, encoding="utf-8") as source:
            return analyse(module, spec.origin, source.read())
    except (OSError, SyntaxError, ValueError) as error:
        return Script(module, spec.origin, None, None, None, f"{module} cannot be read: {error}")


def analyse(module: str, file: str, source: str) -> Script:
    """Find the loop and the save in a script's source. Raises SyntaxError when it is not Python."""
    tree = ast.parse(source, file)
    reader = _Reader(tree)
    found = reader.find_loop()
    package = reader.package()
    if found is None:
        problem = f"no loop in {module} counts `step` and calls model.{HOOK}() once a step"
        return Script(module, file, package, None, None, problem)
    loop, hook = found
    described = reader.describe_loop(loop, hook)
    return Script(module, file, package, described, reader.find_save(loop, hook, described), None)


def atoms_true(test: ast.expr, is_true: re.Pattern[str]) -> bool:
    """Whether a condition is true when exactly the comparisons and names that match `is_true` are."""
    if isinstance(test, ast.BoolOp):
        every = all if isinstance(test.op, ast.And) else any
        return every(atoms_true(value, is_true) for value in test.values)
    return is_true.fullmatch(ast.unparse(test)) is not None


class _Reader:
    """Answers questions about one syntax tree."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def package(self) -> str | None:
        """The top-level package that the script takes `save_checkpoint` from."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and node.module and any(a.name == SAVE for a in node.names):
                return node.module.partition(".")[0]
        return None

    def find_loop(self) -> tuple[ast.For | ast.While, ast.Call] | None:
        """The loop that counts `step` around a call of `model.zero_grad`, made there or in a function of the script."""
        owners = [self._owner(call) for call in self._hooks()]
        helpers = {owner.name for owner in owners if isinstance(owner, ast.FunctionDef)}
        calls = [*self._hooks(), *(c for c in self._calls() if isinstance(c.func, ast.Name) and c.func.id in helpers)]
        for call in calls:
            for node in self._ancestors(call):
                if isinstance(node, FUNCTIONS):
                    break
                if isinstance(node, (ast.For, ast.While)) and "step" in _assigned(node):
                    return node, call
        return None

    def describe_loop(self, loop: ast.For | ast.While, hook: ast.Call) -> Loop:
        """Everything about the loop that the hook needs to know."""
        owner = self._owner(loop)
        line = hook.lineno
        counted = [
            node.lineno
            for node in _within(loop)
            if isinstance(node, ast.AugAssign) and ast.unparse(node.target) == "step"
        ]
        count_line = min((at for at in counted if at > line), default=None)
        log_line = min(
            (node.lineno for node in _within(loop) if _logs_step(node) and node.lineno > line), default=line
        )
        late = frozenset(
            name.id
            for name in _within(loop)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store) and name.lineno > line
        )
        flag, settable = self._end_flag(loop)
        horizon = self._horizon(loop, flag)
        counts = isinstance(loop, ast.For) or count_line is not None
        branch = functools.partial(self._branch, loop, line, flag, count_line, counts)
        reads = frozenset(self._reads(loop))
        intervals = {name.rpartition(".")[2] for name in reads if name.endswith("_every")}
        return Loop(
            owner=owner.name if isinstance(owner, ast.FunctionDef) else "<module>",
            hook_line=line,
            counts_after_hook=counts,
            count_line=count_line,
            logs_after_count=count_line is not None and count_line < log_line,
            late_names=late,
            names=frozenset(_assigned(owner)) | frozenset(_shared_names(owner)),
            clock=_clock(loop, late),
            horizon=horizon,
            total=horizon or _range_name(loop),
            end_flag=flag,
            flag_can_be_set=settable and horizon is None,
            skippable=tuple(_skippable(loop)),
            evaluation=branch("eval_every"),
            sampling=branch("sample_every"),
            intervals={name: found for name in sorted(intervals) if (found := branch(name)) is not None},
            parts=find_parts(owner, loop, self._helper(hook)),
            # What the loop assigns itself is no setting: it would not last.
            reads=reads - _assigned(loop),
        )

    def _branch(
        self, loop: ast.AST, hook: int, flag: str | None, count_line: int | None, counts: bool, name: str
    ) -> Branch | None:
        """The branch of the loop whose guard speaks of an interval of this name."""
        for node in _within(loop):
            if not isinstance(node, ast.If) or not any(_is_named(child, name) for child in ast.walk(node.test)):
                continue
            last = None if flag is None else re.compile(rf"{_HARMLESS.pattern}|{re.escape(flag)}")
            counted = count_line is not None and count_line < node.lineno
            return Branch(
                line=node.lineno,
                every=_interval(node.test, flag),
                guarded=re.search(rf"\b{name} > 0\b", ast.unparse(node.test)) is not None,
                at_end=None if last is None else atoms_true(node.test, last),
                step_offset=int(counts if node.lineno < hook else counted),
            )
        return None

    def _reads(self, loop: ast.AST) -> Iterator[str]:
        """Names and attributes that are read in the loop, or in what it calls; generators run along with it."""
        functions = {node.name: node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)}
        generators = [f for f in functions.values() if any(isinstance(n, ast.Yield) for n in ast.walk(f))]
        waiting: list[ast.AST] = [loop, *generators]
        seen: set[ast.AST] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            for child in ast.walk(node):
                if isinstance(child, (ast.Name, ast.Attribute)) and isinstance(child.ctx, ast.Load):
                    text = ast.unparse(child)
                    yield text
                    if text in functions:
                        waiting.append(functions[text])

    def find_save(self, loop: ast.For | ast.While, hook: ast.Call, described: Loop) -> Save | None:
        """The save of the loop's own function: in the loop if there is one, else behind it."""
        calls = [
            call
            for call in self._calls()
            if _called_name(call) == SAVE and self._owner(call) is self._owner(loop) and call.lineno > loop.lineno
        ]
        inside = [call for call in calls if loop in self._ancestors(call)]
        for call in inside or calls:
            return self._describe_save(call, loop if inside else None, hook, described)
        return None

    def _describe_save(
        self, call: ast.Call, loop: ast.For | ast.While | None, hook: ast.Call, described: Loop
    ) -> Save:
        guards = self._guards(call, loop)
        condition = " and ".join(f"({ast.unparse(guard)})" for guard in guards)
        test = ast.parse(condition, mode="eval").body if condition else None
        last = rf"not [\w.]+|{_HARMLESS.pattern}" + (f"|{described.end_flag}" if described.end_flag else "")
        place: Place = "after loop" if loop is None else "before step" if call.lineno < hook.lineno else "after step"
        has_rank = any(keyword.arg == "rank" for keyword in call.keywords)
        counted = described.count_line is not None and described.count_line < call.lineno
        return Save(
            line=call.lineno,
            place=place,
            statements=self._statements(call, bool(guards)),
            call=call,
            every=_interval(test) if test is not None and place != "after loop" else None,
            on_last_step=place == "after loop" or (test is not None and atoms_true(test, re.compile(last))),
            one_rank=not has_rank or "master" in condition or "rank == 0" in condition,
            step_offset=int(counted if place == "after step" else described.counts_after_hook),
        )

    def _statements(self, call: ast.Call, guarded: bool) -> tuple[ast.stmt, ...]:
        """The save with what prepares it: the guarded statements up to the call, or without a guard the call alone."""
        chain = [call, *self._ancestors(call)]
        for statement, holder in zip(chain, chain[1:]):
            if isinstance(statement, ast.stmt) and isinstance(holder, HOLDERS):
                body = holder.body if isinstance(holder.body, list) and statement in holder.body else [statement]
                first = 0 if guarded and isinstance(holder, ast.If) else body.index(statement)
                return tuple(body[first : body.index(statement) + 1])
        return ()

    def _guards(self, call: ast.Call, loop: ast.AST | None) -> list[ast.expr]:
        guards: list[ast.expr] = []
        node: ast.AST = call
        for parent in self._ancestors(call):
            if parent is loop or isinstance(parent, FUNCTIONS):
                break
            if isinstance(parent, ast.If):
                # What is in an else branch has a guard that is not written anywhere: no pattern can match it.
                guards.append(parent.test if node in parent.body else ast.UnaryOp(ast.Not(), parent.test))
            node = parent
        return guards

    def _end_flag(self, loop: ast.For | ast.While) -> tuple[str | None, bool]:
        """The name in `if NAME: break`, and whether setting it holds (the loop only passes it between ranks)."""
        for node in _within(loop):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and any(
                isinstance(child, ast.Break) for child in node.body
            ):
                flag = node.test.id
                sources = [
                    assign.value
                    for assign in _within(loop)
                    if isinstance(assign, ast.Assign) and flag in {ast.unparse(target) for target in assign.targets}
                ]
                return flag, all(isinstance(source, ast.Call) for source in sources)
        return None, False

    def _horizon(self, loop: ast.For | ast.While, flag: str | None) -> str | None:
        """`num_iterations` in `last_step = step == num_iterations` … `if last_step: break`, or in `while step < …`."""
        if isinstance(loop, ast.While):
            below = _BELOW.fullmatch(ast.unparse(loop.test))
            if below:
                return below[1]
        for node in _within(loop):
            if isinstance(node, ast.Assign) and flag in {ast.unparse(target) for target in node.targets}:
                match = _HORIZON.fullmatch(ast.unparse(node.value))
                if match:
                    return match[1]
        return None

    def _hooks(self) -> list[ast.Call]:
        # An optimizer's zero_grad is another method: only a module's is hooked.
        return [
            call
            for call in self._calls()
            if isinstance(call.func, ast.Attribute)
            and call.func.attr == HOOK
            and "opt" not in ast.unparse(call.func.value)
        ]

    def _helper(self, hook: ast.Call) -> ast.FunctionDef | None:
        """The function of the script that makes a step, when the loop calls one in place of `zero_grad`."""
        name = hook.func.id if isinstance(hook.func, ast.Name) else None
        return next((n for n in ast.walk(self._tree) if isinstance(n, ast.FunctionDef) and n.name == name), None)

    def _calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self._tree) if isinstance(node, ast.Call))

    def _ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self._parents:
            node = self._parents[node]
            yield node

    def _owner(self, node: ast.AST) -> ast.AST:
        return next((above for above in self._ancestors(node) if isinstance(above, FUNCTIONS)), self._tree)


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Everything inside a node, without what is inside the functions defined there."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FUNCTIONS):
            yield from _within(child)


def _assigned(node: ast.AST) -> set[str]:
    return {n.id for n in _within(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _shared_names(owner: ast.AST) -> set[str]:
    """Names that functions inside `owner` assign in its place."""
    return {name for node in ast.walk(owner) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}


def _called_name(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _logs_step(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether this prints or logs something with the number of the step in it."""
    return (
        isinstance(node, ast.Call)
        and _called_name(node) in {"print", "print0", "log", "info"}
        and any(isinstance(child, ast.Name) and child.id == "step" for child in ast.walk(node))
    )


def _clock(loop: ast.AST, late: frozenset[str]) -> str | None:
    for node in _within(loop):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dt":
            value = node.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub) and isinstance(value.right, ast.Name):
                return value.right.id if value.right.id not in late else None
    return None


def _range_name(loop: ast.For | ast.While) -> str | None:
    match = _RANGE.fullmatch(ast.unparse(loop.iter)) if isinstance(loop, ast.For) else None
    return match[1] if match else None


def _interval(test: ast.expr, flag: str | None = None) -> str | None:
    """The interval that makes a guard true by itself, with everything else in it harmless."""
    for node in ast.walk(test):
        match = _EVERY.fullmatch(ast.unparse(node)) if isinstance(node, ast.Compare) else None
        if match:
            name = re.escape(match[1])
            others = _HARMLESS.pattern if flag is None else rf"{_HARMLESS.pattern}|{flag}"
            if atoms_true(test, re.compile(rf"{name} > 0|step % {name} == 0|{others}")):
                return match[1]
    return None


def _is_named(node: ast.AST, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _skippable(loop: ast.AST) -> Iterator[str]:
    for node in _within(loop):
        if isinstance(node, ast.If) and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And):
            saves = any(isinstance(child, ast.Call) and _called_name(child) == SAVE for child in ast.walk(node))
            for condition in [] if saves else node.test.values:
                match = _ENABLED.fullmatch(ast.unparse(condition))
                if match and match[1].endswith("_every"):
                    yield match[1]
