"""What the bridge can do with a script, by which mechanism, and why not when it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .script import HOOK, SAVE, Branch, Loop, Script
from .step_parts import EVALUATIONS
from .timers import METRIC

SaveBy = Literal["interval", "statements"]
StopBy = Literal["horizon", "flag", "raise"]


@dataclass(frozen=True)
class Capability:
    """One ability. `reason` is None exactly when it is available."""

    reason: str | None
    how: str
    # Metrics that an available ability does not come to with this script, and why.
    missing: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The form in which `hello` carries it."""
        missing = {"missing": dict(self.missing)} if self.missing else {}
        return {"available": self.reason is None, "reason": self.reason, "how": self.how, **missing}


@dataclass(frozen=True)
class Capabilities:
    """Everything that can be asked of one script, with the mechanism chosen for it."""

    metrics: Capability
    timers: Capability
    save: Capability
    stop: Capability
    evaluate: Capability
    sample: Capability
    pause: Capability
    patch: Capability
    save_by: SaveBy | None
    stop_by: StopBy | None

    def as_json(self) -> dict[str, Any]:
        """The `capabilities` of the `hello` event."""
        return {name: getattr(self, name).as_json() for name in NAMES}

    def refusal(self, command: str) -> str | None:
        """Why a command cannot be carried out on this script; None when it can."""
        name = "pause" if command == "resume" else command
        if name not in NAMES or name in UNASKED:
            known = ", ".join(sorted({*NAMES, "resume"} - UNASKED))
            return f"there is no command {command!r}: this bridge knows {known}"
        capability: Capability = getattr(self, name)
        return capability.reason


NAMES = ("metrics", "timers", "save", "stop", "evaluate", "sample", "pause", "patch")
# What is told without being asked for.
UNASKED = {"metrics", "timers"}

# The parts of a step that are timed, and what stands for each in a script.
PARTS: tuple[tuple[str, str], ...] = (
    ("data", "`next(…)` of a data loader"),
    ("forward", "call of the model that it trains"),
    ("backward", "`.backward()`"),
    ("optimizer", "`.step()` of an optimizer"),
    ("eval", f"call of {', '.join(EVALUATIONS)}"),
    ("save", f"call of {SAVE}"),
)


def find_capabilities(script: Script, world: int = 1) -> Capabilities:
    """Decide from the source how `world` ranks do each thing; the script's own branches go before running its statements."""
    loop, save = script.loop, script.save
    if loop is None:
        none = Capability(script.problem, "")
        return Capabilities(none, none, none, none, none, none, none, none, None, None)
    save_now, stop, save_by, stop_by = _save_and_stop(script, world)
    return Capabilities(
        metrics=Capability(None, f"the loop's variables, read at {HOOK} in line {loop.hook_line}"),
        timers=_timers(script, loop),
        save=save_now,
        stop=stop,
        evaluate=_branch(script, loop.evaluation, "eval_every", "evaluates"),
        sample=_branch(script, loop.sampling, "sample_every", "samples"),
        pause=Capability(None, f"all ranks wait at {HOOK} in line {loop.hook_line}; the memory stays held"),
        patch=Capability(None, "settings that the loop reads at each step, and the optimizer's learning rates"),
        save_by=save_by,
        stop_by=stop_by,
    )


def _timers(script: Script, loop: Loop) -> Capability:
    found = [f"{part} (line {loop.parts[part].line})" for part, _ in PARTS if part in loop.parts]
    missing = {
        METRIC.format(part): f"no {what} was found in the loop of {script.module}"
        for part, what in PARTS
        if part not in loop.parts
    }
    if not found:
        return Capability(f"no part of a step was found in the loop of {script.module}", "", missing)
    how = f"seconds of {', '.join(found)}, from the second step on; on CUDA by events that are read later, never waited for"
    return Capability(None, how, missing)


def _branch(script: Script, branch: Branch | None, interval: str, does: str) -> Capability:
    if branch is None:
        return Capability(f"{script.module} has no branch in its loop that {does} every {interval} steps", "")
    if branch.every is None:
        why = f"the guard in line {branch.line} of {script.module} asks for more than an interval of steps"
        return Capability(f"{why}, so it cannot be made true at one step", "")
    return Capability(None, f"the script's own branch in line {branch.line}, by its interval {branch.every}")


def _save_and_stop(script: Script, world: int) -> tuple[Capability, Capability, SaveBy | None, StopBy | None]:
    loop, save = script.loop, script.save
    assert loop is not None
    if save is None:
        cannot = Capability(f"{script.module} does not call {SAVE} where its loop is", "")
        return cannot, cannot, None, None
    if save.every:
        save_by: SaveBy = "interval"
        saving = f"the script's own save branch in line {save.line}, by its interval {save.every}"
    else:
        save_by = "statements"
        saving = f"the script's own save statements at line {save.line}, run at the end of a step"
    # A save that fails takes the end back. Behind its loop a script is past that; so are ranks that do not save with the first.
    can_go_on = save.place != "after loop" and (world == 1 or not save.one_rank)
    # Without a save of its own on the last step, ending by the loop's condition would lose the last updates.
    if loop.horizon and save.on_last_step and can_go_on:
        stop_by: StopBy = "horizon"
        stopping = f"the loop ends itself: {loop.horizon} equals the step"
    elif loop.flag_can_be_set and save.on_last_step and can_go_on:
        stop_by = "flag"
        stopping = f"the loop ends itself: {loop.end_flag} is set"
    else:
        stop_by = "raise"
        stopping = "the checkpoint is saved, then the loop is left by an exception and the script's clean-up is run"
    return Capability(None, saving), Capability(None, stopping), save_by, stop_by
