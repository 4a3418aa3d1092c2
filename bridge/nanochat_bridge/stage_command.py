"""command.json: what launch.py is told to start."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

VERSION = 1
"""Format of command.json, launch.json and exit.json."""

NOT_FOUND, NOT_EXECUTABLE, BAD_COMMAND = 127, 126, 2
"""Exit codes of what could not be started, as a shell has them."""


class Refused(Exception):
    """The stage cannot be started; the message is the sentence for stderr.log."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Command:
    """command.json, checked."""

    cwd: str
    argv: list[str]
    env: dict[str, str]
    ranks: int
    launcher: str


def read_command(stage_dir: Path) -> Command:
    """Reads command.json; raises Refused with a sentence that names the file and what is wrong in it."""
    path = stage_dir / "command.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} could not be read: {error}.", BAD_COMMAND) from error
    if not isinstance(data, dict) or not isinstance(data.get("version"), int):
        raise Refused(f"{path} is not a command file: it has no version.", BAD_COMMAND)
    if data["version"] > VERSION:
        raise Refused(f"{path} has version {data['version']}, written by a newer nanochat-cli. Update this one.", BAD_COMMAND)
    argv, env, ranks, launcher = data.get("argv"), data.get("env", {}), data.get("ranks", 1), data.get("launcher", "python")
    if not isinstance(argv, list) or not argv or not all(isinstance(part, str) for part in argv):
        raise Refused(f"{path}: argv must be a list of at least one string.", BAD_COMMAND)
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise Refused(f"{path}: env must map names to strings.", BAD_COMMAND)
    if not isinstance(ranks, int) or ranks < 1:
        raise Refused(f"{path}: ranks must be a whole number of at least 1.", BAD_COMMAND)
    if launcher not in ("python", "torchrun", "plain"):
        raise Refused(f"{path}: launcher must be python, torchrun or plain, not {launcher!r}.", BAD_COMMAND)
    cwd = data.get("cwd")
    if not isinstance(cwd, str) or not os.path.isdir(cwd):
        raise Refused(f"The working directory {cwd} is not there.", NOT_FOUND)
    return Command(cwd, argv, env, ranks if launcher == "plain" else 1, launcher)
