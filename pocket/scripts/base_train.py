"""Trains a pocket base model from the text in data/.

python -m scripts.base_train

or, as several ranks on one machine, once for each rank R of N:

RANK=R LOCAL_RANK=R WORLD_SIZE=N MASTER_ADDR=127.0.0.1 MASTER_PORT=29500 python -m scripts.base_train

The flags, the names of the loop's variables and the printed lines are those of nanochat
(scripts/base_train.py@92d63d4); where a default differs, it is because the model is so much smaller.
"""

import argparse
import gc
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict

from nanochat.checkpoint_manager import load_checkpoint, save_checkpoint
from nanochat.common import (
    COMPUTE_DTYPE,
    COMPUTE_DTYPE_REASON,
    DummyWandb,
    autodetect_device_type,
    compute_cleanup,
    compute_init,
    exit_with_sentence,
    get_base_dir,
    peak_memory_mib,
    print0,
    print_banner,
    print_ignored_flags,
)
from nanochat.dataloader import Rows, tokenizing_distributed_data_loader, tokenizing_distributed_data_loader_with_state
from nanochat.engine import Engine
from nanochat.gpt import GPT, GPTConfig
from nanochat.loss_eval import evaluate_bpb
from nanochat.tokenizer import get_token_bytes, get_tokenizer
from scripts.base_eval import PROMPTS, evaluate_core

print_banner()

# -----------------------------------------------------------------------------
# CLI arguments
parser = argparse.ArgumentParser(description="Pretrain base model")
# Logging
parser.add_argument("--run", type=str, default="dummy", help="wandb run name (pocket never logs to wandb)")
# Runtime
parser.add_argument("--device-type", type=str, default="", help="cpu (empty = autodetect)")
# FP8 training
parser.add_argument("--fp8", action="store_true", help="enable FP8 training (no effect: requires a GPU)")
parser.add_argument("--fp8-recipe", type=str, default="tensorwise", choices=["rowwise", "tensorwise"], help="FP8 scaling recipe (no effect)")
# Model architecture
parser.add_argument("--depth", type=int, default=2, help="number of hidden layers; the width follows from it")
parser.add_argument("--aspect-ratio", type=int, default=8, help="model_dim = depth * aspect_ratio")
parser.add_argument("--head-dim", type=int, default=4, help="model_dim / head_dim is the number of n-grams that are read")
parser.add_argument("--max-seq-len", type=int, default=256, help="max context length")
parser.add_argument("--window-pattern", type=str, default="L", help="sliding window pattern (no effect: there is no attention)")
# Training horizon (only one used, in order of precedence)
parser.add_argument("--num-iterations", type=int, default=-1, help="explicit number of optimization steps (-1 = disable)")
parser.add_argument("--target-flops", type=float, default=-1.0, help="calculate num_iterations to reach target_flops (-1 = disable)")
parser.add_argument("--target-param-data-ratio", type=float, default=30, help="calculate num_iterations to maintain data:param ratio (-1 = disable)")
# Optimization
parser.add_argument("--device-batch-size", type=int, default=1, help="per-device batch size, in rows of max_seq_len tokens")
parser.add_argument("--total-batch-size", type=int, default=-1, help="total batch size in tokens (-1 = auto-compute)")
parser.add_argument("--embedding-lr", type=float, default=0.1, help="learning rate for embedding parameters (AdaGrad)")
parser.add_argument("--unembedding-lr", type=float, default=0.008, help="learning rate for unembedding parameters (AdamW)")
parser.add_argument("--weight-decay", type=float, default=0.0, help="weight decay for the hidden layers (AdamW)")
parser.add_argument("--matrix-lr", type=float, default=0.02, help="learning rate for matrix parameters (AdamW)")
parser.add_argument("--scalar-lr", type=float, default=0.02, help="learning rate for scalars (biases)")
parser.add_argument("--warmup-steps", type=int, default=20, help="number of steps for LR warmup")
parser.add_argument("--warmdown-ratio", type=float, default=0.65, help="ratio of iterations for LR warmdown")
parser.add_argument("--final-lr-frac", type=float, default=0.05, help="final LR as fraction of initial LR")
parser.add_argument("--resume-from-step", type=int, default=-1, help="resume training from this step (-1 = disable)")
# Evaluation
parser.add_argument("--eval-every", type=int, default=50, help="evaluate val bpb every N steps (-1 = disable)")
parser.add_argument("--eval-tokens", type=int, default=2048, help="number of tokens to evaluate val loss on")
parser.add_argument("--core-metric-every", type=int, default=200, help="evaluate pocket's stand-in for the CORE metric every N steps (-1 = disable)")
parser.add_argument("--core-metric-max-per-task", type=int, default=500, help="examples per task for the CORE metric")
parser.add_argument("--sample-every", type=int, default=100, help="sample from model every N steps (-1 = disable)")
parser.add_argument("--save-every", type=int, default=-1, help="save checkpoints every N steps (-1 = only at end)")
# Output
parser.add_argument("--model-tag", type=str, default=None, help="override model tag for checkpoint directory name")
args = parser.parse_args()
user_config = vars(args).copy()

