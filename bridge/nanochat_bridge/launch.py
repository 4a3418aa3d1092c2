"""Starts the processes of one stage, waits for them, and records how they ended.

    python launch.py STAGE_DIR

STAGE_DIR holds command.json; launch.json and exit.json are written beside it (docs/run-directory.md). This is the
parent that stays when every viewer and supervisor is gone, so it does as little as possible: it never reads what the
trainer prints (the output goes straight to files), opens no port, and imports nothing of this package.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

VERSION = 1
"""Format of command.json, launch.json and exit.json."""

KILL_GRACE_SECONDS = 30.0
"""From the second request to end (or from a rank's failure) to SIGKILL."""

RETRY_SECONDS = 1.0
"""Between attempts to write a file while the disk is full."""

NOT_FOUND, NOT_EXECUTABLE, BAD_COMMAND = 127, 126, 2
"""Exit codes of what could not be started, as a shell has them."""


ALREADY_STARTED = 3
"""Exit code of a second launch.py for one stage."""


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


@dataclass
class Rank:
    """One process that was started, and how it ended."""

    rank: int
    process: subprocess.Popen[bytes]
    start_ticks: int | None

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def failed(self) -> bool:
        return self.process.poll() not in (None, 0)

    @property
    def code(self) -> int | None:
        code = self.process.returncode
        return code if code is not None and code >= 0 else None

    @property
    def signal_name(self) -> str | None:
        code = self.process.returncode
        return signal_name(-code) if code is not None and code < 0 else None


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


# ---------------------------------------------------------------------------------------------------------------------
# Processes


def start_ticks(pid: int) -> int | None:
    """Start time of a process as src/lib/process.ts reads it, so that a reused pid is not mistaken for this one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        return int(stat[stat.rindex(b")") + 2 :].split()[19])  # field 22 of proc(5)
    except (OSError, ValueError, IndexError):
        return None if sys.platform == "linux" else start_time_from_ps(pid)


def start_time_from_ps(pid: int) -> int | None:
    """Where there is no /proc: the start in seconds since the epoch."""
    try:
        out = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=2, check=True)
        return int(time.mktime(time.strptime(out.stdout.strip(), "%a %b %d %H:%M:%S %Y")))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def free_port() -> int:
    """A loopback port that is free now, for the ranks to meet on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def log_path(stage_dir: Path, stream: str, rank: int) -> Path:
    return stage_dir / (f"{stream}.log" if rank == 0 else f"{stream}.rank{rank}.log")


def environment(command: Command, rank: int, port: int) -> dict[str, str]:
    """What the process gets: ours (secrets come this way, never through the file), then the file's, then its rank."""
    env = {**os.environ, **command.env}
    if command.launcher == "plain":
        env |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(command.ranks)}
        env |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": command.env.get("MASTER_PORT", str(port))}
    return env


def start_rank(command: Command, stage_dir: Path, rank: int, port: int) -> Rank:
    """Starts one process with its output appended to its files; raises Refused with the reason when it cannot."""
    paths = [log_path(stage_dir, stream, rank) for stream in ("stdout", "stderr")]
    try:
        with open(paths[0], "ab", opener=for_owner) as out, open(paths[1], "ab", opener=for_owner) as err:
            env = environment(command, rank, port)
            process = subprocess.Popen(command.argv, cwd=command.cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    except FileNotFoundError as error:
        raise Refused(f"{command.argv[0]} could not be started: there is no such program.", NOT_FOUND) from error
    except OSError as error:
        raise Refused(f"{command.argv[0]} could not be started: {error}.", NOT_EXECUTABLE) from error
    return Rank(rank, process, start_ticks(process.pid))


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"  # a real-time signal


def send(ranks: list[Rank], number: int) -> None:
    for rank in ranks:
        if not rank.ended:
            rank.process.send_signal(number)


def kill_trees(ranks: list[Rank]) -> None:
    """SIGKILL to what still runs and all below it: torchrun puts its workers into sessions of their own."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = entry.read_bytes()
        except OSError:
            continue  # ended meanwhile
        parent = int(stat[stat.rindex(b")") + 2 :].split()[1])
        children.setdefault(parent, []).append(int(entry.parent.name))
    doomed = [rank.process.pid for rank in ranks if not rank.ended]
    for pid in doomed:  # grows while it is walked
        doomed.extend(children.get(pid, []))
    for pid in doomed:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def oom_kills() -> int | None:
    """How often the kernel killed a process of our control group for lack of memory; None when it does not say."""
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return None
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root, name = ("/sys/fs/cgroup", "memory.events") if controllers == "" else ("/sys/fs/cgroup/memory", "memory.oom_control")
        # In a container the path may be the host's: then the mounted root is our own group.
        for folder in (root + path, root):
            try:
                counters = dict(row.split() for row in Path(folder, name).read_text(encoding="utf-8").splitlines())
                return int(counters["oom_kill"])
            except (OSError, ValueError, KeyError):
                continue
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Files


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


# ---------------------------------------------------------------------------------------------------------------------
# The wait


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
