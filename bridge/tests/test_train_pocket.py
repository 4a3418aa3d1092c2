"""The bridge on the pocket trainer: real gradients, real checkpoints, several real ranks."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fake_training import BRIDGE, Result

POCKET = BRIDGE.parent / "pocket"
BASE = ("--model-tag=t", "--eval-every=4", "--core-metric-every=-1", "--sample-every=4")
LOSS = re.compile(r"^step (\d+)\S* .*?loss: (\S+) .*lrm: (\S+) ", re.MULTILINE)


class PocketTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "bridge").mkdir()
        self.run_pocket("tok_train", bridged=False)

    def run_pocket(
        self, script: str, *arguments: str, bridged: bool = True, ranks: int = 1, asked: tuple[str, ...] = ()
    ) -> Result:
        """Run a script of the pocket workspace; the commands are there from the start, so they act at step 2."""
        commands = [{"id": command, "command": command} for command in asked]
        for old in (self.folder / "bridge").iterdir():
            old.unlink()
        control = json.dumps({"version": 1, "commands": commands})
        (self.folder / "bridge" / "control.json").write_text(control, encoding="utf-8")
        bridge = ["nanochat_bridge", "train"] if bridged else []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        processes = []
        for rank in range(ranks):
            environment = {
                **os.environ,
                "NANOCHAT_BASE_DIR": str(self.folder),
                "NANOCHAT_BRIDGE_DIR": str(self.folder / "bridge"),
                "PYTHONPATH": str(BRIDGE),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            if ranks > 1:
                group = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks}
                environment |= {name: str(value) for name, value in group.items()}
                environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", *bridge, f"scripts.{script}", *arguments],
                    cwd=POCKET,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        outputs = [process.communicate(timeout=120) for process in processes]
        for process, (_, stderr) in zip(processes, outputs):
            self.assertEqual(process.returncode, 0, stderr)
        return Result(self.folder, 0, *outputs[0], ranks)

    def files(self, folder: str, step: int) -> set[str]:
        return {path.name.split(".")[0] for path in (self.folder / folder).glob(f"*_{step:06d}*")}

    def test_a_run_that_nobody_asks_anything_of_computes_what_a_plain_run_does(self) -> None:
        plain = self.run_pocket("base_train", *BASE, "--num-iterations=8", bridged=False)
        result = self.run_pocket("base_train", *BASE, "--num-iterations=8")
        self.assertEqual(len(LOSS.findall(plain.stdout)), 8)
        self.assertEqual(LOSS.findall(result.stdout), LOSS.findall(plain.stdout))
        steps = [(event["step"], event["m"]) for event in result.of("step")]
        sent = [(f"{step:05d}", f"{m['train/loss']:.6f}", f"{m['train/lrm']:.2f}") for step, m in steps]
        self.assertEqual(sent, LOSS.findall(result.stdout))
        self.assertEqual(result.of("problem"), [])
        self.assertEqual([event["step"] for event in result.of("metrics") if "val/bpb" in event["m"]], [0, 4, 8])
        self.assertEqual({event["step"] for event in result.of("sample")}, {4, 8})
        for name in ("totalSteps", "tokensPerStep", "flopsPerToken", "parameters", "checkpointDir", "startStep"):
            self.assertIn(name, result.of("config")[0]["derived"])

    def test_the_parts_of_a_step_make_up_its_time(self) -> None:
        arguments = (*BASE, "--num-iterations=12", "--save-every=6")
        result = self.run_pocket("base_train", *arguments)
        self.assertNotIn("missing", result.events[0]["capabilities"]["timers"])
        parts = [f"timer/{part}" for part in ("data", "forward", "backward", "optimizer")]
        steps = [event["m"] for event in result.of("step")]
        self.assertEqual([all(step.get(part, 0) > 0 for part in parts) for step in steps], [False, *[True] * 11])
        shares = sorted(sum(step[part] for part in parts) / step["train/dt"] for step in steps[1:])
        self.assertGreater(shares[5], 0.7, "half of the steps")
        self.assertLessEqual(shares[-1], 1.01)
        for name, steps_of in (("timer/eval", [0, 4, 8, 12]), ("timer/save", [6, 12])):
            self.assertEqual([event["step"] for event in result.of("metrics") if name in event["m"]], steps_of)

    def test_a_save_leaves_the_losses_as_they_were(self) -> None:
        plain = self.run_pocket("base_train", *BASE, "--num-iterations=6", bridged=False)
        result = self.run_pocket("base_train", *BASE, "--num-iterations=6", asked=("save",))
        self.assertEqual(result.answers(), [("save", "seen", 0), ("save", "applied", 2), ("save", "done", 3)])
        self.assertEqual(LOSS.findall(result.stdout), LOSS.findall(plain.stdout))
        self.assertEqual(self.files("base_checkpoints/t", 3), {"model_000003", "meta_000003", "optim_000003_rank0"})

    def test_two_ranks_save_and_stop_at_the_same_step(self) -> None:
        result = self.run_pocket("base_train", *BASE, "--num-iterations=500", ranks=2, asked=("save", "stop"))
        self.assertEqual(result.answers()[-2:], [("save", "done", 3), ("stop", "done", 3)])
        self.assertEqual(result.answers(1), [("save", "applied", 2), ("stop", "applied", 2)])
        self.assertTrue({"optim_000003_rank0", "optim_000003_rank1"} < self.files("base_checkpoints/t", 3))

    def test_chat_sft_saves_and_stops(self) -> None:
        self.run_pocket("base_train", *BASE, "--num-iterations=2", bridged=False)
        arguments = ("--model-tag=t", "--eval-every=50", "--chatcore-every=-1")
        saved = self.run_pocket("chat_sft", *arguments, "--num-iterations=6", asked=("save",))
        self.assertEqual(saved.answers()[-1], ("save", "done", 3))
        sent = [(f"{event['step']:05d}", f"{event['m']['train/loss']:.6f}") for event in saved.of("step")]
        self.assertEqual(sent, [(step, loss) for step, loss, _ in LOSS.findall(saved.stdout)])
        self.assertEqual(saved.of("config")[0]["derived"]["totalSteps"], len(sent))
        self.assertTrue(all("timer/backward" in event["m"] for event in saved.of("step")[1:]))
        stopped = self.run_pocket("chat_sft", *arguments, asked=("stop",))
        self.assertEqual(stopped.answers()[-1], ("stop", "done", 3))
        self.assertEqual(self.files("chatsft_checkpoints/t", 3), {"model_000003", "meta_000003", "optim_000003_rank0"})
