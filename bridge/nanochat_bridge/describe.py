"""`describe DIR`: what a workspace is and every parameter of its scripts, read from the source text alone.

    python -m nanochat_bridge describe DIR

Prints one JSON document: WorkspaceInfo of src/core/params.ts without the git facts; for a directory that is no
workspace `{"error": {"code", "what", "why", "remedy"}}`, with exit code 4. Nothing of DIR is imported or run.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .argparse_params import argparse_parameters
from .configurator_params import configurator_line, configurator_parameters
from .features import features
from .source import Source, Unreadable, read_source

NOT_FOUND = 4
"""Exit code of the command line for what is not there (src/core/result.ts)."""

UPSTREAM_TRAINERS = frozenset({"scripts.base_train", "scripts.mid_train", "scripts.chat_sft", "scripts.chat_rl"})
"""A workspace with other trainers than these is a fork (3a5e0bc … 92d63d4)."""

SCRIPTS = "scripts"
SKIPPED = frozenset({"tests", "test", "dev", "docs", "rustbpe", "_old", "node_modules", "build", "dist", "venv", "site-packages"})
MAX_FILES = 2000
MAX_DEPTH = 4


@dataclass
class Script:
    """One runnable module; `source` is None when it could not be parsed."""

    source: Source | None
    info: dict[str, Any]


class NotAWorkspace(Exception):
    """`args` are what, why and remedy, each a sentence without its full stop."""


def describe(root: Path) -> dict[str, Any]:
    """WorkspaceInfo of `root`, without commit and dirty. Raises NotAWorkspace."""
    if not root.is_dir():
        raise NotAWorkspace(f"{root} is not a directory", "there is nothing to read", "Name the folder of a nanochat checkout with --workspace")
    scripts = [read_script(root, file) for file in runnable_files(root)]
    trainers = [script for script in scripts if script.info["trainable"] and runs_from(root, script)]
    if not trainers:
        raise NotAWorkspace(f"{root} is not a nanochat directory", why_not(scripts), remedy(root))
    package = package_name(root, trainers)
    infos = [script.info for script in scripts]
    found = {"kind": kind(root, package, infos), "package": package, "features": features(root, package)}
    return {"dir": str(root), **found, "scripts": infos}


# ---------------------------------------------------------------------------------------------------------------------
# Which files


def runnable_files(root: Path) -> list[str]:
    """Paths, relative to `root`, of the scripts and of every other module that declares arguments."""
    scripts, others = [], []
    for file in python_files(root):
        if file.startswith(SCRIPTS + os.sep):
            scripts.append(file)
        elif declares_arguments(root / file):
            others.append(file)
    return scripts + others


def python_files(root: Path) -> Iterator[str]:
    """Every module that `python -m` could run from `root`, in a stable order and within bounds."""
    count = 0
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        depth = 0 if relative == "." else relative.count(os.sep) + 1
        folders[:] = [] if depth >= MAX_DEPTH else sorted(name for name in folders if is_package_like(folder, name))
        for name in sorted(files):
            if name.endswith(".py") and name[:-3].isidentifier() and name not in ("__init__.py", "setup.py", "conftest.py"):
                count += 1
                if count > MAX_FILES:
                    return
                yield name if depth == 0 else os.path.join(relative, name)


def is_package_like(folder: str, name: str) -> bool:
    path = Path(folder, name)
    if not name.isidentifier() or name in SKIPPED or (path / "pyvenv.cfg").exists():
        return False
    # A whole checkout further down is a workspace of its own: its modules are not importable from here.
    return (path / "__init__.py").exists() or not (path / SCRIPTS / "base_train.py").exists()


def declares_arguments(path: Path) -> bool:
    """A quick look at the bytes, so that most of a large checkout is never parsed."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    by_configurator = b"exec(open(" in text and b"configurator" in text and path.stem != "configurator"
    return by_configurator or b".add_argument(" in text


# ---------------------------------------------------------------------------------------------------------------------
# One script


def read_script(root: Path, file: str) -> Script:
    """ScriptInfo of one file; a file that cannot be parsed is a script without parameters, and an issue."""
    info: dict[str, Any] = {
        "module": file[: -len(".py")].replace(os.sep, "."),
        "file": file,
        "style": "none",
        "parameters": [],
        "trainable": False,
        "issues": [],
    }
    try:
        source = read_source(root, file)
    except Unreadable as error:
        info["issues"].append(str(error))
        return Script(None, info)
    issues: list[str] = info["issues"]
    end = configurator_line(source)
    parameters = argparse_parameters(source, issues)
    if end is not None:
        info["style"] = "configurator"
        parameters = configurator_parameters(source, end, issues) + parameters
    elif parameters:
        info["style"] = "argparse"
    elif reads_argv(source.tree):
        info["style"] = "argv"
        issues.append(f"{file} reads sys.argv itself, so its arguments are not known.")
    info["parameters"] = parameters
    info["trainable"] = is_trainable(source.tree)
    return Script(source, info)


def reads_argv(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "argv" and ast.unparse(node) == "sys.argv" for node in ast.walk(tree))


def is_trainable(tree: ast.Module) -> bool:
    """Whether it has what the bridge holds on to: a loop, `zero_grad` once a step, and a call that saves a checkpoint."""
    called = {called_name(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    has_loop = any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(tree))
    return has_loop and "zero_grad" in called and any(name.startswith("save") for name in called)


def called_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


# ---------------------------------------------------------------------------------------------------------------------
# The workspace


def runs_from(root: Path, script: Script) -> bool:
    """Whether `python -m` in `root` could run it: a script found in some checkout further down could not."""
    return script.info["module"].startswith(f"{SCRIPTS}.") or any(local_packages(root, script))


def local_packages(root: Path, script: Script) -> Iterator[tuple[str, list[str]]]:
    """(package, names) of each import from a package that lies in `root`."""
    for module, names in imports(script):
        top = module.partition(".")[0]
        if top != SCRIPTS and (root / top).is_dir():
            yield top, names


def package_name(root: Path, trainers: list[Script]) -> str:
    """The local package that most trainers take `save_checkpoint` from; failing that, the one they import most."""
    saving: Counter[str] = Counter()
    imported: Counter[str] = Counter()
    for script in trainers:
        for top, names in local_packages(root, script):
            imported[top] += 1
            saving[top] += any(name.startswith("save") for name in names)
    for counted in (+saving, imported):
        if counted:
            return counted.most_common(1)[0][0]
    return "nanochat"


def imports(script: Script) -> Iterator[tuple[str, list[str]]]:
    """(module, names) of each import, relative ones made absolute."""
    for node in ast.walk(script.source.tree) if script.source else ():
        if isinstance(node, ast.ImportFrom):
            parent = script.info["module"].split(".")[: -node.level] if node.level else []
            yield ".".join([*parent, *filter(None, [node.module])]), [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, []


def kind(root: Path, package: str, infos: list[dict[str, Any]]) -> str:
    if is_pocket(root, package):
        return "pocket"
    trainers = {info["module"] for info in infos if info["trainable"]}
    return "nanochat" if package == "nanochat" and "scripts.base_train" in trainers and trainers <= UPSTREAM_TRAINERS else "fork"


def is_pocket(root: Path, package: str) -> bool:
    """Pocket nanochat says so itself: `POCKET = True` in its package."""
    try:
        source = read_source(root, os.path.join(package, "__init__.py"))
    except Unreadable:
        return False
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "POCKET" for target in node.targets)
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        for node in source.tree.body
    )


def why_not(scripts: list[Script]) -> str:
    own = [script for script in scripts if script.info["module"].startswith(f"{SCRIPTS}.")]
    broken = [issue.rstrip(".") for script in own if script.source is None for issue in script.info["issues"]]
    if broken:
        return "none of its scripts that can be read trains: " + "; ".join(broken[:3])
    if own:
        return f"none of its {len(own)} scripts has a training loop (zero_grad and a call that saves a checkpoint)"
    return f"no script with a training loop was found, and there is no {SCRIPTS}/base_train.py"


def remedy(root: Path) -> str:
    """Where to look instead: often the checkout is one folder further down, or up."""
    below = sorted(entry.name for entry in root.iterdir() if (entry / SCRIPTS / "base_train.py").is_file())
    if below:
        return f"Did you mean {root / below[0]}? Name it with --workspace"
    above = next((parent for parent in root.parents if (parent / SCRIPTS / "base_train.py").is_file()), None)
    if above is not None:
        return f"Did you mean {above}? Name it with --workspace"
    return "Name the folder of a nanochat checkout with --workspace"


def main(argv: list[str]) -> int:
    """Entry point of the subcommand; returns the exit code."""
    if len(argv) != 1:
        print("usage: python -m nanochat_bridge describe DIR", file=sys.stderr)
        return 2
    try:
        document, code = describe(Path(argv[0]).absolute()), 0
    except NotAWorkspace as error:
        what, why, what_to_do = error.args
        document, code = {"error": {"code": "not-found", "what": what, "why": why, "remedy": what_to_do}}, NOT_FOUND
    json.dump(document, sys.stdout, ensure_ascii=True, allow_nan=False)
    print()
    return code
