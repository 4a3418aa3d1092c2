"""The end of a loop that a stop brings about: how it is made, agreed among the ranks, and taken back when nothing was saved."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from .intervals import StopInt
from .protocol import Events
from .scope import Scope
from .script import Loop

LOOK_SECONDS = 0.05


class SaveError(Exception):
    """A save that was asked for, or an end with one, cannot be made; the message is the reason in a sentence."""


class Ending:
    """Makes a loop come to its own end at a step, and leaves it as it was when that is taken back."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._before: list[tuple[str, Any]] = []
        # The step at which the run ends or has ended by a stop.
        self.at: int | None = None
        # Whether the script ends there anyway: then its save is its own, and so is a failure of that. A flag does not tell,
        # for each rank sets it when its own data is at an end: where that was too early, it is set again.
        self.is_own = False

    def bring_about(self, scope: Scope, at: int, skips: bool) -> None:
        """End the loop at a step; `skips`: without the evaluations of a last step. Raises SaveError when it cannot be done."""
        loop = self._loop
        horizon = scope.read(loop.horizon) if loop.horizon else None
        if loop.horizon and not isinstance(horizon, int):
            raise SaveError(f"{loop.horizon} is {horizon!r} and not a number of steps")
        self.is_own = horizon is not None and int(horizon) == at
        self._before = []
        for interval in loop.skippable if skips else ():
            if isinstance(value := scope.read(interval), int):
                self._write(scope, interval, value, -1)
        if loop.horizon and horizon is not None:
            self._write(scope, loop.horizon, horizon, StopInt(horizon, at))
        elif loop.end_flag:
            scope.set(loop.end_flag, True)
        self.at = at

    def take_back(self, scope: Scope) -> None:
        """Let the loop go on, in the middle of what was to be its last step."""
        for path, value in self._before:
            scope.write(path, value)
        if self._loop.end_flag:
            scope.set(self._loop.end_flag, False)
        self.at = None

    def _write(self, scope: Scope, path: str, before: Any, value: Any) -> None:
        self._before.append((path, before))
        scope.write(path, value)


class Verdict:
    """Whether all ranks have made the save that ends the run: none may leave the loop while another stays in it.

    Each tells it by an empty file, for which a full disk has room, and waits for the others, who are saving as well.
    """

    def __init__(self, directory: Path, rank: int, world: int, events: Events) -> None:
        self._directory = directory
        self._rank = rank
        self._world = world
        self._events = events

    def failure(self, step: int, own: Exception | None) -> Exception | None:
        """Why the save of a step counts for nothing: what failed on this rank, or that another one failed; None when all saved."""
        if self._world == 1:
            return own
        self._tell(f"stop.{step}.rank{self._rank}.{'saved' if own is None else 'failed'}")
        while True:
            told = self._told()
            failed = [rank for rank in range(self._world) if f"stop.{step}.rank{rank}.failed" in told]
            if failed:
                return own or SaveError(f"rank {failed[0]} could not write its part; its log says why")
            if all(f"stop.{step}.rank{rank}.saved" in told for rank in range(self._world)):
                return None
            time.sleep(LOOK_SECONDS)

    def _tell(self, name: str) -> None:
        """Not given up: a rank that has told nothing would leave the others waiting."""
        while True:
            try:
                (self._directory / name).touch()
                return
            except OSError as error:
                self._events.problem(f"{name} could not be written; the run waits until it can", error)
                time.sleep(LOOK_SECONDS)

    def _told(self) -> set[str]:
        try:
            return set(os.listdir(self._directory))
        except OSError:
            return set()
