"""Batches for pretraining that can be taken up again exactly where they stopped.

The documents of a split, in an order that is shuffled anew each epoch, make one endless stream of
tokens; each row of a batch is the next stretch of it. All ranks walk the same stream and each keeps
its own rows, so the position is the same number everywhere and a checkpoint of rank 0 is enough.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from nanochat.common import get_dist_info
from nanochat.dataset import list_shards, read_documents
from nanochat.tokenizer import ByteTokenizer

Rows = list[list[int]]
State = dict[str, Any]


def shuffled(count: int, seed: int) -> list[int]:
    """The numbers below `count` in an order that depends on the seed alone, on every Python."""
    rng = random.Random(seed)
    order = list(range(count))
    for at in range(count - 1, 0, -1):
        other = int(rng.random() * (at + 1))
        order[at], order[other] = order[other], order[at]
    return order


class _Stream:
    """The tokens of a split one stretch after the other, and where the next one starts."""

    def __init__(self, tokenizer: ByteTokenizer, split: str, state: State | None) -> None:
        bos = tokenizer.get_bos_token_id()
        self._documents: list[tuple[int, list[int]]] = [
            (shard, tokenizer.encode(text, prepend=bos))
            for shard, path in enumerate(list_shards(split))
            for text in read_documents(path)
        ]
        self._shuffle = split == "train"
        self._epoch = state["epoch"] if state else 1
        self._place = state["rg_idx"] if state else 0  # how many documents of the epoch are done
        self._offset = state["offset"] if state else 0  # tokens of the current document that are done
        self._order = self._order_of(self._epoch)

    def _order_of(self, epoch: int) -> list[int]:
        count = len(self._documents)
        return shuffled(count, epoch) if self._shuffle else list(range(count))

    def state(self) -> State:
        """Where the next token comes from; pq_idx is the shard it is in."""
        shard, _ = self._documents[self._order[self._place]]
        return {"epoch": self._epoch, "pq_idx": shard, "rg_idx": self._place, "offset": self._offset}

    def take(self, count: int) -> list[int]:
        """The next tokens; goes on with the next epoch at the end."""
        taken: list[int] = []
        while len(taken) < count:
            _, document = self._documents[self._order[self._place]]
            part = document[self._offset : self._offset + count - len(taken)]
            taken += part
            self._offset += len(part)
            if self._offset == len(document):
                self._next_document()
        return taken

    def _next_document(self) -> None:
        self._offset = 0
        self._place += 1
        if self._place == len(self._documents):
            self._place = 0
            self._epoch += 1
            self._order = self._order_of(self._epoch)


def tokenizing_distributed_data_loader_with_state(
    tokenizer: ByteTokenizer, batch_size: int, length: int, split: str, resume_state_dict: State | None = None
) -> Iterator[tuple[Rows, Rows, State]]:
    """Endless (inputs, targets, state). Resuming with a batch's state yields that very batch first."""
    _, rank, _, world_size = get_dist_info()
    stream = _Stream(tokenizer, split, resume_state_dict)
    while True:
        state = stream.state()
        rows = [stream.take(length + 1) for _ in range(batch_size * world_size)]
        mine = rows[rank::world_size]
        yield [row[:-1] for row in mine], [row[1:] for row in mine], state


def tokenizing_distributed_data_loader(
    tokenizer: ByteTokenizer, batch_size: int, length: int, split: str
) -> Iterator[tuple[Rows, Rows]]:
    """The same without the state."""
    for inputs, targets, _ in tokenizing_distributed_data_loader_with_state(tokenizer, batch_size, length, split):
        yield inputs, targets
