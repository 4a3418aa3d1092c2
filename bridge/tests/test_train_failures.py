"""Scripts that end badly, and failures of the bridge's own that must not reach the script."""

from __future__ import annotations

import os
import signal
import subprocess
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from nanochat_bridge.protocol import Events
from tests.fake_training import BASE, FLAG, WorkspaceTest, in_function, read_events, script

FAIL_AT_3 = "if step == 3: raise ValueError('the loss is gone')"


class EndTest(WorkspaceTest):
    def test_a_failing_step_prints_the_traceback_that_python_prints(self) -> None:
        for source in (script(BASE, extra=FAIL_AT_3), in_function(script(BASE, extra=FAIL_AT_3))):
            plain = self.run_script(source, bridged=False)
            result = self.run_script(source)
            self.assertEqual((result.code, plain.code), (1, 1))
            self.assertEqual(result.stderr, self.without_runpy(plain.stderr))
            self.assertEqual(result.events[-1]["code"], 1)
            self.assertEqual([event["step"] for event in result.of("step")], [0, 1, 2], "each step once, none made up")

    def test_a_step_that_fails_half_way_is_not_sent_with_the_values_of_the_one_before(self) -> None:
        source = script(BASE).replace("dt = time.time() - t0", "dt = time.time() - t0 + (step == 3 and 1 / 0)")
        result = self.run_script(source)
        self.assertEqual([event["step"] for event in result.of("step")], [0, 1, 2])

    def test_a_failure_inside_a_function_that_the_bridge_wraps_shows_nothing_of_the_bridge(self) -> None:
        self.write("disk_is_full", "")
        source = script(BASE)
        plain = self.run_script(source, bridged=False)
        self.assertEqual(self.run_script(source).stderr, self.without_runpy(plain.stderr))

    def test_a_failing_import_shows_nothing_of_the_bridge(self) -> None:
        self.write("nanochat/evaluation.py", "import there_is_no_such_module\n")
        plain = self.run_script(script(BASE), bridged=False)
        result = self.run_script(script(BASE))
        self.assertEqual((result.code, result.stderr), (1, self.without_runpy(plain.stderr)))
        self.assertEqual([event["kind"] for event in result.events], ["hello", "bye"])

    def test_a_script_that_is_no_python_is_reported_as_python_does(self) -> None:
        result = self.run_script("while True print('hello')\n")
        self.assertEqual(result.code, 1)
        self.assertIn("SyntaxError", result.stderr)
        self.assertNotIn("nanochat_bridge", result.stderr)
        self.assertIn("cannot be read", result.events[0]["capabilities"]["metrics"]["reason"])

    def test_exit_codes_are_the_scripts(self) -> None:
        for leave, code, printed in (("3", 3, ""), ("", 0, ""), ("'no data here'", 1, "no data here\n")):
            result = self.run_script(script(BASE, extra=f"if step == 2: raise SystemExit({leave})"))
            self.assertEqual((result.code, result.stderr), (code, printed))
            self.assertEqual(result.events[-1]["code"], code)

    def test_an_interrupt_is_130(self) -> None:
        result = self.run_script(script(BASE, extra="if step == 2: os.kill(os.getpid(), 2)"))
        self.assertEqual(result.code, 130)
        self.assertIn("KeyboardInterrupt", result.stderr)
        self.assertEqual(result.events[-1]["code"], 130)

    def test_a_signal_ends_it_as_it_would_without_the_bridge(self) -> None:
        result = self.run_script(script(BASE, extra="if step == 2: os.kill(os.getpid(), 15)"))
        self.assertEqual(result.code, -signal.SIGTERM)

    def test_commands_of_a_run_that_fails_are_refused(self) -> None:
        result = self.run_script(script(BASE, {2: ("save",)}, extra=FAIL_AT_3))
        self.assertIn("failed with exit code 1 after step 2", result.of("command", state="refused")[0]["reason"])

    def test_a_module_that_is_not_there(self) -> None:
        command = [*self.command()[:-1], "scripts.nothing"]
        run = subprocess.run(command, cwd=self.folder, env=self.environment(), capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("No module named scripts.nothing", run.stderr)

    def test_without_a_directory_it_says_what_is_missing(self) -> None:
        environment = self.environment()
        del environment["NANOCHAT_BRIDGE_DIR"]
        run = subprocess.run(self.command(), cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 2)
        self.assertIn("NANOCHAT_BRIDGE_DIR is not set", run.stderr)

    def without_runpy(self, stderr: str) -> str:
        """A traceback of plain Python without the two frames that it begins with for `-m`."""
        lines = stderr.splitlines(keepends=True)
        kept = []
        for line in lines:
            if kept and not line.startswith("  File") and "runpy" in kept[-1]:
                kept.pop()
                continue
            if kept and "runpy" in kept[-1]:
                kept.pop()
            kept.append(line)
        return "".join(kept)


class LaunchTest(WorkspaceTest):
    def test_the_script_sees_what_it_sees_without_the_bridge(self) -> None:
        names = "sys.argv, sys.path[0], __name__, __spec__.name, __file__, __package__, __loader__.name"
        source = f"import sys\nprint({names})\n"
        plain = self.run_script(source, "--depth=4", "a b", bridged=False)
        result = self.run_script(source, "--depth=4", "a b")
        self.assertEqual(result.stdout, plain.stdout)

    def test_a_leading_separator_of_torchrun_is_dropped(self) -> None:
        result = self.run_script("import sys\nprint(sys.argv[1:])\n", "--", "--depth=4")
        self.assertEqual(result.stdout, "['--depth=4']\n")

    def test_nothing_is_imported_before_the_script_sets_its_environment(self) -> None:
        package = "import os\nassert os.environ['PYTORCH_ALLOC_CONF'] == 'set by the script'\n"
        self.write("torch/__init__.py", package + "__version__ = '9.9'\n")
        self.write("torch/nn/__init__.py", "")
        self.write("torch/nn/modules/__init__.py", "")
        self.write("torch/nn/modules/module.py", (self.folder / "nanochat/nn.py").read_text(encoding="utf-8"))
        (self.folder / "nanochat/nn.py").unlink()
        environment = "import os\nos.environ['PYTORCH_ALLOC_CONF'] = 'set by the script'\nimport torch\n"
        source = environment + script(BASE).replace("nanochat.nn", "torch.nn.modules.module")
        result = self.run_script(source)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertIsNone(result.events[0]["torch"])
        self.assertEqual(result.of("config")[0]["derived"]["torch"], "9.9")
        self.assertEqual(len(result.of("step")), 8)

    def test_loaders_of_patched_modules_are_their_own_again(self) -> None:
        look = "print(type(m.__loader__).__name__, m.__spec__.loader is m.__loader__)"
        source = script(BASE) + f"import nanochat.nn as m\n{look}\n"
        self.assertIn("SourceFileLoader True", self.run_script(source).stdout)

    def test_another_finder_that_asks_the_import_system_is_not_patched_twice(self) -> None:
        self.write(
            "sitecustomize.py",
            """
import importlib.util, sys
class Finder:
    busy = False
    def find_spec(self, name, path=None, target=None):
        if name != "nanochat.common" or self.busy: return None
        self.busy = True
        try: return importlib.util.find_spec(name)
        finally: self.busy = False
sys.meta_path.insert(0, Finder())
""",
        )
        self.python_path = f"{self.folder}{os.pathsep}{self.python_path}"
        result = self.run_script(script(BASE), "--eval-every=4")
        self.assertEqual([event["step"] for event in result.logged()], [0, 4, 8])


class OwnFailureTest(WorkspaceTest):
    def test_a_control_file_that_is_torn_or_newer_is_a_problem_said_once(self) -> None:
        for text in ('{"version": 1, "comm', '{"version": 2, "commands": []}', "[]"):
            extra = f"open(os.environ['NANOCHAT_BRIDGE_DIR'] + '/control.json', 'w').write({text!r})"
            result = self.run_script(script(BASE, extra=extra))
            self.assertEqual(result.code, 0, result.stderr)
            self.assertEqual([event["what"] for event in result.of("problem")], ["control.json could not be read"])
            self.assertEqual(len(result.of("step")), 8)

    def test_a_directory_that_cannot_be_written_leaves_the_script_running(self) -> None:
        self.write("scripts/fake_train.py", script(BASE).replace("wait_for_others(step)", "pass"))
        environment = {**self.environment(), "NANOCHAT_BRIDGE_DIR": str(self.folder / "nowhere")}
        run = subprocess.run(self.command(), cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("the script runs unobserved", run.stderr)
        self.assertIn("ended at 8", run.stdout)

    @unittest.skipUnless(os.path.exists("/dev/full"), "this system has no /dev/full")
    def test_a_full_disk_under_the_log_costs_lines_and_not_the_run(self) -> None:
        self.write("scripts/fake_train.py", script(BASE))
        with open("/dev/full", "w") as full:
            run = subprocess.run(self.command(), cwd=self.folder, env=self.environment(), stdout=full, stderr=full)
        self.assertEqual(run.returncode, 0)
        events = read_events(self.folder / "bridge" / "events.rank0.jsonl")
        self.assertEqual(sum(event["kind"] == "step" for event in events), 8)

    def test_a_patch_that_does_not_fit_is_a_problem_and_no_failure(self) -> None:
        common = self.folder / "nanochat/common.py"
        common.write_text(common.read_text(encoding="utf-8").replace("def log(", "def write("), encoding="utf-8")
        result = self.run_script(script(BASE).replace("wandb_run.log", "wandb_run.write"))
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual([event["what"] for event in result.of("problem")], ["nanochat.common could not be patched"])

    def test_a_stop_that_does_not_fit_is_refused_and_the_training_goes_on(self) -> None:
        source = script(BASE, {2: ("stop",)}).replace("num_iterations = args.num_iterations", "num_iterations = 8.0")
        result = self.run_script(source)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertIn("num_iterations is 8.0", result.of("command", state="refused")[0]["reason"])
        self.assertEqual(len(result.of("step")), 8)

    def test_a_save_that_needs_what_is_not_there_is_refused(self) -> None:
        source = script(FLAG, {2: ("save",)}).replace('output_dirname)\n', 'output_dirname, set_when_saving)\n')
        guard = "    if last_step:\n        output"
        source = source.replace(guard, f"    if last_step: set_when_saving = ''\n{guard}")
        result = self.run_script(source)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertIn("set_when_saving", result.of("command", state="refused")[0]["reason"])


class EventsTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.path = Path(temporary.name) / "events.rank0.jsonl"
        self.events = Events(self.path)

    def test_each_event_is_one_write(self) -> None:
        with mock.patch("os.write", side_effect=os.write) as write:
            self.events.emit("step", step=1, m={"train/loss": 0.1})
        self.assertEqual(write.call_count, 1)

    def test_a_full_disk_drops_lines_and_says_how_many_when_there_is_room_again(self) -> None:
        self.events.emit("step", step=1)
        with mock.patch("os.write", side_effect=OSError(28, "No space left on device")):
            for step in (2, 3, 4):
                self.events.emit("step", step=step)
        self.events.emit("step", step=5)
        events = [(event["kind"], event.get("step", event.get("what"))) for event in read_events(self.path)]
        self.assertEqual(events, [("step", 1), ("problem", "3 events could not be written"), ("step", 5)])
        self.assertEqual(read_events(self.path)[1]["why"], "No space left on device")

    def test_half_a_line_is_taken_back(self) -> None:
        self.events.emit("step", step=1)
        real = os.write
        with mock.patch("os.write", side_effect=lambda fd, line: real(fd, line[:10])):
            self.events.emit("step", step=2)
        self.events.emit("step", step=3)
        self.assertEqual([event.get("step") for event in read_events(self.path)], [1, None, 3])

    def test_a_problem_is_said_once(self) -> None:
        for _ in range(3):
            self.events.problem("something failed", ValueError("why"))
        self.assertEqual([event["why"] for event in read_events(self.path)], ["ValueError: why"])

    def test_text_that_is_no_unicode_is_still_a_line(self) -> None:
        self.events.emit("sample", text="half a pair \ud800 é")
        self.assertEqual(read_events(self.path)[0]["text"], "half a pair \ud800 é")
