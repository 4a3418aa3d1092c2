"""What the trainer is busy with when no step is being made: evaluation, sampling, saving, compiling."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .metrics import row_metrics
from .scope import Position

Emit = Callable[..., None]
Problem = Callable[[str, object], None]


class Phases:
    """Emits the begin and the end of each phase; of nested ones only the outermost."""

    def __init__(
        self, emit: Emit, position: Position, before: Callable[[], None], after: Callable[[str, float, int | None], None]
    ) -> None:
        """`before` is called ahead of each phase, to send what a long silence would hold back.

        `after` is told the name of each that has ended, its seconds, and the step.
        """
        self._emit = emit
        self._position = position
        self._before = before
        self._after = after
        self._name: str | None = None
        self._began = 0.0
        # Whether a phase has begun and not ended. Read several times a step, so a property would cost too much.
        self.active = False

    def begin(self, name: str) -> bool:
        """Begin a phase; False when one is running already, which then stays."""
        if self.active:
            return False
        self._before()
        self._name, self.active = name, True
        self._began = time.perf_counter()
        self._emit("phase", name=name, state="begin", step=self._step())
        return True

    def end(self, name: str) -> None:
        """End the phase if it is the one that runs."""
        if self._name == name:
            self._name, self.active = None, False
            seconds = time.perf_counter() - self._began
            step = self._step()
            self._emit("phase", name=name, state="end", step=step, seconds=seconds)
            self._after(name, seconds, step)

    def during(self, name: str) -> _During:
        """A context manager around a phase."""
        return _During(self, name)

    def around(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A decorator that makes each call of a function a phase."""

        def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def run(*args: Any, **kwargs: Any) -> Any:
                with _During(self, name):
                    return function(*args, **kwargs)

            return run

        return wrap

    def _step(self) -> int | None:
        scope = self._position.scope()
        return self._position.step if scope is None else scope.get("step")


class _During:
    """A class and not a generator: a traceback through it shows no frame of contextlib."""

    def __init__(self, phases: Phases, name: str) -> None:
        self._phases = phases
        self._name = name
        self._began = False

    def __enter__(self) -> None:
        self._began = self._phases.begin(self._name)

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._began:
            self._phases.end(self._name)


class Observers:
    """Wrappers that report what the script evaluates, samples and logs. Rank 0 only."""

    def __init__(
        self, emit: Emit, problem: Problem, position: Position, phases: Phases, sent_with_steps: frozenset[str]
    ) -> None:
        self._emit = emit
        self._problem = problem
        self._position = position
        self._phases = phases
        self._sent_with_steps = sent_with_steps

    def dummy_wandb(self, dummy: Any) -> Any:
        """Report the rows that the script logs to the stand-in it uses when W&B is off."""
        original = dummy.log

        @functools.wraps(original)
        def log(run: Any, *args: Any, **kwargs: Any) -> Any:
            self._report_row(args[0] if args else kwargs.get("data"))
            return original(run, *args, **kwargs)

        dummy.log = log
        return dummy

    def wandb(self, module: Any) -> None:
        """Report the rows that the script logs to W&B, besides logging them."""
        original = module.init

        @functools.wraps(original)
        def init(*args: Any, **kwargs: Any) -> Any:
            run = original(*args, **kwargs)
            try:
                self._observe_run(run)
            except Exception as error:
                self._problem("what the script logs to W&B cannot be observed", error)
            return run

        module.init = init

    def engine(self, engine: Any) -> Any:
        """Report the texts that the training loop samples from its model."""
        original = engine.generate_batch

        @functools.wraps(original)
        def generate_batch(instance: Any, tokens: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._position.matches(sys._getframe(1)):
                return original(instance, tokens, *args, **kwargs)
            with self._phases.during("sample"):
                result = original(instance, tokens, *args, **kwargs)
            try:
                self._report_samples(instance.tokenizer, list(tokens), result[0])
            except Exception as error:
                self._problem("the samples of the script could not be read", error)
            return result

        engine.generate_batch = generate_batch
        return engine

    def compiling(self, module: Any) -> None:
        """Begin the phase `compile` at the first training pass of a compiled model; the first hook ends it."""
        compiled = module.OptimizedModule
        original = compiled.__call__
        own = "__call__" in vars(compiled)

        def call(instance: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._phases.active and compiled.__call__ is call:
                if own:
                    compiled.__call__ = original
                else:
                    del compiled.__call__
                if self._position.step is None:
                    self._phases.begin("compile")
            return original(instance, *args, **kwargs)

        compiled.__call__ = call

    def _observe_run(self, run: Any) -> None:
        original = run.log

        @functools.wraps(original)
        def log(*args: Any, **kwargs: Any) -> Any:
            self._report_row(args[0] if args else kwargs.get("data"))
            return original(*args, **kwargs)

        run.log = log

    def _report_row(self, row: Any) -> None:
        try:
            if isinstance(row, dict):
                metrics = row_metrics(row, self._sent_with_steps)
                if metrics:
                    self._emit("metrics", step=row.get("step", self._position.step), m=metrics)
        except Exception as error:
            self._problem("a row that the script logs could not be read", error)

    def _report_samples(self, tokenizer: Any, tokens: list[int], sequences: list[list[int]]) -> None:
        scope = self._position.scope()
        prompt = scope.get("prompt") if scope is not None else None
        step = scope.get("step") if scope is not None else None
        if not isinstance(prompt, str):
            prompt = tokenizer.decode(tokens)
        for sequence in sequences:
            self._emit("sample", step=step, prompt=prompt, text=tokenizer.decode(sequence[len(tokens) :]))
