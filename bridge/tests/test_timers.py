"""The times of the parts of a step: of fake loops whose parts sleep, and of events of a fake CUDA."""

from __future__ import annotations

import sys
import textwrap
import unittest
import weakref
from types import ModuleType, SimpleNamespace
from typing import Any, cast
from unittest import mock

from nanochat_bridge.capabilities import find_capabilities
from nanochat_bridge.phases import Phases
from nanochat_bridge.scope import Scope
from nanochat_bridge.script import Timed
from nanochat_bridge.script_reader import analyse
from nanochat_bridge.timers import Timers
from tests.fake_training import BASE, FLAG, Result, WorkspaceTest, in_function, script

EVERY_STEP = ("timer/data", "timer/forward", "timer/backward", "timer/optimizer")

# What a step of nanochat's calls, with so many milliseconds in each.
STEPPING = """
import itertools, time
from nanochat.nn import Module
def work(milliseconds): time.sleep(milliseconds / 1000)
class Loss:
    def backward(self): work(8)
class Model(Module):
    def __call__(self, x):
        work(4)
        return Loss()
class Optimizer:
    param_groups = []
    def step(self): work(6)
class Fused(Optimizer):
    def step(self): super().step()
def batches():
    for at in itertools.count():
        work(2)
        yield at
"""
BEFORE = """
x = next(train_loader)
loss = model(x)
loss.backward()
for opt in optimizers:
    opt.step()
"""
HEAD = "from stepping import *\nmodel, train_loader, optimizers = Model(), batches(), [Optimizer(), Fused()]\n"


