"""The pocket model: a byte-level language model whose every number is trained by backpropagation.

    contexts of the position ──► rows of two embedding tables, added up ──► h (n_embd numbers)
    n_layer times:               h = h + tanh(h W + b)
    two small softmaxes:         p(token) = p(group of 16 | h) · p(token within its group | h)

The contexts (contexts.py) take the place of attention, and the split of the softmax makes a token
cost 17 + 16 outputs where 265 would be needed: both for the sake of plain Python, where a product
of two numbers takes 30 ns. The names of the parameter groups are nanochat's (nanochat/gpt.py@92d63d4):
wte is the embedding of the last token, value_embeds the hashed table, transformer_matrices the W's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nanochat.common import Device
from nanochat.contexts import KEPT_GAIN, WORDS, ContextReader, drop_contexts, dropout_seed
from nanochat.kernels import Packed, Vector, add_all, pack, softmax
from nanochat.layers import Head, Layer, Loss
from nanochat.nn import Module, Parameter
from nanochat.optim import SparseOptimizer

TABLE_ROWS = 2**15
GROUP = 16  # tokens that share the second softmax: for bytes, those with the same high half
IGNORED = -1  # a target that is not trained or measured

Batch = Sequence[Sequence[int]]


@dataclass
class GPTConfig:
    """Size of a model. `n_head` is how many lengths of n-grams it reads (12 at most); `window_pattern` means nothing here."""

    sequence_len: int = 256
    vocab_size: int = 265
    n_layer: int = 2
    n_head: int = 4
    n_kv_head: int = 4
    n_embd: int = 16
    window_pattern: str = "L"


class _Position(NamedTuple):
    """One prediction: what it was made from and how it came out."""

    token: int
    rows: list[int]
    gain: float
    target: int
    states: list[Vector]  # h before the first layer, after it, … after the last
    activations: list[Vector]
    group_probs: Vector
    token_probs: Vector

    def nats(self) -> float:
        """The loss: how surprising the target was."""
        group, member = divmod(self.target, GROUP)
        probability = self.group_probs[group] * self.token_probs[member]
        return -math.log(probability) if probability > 0.0 else math.inf


class GPT(Module):
    """See the head of this file."""

    def __init__(self, config: GPTConfig) -> None:
        self.config = config
        self._groups = -(-config.vocab_size // GROUP)
        self.wte = Parameter.zeros(config.vocab_size, config.n_embd)
        self.value_embeds = Parameter.zeros(TABLE_ROWS, config.n_embd)
        self.layers = [Layer(config.n_embd) for _ in range(config.n_layer)]
        self.group_head = Head(1, self._groups, config.n_embd)
        self.token_head = Head(self._groups, GROUP, config.n_embd)

    def init_weights(self, seed: int = 42) -> None:
        """Random token embeddings and hidden layers. Heads start at zero: every token is as likely."""
        rng = random.Random(seed)
        width = self.config.n_embd
        for parameter, reach in [(self.wte, 0.5), *((layer.weight, 0.5 / math.sqrt(width)) for layer in self.layers)]:
            parameter.rows = [
                [(2.0 * rng.random() - 1.0) * reach for _ in range(width)] for _ in range(parameter.shape[0])
            ]
            parameter.changed()

    def get_device(self) -> Device:
        """Always the CPU."""
        return Device("cpu")

    def reader(self) -> ContextReader:
        """Reads the tokens of one sequence, from its start."""
        return ContextReader(self.config.n_head, TABLE_ROWS, self.config.vocab_size)

    # -- forward ----------------------------------------------------------------------------------

    def __call__(self, inputs: Batch, targets: Batch) -> Loss:
        """The mean loss of all targets that are not IGNORED; in training with dropped contexts."""
        positions = self._predict(inputs, targets, dropping=self.training)
        if not positions:
            return Loss(0.0, lambda scale: None)
        value = math.fsum(position.nats() for position in positions) / len(positions)
        return Loss(value, lambda scale: self._backward(positions, scale / len(positions)))

    def losses(self, inputs: Batch, targets: Batch) -> list[tuple[int, float]]:
        """(target, nats) of every target that is not IGNORED."""
        return [(position.target, position.nats()) for position in self._predict(inputs, targets, dropping=False)]

    def _predict(self, inputs: Batch, targets: Batch, dropping: bool) -> list[_Position]:
        positions = []
        gain = KEPT_GAIN if dropping else 1.0
        for sequence, wanted in zip(inputs, targets):
            reader = self.reader()
            seed = dropout_seed(sequence)
            for at, (token, target) in enumerate(zip(sequence, wanted)):
                rows = reader.read(token)
                if target == IGNORED:
                    continue
                if dropping:
                    rows = drop_contexts(rows, seed, at)
                states, activations = self._hidden(token, rows, gain)
                group = target // GROUP
                group_probs = softmax(self.group_head.logits(0, states[-1]))
                token_probs = softmax(self.token_head.logits(group, states[-1])[: self._group_size(group)])
                positions.append(_Position(token, rows, gain, target, states, activations, group_probs, token_probs))
        return positions

    def _group_size(self, group: int) -> int:
        """Tokens in a group: the last one is not full."""
        return min(GROUP, self.config.vocab_size - group * GROUP)

    def _hidden(self, token: int, rows: list[int], gain: float = 1.0) -> tuple[list[Vector], list[Vector]]:
        table = self.value_embeds.rows
        state = self.wte.rows[token]
        if rows:
            state = [x + gain * y for x, y in zip(state, add_all([table[row] for row in rows]))]
        states = [state]
        activations = []
        for layer in self.layers:
            activation = layer.activate(states[-1])
            activations.append(activation)
            states.append(add_all([states[-1], activation]))
        return states, activations

    def next_log_probs(self, token: int, rows: list[int]) -> Vector:
        """Log-probability of every token to come after `token`, whose contexts are `rows`."""
        hidden = self._hidden(token, rows)[0][-1]
        result: Vector = []
        for group, group_prob in enumerate(softmax(self.group_head.logits(0, hidden))):
            logits = self.token_head.logits(group, hidden)[: self._group_size(group)]
            offset = math.log(group_prob) if group_prob > 0.0 else -math.inf
            top = max(logits)
            offset -= top + math.log(math.fsum(math.exp(x - top) for x in logits))
            result.extend(x + offset for x in logits)
        return result

    # -- backward ---------------------------------------------------------------------------------

    def _backward(self, positions: list[_Position], scale: float) -> None:
        """The chain rule from the heads down. Scaled at the end, so that fixed point sees numbers near 1."""
        grads = self._backward_heads(positions, scale)
        for at in range(len(self.layers) - 1, -1, -1):
            inputs = [position.states[at] for position in positions]
            activations = [position.activations[at] for position in positions]
            grads = self.layers[at].backward(inputs, activations, grads, scale)
        gain = positions[0].gain
        tokens: dict[int, list[Vector]] = {}
        rows: dict[int, list[Vector]] = {}
        for position, grad in zip(positions, grads):
            tokens.setdefault(position.token, []).append(grad)
            for row in position.rows:
                rows.setdefault(row, []).append(grad)
        for token, parts in tokens.items():
            self.wte.add_grad(token, parts, scale)
        for row, parts in rows.items():
            self.value_embeds.add_grad(row, parts, scale * gain)

    def _backward_heads(self, positions: list[_Position], scale: float) -> list[Vector]:
        """dL/dh of each position after the last layer."""
        by_group: dict[int, tuple[list[Packed], list[Vector]]] = {}
        group_deltas = []
        hidden = []
        grads = []
        for position in positions:
            group, member = divmod(position.target, GROUP)
            group_delta = _softmax_grad(position.group_probs, group)
            token_delta = _softmax_grad(position.token_probs, member)
            grads.append(
                add_all(
                    [
                        self.group_head.grad_of_input(0, group_delta),
                        self.token_head.grad_of_input(group, token_delta),
                    ]
                )
            )
            group_deltas.append(group_delta)
            hidden.append(pack(position.states[-1]))
            states, deltas = by_group.setdefault(group, ([], []))
            states.append(hidden[-1])
            deltas.append(token_delta)
        self.group_head.add_grads(0, hidden, group_deltas, scale)
        for group, (states, deltas) in by_group.items():
            self.token_head.add_grads(group, states, deltas, scale)
        return grads

    # -- sizes and optimizer ----------------------------------------------------------------------

    def num_scaling_params(self) -> dict[str, int]:
        """Numbers in each group of parameters, under nanochat's names, and in all."""
        counts = {
            "wte": self.wte.numel(),
            "value_embeds": self.value_embeds.numel(),
            "lm_head": self.group_head.weight.numel() + self.token_head.weight.numel(),
            "transformer_matrices": sum(layer.weight.numel() for layer in self.layers),
            "scalars": sum(p.numel() for name, p in self.named_parameters() if name.endswith("bias")),
        }
        return {**counts, "total": sum(counts.values())}

    def estimate_flops(self) -> int:
        """Operations to train on one token: 2 a matrix entry forward and 4 backward, and the lookups."""
        width = self.config.n_embd
        entries = self.config.n_layer * width * width + (self._groups + GROUP) * width
        contexts = 1 + self.config.n_head + WORDS
        return 6 * entries + 2 * contexts * width

    def setup_optimizer(
        self,
        unembedding_lr: float,
        embedding_lr: float,
        matrix_lr: float,
        weight_decay: float = 0.0,
        scalar_lr: float = 0.01,
    ) -> SparseOptimizer:
        """AdamW for matrices, heads and biases, AdaGrad for the embedding tables."""
        heads = [self.group_head, self.token_head]
        biases = [p for name, p in self.named_parameters() if name.endswith("bias")]
        adam = {"kind": "adamw", "betas": (0.8, 0.95), "eps": 1e-10, "weight_decay": 0.0}
        return SparseOptimizer(
            [
                {**adam, "params": [head.weight for head in heads], "lr": unembedding_lr},
                {**adam, "params": [layer.weight for layer in self.layers], "lr": matrix_lr, "weight_decay": weight_decay},
                {**adam, "params": biases, "lr": scalar_lr},
                {"kind": "adagrad", "params": [self.wte, self.value_embeds], "lr": embedding_lr, "eps": 1e-10},
            ]
        )


def _softmax_grad(probs: Vector, target: int) -> Vector:
    """d(-log p[target]) / d(logits)."""
    grad = list(probs)
    grad[target] -= 1.0
    return grad
