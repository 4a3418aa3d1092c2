"""The parts of the hook, one by one: integers, frames, and what is read from a script's source."""

from __future__ import annotations

import json
import pickle
import sys
import unittest

from nanochat_bridge.capabilities import find_capabilities
from nanochat_bridge.intervals import EveryInt, StopInt
from nanochat_bridge.metrics import row_metrics
from nanochat_bridge.scope import Scope
from nanochat_bridge.script import Script
from nanochat_bridge.script_reader import analyse


class EveryIntTest(unittest.TestCase):
    def fires(self, every: int, steps: range) -> list[int]:
        return [step for step in steps if every > 0 and step % every == 0]

    def test_a_regular_interval_fires_at_its_steps_and_the_extra_ones(self) -> None:
        every = EveryInt(4)
        self.assertEqual(self.fires(every, range(1, 10)), [4, 8])
        every.extra.add(7)
        self.assertEqual(self.fires(every, range(1, 10)), [4, 7, 8])

    def test_a_disabled_interval_fires_at_the_extra_steps_alone(self) -> None:
        for off in (-1, 0):
            every = EveryInt(off)
            self.assertEqual(self.fires(every, range(10)), [])
            every.extra.add(7)
            self.assertEqual(self.fires(every, range(10)), [7])

    def test_it_is_otherwise_the_number(self) -> None:
        every = EveryInt(4)
        every.extra.add(1)
        self.assertEqual((every * 2, every == 4, f"{every:03d}", json.dumps(every)), (8, True, "004", "4"))
        self.assertIs(type(pickle.loads(pickle.dumps(every))), int)


class StopIntTest(unittest.TestCase):
    def test_every_way_of_asking_for_the_end_is_true_at_the_stop(self) -> None:
        end = StopInt(100, 7)
        self.assertTrue(7 == end and 7 >= end and not 7 < end and 100 == end)
        self.assertTrue(6 != end and 6 < end and not 6 >= end and not 6 == end)

    def test_arithmetic_keeps_the_original(self) -> None:
        end = StopInt(100, 7)
        self.assertEqual((end - 1, 50 / end, round(0.2 * end), f"{end:05d}"), (99, 0.5, 20, "00100"))
        self.assertIs(type(pickle.loads(pickle.dumps(end))), int)


class ScopeTest(unittest.TestCase):
    def test_locals_and_cells_are_written(self) -> None:
        step, seen = 1, "outside"

        def read() -> tuple[int, str]:
            return step, seen

        Scope(sys._getframe()).set("step", 5)
        scope = Scope(sys._getframe())
        scope.set("seen", "inside")
        self.assertEqual((read(), step), ((5, "inside"), 5))

    def test_several_can_be_set_one_after_the_other(self) -> None:
        first = second = 0
        scope = Scope(sys._getframe())
        scope.set("first", 1)
        scope.set("second", 2)
        self.assertEqual((first, second), (1, 2))

    def test_a_local_that_is_not_bound_yet_can_be_set(self) -> None:
        Scope(sys._getframe()).set("later", 3)
        if self.id() == "":
            later = 0
        self.assertEqual(later, 3)

    def test_what_is_no_local_is_a_global(self) -> None:
        Scope(sys._getframe()).set("a_global_of_this_test", 1)
        self.addCleanup(globals().pop, "a_global_of_this_test")
        self.assertEqual(globals()["a_global_of_this_test"], 1)


class SourceTest(unittest.TestCase):
    def read(self, source: str) -> Script:
        return analyse("scripts.x", "x.py", source)

    def loop(self, guard: str, count: str = "step += 1", flag: str = "step == num_iterations") -> str:
        return f"""
from kit.checkpoints import save_checkpoint
while True:
    last_step = {flag}
    if {guard}:
        save_checkpoint(where, step, a, b, {{}}, rank=r)
    if last_step:
        break
    for _ in range(2):
        loss.backward()
    model.zero_grad(set_to_none=True)
    {count}
"""

    def test_guards_that_an_interval_satisfies(self) -> None:
        for guard, every in {
            "last_step or (step > 0 and args.save_every > 0 and step % args.save_every == 0)": "args.save_every",
            "step > 0 and save_every > 0 and step % save_every == 0": "save_every",
            "master_process and (step > 0 and step % n.every == 0 or step == last)": "n.every",
            "last_step or (step > 0 and tokens_due and step % args.save_every == 0)": None,
            "last_step or is_periodic_save": None,
            "last_step or step % args.save_every == 1": None,
            "last_step or (not quiet and step % save_every == 0)": None,
        }.items():
            save = self.read(self.loop(guard)).save
            assert save is not None
            self.assertEqual(save.every, every, guard)

    def test_the_end_of_the_loop(self) -> None:
        for flag, stop_by in {
            "step == num_iterations": "horizon",
            "step >= args.num_iterations": "horizon",
            "bool(reduced.item())": "flag",
            "step == num_iterations - 1": "raise",
            "last_step or step > 9": "raise",
        }.items():
            capabilities = find_capabilities(self.read(self.loop("last_step", flag=flag)))
            self.assertEqual(capabilities.stop_by, stop_by, flag)

    def test_a_save_that_the_last_step_does_not_reach_is_made_before_leaving(self) -> None:
        capabilities = find_capabilities(self.read(self.loop("step % args.save_every == 0")))
        self.assertEqual((capabilities.save_by, capabilities.stop_by), ("interval", "raise"))

    def test_a_step_made_in_a_function_of_the_script_is_found_in_the_loop_that_calls_it(self) -> None:
        source = self.loop("last_step").replace("model.zero_grad(set_to_none=True)", "one_step(model)")
        script = self.read("def one_step(model):\n    model.zero_grad(set_to_none=True)\n" + source)
        assert script.loop is not None
        self.assertEqual((script.loop.owner, script.package), ("<module>", "kit"))

    def test_a_save_in_another_function_is_out_of_reach_and_said_to_be(self) -> None:
        source = self.loop("last_step").replace("save_checkpoint(where", "save_all(where")
        capabilities = find_capabilities(self.read(source + "def save_all(*a):\n    save_checkpoint(*a)\n"))
        self.assertIsNone(capabilities.metrics.reason)
        self.assertIn("does not call save_checkpoint where its loop is", capabilities.save.reason or "")
        self.assertEqual(capabilities.refusal("stop"), capabilities.stop.reason)


class RowTest(unittest.TestCase):
    def test_rows_keep_what_the_steps_do_not_carry(self) -> None:
        row = {
            "step": 3,
            "train/loss": 1.0,
            "total_training_flops": 7,
            "val/bpb": 0.9,
            "train/extra": 2,
            "note": "12 words",
            "flag": True,
            "tensor": object(),
            "centered_results": {"arc": 0.1},
            "nested": {"deep": {"er": 1}},
        }
        sent = frozenset({"train/loss", "train/flops"})
        expected = {"val/bpb": 0.9, "train/extra": 2, "core/arc": 0.1, "nested/deep/er": 1}
        self.assertEqual(row_metrics(row, sent), expected)
