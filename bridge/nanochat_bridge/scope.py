"""The variables that a training loop works with, whether it is at module level or inside a function."""

from __future__ import annotations

import builtins
import ctypes
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Protocol

_MISSING = object()


class Variables(Protocol):
    """Anything that variables can be read from: a scope, or a dictionary of them."""

    def get(self, name: str, default: Any = None, /) -> Any:
        """Value of a variable."""


class Scope:
    """Reads and writes the variables of a running frame. Make one, use it, drop it: it holds on to the frame."""

    __slots__ = ("_frame", "_locals", "_globals")

    def __init__(self, frame: FrameType) -> None:
        self._frame = frame
        # Before Python 3.13 each read of f_locals of a function takes a fresh snapshot: it is read once here.
        self._locals = frame.f_locals
        self._globals = frame.f_globals

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a variable, local before global."""
        value = self._locals.get(name, _MISSING)
        return self._globals.get(name, default) if value is _MISSING else value

    def getter(self) -> Callable[[str], Any]:
        """`get` for many names in a row: at module level, the dictionary's own."""
        return self._globals.get if self._locals is self._globals else self.get

    def has(self, name: str) -> bool:
        """Whether the loop could read this name now."""
        return name in self._locals or name in self._globals or hasattr(builtins, name)

    def set(self, name: str, value: Any) -> None:
        """Assign a variable as the code of the frame itself would."""
        code = self._frame.f_code
        is_local = name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars
        if self._locals is self._globals or not is_local:
            self._globals[name] = value
            return
        # Asked for again: before 3.13 what was once copied back is not copied a second time without that.
        self._frame.f_locals[name] = value
        if sys.version_info < (3, 13):
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(self._frame), ctypes.c_int(0))

    def read(self, path: str) -> Any:
        """Value of `name` or `name.attribute`; None when it is not there."""
        name, _, attribute = path.partition(".")
        value = self.get(name)
        return getattr(value, attribute, None) if attribute else value

    def write(self, path: str, value: Any) -> None:
        """Assign `name` or `name.attribute`."""
        name, _, attribute = path.partition(".")
        if attribute:
            setattr(self.get(name), attribute, value)
        else:
            self.set(name, value)

    def merged(self) -> dict[str, Any]:
        """A copy of everything the loop can name: running code in it changes none of the loop's variables."""
        return {**self._globals, **self._locals}


class Position:
    """Where the training loop is: which code it runs as, and its step at the last hook. Keeps no frame."""

    def __init__(self, file: str, owner: str) -> None:
        self._file = file
        self._owner = owner
        self._code: CodeType | None = None
        # None until the first hook.
        self.step: int | None = None

    def find(self, frame: FrameType | None) -> FrameType | None:
        """The loop's frame, looked for from `frame` outwards; None when it is not among the callers."""
        while frame is not None:
            # The caller itself is the loop at nearly every step.
            if frame.f_code is self._code or self.matches(frame):
                return frame
            frame = frame.f_back
        return None

    def matches(self, frame: FrameType) -> bool:
        """Whether a frame is the loop's; the first that is decides which code is meant."""
        code = frame.f_code
        if self._code is not None:
            return code is self._code
        is_loop = (
            code.co_filename == self._file
            and code.co_name == self._owner
            and isinstance(frame.f_locals.get("step"), int)
        )
        if is_loop:
            self._code = code
        return is_loop

    def scope(self) -> Scope | None:
        """The loop's variables, when the caller was called from the loop."""
        frame = self.find(sys._getframe(1))
        return None if frame is None else Scope(frame)
