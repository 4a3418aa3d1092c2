"""Standard output and error that outlive a full disk: they go to files, and a line less is better than a run less."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any, TextIO

# EFBIG: a limit on the size of files (ulimit -f) is a full disk for whoever has it.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _Forgiving(io.FileIO):
    """A file that drops what there is no room for. The first write that works again says how much is missing."""

    _lost = 0

    def write(self, data: Any) -> int:
        """Write, or pretend to: `print` in the middle of a training step must not raise."""
        if self._lost:
            notice = f"\nnanochat-cli: {self._lost} bytes of output are missing here: the disk was full.\n"
            if self._put(notice.encode()):
                self._lost += len(data)
                return len(data)
        self._lost = self._put(data)
        return len(data)

    def _put(self, data: Any) -> int:
        """Write as much as there is room for; how many bytes are left over."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[super().write(rest) or 0 :]
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                break
        return len(rest)


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
