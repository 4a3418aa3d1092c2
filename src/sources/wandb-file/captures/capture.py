"""Writes the captures beside it with the real W&B client, offline: `python capture.py DIR SCENE`.

Logs and prints what nanochat's scripts do (scripts/base_train.py@92d63d4), with made-up values.
"""

import os
import sys

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DISABLE_CODE="true", WANDB_DISABLE_GIT="true")

import wandb  # noqa: E402

CONFIG = {"run": "d4-first", "depth": 4, "num_iterations": 120, "total_batch_size": 2048, "model_tag": None, "fp8": False, "head": {"dim": 64}}
STEPS = 120


def train(run: "wandb.Run", start: int, end: int) -> None:
    print("Vocab size: 32,768")
    for step in range(start, STEPS + 1):
        seen = {"step": step, "total_training_flops": step * 1.5e15, "total_training_time": step * 0.03}
        if step % 20 == 0:
            bpb = 3 - step / 100
            print(f"Step {step:05d} | Validation bpb: {bpb:.6f}")
            run.log({**seen, "val/bpb": bpb})
        if step > 0 and step % 60 == 0:
            print(f"Step {step:05d} | CORE metric: {0.21:.4f}")
            run.log({"step": step, "core_metric": 0.21, "centered_results": {"arc_easy": 0.1, "squad": -0.02}})
        if step == STEPS or step == end:
            return
        loss = float("nan") if step == 40 else 9 - step / 20
        rate = f"loss: {loss:.6f} | lrm: 1.00 | dt: 30.00ms | tok/sec: 68,266 | bf16_mfu: 0.00"
        print(f"step {step:05d}/{STEPS:05d} ({100 * step / STEPS:.2f}%) | {rate} | epoch: 1 pq: 0 rg: 3 | total time: {step * 0.03 / 60:.2f}m")
        if step % 20 == 0:
            mfu = float("inf") if step == 60 else 0.0
            train = {"loss": loss + 1e-9, "lrm": 1.0, "dt": 0.03, "tok_per_sec": 68266, "mfu": mfu, "epoch": "1 pq: 0 rg: 3"}
            run.log({**seen, **{f"train/{name}": value for name, value in train.items()}})


def main(folder: str, scene: str) -> None:
    start, end = {"first": (0, 60), "resumed": (60, STEPS), "whole": (0, STEPS)}[scene]
    run_id = "whole123" if scene == "whole" else "d4first1"
    run = wandb.init(project="nanochat", name="d4-first", dir=folder, id=run_id, resume="allow", config=CONFIG)
    train(run, start, end)
    print("Evaluating: arc_easy (0-shot, type: multiple_choice)... ", end="")
    print("WARNING: a line of stderr", file=sys.stderr)
    print("accuracy: 0.3000 | centered: 0.0667 | time: 1.00s")
    run.alert(title="done", text="an alert of the script's own")
    if scene == "first":
        run.finish(exit_code=1)
    run.finish()


main(sys.argv[1], sys.argv[2])
