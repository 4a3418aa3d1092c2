"""Evaluate, sample, pause and patch: what a running loop can be told besides saving and stopping."""

from __future__ import annotations

from typing import Any

from tests.fake_training import BASE, OLD_BASE, Result, WorkspaceTest, in_function, script
from tests.test_train_commands import steps_of

# A learning rate that the loop scales at each step, as all trainers do, and what it comes to.
OPTIMIZER = """
if step == 0:
    class Named: pass
    weights, head = Named(), Named()
    model.named_parameters = lambda: [("transformer.h.0.w", weights), ("lm_head.weight", head)]
    args.matrix_lr, args.unembedding_lr, args.depth = 0.02, 0.004, 4
    optimizer = Named()
    optimizer.param_groups = [{"params": [weights], "initial_lr": 0.01}, {"params": [head], "initial_lr": 0.002}]
print("rates", step, *[group["initial_lr"] for group in optimizer.param_groups])
"""


def evaluated(result: Result) -> list[int]:
    return [event["step"] for event in result.of("metrics") if "val/bpb" in event["m"]]


def rates(result: Result) -> dict[int, tuple[float, ...]]:
    rows = [line.split()[1:] for line in result.stdout.splitlines() if line.startswith("rates ")]
    return {int(step): tuple(map(float, numbers)) for step, *numbers in rows}


class BranchTest(WorkspaceTest):
    def test_an_evaluation_comes_at_the_step_behind_the_agreed_one(self) -> None:
        for source in (script(BASE, {1: ("evaluate",)}), in_function(script(BASE, {1: ("evaluate",)}))):
            result = self.run_script(source, "--eval-every=4")
            self.assertEqual(evaluated(result), [0, 4, 8])
            answers = [("evaluate-0", "seen", 1), ("evaluate-0", "applied", 3), ("evaluate-0", "done", 4)]
            self.assertEqual(result.answers(), answers)

    def test_an_evaluation_that_is_switched_off_runs_once_and_not_at_the_end(self) -> None:
        result = self.run_script(script(BASE, {2: ("evaluate",)}))
        self.assertEqual(evaluated(result), [5])
        self.assertEqual(result.answers()[-1], ("evaluate-0", "done", 5))

    def test_an_evaluation_asked_for_in_the_last_step_is_answered(self) -> None:
        result = self.run_script(script(BASE, {7: ("evaluate",)}), "--eval-every=100")
        (seen, refused) = result.of("command")
        self.assertEqual((seen["state"], refused["state"]), ("seen", "refused"))
        self.assertIn("before step 9", refused["reason"])

    def test_samples_come_at_once_and_the_losses_stay(self) -> None:
        plain = self.run_script(script(BASE), "--sample-every=100")
        result = self.run_script(script(BASE, {2: ("sample",)}), "--sample-every=100")
        self.assertEqual([event["step"] for event in result.of("sample")], [5, 8])
        self.assertEqual(steps_of(result), steps_of(plain))

    def test_a_loop_without_the_branch_says_so(self) -> None:
        result = self.run_script(script(OLD_BASE, {2: ("sample", "evaluate")}))
        reasons = [event["reason"] for event in result.of("command", state="refused")]
        self.assertIn("has no branch in its loop that samples every sample_every steps", reasons[0])
        self.assertIn("eval_every", reasons[1])


