"""`python -m nanochat_bridge COMMAND …`: one table of commands, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "train": "run an unmodified script with the per-step hook",
    "describe": "print what a nanochat directory holds, as JSON",
    "ask": "have scripts of a trusted checkout tell their settings, as JSON",
    "serve": "answer requests for text from a checkpoint, as JSON lines",
}


def main(argv: list[str]) -> int:
    """Run one command and return its exit code; 2 for wrong usage."""
    if not argv or argv[0] not in COMMANDS:
        wrong = f"there is no command {argv[0]!r}" if argv else "a command is needed"
        print(f"nanochat_bridge: {wrong}; the commands are:", file=sys.stderr)
        for name, purpose in COMMANDS.items():
            print(f"  {name:9} {purpose}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"{__package__}.{argv[0]}")
    return module.main(argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
