"""A workspace of a few lines in the shapes of nanochat's trainers, and a way to run its scripts under the bridge."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any

BRIDGE = Path(__file__).resolve().parent.parent

PACKAGE = {
    "nanochat/__init__.py": "",
    "nanochat/nn.py": """
        class Module:
            def zero_grad(self, set_to_none=True):
                pass
    """,
    "nanochat/common.py": """
        import os
        class DummyWandb:
            def log(self, *args, **kwargs): pass
            def finish(self): print("wandb finished")
        def compute_cleanup(): print("cleaned up")
        rank = int(os.environ.get("RANK", 0))
        world = int(os.environ.get("WORLD_SIZE", 1))
    """,
    "nanochat/checkpoint_manager.py": """
        import json, os
        def save_checkpoint(checkpoint_dir, step, model_data, optimizer_data, meta_data, rank=0):
            if rank == 0:
                os.makedirs(checkpoint_dir, exist_ok=True)
                with open(f"{checkpoint_dir}/model_{step:06d}.pt", "w") as file:
                    file.write(str(model_data))
                    if os.path.exists("disk_is_full"):
                        raise OSError(28, "No space left on device")
                with open(f"{checkpoint_dir}/meta_{step:06d}.json", "w") as file:
                    json.dump(meta_data, file)
            if optimizer_data is not None:
                open(f"{checkpoint_dir}/optim_{step:06d}_rank{rank}.pt", "w").close()
    """,
    "nanochat/evaluation.py": """
        def evaluate_bpb(step):
            return 8.0 / (step + 1)
        class Engine:
            def __init__(self, tokenizer): self.tokenizer = tokenizer
            def generate_batch(self, tokens, num_samples=1, **kwargs):
                return [tokens + [104, 105] for _ in range(num_samples)], None
        class Tokenizer:
            def __call__(self, text): return list(text.encode())
            def decode(self, tokens): return bytes(tokens).decode()
    """,
    # What the supervisor does from outside, done by the script itself at an exact step.
    "remote.py": """
        import json, os, threading
        folder = os.environ["NANOCHAT_BRIDGE_DIR"]
        sent = []
        def ask(*commands):
            # "patch:eval_every=3" carries values; "later:resume" is sent once the run is paused.
            if os.environ.get("RANK", "0") != "0": return
            for command in commands:
                if command.startswith("later:"):
                    threading.Thread(target=when_paused, args=(command[6:],), daemon=True).start()
                    continue
                name, _, pairs = command.partition(":")
                values = {n: json.loads(v) for n, v in (p.split("=") for p in pairs.split(",") if p)}
                sent.append({"id": f"{name}-{len(sent)}", "command": name, **({"values": values} if pairs else {})})
            if not sent: return
            with open(f"{folder}/control.tmp", "w") as file:
                json.dump({"version": 1, "commands": sent}, file)
            os.replace(f"{folder}/control.tmp", f"{folder}/control.json")
        def when_paused(command):
            while '"pause","state":"begin"' not in open(f"{folder}/events.rank0.jsonl").read().replace(" ", ""): pass
            ask(command)
        def wait_for_others(step):
            world = int(os.environ.get("WORLD_SIZE", 1))
            open(f"{folder}/at-{os.environ.get('RANK', '0')}-{step}", "w").close()
            while not all(os.path.exists(f"{folder}/at-{rank}-{step}") for rank in range(world)): pass
    """,
}

HEAD = """
import argparse, os, time
from nanochat.nn import Module
from nanochat.common import DummyWandb, compute_cleanup, rank, world
from nanochat.checkpoint_manager import save_checkpoint
from nanochat.evaluation import Engine, Tokenizer, evaluate_bpb
from remote import ask, wait_for_others
parser = argparse.ArgumentParser()
for name, default in dict(num_iterations=8, eval_every=-1, sample_every=-1, save_every=-1, resume_from_step=-1).items():
    parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
