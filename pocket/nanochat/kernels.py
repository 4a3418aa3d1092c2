"""The arithmetic that all layers are made of, on plain lists of floats.

Two demands shape it: speed without any library, and the same digits on every Python.

A product of two floats costs the interpreter 50 ns. But Python multiplies a long integer by a
short one in C, so a whole vector is packed into one long integer, 64 bits a number, and `3 * packed`
is a vector times three. Sums of such products are matrix products, ten times faster than float by
float; and since integers are exact, they do not depend on order or version. Numbers are therefore
rounded to fixed point (about 7 digits) where they enter a matrix product, and are floats elsewhere.

`sum()` of floats is compensated from Python 3.12 on, so it is not used: `math.fsum` rounds correctly.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

Vector = list[float]
Packed = int

_LIMIT = 63.0  # larger numbers are cut to this before they are rounded
_WEIGHT_SCALE = float(1 << 20)
_VECTOR_SCALE = float(1 << 24)
_UNSCALE = 1.0 / (_WEIGHT_SCALE * _VECTOR_SCALE)
# A product is below 2**6 · 2**20 · 2**6 · 2**24 = 2**56, so 64 of them fit into a signed lane of 64 bits.
_TERMS = 64
_LANE_BYTES = 8
_HALF_LANE = 1 << 63


@lru_cache(maxsize=None)
def _halves(width: int) -> int:
    """2**63 in every lane: added, it makes signed lanes unsigned, which is how they are read out."""
    return int.from_bytes(array("Q", [_HALF_LANE] * width).tobytes(), "little")


def _fixed_point(vector: Vector, scale: float) -> list[int]:
    if max(vector) > _LIMIT or min(vector) < -_LIMIT:
        vector = [min(max(x, -_LIMIT), _LIMIT) for x in vector]
    return [int(x * scale) for x in vector]


def pack(vector: Vector) -> Packed:
    """A vector as one integer, for `combine`."""
    lanes = array("Q", [_HALF_LANE + x for x in _fixed_point(vector, _VECTOR_SCALE)])
    return int.from_bytes(_little_endian(lanes).tobytes(), "little") - _halves(len(vector))


def combine(weights: Vector, packed: Sequence[Packed], width: int) -> Vector:
    """`weights[0] * vectors[0] + weights[1] * vectors[1] + …` of packed vectors with `width` numbers.

    A matrix times a vector, its transpose, and the sum of outer products that is a matrix's gradient
    are all this.
    """
    factors = _fixed_point(weights, _WEIGHT_SCALE)
    total = _unpack(sum(map(mul, factors[:_TERMS], packed[:_TERMS])), width)
    for start in range(_TERMS, len(factors), _TERMS):
        part = sum(map(mul, factors[start : start + _TERMS], packed[start : start + _TERMS]))
        total = [x + y for x, y in zip(total, _unpack(part, width))]
    return total


def _unpack(total: Packed, width: int) -> Vector:
    content = (total + _halves(width)).to_bytes(width * _LANE_BYTES, "little")
    return [(lane - _HALF_LANE) * _UNSCALE for lane in _little_endian(array("Q", content))]


def _little_endian(lanes: array[int]) -> array[int]:
    """The lanes with their bytes in the order that `to_bytes(…, "little")` has."""
    if _BIG_ENDIAN:
        lanes.byteswap()
    return lanes


_BIG_ENDIAN = array("H", [1]).tobytes() == b"\x00\x01"


def add_all(vectors: Sequence[Vector]) -> Vector:
    """The elementwise sum of at least one vector, added from left to right."""
    total = vectors[0]
    at = 1
    while at + 4 <= len(vectors):  # four at a time: a quarter of the lists in between
        total = [x + a + b + c + d for x, a, b, c, d in zip(total, *vectors[at : at + 4])]
        at += 4
    for vector in vectors[at:]:
        total = [x + a for x, a in zip(total, vector)]
    return total


def squared_length(vector: Vector) -> float:
    """Sum of squares."""
    return math.fsum(map(mul, vector, vector))


def transpose(rows: Sequence[Vector]) -> list[Vector]:
    """Rows become columns."""
    return [list(column) for column in zip(*rows)]


def softmax(logits: Vector) -> Vector:
    """Probabilities of `logits`; the largest is taken off first so that nothing overflows."""
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    total = math.fsum(weights)
    return [w / total for w in weights]
