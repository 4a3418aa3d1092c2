"""`serve`: an inference worker that answers requests on stdin with events on stdout, one JSON object a line.

    python -m nanochat_bridge serve [PACKAGE]        (cwd: the workspace; docs/bridge-protocol.md)

A thread reads stdin, so that `cancel` is heard between two tokens. Everything else happens on the main thread:
nanochat's calculator uses SIGALRM, which works nowhere else.
"""

from __future__ import annotations

import json
import os
import platform
import queue
import secrets
import signal
import sys
import threading
import time
import traceback
from dataclasses import asdict
from typing import Any, BinaryIO

from . import inference
from .inference import Model, Piece, Refused
from .protocol import PROTOCOL

DEFAULT_MAX_TOKENS = 256
SOURCES = ("base", "mid", "sft", "rl")

Request = dict[str, Any]


class Channel:
    """The way out: JSON lines on what was stdout. What the model's code prints goes to stderr instead."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def send(self, message: dict[str, Any]) -> None:
        self._out.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        self._out.flush()

    def event(self, request_id: object, event: str, **fields: Any) -> None:
        self.send({"id": request_id, "event": event, **fields})


class Inbox:
    """The way in: requests in order, and which of them have been cancelled."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancelled: set[object] = set()
        self._closed = threading.Event()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def next(self) -> Request | None:
        """The next request; None after `quit` and at the end of stdin."""
        return self._requests.get()

    def is_cancelled(self, request_id: object) -> bool:
        """Also true when whoever asked has quit or is gone."""
        return self._closed.is_set() or request_id in self._cancelled

    def forget(self, request_id: object) -> None:
        self._cancelled.discard(request_id)

    def _read(self) -> None:
        for line in self._lines:
            try:
                request = json.loads(line)
            except ValueError:
                request = None
            if not isinstance(request, dict):
                request = {}  # refused like any other that makes no sense
            if request.get("op") == "quit":
                break
            if request.get("op") == "cancel":
                self._cancelled.add(request.get("target"))
            else:
                self._requests.put(request)
        self._closed.set()
        self._requests.put(None)


class Worker:
    """Holds one model at a time and answers one request after the other."""

    def __init__(self, package: str, channel: Channel, inbox: Inbox) -> None:
        self.package = package
        self.channel = channel
        self.inbox = inbox
        self.model: Model | None = None

    def run(self) -> None:
        """Returns when there will be no more requests."""
        while (request := self.inbox.next()) is not None:
            self.answer(request)

    def answer(self, request: Request) -> None:
        """Answers one request; whatever goes wrong with it is an `error` event, and the worker lives on."""
        request_id = request.get("id")
        try:
            operation = {"load": self.load, "generate": self.generate}.get(request.get("op") or "")
            if operation is None:
                raise Refused(f"There is no operation {request.get('op')!r}: use load, generate, cancel or quit.")
            operation(request)
        except Refused as error:
            cause = error.__cause__
            details = "".join(traceback.format_exception(cause)) if cause is not None else ""
            self.channel.event(request_id, "error", message=str(error), details=details)
        except BrokenPipeError:
            raise
        except Exception as error:  # of the model's code, mostly: out of memory, an assertion
            message = f"The model failed: {type(error).__name__}: {error}"
            self.channel.event(request_id, "error", message=message, details=traceback.format_exc())
        finally:
            self.inbox.forget(request_id)

    def load(self, request: Request) -> None:
        source = request.get("source")
        if source not in SOURCES:
            raise Refused(f"There is no source {source!r}: use {', '.join(SOURCES)}.")
        tag = field(request, "tag", str, None)
        step, device = field(request, "step", int, None), field(request, "device", str, None)
        started = time.monotonic()
        self.model = None  # before the next one: there may not be room for two
        inference.release()

        def on_progress(text: str) -> None:
            self.channel.event(request.get("id"), "progress", text=text)

        model = self.model = inference.load(self.package, source, tag, step, device, on_progress)
        self.channel.event(
            request.get("id"),
            "loaded",
            seconds=time.monotonic() - started,
            step=model.step,
            context=model.context,
            vocabulary=model.vocabulary,
            pocket=model.pocket,
            device=model.device,
        )

    def generate(self, request: Request) -> None:
        model, request_id = self.model, request.get("id")
        if model is None:
            raise Refused("No checkpoint is loaded yet: load one first.")
        max_tokens = field(request, "max_tokens", int, DEFAULT_MAX_TOKENS)
        temperature = float(field(request, "temperature", (int, float), 1.0))
        top_k = field(request, "top_k", int, None)
        if max_tokens < 1 or temperature < 0 or (top_k is not None and top_k < 1):
            raise Refused("max_tokens and top_k must be at least 1, and temperature at least 0.")
        tokens, dropped = self.prompt(model, request, max_tokens)

        def on_piece(piece: Piece) -> None:
            part = {} if piece.part is None else {"part": piece.part}
            self.channel.event(request_id, "token", text=piece.text, **part)

        outcome = model.generate(
            tokens,
            max_tokens=max_tokens,
            temperature=temperature,
            top_k=top_k,
            seed=field(request, "seed", int, secrets.randbits(31)),  # the same each time would give the same reply each time
            cancelled=lambda: self.inbox.is_cancelled(request_id),
            on_piece=on_piece,
        )
        self.channel.event(request_id, "done", **asdict(outcome), dropped=dropped)

    def prompt(self, model: Model, request: Request, max_tokens: int) -> tuple[list[int], int]:
        """The prompt's tokens, and how many messages at the beginning of a chat were left out."""
        mode = request.get("mode")
        if mode == "continue":
            return model.continuation(field(request, "prompt", str, "")), 0
        if mode != "chat":
            raise Refused(f"There is no mode {mode!r}: use continue or chat.")
        messages = request.get("messages")
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise Refused("`messages` must be a list of {role, content}.")
        if request.get("trim") is True:
            return model.fitted(messages, max_tokens)
        return model.conversation(messages), 0


def field(request: Request, name: str, type_: type | tuple[type, ...], default: Any) -> Any:
    """A field of a request, its default when it is null or left out; Refused when it is of another type."""
    value = request.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, type_):
        raise Refused(f"`{name}` has a value of the wrong type: {value!r}.")
    return value


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """(stdin, stdout) for the protocol alone: others who read find nothing, and what they print goes to stderr."""
    lines, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # below Python, too: a library may write to the descriptor
    sys.stdout = sys.stderr
    return lines, out


def main(argv: list[str]) -> int:
    """Entry point of the subcommand; returns the exit code."""
    if len(argv) > 1:
        print("usage: python -m nanochat_bridge serve [PACKAGE]", file=sys.stderr)
        return 2
    package = argv[0] if argv else "nanochat"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is for the viewer, which cancels or closes stdin
    lines, out = take_streams()
    channel = Channel(out)
    try:
        channel.send({"kind": "hello", "protocol": PROTOCOL, "pid": os.getpid(), "python": platform.python_version(), "package": package})
        Worker(package, channel, Inbox(lines)).run()
    except BrokenPipeError:
        pass  # the viewer is gone: nobody is left to tell
    sys.stderr.flush()
    os._exit(0)  # not through the interpreter's exit: the reading thread holds stdin, and CUDA takes its time