class LoopTest(WorkspaceTest):
    def setUp(self) -> None:
        super().setUp()
        self.write("stepping.py", STEPPING)

    def timed(self, loop: str = BASE, before: str = BEFORE) -> str:
        """A loop whose steps have parts; the fakes take the place of the model that `script` makes."""
        source = script(loop, extra=before)
        self.assertEqual(source.count("\nsmooth_train_loss = total"), 1)
        return source.replace("\nsmooth_train_loss = total", f"\n{HEAD}smooth_train_loss = total")

    def times(self, result: Result) -> dict[int, dict[str, float]]:
        """By step, what the step events and those beside them say."""
        self.assertEqual((result.code, result.of("problem")), (0, []), result.stderr)
        found: dict[int, dict[str, float]] = {}
        for event in result.of("step") + result.of("metrics"):
            times = {name: value for name, value in event["m"].items() if name.startswith("timer/")}
            if times:
                found.setdefault(event["step"], {}).update(times)
        return found

    def test_the_parts_sum_to_the_steps_time(self) -> None:
        for source in (self.timed(), in_function(self.timed())):
            result = self.run_script(source)
            times = self.times(result)
            self.assertEqual([step for step in times if "timer/data" in times[step]], list(range(1, 8)))
            missing = []
            for event in result.of("step")[1:]:
                parts = times[event["step"]]
                for name, least in zip(EVERY_STEP, (0.002, 0.004, 0.008, 0.012)):
                    self.assertGreaterEqual(parts[name], least * 0.95, name)
                whole = event["m"]["train/dt"]
                self.assertLessEqual(sum(parts[name] for name in EVERY_STEP), whole)
                missing.append(0.8 * whole - sum(parts[name] for name in EVERY_STEP))
            # On a busy machine a step may be held up between its parts, and not each one is.
            self.assertLess(min(missing), 0.005)

    def test_a_step_that_is_logged_when_it_has_been_counted_has_its_times_under_that_number(self) -> None:
        times = self.times(self.run_script(self.timed(FLAG)))
        self.assertEqual([step for step in times if "timer/forward" in times[step]], list(range(2, 9)))

    def test_the_script_prints_what_it_prints_without_them(self) -> None:
        plain = self.run_script(self.timed(), bridged=False)
        self.assertEqual(self.run_script(self.timed()).stdout, plain.stdout)

    def test_evaluations_and_saves_are_told_at_their_step_and_are_no_part_of_others(self) -> None:
        evaluation = "from stepping import Model\ndef evaluate_bpb(step):\n    Model()(0)\n    return 1.0\n"
        self.write("nanochat/evaluation.py", evaluation + "class Engine:\n    def generate_batch(self): pass\nclass Tokenizer: pass\n")
        times = self.times(self.run_script(self.timed(), "--eval-every=2"))
        self.assertEqual([step for step in sorted(times) if "timer/eval" in times[step]], [0, 2, 4, 6, 8])
        self.assertEqual([step for step in times if "timer/save" in times[step]], [8])
        both = [times[step] for step in (2, 4, 6)]
        self.assertGreaterEqual(min(parts["timer/eval"] for parts in both), 0.0038)
        # Of three one is made without another process in between.
        self.assertLess(min(parts["timer/forward"] - parts["timer/eval"] for parts in both), 0.0038)

    def test_other_loaders_models_in_a_guard_and_generators_of_the_script_are_not_counted(self) -> None:
        guarded = "if step % 2 == 0:\n    y = next(val_loader)\n"
        source = self.timed(before=BEFORE + guarded).replace("model, train", "val_loader = batches()\nmodel, train")
        times = self.times(self.run_script(source))
        data = [times[step]["timer/data"] for step in range(1, 8)]
        self.assertLess(min(data[1::2]), 0.0039, "a step that takes two batches counts one")

    def test_a_step_made_in_a_function_has_its_parts(self) -> None:
        body = BEFORE.replace("model", "net") + "net.zero_grad(set_to_none=True)\n"
        function = "def one_step(net):\n    global loss\n" + textwrap.indent(body, "    ")
        source = self.timed(before="").replace("model.zero_grad(set_to_none=True)", "one_step(model)")
        times = self.times(self.run_script(source.replace(HEAD, HEAD + function)))
        self.assertEqual(set(times[3]), set(EVERY_STEP))

    def test_what_is_absent_is_not_sent_and_has_a_reason(self) -> None:
        result = self.run_script(script(BASE))
        timers = result.events[0]["capabilities"]["timers"]
        self.assertTrue(timers["available"])
        self.assertEqual(set(timers["missing"]), set(EVERY_STEP))
        self.assertIn("no `.backward()` was found in the loop of scripts.fake_train", timers["missing"]["timer/backward"])
        self.assertEqual({name for parts in self.times(result).values() for name in parts}, {"timer/save"})

    def test_a_part_that_is_done_with_something_else_is_a_problem_and_no_zero(self) -> None:
        self.write("stepping.py", STEPPING.replace("    param_groups = []\n", ""))
        result = self.run_script(self.timed())
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual([event["what"] for event in result.of("problem")], ["timer/optimizer cannot be measured"])
        self.assertFalse(any("timer/optimizer" in event["m"] for event in result.of("step")))

    def test_a_failure_of_a_clock_leaves_the_training_as_it_was(self) -> None:
        plain = self.run_script(self.timed(), bridged=False)
        broken = "if step == 3:\n    import nanochat_bridge.timers as t\n    t.HostClock.mark = staticmethod(lambda: 1 / 0)\n"
        result = self.run_script(self.timed(before=broken + BEFORE))
        self.assertEqual((result.code, result.stdout), (0, plain.stdout))
        self.assertEqual([event["what"] for event in result.of("problem")], ["the parts of a step are measured no more"])
        self.assertEqual([event["step"] for event in result.of("step") if "timer/data" in event["m"]], [1])

    def test_a_failure_inside_a_part_reads_as_without_the_bridge(self) -> None:
        self.write("stepping.py", STEPPING.replace("work(8)", "1 / 0 if work.__dict__.setdefault('n', []) or work.n.append(1) else 0"))
        result = self.run_script(self.timed())
        self.assertEqual(result.code, 1)
        self.assertIn("ZeroDivisionError", result.stderr)
        self.assertNotIn("nanochat_bridge", result.stderr)


class FakeEvent:
    """An event of a GPU that comes to what it was asked for when the test says so; a millisecond lies between two."""

    done = 0
    # Those that somebody still has.
    made: weakref.WeakSet[FakeEvent] = weakref.WeakSet()
    recorded = 0

    def __init__(self, enable_timing: bool = False) -> None:
        assert enable_timing
        FakeEvent.made.add(self)
        self.at = 0

    def record(self) -> None:
        FakeEvent.recorded += 1
        self.at = FakeEvent.recorded

    def query(self) -> bool:
        return self.at <= FakeEvent.done

    def elapsed_time(self, end: FakeEvent) -> float:
        assert self.query() and end.query(), "asked before it has passed"
        return float(end.at - self.at)

    def synchronize(self) -> None:
        raise AssertionError("nothing waits for the GPU")


class Model:
    """On a GPU, as far as it tells."""

    def parameters(self) -> list[Any]:
        return [SimpleNamespace(device=SimpleNamespace(type="cuda"))]

    def __call__(self) -> int:
        return 7