class PatchTest(WorkspaceTest):
    def fields(self, result: Result, at: int = 0) -> dict[str, Any]:
        return {field["name"]: field for field in result.of("config")[at]["fields"]}

    def test_an_interval_is_followed_from_the_next_step_on(self) -> None:
        result = self.run_script(script(BASE, {1: ("patch:eval_every=2",)}), "--eval-every=100")
        self.assertEqual(evaluated(result), [0, 4, 6, 8])
        (applied,) = result.of("command", state="applied")
        self.assertEqual(applied["changes"], [{"name": "eval_every", "from": 100, "to": 2}])
        self.assertEqual(self.fields(result, 1)["eval_every"]["value"], 2)

    def test_a_function_local_setting_is_patched_too(self) -> None:
        result = self.run_script(in_function(script(BASE, {1: ("patch:eval_every=2",)})), "--eval-every=100")
        self.assertEqual(evaluated(result), [0, 4, 6, 8])

    def test_learning_rates_follow_in_proportion_and_together(self) -> None:
        asks = {1: ("patch:matrix_lr=0.04",), 4: ("patch:lr_scale=0.5",)}
        result = self.run_script(script(BASE, asks, extra=OPTIMIZER))
        self.assertEqual(rates(result)[3], (0.01, 0.002))
        self.assertEqual(rates(result)[4], (0.02, 0.002))
        self.assertEqual(rates(result)[7], (0.01, 0.001))

    def test_a_resumed_optimizer_says_what_its_rates_stand_for(self) -> None:
        # A checkpoint of it was loaded: of a run in which a rate was patched and all were halved.
        noted = '"nanochat_cli_stands_for": {"matrix_lr": 0.08, "lr_scale": 0.5, "initial_lr": 0.02}'
        resumed = OPTIMIZER.replace('"initial_lr": 0.01}', f'"initial_lr": 0.02, {noted}}}')
        resumed = resumed.replace('"initial_lr": 0.002}', '"initial_lr": 0.001, ' + noted.replace("0.02}", "0.001}") + "}")
        result = self.run_script(script(BASE, {1: ("patch:matrix_lr=0.04",), 4: ("patch:lr_scale=1",)}, extra=resumed))
        before = self.fields(result)
        self.assertEqual([before[name]["value"] for name in ("matrix_lr", "unembedding_lr", "lr_scale")], [0.08, 0.004, 0.5])
        self.assertEqual((rates(result)[3], rates(result)[4]), ((0.02, 0.001), (0.01, 0.001)))
        self.assertEqual(rates(result)[7], (0.02, 0.002))

    def test_rates_that_were_set_after_loading_stand_for_what_was_given(self) -> None:
        # As chat_sft does: it takes the momentum of a checkpoint, and no rate.
        noted = '"nanochat_cli_stands_for": {"matrix_lr": 0.08, "lr_scale": 0.5, "initial_lr": 0.02}'
        tuned = OPTIMIZER.replace('"initial_lr": 0.01}', f'"initial_lr": 0.01, {noted}}}')
        result = self.run_script(script(BASE, {1: ("patch:matrix_lr=0.04",)}, extra=tuned))
        self.assertEqual([self.fields(result)[name]["value"] for name in ("matrix_lr", "lr_scale")], [0.02, 1.0])
        self.assertEqual(rates(result)[4], (0.02, 0.002))

    def test_a_rate_comes_back_from_zero(self) -> None:
        result = self.run_script(script(BASE, {0: ("patch:matrix_lr=0",), 3: ("patch:matrix_lr=0.02",)}, extra=OPTIMIZER))
        self.assertEqual((rates(result)[3][0], rates(result)[6][0]), (0.0, 0.01))

    def test_mistakes_are_refused_each_with_its_reason(self) -> None:
        asks = (
            "patch:depth=8",
            "patch:eval_evry=5",
            "patch:eval_every=2.5",
            "patch:eval_every=-2",
            'patch:eval_every="often"',
            "patch:eval_every=3,depth=8",
        )
        result = self.run_script(script(BASE, {2: asks}, extra=OPTIMIZER), "--eval-every=100")
        reasons = [event["reason"] for event in result.of("command", state="refused")]
        self.assertEqual(len(reasons), len(asks))
        self.assertIn("depth cannot be changed while it runs: the model has been built with it", reasons[0])
        self.assertIn("has no setting eval_evry: did you mean eval_every?", reasons[1])
        self.assertIn("eval_every takes a whole number, not 2.5", reasons[2])
        self.assertIn("eval_every takes -1 or more, not -2", reasons[3])
        self.assertIn("takes a finite number, not 'often'", reasons[4])
        self.assertIn("depth cannot be changed", reasons[5])
        self.assertEqual(evaluated(result), [0, 8], "nothing of a refused patch is set")

    def test_too_few_tokens_to_evaluate_on_are_refused(self) -> None:
        sized = "args.device_batch_size, args.max_seq_len, args.eval_tokens, ddp_world_size = 4, 8, 64, 2\n"
        source = script(BASE, {2: ("patch:eval_tokens=63", "patch:eval_tokens=64")}).replace(
            "val_bpb = evaluate_bpb(step)", "val_bpb = evaluate_bpb(step) if args.eval_tokens else None"
        )
        result = self.run_script(source.replace("user_config = ", sized + "user_config = ", 1), "--eval-every=100")
        (refused,) = result.of("command", state="refused")
        self.assertIn("eval_tokens takes 64 or more, not 63: less than one micro-batch", refused["reason"])
        self.assertEqual(self.fields(result)["eval_tokens"]["min"], 64)

    def test_a_version_without_a_guard_takes_no_interval_below_one(self) -> None:
        source = script(OLD_BASE.replace("step % 3", "step % args.eval_every"), {1: ("patch:eval_every=-1",)})
        result = self.run_script(source, "--eval-every=3")
        (refused,) = result.of("command", state="refused")
        self.assertIn("eval_every takes 1 or more, not -1: line", refused["reason"])
        self.assertIn("-1 would mean every step", refused["reason"])

    def test_no_interval_without_a_guard_is_switched_off(self) -> None:
        # chat_rl's save: `step % 0` would end the run.
        source = script(BASE, {1: ("patch:save_every=0",)}).replace(" and args.save_every > 0 and step %", " and step %")
        result = self.run_script(source, "--save-every=3")
        (refused,) = result.of("command", state="refused")
        self.assertIn("save_every takes 1 or more, not 0: line", refused["reason"])
        self.assertNotIn("off", self.fields(result)["save_every"])

    def test_what_an_interval_of_zero_does_is_told_as_the_script_has_it(self) -> None:
        told = self.fields(self.run_script(script(BASE)))
        self.assertEqual(told["eval_every"]["off"], "off: no more validations, not even at the end")
        self.assertEqual(told["sample_every"]["off"], "off: no more samples, not even at the end")
        self.assertEqual(told["save_every"]["off"], "off: no more checkpoints before the end")
        tuned = script(BASE.replace("args.eval_every > 0 and (last_step or step % args.eval_every == 0)",
                                    "last_step or (args.eval_every > 0 and step % args.eval_every == 0)"))
        told = self.fields(self.run_script(tuned))
        self.assertEqual(told["eval_every"]["off"], "off: no more validations before the end")

    def test_two_patches_in_a_row_and_one_while_an_evaluation_is_owed(self) -> None:
        result = self.run_script(script(BASE, {1: ("evaluate", "patch:eval_every=50", "patch:eval_every=3")}), "--eval-every=100")
        self.assertEqual(evaluated(result), [0, 4, 6, 8])
        states = [event["state"] for event in result.of("command", id="patch-2")]
        self.assertEqual(states, ["seen", "applied", "done"])

    def test_a_patch_in_the_last_steps_is_refused_and_one_just_before_is_made(self) -> None:
        asks = {5: ("patch:eval_every=2",), 6: ("patch:eval_every=3",), 7: ("patch:eval_every=4",)}
        result = self.run_script(script(BASE, asks), "--eval-every=100")
        self.assertEqual(result.of("command", state="applied")[0]["step"], 7)
        refused = result.of("command", state="refused")
        self.assertEqual([event["id"] for event in refused], ["patch-1", "patch-2"])
        self.assertIn("ended after step 7, before step 8 at which all ranks would have acted", refused[0]["reason"])

    def test_a_patch_with_ranks_apart_is_made_at_the_same_step(self) -> None:
        """One rank is a step ahead of the other, as far as gradients that all of them share let it be."""
        for ahead in (0, 1):
            mark = 'f"{os.environ[\'NANOCHAT_BRIDGE_DIR\']}/at-AHEAD-{step + 1}"'.replace("AHEAD", str(ahead))
            wait = f"while rank != {ahead} and step < 7 and not os.path.exists({mark}): pass"
            asks = {2: ("patch:eval_every=2",)}
            result = self.run_script(script(BASE, asks, extra=wait), "--eval-every=100", ranks=2)
            applied = [result.of("command", rank, state="applied")[0]["step"] for rank in (0, 1)]
            self.assertEqual((applied, result.of("problem"), result.of("problem", 1)), ([4, 4], [], []))

    def test_all_ranks_change_at_the_same_step(self) -> None:
        result = self.run_script(script(BASE, {1: ("patch:eval_every=2",)}), "--eval-every=100", ranks=2)
        applied = [result.of("command", rank, state="applied")[0]["step"] for rank in (0, 1)]
        self.assertEqual(applied, [3, 3])
        self.assertEqual(result.of("problem"), [])


