"""Checkpoints: what the script saves is reported, and what is asked for is saved by the script's own means."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .control import Command
from .ending import Ending, SaveError, Verdict
from .intervals import EveryInt
from .phases import Phases
from .protocol import Events
from .scope import Position, Scope
from .script import Save, Script

_FILE = re.compile(r"[a-z]+_(\d{6,})(?:_rank(\d+))?\.(?:pt|json)")


@dataclass
class _Saved:
    """A finished save whose files are yet to be listed."""

    step: int
    directory: Path
    seconds: float
    trigger: str
    commands: list[Command] = field(default_factory=list)


class Saver:
    """Watches the script's `save_checkpoint` and makes it be called at other steps."""

    def __init__(
        self,
        script: Script,
        rank: int,
        world: int,
        events: Events,
        position: Position,
        phases: Phases,
        verdict: Verdict,
    ) -> None:
        self._script = script
        self._rank = rank
        self._world = world
        self._events = events
        self._position = position
        self._phases = phases
        self._verdict = verdict
        self._awaited: dict[int, list[Command]] = {}
        # Saves that end the run, by step.
        self._endings: dict[int, Ending] = {}
        # The save that was begun last, and the files of its step that were there before.
        self._last: tuple[Path, int, set[Path]] | None = None
        # True while the script's save statements run inside the hook: what they raise is ours to handle.
        self._in_hook = False
        self._saved: list[_Saved] = []
        self._interval: EveryInt | None = None

    def wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`save_checkpoint` with its checkpoints reported."""
        signature = inspect.signature(original)

        @functools.wraps(original)
        def save_checkpoint(*args: Any, **kwargs: Any) -> Any:
            target = self._target(signature, args, kwargs)
            if target is None:
                return original(*args, **kwargs)
            return self._save(lambda: original(*args, **kwargs), *target)

        return save_checkpoint

    def await_save(self, step: int, commands: list[Command]) -> None:
        """Remember whom to answer when the script saves at this step."""
        self._awaited.setdefault(step, []).extend(commands)

    def await_end(self, step: int, commands: list[Command], ending: Ending) -> None:
        """As `await_save`, of the save that ends the run: when it fails, the end is taken back."""
        self.await_save(step, commands)
        if not ending.is_own:
            self._endings[step] = ending

    def discard(self) -> None:
        """Take back what the last save has written: it failed, or another rank could not write its part."""
        if self._last is None:
            return
        directory, step, before = self._last
        self._remove_new_files(directory, step, before)
        self._saved = [one for one in self._saved if one.step != step]

    def by_interval(self, scope: Scope, path: str, step: int) -> None:
        """Make the script's own save branch fire at a step. Raises SaveError when there is no interval."""
        value = scope.read(path)
        if not isinstance(value, int):
            raise SaveError(f"{path} is {value!r} and not a number of steps")
        self.supply_missing(scope)
        if not isinstance(value, EveryInt):
            value = EveryInt(value)
            scope.write(path, value)
        value.extra.add(step)
        self._interval = value

    def now(self, scope: Scope, step: int, commands: list[Command]) -> None:
        """Run the script's own save statements, with the loop's variables and this step. Raises what they raise."""
        save = self._script.save
        self._last = None
        if save is None or (save.one_rank and self._rank != 0):
            return
        self.await_save(step, commands)
        self._in_hook = True
        try:
            self._run_statements(save, scope, step)
        finally:
            self._in_hook = False
            # Still there when the statements failed, or did not come to the point of saving.
            unanswered = self._awaited.pop(step, None)
        if unanswered:
            raise SaveError(f"the script's save statements at line {save.line} saved nothing")

    def supply_missing(self, scope: Scope) -> bool:
        """Give the names that the save records and that nothing has set yet (no evaluation so far) an empty value.

        True when there were any.
        """
        missing = self._missing(scope)
        for name, value in missing.items():
            scope.set(name, value)
        return bool(missing)

    def directory(self, scope: Scope) -> str | None:
        """Where the script is going to save, worked out from the assignments ahead of its call."""
        save = self._script.save
        if save is None or not save.call.args:
            return None
        namespace = scope.merged()
        try:
            ahead: list[ast.stmt] = [s for s in save.statements if isinstance(s, ast.Assign)]
            exec(compile(ast.Module(ahead, []), self._script.file, "exec"), namespace)
            path = eval(compile(ast.Expression(save.call.args[0]), self._script.file, "eval"), namespace)
            return os.path.abspath(path)
        except Exception:  # a name that is only set when the script saves: the checkpoint event will tell
            return None

    def settle(self) -> None:
        """Report finished saves. With several ranks this is done a step later, when all have written their part."""
        if not self._saved:
            return
        saved, self._saved = self._saved, []
        for one in saved:
            sizes = {path.name: _size(path) for path in _files_of(one.directory, one.step)}
            files = [{"name": name, "bytes": size} for name, size in sizes.items()]
            size = sum(sizes.values())
            directory = str(one.directory.absolute())
            self._events.emit(
                "checkpoint",
                step=one.step,
                dir=directory,
                files=files,
                bytes=size,
                seconds=one.seconds,
                trigger=one.trigger,
            )
            for c in one.commands:
                self._events.emit(
                    "command", id=c.id, command=c.command, state="done", step=one.step, dir=directory, bytes=size
                )

    def unanswered(self) -> list[Command]:
        """Commands that were carried out and led to no save."""
        return [command for commands in self._awaited.values() for command in commands]

    def _target(
        self, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Path, int] | None:
        """Directory and step of a call of `save_checkpoint`; None when it takes something else."""
        try:
            directory, step = list(signature.bind(*args, **kwargs).arguments.values())[:2]
            return Path(directory), int(step)
        except Exception as error:
            self._events.problem("a save of the script is not reported", error)
            return None

    def _run_statements(self, save: Save, scope: Scope, step: int) -> None:
        namespace = scope.merged()
        namespace.update(self._missing(scope), step=step)
        code = compile(ast.Module(list(save.statements), []), self._script.file, "exec")
        exec(code, namespace)

    def _save(self, run: Callable[[], Any], directory: Path, step: int) -> Any:
        commands = self._awaited.pop(step, [])
        scope = self._position.scope()
        ending = self._endings.pop(step, None) if scope is not None else None
        is_last = self._is_last()
        self._last = (directory, step, set(_files_of(directory, step)))
        began = time.perf_counter()
        failure: Exception | None = None
        result = None
        try:
            # At c6abcdf to 90442de ranks other than 0 save into the directory before rank 0 has made it.
            directory.mkdir(parents=True, exist_ok=True)
            with self._phases.during("save"):
                result = run()
        except Exception as error:
            if ending is None and (not commands or is_last or self._is_regular(step)):
                self._awaited[step] = commands
                raise
            failure = error
        if ending is not None:
            failure = self._verdict.failure(step, failure)
        if failure is not None:
            self.discard()
            if self._in_hook:
                raise SaveError(_reason(directory, step, failure)) from failure
            if ending is not None and scope is not None:
                ending.take_back(scope)
            self._abandon(directory, step, commands, failure)
            return None
        if self._rank == 0:
            trigger = "request" if commands else "final" if is_last else "schedule"
            self._saved.append(_Saved(step, directory, time.perf_counter() - began, trigger, commands))
            if self._world == 1:
                self.settle()
        return result

    def _is_last(self) -> bool:
        if self._in_hook:
            return False
        loop, save, scope = self._script.loop, self._script.save, self._position.scope()
        if save is not None and save.place == "after loop":
            return True
        return bool(loop and loop.end_flag and scope and scope.get(loop.end_flag))

    def _is_regular(self, step: int) -> bool:
        return self._interval is not None and self._interval.regular(step)

    def _abandon(self, directory: Path, step: int, commands: list[Command], error: Exception) -> None:
        """A save in the script's own branch that only we asked for has failed: the training goes on."""
        reason = _reason(directory, step, error)
        self._events.problem(f"the save of step {step} failed", error)
        for c in commands:
            self._events.emit("command", id=c.id, command=c.command, state="refused", step=step, reason=reason)

    def _remove_new_files(self, directory: Path, step: int, before: set[Path]) -> None:
        """Leave no half of a checkpoint of this rank behind: a reader would take it for a whole one."""
        for path in _files_of(directory, step):
            rank = _FILE.fullmatch(path.name)
            is_ours = rank is not None and int(rank[2] or 0) == self._rank
            if is_ours and path not in before:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _missing(self, scope: Scope) -> dict[str, Any]:
        save = self._script.save
        if save is None:
            return {}
        names = _names(save.statements)
        recorded = {name for node in ast.walk(save.call) if isinstance(node, ast.Dict) for name in _loaded(node)}
        missing = {name for name in names if not scope.has(name)}
        needed = sorted(missing - recorded)
        if needed:
            raise SaveError(f"the save in line {save.line} uses {', '.join(needed)}, which the loop has not set yet")
        unpacked = _unpacked(save.call)
        return {name: {} if name in unpacked else None for name in missing}


def _files_of(directory: Path, step: int) -> list[Path]:
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return []
    return [path for path in paths if (match := _FILE.fullmatch(path.name)) and int(match[1]) == step]


def _reason(directory: Path, step: int, error: Exception) -> str:
    why = str(error) if isinstance(error, SaveError) else f"{type(error).__name__}: {error}"
    return f"saving step {step} to {directory} failed: {why}; the run trains on"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _loaded(node: ast.AST) -> Iterator[str]:
    return (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _names(statements: tuple[ast.stmt, ...]) -> set[str]:
    """What the statements take from outside."""
    module = ast.Module(list(statements), [])
    stored = {n.id for n in ast.walk(module) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return set(_loaded(module)) - stored


def _unpacked(call: ast.Call) -> set[str]:
    """Names that the call unpacks into a dictionary: `{**metrics}`."""
    return {
        value.id
        for node in ast.walk(call)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values)
        if key is None and isinstance(value, ast.Name)
    }