class CudaTest(unittest.TestCase):
    def setUp(self) -> None:
        FakeEvent.done, FakeEvent.recorded, FakeEvent.made = 0, 0, weakref.WeakSet()
        torch: Any = ModuleType("torch")
        torch.cuda = SimpleNamespace(Event=FakeEvent, synchronize=FakeEvent.synchronize)
        self.gradients = True
        torch.is_grad_enabled = lambda: self.gradients
        patched = mock.patch.dict(sys.modules, {"torch": torch})
        patched.start()
        self.addCleanup(patched.stop)
        self.sent: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.kind = type("Model", (Model,), {})
        model = self.kind()
        self.model: Any = model
        self.scopes = (Scope(sys._getframe()),)
        self.timers = Timers(
            {"forward": Timed(1, ("model",))},
            0,
            lambda kind, **event: self.sent.append(event),
            lambda what, why: self.problems.append(f"{what}: {why}"),
            cast(Phases, SimpleNamespace(active=False)),
        )
        self.timers.attach(self.scopes)

    def taken(self, step: int) -> dict[str, float]:
        values: dict[str, float] = {}
        self.timers.take(step, values)
        return values

    def test_events_are_read_when_the_gpu_has_passed_them_and_used_again(self) -> None:
        self.assertEqual(self.model() + self.model(), 14)
        self.timers.at_hook(1, self.scopes)
        self.assertEqual(self.taken(1), {}, "the GPU is behind")
        FakeEvent.done = FakeEvent.recorded
        self.assertEqual(self.taken(1), {"timer/forward": 0.002})
        for step in range(2, 50):
            self.model()
            self.timers.at_hook(step, self.scopes)
            FakeEvent.done = FakeEvent.recorded
            self.assertEqual(self.taken(step), {"timer/forward": 0.001})
        self.assertEqual((len(FakeEvent.made), self.sent, self.problems), (4, [], []))

    def test_what_was_not_ready_with_its_step_is_sent_later_under_its_number(self) -> None:
        for step in (1, 2, 3):
            self.model()
            self.timers.at_hook(step, self.scopes)
            self.assertEqual(self.taken(step), {})
        FakeEvent.done = 4
        self.timers.at_hook(4, self.scopes)
        self.timers.close()
        self.assertEqual(self.sent, [{"step": step, "m": {"timer/forward": 0.001}} for step in (1, 2)])
        self.assertEqual(self.problems, [])

    def test_a_gpu_that_never_comes_to_its_events_costs_no_memory(self) -> None:
        for step in range(1, 500):
            self.model()
            self.timers.at_hook(step, self.scopes)
        self.assertLess(len(FakeEvent.made), 2 * 70)
        self.assertEqual(len(set(self.problems)), 1)

    def test_a_model_that_is_called_without_gradients_is_not_trained(self) -> None:
        self.gradients = False
        self.assertEqual(self.model(), 7)
        self.assertEqual(FakeEvent.recorded, 0)

    def test_a_gpu_that_fails_ends_the_measuring_and_nothing_else(self) -> None:
        with mock.patch.object(FakeEvent, "record", side_effect=RuntimeError("CUDA error")):
            self.assertEqual(self.model(), 7)
        self.assertEqual((self.model(), FakeEvent.recorded), (7, 0))
        self.assertEqual(self.problems, ["the parts of a step are measured no more: CUDA error"])


class SourceTest(unittest.TestCase):
    def test_a_loop_with_nothing_to_time_says_so(self) -> None:
        found = analyse("scripts.x", "x.py", "for step in range(3):\n    model.zero_grad()\n")
        capability = find_capabilities(found).timers
        self.assertEqual(capability.reason, "no part of a step was found in the loop of scripts.x")
        self.assertEqual(find_capabilities(found).refusal("timers"), find_capabilities(found).refusal("metrics").replace("metrics", "timers"))  # type: ignore[union-attr]

    def test_both_ways_of_going_back_and_the_optimizer_behind_a_scaler_are_found(self) -> None:
        source = """
for step in range(3):
    loss = model(x)
    if scaler is not None:
        scaler.scale(loss).backward()
        scaler.step(optimizer)
    else:
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.zero_grad()
"""
        loop = analyse("scripts.x", "x.py", source).loop
        assert loop is not None
        self.assertEqual(set(loop.parts["backward"].names), {"loss", "scaler"})
        self.assertEqual(loop.parts["optimizer"], Timed(6, ("optimizer",)))


if __name__ == "__main__":
    unittest.main()
