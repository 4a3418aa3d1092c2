"""What all scripts share: where files are, who prints, how ranks start and end."""

from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from nanochat import distributed

COMPUTE_DTYPE = "torch.float64"
COMPUTE_DTYPE_REASON = "pocket: Python floats, no torch"

_BANNER = r"""
                                  _           _
   _ __   __ _ _ __   ___   ___ | |__   __ _| |_     p o c k e t
  | '_ \ / _` | '_ \ / _ \ / __|| '_ \ / _` | __|
  | | | | (_| | | | | (_) | (__ | | | | (_| | |_
  |_| |_|\__,_|_| |_|\___/ \___||_| |_|\__,_|\__|

  POCKET MODEL: real gradients, but tiny and in plain Python. It learns a little book by heart;
  it is here to be watched, steered and talked to, not to be believed.
"""


def setup_default_logging() -> None:
    """Logger lines on stderr in nanochat's format, without its colours."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")


setup_default_logging()
logger = logging.getLogger(__name__)


class Device(NamedTuple):
    """Where the model lives; always the CPU."""

    type: str


class DummyWandb:
    """Stands in for a W&B run: has its methods, keeps nothing."""

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Forgets a row of metrics."""

    def finish(self) -> None:
        """Ends the run that is none."""


@contextmanager
def exit_with_sentence() -> Iterator[None]:
    """Turns an expected failure into its sentence on stderr and exit code 1, without a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from None


def get_base_dir() -> str:
    """NANOCHAT_BASE_DIR, or ~/.cache/nanochat; made if need be."""
    base_dir = os.environ.get("NANOCHAT_BASE_DIR") or os.path.join(os.path.expanduser("~"), ".cache", "nanochat")
    os.makedirs(base_dir, exist_ok=True)
    return base_dir


def print0(text: str = "", **kwargs: Any) -> None:
    """Prints on rank 0 only."""
    if int(os.environ.get("RANK", 0)) == 0:
        print(text, **kwargs)


def print_banner() -> None:
    """The name, and that this is a pocket model."""
    print0(_BANNER)


def is_ddp_requested() -> bool:
    """Whether a launcher set the variables of a rank."""
    return all(name in os.environ for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))


def get_dist_info() -> tuple[bool, int, int, int]:
    """(several ranks, rank, local rank, world size) from the environment."""
    if not is_ddp_requested():
        return False, 0, 0, 1
    return True, int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"]), int(os.environ["WORLD_SIZE"])


def autodetect_device_type() -> str:
    """The CPU is all that pocket uses."""
    print0("Autodetected device type: cpu")
    return "cpu"


def compute_init(device_type: str = "cpu") -> tuple[bool, int, int, int, Device]:
    """Connects the ranks, if there are several. ValueError for a device that pocket does not have."""
    if device_type != "cpu":
        raise ValueError(f"Pocket nanochat computes on the CPU only: leave out --device-type={device_type}.")
    ddp, rank, local_rank, world_size = get_dist_info()
    if world_size > 1:
        distributed.init_process_group(rank, world_size)
    if rank == 0:
        logger.info("Distributed world size: %d", world_size)
    return ddp, rank, local_rank, world_size, Device(device_type)


def compute_cleanup() -> None:
    """Disconnects the ranks."""
    distributed.destroy_process_group()


def peak_memory_mib() -> float:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def print_ignored_flags(reasons: dict[str, bool]) -> None:
    """One sentence for each flag that is given but means nothing to a pocket model."""
    for flag, given in reasons.items():
        if given:
            print0(f"Note: --{flag} has no effect on a pocket model, ignoring it")