# -----------------------------------------------------------------------------
# Ranks, logging, tokenizer
with exit_with_sentence():
    device_type = autodetect_device_type() if args.device_type == "" else args.device_type
    ddp, ddp_rank, ddp_local_rank, ddp_world_size, device = compute_init(device_type)
    master_process = ddp_rank == 0
    gpu_peak_flops = float("inf")  # unknown for a CPU, so MFU prints as 0
    print0(f"COMPUTE_DTYPE: {COMPUTE_DTYPE} ({COMPUTE_DTYPE_REASON})")
    print_ignored_flags({"run": args.run != "dummy", "fp8": args.fp8, "window-pattern": args.window_pattern != "L"})
    wandb_run = DummyWandb()
    tokenizer = get_tokenizer()
    token_bytes = get_token_bytes(device=device)
vocab_size = tokenizer.get_vocab_size()
print0(f"Vocab size: {vocab_size:,}")

# -----------------------------------------------------------------------------
# Model


def model_config_of(depth: int) -> GPTConfig:
    """The configuration of a model with this many hidden layers: deeper is wider and reads further back."""
    base_dim = depth * args.aspect_ratio
    model_dim = -(-base_dim // args.head_dim) * args.head_dim
    num_heads = model_dim // args.head_dim
    return GPTConfig(
        sequence_len=args.max_seq_len,
        vocab_size=vocab_size,
        n_layer=depth,
        n_head=num_heads,
        n_kv_head=num_heads,
        n_embd=model_dim,
        window_pattern=args.window_pattern,
    )


for flag in ("depth", "aspect_ratio", "head_dim", "max_seq_len", "device_batch_size"):
    if getattr(args, flag) < 1:
        raise SystemExit(f"--{flag.replace('_', '-')}={getattr(args, flag)}: it must be at least 1.")
model_config = model_config_of(args.depth)
model_config_kwargs = asdict(model_config)
print0(f"Model config:\n{json.dumps(model_config_kwargs, indent=2)}")
model = GPT(model_config)
model.init_weights()

base_dir = get_base_dir()
output_dirname = args.model_tag if args.model_tag else f"d{args.depth}"
checkpoint_dir = os.path.join(base_dir, "base_checkpoints", output_dirname)
resuming = args.resume_from_step != -1
if resuming:
    print0(f"Resuming optimization from step {args.resume_from_step}")
    with exit_with_sentence():
        model_data, optimizer_data, meta_data = load_checkpoint(
            checkpoint_dir, args.resume_from_step, device, load_optimizer=True, rank=ddp_rank
        )
        model.load_state_dict(model_data)
    del model_data
orig_model = model  # nanochat compiles the model here and keeps the original under this name

param_counts = model.num_scaling_params()
print0("Parameter counts:")
for key, value in param_counts.items():
    print0(f"{key:24s}: {value:,}")
num_params = param_counts["total"]
num_flops_per_token = model.estimate_flops()
print0(f"Estimated FLOPs per token: {num_flops_per_token:e}")

# -----------------------------------------------------------------------------
# Horizon, batch size and learning rates, scaled from a reference model as nanochat does.
# The reference is pocket's own default: depth 2, for which 256 tokens a batch were found to work.
B_REF = 256


def scaling_params_of(counts: dict[str, int]) -> int:
    """The parameters that the data:param ratio is about."""
    return counts["transformer_matrices"] + counts["lm_head"]


num_scaling_params = scaling_params_of(param_counts)
target_tokens = int(args.target_param_data_ratio * num_scaling_params)
D_REF = int(args.target_param_data_ratio * scaling_params_of(GPT(model_config_of(2)).num_scaling_params()))
horizon_ratio = target_tokens / D_REF if D_REF > 0 else 1.0
total_batch_size = args.total_batch_size
if total_batch_size == -1:
    world_rows = args.device_batch_size * args.max_seq_len * ddp_world_size
    total_batch_size = max(2 ** round(math.log2(B_REF * horizon_ratio**0.383)), world_rows)
    print0(f"Auto-computed optimal batch size: {total_batch_size:,} tokens")
batch_lr_scale = (total_batch_size / B_REF) ** 0.5
if batch_lr_scale != 1.0:
    print0(f"Scaling LRs by {batch_lr_scale:.4f} for batch size {total_batch_size:,} (reference: {B_REF:,})")
weight_decay_scaled = args.weight_decay * batch_lr_scale / horizon_ratio
if weight_decay_scaled != args.weight_decay:
    print0(f"Scaling weight decay from {args.weight_decay:.6f} to {weight_decay_scaled:.6f} for depth {args.depth}")

optimizer = model.setup_optimizer(
    unembedding_lr=args.unembedding_lr * batch_lr_scale,
    embedding_lr=args.embedding_lr * batch_lr_scale,
    matrix_lr=args.matrix_lr * batch_lr_scale,
    weight_decay=weight_decay_scaled,
    scalar_lr=args.scalar_lr * batch_lr_scale,
)
if resuming:
    with exit_with_sentence():
        optimizer.load_state_dict(optimizer_data)
    del optimizer_data

# -----------------------------------------------------------------------------
# Data
dataloader_resume_state_dict = meta_data["dataloader_state_dict"] if resuming else None
train_loader = tokenizing_distributed_data_loader_with_state(
    tokenizer, args.device_batch_size, args.max_seq_len, "train", dataloader_resume_state_dict
)


def build_val_loader() -> Iterator[tuple[Rows, Rows]]:
    """The validation text, from its start."""
    return tokenizing_distributed_data_loader(tokenizer, args.device_batch_size, args.max_seq_len, "val")


with exit_with_sentence():
    x, y, dataloader_state_dict = next(train_loader)

# -----------------------------------------------------------------------------
# How many steps, and how the learning rate goes
if args.num_iterations > 0:
    num_iterations = args.num_iterations
    print0(f"Using user-provided number of iterations: {num_iterations:,}")
elif args.target_flops > 0:
    num_iterations = round(args.target_flops / (num_flops_per_token * total_batch_size))
    print0(f"Calculated number of iterations from target FLOPs: {num_iterations:,}")
elif args.target_param_data_ratio > 0:
    num_iterations = target_tokens // total_batch_size
    print0(f"Calculated number of iterations from target data:param ratio: {num_iterations:,}")
else:
    raise SystemExit("No training horizon: give --num-iterations, --target-flops or --target-param-data-ratio.")
if num_iterations < 1:
    raise SystemExit("The horizon is less than one step: give a larger one, or a smaller --total-batch-size.")
total_tokens = total_batch_size * num_iterations
print0(f"Total number of training tokens: {total_tokens:,}")
print0(f"Tokens : Scaling params ratio: {total_batch_size * num_iterations / num_scaling_params:.2f}")
print0(f"Total training FLOPs estimate: {num_flops_per_token * total_tokens:e}")


def get_lr_multiplier(it: int) -> float:
    """Linear warm-up, constant, linear warm-down."""
    warmup_iters = args.warmup_steps
    warmdown_iters = round(args.warmdown_ratio * num_iterations)
    if it < warmup_iters:
        return (it + 1) / warmup_iters
    if it <= num_iterations - warmdown_iters:
        return 1.0
    progress = (num_iterations - it) / warmdown_iters
    return progress + (1 - progress) * args.final_lr_frac


# -----------------------------------------------------------------------------
# Loop state
if not resuming:
    step = 0
    val_bpb = None
    min_val_bpb = float("inf")
    smooth_train_loss = 0.0
    total_training_time = 0.0
else:
    step = meta_data["step"]
    loop_state = meta_data["loop_state"]
    val_bpb = meta_data["val_bpb"]
    min_val_bpb = loop_state["min_val_bpb"]
    smooth_train_loss = loop_state["smooth_train_loss"]
    total_training_time = loop_state["total_training_time"]

tokens_per_fwdbwd = args.device_batch_size * args.max_seq_len
world_tokens_per_fwdbwd = tokens_per_fwdbwd * ddp_world_size
if total_batch_size % world_tokens_per_fwdbwd != 0:
    raise SystemExit(
        f"The total batch size ({total_batch_size} tokens) is not a multiple of device-batch-size x max-seq-len x ranks "
        f"({world_tokens_per_fwdbwd}). Change --total-batch-size."
    )
grad_accum_steps = total_batch_size // world_tokens_per_fwdbwd
print0(f"Tokens / micro-batch / rank: {args.device_batch_size} x {args.max_seq_len} = {tokens_per_fwdbwd:,}")
print0(f"Tokens / micro-batch: {world_tokens_per_fwdbwd:,}")
print0(f"Total batch size {total_batch_size:,} => gradient accumulation steps: {grad_accum_steps}")

# Go!
while True:
    last_step = step == num_iterations  # one iteration more than steps, to evaluate and save at the end
    flops_so_far = num_flops_per_token * total_batch_size * step

    # once in a while: bits per byte on the validation text (all ranks take part)
    if args.eval_every > 0 and (last_step or step % args.eval_every == 0):
        model.eval()
        val_loader = build_val_loader()
        eval_steps = max(1, args.eval_tokens // world_tokens_per_fwdbwd)
        val_bpb = evaluate_bpb(model, val_loader, eval_steps, token_bytes)
        print0(f"Step {step:05d} | Validation bpb: {val_bpb:.6f}")
        if val_bpb < min_val_bpb:
            min_val_bpb = val_bpb
        clock = {"step": step, "total_training_flops": flops_so_far, "total_training_time": total_training_time}
        wandb_run.log({**clock, "val/bpb": val_bpb})
        model.train()

    # once in a while: the stand-in for CORE
    results = {}
    if args.core_metric_every > 0 and (last_step or (step > 0 and step % args.core_metric_every == 0)):
        model.eval()
        results = evaluate_core(orig_model, tokenizer, device, max_per_task=args.core_metric_max_per_task)
        print0(f"Step {step:05d} | CORE metric: {results['core_metric']:.4f}")
        scores = {"core_metric": results["core_metric"], "centered_results": results["centered_results"]}
        wandb_run.log({"step": step, "total_training_flops": flops_so_far, **scores})
        model.train()

    # once in a while: samples (rank 0 only)
    if args.sample_every > 0 and master_process and (last_step or (step > 0 and step % args.sample_every == 0)):
        model.eval()
        engine = Engine(orig_model, tokenizer)
        for prompt in PROMPTS:
            tokens = tokenizer(prompt, prepend="<|bos|>")
            sample, _ = engine.generate_batch(tokens, num_samples=1, max_tokens=32, temperature=0)
            print0(tokenizer.decode(sample[0]))
        model.train()

    # at the end, or every save_every steps, but not at the first step or where we resumed
    if last_step or (step > 0 and step != args.resume_from_step and args.save_every > 0 and step % args.save_every == 0):
        save_checkpoint(
            checkpoint_dir,
            step,
            orig_model.state_dict(),
            optimizer.state_dict(),
            {
                "step": step,
                "val_bpb": val_bpb,
                "model_config": model_config_kwargs,
                "user_config": user_config,
                "device_batch_size": args.device_batch_size,
                "max_seq_len": args.max_seq_len,
                "total_batch_size": total_batch_size,
                "dataloader_state_dict": dataloader_state_dict,
                "loop_state": {
                    "min_val_bpb": min_val_bpb,
                    "smooth_train_loss": smooth_train_loss,
                    "total_training_time": total_training_time,
                },
            },
            rank=ddp_rank,
        )

    if last_step:
        break

    # -------------------------------------------------------------------------
    # a single training step
    t0 = time.time()
    for micro_step in range(grad_accum_steps):
        loss = model(x, y)
        train_loss = loss.detach()
        loss = loss / grad_accum_steps
        loss.backward()
        x, y, dataloader_state_dict = next(train_loader)
    lrm = get_lr_multiplier(step)
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * lrm
    optimizer.step()
    model.zero_grad(set_to_none=True)
    train_loss_f = train_loss.item()
    t1 = time.time()
    dt = t1 - t0
    # -------------------------------------------------------------------------

    ema_beta = 0.9
    smooth_train_loss = ema_beta * smooth_train_loss + (1 - ema_beta) * train_loss_f
    debiased_smooth_loss = smooth_train_loss / (1 - ema_beta ** (step + 1))
    pct_done = 100 * step / num_iterations
    tok_per_sec = int(total_batch_size / dt)
    flops_per_sec = num_flops_per_token * total_batch_size / dt
    mfu = 100 * flops_per_sec / (gpu_peak_flops * ddp_world_size)
    if step > 10:
        total_training_time += dt  # the first steps are not representative
    steps_done = step - 10
    eta_str = ""
    if steps_done > 0:
        eta_seconds = (num_iterations - step) * total_training_time / steps_done
        eta_str = f" | eta: {eta_seconds / 60:.1f}m"
    epoch = f"{dataloader_state_dict['epoch']} pq: {dataloader_state_dict['pq_idx']} rg: {dataloader_state_dict['rg_idx']}"
    print0(
        f"step {step:05d}/{num_iterations:05d} ({pct_done:.2f}%) | loss: {debiased_smooth_loss:.6f} | lrm: {lrm:.2f} "
        f"| dt: {dt * 1000:.2f}ms | tok/sec: {tok_per_sec:,} | bf16_mfu: {mfu:.2f} | epoch: {epoch} "
        f"| total time: {total_training_time / 60:.2f}m{eta_str}"
    )
    if step % 100 == 0:
        clock = {"step": step, "total_training_flops": flops_so_far, "total_training_time": total_training_time}
        learning = {"train/loss": debiased_smooth_loss, "train/lrm": lrm, "train/epoch": epoch}
        speed = {"train/dt": dt, "train/tok_per_sec": tok_per_sec, "train/mfu": mfu}
        wandb_run.log({**clock, **learning, **speed})

    first_step_of_run = (step == 0) or (resuming and step == args.resume_from_step)
    step += 1

    # The collector would walk through a million numbers again and again and find nothing: a step leaves no cycles.
    if first_step_of_run:
        gc.collect()
        gc.freeze()
        gc.disable()
    elif step % 5000 == 0:
        gc.collect()

print0(f"Peak memory usage: {peak_memory_mib():.2f}MiB")
print0(f"Total training time: {total_training_time / 60:.2f}m")
if val_bpb is not None:
    print0(f"Minimum validation bpb: {min_val_bpb:.6f}")

wandb_run.finish()
compute_cleanup()
