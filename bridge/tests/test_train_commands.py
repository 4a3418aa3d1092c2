"""Save and stop, on every shape of script, with one rank and with several."""

from __future__ import annotations

from tests.fake_training import (
    BASE,
    FLAG,
    OLD_BASE,
    RANGE_END,
    REWARDS,
    SAVE_BEHIND,
    Result,
    WorkspaceTest,
    in_function,
    script,
)

SAVE_AT_2 = {2: ("save",)}
STOP_AT_2 = {2: ("stop",)}
# A disk that takes nothing when a stop at step 2 saves, and does at the end.
FULL_UNTIL_6 = (
    "if step == 2 and rank == 0: open('disk_is_full', 'w').close()\n"
    "if step == 6 and rank == 0: os.remove('disk_is_full')"
)
# Asked for at step 2, agreed for step 4, whose hook sees five updates.
SAVED_AS = 5


def steps_of(result: Result) -> list[int]:
    return [int(line.split()[1]) for line in result.stdout.splitlines() if line.startswith("step ")]


class SaveTest(WorkspaceTest):
    def check_save(self, source: str, *arguments: str, saved_as: int = SAVED_AS) -> Result:
        plain = self.run_script(source.replace("ask(*", "(lambda *commands: None)(*"), *arguments, bridged=False)
        result = self.run_script(source, *arguments)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.of("problem"), [])
        self.assertEqual(
            result.answers(), [("save-0", "seen", 2), ("save-0", "applied", 4), ("save-0", "done", saved_as)]
        )
        self.assertEqual(result.of("command", state="seen")[0]["at"], 4)
        (requested,) = result.of("checkpoint", trigger="request")
        done = result.of("command", state="done")[0]
        self.assertEqual((done["dir"], done["bytes"]), (requested["dir"], requested["bytes"]))
        self.assertTrue(requested["files"])
        self.assertEqual(set(plain.files) & set(result.files), set(plain.files), "the script's own saves are all there")
        self.assertEqual(steps_of(result), steps_of(plain))
        return result

    def test_the_scripts_own_branch_saves(self) -> None:
        result = self.check_save(script(BASE, SAVE_AT_2))
        self.assertIn("args.save_every", result.events[0]["capabilities"]["save"]["how"])
        self.assertEqual([c["step"] for c in result.of("checkpoint")], [5, 8])

    def test_a_regular_interval_keeps_its_steps(self) -> None:
        result = self.check_save(script(BASE, SAVE_AT_2), "--save-every=3")
        saved = [(c["step"], c["trigger"]) for c in result.of("checkpoint")]
        self.assertEqual(saved, [(3, "schedule"), (5, "request"), (6, "schedule"), (8, "final")])

    def test_inside_a_function(self) -> None:
        self.check_save(in_function(script(BASE, SAVE_AT_2)))

    def test_a_guard_that_no_interval_satisfies(self) -> None:
        for guard in ("last_step or periodic", "last_step or (args.save_every != -1 and periodic)"):
            source = script(BASE, SAVE_AT_2, guard=guard).replace("val_bpb = None", "val_bpb = periodic = None", 1)
            result = self.check_save(source)
            self.assertIn("run at the end of a step", result.events[0]["capabilities"]["save"]["how"])

    def test_a_guard_that_no_interval_satisfies_inside_a_function(self) -> None:
        source = script(BASE, SAVE_AT_2, guard="last_step or periodic")
        self.check_save(in_function(source.replace("val_bpb = None", "val_bpb = periodic = None", 1)))

    def test_a_script_that_saves_when_a_flag_is_set(self) -> None:
        self.check_save(script(FLAG, SAVE_AT_2))

    def test_a_script_that_saves_on_the_last_step_only(self) -> None:
        self.check_save(script(OLD_BASE, SAVE_AT_2))

    def test_a_script_that_saves_behind_its_loop_with_names_that_are_not_set_yet(self) -> None:
        self.check_save(script(RANGE_END, SAVE_AT_2))

    def test_a_script_that_saves_after_the_step_calls_it_by_that_step(self) -> None:
        self.check_save(script(REWARDS, SAVE_AT_2), "--save-every=100", saved_as=4)

    def test_two_at_once_are_one_checkpoint_and_two_answers(self) -> None:
        result = self.run_script(script(BASE, {2: ("save", "save")}))
        done = [(e["id"], e["step"]) for e in result.of("command", state="done")]
        self.assertEqual(done, [("save-0", 5), ("save-1", 5)])
        self.assertEqual([c["step"] for c in result.of("checkpoint")], [5, 8])

    def test_one_after_another(self) -> None:
        result = self.run_script(script(BASE, {1: ("save",), 2: ("save",)}))
        done = [(event["id"], event["step"]) for event in result.of("command", state="done")]
        self.assertEqual(done, [("save-0", 4), ("save-1", 5)])

    def test_on_the_last_step_it_is_answered_by_the_final_checkpoint(self) -> None:
        result = self.run_script(script(BASE, {5: ("save",)}))
        self.assertEqual(result.answers()[-1], ("save-0", "done", 8))
        self.assertEqual([c["step"] for c in result.of("checkpoint")], [8])

    def test_too_late_it_is_refused_with_the_reason(self) -> None:
        result = self.run_script(script(BASE, {6: ("save",), 7: ("save",)}))
        refused = result.of("command", state="refused")
        self.assertEqual([event["id"] for event in refused], ["save-0", "save-1"])
        self.assertIn("scripts.fake_train ended after step 7, before step 8", refused[0]["reason"])
        self.assertEqual(result.events[-1]["kind"], "bye")

    def test_a_stop_in_the_last_steps_is_answered_by_the_end(self) -> None:
        result = self.run_script(script(BASE, {6: ("stop",)}) + "ask('stop')\n")
        self.assertEqual(result.answers(), [("stop-0", "seen", 6)])
        self.assertEqual(result.code, 0)

    def test_one_that_nobody_has_looked_at_is_refused_too(self) -> None:
        result = self.run_script(script(BASE) + "ask('save')\n")
        self.assertEqual(result.answers(), [("save-0", "refused", 7)])

    def test_what_the_bridge_does_not_know_is_refused(self) -> None:
        result = self.run_script(script(BASE, {1: ("explode",)}))
        self.assertEqual(result.answers(), [("explode-0", "refused", 1)])
        self.assertIn("this bridge knows evaluate, patch", result.of("command")[0]["reason"])

    def test_a_full_disk_costs_the_checkpoint_and_not_the_training(self) -> None:
        full = "open('disk_is_full', 'w').close() if step == 2 else None\nif step == 6: os.remove('disk_is_full')"
        for loop in (BASE, OLD_BASE):
            result = self.run_script(script(loop, SAVE_AT_2, extra=full))
            self.assertEqual(result.code, 0, result.stderr)
            self.assertEqual(len(steps_of(result)), 8)
            self.assertIn("No space left", result.of("command", state="refused")[0]["reason"])
            self.assertFalse([file for file in result.files if "000005" in file], "no half of a checkpoint")

    def test_a_save_whose_folder_cannot_be_made_is_refused_and_the_training_goes_on(self) -> None:
        in_the_way = "if step == 1: open('checkpoints', 'w').close()\nif step == 6: os.remove('checkpoints')"
        result = self.run_script(script(BASE, {2: ("save",)}, extra=in_the_way))
        self.assertEqual(result.answers()[-1], ("save-0", "refused", 5))
        self.assertIn("checkpoints", result.of("command", state="refused")[0]["reason"])
        self.assertEqual((result.code, [event["step"] for event in result.of("checkpoint")]), (0, [8]))

    def test_a_failing_save_of_the_scripts_own_fails_as_it_would_without_the_bridge(self) -> None:
        self.write("disk_is_full", "")
        result = self.run_script(script(BASE))
        self.assertEqual(result.code, 1)
        self.assertIn("No space left on device", result.stderr)

    def test_time_spent_on_it_is_not_counted_as_training(self) -> None:
        manager = self.folder / "nanochat/checkpoint_manager.py"
        slow = "import time\n" + manager.read_text().replace("if rank == 0:", "time.sleep(0.3)\n    if rank == 0:")
        manager.write_text(slow)
        for source in (script(OLD_BASE, SAVE_AT_2), in_function(script(OLD_BASE, SAVE_AT_2))):
            result = self.run_script(source)
            self.assertLess(max(event["m"]["train/dt"] for event in result.of("step")), 0.25)


