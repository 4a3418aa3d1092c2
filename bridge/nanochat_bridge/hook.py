"""The per-step hook: at each `model.zero_grad()` of the training loop, read what it computed and do what was asked.

Every nanochat trainer of every version calls it once a step on every rank, after the optimizer has stepped.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from .capabilities import Capabilities
from .control import Command, Commands
from .ending import Ending, SaveError, Verdict
from .imports import Patch, Wrap, wrap_roles
from .intervals import EveryInt
from .metrics import StepReader, describe_run
from .patches import Patches, Refused
from .phases import Observers, Phases
from .protocol import Events
from .saves import Saver
from .scope import Position, Scope, Variables
from .script import Branch, Loop, Script
from .timers import Timers


# Often enough that going on feels immediate, seldom enough that a paused rank costs nothing.
PAUSE_LOOK_SECONDS = 0.05


class Stopped(BaseException):
    """Leaves a training loop that cannot be made to end by itself.

    Not an Exception: no handler of the script's is meant.
    """


class Session:
    """One rank of one run of a script with a training loop."""

    def __init__(
        self,
        script: Script,
        loop: Loop,
        capabilities: Capabilities,
        events: Events,
        directory: Path,
        rank: int,
        world: int,
    ) -> None:
        self._script = script
        self._loop = loop
        self._capabilities = capabilities
        self._events = events
        self._rank = rank
        # The other ranks compute the same numbers: only rank 0 tells them.
        report = events.emit if rank == 0 else _ignore
        self._report = report
        self.position = Position(script.file, loop.owner)
        self._commands = Commands(directory, rank, events, capabilities)
        offset = int(loop.logs_after_count)
        self._phases = Phases(report, self.position, self._finish_step, lambda *ended: self._timers.add(*ended))
        self._timers = Timers(loop.parts, offset, report, events.problem, self._phases)
        self._reader = StepReader(loop, events.emit_step, self._timers.take)
        self._observers = Observers(report, events.problem, self.position, self._phases, self._reader.metrics)
        self._verdict = Verdict(directory, rank, world, events)
        self._saver = Saver(script, rank, world, events, self.position, self._phases, self._verdict)
        self._ending = Ending(loop)
        self._patches: Patches | None = None
        self._config: dict[str, Any] = {}
        # Branches that were asked for: the interval that was changed, the step, and whom to answer.
        self._running: list[tuple[EveryInt, int, list[Command]]] = []
        self.hooks = 0
        self._nanoseconds = 0
        self._other_nanoseconds = 0

    @property
    def microseconds_per_hook(self) -> float:
        """Mean cost of a hook; the first look at the loop and the carrying out of commands are not counted."""
        return (self._nanoseconds - self._other_nanoseconds) / 1000 / max(1, self.hooks)

    def modules(self) -> Mapping[str, Patch]:
        """Patches for modules known by name."""
        hooked = {"torch.nn.modules.module": self._hook_module, "nanochat.nn": self._hook_module}
        if self._rank != 0:
            return hooked
        return {**hooked, "wandb": self._observers.wandb, "torch._dynamo.eval_frame": self._observers.compiling}

    def roles(self) -> Mapping[str, Wrap]:
        """Wrappers for functions and classes known by what they are called, in whatever module of the workspace."""
        saving: dict[str, Wrap] = {"save_checkpoint": self._saver.wrap}
        if self._rank != 0:
            return saving
        evaluation, core = self._phases.around("eval"), self._phases.around("core")
        return {
            **saving,
            "evaluate_bpb": evaluation,
            "evaluate_core": core,
            "evaluate_model": core,  # evaluate_core until 2dffdc8
            "run_chat_eval": core,
            "DummyWandb": self._observers.dummy_wandb,
            "Engine": self._observers.engine,
        }

    def on_zero_grad(self, frame: FrameType) -> None:
        """The hook. Raises nothing but Stopped: what fails in here is reported once, and the training goes on."""
        began = time.perf_counter_ns()
        try:
            self._hook(frame)
        except Exception as error:
            self._events.problem("the per-step hook failed", error)
        self.hooks += 1
        self._nanoseconds += time.perf_counter_ns() - began

    @property
    def is_at_module_level(self) -> bool:
        """Whether the loop's variables are the script's globals, which outlive the loop."""
        return self._loop.owner == "<module>"

    def close(self, variables: Variables | None, why: str, ended: bool) -> None:
        """Send what the last step left, and answer every command that is still open.

        `why` says how the script ended; `ended` is whether its loop came to its own end.
        """
        try:
            if variables is not None:
                self._reader.finish(variables, ended=ended)
            self._timers.close()
            self._saver.settle()
        except Exception as error:
            self._events.problem("the last step could not be read", error)
        step = self.position.step or 0
        # What ran after the last hook is known by now: nothing of the loop comes any more.
        self._settle_branches(step + 1)
        if self._ending.at is not None:
            self._commands.refuse_rest(step, f"the run was stopped at step {self._ending.at} by an earlier command")
        else:
            self._commands.refuse_rest(step, why, is_end=ended)
        if self._rank == 0:
            for command in self._saver.unanswered():
                self._commands.refuse(command, step, f"{why}, and saved nothing after the command")

    def _hook_module(self, module: Any) -> None:
        original = module.Module.zero_grad

        @functools.wraps(original)
        def zero_grad(instance: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(instance, *args, **kwargs)
            self.on_zero_grad(sys._getframe(1))
            return result

        module.Module.zero_grad = zero_grad

    def _hook(self, caller: FrameType) -> None:
        frame = self.position.find(caller)
        if frame is None:
            return
        scope = Scope(frame)
        step = scope.get("step")
        if step == self.position.step:
            return  # a second call within one step
        # The step may be made in a function that the loop calls: what it works with has names of its own there.
        scopes = (scope,) if caller is frame else (scope, Scope(caller))
        if self.position.step is None:
            self._apart(lambda: self._attach(frame, scopes))
        self.position.step = step
        if self._rank == 0:
            self._timers.at_hook(step, scopes)
            self._reader.at_hook(scope, step)
        self._saver.settle()
        if self._running:
            self._settle_branches(step)
        due = self._commands.due(step)
        if due:
            self._apart(lambda: self._carry_out(due, scope, step))

    def _apart(self, work: Callable[[], None]) -> None:
        """Do something that is not part of every hook: its time is not the hook's."""
        began = time.perf_counter_ns()
        try:
            work()
        finally:
            self._other_nanoseconds += time.perf_counter_ns() - began

    def _attach(self, frame: FrameType, scopes: tuple[Scope, ...]) -> None:
        scope = scopes[0]
        self._phases.end("compile")
        if self._rank == 0:
            self._timers.attach(scopes)
        try:
            wrap_roles(frame.f_globals, self.roles(), frame.f_globals.get("__name__", ""))
            config = describe_run(self._script, scope, self._saver.directory(scope))
            self._reader.tokens_per_step = config["derived"].get("tokensPerStep")
            self._reader.flops_per_token = config["derived"].get("flopsPerToken")
            self._config = config
            self._patches = Patches(self._script, scope, config["settings"])
            self._commands.judge = self._patches.refusal
            self._report("config", **config, fields=self._patches.as_json())
        except Exception as error:
            self._events.problem("the settings of the script could not be read", error)

    def _finish_step(self) -> None:
        try:
            scope = self.position.scope()
            if scope is not None:
                self._reader.finish(scope)
        except Exception as error:
            self._events.problem("the values of a step could not be read", error)

    def _carry_out(self, commands: list[Command], scope: Scope, step: int) -> None:
        began = time.perf_counter()
        try:
            self._each_kind(commands, scope, step)
        finally:
            self._hide_from_clock(scope, time.perf_counter() - began)

    def _each_kind(self, commands: list[Command], scope: Scope, step: int) -> None:
        """What changes the run goes first, then what is looked at, then waiting, and what may end it last."""
        saves = [c for c in commands if c.command in ("save", "stop")]
        stops = any(c.command == "stop" for c in saves)
        kinds: list[tuple[str, Callable[[Scope, int, list[Command]], None]]] = [
            ("patch", self._patch),
            ("evaluate", self._evaluate),
            ("sample", self._sample),
            ("pause", self._refuse_pause if stops else self._pause),
        ]
        for kind, carry_out in kinds:
            for command in [c for c in commands if c.command == kind]:
                self._attempt(carry_out, scope, step, [command])
        # A stop saves as well: with one in the batch, the saves asked for beside it are answered by its checkpoint.
        if saves:
            self._attempt(self._stop if stops else self._save, scope, step, saves)

    def _attempt(
        self, carry_out: Callable[[Scope, int, list[Command]], None], scope: Scope, step: int, commands: list[Command]
    ) -> None:
        try:
            carry_out(scope, step, commands)
        except Exception as error:
            # The script's own statements may raise anything at all; that was our doing and not the script's.
            reason = str(error) if isinstance(error, (SaveError, Refused)) else f"{type(error).__name__}: {error}"
            for command in commands:
                self._commands.refuse(command, step, reason)

    def _patch(self, scope: Scope, step: int, commands: list[Command]) -> None:
        assert self._patches is not None, "commands are taken after the loop was looked at"
        for command in commands:
            changes = self._patches.apply(scope, dict(command.values))
            how = self._capabilities.patch.how
            self._answer(command, "applied", step, how=how, changes=changes)
            self._answer(command, "done", step)
            self._report("config", **self._config, fields=self._patches.as_json())

    def _evaluate(self, scope: Scope, step: int, commands: list[Command]) -> None:
        self._branch(scope, step, commands, self._loop.evaluation, self._capabilities.evaluate.how)

    def _sample(self, scope: Scope, step: int, commands: list[Command]) -> None:
        self._branch(scope, step, commands, self._loop.sampling, self._capabilities.sample.how)

    def _branch(self, scope: Scope, step: int, commands: list[Command], branch: Branch | None, how: str) -> None:
        """Make a branch of the loop run at the next step, by its own interval."""
        assert branch is not None and branch.every is not None, "refused before this when the script has no such branch"
        value = scope.read(branch.every)
        if not isinstance(value, int):
            raise SaveError(f"{branch.every} is {value!r} and not a number of steps")
        if not isinstance(value, EveryInt):
            value = EveryInt(value)
            scope.write(branch.every, value)
        at = step + branch.step_offset
        value.extra.add(at)
        self._running.append((value, at, commands))
        self._applied(commands, step, how)

    def _settle_branches(self, step: int) -> None:
        """Answer for the branches that have run by now, and give the intervals back their own steps."""
        for ran in [one for one in self._running if one[1] <= step]:
            interval, at, commands = ran
            self._running.remove(ran)
            interval.extra.discard(at)
            for command in commands:
                if at in interval.fired or self._rank != 0:
                    self._answer(command, "done", at)
                else:
                    self._commands.refuse(command, step, f"the script did not come to it at step {at}")

    def _pause(self, scope: Scope, step: int, commands: list[Command]) -> None:
        """Hold this rank here; the others do the same at the same step, so that none waits inside an operation of all."""
        self._applied(commands, step, self._capabilities.pause.how)
        with self._phases.during("pause"):
            while (release := self._commands.await_release(step)) is None:
                time.sleep(PAUSE_LOOK_SECONDS)
        for command in commands:
            self._answer(command, "done", step)
        if release.command == "resume":
            self._answer(release, "applied", step, how="all ranks go on")
            self._answer(release, "done", step)

    def _refuse_pause(self, scope: Scope, step: int, commands: list[Command]) -> None:
        raise Refused("the run is being stopped at the same step")

    def _answer(self, command: Command, state: str, step: int, **more: Any) -> None:
        if self._rank == 0 or state == "applied":
            self._events.emit("command", id=command.id, command=command.command, state=state, step=step, **more)

    def _applied(self, commands: list[Command], step: int, how: str) -> None:
        for c in commands:
            self._events.emit("command", id=c.id, command=c.command, state="applied", step=step, how=how)

    def _save(self, scope: Scope, step: int, commands: list[Command]) -> None:
        save = self._script.save
        assert save is not None, "a save is refused before this when the script has none"
        at = step + save.step_offset
        how = self._capabilities.save.how
        if self._capabilities.save_by == "interval" and save.every:
            self._saver.by_interval(scope, save.every, at)
            self._saver.await_save(at, commands)
            self._applied(commands, step, how)
        else:
            self._applied(commands, step, how)
            self._saver.now(scope, at, commands)

    def _stop(self, scope: Scope, step: int, commands: list[Command]) -> None:
        save, loop = self._script.save, self._loop
        assert save is not None, "a stop is refused before this when the script has no save"
        how = self._capabilities.stop.how
        if self._capabilities.stop_by == "raise":
            self._applied(commands, step, how)
            self._save_and_leave(scope, step + save.step_offset, commands)
        at = step + int(loop.counts_after_hook)
        # With nothing evaluated so far the save would record nothing: then the evaluations are left on.
        self._ending.bring_about(scope, at, skips=not self._saver.supply_missing(scope))
        self._saver.await_end(at, commands, self._ending)
        self._applied(commands, step, how)

    def _save_and_leave(self, scope: Scope, at: int, commands: list[Command]) -> NoReturn:
        """Save, then leave the loop; where the save fails on any rank, all of them train on."""
        failure: Exception | None = None
        try:
            self._saver.now(scope, at, commands)
        except Exception as error:
            failure = error
        failure = self._verdict.failure(at, failure)
        if failure is not None:
            self._saver.discard()
            raise failure
        self._ending.at = at
        raise Stopped

    def _hide_from_clock(self, scope: Scope, seconds: float) -> None:
        """Move the start of the step's time on, so that what was done in the hook is not counted as training."""
        clock = self._loop.clock
        started = scope.get(clock) if clock else None
        if clock and isinstance(started, float):
            scope.set(clock, started + seconds)


def _ignore(kind: str, **fields: Any) -> None:
    """What the ranks other than 0 report."""
