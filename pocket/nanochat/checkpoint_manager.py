"""Checkpoints in nanochat's layout (nanochat/checkpoint_manager.py@92d63d4).

    <base dir>/{base,chatsft,chatrl}_checkpoints/<tag or dN>/
        model_000500.pt  optim_000500_rank0.pt  meta_000500.json

Each file appears whole or not at all. The model is written last: a step that has a model is complete.
"""

from __future__ import annotations

import json
import logging
import os
import re
from typing import Any

from nanochat import storage
from nanochat.common import Device, get_base_dir
from nanochat.gpt import GPT, GPTConfig
from nanochat.tokenizer import ByteTokenizer, get_tokenizer

logger = logging.getLogger(__name__)

Tree = dict[str, Any]

_FOLDERS = {"base": "base_checkpoints", "sft": "chatsft_checkpoints", "rl": "chatrl_checkpoints"}


def _log0(message: str) -> None:
    if int(os.environ.get("RANK", 0)) == 0:
        logger.info(message)


def save_checkpoint(
    checkpoint_dir: str, step: int, model_data: Tree, optimizer_data: Tree | None, meta_data: Tree, rank: int = 0
) -> None:
    """Saves a step: each rank its optimizer state, rank 0 the model and its description as well."""
    os.makedirs(checkpoint_dir, exist_ok=True)
    if optimizer_data is not None:
        path = os.path.join(checkpoint_dir, f"optim_{step:06d}_rank{rank:d}.pt")
        storage.save(optimizer_data, path)
        logger.info("Saved optimizer state to: %s", path)
    if rank == 0:
        path = os.path.join(checkpoint_dir, f"meta_{step:06d}.json")
        storage.write_atomically(path, json.dumps(meta_data, indent=2).encode("utf-8"))
        logger.info("Saved metadata to: %s", path)
        path = os.path.join(checkpoint_dir, f"model_{step:06d}.pt")
        storage.save(model_data, path)
        logger.info("Saved model parameters to: %s", path)


def load_checkpoint(
    checkpoint_dir: str, step: int, device: Device, load_optimizer: bool = False, rank: int = 0
) -> tuple[Tree, Tree | None, Tree]:
    """(model, optimizer or None, description) of a step; FileNotFoundError or ValueError name the file."""
    model_data = _load(os.path.join(checkpoint_dir, f"model_{step:06d}.pt"))
    optimizer_data = None
    if load_optimizer:
        optimizer_data = _load(os.path.join(checkpoint_dir, f"optim_{step:06d}_rank{rank:d}.pt"))
    return model_data, optimizer_data, read_meta(checkpoint_dir, step)


def _load(path: str) -> Tree:
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no {path}. Name another step, or train to it first.")
    return storage.load(path)


def read_meta(checkpoint_dir: str, step: int) -> Tree:
    """The description of a step."""
    path = os.path.join(checkpoint_dir, f"meta_{step:06d}.json")
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is damaged ({error}). Use another checkpoint.") from error


def build_model(checkpoint_dir: str, step: int, device: Device, phase: str) -> tuple[GPT, ByteTokenizer, Tree]:
    """The model of a step with its tokenizer and description; `phase` is train or eval."""
    meta_data = read_meta(checkpoint_dir, step)
    tokenizer = get_tokenizer()
    config = meta_data["model_config"]
    _log0(f"Building model with config: {config}")
    if config["vocab_size"] != tokenizer.get_vocab_size():
        raise ValueError(
            f"The checkpoint {checkpoint_dir} step {step} has {config['vocab_size']} tokens and pocket's tokenizer "
            f"{tokenizer.get_vocab_size()}: it is another nanochat's. Use another NANOCHAT_BASE_DIR."
        )
    model_data, _, _ = load_checkpoint(checkpoint_dir, step, device)
    model = GPT(GPTConfig(**config))
    model.load_state_dict(model_data)
    model.train(phase == "train")
    return model, tokenizer, meta_data


def find_largest_model(checkpoints_dir: str) -> str:
    """The tag dN with the largest N, or else the one changed last; FileNotFoundError when there is none."""
    tags = []
    if os.path.isdir(checkpoints_dir):
        tags = [tag for tag in os.listdir(checkpoints_dir) if os.path.isdir(os.path.join(checkpoints_dir, tag))]
    if not tags:
        raise FileNotFoundError(f"No checkpoints found in {checkpoints_dir}. Train a model first.")
    by_depth = [(int(match[1]), tag) for tag in tags if (match := re.match(r"d(\d+)", tag))]
    if by_depth:
        return max(by_depth)[1]
    return max(tags, key=lambda tag: os.path.getmtime(os.path.join(checkpoints_dir, tag)))


def find_last_step(checkpoint_dir: str) -> int:
    """The highest step with a model; FileNotFoundError when there is none."""
    names = os.listdir(checkpoint_dir) if os.path.isdir(checkpoint_dir) else []
    steps = [int(match[1]) for name in names if (match := re.fullmatch(r"model_(\d+)\.pt", name))]
    if not steps:
        raise FileNotFoundError(f"No checkpoints found in {checkpoint_dir}. Train a model with this tag first.")
    return max(steps)


def _locate(source: str, model_tag: str | None, step: int | None) -> tuple[str, int]:
    if source not in _FOLDERS:
        raise ValueError(f"There is no source {source!r} in pocket nanochat: use one of {', '.join(_FOLDERS)}.")
    checkpoints_dir = os.path.join(get_base_dir(), _FOLDERS[source])
    if model_tag is None:
        model_tag = find_largest_model(checkpoints_dir)
        _log0(f"No model tag provided, guessing model tag: {model_tag}")
    checkpoint_dir = os.path.join(checkpoints_dir, model_tag)
    return checkpoint_dir, find_last_step(checkpoint_dir) if step is None else step


def load_model(
    source: str, device: Device, phase: str, model_tag: str | None = None, step: int | None = None
) -> tuple[GPT, ByteTokenizer, Tree]:
    """(model, tokenizer, description) of base, sft or rl; the largest tag and last step unless named."""
    checkpoint_dir, step = _locate(source, model_tag, step)
    _log0(f"Loading model from {checkpoint_dir} with step {step}")
    return build_model(checkpoint_dir, step, device, phase)


def load_optimizer_state(
    source: str, device: Device, rank: int, model_tag: str | None = None, step: int | None = None
) -> Tree | None:
    """The optimizer state of one rank, or None when that checkpoint has none for it."""
    checkpoint_dir, step = _locate(source, model_tag, step)
    path = os.path.join(checkpoint_dir, f"optim_{step:06d}_rank{rank:d}.pt")
    if not os.path.exists(path):
        _log0(f"Optimizer checkpoint not found: {path}")
        return None
    _log0(f"Loading optimizer state from {path}")
    return storage.load(path)