args = parser.parse_args()
user_config = vars(args).copy()
master_process = rank == 0
wandb_run = DummyWandb()
model, tokenizer = Module(), Tokenizer()
total_batch_size, num_flops_per_token, num_params = 16, 100, 7
checkpoint_dir = "checkpoints/d1"
smooth_train_loss = total_training_time = 0
num_iterations = args.num_iterations
"""

TAIL = """
wandb_run.finish()
compute_cleanup()
"""

# The training step of all shapes; the losses have as many digits as a float holds.
STEP = """
t0 = time.time()
train_loss = 1 / (step + 3)
lrm = 1 - step / 100
BEFORE
model.zero_grad(set_to_none=True)
dt = time.time() - t0
COUNTED
ema_beta = 0.9
smooth_train_loss = ema_beta * smooth_train_loss + (1 - ema_beta) * train_loss
debiased_smooth_loss = smooth_train_loss / (1 - ema_beta ** (step + 1))
tok_per_sec = int(total_batch_size / max(dt, 1e-9))
epoch = f"{1 + step // 4} pq: 0 rg: {step}"
total_training_time += dt
print(f"step {step} loss {debiased_smooth_loss!r} lrm {lrm!r}")
wandb_run.log({"step": step, "train/loss": debiased_smooth_loss, "total_training_time": total_training_time})
"""

SAVE = """save_checkpoint(checkpoint_dir, step, "weights", "moments", {"step": step, "val_bpb": val_bpb}, rank=rank)"""
SAVE_BEHIND = """save_checkpoint(checkpoint_dir, step, "weights", None, {"step": step}, rank=rank)"""

# scripts/base_train.py since November 2025.
BASE = """
step = 0
val_bpb = None
while True:
    last_step = step == num_iterations
    if args.eval_every > 0 and (last_step or step % args.eval_every == 0):
        val_bpb = evaluate_bpb(step)
        wandb_run.log({"step": step, "val/bpb": val_bpb, "centered_results": {"task": 0.5}, "total_training_time": 1})
    if args.sample_every > 0 and master_process and (last_step or (step > 0 and step % args.sample_every == 0)):
        for prompt in ["The sky is"]:
            sample, _ = Engine(tokenizer).generate_batch(tokenizer(prompt), max_tokens=2)
    if GUARD:
        SAVE
    if last_step:
        break
    STEP
    step += 1
print("ended at", step)
"""
GUARD = (
    "last_step or (step > 0 and step != args.resume_from_step and args.save_every > 0 and step % args.save_every == 0)"
)

# scripts/chat_sft.py since February 2026, and mid_train: the data sets the flag, the step is logged after counting.
FLAG = """
step = 0
last_step = False
val_bpb = 1.5
while True:
    if world > 1:
        last_step = bool(int(last_step))
    if last_step:
        output_dirname = "d2"
        checkpoint_dir = os.path.join("checkpoints", output_dirname)
        SAVE
    if last_step:
        break
    last_step_by_data = step + 1 >= args.num_iterations
    STEP
    if last_step_by_data:
        exec("last_step = True")
"""

# scripts/chat_sft.py until January 2026.
RANGE_END = """
val_loss = 0.0
for step in range(num_iterations):
    last_step = step == num_iterations - 1
    if last_step:
        metrics = {"accuracy": 0.5}
        break
    STEP
    step += 1
if master_process:
    save_checkpoint("checkpoints/d3", step, "weights", None, {"step": step, "val_loss": val_loss, **metrics})
"""

# scripts/chat_rl.py
REWARDS = """
def rollouts():
    try:
        while True:
            yield 0.25
    finally:
        print("generator closed")
batches = rollouts()
num_steps = num_iterations
for step in range(num_steps):
    mean_reward = next(batches) + step
    lrm = 1.0 - step / num_steps
    BEFORE
    model.zero_grad(set_to_none=True)
    wandb_run.log({"step": step, "lrm": lrm, "pass@1": 0.5})
    if master_process and ((step > 0 and step % args.save_every == 0) or step == num_steps - 1):
        save_checkpoint("checkpoints/d4", step, "weights", None, {"model_config": {}})
"""

# scripts/base_train.py in October 2025.
OLD_BASE = """
for step in range(num_iterations + 1):
    last_step = step == num_iterations
    if last_step or step % 3 == 0:
        val_bpb = evaluate_bpb(step)
    if master_process and last_step:
        checkpoint_dir = os.path.join("checkpoints", "d5")
        save_checkpoint(checkpoint_dir, step, "weights", None, {"step": step, "val_bpb": val_bpb})
    if last_step:
        break
    STEP
