"""`nanochat_bridge train SCRIPT …`: run a script as `python -m SCRIPT …` does, with the hook in its training loop."""

from __future__ import annotations

import os
import platform
import runpy
import sys
import traceback
from pathlib import Path
from types import GeneratorType, TracebackType

from .capabilities import find_capabilities
from .hook import Session, Stopped
from .imports import PatchingFinder
from .metrics import torch_version
from .protocol import PROTOCOL, Events, events_file
from .scope import Scope, Variables
from .script import Script
from .script_reader import read_script
from .streams import outlive_full_disk

DIRECTORY_VARIABLE = "NANOCHAT_BRIDGE_DIR"
INTERRUPTED = 130
_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_RUNPY = (runpy.__file__, "<frozen runpy>")


def main(argv: list[str]) -> int:
    """Run the script; its exit code, 1 after an exception, 130 after an interrupt, 2 when this is called wrongly."""
    directory = os.environ.get(DIRECTORY_VARIABLE)
    if not argv or not directory:
        missing = f"{DIRECTORY_VARIABLE} is not set" if argv else "the script to run is missing"
        print(f"nanochat_bridge train: {missing}. Usage: train SCRIPT [ARGUMENT…]", file=sys.stderr)
        return 2
    outlive_full_disk()
    module, arguments = argv[0], argv[1:]
    # torchrun passes a `--` through when it does not stand right behind the module it was given.
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if sys.path[:1] != [os.getcwd()]:
        sys.path.insert(0, os.getcwd())
    script = read_script(module)
    if script is None:
        print(f"{sys.executable}: No module named {module}", file=sys.stderr)
        return 1
    sys.argv = [module, *arguments]
    try:
        run = _Run(script, Path(directory))
    except OSError as error:
        print(f"nanochat_bridge: {directory}: {error.strerror or error}; the script runs unobserved", file=sys.stderr)
        run = None
    return run.run() if run else _execute(module)[0]


class _Run:
    """A script between its `hello` and its `bye`."""

    def __init__(self, script: Script, directory: Path) -> None:
        """Open the events file and say hello. Raises OSError when the directory cannot be written."""
        self._script = script
        self._rank = int(os.environ.get("RANK", "0"))
        world = int(os.environ.get("WORLD_SIZE", "1"))
        self._events = Events(directory / events_file(self._rank))
        capabilities = find_capabilities(script, world)
        self._events.emit(
            "hello",
            protocol=PROTOCOL,
            rank=self._rank,
            world=world,
            pid=os.getpid(),
            script=script.module,
            python=platform.python_version(),
            torch=torch_version(),
            package=script.package,
            capabilities=capabilities.as_json(),
        )
        self._session = None
        if script.loop is not None:
            self._session = Session(script, script.loop, capabilities, self._events, directory, self._rank, world)

    def run(self) -> int:
        """Run the script to its end and say bye."""
        session, events = self._session, self._events
        if session is not None:
            finder = PatchingFinder(
                _root(self._script),
                self._script.module,
                session.modules(),
                session.roles(),
                lambda what, why: events.problem(what, why),
            )
            sys.meta_path.insert(0, finder)
            finder.patch_loaded()
        code, variables, ended = _execute(self._script.module, session)
        if session is not None:
            how = "ended" if code == 0 else f"failed with exit code {code}"
            session.close(variables, f"{self._script.module} {how} after step {session.position.step}", ended)
        overhead = {
            "hooks": session.hooks if session else 0,
            "microsecondsPerHook": round(session.microseconds_per_hook, 3) if session else 0.0,
        }
        step = session.position.step if session else None
        events.emit("bye", step=step, code=code, overhead=overhead)
        return code


def _execute(module: str, session: Session | None = None) -> tuple[int, Variables | None, bool]:
    """Run a module as `__main__`.

    Its exit code, the variables of its loop where they can still be had, and whether the loop came to its own end.
    """
    try:
        variables = runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0, variables if session and session.is_at_module_level else {}, True
    except Stopped as stopped:
        scope = _loop_scope(session, stopped.__traceback__)
        if scope is not None:
            _clean_up(scope)
        return 0, scope, False
    except SystemExit as exit:
        return _exit_code(exit), _loop_scope(session, exit.__traceback__), False
    except BaseException as error:
        scope = _loop_scope(session, error.__traceback__)
        _strip_own_frames(error, set())
        sys.excepthook(type(error), error, error.__traceback__)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1, scope, False


def _exit_code(exit: SystemExit) -> int:
    """What Python makes of `sys.exit(x)`: nothing is 0, a number is itself, anything else is printed and 1."""
    if exit.code is None:
        return 0
    if isinstance(exit.code, int):
        return exit.code
    print(exit.code, file=sys.stderr)
    return 1


def _loop_scope(session: Session | None, trace: TracebackType | None) -> Scope | None:
    if session is None or session.position.step is None:
        return None
    for frame, _ in traceback.walk_tb(trace):
        if session.position.matches(frame):
            return Scope(frame)
    return None


def _clean_up(scope: Scope) -> None:
    """What the script would have done behind its loop, so that nothing is left half-closed."""
    for name in ("wandb_run", "compute_cleanup"):
        target = scope.get(name)
        finish = getattr(target, "finish", None) if name == "wandb_run" else target
        if callable(finish):
            try:
                finish()
            except Exception:
                traceback.print_exc()
    # A generator that is still suspended when the interpreter ends runs into modules that are gone already.
    for value in scope.merged().values():
        if isinstance(value, GeneratorType):
            value.close()


def _strip_own_frames(error: BaseException | None, seen: set[int]) -> None:
    """Take the bridge and runpy out of a traceback and of those it is chained to: it reads as without the bridge."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    kept = [tb for tb in _links(error.__traceback__) if not _is_own(tb.tb_frame.f_code.co_filename)]
    for link, following in zip(kept, [*kept[1:], None]):
        link.tb_next = following
    error.__traceback__ = kept[0] if kept else None
    _strip_own_frames(error.__cause__, seen)
    _strip_own_frames(error.__context__, seen)


def _links(trace: TracebackType | None) -> list[TracebackType]:
    links = []
    while trace is not None:
        links.append(trace)
        trace = trace.tb_next
    return links


def _is_own(file: str) -> bool:
    return file in _RUNPY or file.startswith("<frozen importlib") or os.path.abspath(file).startswith(_OWN_FOLDER)


def _root(script: Script) -> str:
    """The folder that the script's module name starts from."""
    return str(Path(script.file).parents[script.module.count(".")])
