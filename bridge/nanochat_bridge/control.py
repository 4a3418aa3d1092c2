"""Commands for the trainer: from the control file, through the agreement of the ranks, to the step they act at."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .capabilities import Capabilities
from .protocol import AGREED_FILE, CONTROL_FILE, PROTOCOL, Events

# Ranks are at most one step apart: what rank 0 publishes at step s, all of them have seen by step s + 2.
AGREEMENT_STEPS = 2


@dataclass(frozen=True)
class Command:
    """Something asked of the trainer, and the step whose hook it is carried out at, on every rank."""

    id: str
    command: str
    at: int
    # Of a patch: new values by name.
    values: tuple[tuple[str, float], ...] = ()


class CommandFile:
    """A file of commands that another process replaces by rename; looked at with one `stat`."""

    def __init__(self, path: Path, events: Events) -> None:
        self._path = path
        self._name = os.fspath(path)  # asked for at every step
        self._events = events
        self._stamp = (0, 0)
        self._taken: set[str] = set()

    def poll(self) -> list[dict[str, Any]]:
        """The commands that were not there before. What cannot be read is looked at again at the next step."""
        try:
            status = os.stat(self._name)
        except OSError:
            return []
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp == self._stamp:
            return []
        try:
            document = json.loads(self._path.read_bytes())
            new = [entry for entry in self._entries(document) if entry["id"] not in self._taken]
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._events.problem(f"{self._path.name} could not be read", error)
            return []
        self._stamp = stamp
        self._taken.update(entry["id"] for entry in new)
        return new

    def _entries(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        if document["version"] != PROTOCOL:
            raise ValueError(f"it has version {document['version']}, this bridge reads version {PROTOCOL}")
        return document["commands"]


class Commands:
    """The commands of one rank. Rank 0 takes them from the supervisor and tells the others when to act."""

    def __init__(self, directory: Path, rank: int, events: Events, capabilities: Capabilities) -> None:
        self._leads = rank == 0
        self._file = CommandFile(directory / (CONTROL_FILE if self._leads else AGREED_FILE), events)
        self._agreed_path = directory / AGREED_FILE
        self._agreed: list[dict[str, Any]] = []
        self._events = events
        self._capabilities = capabilities
        self._waiting: list[Command] = []
        # Judges the values of a patch: the reason why they cannot be set, or None.
        self.judge: Callable[[dict[str, float]], str | None] = lambda values: "the loop has not begun yet"

    def due(self, step: int) -> list[Command]:
        """Take what is new, and return what is to be carried out at the hook of this step."""
        new = self._file.poll()
        if new:
            self._take(new, step)
        if not self._waiting:
            return []
        due = [command for command in self._waiting if command.at <= step]
        self._waiting = [command for command in self._waiting if command.at > step]
        for command in due:
            if command.at < step:
                late = f"{command.command} was agreed for step {command.at} and carried out at step {step}"
                self._events.problem(late, "this rank was more than one step ahead of rank 0")
        return due

    def await_release(self, step: int) -> Command | None:
        """Look once, while this rank is paused, whether it may go on: at a resume, or a stop, of which it is told later.

        What else comes in meanwhile waits for the steps after the pause.
        """
        new = self._file.poll()
        if new:
            self._take(new, step, paused=True)
        # A rank that comes to the pause late has learnt of its end already: all that waits counts, not only what is new.
        release = next((c for c in self._waiting if c.command in ("resume", "stop")), None)
        if release is not None and release.command == "resume":
            self._waiting.remove(release)
        return release

    def refuse_rest(self, step: int, why: str, is_end: bool = False) -> None:
        """Answer every command that the script ended before, those included that nobody has looked at yet.

        `is_end`: the script has come to its own end. That is what a stop wants, so it is left to the supervisor,
        who sees to it that nothing follows.
        """
        unseen = [_command(entry, step) for entry in self._file.poll()]
        if not self._leads:
            return
        late = {command: f"{why}, before step {command.at} at which all ranks would have acted" for command in self._waiting}
        for command in [*self._waiting, *unseen]:
            if not (is_end and command.command == "stop"):
                self.refuse(command, step, late.get(command, why))
        self._waiting = []

    def refuse(self, command: Command, step: int, reason: str) -> None:
        """Tell the supervisor that a command will not be carried out."""
        self._events.emit(
            "command", id=command.id, command=command.command, state="refused", step=step, reason=reason
        )

    def _take(self, new: list[dict[str, Any]], step: int, paused: bool = False) -> None:
        if not self._leads:
            self._waiting += [_command(entry, int(entry["at"])) for entry in new]
            return
        accepted = []
        for entry in new:
            command = _command(entry, step + AGREEMENT_STEPS)
            reason = self._capabilities.refusal(command.command) or self._unfit(command, paused)
            if reason is None:
                accepted.append(command)
            else:
                self.refuse(command, step, reason)
        if accepted:
            self._publish(accepted, step)

    def _unfit(self, command: Command, paused: bool) -> str | None:
        if command.command == "resume":
            return None if paused else "the run is not paused"
        if command.command == "pause" and paused:
            return "the run is paused already"
        return self.judge(dict(command.values)) if command.command == "patch" else None

    def _publish(self, commands: list[Command], step: int) -> None:
        agreed = self._agreed + [_entry(command) for command in commands]
        temporary = self._agreed_path.with_suffix(".tmp")
        try:
            temporary.write_text(json.dumps({"version": PROTOCOL, "commands": agreed}), encoding="utf-8")
            os.replace(temporary, self._agreed_path)
        except OSError as error:
            for command in commands:
                self.refuse(command, step, f"{self._agreed_path} could not be written: {error.strerror or error}")
            return
        self._agreed = agreed
        self._waiting += commands
        for c in commands:
            self._events.emit("command", id=c.id, command=c.command, state="seen", step=step, at=c.at)


def _command(entry: dict[str, Any], at: int) -> Command:
    values = entry.get("values")
    pairs = tuple(values.items()) if isinstance(values, dict) else ()
    return Command(str(entry["id"]), str(entry.get("command")), at, pairs)


def _entry(command: Command) -> dict[str, Any]:
    values = {"values": dict(command.values)} if command.values else {}
    return {"id": command.id, "command": command.command, "at": command.at, **values}
