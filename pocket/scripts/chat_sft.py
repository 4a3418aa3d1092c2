"""Fine-tunes a pocket base model on the conversations in data/.

python -m scripts.chat_sft

or as several ranks, like base_train. The flags, the names of the loop's variables and the printed
lines are those of nanochat (scripts/chat_sft.py@92d63d4).
"""

import argparse
import gc
import os
import time
from collections.abc import Iterator

from nanochat import distributed
from nanochat.checkpoint_manager import load_model, load_optimizer_state, save_checkpoint
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
from nanochat.core_eval import CHANCE, evaluate_choices, evaluate_recall
from nanochat.dataloader import Rows, shuffled
from nanochat.dataset import read_choices, read_conversations
from nanochat.engine import Engine
from nanochat.gpt import IGNORED
from nanochat.loss_eval import evaluate_bpb
from nanochat.tokenizer import get_token_bytes

print_banner()

# How often a full run goes through the conversations: there are so few that once would teach nothing.
REPEATS = 24

# -----------------------------------------------------------------------------
# CLI arguments
parser = argparse.ArgumentParser(description="Supervised fine-tuning (SFT) the model")
# Logging
parser.add_argument("--run", type=str, default="dummy", help="wandb run name (pocket never logs to wandb)")
# Runtime
parser.add_argument("--device-type", type=str, default="", help="cpu (empty = autodetect)")
# Model loading
parser.add_argument("--model-tag", type=str, default=None, help="model tag to load from")
parser.add_argument("--model-step", type=int, default=None, help="model step to load from")
parser.add_argument("--load-optimizer", type=int, default=1, help="warm-start optimizer from pretrained checkpoint (0=no, 1=yes)")
# Training horizon
parser.add_argument("--num-iterations", type=int, default=-1, help="number of micro-batches (-1 = the whole mixture once)")
# Batch sizes (default: inherit from pretrained checkpoint)
parser.add_argument("--max-seq-len", type=int, default=None, help="max context length (default: inherit from pretrain)")
parser.add_argument("--device-batch-size", type=int, default=None, help="per-device batch size (default: inherit from pretrain)")
parser.add_argument("--total-batch-size", type=int, default=None, help="total batch size in tokens (default: inherit from pretrain)")
# Optimization (default: inherit from pretrained checkpoint)
parser.add_argument("--embedding-lr", type=float, default=None, help="learning rate for embedding parameters (default: inherit from pretrain)")
parser.add_argument("--unembedding-lr", type=float, default=None, help="learning rate for unembedding parameters (default: inherit from pretrain)")
parser.add_argument("--matrix-lr", type=float, default=None, help="learning rate for matrix parameters (default: inherit from pretrain)")
parser.add_argument("--init-lr-frac", type=float, default=0.8, help="initial LR as fraction of base LR")
parser.add_argument("--warmup-ratio", type=float, default=0.0, help="ratio of iterations for LR warmup")
parser.add_argument("--warmdown-ratio", type=float, default=0.5, help="ratio of iterations for LR warmdown")
parser.add_argument("--final-lr-frac", type=float, default=0.0, help="final LR as fraction of initial LR")
# Evaluation
parser.add_argument("--eval-every", type=int, default=50, help="evaluate val bpb every N steps (-1 = disable)")
parser.add_argument("--eval-tokens", type=int, default=512, help="number of tokens to evaluate val loss on")
parser.add_argument("--chatcore-every", type=int, default=100, help="evaluate pocket's stand-in for ChatCORE every N steps (-1 = disable)")
parser.add_argument("--chatcore-max-cat", type=int, default=-1, help="max problems per categorical task for ChatCORE")
parser.add_argument("--chatcore-max-sample", type=int, default=24, help="max problems per generative task for ChatCORE")
# Data mixture
parser.add_argument("--mmlu-epochs", type=int, default=3, help="epochs of MMLU in the mixture (no effect: pocket has none)")
parser.add_argument("--gsm8k-epochs", type=int, default=4, help="epochs of GSM8K in the mixture (no effect: pocket has none)")
args = parser.parse_args()
user_config = vars(args).copy()

