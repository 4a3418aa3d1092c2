"""The bridge on a real nanochat with real torch, on the CPU: `python tests/real_train.py`.

NANOCHAT_DIR is the checkout, NANOCHAT_PYTHON its interpreter, NANOCHAT_BASE_DIR a base directory with a tokenizer, text
shards and chat tasks; it is not written to. Ends with one line `N passed, N failed`; what a version of nanochat does
not have is named and not counted.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from real_run import Run, Workspace, expect

LOSS = re.compile(r"^step (\d+)\S* .*?loss: (\S+) ")
VALIDATION = re.compile(r"^Step (\d+) \| Validation bpb: (\S+)$")
BASE = {
    "depth": 2,
    "max_seq_len": 128,
    "device_batch_size": 2,
    "total_batch_size": 256,
    "eval_every": 20,
    "eval_tokens": 1024,
    "core_metric_every": -1,
    "sample_every": -1,
    "num_iterations": 40,
    "device_type": "cpu",
}
SFT = {
    "num_iterations": 60,
    "eval_every": 20,
    "eval_tokens": 1024,
    "chatcore_every": -1,
    "device_type": "cpu",
    "model_tag": "d2",
    "max_seq_len": 128,
    "device_batch_size": 2,
    "total_batch_size": 256,
}
RL = {
    "model_tag": "d2",
    "num_samples": 2,
    "examples_per_step": 2,
    "device_batch_size": 2,
    "max_new_tokens": 16,
    "eval_every": 1000,
    "save_every": 1000,
    "eval_examples": 2,
    "device_type": "cpu",
}
# More steps than a run is going to make: it is stopped.
ENDLESS = {"num_iterations": 2000, "eval_every": 1000}


def losses_are_those_of_a_plain_run(workspace: Workspace) -> None:
    plain = workspace.start("base_train", BASE, bridged=False).finish()
    bridged = workspace.start("base_train", BASE).finish()
    for line in (LOSS, VALIDATION):
        expect(len(plain.printed(line)) >= 3, f"a plain run prints its losses: {plain.output[-3000:]}")
        expect(bridged.printed(line) == plain.printed(line), f"{bridged.printed(line)}\nis not\n{plain.printed(line)}")
    steps = bridged.of("step")
    check_steps(bridged)
    expect(all("train/loss_raw" in event["m"] and event["m"]["train/dt"] > 0 for event in steps), str(steps[-1]))
    expect(bridged.of("problem") == [], str(bridged.of("problem")))
    validations = [event["step"] for event in bridged.of("metrics") if "val/bpb" in event["m"]]
    expect(validations == [0, 20, 40], str(bridged.of("metrics")))
    expect(bridged.of("config")[0]["derived"]["torch"].startswith("2."), str(bridged.of("config")))
    check_times(bridged)
    print(f"    overhead: {bridged.events()[-1]['overhead']}")


def base_train_saves_and_stops(workspace: Workspace) -> None:
    run = workspace.start("base_train", {**BASE, **ENDLESS})
    saved, stopped = run.save_and_stop(5)
    check_files(run, saved["step"], stopped["step"], optimizers=1)
    numbers = [event["step"] for event in run.of("step")]
    expect(numbers == list(range(stopped["step"])), f"no step is missing before {stopped['step']}: {numbers}")
    expect(run.of("problem") == [], str(run.of("problem")))


def two_ranks_act_at_the_same_step(workspace: Workspace) -> None:
    run = workspace.start("base_train", {**BASE, **ENDLESS, "total_batch_size": 512}, ranks=2)
    saved, stopped = run.save_and_stop(5)
    check_files(run, saved["step"], stopped["step"], optimizers=2)
    applied = [[(e["id"], e["step"]) for e in run.of("command", rank, state="applied")] for rank in (0, 1)]
    expect(applied[0] == applied[1] and len(applied[0]) == 2, f"both ranks apply both commands at once: {applied}")
    expect(run.of("problem") + run.of("problem", 1) == [], str(run.of("problem", 1)))


def evaluates_samples_pauses_and_takes_patches(workspace: Workspace, ranks: int = 1) -> None:
    """The learning rate and the interval of evaluation change at one step on all ranks; a depth does not."""
    settings = {**BASE, **ENDLESS, "eval_every": 10_000, "total_batch_size": 256 * ranks}
    run = workspace.start("base_train", settings, ranks=ranks)
    run.wait_for_step(5)
    evaluated = run.obey("evaluate")["step"] + 1
    expect([e["step"] for e in run.of("metrics") if "val/bpb" in e["m"]][-1] == evaluated, str(run.of("metrics")))
    run.obey("sample")
    expect(len(run.of("sample")) > 0, "samples are told")
    before = {field["name"]: field["value"] for field in run.of("config")[-1]["fields"]}
    change = {"matrix_lr": before["matrix_lr"] / 2, "eval_every": 20}
    applied = run.obey("patch", change)
    expect([c["from"] for c in applied["changes"]] == [before["matrix_lr"], 10_000], str(applied))
    run.wait_for_step(applied["step"] + 22)
    expect(any("val/bpb" in e["m"] and e["step"] % 20 == 0 and e["step"] > applied["step"] for e in run.of("metrics")), "the new interval")
    refused = run.ask("patch", {"depth": 4})
    run.wait_for(lambda: run.of("command", id=refused, state="refused"), "the refusal of a frozen setting")
    pause = run.ask("pause")
    run.wait_for(lambda: run.of("command", id=pause, state="applied"), "the pause")
    at = max(event["step"] for event in run.of("step"))
    run.obey("resume")
    run.wait_for_step(at + 5)
    run.ask("stop")
    run.finish()
    everywhere = [[(e["id"], e["step"]) for e in run.of("command", rank, state="applied")] for rank in range(ranks)]
    told = [[one for one in rank if not one[0].startswith("resume")] for rank in everywhere]
    expect(all(rank == told[0] for rank in told), f"all ranks apply everything at the same steps: {everywhere}")
    problems = [problem for rank in range(ranks) for problem in run.of("problem", rank)]
    expect(problems == [], str(problems))


def two_ranks_take_the_same_patches(workspace: Workspace) -> None:
    evaluates_samples_pauses_and_takes_patches(workspace, ranks=2)


def trains_on_when_a_stop_cannot_save(
    workspace: Workspace, script: str = "base_train", settings: dict[str, Any] | None = None, ranks: int = 1
) -> None:
    run = workspace.start(script, {**(settings or BASE), **ENDLESS, "total_batch_size": 256 * ranks}, ranks=ranks)
    run.wait_for_step(5)
    folder = Path(run.of("config")[-1]["derived"]["checkpointDir"])
    aside = folder.with_suffix(".aside")
    if folder.exists():
        folder.rename(aside)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()
    stop = run.ask("stop")
    run.wait_for(lambda: run.of("command", id=stop, state="refused"), "the refusal")
    refused = run.of("command", id=stop, state="refused")[0]["step"]
    folder.unlink()
    if aside.exists():
        aside.rename(folder)
    run.wait_for_step(refused + 5)
    stop = run.ask("stop")
    run.finish()
    done = run.of("command", id=stop, state="done")
    expect(len(done) == 1, f"the second stop is done: {run.of('command')}")
    numbers = [event["step"] for event in run.of("step")]
    expect(numbers == sorted(set(numbers)) and len(numbers) >= done[0]["step"], f"each step once: {numbers}")
    ends = [run.events(rank)[-1]["step"] for rank in range(ranks)]
    expect(len(set(ends)) == 1, f"all ranks end at one step: {ends}")


def two_ranks_train_on_when_a_stop_cannot_save(workspace: Workspace) -> None:
    trains_on_when_a_stop_cannot_save(workspace, ranks=2)


def chat_sft_trains_on_when_a_stop_cannot_save(workspace: Workspace) -> None:
    trains_on_when_a_stop_cannot_save(workspace, "chat_sft", SFT)


def chat_sft_saves_and_stops(workspace: Workspace) -> None:
    run = workspace.start("chat_sft", {**SFT, **ENDLESS})
    saved, stopped = run.save_and_stop(5)
    check_files(run, saved["step"], stopped["step"], optimizers=1)
    check_steps(run)


def chat_rl_saves_and_stops(workspace: Workspace) -> None:
    run = workspace.start("chat_rl", RL)
    saved, stopped = run.save_and_stop(1)
    check_files(run, saved["step"], stopped["step"], optimizers=0)
    expect("Traceback" not in run.output and "AttributeError" not in run.output, run.output[-2000:])
    expect("rl/reward" in run.of("step")[0]["m"], str(run.of("step")[:1]))
    expect("timer/data" in run.of("step")[1]["m"], "the rollouts are the data of a step")


def check_steps(run: Run) -> None:
    """Every step that was printed was sent, under its number and with the digits that were printed."""
    sent = [(event["step"], f"{event['m']['train/loss']:.6f}") for event in run.of("step")]
    expect(sent == run.printed(LOSS), f"the events\n{sent}\nare not what was printed\n{run.printed(LOSS)}")


def check_times(run: Run) -> None:
    """The parts of a step are told from the second on, and make up most of it; evaluations and saves at their steps."""
    expect("missing" not in run.of("hello")[0]["capabilities"]["timers"], str(run.of("hello")))
    parts = [f"timer/{part}" for part in ("data", "forward", "backward", "optimizer")]
    steps = [event["m"] for event in run.of("step")]
    expect(not any(part in steps[0] for part in parts), str(steps[0]))
    expect(all(step.get(part, 0) > 0 for step in steps[1:] for part in parts), str(steps[1]))
    shares = sorted(sum(step[part] for part in parts) / step["train/dt"] for step in steps[1:])
    expect(0.7 < shares[len(shares) // 2] <= 1 and shares[-1] <= 1.01, f"the share of a step that its parts make up: {shares}")
    for name, at in (("timer/eval", [0, 20, 40]), ("timer/save", [40])):
        told = [event["step"] for event in run.of("metrics") if event["m"].get(name, 0) > 0]
        expect(told == at, f"{name} at {told} and not at {at}")
    means = {part: f"{1000 * sum(step[part] for step in steps[1:]) / len(steps[1:]):.1f} ms" for part in parts}
    print(f"    times: {means}, {100 * shares[len(shares) // 2]:.0f} % of the step")


def check_files(run: Run, *steps: int, optimizers: int) -> None:
    """The checkpoints that were asked for are whole, and reported as they are."""
    for step in steps:
        (checkpoint,) = run.of("checkpoint", step=step)
        directory = Path(checkpoint["dir"])
        files = {path.name: path.stat().st_size for path in directory.iterdir() if f"_{step:06d}" in path.name}
        expect({f["name"]: f["bytes"] for f in checkpoint["files"]} == files, f"{checkpoint} reports {files}")
        kinds = sorted(name.split("_")[0] for name in files)
        expect(kinds == sorted(["meta", "model", *["optim"] * optimizers]), f"the files of step {step}: {files}")
        expect(checkpoint["trigger"] == "request" and min(files.values()) > 0, str(checkpoint))
        json.loads((directory / f"meta_{step:06d}.json").read_text(encoding="utf-8"))


Case = Callable[[Workspace], None]
CASES: tuple[tuple[Case, str, str], ...] = (
    (losses_are_those_of_a_plain_run, "base_train", ""),
    (base_train_saves_and_stops, "base_train", ""),
    (two_ranks_act_at_the_same_step, "base_train", "rank=ddp_rank"),
    (chat_sft_saves_and_stops, "chat_sft", 'load_model("base"'),
    (chat_rl_saves_and_stops, "chat_rl", 'load_model("sft"'),
    (chat_sft_trains_on_when_a_stop_cannot_save, "chat_sft", 'load_model("base"'),
    # Last: the checkpoint of two ranks that it leaves would be the newest, and SFT cannot take up its optimizer.
    (evaluates_samples_pauses_and_takes_patches, "base_train", ""),
    (two_ranks_take_the_same_patches, "base_train", "rank=ddp_rank"),
    (trains_on_when_a_stop_cannot_save, "base_train", ""),
    (two_ranks_train_on_when_a_stop_cannot_save, "base_train", "rank=ddp_rank"),
)


def main() -> int:
    """Run every case that the version of nanochat has the script for."""
    variables = ("NANOCHAT_DIR", "NANOCHAT_PYTHON", "NANOCHAT_BASE_DIR")
    missing = [name for name in variables if not os.environ.get(name)]
    if missing:
        print(f"{', '.join(missing)} must be set: the checkout, its Python, and a base directory", file=sys.stderr)
        return 2
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        directory, python, base = (os.environ[name] for name in variables)
        workspace = Workspace(Path(directory).resolve(), python, Path(base), Path(temporary))
        for case, script, needs in CASES:
            name = case.__name__.replace("_", " ")
            if needs not in workspace.source(script) or not workspace.source(script):
                print(f"not in this version: {name} (scripts/{script}.py without {needs or 'it'})")
                continue
            began = time.monotonic()
            try:
                case(workspace)
            except Exception:
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
            else:
                passed += 1
                print(f"passed  {name} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
