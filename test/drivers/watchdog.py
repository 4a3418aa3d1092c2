"""Cleans up behind a test process that was killed: reads folders from stdin, and acts when that ends (see watched.ts)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

# A process that is just being started by one that is being killed is found in the next round.
ROUNDS = 10
PAUSE_SECONDS = 0.2


def belongs(pid: int, folders: list[bytes]) -> bool:
    """Whether a process has one of the folders in its arguments or its environment."""
    for what in ("cmdline", "environ"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                text = file.read()
        except OSError:
            continue
        if any(folder in text for folder in folders):
            return True
    return False


def end_processes(folders: list[bytes]) -> bool:
    """Kill all that belong there; whether there were any. Without /proc none are found."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    found = [pid for pid in pids if pid != os.getpid() and belongs(pid, folders)]
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass  # it has ended by itself
    return bool(found)


def main() -> None:
    left = [folder for folder in sys.stdin.read().splitlines() if os.path.isdir(folder)]
    if not left:
        return
    for _ in range(ROUNDS):
        if not end_processes([os.fsencode(folder) for folder in left]):
            break
        time.sleep(PAUSE_SECONDS)
    for folder in left:
        if os.path.ismount(folder):
            subprocess.run(["umount", "-l", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


main()