# -----------------------------------------------------------------------------
# Ranks, logging, base model
with exit_with_sentence():
    device_type = autodetect_device_type() if args.device_type == "" else args.device_type
    ddp, ddp_rank, ddp_local_rank, ddp_world_size, device = compute_init(device_type)
    master_process = ddp_rank == 0
    gpu_peak_flops = float("inf")  # unknown for a CPU, so MFU prints as 0
    print0(f"COMPUTE_DTYPE: {COMPUTE_DTYPE} ({COMPUTE_DTYPE_REASON})")
    print_ignored_flags(
        {
            "run": args.run != "dummy",
            "mmlu-epochs": args.mmlu_epochs != parser.get_default("mmlu_epochs"),
            "gsm8k-epochs": args.gsm8k_epochs != parser.get_default("gsm8k_epochs"),
        }
    )
    wandb_run = DummyWandb()
    model, tokenizer, meta = load_model("base", device, phase="train", model_tag=args.model_tag, step=args.model_step)
    token_bytes = get_token_bytes(device=device)

pretrain_user_config = meta["user_config"]
for name, source in [
    ("max_seq_len", meta),
    ("device_batch_size", meta),
    ("total_batch_size", meta),
    ("embedding_lr", pretrain_user_config),
    ("unembedding_lr", pretrain_user_config),
    ("matrix_lr", pretrain_user_config),
]:
    arg_val = getattr(args, name)
    pretrain_val = source[name]
    if arg_val is None:
        setattr(args, name, pretrain_val)
        print0(f"Inherited {name}={pretrain_val} from pretrained checkpoint")
    elif arg_val != pretrain_val:
        print0(f"NOTE: --{name.replace('_', '-')}={arg_val} overrides pretrained value of {pretrain_val}")
    else:
        print0(f"Using {name}={arg_val}")

orig_model = model  # nanochat compiles the model here and keeps the original under this name
depth = model.config.n_layer
num_flops_per_token = model.estimate_flops()
tokens_per_fwdbwd = args.device_batch_size * args.max_seq_len
world_tokens_per_fwdbwd = tokens_per_fwdbwd * ddp_world_size
if args.total_batch_size % world_tokens_per_fwdbwd != 0:
    raise SystemExit(
        f"The total batch size ({args.total_batch_size} tokens) is not a multiple of device-batch-size x max-seq-len x "
        f"ranks ({world_tokens_per_fwdbwd}). Change --total-batch-size."
    )
grad_accum_steps = args.total_batch_size // world_tokens_per_fwdbwd
print0(f"Tokens / micro-batch / rank: {args.device_batch_size} x {args.max_seq_len} = {tokens_per_fwdbwd:,}")
print0(f"Tokens / micro-batch: {world_tokens_per_fwdbwd:,}")
print0(f"Total batch size {args.total_batch_size:,} => gradient accumulation steps: {grad_accum_steps}")

# -----------------------------------------------------------------------------
# Optimizer: its state from the base model if there is one, its learning rates anew
optimizer = model.setup_optimizer(
    unembedding_lr=args.unembedding_lr,
    embedding_lr=args.embedding_lr,
    matrix_lr=args.matrix_lr,
    scalar_lr=pretrain_user_config["scalar_lr"],
)
base_dir = get_base_dir()
if args.load_optimizer:
    with exit_with_sentence():
        optimizer_data = load_optimizer_state("base", device, ddp_rank, model_tag=args.model_tag, step=args.model_step)
    if optimizer_data is not None:
        base_lrs = [group["lr"] for group in optimizer.param_groups]
        optimizer.load_state_dict(optimizer_data)
        del optimizer_data
        for group, base_lr in zip(optimizer.param_groups, base_lrs):
            group["lr"] = base_lr
        print0("Loaded optimizer state from pretrained checkpoint (momentum buffers only, LRs reset)")
    else:
        print0("WARNING: optimizer checkpoint not found, starting with fresh optimizer (slightly worse)")
for group in optimizer.param_groups:
    group["lr"] = group["lr"] * args.init_lr_frac
    group["initial_lr"] = group["lr"]

# -----------------------------------------------------------------------------
# Conversations
with exit_with_sentence():
    train_dataset = read_conversations("train") * REPEATS
    val_dataset = read_conversations("val")
