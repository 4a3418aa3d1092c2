"""In place of the Hugging Face library: the chat tasks that a later nanochat keeps in its base dir, for versions that fetch them.

Put on PYTHONPATH by the tests: what the old scripts load is what the machine has, and nothing goes out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pyarrow.parquet

SUBSETS = {"HuggingFaceTB/smol-smoltalk": "default", "openai/openai_humaneval": "openai_humaneval"}
WRAPPED = "auxiliary_train"
"""Its rows have one column more around them on the Hub, and lie among the other splits in the base dir."""


class Dataset:
    """The rows of one split."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        # Tasks that take the first 10,000 of a set do not ask whether there are as many.
        return self.rows[index % len(self.rows)]

    def shuffle(self, seed: int) -> Dataset:
        """The order that the library gives with that seed."""
        return Dataset([self.rows[index] for index in numpy.random.default_rng(seed).permutation(len(self.rows))])

    def map(self, change: Callable[[dict[str, Any]], dict[str, Any]], remove_columns: list[str]) -> Dataset:
        """Each row changed, without the named columns of the old one."""
        return Dataset([{**{name: value for name, value in row.items() if name not in remove_columns}, **change(row)} for row in self.rows])


def load_dataset(name: str, subset: str | None = None, split: str = "train") -> Dataset:
    """The rows of one split of one set."""
    wrapped = subset == WRAPPED
    folder = Path(os.environ["NANOCHAT_BASE_DIR"], "task_data", name.replace("/", "--"))
    folder = folder / "all" / WRAPPED if wrapped else folder / (subset or SUBSETS[name]) / split
    rows = [row for file in sorted(folder.glob("*.parquet")) for row in pyarrow.parquet.read_table(file).to_pylist()]
    return Dataset([{"train": row} for row in rows] if wrapped else rows)
