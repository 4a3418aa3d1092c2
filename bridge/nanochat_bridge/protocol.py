"""The bridge protocol, version 1 (docs/bridge-protocol.md): names of files, and the writer of event lines."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROTOCOL = 1
CONTROL_FILE = "control.json"
AGREED_FILE = "agreed.json"
# What the metrics of a step's parts begin with; seconds.
TIMER = "timer/"


def events_file(rank: int) -> str:
    """Name of the file that a rank appends its events to."""
    return f"events.rank{rank}.jsonl"


# Strict JSON has no NaN: `allow_nan=False` makes the (rare) line that needs `finite` raise instead of passing.
# What we send is a tree, so nothing has to be looked at for cycles.
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, default=str).encode


def finite(value: Any) -> Any:
    """`value` with each non-finite number in it as the string that the protocol has for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def event_line(kind: str, fields: dict[str, Any]) -> bytes:
    """One event as the line that goes to the file, stamped with the time (epoch seconds)."""
    event = {"t": time.time(), "kind": kind, **fields}
    try:
        text = _encode(event)
    except ValueError:
        text = _encode(finite(event))
    return (text + "\n").encode()


def step_line(step: int, values: Mapping[str, float]) -> bytes:
    """The line of a `step` event, of which each step writes one: the same line as `event_line`'s in half of its time.

    `values` are plain ints and floats; times of parts are told to a tenth of a microsecond.
    """
    names = tuple(values)
    template = _templates.get(names)
    if template is None:
        template = _templates[names] = _template(names)
    line = template % (time.time(), step, *values.values())
    # JSON has no such numbers. A name with these letters in it costs time and nothing else.
    if "nan" in line or "inf" in line:
        return event_line("step", {"step": step, "m": values})
    return line.encode()


# By the names of the values: a script's steps have one or two sets of them.
_templates: dict[tuple[str, ...], str] = {}


def _template(names: tuple[str, ...]) -> str:
    # %r of a float is the shortest text that reads as that float, as in JSON.
    values = ",".join(f"{_encode(name).replace('%', '%%')}:%{'.7f' if name.startswith(TIMER) else 'r'}" for name in names)
    return '{"t":%r,"kind":"step","step":%d,"m":{' + values + "}}\n"


class Events:
    """Appends event lines to one file; never raises, so that a full disk costs telemetry and not the training.

    A line that cannot be written is counted and dropped. The first write that works again is preceded by a
    `problem` that says how many are missing and why.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` for appending, creating it. Raises OSError when that is not possible."""
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._dropped = 0
        self._why = ""
        self._reported: set[str] = set()

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one event."""
        self._append(event_line(kind, fields))

    def emit_step(self, step: int, values: Mapping[str, float]) -> None:
        """Write the values of a step."""
        self._append(step_line(step, values))

    def _append(self, line: bytes) -> None:
        if (self._dropped and not self._report_gap()) or not self._write(line):
            self._dropped += 1

    def problem(self, what: str, why: object) -> None:
        """Say once that something of the bridge's own failed; a repetition of the same thing is not written."""
        if what in self._reported:
            return
        self._reported.add(what)
        reason = f"{type(why).__name__}: {why}" if isinstance(why, BaseException) else str(why)
        self.emit("problem", what=what, why=reason)

    def _report_gap(self) -> bool:
        what = f"{self._dropped} events could not be written"
        if not self._write(event_line("problem", {"what": what, "why": self._why})):
            return False
        self._dropped = 0
        return True

    def _write(self, line: bytes) -> bool:
        written = 0
        try:
            written = os.write(self._fd, line)
            if written == len(line):
                return True
            self._why = "the disk is full"
        except OSError as error:
            self._why = error.strerror or str(error)
        self._take_back(written)
        return False

    def _take_back(self, written: int) -> None:
        """Remove the beginning of a line that the disk had no room for the rest of."""
        if not written:
            return
        try:
            os.ftruncate(self._fd, os.fstat(self._fd).st_size - written)
        except OSError as error:
            self._why = error.strerror or str(error)