class PauseTest(WorkspaceTest):
    def check_pause(self, ranks: int) -> Result:
        plain = self.run_script(script(BASE))
        result = self.run_script(script(BASE, {2: ("pause", "later:resume")}), ranks=ranks)
        self.assertEqual(result.code, 0, result.stderr)
        ends = {(event["id"], event["state"]) for event in result.of("command")}
        self.assertLessEqual({("pause-0", "done"), ("resume-1", "seen"), ("resume-1", "done")}, ends)
        self.assertEqual([event["state"] for event in result.of("phase", name="pause")], ["begin", "end"])
        self.assertEqual(steps_of(result), steps_of(plain))
        return result

    def test_a_paused_run_waits_and_goes_on_as_if_nothing_had_been(self) -> None:
        self.check_pause(ranks=1)

    def test_all_ranks_pause_and_go_on(self) -> None:
        self.check_pause(ranks=3)

    def test_a_stop_ends_a_pause(self) -> None:
        result = self.run_script(script(BASE, {2: ("pause", "later:stop")}))
        self.assertEqual(result.answers()[-1][:2], ("stop-1", "done"))
        self.assertIn(("pause-0", "done", 4), result.answers())

    def test_a_run_that_is_not_paused_cannot_be_resumed(self) -> None:
        result = self.run_script(script(BASE, {2: ("resume",)}))
        self.assertEqual(result.of("command")[0]["reason"], "the run is not paused")

    def test_a_patch_that_comes_in_a_pause_is_made_after_it(self) -> None:
        result = self.run_script(script(BASE, {1: ("pause", "later:patch:eval_every=2", "later:resume")}), "--eval-every=100")
        self.assertIn("done", [event["state"] for event in result.of("command", command="patch")])
