"""`ask DIR MODULE…`: the settings that scripts take, told by the scripts themselves.

    python -m nanochat_bridge ask DIR scripts.base_train …

For what the source alone does not tell (describe.py): each script is run in a process of its own up to where it reads its
settings, and no further. What stands above those lines runs, so this is for a checkout that the person trusts. Libraries
are stood in for: nothing needs to be installed, no GPU is touched, and a base dir that the script would make is a
temporary one. Prints `{module: {"parameters": [...]} | {"error": sentence}}`, the parameters as in describe.py.
"""

from __future__ import annotations

import argparse
import builtins
import importlib.abc
import importlib.machinery
import json
import os
import runpy
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from .source import Parameter

SECONDS = 15
"""A script that has not come to its settings by then is given up."""

SIMPLE = (int, float, bool, str)
TYPES = {int: "int", float: "float", str: "str", bool: "bool", None: "str"}


# ---------------------------------------------------------------------------------------------------------------------
# Libraries that are not there


class Standing:
    """In place of anything of a library: it can be called, asked for more, inherited from, and used as a decorator.

    It is false, empty and less than nothing, so that of two ways the simpler one is taken.
    """

    def __getattr__(self, name: str) -> Standing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Standing()

    def another(self, *_args: Any, **_kwargs: Any) -> Standing:
        return Standing()

    def never(self, *_args: Any) -> bool:
        return False

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __setitem__(self, _key: Any, _value: Any) -> None:
        return

    def __exit__(self, *_error: Any) -> None:
        return

    __call__ = __getitem__ = __enter__ = another
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = another
    __or__ = __ror__ = __and__ = __mod__ = another
    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = never


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module that is neither Python's own nor the checkout's."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        own = (self.root / top).is_dir() or (self.root / f"{top}.py").is_file()
        if own or top in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return StandingModule(spec.name)

    def exec_module(self, _module: ModuleType) -> None:
        return


class StandingModule(ModuleType):
    """A library of which every name is there."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Standing()


# ---------------------------------------------------------------------------------------------------------------------
# What a script says


def of_action(action: argparse.Action, section: str | None) -> Parameter:
    """One argument as its parser has it; `line` 0: where it stands in the source is not known."""
    flags = list(action.option_strings)
    main = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    switch = isinstance(action, (argparse._StoreTrueAction, argparse._StoreFalseAction))
    default = None if action.default is argparse.SUPPRESS else action.default
    known = default is None or is_plain(default)
    return Parameter(
        name=action.dest,
        flag=main,
        aliases=[flag for flag in flags if flag != main],
        type="bool" if switch else TYPES.get(action.type, "unknown") if action.type is None or isinstance(action.type, type) else "unknown",
        default=default if known else None,
        defaultKnown=known,
        defaultExpr=repr(default),
        nullable=default is None and not action.required,
        required=bool(action.required),
        isFlag=action.nargs == 0,
        nargs=action.nargs if isinstance(action.nargs, (int, str)) and not switch else None,
        choices=[one for one in action.choices if isinstance(one, SIMPLE)] if action.choices is not None else None,
        help=action.help,
        section=section,
        line=0,
    )


def of_global(name: str, value: Any) -> Parameter:
    """One setting of a script that has nanochat's configurator take it."""
    return Parameter(
        name=name,
        flag=f"--{name}",
        aliases=[],
        type=TYPES[type(value)],
        default=value,
        defaultKnown=True,
        defaultExpr=repr(value),
        nullable=False,
        required=False,
        isFlag=False,
        nargs=None,
        choices=None,
        help=None,
        section=None,
        line=0,
    )


def is_plain(value: Any) -> bool:
    """Whether JSON can say it without a loss; Infinity and NaN it cannot."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(one, (int, float, str)) and is_plain(one) for one in value)
    return type(value) in SIMPLE and (not isinstance(value, float) or value - value == 0)


class Told(BaseException):
    """Ends a script with its answer; not an Exception, which it might catch."""

    def __init__(self, parameters: list[Parameter]) -> None:
        super().__init__()
        self.parameters = parameters


def by_parser(parser: argparse.ArgumentParser, *_args: Any, **_kwargs: Any) -> NoReturn:
    """In place of parse_args."""
    usual = (parser._positionals, parser._optionals)
    sections = {id(action): group.title for group in parser._action_groups if group not in usual for action in group._group_actions}
    actions = [action for action in parser._actions if not isinstance(action, (argparse._HelpAction, argparse._VersionAction))]
    raise Told([of_action(action, sections.get(id(action))) for action in actions])


def by_configurator(source: Any, *given: Any) -> Any:
    """In place of exec: the configurator takes every plain global of the script (nanochat/configurator.py@3a5e0bc)."""
    if not (isinstance(source, str) and "sys.argv" in source):
        return really_exec(source, *given)
    variables = sys._getframe(1).f_globals
    raise Told([of_global(name, value) for name, value in variables.items() if not name.startswith("_") and type(value) in SIMPLE])


really_exec = builtins.exec


def listen(root: Path, module: str) -> dict[str, Any]:
    """In the child: runs the script until it tells."""
    argparse.ArgumentParser.parse_args = by_parser  # type: ignore[assignment]
    argparse.ArgumentParser.parse_known_args = by_parser  # type: ignore[assignment]
    builtins.exec = by_configurator  # type: ignore[assignment]
    sys.meta_path.insert(0, StandIns(root))
    sys.path.insert(0, str(root))
    sys.argv = [module]
    os.chdir(root)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Told as told:
        return {"parameters": told.parameters}
    except BaseException as error:
        return {"error": f"{module} ended before it read its settings: {type(error).__name__}: {error}".rstrip(": ") + "."}
    return {"error": f"{module} ended without reading settings."}


def ask(root: Path, module: str) -> dict[str, Any]:
    """Has one script tell its settings, in a child that is ended when it takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            os.environ.update(NANOCHAT_BASE_DIR=os.path.join(folder, "base"), CUDA_VISIBLE_DEVICES="")
            try:
                answer.write_text(json.dumps(listen(root, module)), encoding="utf-8")
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if answer.is_file() and status == 0:
            return json.loads(answer.read_text(encoding="utf-8"))
        late = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        return {"error": f"{module} did not come to its settings within {SECONDS} s." if late else f"{module} died before it read its settings."}


def main(argv: list[str]) -> int:
    """Entry point of the subcommand; returns the exit code."""
    if len(argv) < 2:
        print("usage: python -m nanochat_bridge ask DIR MODULE…", file=sys.stderr)
        return 2
    root = Path(argv[0]).absolute()
    print(json.dumps({module: ask(root, module) for module in argv[1:]}, ensure_ascii=True, allow_nan=False))
    return 0
