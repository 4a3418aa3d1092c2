"""Sampling from a model, token by token (the interface of nanochat/engine.py@92d63d4)."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from nanochat.contexts import ContextReader
from nanochat.gpt import GPT
from nanochat.kernels import Vector
from nanochat.tokenizer import ByteTokenizer


def sample_next_token(
    log_probs: Vector, rng: random.Random, temperature: float = 1.0, top_k: int | None = None
) -> int:
    """One token: the most likely at temperature 0, else drawn, from the `top_k` most likely if given."""
    if temperature < 0.0:
        raise ValueError(f"The temperature is {temperature}: it must not be negative.")
    ranked = sorted(range(len(log_probs)), key=lambda token: (-log_probs[token], token))
    if temperature == 0.0:
        return ranked[0]
    if top_k is not None and top_k > 0:
        ranked = ranked[:top_k]
    best = log_probs[ranked[0]]
    weights = [math.exp((log_probs[token] - best) / temperature) for token in ranked]
    left = rng.random() * math.fsum(weights)
    for token, weight in zip(ranked, weights):
        left -= weight
        if left < 0.0:
            return token
    return ranked[0]


class _Row:
    """One of the samples that are generated side by side."""

    def __init__(self, reader: ContextReader, tokens: list[int]) -> None:
        self.completed = False
        self._reader = reader
        for token in tokens:
            self.append(token)

    def append(self, token: int) -> None:
        """Goes on to the next position."""
        self.token = token
        self.contexts = self._reader.read(token)


class Engine:
    """Generates tokens with a model."""

    def __init__(self, model: GPT, tokenizer: ByteTokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def generate(
        self,
        tokens: list[int],
        num_samples: int = 1,
        max_tokens: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int = 42,
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Yields (a token for each sample, a mask for each sample), until all samples ended.

        A sample ends with <|assistant_end|> or <|bos|>. The mask is always 1: pocket has no tools that
        would force a token.
        """
        if not tokens:
            raise ValueError("There are no tokens to continue: start with <|bos|>.")
        rng = random.Random(seed)
        ends = (self.tokenizer.encode_special("<|assistant_end|>"), self.tokenizer.get_bos_token_id())
        samples = [_Row(self.model.reader(), tokens) for _ in range(num_samples)]
        generated = 0
        while (max_tokens is None or generated < max_tokens) and not all(row.completed for row in samples):
            column = []
            for row in samples:
                log_probs = self.model.next_log_probs(row.token, row.contexts)
                token = sample_next_token(log_probs, rng, temperature, top_k)
                row.append(token)
                row.completed = row.completed or token in ends
                column.append(token)
            yield column, [1] * num_samples
            generated += 1

    def generate_batch(
        self, tokens: list[int], num_samples: int = 1, **kwargs: Any
    ) -> tuple[list[list[int]], list[list[int]]]:
        """(tokens, masks) of each sample with the prompt, without the token that ended it."""
        ends = (self.tokenizer.encode_special("<|assistant_end|>"), self.tokenizer.get_bos_token_id())
        results = [list(tokens) for _ in range(num_samples)]
        masks = [[0] * len(tokens) for _ in range(num_samples)]
        completed = [False] * num_samples
        for column, column_masks in self.generate(tokens, num_samples, **kwargs):
            for at, (token, mask) in enumerate(zip(column, column_masks)):
                completed[at] = completed[at] or token in ends
                if not completed[at]:
                    results[at].append(token)
                    masks[at].append(mask)
        return results, masks
