"""Parameters and modules: what of torch.nn a training loop needs, without torch."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from nanochat.kernels import Packed, Vector, add_all, pack, transpose


class Array(NamedTuple):
    """Numbers as they are saved: row-major doubles and their shape."""

    shape: tuple[int, ...]
    values: array[float]


class Parameter:
    """A trained matrix, kept as a list of rows.

    Gradients are sparse: `grad` maps the rows that the last batch touched to their gradient, and
    is None when there is none. A hashed table has tens of thousands of rows, of which a batch
    touches a few hundred. Rows are replaced, never changed in place, so they may be shared.
    """

    def __init__(self, rows: list[Vector]) -> None:
        self.rows = rows
        self.grad: dict[int, Vector] | None = None
        self._packs: dict[tuple[str, int, int], list[Packed]] = {}

    def changed(self) -> None:
        """To be called after `rows` were changed: forgets what was packed from them."""
        self._packs.clear()

    def packed_rows(self, start: int, end: int) -> list[Packed]:
        """Rows `start` to `end`, packed for `combine`."""
        return self._pack("rows", start, end)

    def packed_columns(self, start: int, end: int) -> list[Packed]:
        """The columns of the rows `start` to `end`, packed for `combine`."""
        return self._pack("columns", start, end)

    def _pack(self, what: str, start: int, end: int) -> list[Packed]:
        key = (what, start, end)
        if key not in self._packs:
            rows = self.rows[start:end]
            self._packs[key] = [pack(vector) for vector in (rows if what == "rows" else transpose(rows))]
        return self._packs[key]

    @classmethod
    def zeros(cls, count: int, width: int) -> Parameter:
        """`count` rows of zeros; one list stands for all of them until they are trained."""
        zero = [0.0] * width
        return cls([zero] * count)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    def numel(self) -> int:
        """The number of trained numbers."""
        rows, columns = self.shape
        return rows * columns

    def add_grad(self, row: int, parts: list[Vector], scale: float) -> None:
        """Adds `scale` times the sum of `parts` to the gradient of a row."""
        if self.grad is None:
            self.grad = {}
        old = self.grad.get(row)
        if old is None:
            self.grad[row] = [x * scale for x in add_all(parts)]
        else:
            self.grad[row] = [o + x * scale for o, x in zip(old, add_all(parts))]

    def to_array(self) -> Array:
        """A copy that later training does not change."""
        return rows_to_array(self.rows)


def rows_to_array(rows: list[Vector]) -> Array:
    """The rows one after the other."""
    values = array("d")
    for row in rows:
        values.fromlist(row)
    return Array((len(rows), len(rows[0])), values)


def array_to_rows(data: Array) -> list[Vector]:
    """The opposite of `rows_to_array`."""
    rows, width = data.shape
    values = data.values.tolist()
    return [values[at * width : (at + 1) * width] for at in range(rows)]


class Module:
    """A thing with parameters: its attributes that are parameters, lists of them, or modules."""

    training: bool = True

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name, in the order of definition."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield name, value
            elif isinstance(value, Module):
                for inner, parameter in value.named_parameters():
                    yield f"{name}.{inner}", parameter
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, Module):
                        for inner, parameter in item.named_parameters():
                            yield f"{name}.{index}.{inner}", parameter

    def parameters(self) -> list[Parameter]:
        """Every parameter, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients; called once a step by every trainer, after the optimizer.

        `set_to_none` is there for the callers that write it; a sparse gradient that is zero and
        one that is not there are the same thing.
        """
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Module:
        """Marks the module as being trained (or, with False, evaluated)."""
        self.training = mode
        return self

    def eval(self) -> Module:
        """Marks the module as being evaluated."""
        return self.train(False)

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter by name."""
        return {name: parameter.to_array() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: dict[str, Array]) -> None:
        """Takes over saved parameters; raises ValueError unless names and shapes are the same."""
        mine = dict(self.named_parameters())
        if mine.keys() != state.keys():
            odd = ", ".join(sorted(mine.keys() ^ state.keys()))
            raise ValueError(f"The checkpoint does not fit this model: {odd} is in only one of them.")
        for name, parameter in mine.items():
            if tuple(state[name].shape) != parameter.shape:
                raise ValueError(
                    f"The checkpoint does not fit this model: {name} is {tuple(state[name].shape)} in the "
                    f"checkpoint and {parameter.shape} here. Use the --depth and --aspect-ratio it was trained with."
                )
            parameter.rows = array_to_rows(state[name])
            parameter.changed()