"""


def script(loop: str, asks: dict[int, tuple[str, ...]] | None = None, extra: str = "", guard: str = GUARD) -> str:
    """A script around a loop: `asks` sends commands in the middle of steps, `extra` is run in each step."""
    commands = asks or {}
    before = f"wait_for_others(step)\nif step in {commands!r}: ask(*{commands!r}[step])\n{extra}"
    blocks = {
        "STEP": STEP,
        "SAVE": SAVE,
        "BEFORE": before,
        "COUNTED": "step += 1" if loop is FLAG else "",
    }
    body = loop.replace("GUARD", guard)
    for marker, block in blocks.items():
        body = _insert(body, marker, block)
    return HEAD + body + TAIL


def in_function(source: str) -> str:
    """The same script with everything but its imports inside `main()`."""
    lines = source.splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    rest = [line for line in lines if line not in imports]
    # A closure makes some of the variables cells, as a schedule function does.
    closure = "def progress(): return (num_iterations, step)"
    return "\n".join(imports) + "\ndef main():\n" + textwrap.indent("\n".join([*rest, closure]), "    ") + "\nmain()\n"


def _insert(text: str, marker: str, block: str) -> str:
    """Put a block where a line is the marker, as far indented."""
    lines = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(textwrap.indent(block.strip("\n"), indent) if line.strip() == marker else line)
    return "\n".join(lines) + "\n"


class Result:
    """What a run left: exit code, output, events by rank, and the files of its checkpoints."""

    def __init__(self, folder: Path, code: int, stdout: str, stderr: str, ranks: int) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.ranks = [read_events(folder / "bridge" / f"events.rank{rank}.jsonl") for rank in range(ranks)]
        self.events = self.ranks[0]
        self.files = sorted(str(path.relative_to(folder)) for path in folder.glob("checkpoints/*/*"))

    def of(self, kind: str, rank: int = 0, **fields: Any) -> list[dict[str, Any]]:
        """The events of a kind that have these values."""
        found = (event for event in self.ranks[rank] if event["kind"] == kind)
        return [event for event in found if all(event.get(name) == value for name, value in fields.items())]

    def logged(self) -> list[dict[str, Any]]:
        """The metrics that the script logs itself, without the times of its steps."""
        return [event for event in self.of("metrics") if not any(name.startswith("timer/") for name in event["m"])]

    def answers(self, rank: int = 0) -> list[tuple[str, str, int]]:
        """Every command event as (id, state, step)."""
        return [(event["id"], event["state"], event["step"]) for event in self.of("command", rank)]


def read_events(path: Path) -> list[dict[str, Any]]:
    """The events of a file, each line of which has to be whole and strict JSON."""

    def reject(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    if not path.exists():
        return []
    return [json.loads(line, parse_constant=reject) for line in path.read_text(encoding="utf-8").splitlines()]


class WorkspaceTest(unittest.TestCase):
    """A test with a workspace of its own."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.python_path = str(BRIDGE)
        for name, text in PACKAGE.items():
            self.write(name, textwrap.dedent(text))

    def write(self, name: str, text: str) -> None:
        """Put a file into the workspace."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def command(self, *arguments: str, bridged: bool = True) -> list[str]:
        """The command line that runs the script."""
        bridge = ["nanochat_bridge", "train"] if bridged else []
        return [sys.executable, "-m", *bridge, "scripts.fake_train", *arguments]

    def environment(self, rank: int = 0, ranks: int = 1) -> dict[str, str]:
        """The environment that the supervisor gives a rank."""
        (self.folder / "bridge").mkdir(exist_ok=True)
        own = {
            "NANOCHAT_BRIDGE_DIR": str(self.folder / "bridge"),
            "PYTHONPATH": self.python_path,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        distributed = {"RANK": str(rank), "WORLD_SIZE": str(ranks)} if ranks > 1 else {}
        return {**os.environ, **own, **distributed}

    def run_script(self, source: str, *arguments: str, ranks: int = 1, bridged: bool = True) -> Result:
        """Run a script on so many ranks, in a workspace without traces of an earlier run.

        Output and code are those of rank 0; any other failing rank is an error.
        """
        for left in ("bridge", "checkpoints"):
            shutil.rmtree(self.folder / left, ignore_errors=True)
        self.write("scripts/fake_train.py", source)
        processes = [
            subprocess.Popen(
                self.command(*arguments, bridged=bridged),
                cwd=self.folder,
                env=self.environment(rank, ranks),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(ranks)
        ]
        outputs = [process.communicate(timeout=60) for process in processes]
        for process, (_, stderr) in zip(processes[1:], outputs[1:]):
            self.assertEqual(process.returncode, 0, stderr)
        return Result(self.folder, processes[0].returncode, *outputs[0], ranks)
