"""What a training script looks like, read from its source; nothing of it is run.

The shapes that occur (nanochat 3a5e0bc to 92d63d4 and forks): a `while True` or `for step in range(…)` loop, at module
level or in a function, that calls `model.zero_grad(…)` once a step; a save under a guard at the top of the loop, after
the step, or behind the loop; an end by `last_step = step == n`, by a flag that the data loader sets, or by the range.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SAVE = "save_checkpoint"
HOOK = "zero_grad"

# Where a save stands: in the loop ahead of or behind the hook, or behind the loop.
Place = Literal["before step", "after step", "after loop"]


@dataclass(frozen=True)
class Save:
    """The script's own call of `save_checkpoint`."""

    line: int
    place: Place
    # The statements that make up the save, up to and including the call.
    statements: tuple[ast.stmt, ...]
    call: ast.Call
    # An interval (`args.save_every`) that makes the guard true at any step that it divides.
    every: str | None
    on_last_step: bool
    one_rank: bool
    # What the script calls the checkpoint, counted from the `step` at the hook that asks for it.
    step_offset: int


@dataclass(frozen=True)
class Branch:
    """A part of the loop that runs every so many steps: an evaluation, or the sampling."""

    line: int
    # The interval (`args.eval_every`), or None when the guard is of another shape.
    every: str | None
    # Whether its guard asks that the interval is above zero: without that -1 means every step, and 0 is a division by zero.
    guarded: bool
    # Whether it runs on the last step all the same when the interval is not above zero; None = no flag tells of that step.
    at_end: bool | None
    # What the script calls the step at which it runs, counted from the `step` at the hook that asks for it.
    step_offset: int


@dataclass(frozen=True)
class Timed:
    """A part of the training step: its first line, and what it is done with (`train_loader`, `optimizer`)."""

    line: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Loop:
    """The training loop: the lines and names that the hook works with."""

    owner: str
    hook_line: int
    # Whether `step` is counted up after the hook, and if by a statement, in which line.
    counts_after_hook: bool
    count_line: int | None
    # Whether the script logs a step under the number that it has counted up to.
    logs_after_count: bool
    # Names assigned in the loop after the hook: at the hook of a step they still have the values of the step before.
    late_names: frozenset[str]
    names: frozenset[str]
    # The variable that the step time is counted from (`t0` in `dt = t1 - t0`).
    clock: str | None
    horizon: str | None
    total: str | None
    # A flag that ends the loop, and whether it stays set when we set it.
    end_flag: str | None
    flag_can_be_set: bool
    # Intervals of evaluations that are off when the interval is not above zero.
    skippable: tuple[str, ...]
    evaluation: Branch | None
    sampling: Branch | None
    # By the name of the interval (`save_every`), whatever runs every so many steps.
    intervals: Mapping[str, Branch]
    # The parts of a step that were found, by name (step_parts.py).
    parts: Mapping[str, Timed]
    # What the loop, and functions of the script that it runs, read after its first step: `args.eval_tokens`, `lrm`.
    reads: frozenset[str]


@dataclass(frozen=True)
class Script:
    """One script module: where it is, and what was found in it."""

    module: str
    file: str
    package: str | None
    loop: Loop | None
    save: Save | None
    # Why there is no loop, in a sentence.
    problem: str | None
