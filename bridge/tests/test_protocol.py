"""The lines of steps, which are not written by json: they read as if they were."""

from __future__ import annotations

import json
import math
import unittest
from typing import Any

from nanochat_bridge.metrics import as_number
from nanochat_bridge.protocol import event_line, step_line


def read(line: bytes) -> dict[str, Any]:
    """The event of a line, without the time at which it was made."""
    event: dict[str, Any] = json.loads(line)
    assert isinstance(event.pop("t"), float)
    return event


class StepLineTest(unittest.TestCase):
    def assert_as_json(self, step: int, values: dict[str, Any]) -> None:
        self.assertEqual(read(step_line(step, values)), read(event_line("step", {"step": step, "m": values})))

    def test_each_number_is_read_as_what_it_was(self) -> None:
        for number in (0, -0.0, 1.0, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e22, 2**63, -7, 3.010204081632653):
            self.assert_as_json(1_000_000, {"train/loss": number, "train/dt": 1e-5})

    def test_times_of_parts_are_told_to_a_tenth_of_a_microsecond(self) -> None:
        line = step_line(3, {"timer/data": 0.00000123456, "timer/forward": 12.5, "train/dt": 0.00000123456})
        self.assertEqual(read(line)["m"], {"timer/data": 0.0000012, "timer/forward": 12.5, "train/dt": 0.00000123456})

    def test_what_json_has_no_number_for_is_the_string_of_the_protocol(self) -> None:
        for number, told in ((math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")):
            self.assertEqual(read(step_line(3, {"train/loss": number, "train/dt": 2.0}))["m"], {"train/loss": told, "train/dt": 2.0})

    def test_numbers_at_the_ends_of_what_there_is_are_told_as_they_are(self) -> None:
        self.assert_as_json(3, {"a": 1e308, "b": 1e308})
        self.assert_as_json(3, {"a": 10**400, "b": 1.5})

    def test_a_step_without_values_or_with_odd_names_is_a_line_too(self) -> None:
        self.assert_as_json(0, {})
        self.assert_as_json(0, {"finance/info": 1.5, "nan": 2})
        self.assert_as_json(0, {'per%cent "quoted"\n%s': 1.5, "größe": 2, "{}": 3})

    def test_a_number_of_a_kind_of_its_own_becomes_a_plain_one(self) -> None:
        class Float64(float):
            def __repr__(self) -> str:
                return f"np.float64({float(self)})"

        class Int64(int):
            def __repr__(self) -> str:
                return f"np.int64({int(self)})"

        values = {"a": as_number(Float64(2.5)), "b": as_number(Int64(7))}
        self.assertEqual(read(step_line(1, values))["m"], {"a": 2.5, "b": 7})  # type: ignore[arg-type]
        self.assertIsNone(as_number(True))
