"""Standard output and error that outlive a full disk: they go to files, and a line less is better than a run less."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any, TextIO

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class _Forgiving(io.FileIO):
    """A file whose writes are dropped while there is no room for them."""

    def write(self, data: Any) -> int:
        """Write, or pretend to: `print` in the middle of a training step must not raise."""
        try:
            return super().write(data) or 0
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            return len(data)


def outlive_full_disk() -> None:
    """Put such files under sys.stdout and sys.stderr; where they already have no file, nothing changes."""
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        try:
            file = _Forgiving(stream.fileno(), "wb", closefd=False) if stream else None
        except (OSError, ValueError):
            continue
        if stream is not None and file is not None:
            stream.flush()
            # As `python -u` has it: text goes straight to the file.
            setattr(sys, name, io.TextIOWrapper(file, stream.encoding, stream.errors, write_through=True))
