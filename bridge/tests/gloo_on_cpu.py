"""Lets several ranks of nanochat train on the CPU, where it starts no process group by itself.

Used as `sitecustomize` of the trainers by real_run.py. Starts gloo in `compute_init`, and stands in for what gloo
does not have: the average as a reduction, and handles of asynchronous collectives.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import os
import sys
from typing import Any

COMMON = "nanochat.common"
COLLECTIVES = ("all_reduce", "reduce_scatter_tensor", "all_gather_into_tensor")


class Finished:
    """The handle of a collective that has been waited for already."""

    def wait(self) -> None:
        """Nothing is left to wait for."""

    def get_future(self) -> Finished:
        """The handle is its own future."""
        return self


def synchronous(distributed: Any, collective: Any) -> Any:
    """A collective that waits, and that averages by summing and dividing."""

    @functools.wraps(collective)
    def run(output: Any, *args: Any, **kwargs: Any) -> Finished:
        kwargs.pop("async_op", None)
        average = kwargs.get("op") is distributed.ReduceOp.AVG
        if average:
            kwargs["op"] = distributed.ReduceOp.SUM
        collective(output, *args, **kwargs)
        if average:
            output.div_(distributed.get_world_size())
        return Finished()

    return run


def start_gloo() -> None:
    """Join the process group that torchrun's environment describes."""
    import torch.distributed as distributed

    if not distributed.is_initialized():
        distributed.init_process_group("gloo")
        for name in COLLECTIVES:
            setattr(distributed, name, synchronous(distributed, getattr(distributed, name)))


class CommonFinder(importlib.abc.MetaPathFinder):
    """Makes `compute_init` of nanochat.common start gloo first."""

    def __init__(self) -> None:
        self._busy = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec of nanochat.common with its `exec_module` extended; None for everything else."""
        if name != COMMON or self._busy:
            return None
        self._busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                compute_init = module.compute_init

                def with_gloo(*args: Any, **kwargs: Any) -> Any:
                    start_gloo()
                    return compute_init(*args, **kwargs)

                module.compute_init = with_gloo

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if "RANK" in os.environ:
    sys.meta_path.insert(0, CommonFinder())