print0(f"Training mixture: {len(train_dataset):,} rows ({len(train_dataset) // REPEATS} conversations x{REPEATS})")

# The loader decides when the data is used up, and tells the loop through these.
last_step = False
approx_progress = 0.0
current_epoch = 1


def sft_data_generator(split: str) -> Iterator[tuple[Rows, Rows]]:
    """Endless batches of whole conversations, packed into rows and padded; only answers are targets."""
    global last_step, approx_progress, current_epoch
    dataset = train_dataset if split == "train" else val_dataset
    bos = tokenizer.get_bos_token_id()
    row_capacity = args.max_seq_len + 1
    consumed = ddp_rank  # each rank takes every world-size-th conversation
    iteration = 0

    def next_conversation() -> tuple[list[int], list[int]]:
        epoch, place = divmod(consumed, len(dataset))
        order = shuffled(len(dataset), epoch) if split == "train" else range(len(dataset))
        return tokenizer.render_conversation(dataset[order[place]], max_tokens=row_capacity)

    while True:
        inputs, targets = [], []
        for _ in range(args.device_batch_size):
            row: list[int] = []
            mask: list[int] = []
            ids, spoken = next_conversation()
            while len(row) + len(ids) <= row_capacity:
                row += ids
                mask += spoken
                consumed += ddp_world_size
                ids, spoken = next_conversation()
            padding = row_capacity - len(row)
            row += [bos] * padding
            mask += [0] * padding
            inputs.append(row[:-1])
            targets.append([token if wanted else IGNORED for token, wanted in zip(row[1:], mask[1:])])
        iteration += 1
        if split == "train":
            current_epoch = 1 + consumed // len(dataset)
            if args.num_iterations > 0:
                approx_progress = iteration / args.num_iterations
                last_step = last_step or iteration >= args.num_iterations
            else:
                approx_progress = consumed / len(dataset)
                last_step = last_step or consumed >= len(dataset)
        yield inputs, targets


train_loader = sft_data_generator("train")
progress = 0.0  # 0 to 1 over the mixture


def build_val_loader() -> Iterator[tuple[Rows, Rows]]:
    """The validation conversations, from the first."""
    return sft_data_generator("val")


def get_lr_multiplier(progress: float) -> float:
    """Linear warm-up, constant, linear warm-down, by progress instead of steps."""
    if progress < args.warmup_ratio:
        return (progress + 1e-8) / args.warmup_ratio
    if progress <= 1.0 - args.warmdown_ratio:
        return 1.0
    decay = (progress - (1.0 - args.warmdown_ratio)) / args.warmdown_ratio
    return max(0.0, 1 - decay) + decay * args.final_lr_frac


