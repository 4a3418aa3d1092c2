"""Starts the processes of one stage, waits for them, and records how they ended.

    python launch.py STAGE_DIR

STAGE_DIR holds command.json; launch.json and exit.json are written beside it (docs/run-directory.md). This is the
parent that stays when every viewer and supervisor is gone, so it does as little as possible: it never reads what the
trainer prints (the output goes straight to files), opens no port, and imports nothing of this package but its own parts:
stage_command.py, stage_processes.py, stage_files.py.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from pathlib import Path

if not __package__:
    # Started as a file. What stands beside it is no module of everybody's, and where Python takes no folder of a script
    # onto its path (PYTHONSAFEPATH) it is to start all the same.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nanochat_bridge.stage_command import BAD_COMMAND, VERSION, Refused, read_command
from nanochat_bridge.stage_files import now, replace, say
from nanochat_bridge.stage_processes import Rank, free_port, kill_trees, oom_kills, send, start_rank, start_ticks

KILL_GRACE_SECONDS = 30.0
"""From the second request to end (or from a rank's failure) to SIGKILL."""

RETRY_SECONDS = 1.0
"""Between attempts to write a file while the disk is full."""

ALREADY_STARTED = 3
"""Exit code of a second launch.py for one stage."""


def launch_document(started_at: str, ranks: list[Rank]) -> dict[str, object]:
    return {
        "version": VERSION,
        "pid": os.getpid(),
        "startTicks": start_ticks(os.getpid()),
        "startedAt": started_at,
        "children": [{"pid": rank.process.pid, "startTicks": rank.start_ticks, "rank": rank.rank} for rank in ranks],
    }


def exit_document(code: int | None, signal_: str | None, oom_killed: bool, ranks: list[Rank]) -> dict[str, object]:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "version": VERSION,
        "code": code,
        "signal": signal_,
        "oomKilled": oom_killed,
        "endedAt": now(),
        "maxRssBytes": peak if sys.platform == "darwin" else peak * 1024,
        "ranks": [{"rank": rank.rank, "code": rank.code, "signal": rank.signal_name} for rank in ranks],
    }


class Waiter:
    """Waits until every rank has ended, passing on what it is asked meanwhile. Sleeps in the kernel, never polls."""

    def __init__(self, stage_dir: Path, started_at: str) -> None:
        self.stage_dir = stage_dir
        self.started_at = started_at
        self.ranks: list[Rank] = []
        self.first_failure: Rank | None = None
        self.asked = 0
        self.kill_at: float | None = None
        self.recorded = False
        self.wake, write_end = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # a handler must be there for the wake-up byte to be written
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def record(self) -> None:
        """Writes launch.json, or leaves it for the next tick when the disk is full: the trainer must not wait for it."""
        try:
            self.recorded = replace(self.stage_dir / "launch.json", launch_document(self.started_at, self.ranks))
        except OSError as error:
            self.recorded = True  # trying again would not help
            say(self.stage_dir, f"launch.json could not be written: {error}.")

    def run(self) -> None:
        """Returns when the last rank has ended."""
        while True:
            ended = all(rank.ended for rank in self.ranks)  # asked first: whoever ends after it gets another turn
            self.notice_failure()
            if ended:
                return
            if not self.recorded:
                self.record()
            if self.kill_at is not None and time.monotonic() >= self.kill_at:  # again if that was not enough
                kill_trees(self.ranks)
                self.kill_at = time.monotonic() + KILL_GRACE_SECONDS
            self.sleep()

    def sleep(self) -> None:
        timeouts = [] if self.recorded else [RETRY_SECONDS]
        if self.kill_at is not None:
            timeouts.append(max(0.0, self.kill_at - time.monotonic()))
        readable, _, _ = select.select([self.wake], [], [], min(timeouts, default=None))
        for number in os.read(self.wake, 4096) if readable else b"":
            if number in (signal.SIGTERM, signal.SIGINT):
                self.pass_on(number)

    def pass_on(self, number: int) -> None:
        """Once: the trainer may take its time to end well. Asked again: it has the grace period, no more."""
        self.asked += 1
        send(self.ranks, number)
        if self.asked == 2:
            self.kill_at = time.monotonic() + KILL_GRACE_SECONDS

    def notice_failure(self) -> None:
        """A rank that failed leaves the others waiting for it for ever: they are ended too."""
        if self.first_failure is not None:
            return
        self.first_failure = next((rank for rank in self.ranks if rank.failed), None)
        if self.first_failure is not None:
            self.end_all()

    def end_all(self) -> None:
        send(self.ranks, signal.SIGTERM)
        self.kill_at = time.monotonic() + KILL_GRACE_SECONDS


def launch(stage_dir: Path) -> int:
    """Runs the stage to its end and records it. Returns the code to exit with, 128 + n for signal n as a shell does."""
    waiter = Waiter(stage_dir, now())
    kills_before = oom_kills()
    failure: Refused | None = None
    try:
        command = read_command(stage_dir)
        waiter.record()
        port = free_port() if command.launcher == "plain" else 0
        for rank in range(command.ranks):
            waiter.ranks.append(start_rank(command, stage_dir, rank, port))
        waiter.record()
    except Refused as error:
        failure = error
        say(stage_dir, str(error))
        waiter.end_all()
    waiter.run()
    first = waiter.first_failure
    code = failure.code if failure else (first.code if first else 0)
    signal_ = None if failure or first is None else first.signal_name
    kills_after = oom_kills()
    oom_killed = code != 0 and kills_before is not None and kills_after is not None and kills_after > kills_before
    document = exit_document(code, signal_, oom_killed, waiter.ranks)
    while not replace(stage_dir / "exit.json", document):
        time.sleep(RETRY_SECONDS)
    return code if code is not None else 128 + getattr(signal, str(signal_), 0)


def claim(stage_dir: Path) -> bool:
    """True for the one launch.py of a stage: of two that were started for it, the file system lets one pass."""
    try:
        os.close(os.open(stage_dir / "launch.claim", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        pass  # a full disk: what cannot be claimed must run all the same
    return True


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print("usage: launch.py STAGE_DIR", file=sys.stderr)
        return BAD_COMMAND
    if os.getsid(0) != os.getpid():
        try:
            os.setsid()
        except PermissionError:
            pass  # leader of a shell's job; whoever starts it so keeps its terminal
    stage_dir = Path(argv[0]).absolute()
    if not claim(stage_dir):
        print(f"{stage_dir} has been started already; a stage is never started twice.", file=sys.stderr)
        return ALREADY_STARTED
    return launch(stage_dir)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
