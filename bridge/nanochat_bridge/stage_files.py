"""How launch.py writes: documents that are whole or not there, and what the person reads when nothing runs."""

from __future__ import annotations

import errno
import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def replace(path: Path, document: dict[str, object]) -> bool:
    """Writes the file by atomic rename. False when the disk is full: try again. Other errors are raised."""
    temporary = path.with_name(path.name + ".new")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        return True
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        raise


def for_owner(path: str, flags: int) -> int:
    """Opens a log as its owner's alone: a script may print what it has in its environment, and keys are there."""
    return os.open(path, flags, 0o600)


def say(stage_dir: Path, sentence: str) -> None:
    """One line in stderr.log, where the person looks for why it did not run; lost only when the disk is full."""
    try:
        with open(log_path(stage_dir, "stderr", 0), "a", encoding="utf-8", opener=for_owner) as file:
            file.write(f"nanochat-cli: {sentence}\n")
    except OSError:
        print(sentence, file=sys.stderr)


def log_path(stage_dir: Path, stream: str, rank: int) -> Path:
    return stage_dir / (f"{stream}.log" if rank == 0 else f"{stream}.rank{rank}.log")
