"""Bits per byte: the loss in a unit that does not depend on the tokenizer."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nanochat import distributed
from nanochat.dataloader import Rows
from nanochat.gpt import GPT


def evaluate_bpb(model: GPT, batches: Iterator[tuple[Rows, Rows]], steps: int, token_bytes: list[int]) -> float:
    """Bits per byte over `steps` batches and all ranks; special tokens and ignored targets do not count."""
    nats: list[float] = []
    count = 0
    for _ in range(steps):
        inputs, targets = next(batches)
        for target, loss in model.losses(inputs, targets):
            if token_bytes[target] > 0:
                nats.append(loss)
                count += token_bytes[target]
    total_nats, total_bytes = distributed.all_reduce_sum([math.fsum(nats), float(count)])
    return total_nats / (math.log(2) * total_bytes) if total_bytes > 0 else math.inf
