"""Which calls make up the parts of a training step, found in the script's syntax tree.

Of every trainer of nanochat 3a5e0bc to 92d63d4: `next(train_loader)`, `model(x, y)`, `loss.backward()`, `optimizer.step()`
(once `opt.step()` for each of `optimizers`), calls of the evaluating functions, and `save_checkpoint(…)`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from .script import HOOK, SAVE, Timed

# Functions of the workspace that evaluate; until 2dffdc8 evaluate_core was evaluate_model.
EVALUATIONS = ("evaluate_bpb", "evaluate_core", "evaluate_model", "run_chat_eval")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# Takes a call and the name of the trained model; the names that the part is done with, none when it is another call.
_Matcher = Callable[[ast.Call, str], tuple[str, ...]]


def _data(call: ast.Call, model: str) -> tuple[str, ...]:
    """`next(train_loader)`"""
    is_next = isinstance(call.func, ast.Name) and call.func.id == "next"
    return (call.args[0].id,) if is_next and call.args and isinstance(call.args[0], ast.Name) else ()


def _forward(call: ast.Call, model: str) -> tuple[str, ...]:
    """`model(x, y)`"""
    return (model,) if ast.unparse(call.func) == model else ()


def _backward(call: ast.Call, model: str) -> tuple[str, ...]:
    """`loss.backward()`, `scaler.scale(loss).backward()`"""
    is_backward = isinstance(call.func, ast.Attribute) and call.func.attr == "backward"
    return _names(call.func) if is_backward else ()


def _optimizer(call: ast.Call, model: str) -> tuple[str, ...]:
    """`optimizer.step()`, `scaler.step(optimizer)`"""
    is_step = isinstance(call.func, ast.Attribute) and call.func.attr == "step"
    # A scheduler and a profiler have a `step` as well.
    return tuple(name for name in _names(call) if "opt" in name) if is_step else ()


def _evaluation(call: ast.Call, model: str) -> tuple[str, ...]:
    """`evaluate_bpb(…)`"""
    return tuple(name for name in EVALUATIONS if _called(call) == name)


# The parts that are looked for in the step alone, and whether what stands under a guard that speaks of `step` counts:
# some evaluations call the model and a loader of their own there.
_PARTS: tuple[tuple[str, _Matcher, bool], ...] = (
    ("data", _data, False),
    ("forward", _forward, False),
    ("backward", _backward, True),
    ("optimizer", _optimizer, True),
    ("eval", _evaluation, True),
)


def find_parts(owner: ast.AST, loop: ast.For | ast.While, helper: ast.AST | None) -> dict[str, Timed]:
    """The parts of a step by name; one that is not found is not there.

    `owner` is the function (or the module) that the loop stands in, `helper` the function that makes a step for it.
    """
    roots = [loop] if helper is None else [loop, helper]
    model = next((name for root in roots if (name := _trained(root)) is not None), "")
    calls = [pair for root in roots for pair in _calls(root, True)]
    lists = {pair[0]: pair[1] for root in roots for pair in _iterated(root)}
    found = {}
    for part, match, under_guards in _PARTS:
        matches = [(call, match(call, model)) for call, in_step in calls if in_step or under_guards]
        lines = [call.lineno for call, names in matches if names]
        names = dict.fromkeys(name for _, matched in matches for name in matched)
        names.update(dict.fromkeys(lists[name] for name in list(names) if name in lists))
        if lines:
            found[part] = Timed(min(lines), tuple(names))
    # Some trainers save behind their loop.
    saves = [call.lineno for call, _ in _calls(owner, True) if _called(call) == SAVE and call.lineno > loop.lineno]
    if saves:
        found["save"] = Timed(min(saves), (SAVE,))
    return found


def _trained(root: ast.AST) -> str | None:
    """`model` of `model.zero_grad(…)`: an optimizer has that method too."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == HOOK:
            name = ast.unparse(node.func.value)
            if "opt" not in name:
                return name
    return None


def _calls(node: ast.AST, in_step: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Calls inside a node, each with whether it is made at every step; without those of functions defined there."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            continue
        if isinstance(child, ast.Call):
            yield child, in_step
        yield from _calls(child, in_step and not _is_occasional(child))


def _is_occasional(node: ast.AST) -> bool:
    """Whether this is a branch of some steps only: one that asks for the step and makes no gradients."""
    if not isinstance(node, ast.If) or not {"step", "last_step"} & set(_names(node.test)):
        return False
    return not any(isinstance(child, ast.Attribute) and child.attr == "backward" for child in ast.walk(node))


def _iterated(node: ast.AST) -> Iterator[tuple[str, str]]:
    """`opt`, `optimizers` of `for opt in optimizers`."""
    for child in ast.walk(node):
        if isinstance(child, ast.For) and isinstance(child.target, ast.Name) and isinstance(child.iter, ast.Name):
            yield child.target.id, child.iter.id


def _names(node: ast.AST) -> tuple[str, ...]:
    return tuple(child.id for child in ast.walk(node) if isinstance(child, ast.Name))


def _called(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else None
