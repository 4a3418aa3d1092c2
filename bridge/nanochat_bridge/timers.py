"""How long the parts of a training step take: data, forward, backward, optimizer, and at times eval and save. Rank 0 only.

What the loop calls is wrapped where it is looked up: a class's method, or the global `next`. Nothing that the script has
in its hands is replaced, so it computes what it computes without us. On a GPU events are recorded in the stream and read
once they have passed; nothing ever waits for it.
"""

from __future__ import annotations

import builtins
import functools
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from .phases import Phases
from .protocol import TIMER
from .scope import Scope
from .script import Timed

# The metric of a part, in seconds a step (src/core/metrics.ts).
METRIC = TIMER + "{}"
FORWARD = METRIC.format("forward")
# The phases of phases.py whose time is that of a part.
PHASES = {"eval": "eval", "core": "eval", "save": "save"}
# Steps whose events a GPU has not passed. The loop waits for it at each step, so more than a few mean that none will.
MOST_PENDING = 64

Mark = Any
# The metric, and the begin and end of each stretch of time that it is made of.
Marks = list[tuple[str, Mark, Mark]]


class Clock(Protocol):
    """Marks points in time. A mark may lie ahead: then it has not passed yet."""

    def mark(self) -> Mark:
        """The point at which what was asked for so far is done."""

    def passed(self, marks: Marks) -> bool:
        """Whether the times of all marks can be told; never waits."""

    def seconds(self, begin: Mark, end: Mark) -> float:
        """Time between two marks that have passed. The marks are used up."""


class HostClock:
    """The processor's clock. On MPS, too, where a call returns before its work is done."""

    mark = staticmethod(time.perf_counter)

    def passed(self, marks: Marks) -> bool:
        """Always."""
        return True

    def seconds(self, begin: float, end: float) -> float:
        """Seconds between two marks."""
        return end - begin


class CudaClock:
    """Events in the current CUDA stream: between two of them lies what the GPU did, or waited for."""

    def __init__(self, cuda: Any) -> None:
        """`cuda` is the module torch.cuda."""
        self._new = functools.partial(cuda.Event, enable_timing=True)
        self._free: list[Any] = []

    def mark(self) -> Any:
        """Record an event in the current stream."""
        event = self._free.pop() if self._free else self._new()
        event.record()
        return event

    def passed(self, marks: Marks) -> bool:
        """Whether the GPU has come to all events."""
        # From the last one on: while the GPU is behind, one question is enough.
        return all(end.query() for _, _, end in reversed(marks))

    def seconds(self, begin: Any, end: Any) -> float:
        """Seconds between two events; CUDA gives milliseconds."""
        elapsed = begin.elapsed_time(end) / 1000
        self._free += (begin, end)
        return float(elapsed)


