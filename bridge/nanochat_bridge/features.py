"""What the formulas and guards of a checkout depend on, found in its source: never guessed from a date or a commit.

A table: name, file, pattern. A fork with the same lines has the same features; what cannot be told is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Value = str | int | float | bool | None

MODEL, DATASET, LOADER = "PACKAGE/gpt.py", "PACKAGE/dataset.py", "PACKAGE/dataloader.py"
MANAGER = "PACKAGE/checkpoint_manager.py"
BASE, MID, SFT, RL = "scripts/base_train.py", "scripts/mid_train.py", "scripts/chat_sft.py", "scripts/chat_rl.py"
EVAL = "scripts/base_eval.py"

# A setting of the configurator's days that the parser's days no longer have as a name of its own.
RL_EVALUATION_FAILS = r"(?s)args\.device_batch_size.*assert num_samples <= device_batch_size|assert num_samples <= device_batch_size.*args\.device_batch_size"
ANY_DEVICE = r"autodetect_device_type|--device[-_]type|^device_type\s*="

# On a CPU nothing is copied: the targets stay a slice, which gpt.py's loss cannot view as one row. A closing .contiguous() copies.
SLICED = r"^ *targets = \w+\[:, 1:\]\.to\([^)]*\)$"


class Feature(NamedTuple):
    """One line of the table: what `take` makes of the pattern's match in a file (None = no match)."""

    name: str
    file: str
    pattern: str
    take: Callable[[re.Match[str] | None], Value]


def there(match: re.Match[str] | None) -> bool:
    """Whether it occurs."""
    return match is not None


def whole(match: re.Match[str] | None) -> int | None:
    """The number that it names."""
    return int(match[1]) if match else None


def decimal(match: re.Match[str] | None) -> float | None:
    """The fraction that it names."""
    return float(match[1]) if match else None


def whole_or_one(match: re.Match[str] | None) -> int:
    """The number that it names, 1 where there is none."""
    return int(match[1]) if match else 1


FEATURES: tuple[Feature, ...] = (
    # The shape of the model.
    Feature("pocket", MODEL, r"The pocket model", there),
    Feature("heads_nudged", BASE, r"model_dim = \(\(base_dim \+ args\.head_dim - 1\)|model_dim = -\(-base_dim // args\.head_dim\)", there),
    Feature("vocabulary_multiple", MODEL, r"pad_vocab_size_to=(\d+)", whole_or_one),
    Feature("value_embeds", MODEL, r"self\.value_embeds = nn\.ModuleDict", there),
    Feature("ve_gate_channels", MODEL, r"self\.ve_gate_channels = (\d+)", whole),
    Feature("layer_scalars", MODEL, r"self\.resid_lambdas = nn\.Parameter", there),
    Feature("smear_width", MODEL, r"self\.smear_gate = \w*\.?Linear\((\d+), 1", whole),
    Feature("short_window_divisor", MODEL, r"short_window = .*?long_window // (\d+)", whole),
    Feature("short_window_tile", MODEL, r"short_window = -\(-long_window // \d+ // (\d+)\)", whole_or_one),
    Feature("matmul_flops_are_structural", MODEL, r"6 \* self\.num_matmul_params\(\)", there),
    # Horizon, batch, rates.
    Feature("scaling_is_matrices_and_head", BASE, r"counts\[['\"]transformer_matrices['\"]\] \+ \w+\[['\"]lm_head", there),
    Feature("batch_exponent", BASE, r"(?:batch_size_ratio|horizon_ratio) ?\*\* ?(0\.\d+)", decimal),
    Feature("rates_follow_batch", BASE, r"batch_lr_scale", there),
    Feature("decay_follows_depth", BASE, r"weight_decay \* \(12 / args\.depth\)", there),
    Feature("decay_follows_horizon", BASE, r"weight_decay \* math\.sqrt\(total_batch_size / B_REF\)", there),
    Feature("reference_batch", BASE, r"^B_REF = (\d+)$", whole),
    # Guards and abilities.
    Feature("eval_every_guarded", BASE, r"eval_every > 0 and", there),
    Feature("sample_every_guarded", BASE, r"sample_every > 0 and", there),
    Feature("eval_bundle_downloads", EVAL, r"EVAL_BUNDLE_URL", there),
    Feature("sft_counts_micro_batches", SFT, r"0 < args\.num_iterations <= it", there),
    Feature("resumes", BASE, r"resume_from_step", there),
    Feature("optimizer_file_per_rank", BASE, r"rank=ddp_rank", there),
    Feature("runs_on_cpu", BASE, ANY_DEVICE, there),
    Feature("rl_runs_on_cpu", RL, ANY_DEVICE, there),
    Feature("rl_evaluation_fails", RL, RL_EVALUATION_FAILS, there),
    Feature("targets_sliced", LOADER, SLICED, there),
    Feature("mid_targets_sliced", MID, SLICED, there),
    Feature("sft_targets_sliced", SFT, SLICED, there),
    Feature("last_step_of_every_name", MANAGER, r"last_step = int\(max\(os\.path\.basename", there),
    Feature("fp8", BASE, r"--fp8", there),
    Feature("shards_folder", DATASET, r'"(base_data\w*)"', lambda match: match[1] if match else None),
)


def features(root: Path, package: str) -> dict[str, Value]:
    """Every feature of the checkout at `root`; those of a file that is not there are None."""
    texts: dict[str, str | None] = {}
    found: dict[str, Value] = {}
    for name, file, pattern, take in FEATURES:
        path = file.replace("PACKAGE", package)
        if path not in texts:
            texts[path] = _read(root / path)
        text = texts[path]
        found[name] = None if text is None else take(re.search(pattern, text, re.MULTILINE))
    return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