# -----------------------------------------------------------------------------
# Training loop
x, y = next(train_loader)
min_val_bpb = float("inf")
smooth_train_loss = 0.0
ema_beta = 0.9
total_training_time = 0.0
step = 0
while True:
    flops_so_far = num_flops_per_token * args.total_batch_size * step

    # the data of one rank may be used up before that of another: all stop together
    if ddp:
        last_step = bool(distributed.all_reduce_max([float(last_step)])[0])

    # once in a while: bits per byte of the validation answers (all ranks take part)
    if last_step or (args.eval_every > 0 and step % args.eval_every == 0):
        model.eval()
        val_loader = build_val_loader()
        eval_steps = max(1, args.eval_tokens // world_tokens_per_fwdbwd)
        val_bpb = evaluate_bpb(model, val_loader, eval_steps, token_bytes)
        print0(f"Step {step:05d} | Validation bpb: {val_bpb:.4f}")
        if val_bpb < min_val_bpb:
            min_val_bpb = val_bpb
        clock = {"step": step, "total_training_flops": flops_so_far, "total_training_time": total_training_time}
        wandb_run.log({**clock, "val/bpb": val_bpb})
        model.train()

    # once in a while: the stand-in for ChatCORE
    chatcore_results = {}
    if args.chatcore_every > 0 and (last_step or (step > 0 and step % args.chatcore_every == 0)):
        model.eval()
        engine = Engine(orig_model, tokenizer)
        questions, recalled = read_choices(), read_conversations("train")
        if args.chatcore_max_cat >= 0:
            questions = questions[: args.chatcore_max_cat]
        if args.chatcore_max_sample >= 0:
            recalled = recalled[: args.chatcore_max_sample]
        print0("Pocket has no ChatCORE benchmark: these are questions about its own text and conversations")
        choices = evaluate_choices(orig_model, tokenizer, questions)
        recall = evaluate_recall(engine, recalled)
        chatcore_results = {"pocket_choices": choices, "pocket_recall": recall}
        for task_name, acc in chatcore_results.items():
            print0(f"  {task_name}: {100 * acc:.2f}%")
        chatcore_cat = (choices - CHANCE) / (1.0 - CHANCE)
        chatcore = (chatcore_cat + recall) / 2
        print0(f"Step {step:05d} | ChatCORE: {chatcore:.4f} | ChatCORE_cat: {chatcore_cat:.4f}")
        wandb_run.log(
            {
                "step": step,
                "total_training_flops": flops_so_far,
                "chatcore_metric": chatcore,
                "chatcore_cat": chatcore_cat,
                **{f"chatcore/{task_name}": acc for task_name, acc in chatcore_results.items()},
            }
        )
        model.train()

    # at the end (each rank saves its part of the optimizer)
    if last_step:
        output_dirname = args.model_tag if args.model_tag else f"d{depth}"
        checkpoint_dir = os.path.join(base_dir, "chatsft_checkpoints", output_dirname)
        save_checkpoint(
            checkpoint_dir,
            step,
            orig_model.state_dict(),
            optimizer.state_dict(),
            {
                "step": step,
                "val_bpb": val_bpb,
                "model_config": {
                    "sequence_len": args.max_seq_len,
                    "vocab_size": tokenizer.get_vocab_size(),
                    "n_layer": depth,
                    "n_head": model.config.n_head,
                    "n_kv_head": model.config.n_kv_head,
                    "n_embd": model.config.n_embd,
                    "window_pattern": model.config.window_pattern,
                },
                "user_config": user_config,
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
        x, y = next(train_loader)
        progress = max(progress, approx_progress)
    lrm = get_lr_multiplier(progress)
    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] * lrm
    optimizer.step()
    model.zero_grad(set_to_none=True)
    t1 = time.time()
    dt = t1 - t0
    # -------------------------------------------------------------------------

    step += 1

    smooth_train_loss = ema_beta * smooth_train_loss + (1 - ema_beta) * train_loss.item()
    debiased_smooth_loss = smooth_train_loss / (1 - ema_beta ** (step + 1))
    pct_done = 100 * progress
    tok_per_sec = int(args.total_batch_size / dt)
    flops_per_sec = num_flops_per_token * args.total_batch_size / dt
    mfu = 100 * flops_per_sec / (gpu_peak_flops * ddp_world_size)
    if step > 10:
        total_training_time += dt  # the first steps are not representative
    print0(
        f"step {step:05d} ({pct_done:.2f}%) | loss: {debiased_smooth_loss:.6f} | lrm: {lrm:.2f} | dt: {dt * 1000:.2f}ms "
        f"| tok/sec: {tok_per_sec:,} | mfu: {mfu:.2f} | epoch: {current_epoch} | total time: {total_training_time / 60:.2f}m"
    )
    if step % 10 == 0:
        clock = {"step": step, "total_training_flops": flops_so_far, "total_training_time": total_training_time}
        learning = {"train/loss": debiased_smooth_loss, "train/lrm": lrm, "train/epoch": current_epoch}
        speed = {"train/dt": dt, "train/tok_per_sec": tok_per_sec, "train/mfu": mfu}
        wandb_run.log({**clock, **learning, **speed})

    # as in base_train: a step leaves no cycles, so there is nothing to collect
    if step == 1:
        gc.collect()
        gc.freeze()
        gc.disable()
    elif step % 5000 == 0:
        gc.collect()

print0(f"Peak memory usage: {peak_memory_mib():.2f}MiB")
print0(f"Total training time: {total_training_time / 60:.2f}m")
print0(f"Minimum validation bpb: {min_val_bpb:.4f}")

wandb_run.finish()
compute_cleanup()
