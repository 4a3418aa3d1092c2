"""launch.py from outside: a stage directory goes in, launch.json and exit.json come out."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from nanochat_bridge import launch

LAUNCH = Path(launch.__file__)
BRIDGE = LAUNCH.parent.parent
PATIENCE_SECONDS = 20


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


class StageTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)

    def command(self, code: str, **more: object) -> None:
        document = {"version": 1, "cwd": str(self.dir), "argv": [sys.executable, "-c", code], "env": {}, "ranks": 1, "launcher": "python"}
        (self.dir / "command.json").write_text(json.dumps({**document, **more}))

    def start(self, grace: float | None = None) -> subprocess.Popen[bytes]:
        if grace is None:
            argv = [sys.executable, str(LAUNCH), str(self.dir)]
        else:
            code = f"import sys; from nanochat_bridge import launch; launch.KILL_GRACE_SECONDS = {grace}; sys.exit(launch.main(sys.argv[1:]))"
            argv = [sys.executable, "-c", code, str(self.dir)]
        process = subprocess.Popen(argv, cwd=BRIDGE, start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def run_stage(self) -> dict[str, Any]:
        self.start().wait(PATIENCE_SECONDS)
        return self.read("exit.json")

    def read(self, name: str) -> dict[str, Any]:
        return json.loads((self.dir / name).read_text())

    def text(self, name: str) -> str:
        path = self.dir / name
        return path.read_text() if path.exists() else ""

    def started(self) -> dict[str, Any]:
        """launch.json, once the process prints that it is up."""
        wait_for(lambda: "up" in self.text("stdout.log"))
        return self.read("launch.json")


class EndingTest(StageTest):
    def test_a_clean_end_is_recorded_with_its_output_in_files(self) -> None:
        self.command("import sys; print('out'); print('err', file=sys.stderr)")
        end = self.run_stage()
        self.assertEqual((end["version"], end["code"], end["signal"], end["oomKilled"]), (1, 0, None, False))
        self.assertEqual(end["ranks"], [{"rank": 0, "code": 0, "signal": None}])
        self.assertGreater(end["maxRssBytes"], 1_000_000)
        self.assertRegex(end["endedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual((self.text("stdout.log"), self.text("stderr.log")), ("out\n", "err\n"))

    def test_output_is_appended_to_what_is_there(self) -> None:
        (self.dir / "stdout.log").write_text("before\n")
        self.command("print('after')")
        self.run_stage()
        self.assertEqual(self.text("stdout.log"), "before\nafter\n")

    def test_of_several_launched_for_one_stage_one_starts_it(self) -> None:
        self.command("print('started')")
        codes = sorted(process.wait(30) for process in [self.start() for _ in range(5)])
        self.assertEqual(codes, [0, 3, 3, 3, 3])
        wait_for(lambda: (self.dir / "exit.json").exists())
        self.assertEqual(self.text("stdout.log"), "started\n")

    def test_an_exit_code_is_kept(self) -> None:
        self.command("raise SystemExit(7)")
        self.assertEqual(self.run_stage()["code"], 7)

    def test_a_death_by_signal_is_named(self) -> None:
        self.command("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
        end = self.run_stage()
        self.assertEqual((end["code"], end["signal"]), (None, "SIGSEGV"))

    def test_launch_json_names_the_processes_that_run(self) -> None:
        self.command("import time; print('up', flush=True); time.sleep(60)")
        process = self.start()
        record = self.started()
        child = record["children"][0]
        self.assertEqual(record["pid"], process.pid)
        self.assertEqual(record["startTicks"], launch.start_ticks(process.pid))
        self.assertEqual((child["rank"], child["startTicks"]), (0, launch.start_ticks(child["pid"])))
        os.kill(child["pid"], signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
        self.assertEqual(self.read("exit.json")["signal"], "SIGKILL")


class EnvironmentTest(StageTest):
    def test_it_starts_where_python_takes_no_folder_of_a_script_onto_its_path(self) -> None:
        self.command("")
        with mock.patch.dict(os.environ, {"PYTHONSAFEPATH": "1"}):
            self.assertEqual(self.start().wait(PATIENCE_SECONDS), 0)
        self.assertEqual(self.read("exit.json")["code"], 0)

    def test_the_environment_is_inherited_and_added_to(self) -> None:
        self.command("import os; print(os.environ['INHERITED'], os.environ['ADDED'])", env={"ADDED": "a"})
        with mock.patch.dict(os.environ, {"INHERITED": "i"}):
            self.run_stage()
        self.assertEqual(self.text("stdout.log"), "i a\n")

    def test_one_process_has_no_rank(self) -> None:
        self.command("import os; print('RANK' in os.environ)")
        self.run_stage()
        self.assertEqual(self.text("stdout.log"), "False\n")

    def test_plain_ranks_meet_on_one_port_and_write_files_of_their_own(self) -> None:
        names = "RANK LOCAL_RANK WORLD_SIZE MASTER_ADDR MASTER_PORT"
        self.command(f"import os; print(*[os.environ[name] for name in '{names}'.split()])", ranks=2, launcher="plain")
        end = self.run_stage()
        zero, one = self.text("stdout.log").split(), self.text("stdout.rank1.log").split()
        self.assertEqual((zero[:4], one[:4]), (["0", "0", "2", "127.0.0.1"], ["1", "1", "2", "127.0.0.1"]))
        self.assertEqual(zero[4], one[4])
        self.assertEqual([rank["code"] for rank in end["ranks"]], [0, 0])


class RankFailureTest(StageTest):
    def test_when_one_rank_fails_the_others_are_ended_and_the_first_failure_is_the_reason(self) -> None:
        self.command("import os, sys, time\nif os.environ['RANK'] == '1': sys.exit(3)\ntime.sleep(60)", ranks=3, launcher="plain")
        end = self.run_stage()
        self.assertEqual((end["code"], end["signal"]), (3, None))
        self.assertEqual([(rank["code"], rank["signal"]) for rank in end["ranks"]], [(None, "SIGTERM"), (3, None), (None, "SIGTERM")])

    def test_a_rank_that_does_not_end_when_another_failed_is_killed_after_the_grace(self) -> None:
        code = "import os, signal, sys, time\nif os.environ['RANK'] == '1': sys.exit(3)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
        self.command(code, ranks=2, launcher="plain")
        self.start(grace=0.3).wait(PATIENCE_SECONDS)
        end = self.read("exit.json")
        self.assertEqual(end["code"], 3)
        self.assertIn(end["ranks"][0]["signal"], ("SIGKILL", "SIGTERM"))


STUBBORN = """
import signal, subprocess, sys, time
count = 0
def on(number, frame):
    global count
    count += 1
    print("asked", count, flush=True)
