"""Small tests with right answers, in the place of nanochat's benchmarks.

They are about pocket's own little book, so their scores say whether the model has learnt what it was
shown. They are not CORE or ChatCORE and cannot be compared with those.
"""

from __future__ import annotations

import math
from typing import Any

from nanochat.engine import Engine
from nanochat.gpt import GPT, IGNORED
from nanochat.tokenizer import ByteTokenizer, Conversation

CHANCE = 0.25  # of four choices


def evaluate_choices(model: GPT, tokenizer: ByteTokenizer, questions: list[dict[str, Any]]) -> float:
    """The share of questions whose right choice is the likeliest continuation of the query, per byte."""
    right = 0
    for question in questions:
        query = tokenizer.encode(question["query"], prepend="<|bos|>")
        losses = [_nats_per_byte(model, query, tokenizer.encode(" " + choice)) for choice in question["choices"]]
        right += losses.index(min(losses)) == question["gold"]
    return right / len(questions)


def _nats_per_byte(model: GPT, query: list[int], continuation: list[int]) -> float:
    tokens = query + continuation
    targets = [IGNORED] * (len(query) - 1) + continuation
    return math.fsum(nats for _, nats in model.losses([tokens[:-1]], [targets])) / len(continuation)


def evaluate_recall(engine: Engine, conversations: list[Conversation]) -> float:
    """The share of conversations whose last answer the model gives word for word, at temperature 0."""
    right = 0
    for conversation in conversations:
        wanted = conversation["messages"][-1]["content"]
        tokens = engine.tokenizer.render_for_completion(conversation)
        results, _ = engine.generate_batch(tokens, max_tokens=len(wanted.encode()) + 1, temperature=0.0)
        right += engine.tokenizer.decode(results[0][len(tokens) :]) == wanted
    return right / len(conversations)
