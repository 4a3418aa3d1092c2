"""The `.pt` files: a zip of raw numbers and a JSON index; loading one never runs code.

    index.json   the saved tree; an array in it is {"__array__": n, "shape": [...]}
    data/n       the numbers of array n, little-endian 64-bit floats

Numbers come back bit for bit. The index of a zip stands at its end and every entry has a checksum,
so a file that was cut off anywhere does not load. A file appears under its name only when it is whole.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from array import array
from typing import Any

from nanochat.nn import Array

_INDEX = "index.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time, so that equal states are equal files


def write_atomically(path: str, content: bytes) -> None:
    """Replaces `path` by `content` in one go: a reader sees the old file or the new one."""
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def save(tree: Any, path: str) -> None:
    """Saves dicts, lists, text, numbers and `Array`s. Dict keys become text, as in JSON."""
    arrays: list[Array] = []
    index = json.dumps(_take_out_arrays(tree, arrays))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_INDEX, _EPOCH), index)
        for at, data in enumerate(arrays):
            archive.writestr(zipfile.ZipInfo(f"data/{at}", _EPOCH), _to_bytes(data.values))
    write_atomically(path, buffer.getvalue())


def load(path: str) -> Any:
    """What `save` was given. ValueError names a file that is damaged or of another kind."""
    try:
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read(_INDEX))
            return _put_back_arrays(index, archive)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise ValueError(
            f"{path} is damaged, or was not written by pocket nanochat ({error}). Use another checkpoint."
        ) from error


def _take_out_arrays(tree: Any, arrays: list[Array]) -> Any:
    if isinstance(tree, Array):
        arrays.append(tree)
        return {"__array__": len(arrays) - 1, "shape": list(tree.shape)}
    if isinstance(tree, dict):
        return {key: _take_out_arrays(value, arrays) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_take_out_arrays(value, arrays) for value in tree]
    return tree


def _put_back_arrays(tree: Any, archive: zipfile.ZipFile) -> Any:
    if isinstance(tree, list):
        return [_put_back_arrays(value, archive) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "__array__" not in tree:
        return {key: _put_back_arrays(value, archive) for key, value in tree.items()}
    values = _from_bytes(archive.read(f"data/{tree['__array__']}"))
    shape = tuple(tree["shape"])
    size = 1
    for extent in shape:
        size *= extent
    if size != len(values):
        raise ValueError(f"an array of shape {shape} has {len(values)} numbers")
    return Array(shape, values)


def _to_bytes(values: array[float]) -> bytes:
    if sys.byteorder == "big":
        values = array("d", values)
        values.byteswap()
    return values.tobytes()


def _from_bytes(content: bytes) -> array[float]:
    values = array("d")
    values.frombytes(content)
    if sys.byteorder == "big":
        values.byteswap()
    return values
