"""What the model is built from: a loss that sends its gradient back, hidden layers, softmax layers."""

from __future__ import annotations

import math
from collections.abc import Callable

from nanochat.kernels import Packed, Vector, add_all, combine, pack, transpose
from nanochat.nn import Module, Parameter


class Loss:
    """A number that knows how to send its gradient back to the parameters it came from."""

    def __init__(self, value: float, backward: Callable[[float], None], scale: float = 1.0) -> None:
        self._value = value
        self._backward = backward
        self._scale = scale

    def item(self) -> float:
        """The loss as a number, in nats per token."""
        return self._value

    def detach(self) -> Loss:
        """The number alone, without its way back."""
        return Loss(self._value, lambda scale: None)

    def __truediv__(self, divisor: float) -> Loss:
        return Loss(self._value / divisor, self._backward, self._scale / divisor)

    def backward(self) -> None:
        """Adds the gradient to every parameter."""
        self._backward(self._scale)


class Layer(Module):
    """h + tanh(h W + b). Row i of `weight` says what input i adds to each output."""

    def __init__(self, width: int) -> None:
        self.weight = Parameter.zeros(width, width)
        self.bias = Parameter.zeros(1, width)
        self._width = width

    def activate(self, hidden: Vector) -> Vector:
        """tanh(h W + b)"""
        product = combine(hidden, self.weight.packed_rows(0, self._width), self._width)
        return [math.tanh(x + b) for x, b in zip(product, self.bias.rows[0])]

    def backward(self, inputs: list[Vector], activations: list[Vector], grads: list[Vector], scale: float) -> list[Vector]:
        """Takes dL/d(output) of every position, adds `scale` times to the parameters, returns dL/d(input)."""
        width = self._width
        inner = [
            [g * (1.0 - a * a) for g, a in zip(grad, activation)] for grad, activation in zip(grads, activations)
        ]
        packed = [pack(delta) for delta in inner]
        for row, column in enumerate(transpose(inputs)):
            self.weight.add_grad(row, [combine(column, packed, width)], scale)
        self.bias.add_grad(0, inner, scale)
        columns = self.weight.packed_columns(0, width)
        return [add_all([grad, combine(delta, columns, width)]) for grad, delta in zip(grads, inner)]


class Head(Module):
    """Several softmax layers side by side, of which one is asked. A row of `weight` is one output's."""

    def __init__(self, count: int, outputs: int, width: int) -> None:
        self.weight = Parameter.zeros(count * outputs, width)
        self.bias = Parameter.zeros(count, outputs)
        self._outputs = outputs
        self._width = width

    def logits(self, which: int, hidden: Vector) -> Vector:
        """The outputs of one of the layers before its softmax."""
        start = which * self._outputs
        product = combine(hidden, self.weight.packed_columns(start, start + self._outputs), self._outputs)
        return [x + b for x, b in zip(product, self.bias.rows[which])]

    def grad_of_input(self, which: int, delta: Vector) -> Vector:
        """dL/d(hidden) from dL/d(logits) of one position."""
        start = which * self._outputs
        return combine(delta, self.weight.packed_rows(start, start + len(delta)), self._width)

    def add_grads(self, which: int, packed_inputs: list[Packed], deltas: list[Vector], scale: float) -> None:
        """Adds `scale` times the gradient to the parameters of one layer, given dL/d(logits) of the positions that asked it."""
        for output, column in enumerate(transpose(deltas)):
            self.weight.add_grad(which * self._outputs + output, [combine(column, packed_inputs, self._width)], scale)
        padding = [0.0] * (self._outputs - len(deltas[0]))
        self.bias.add_grad(which, [delta + padding for delta in deltas], scale)
