"""Integers that make a script's own conditions true at a step of our choice.

Both are ordinary integers for arithmetic, formatting, pickling and JSON, so that schedules, percentages and estimates
that a script derives from them stay as they were. Python asks the right operand first when its type is a subclass of
the left's, which is what lets them answer `step % x` and `step == x`.
"""

from __future__ import annotations


class EveryInt(int):
    """An interval: `x > 0 and step % x == 0` is true at the steps in `extra` too."""

    extra: set[int]
    # Those of `extra` that the script has asked about and acted at.
    fired: set[int]

    def __new__(cls, value: int) -> EveryInt:
        interval = super().__new__(cls, value)
        interval.extra = set()
        interval.fired = set()
        return interval

    def regular(self, step: int) -> bool:
        """Whether the script would have acted at `step` without us."""
        interval = int(self)
        return interval > 0 and step % interval == 0

    def __gt__(self, other: object) -> bool:
        return True if self.extra and other == 0 else int(self).__gt__(other)  # type: ignore[operator]

    def __rmod__(self, step: int) -> int:
        if step in self.extra:
            self.fired.add(step)
            return 0
        interval = int(self)
        # While `extra` makes a disabled interval look enabled, every other step has to miss it.
        return step % interval if interval > 0 else 1

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)


class StopInt(int):
    """A horizon: `step == n`, `step >= n` and the end of `step < n` come true at `stop_at` as well as at `n`."""

    stop_at: int

    def __new__(cls, value: int, stop_at: int) -> StopInt:
        horizon = super().__new__(cls, value)
        horizon.stop_at = stop_at
        return horizon

    def __eq__(self, other: object) -> bool:
        return int(self) == other or self.stop_at == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __le__(self, other: object) -> bool:
        return min(int(self), self.stop_at).__le__(other)  # type: ignore[operator]

    def __gt__(self, other: object) -> bool:
        return min(int(self), self.stop_at).__gt__(other)  # type: ignore[operator]

    __hash__ = int.__hash__

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)