class StopTest(WorkspaceTest):
    def check_stop(self, source: str, *arguments: str, saved_as: int = SAVED_AS) -> Result:
        result = self.run_script(source, *arguments)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.of("problem"), [])
        answers = result.answers()
        self.assertEqual(answers, [("stop-0", "seen", 2), ("stop-0", "applied", 4), ("stop-0", "done", saved_as)])
        self.assertEqual(steps_of(result)[:6], [s for s in steps_of(result) if s <= 5])
        self.assertEqual(result.of("checkpoint")[-1]["step"], saved_as)
        self.assertIn("wandb finished\ncleaned up\n", result.stdout)
        return result

    def test_a_loop_with_a_horizon_ends_itself(self) -> None:
        for source in (script(BASE, STOP_AT_2), in_function(script(BASE, STOP_AT_2)), script(OLD_BASE, STOP_AT_2)):
            result = self.check_stop(source)
            self.assertEqual(steps_of(result), [0, 1, 2, 3, 4])
            self.assertEqual([event["step"] for event in result.of("step")], [0, 1, 2, 3, 4])

    def test_a_while_loop_that_saves_behind_itself_is_left_after_saving(self) -> None:
        loop = BASE.replace("while True", "while step < num_iterations").replace("    if last_step:\n        break\n", "")
        loop = loop.replace("    if GUARD:\n        SAVE\n", "").replace('print("ended at", step)', SAVE_BEHIND)
        result = self.check_stop(script(loop, STOP_AT_2))
        # Behind the loop nothing could go on any more when the save fails.
        self.assertIn("left by an exception", result.events[0]["capabilities"]["stop"]["how"])

    def test_schedules_that_are_made_of_the_horizon_do_not_change(self) -> None:
        extra = "lrm = 1 - step / num_iterations if step < round(0.9 * num_iterations) else 0.5"
        result = self.check_stop(script(BASE, STOP_AT_2, extra=extra))
        self.assertEqual([e["m"]["train/lrm"] for e in result.of("step")], [1 - step / 8 for step in range(5)])

    def test_a_flag_ends_the_loop(self) -> None:
        self.assertEqual(steps_of(self.check_stop(script(FLAG, STOP_AT_2))), [1, 2, 3, 4, 5])

    def test_a_loop_that_cannot_end_itself_is_left_after_saving(self) -> None:
        self.check_stop(script(RANGE_END, STOP_AT_2))

    def test_a_generator_that_is_left_is_closed(self) -> None:
        kept = "import atexit, remote\natexit.register(print, 'interpreter ends')\nremote.kept = batches"
        source = script(REWARDS, STOP_AT_2).replace("batches = rollouts()", f"batches = rollouts()\n{kept}")
        result = self.check_stop(source, "--save-every=100", saved_as=4)
        self.assertTrue(result.stdout.endswith("generator closed\ninterpreter ends\n"), result.stdout)
        self.assertEqual(result.stderr, "")

    def test_the_evaluations_of_the_last_step_are_skipped(self) -> None:
        result = self.check_stop(script(BASE, STOP_AT_2), "--eval-every=3", "--sample-every=100")
        self.assertEqual([e["step"] for e in result.logged()], [0, 3])
        self.assertEqual(result.of("sample"), [])

    def test_a_checkpoint_that_records_an_evaluation_gets_one(self) -> None:
        source = script(BASE, STOP_AT_2).replace("val_bpb = None\n", "", 1)
        source = source.replace("step % args.eval_every == 0", "step == 99")
        result = self.check_stop(source, "--eval-every=3")
        self.assertEqual([e["step"] for e in result.logged()], [5])

    def test_a_save_with_it_is_answered_by_its_checkpoint(self) -> None:
        result = self.run_script(script(BASE, {2: ("save", "stop")}))
        done = [(event["id"], event["step"]) for event in result.of("command", state="done")]
        self.assertEqual(done, [("save-0", 5), ("stop-1", 5)])

    def test_what_comes_after_it_is_refused(self) -> None:
        result = self.run_script(script(BASE, {2: ("stop",), 3: ("save",), 4: ("stop",)}))
        refused = result.of("command", state="refused")
        self.assertEqual([event["id"] for event in refused], ["save-1", "stop-2"])
        self.assertIn("stopped at step 5 by an earlier command", refused[0]["reason"])

    def check_goes_on(self, source: str, *arguments: str, ranks: int = 1) -> Result:
        """A stop at step 2 whose save fails is refused; the run trains on to its end and saves there."""
        plain = self.run_script(source.replace("ask(*", "(lambda *commands: None)(*"), *arguments, bridged=False)
        result = self.run_script(source, *arguments, ranks=ranks)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.answers()[-1][:2], ("stop-0", "refused"))
        self.assertEqual(steps_of(result), steps_of(plain))
        self.assertFalse([file for file in result.files if "000005" in file], "no half of a checkpoint")
        self.assertEqual(set(plain.files) - set(result.files), set(), "the script's own checkpoints are there")
        return result

    def test_a_save_that_fails_is_refused_and_the_run_trains_on(self) -> None:
        for name, loop in (("horizon", BASE), ("range", OLD_BASE), ("flag", FLAG), ("behind", RANGE_END)):
            with self.subTest(name):
                result = self.check_goes_on(script(loop, STOP_AT_2, extra=FULL_UNTIL_6), "--eval-every=7")
                reason = result.of("command", state="refused")[0]["reason"]
                self.assertRegex(reason, "^saving step 5 to .* failed: OSError: .*No space left on device; the run trains on$")
        self.check_goes_on(in_function(script(BASE, STOP_AT_2, extra=FULL_UNTIL_6)), "--eval-every=7")

    def test_evaluations_that_it_would_have_skipped_come_again(self) -> None:
        result = self.check_goes_on(script(BASE, STOP_AT_2, extra=FULL_UNTIL_6), "--eval-every=7")
        self.assertEqual([event["step"] for event in result.logged()], [0, 7, 8])

    def test_it_can_be_asked_for_again(self) -> None:
        result = self.run_script(script(BASE, {2: ("stop",), 6: ("stop",)}, extra=FULL_UNTIL_6), "--num-iterations=12")
        last = [answer for answer in result.answers() if answer[1] in ("done", "refused")]
        self.assertEqual(last, [("stop-0", "refused", 5), ("stop-1", "done", 9)])
        self.assertEqual(steps_of(result), list(range(9)))

    def test_a_save_asked_for_beside_it_is_refused_with_it(self) -> None:
        result = self.run_script(script(BASE, {2: ("save", "stop")}, extra=FULL_UNTIL_6))
        refused = [(event["id"], event["step"]) for event in result.of("command", state="refused")]
        self.assertEqual((refused, result.code), ([("save-0", 5), ("stop-1", 5)], 0))

    def test_out_of_a_pause_it_trains_on(self) -> None:
        full = FULL_UNTIL_6.replace("step == 6", "step == 9")
        result = self.run_script(script(BASE, {2: ("pause", "later:stop")}, extra=full), "--num-iterations=12")
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.answers()[-1][:2], ("stop-1", "refused"))
        self.assertEqual(steps_of(result), list(range(12)))

    def test_the_scripts_own_last_save_fails_as_without_it(self) -> None:
        full = FULL_UNTIL_6.replace("step == 6", "step == 60")
        for loop in (BASE, OLD_BASE):
            result = self.run_script(script(loop, {5: ("stop",)}, extra=full))
            self.assertEqual(result.code, 1)
            self.assertIn("No space left on device", result.stderr)


