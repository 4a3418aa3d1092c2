"""Writes a run with the real W&B client, offline, as fast as it takes it: `python wandb_write.py DIR STEPS`."""

import math
import os
import sys

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DISABLE_CODE="true", WANDB_DISABLE_GIT="true")

import wandb  # noqa: E402


def main(folder: str, steps: int) -> None:
    """Twelve metrics a step, beside the step itself."""
    run = wandb.init(project="nanochat", name="bench", dir=folder, config={"depth": 12, "num_iterations": steps})
    for step in range(steps):
        wave = math.sin(step / 999)
        run.log(
            {
                "step": step,
                "train/loss": 2 + 8 / (1 + step / 2e4) + wave / 9,
                "train/lrm": 1 - step / steps,
                "train/dt": 0.033 + wave / 1e3,
                "train/tok_per_sec": 500_000 + int(wave * 9999),
                "train/mfu": 47.3 + wave,
                "train/epoch": 1,
                "train/grad_norm": 0.3 + wave / 7,
                "total_training_time": step * 0.03,
                "total_training_flops": step * 1.2e15,
                "val/bpb": 1 + 1 / (1 + step / 1e4),
                "bench/a": wave * 3,
                "bench/b": wave * 5,
            }
        )
    run.finish()


main(sys.argv[1], int(sys.argv[2]))