class Timers:
    """Measures the parts of each step. Raises nothing: what fails in here is reported once and ends the measuring."""

    def __init__(
        self,
        parts: Mapping[str, Timed],
        offset: int,
        emit: Callable[..., None],
        problem: Callable[[str, object], None],
        phases: Phases,
    ) -> None:
        """`offset` is from the loop's `step` to the number a step is told under; while one of `phases` runs nothing counts."""
        self._parts = parts
        self._offset = offset
        self._emit = emit
        self._problem = problem
        self._phases = phases
        self._clock: Clock = HostClock()
        self._on = False
        # Evaluations run the model too; they do so without gradients.
        self._learns: Callable[[], bool] = lambda: True
        self._loader_names = parts["data"].names if "data" in parts else ()
        self._loaders: list[Any] = []
        # The metric whose time runs, when it began, and the times of this step that have ended.
        self._open: str | None = None
        self._began: Mark = None
        self._marks: Marks = []
        self._pending: deque[tuple[int, Marks]] = deque()
        # Seconds of what does not happen at every step, by the step at which it did.
        self._seldom: dict[int, dict[str, float]] = {}

    def attach(self, scopes: tuple[Scope, ...]) -> None:
        """Begin to measure, at the first hook. The parts' names are looked up in the scopes, the first that has one."""
        try:
            torch = sys.modules.get("torch")
            if torch is not None and hasattr(torch, "is_grad_enabled"):
                self._learns = torch.is_grad_enabled
            self._clock = _clock(torch, self._values("forward", scopes))
            self._wrap_data(scopes)
            self._wrap_methods("forward", "__call__", [v for v in self._values("forward", scopes) if callable(v)])
            losses = [v for v in self._values("backward", scopes) if hasattr(type(v), "backward")]
            self._wrap_methods("backward", "backward", losses)
            optimizers = [v for v in self._values("optimizer", scopes) if hasattr(v, "param_groups")]
            self._wrap_methods("optimizer", "step", optimizers)
            self._on = True
        except Exception as error:
            self._fail(error)

    def at_hook(self, step: int, scopes: tuple[Scope, ...]) -> None:
        """End a step: what was measured since the hook before is its time. Sends what older steps had to wait for."""
        try:
            if self._marks:
                self._pending.append((step, self._marks))
                self._marks = []
            if self._on:
                # A loader may be made anew for each epoch. No comprehension: before Python 3.12 that is a call of its own.
                self._loaders = loaders = []
                for scope in scopes:
                    for name in self._loader_names:
                        loaders.append(scope.get(name))
            if self._pending and self._pending[0][0] < step - 1:
                self._send_pending(step - 1)
            if self._seldom:
                self._send_seldom()
        except Exception as error:
            self._fail(error)

    def take(self, step: int, values: dict[str, float]) -> None:
        """Put the times of a step among the values of its event, once; none when they are not known (yet)."""
        try:
            if self._pending and self._pending[0][0] == step and self._clock.passed(self._pending[0][1]):
                self._sum_up(self._pending.popleft()[1], values)
        except Exception as error:
            self._fail(error)

    def add(self, phase: str, seconds: float, step: int | None) -> None:
        """Count a phase that has ended at a step."""
        part = PHASES.get(phase)
        if part in self._parts and part is not None and step is not None:
            metrics, name = self._seldom.setdefault(step, {}), METRIC.format(part)
            metrics[name] = metrics.get(name, 0.0) + seconds

    def close(self) -> None:
        """Send what is left, let go of the script's objects, and measure no more."""
        self._on = False
        self._loaders = []
        try:
            self._send_pending(sys.maxsize)
            self._send_seldom()
        except Exception as error:
            self._fail(error)

    def begin(self, name: str) -> bool:
        """Begin the time of a metric; False when it does not count: inside of another or of a phase, or switched off."""
        if not self._on or self._open is not None:
            return False
        try:
            if self._phases.active or (name == FORWARD and not self._learns()):
                return False
            self._began = self._clock.mark()
        except Exception as error:
            self._fail(error)
            return False
        self._open = name
        return True

    def end(self) -> None:
        """End what was begun."""
        name, self._open = self._open, None
        try:
            if name is not None:
                self._marks.append((name, self._began, self._clock.mark()))
        except Exception as error:
            self._fail(error)

    def _values(self, part: str, scopes: tuple[Scope, ...]) -> list[Any]:
        """What the names of a part stand for just now, lists taken apart."""
        values: list[Any] = []
        for name in self._parts[part].names if part in self._parts else ():
            value = next((found for scope in scopes if (found := scope.read(name)) is not None), None)
            values += value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        return values

    def _wrap_data(self, scopes: tuple[Scope, ...]) -> None:
        """Put a `next` among the script's globals, that measures those of the training's own loader."""
        if "data" not in self._parts:
            return
        original = scopes[0].get("next", builtins.next)
        metric = METRIC.format("data")

        @functools.wraps(original)
        def timed(*args: Any) -> Any:
            for loader in self._loaders:
                if args and args[0] is loader and self.begin(metric):
                    try:
                        return original(*args)
                    finally:
                        self.end()
            return original(*args)

        scopes[0].set("next", timed)

    def _wrap_methods(self, part: str, method: str, values: Iterable[Any]) -> None:
        """Put measuring methods in place of those of the values' classes."""
        if part not in self._parts:
            return
        classes = dict.fromkeys(type(value) for value in values)
        if not classes:
            self._problem(f"{METRIC.format(part)} cannot be measured", f"line {self._parts[part].line} uses something else")
        for kind in classes:
            try:
                setattr(kind, method, self._timed(METRIC.format(part), getattr(kind, method)))
            except Exception as error:  # a class of C code cannot be changed
                self._problem(f"{METRIC.format(part)} cannot be measured", error)

    def _timed(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.begin(name):
                return original(*args, **kwargs)
            try:
                return original(*args, **kwargs)
            finally:
                self.end()

        return timed

    def _sum_up(self, marks: Marks, values: dict[str, float]) -> None:
        seconds = self._clock.seconds
        for name, begin, end in marks:
            values[name] = values.get(name, 0.0) + seconds(begin, end)

    def _send_pending(self, before: int) -> None:
        """Send the times of the steps before one, as far as they are known."""
        while self._pending and self._pending[0][0] < before and self._clock.passed(self._pending[0][1]):
            step, marks = self._pending.popleft()
            values: dict[str, float] = {}
            self._sum_up(marks, values)
            self._emit("metrics", step=step + self._offset, m=values)
        if len(self._pending) > MOST_PENDING:
            self._pending.popleft()
            self._problem("the times of some steps are missing", "the GPU did not come to the events behind their parts")

    def _send_seldom(self) -> None:
        seldom, self._seldom = self._seldom, {}
        for step, metrics in seldom.items():
            self._emit("metrics", step=step, m=metrics)

    def _fail(self, error: Exception) -> None:
        self._on = False
        self._marks, self._open = [], None
        self._pending.clear()
        self._problem("the parts of a step are measured no more", error)


def _clock(torch: Any, models: list[Any]) -> Clock:
    """CUDA's clock when the model lies on a GPU of it, else the processor's."""
    try:
        device = next(iter(models[0].parameters())).device.type
    except (IndexError, AttributeError, TypeError, StopIteration):  # a model without torch
        device = None
    return CudaClock(torch.cuda) if device == "cuda" else HostClock()