class RanksTest(WorkspaceTest):
    def test_all_ranks_save_at_the_same_step(self) -> None:
        result = self.run_script(script(BASE, SAVE_AT_2), ranks=3)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.answers(), [("save-0", "seen", 2), ("save-0", "applied", 4), ("save-0", "done", 5)])
        for rank in (1, 2):
            self.assertEqual([event["kind"] for event in result.ranks[rank]], ["hello", "command", "bye"])
            self.assertEqual(result.answers(rank), [("save-0", "applied", 4)])
        names = {file["name"] for file in result.of("checkpoint")[0]["files"]}
        self.assertTrue({f"optim_000005_rank{rank}.pt" for rank in range(3)} < names)

    def test_what_another_rank_writes_later_is_in_the_checkpoint_that_is_reported(self) -> None:
        manager = self.folder / "nanochat/checkpoint_manager.py"
        wait = """
    while rank == 1 and '"state":"end"' not in open(os.environ["NANOCHAT_BRIDGE_DIR"] + "/events.rank0.jsonl").read():
        pass
"""
        text = manager.read_text(encoding="utf-8")
        manager.write_text(text.replace("rank=0):\n", f"rank=0):\n{wait}"), encoding="utf-8")
        result = self.run_script(script(BASE, SAVE_AT_2), ranks=2)
        names = [file["name"] for file in result.of("checkpoint", trigger="request")[0]["files"]]
        self.assertIn("optim_000005_rank1.pt", names)

    def test_all_ranks_stop_at_the_same_step_by_every_mechanism(self) -> None:
        cases = {"horizon": (BASE, 5), "flag": (FLAG, 5), "behind": (RANGE_END, 5), "rewards": (REWARDS, 4)}
        for name, (loop, saved_as) in cases.items():
            with self.subTest(name):
                result = self.run_script(script(loop, STOP_AT_2), "--save-every=100", ranks=2)
                self.assertEqual(result.code, 0, result.stderr)
                self.assertEqual(result.answers()[-1], ("stop-0", "done", saved_as))
                self.assertEqual(result.answers(1), [("stop-0", "applied", 4)])
                self.assertEqual(result.ranks[1][-1]["step"], 4)

    def test_statements_that_only_the_first_rank_runs_are_run_by_it_alone(self) -> None:
        result = self.run_script(script(OLD_BASE, SAVE_AT_2), ranks=2)
        self.assertEqual(result.answers()[-1], ("save-0", "done", 5))
        self.assertEqual(result.answers(1), [("save-0", "applied", 4)])

    def test_statements_that_all_ranks_run_write_every_part(self) -> None:
        result = self.run_script(script(FLAG, SAVE_AT_2), ranks=2)
        self.assertIn("checkpoints/d2/optim_000005_rank1.pt", result.files)
        self.assertEqual(result.of("command", state="done")[0]["step"], 5)

    def test_a_stop_whose_save_fails_on_one_rank_is_refused_and_all_train_on(self) -> None:
        cases = {"horizon": BASE, "range": OLD_BASE, "flag": FLAG, "behind": RANGE_END, "rewards": REWARDS}
        for name, loop in cases.items():
            with self.subTest(name):
                source = script(loop, STOP_AT_2, extra=FULL_UNTIL_6)
                result = self.run_script(source, "--save-every=100", ranks=2)
                self.assertEqual(result.code, 0, result.stderr)
                self.assertEqual(result.answers()[-1][:2], ("stop-0", "refused"))
                self.assertIn("No space left", result.of("command", state="refused")[0]["reason"])
                self.assertEqual(result.ranks[1][-1]["step"], result.events[-1]["step"])
                self.assertFalse([file for file in result.files if "000005" in file or "000004" in file])

    def test_a_rank_whose_data_ends_at_the_stop_leaves_no_other_waiting(self) -> None:
        source = script(FLAG, STOP_AT_2, extra="if rank == 0 and step == 4: exec('last_step = True')")
        result = self.run_script(source, ranks=2)
        self.assertEqual((result.code, result.answers()[-1][:2]), (0, ("stop-0", "done")), result.stderr)

    def test_a_rank_that_cannot_write_its_part_keeps_all_of_them_training(self) -> None:
        manager = self.folder / "nanochat/checkpoint_manager.py"
        full = "    if rank == 1 and step < 8: raise OSError(28, 'No space left on device')\n"
        manager.write_text(manager.read_text(encoding="utf-8").replace("rank=0):\n", f"rank=0):\n{full}"), encoding="utf-8")
        for loop in (BASE, FLAG):
            result = self.run_script(script(loop, STOP_AT_2), ranks=2)
            self.assertEqual(result.code, 0, result.stderr)
            self.assertIn("rank 1 could not write its part", result.of("command", state="refused")[0]["reason"])
            self.assertEqual((len(result.of("step")), result.ranks[1][-1]["step"]), (8, 7))
            self.assertFalse([file for file in result.files if "000005" in file])
