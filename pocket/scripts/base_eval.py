"""Evaluates a base model: bits per byte, samples, and pocket's stand-in for CORE.

python -m scripts.base_eval --eval core,bpb,sample
"""

import argparse
import csv
import math
import os
import time
from typing import Any

from nanochat.checkpoint_manager import load_model
from nanochat.common import (
    Device,
    autodetect_device_type,
    compute_cleanup,
    compute_init,
    exit_with_sentence,
    get_base_dir,
    print0,
)
from nanochat.core_eval import CHANCE, evaluate_choices
from nanochat.dataloader import tokenizing_distributed_data_loader
from nanochat.dataset import read_choices
from nanochat.engine import Engine
from nanochat.gpt import GPT
from nanochat.loss_eval import evaluate_bpb
from nanochat.tokenizer import ByteTokenizer, get_token_bytes

PROMPTS = [
    "The capital of France is",
    "The chemical symbol of gold is",
    "If yesterday was Friday, then tomorrow will be",
    "The opposite of hot is",
    "The planets of the solar system are:",
    "My favorite color is",
    "If 5*x + 3 = 13, then x is",
]
MODES = ("core", "bpb", "sample")


def evaluate_core(model: GPT, tokenizer: ByteTokenizer, device: Device, max_per_task: int = -1) -> dict[str, Any]:
    """Pocket's tasks in the shape of nanochat's result: results, centered_results and core_metric."""
    print0("Pocket has no CORE benchmark: these are multiple-choice questions about its own text")
    tasks: dict[str, list[dict[str, Any]]] = {}
    for question in read_choices():
        tasks.setdefault(question["task"], []).append(question)
    results = {}
    centered_results = {}
    for label, questions in tasks.items():
        start = time.time()
        print0(f"Evaluating: {label} (0-shot, type: multiple_choice)... ", end="")
        accuracy = evaluate_choices(model, tokenizer, questions[:max_per_task] if max_per_task > 0 else questions)
        centered = (accuracy - CHANCE) / (1.0 - CHANCE)
        results[label] = accuracy
        centered_results[label] = centered
        print0(f"accuracy: {accuracy:.4f} | centered: {centered:.4f} | time: {time.time() - start:.2f}s")
    core_metric = math.fsum(centered_results.values()) / len(centered_results)
    return {"results": results, "centered_results": centered_results, "core_metric": core_metric}


def headline(title: str) -> None:
    """A title between two lines."""
    print0("\n" + "=" * 80)
    print0(title)
    print0("=" * 80)


def print_samples(model: GPT, tokenizer: ByteTokenizer) -> None:
    """Continuations of the prompts at temperature 0, and a few texts from nothing."""
    engine = Engine(model, tokenizer)
    print0("\nConditioned samples:")
    for prompt in PROMPTS:
        sample, _ = engine.generate_batch(tokenizer(prompt, prepend="<|bos|>"), max_tokens=32, temperature=0)
        print0("-" * 80)
        print0(tokenizer.decode(sample[0]))
    print0("\nUnconditioned samples:")
    samples, _ = engine.generate_batch(tokenizer("", prepend="<|bos|>"), num_samples=4, max_tokens=128, temperature=1.0)
    for sample in samples:
        print0("-" * 80)
        print0(tokenizer.decode(sample))


def print_bpb(model: GPT, tokenizer: ByteTokenizer, device: Device, args: argparse.Namespace, world_size: int) -> None:
    """Bits per byte on both splits."""
    token_bytes = get_token_bytes(device=device)
    length = model.config.sequence_len
    tokens_per_step = args.device_batch_size * length * world_size
    if args.split_tokens % tokens_per_step != 0:
        args.split_tokens = max(1, args.split_tokens // tokens_per_step) * tokens_per_step
        print0(f"Adjusted split_tokens to {args.split_tokens} (must be divisible by {tokens_per_step})")
    for split in ("train", "val"):
        loader = tokenizing_distributed_data_loader(tokenizer, args.device_batch_size, length, split)
        bpb = evaluate_bpb(model, loader, args.split_tokens // tokens_per_step, token_bytes)
        print0(f"{split} bpb: {bpb:.6f}")


def write_core_csv(results: dict[str, Any], slug: str) -> None:
    """The table that nanochat writes beside its checkpoints."""
    path = os.path.join(get_base_dir(), "base_eval", f"{slug}.csv")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Task", "Accuracy", "Centered"])
        for label, accuracy in results["results"].items():
            writer.writerow([label, f"{accuracy:.6f}", f"{results['centered_results'][label]:.6f}"])
        writer.writerow(["CORE", "", f"{results['core_metric']:.6f}"])
    print0(f"\nResults written to: {path}")
    print0(f"CORE metric: {results['core_metric']:.4f}")


def parse_args() -> tuple[argparse.Namespace, set[str]]:
    """The flags of nanochat's script, and the set of evaluations to run."""
    parser = argparse.ArgumentParser(description="Base model evaluation")
    parser.add_argument("--eval", type=str, default="core,bpb,sample", help="Comma-separated evaluations to run: core,bpb,sample")
    parser.add_argument("--model-tag", type=str, default=None, help="model tag to identify the checkpoint directory")
    parser.add_argument("--step", type=int, default=None, help="Model step to load (default = last)")
    parser.add_argument("--max-per-task", type=int, default=-1, help="Max examples per CORE task (-1 = all)")
    parser.add_argument("--device-batch-size", type=int, default=1, help="Per-device batch size for BPB evaluation")
    parser.add_argument("--split-tokens", type=int, default=4096, help="Number of tokens to evaluate per split for BPB")
    parser.add_argument("--device-type", type=str, default="", help="cpu (empty = autodetect)")
    args = parser.parse_args()
    modes = {mode.strip() for mode in args.eval.split(",")}
    unknown = sorted(modes.difference(MODES))
    if unknown:
        parser.error(f"--eval has no {', '.join(unknown)}: use any of {', '.join(MODES)}")
    return args, modes


def main() -> None:
    """Loads the model and runs what --eval names."""
    args, modes = parse_args()
    with exit_with_sentence():
        device_type = autodetect_device_type() if args.device_type == "" else args.device_type
        _, rank, _, world_size, device = compute_init(device_type)
        model, tokenizer, meta = load_model("base", device, phase="eval", model_tag=args.model_tag, step=args.step)
    print0(f"Evaluating model: base_model (step {meta['step']})")
    print0(f"Eval modes: {', '.join(sorted(modes))}")
    if "sample" in modes and rank == 0:
        headline("Model Samples")
        print_samples(model, tokenizer)
    if "bpb" in modes:
        headline("BPB Evaluation")
        print_bpb(model, tokenizer, device, args, world_size)
    if "core" in modes:
        headline("CORE Evaluation")
        results = evaluate_core(model, tokenizer, device, max_per_task=args.max_per_task)
        if rank == 0:
            write_core_csv(results, f"base_model_{meta['step']:06d}")
    compute_cleanup()


if __name__ == "__main__":
    main()
