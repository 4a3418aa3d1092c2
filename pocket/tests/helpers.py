"""What several tests need: a tiny model, a base directory, and running a script as a user does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from nanochat.gpt import GPT, GPTConfig
from nanochat.optim import SparseOptimizer
from nanochat.tokenizer import ByteTokenizer

POCKET = Path(__file__).resolve().parent.parent
SMALL = ["--depth=1", "--aspect-ratio=8", "--max-seq-len=32", "--total-batch-size=64", "--warmup-steps=2"]
QUIET = ["--eval-every=-1", "--sample-every=-1", "--core-metric-every=-1"]
TEXT = "The wolf is grey. The fox is red. The bear is brown, and in winter it sleeps. "


def tiny_model(seed: int = 7) -> GPT:
    """One hidden layer of eight numbers."""
    model = GPT(GPTConfig(sequence_len=32, n_layer=1, n_head=2, n_kv_head=2, n_embd=8))
    model.init_weights(seed)
    return model


def tiny_optimizer(model: GPT, rate: float = 1.0) -> SparseOptimizer:
    """Learning rates that suit `tiny_model`."""
    return model.setup_optimizer(0.02 * rate, 0.2 * rate, 0.02 * rate, 0.0, 0.02 * rate)


def text_batch() -> tuple[list[list[int]], list[list[int]]]:
    """A row of text and its targets."""
    tokens = ByteTokenizer().encode(TEXT, prepend="<|bos|>")
    return [tokens[:-1]], [tokens[1:]]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BaseDirCase(unittest.TestCase):
    """A test with a NANOCHAT_BASE_DIR of its own, with a tokenizer in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.base_dir = folder.name
        self.run_script("scripts.tok_train")

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment of a script: ours without any rank, and this base directory."""
        kept = {key: value for key, value in os.environ.items() if key not in ("RANK", "LOCAL_RANK", "WORLD_SIZE")}
        return {**kept, "NANOCHAT_BASE_DIR": self.base_dir, "PYTHONUNBUFFERED": "1", **extra}

    def start_script(self, module: str, *args: str, **extra: str) -> subprocess.Popen[str]:
        """Starts a script in the pocket workspace."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *args],
            cwd=POCKET,
            env=self.environment(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_script(self, module: str, *args: str, code: int = 0, **extra: str) -> tuple[str, str]:
        """(stdout, stderr) of a script that must end with this exit code."""
        process = self.start_script(module, *args, **extra)
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, code, out + err)
        return out, err

    def start_ranks(self, count: int, module: str, *args: str, **extra: str) -> list[subprocess.Popen[str]]:
        """Starts a script as several ranks."""
        port = str(free_port())
        return [
            self.start_script(
                module,
                *args,
                RANK=str(rank),
                LOCAL_RANK=str(rank),
                WORLD_SIZE=str(count),
                MASTER_ADDR="127.0.0.1",
                MASTER_PORT=port,
                **extra,
            )
            for rank in range(count)
        ]
