"""The processes of a stage: started, told to end, killed with all below them, and how they ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from nanochat_bridge.stage_command import NOT_EXECUTABLE, NOT_FOUND, Command, Refused
from nanochat_bridge.stage_files import for_owner, log_path


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
