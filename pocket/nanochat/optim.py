"""The optimizer: AdamW for the small dense matrices, row-wise AdaGrad for the large sparse tables.

Only rows with a gradient are changed. AdaGrad keeps one number a row (the sum of its mean squared
gradients), so a context that is seen for the first time learns at once, whenever that is.
"""

from __future__ import annotations

import math
from array import array
from typing import Any

from nanochat import distributed
from nanochat.kernels import Vector, add_all, squared_length
from nanochat.nn import Array, Parameter, array_to_rows, rows_to_array

Group = dict[str, Any]

_ROW_BITS = 32  # a row's key among ranks: (number of the parameter << 32) + row


class SparseOptimizer:
    """Updates parameters from their sparse gradients, averaged over all ranks first."""

    def __init__(self, groups: list[Group]) -> None:
        """Each group: kind (adamw, adagrad), params, lr, eps; for adamw also betas and weight_decay."""
        self.param_groups = groups
        self._step = 0
        for group in groups:
            group["initial_lr"] = group["lr"]
        self._params: list[Parameter] = [p for group in groups for p in group["params"]]
        self._state = [_fresh_state(group["kind"], p) for group in groups for p in group["params"]]

    def step(self) -> None:
        """One update of every row that has a gradient."""
        self._average_over_ranks()
        self._step += 1
        at = 0
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    _UPDATES[group["kind"]](parameter, self._state[at], group, self._step)
                    parameter.changed()
                at += 1

    def _average_over_ranks(self) -> None:
        ranks = distributed.group()
        if ranks is None:
            return
        merged = ranks.exchange(self._pack_grads(), self._merge)
        grads = self._unpack(merged)
        share = 1.0 / ranks.world_size
        for at, parameter in enumerate(self._params):
            parameter.grad = {}
        for key, total in grads.items():
            self._params[key >> _ROW_BITS].grad[key & (1 << _ROW_BITS) - 1] = [x * share for x in total]

    def _pack_grads(self) -> bytes:
        return self._pack(
            {
                (at << _ROW_BITS) + row: parameter.grad[row]
                for at, parameter in enumerate(self._params)
                for row in sorted(parameter.grad or {})
            }
        )

    def _pack(self, grads: dict[int, Vector]) -> bytes:
        values = array("d")
        for vector in grads.values():
            values.fromlist(vector)
        return array("q", [len(grads), *grads]).tobytes() + values.tobytes()

    def _unpack(self, content: bytes) -> dict[int, Vector]:
        (count,) = array("q", content[:8])
        keys = array("q", content[8 : 8 * (count + 1)])
        values = array("d", content[8 * (count + 1) :]).tolist()
        widths = [parameter.shape[1] for parameter in self._params]
        grads = {}
        start = 0
        for key in keys:
            end = start + widths[key >> _ROW_BITS]
            grads[key] = values[start:end]
            start = end
        return grads

    def _merge(self, payloads: list[bytes]) -> bytes:
        """The sum of the gradients of all ranks, rows in a fixed order."""
        total: dict[int, Vector] = {}
        for payload in payloads:
            for key, vector in self._unpack(payload).items():
                total[key] = add_all([total[key], vector]) if key in total else vector
        return self._pack({key: total[key] for key in sorted(total)})

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything that a resumed run needs."""
        groups = [{key: value for key, value in group.items() if key != "params"} for group in self.param_groups]
        state = [{name: rows_to_array(rows) for name, rows in entry.items()} for entry in self._state]
        return {"step": self._step, "param_groups": groups, "state": state}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Takes over a saved state, its learning rates too; ValueError when it is of another model."""
        if len(saved["state"]) != len(self._state):
            raise ValueError("The optimizer's checkpoint is of a model with other layers: use the same --depth.")
        self._step = saved["step"]
        for group, kept in zip(self.param_groups, saved["param_groups"]):
            group.update(kept)
        self._state = [{name: array_to_rows(_array(rows)) for name, rows in entry.items()} for entry in saved["state"]]


def _array(data: Array) -> Array:
    return Array(*data)


def _fresh_state(kind: str, parameter: Parameter) -> dict[str, list[Vector]]:
    rows, width = parameter.shape
    if kind == "adagrad":
        return {"squares": [[0.0]] * rows}
    return {"mean": [[0.0] * width] * rows, "variance": [[0.0] * width] * rows}


def _adagrad(parameter: Parameter, state: dict[str, list[Vector]], group: Group, step: int) -> None:
    squares, rows = state["squares"], parameter.rows
    for row, grad in parameter.grad.items():
        square = squares[row][0] + squared_length(grad) / len(grad)
        squares[row] = [square]
        rate = group["lr"] / (math.sqrt(square) + group["eps"])
        rows[row] = [w - rate * g for w, g in zip(rows[row], grad)]


def _adamw(parameter: Parameter, state: dict[str, list[Vector]], group: Group, step: int) -> None:
    beta1, beta2 = group["betas"]
    rate = group["lr"] / (1.0 - beta1**step)
    unbias = 1.0 / (1.0 - beta2**step)
    keep = 1.0 - group["lr"] * group["weight_decay"]
    mean, variance, rows = state["mean"], state["variance"], parameter.rows
    for row, grad in parameter.grad.items():
        m = [beta1 * m + (1.0 - beta1) * g for m, g in zip(mean[row], grad)]
        v = [beta2 * v + (1.0 - beta2) * g * g for v, g in zip(variance[row], grad)]
        mean[row], variance[row] = m, v
        rows[row] = [
            keep * w - rate * a / (math.sqrt(b * unbias) + group["eps"]) for w, a, b in zip(rows[row], m, v)
        ]


_UPDATES = {"adagrad": _adagrad, "adamw": _adamw}
