"""stdout and stderr that outlive a full disk: a line that there is no room for must not end a training."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import TextIO

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def outlive_full_disk() -> None:
    """Replace the streams of this process that go to files. A terminal or a pipe is left as it is."""
    sys.stdout, sys.stderr = _patient(sys.stdout), _patient(sys.stderr)


def _patient(stream: TextIO) -> TextIO:
    try:
        descriptor = stream.fileno()
        if not isinstance(stream, io.TextIOWrapper) or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return stream
        stream.flush()
    except (OSError, AttributeError, ValueError):
        return stream  # none, or closed
    return io.TextIOWrapper(
        _PatientFile(descriptor),  # type: ignore[arg-type]  # as `python -u` does it: text straight onto the file
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=True,
    )


class _PatientFile(io.FileIO):
    """Drops what the disk has no room for. The first write that works again says how much is missing."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._lost = 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of `data`, or drop what does not fit; other errors are raised. Its length, always."""
        rest = memoryview(data)
        if self._lost:
            notice = f"\nnanochat-cli: {self._lost} bytes of output are missing here, the disk was full.\n".encode()
            if self._put(memoryview(notice)):
                self._lost += len(rest)
                return len(rest)
            self._lost = 0
        self._lost = len(self._put(rest))
        return len(rest)

    def _put(self, rest: memoryview) -> memoryview:
        """Write as much as there is room for; what is left."""
        while rest:
            try:
                rest = rest[super().write(rest) or 0 :]
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                break
        return rest
