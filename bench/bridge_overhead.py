"""What the bridge adds to a training step: the same empty loop, plain and under the bridge. Prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = 20_000

NN = "class Module:\n    def zero_grad(self, set_to_none: bool = True) -> None:\n        pass\n"
CHECKPOINTS = "def save_checkpoint(*args, **kwargs):\n    pass\n"
# The loop's own names are what the bridge reads; the arithmetic is what a script does beside its torch calls.
LOOP = f"""
import itertools, time
from nanochat.nn import Module
from nanochat.checkpoint_manager import save_checkpoint

class Loss:
    def backward(self):
        pass

class Model(Module):
    def __call__(self, batch):
        return Loss()

class Optimizer:
    param_groups = []
    def step(self):
        pass

train_loader, optimizer = itertools.count(), Optimizer()
model, step, num_iterations, total_batch_size = Model(), 0, {STEPS}, 524288
smooth_train_loss, total_training_time, save_every = 0.0, 0.0, -1
began = time.perf_counter()
while True:
    last_step = step == num_iterations
    if last_step or (step > 0 and save_every > 0 and step % save_every == 0):
        save_checkpoint("out", step, None, None, {{}}, rank=0)
    if last_step:
        break
    t0 = time.time()
    train_loss_f = 3.0 + 1.0 / (step + 1)
    lrm = 1.0
    loss = model(next(train_loader))
    loss.backward()
    optimizer.step()
    model.zero_grad(set_to_none=True)
    dt = time.time() - t0
    smooth_train_loss = 0.9 * smooth_train_loss + 0.1 * train_loss_f
    debiased_smooth_loss = smooth_train_loss / (1 - 0.9 ** (step + 1))
    tok_per_sec = int(total_batch_size / max(dt, 1e-9))
    mfu = 50.0
    total_training_time += dt
    step += 1
print((time.perf_counter() - began) / {STEPS} * 1e6)
"""


def microseconds_per_step(folder: Path, command: list[str], environment: dict[str, str]) -> float:
    ran = subprocess.run([sys.executable, *command], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return float(ran.stdout.strip().splitlines()[-1])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in {
            "nanochat/__init__.py": "",
            "nanochat/nn.py": NN,
            "nanochat/checkpoint_manager.py": CHECKPOINTS,
            "scripts/__init__.py": "",
            "scripts/base_train.py": LOOP,
        }.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        (folder / "bridge").mkdir()
        (folder / "bridge" / "control.json").write_text('{"version": 1, "commands": []}')
        channel = {"NANOCHAT_BRIDGE_DIR": str(folder / "bridge"), "PYTHONPATH": str(ROOT / "bridge")}
        plain = min(microseconds_per_step(folder, ["-m", "scripts.base_train"], {}) for _ in range(3))
        bridged = min(microseconds_per_step(folder, ["-m", "nanochat_bridge", "train", "scripts.base_train"], channel) for _ in range(3))
        events = sum(1 for line in (folder / "bridge" / "events.rank0.jsonl").open() if '"step"' in line)
        assert events >= STEPS, f"the bridge told {events} of {STEPS} steps"
        print(json.dumps({"plainMicroseconds": plain, "bridgedMicroseconds": bridged, "at": time.time()}))


if __name__ == "__main__":
    main()