signal.signal(signal.SIGTERM, on)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("up", grandchild.pid, flush=True)
while True:
    time.sleep(1)
"""


class SignalTest(StageTest):
    def test_sigterm_is_passed_on_and_sighup_is_not_heard(self) -> None:
        self.command("import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nprint('up', flush=True)\ntime.sleep(60)")
        process = self.start()
        self.started()
        os.kill(process.pid, signal.SIGHUP)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        self.assertEqual(self.read("exit.json")["code"], 5)

    def test_asked_once_the_trainer_takes_its_time_asked_twice_it_and_its_children_are_killed(self) -> None:
        self.command(STUBBORN)
        process = self.start(grace=0.2)
        self.started()
        grandchild = int(self.text("stdout.log").split()[1])
        os.kill(process.pid, signal.SIGTERM)
        wait_for(lambda: "asked 1" in self.text("stdout.log"))
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.6)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        self.assertEqual(self.read("exit.json")["signal"], "SIGKILL")
        self.assertIn("asked 2", self.text("stdout.log"))
        if sys.platform == "linux":
            wait_for(lambda: not is_running(grandchild))


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 2 :][:1] not in (b"Z", b"X")


class RefusalTest(StageTest):
    def test_a_program_that_is_not_there_is_code_127_and_a_sentence(self) -> None:
        self.command("", argv=["/nowhere/python"])
        self.assertEqual(self.run_stage()["code"], 127)
        self.assertIn("/nowhere/python could not be started: there is no such program.", self.text("stderr.log"))

    def test_a_program_that_may_not_be_run_is_code_126(self) -> None:
        (self.dir / "python").write_text("")
        self.command("", argv=[str(self.dir / "python")])
        self.assertEqual(self.run_stage()["code"], 126)

    def test_a_working_directory_that_is_gone_is_named(self) -> None:
        self.command("", cwd=str(self.dir / "gone"))
        self.assertEqual(self.run_stage()["code"], 127)
        self.assertIn(f"The working directory {self.dir}/gone is not there.", self.text("stderr.log"))

    def test_a_command_file_that_cannot_be_used_is_code_2_and_says_why(self) -> None:
        for text, why in (
            ("{", "could not be read"),
            ('{"version": 99}', "newer nanochat-cli"),
            ('{"version": 1, "argv": []}', "argv must be"),
            ('{"version": 1, "argv": ["x"], "ranks": 0}', "ranks must be"),
            ('{"version": 1, "argv": ["x"], "launcher": "mpi"}', "launcher must be"),
        ):
            with self.subTest(text=text):
                (self.dir / "command.json").write_text(text)
                self.assertEqual(self.run_stage()["code"], 2)
                self.assertIn(why, self.text("stderr.log"))
                for name in ("stderr.log", "launch.claim"):
                    (self.dir / name).unlink()


def keep_signals(test: unittest.TestCase) -> None:
    """launch() sets handlers for the process it runs in, which here is the test's."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        test.addCleanup(signal.signal, number, signal.getsignal(number))
    test.addCleanup(signal.set_wakeup_fd, -1)


class DiskTest(StageTest):
    def test_exit_json_is_tried_again_while_the_disk_is_full(self) -> None:
        self.command("pass")
        replace, full = launch.replace, [True, True, True]

        def replace_when_there_is_room(path: Path, document: dict[str, object]) -> bool:
            return False if path.name == "exit.json" and full and full.pop() else replace(path, document)

        with mock.patch.object(launch, "replace", replace_when_there_is_room), mock.patch.object(launch, "RETRY_SECONDS", 0.01):
            keep_signals(self)
            launch.launch(self.dir)
        self.assertEqual((self.read("exit.json")["code"], full), (0, []))

    def test_a_full_disk_is_told_from_other_failures(self) -> None:
        for number, outcome in ((errno.ENOSPC, False), (errno.EDQUOT, False)):
            with mock.patch.object(os, "replace", side_effect=OSError(number, "")):
                self.assertEqual(launch.replace(self.dir / "x.json", {}), outcome)
        with self.assertRaises(OSError):
            launch.replace(self.dir / "gone" / "x.json", {})


class MemoryTest(StageTest):
    def test_a_kill_for_lack_of_memory_is_seen_in_the_control_group(self) -> None:
        self.command("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        counters = iter([3, 4])
        with mock.patch.object(launch, "oom_kills", lambda: next(counters)):
            keep_signals(self)
            launch.launch(self.dir)
        self.assertTrue(self.read("exit.json")["oomKilled"])


if __name__ == "__main__":
    unittest.main()
