"""The settings that the scripts of a checkout really take: each is run, in a process of its own, up to where it reads them.

usage, in a checkout: python true_parameters.py scripts.base_train …      prints {module: {parameters} or {error}} as JSON
"""

from __future__ import annotations

import argparse
import builtins
import json
import os
import runpy
import sys
import tempfile
from typing import Any, NoReturn

SIMPLE = (int, float, bool, str)
answer_path = ""


def give(found: dict[str, Any]) -> NoReturn:
    """Leave the child with its answer."""
    with open(answer_path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    os._exit(0)


def of_parser(parser: argparse.ArgumentParser, *_args: Any, **_kwargs: Any) -> NoReturn:
    """In place of parse_args: what the parser has been told."""
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        switch = isinstance(action, (argparse._StoreTrueAction, argparse._StoreFalseAction))
        kind = "bool" if switch else getattr(action.type, "__name__", "str")
        choices = None if action.choices is None else list(action.choices)
        longest = max(action.option_strings, key=len, default=None)
        found[action.dest] = {"type": kind, "default": action.default, "choices": choices, "flag": longest}
    give({"parameters": found})


def of_globals(source: Any, *given: Any) -> Any:
    """In place of exec: the configurator takes every simple global of the script that runs it."""
    if not (isinstance(source, str) and "sys.argv" in source):
        return run_source(source, *given)
    variables = sys._getframe(1).f_globals
    simple = {k: v for k, v in variables.items() if not k.startswith("_") and isinstance(v, SIMPLE)}
    found = {k: {"type": type(v).__name__, "default": v, "choices": None, "flag": None} for k, v in simple.items()}
    give({"parameters": found})


run_source = builtins.exec


def look(module: str) -> dict[str, Any]:
    """Run one script in a child."""
    global answer_path
    handle, answer_path = tempfile.mkstemp()
    os.close(handle)
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        argparse.ArgumentParser.parse_args = of_parser  # type: ignore[method-assign]
        argparse.ArgumentParser.parse_known_args = of_parser  # type: ignore[method-assign]
        builtins.exec = of_globals  # type: ignore[assignment]
        sys.argv = [module]
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            give({"error": "it ended without reading settings"})
        except BaseException as error:
            give({"error": f"{type(error).__name__}: {error}"})
    os.waitpid(child, 0)
    with open(answer_path, encoding="utf-8") as file:
        text = file.read()
    os.unlink(answer_path)
    return json.loads(text) if text else {"error": "it died"}


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    import torch  # noqa: F401  once for all children

    print(json.dumps({module: look(module) for module in sys.argv[1:]}))
