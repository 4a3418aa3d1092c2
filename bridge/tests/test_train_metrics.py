"""What the bridge tells of a run that nobody interferes with."""

from __future__ import annotations

from tests.fake_training import BASE, FLAG, OLD_BASE, RANGE_END, REWARDS, WorkspaceTest, in_function, script


class StepsTest(WorkspaceTest):
    def losses(self, stdout: str) -> list[tuple[int, float]]:
        words = [line.split() for line in stdout.splitlines() if line.startswith("step ")]
        return [(int(line[1]), float(line[3])) for line in words]

    def check_steps(self, source: str) -> None:
        plain = self.run_script(source, bridged=False)
        self.assertEqual(plain.code, 0, plain.stderr)
        result = self.run_script(source)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.of("problem"), [])
        self.assertEqual(result.stdout, plain.stdout)
        sent = [(event["step"], event["m"]["train/loss"]) for event in result.of("step")]
        self.assertEqual(sent, self.losses(result.stdout), "the very digits that the script prints, every step")

    def test_each_step_has_the_digits_that_the_script_prints_whatever_its_shape(self) -> None:
        for name, loop in {"base": BASE, "flag": FLAG, "old base": OLD_BASE, "range end": RANGE_END}.items():
            with self.subTest(name):
                self.check_steps(script(loop))

    def test_a_loop_inside_a_function_is_read_as_one_at_module_level(self) -> None:
        self.check_steps(in_function(script(BASE)))

    def test_values_set_before_and_after_the_hook_belong_to_the_same_step(self) -> None:
        steps = self.run_script(script(BASE)).of("step")
        self.assertEqual([event["step"] for event in steps], list(range(8)))
        for event in steps:
            step, m = event["step"], event["m"]
            self.assertEqual(m["train/lrm"], 1 - step / 100)
            self.assertEqual(m["train/epoch"], 1 + step // 4)
            self.assertEqual(m["train/tokens"], 16 * (step + 1))
            self.assertEqual(m["train/flops"], 1600 * (step + 1))
            self.assertAlmostEqual(m["train/loss_raw"], 1 / (step + 3), places=12)
            self.assertLess(m["train/dt"], 5)

    def test_a_script_that_counts_before_it_logs_keeps_its_own_numbers(self) -> None:
        steps = self.run_script(script(FLAG)).of("step")
        self.assertEqual([event["step"] for event in steps], list(range(1, 9)))
        self.assertEqual(steps[0]["m"]["train/tokens"], 16)

    def test_a_script_says_what_it_calls_its_first_step_where_that_is_not_0(self) -> None:
        for loop, first in ((BASE, None), (FLAG, 1), (OLD_BASE, None), (RANGE_END, None), (REWARDS, None)):
            (config,) = self.run_script(script(loop)).of("config")
            self.assertEqual(config["derived"].get("countsFrom"), first)

    def test_rewards_are_sent_at_the_step_that_they_are_of(self) -> None:
        result = self.run_script(script(REWARDS), "--save-every=100")
        rewards = [(event["step"], event["m"]["rl/reward"]) for event in result.of("step")]
        self.assertEqual(rewards, [(step, step + 0.25) for step in range(8)])
        self.assertEqual([event["m"] for event in result.logged()], [{"pass@1": 0.5}] * 8)

    def test_numbers_that_are_not_finite_are_strings(self) -> None:
        source = script(BASE, extra="lrm = float('nan') if step == 1 else float('-inf')")
        steps = self.run_script(source).of("step")
        self.assertEqual([event["m"]["train/lrm"] for event in steps[:3]], ["-Infinity", "NaN", "-Infinity"])

    def test_a_resumed_run_begins_at_its_step_with_the_right_raw_loss(self) -> None:
        source = script(BASE).replace("step = 0\n", "step = 3\nsmooth_train_loss = 0.125\n", 1)
        result = self.run_script(source)
        self.assertEqual(result.of("config")[0]["derived"]["startStep"], 3)
        first = result.of("step")[0]
        self.assertEqual(first["step"], 3)
        self.assertAlmostEqual(first["m"]["train/loss_raw"], 1 / 6, places=12)

    def test_no_step_leaves_garbage_for_a_collector_that_the_script_has_switched_off(self) -> None:
        extra = "import gc\ngc.collect() if step == 3 else gc.disable()\nif step == 7: print('garbage', gc.collect())"
        for source in (script(BASE, extra=extra), in_function(script(BASE, extra=extra))):
            result = self.run_script(source)
            self.assertIn("garbage 0", result.stdout)


class AccountTest(WorkspaceTest):
    def test_hello_is_first_and_bye_last(self) -> None:
        result = self.run_script(script(BASE))
        hello, bye = result.events[0], result.events[-1]
        self.assertEqual((hello["kind"], hello["protocol"], hello["package"]), ("hello", 1, "nanochat"))
        self.assertEqual((hello["rank"], hello["world"], hello["script"]), (0, 1, "scripts.fake_train"))
        self.assertTrue(all(hello["capabilities"][name]["available"] for name in ("metrics", "save", "stop")))
        self.assertEqual((bye["kind"], bye["code"], bye["step"], bye["overhead"]["hooks"]), ("bye", 0, 7, 8))

    def test_config_has_the_settings_and_what_follows_from_them(self) -> None:
        (config,) = self.run_script(script(BASE), "--num-iterations=5").of("config")
        self.assertEqual(config["settings"]["num_iterations"], 5)
        derived = config["derived"]
        self.assertTrue(derived.pop("checkpointDir").endswith("/checkpoints/d1"))
        self.assertEqual(
            derived,
            {"totalSteps": 5, "tokensPerStep": 16, "flopsPerToken": 100, "parameters": 7, "startStep": 0},
        )

    def test_settings_that_are_variables_are_told_as_the_script_has_changed_them(self) -> None:
        own = "user_config = {'eval_every': 250, 'depth': 4, 'model': 'd4', 'odd': [1]}\neval_every = 25"
        source = script(BASE).replace("user_config = vars(args).copy()", own)
        (config,) = self.run_script(source.replace("args.", "options.").replace("args =", "options =")).of("config")
        self.assertEqual(config["settings"], {"eval_every": 25, "depth": 4, "model": "d4"})

    def test_the_directory_is_known_before_a_script_that_names_it_when_it_saves(self) -> None:
        (config,) = self.run_script(script(FLAG)).of("config")
        self.assertTrue(config["derived"]["checkpointDir"].endswith("/checkpoints/d2"))

    def test_evaluations_and_samples_are_sent_and_a_long_one_explains_the_silence(self) -> None:
        result = self.run_script(script(BASE), "--eval-every=4", "--sample-every=4", "--num-iterations=4")
        bpb = [(event["step"], event["m"]) for event in result.logged()]
        self.assertEqual(bpb, [(0, {"val/bpb": 8.0, "core/task": 0.5}), (4, {"val/bpb": 1.6, "core/task": 0.5})])
        (sample,) = result.of("sample")
        self.assertEqual((sample["step"], sample["prompt"], sample["text"]), (4, "The sky is", "hi"))
        phases = [(event["name"], event["state"], event["step"]) for event in result.of("phase")]
        expected = [("eval", 0), ("eval", 4), ("sample", 4), ("save", 4)]
        self.assertEqual(phases, [(name, state, step) for name, step in expected for state in ("begin", "end")])
        kinds = [(event["kind"], event.get("step")) for event in result.events]
        self.assertLess(kinds.index(("step", 3)), kinds.index(("phase", 4)), "the step is not held back by the phase")

    def test_a_save_of_the_script_is_reported_with_its_files(self) -> None:
        result = self.run_script(script(BASE), "--save-every=5")
        self.assertEqual([(c["step"], c["trigger"]) for c in result.of("checkpoint")], [(5, "schedule"), (8, "final")])
        last = result.of("checkpoint")[-1]
        names = {file["name"]: file["bytes"] for file in last["files"]}
        self.assertEqual(names, {"meta_000008.json": 28, "model_000008.pt": 7, "optim_000008_rank0.pt": 0})
        self.assertEqual(last["bytes"], 35)

    def test_a_package_of_another_name_is_recognised_by_what_it_defines(self) -> None:
        for old in (self.folder / "nanochat").glob("*.py"):
            if old.name != "nn.py":
                self.write(f"forkchat/{old.name}", old.read_text(encoding="utf-8"))
                old.unlink()
        source = script(BASE).replace("from nanochat.", "from forkchat.").replace("forkchat.nn", "nanochat.nn")
        result = self.run_script(source, "--eval-every=4")
        self.assertEqual(result.events[0]["package"], "forkchat")
        self.assertTrue(result.of("metrics") and result.of("checkpoint") and result.of("phase", name="eval"))

    def test_what_the_script_defines_itself_is_watched_too(self) -> None:
        defined = (self.folder / "nanochat/checkpoint_manager.py").read_text(encoding="utf-8")
        for source in (script(BASE), in_function(script(BASE))):
            source = source.replace("from nanochat.checkpoint_manager import save_checkpoint", defined)
            self.assertEqual([c["step"] for c in self.run_script(source).of("checkpoint")], [8])

    def test_a_script_without_a_training_loop_runs_and_says_why_nothing_can_be_asked_of_it(self) -> None:
        result = self.run_script("import sys\nprint(sys.argv[1:], __name__)\n", "--depth=4")
        self.assertEqual((result.code, result.stdout), (0, "['--depth=4'] __main__\n"))
        self.assertIn("no loop in scripts.fake_train", result.events[0]["capabilities"]["save"]["reason"])
        self.assertEqual([event["kind"] for event in result.events], ["hello", "bye"])

    def test_an_optimizer_hooked_in_place_of_a_model_is_no_training_loop(self) -> None:
        source = script(BASE).replace("model.zero_grad", "optimizer.zero_grad").replace(
            "checkpoint_dir =", "optimizer = model\ncheckpoint_dir =", 1
        )
        result = self.run_script(source)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertFalse(result.events[0]["capabilities"]["metrics"]["available"])
