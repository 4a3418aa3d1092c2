"""One Python file as text: its tree, its comments, and the shape in which a setting is described."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from .fold import UNKNOWN

MAX_BYTES = 2_000_000
"""A larger file is no script that a person wrote."""

_RULER = re.compile(r"[-=#*~ ]{5,}")


class Parameter(TypedDict):
    """`Parameter` of src/core/params.ts, where each field is explained."""

    name: str
    flag: str
    aliases: list[str]
    type: str
    default: Any
    defaultKnown: bool
    defaultExpr: str
    nullable: bool
    required: bool
    isFlag: bool
    nargs: str | int | None
    choices: list[Any] | None
    help: str | None
    section: str | None
    line: int


class Unreadable(Exception):
    """The file cannot be read as Python; the message is a sentence that names it."""


@dataclass
class Comment:
    text: str
    alone: bool
    """Nothing else stands on its line."""


@dataclass
class Source:
    """A file that was read and parsed. `file` is its path inside the workspace."""

    file: str
    tree: ast.Module
    comments: dict[int, Comment] = field(default_factory=dict)

    def section(self, line: int, floor: int) -> str | None:
        """The comment that heads the block in which `line` stands, looked for from there up to line `floor`."""
        for above in range(line - 1, floor - 1, -1):
            comment = self.comments.get(above)
            if comment is None or not comment.alone:
                continue
            if _RULER.fullmatch(comment.text):
                return None
            return self.comments[self._top_of_block(above)].text or None
        return None

    def trailing(self, line: int) -> str | None:
        """The comment at the end of a line of code."""
        comment = self.comments.get(line)
        return comment.text or None if comment is not None and not comment.alone else None

    def _top_of_block(self, line: int) -> int:
        while (above := self.comments.get(line - 1)) and above.alone and not _RULER.fullmatch(above.text):
            line -= 1
        return line


def read_source(root: Path, file: str) -> Source:
    """Reads and parses `file` of the workspace `root`. Raises Unreadable."""
    try:
        path = root / file
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{file} was not read: it is larger than {MAX_BYTES:,} bytes.")
        with tokenize.open(path) as opened:  # honours a coding line, as Python itself does
            text = opened.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's docstring is not our news
            tree = ast.parse(text, filename=file)
    except SyntaxError as error:
        raise Unreadable(f"{file} could not be parsed: line {error.lineno}: {error.msg}.") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{file} could not be read: {error}.") from error
    return Source(file, tree, _comments(text))


def _comments(text: str) -> dict[int, Comment]:
    found: dict[int, Comment] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                alone = not token.line[: token.start[1]].strip()
                found[token.start[0]] = Comment(token.string.lstrip("#").strip(), alone)
    except (tokenize.TokenError, SyntaxError):
        pass  # ast could parse it, so only comments after this place are lost
    return found


def default_fields(value: Any, expression: str) -> dict[str, Any]:
    """`default`, `defaultKnown` and `defaultExpr` for a folded value; what JSON cannot hold counts as not known."""
    known = value is not UNKNOWN and _plain(value)
    return {"default": value if known else None, "defaultKnown": known, "defaultExpr": expression}


def _plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(isinstance(item, (str, int, float)) and _plain(item) for item in value)
    return value is None or isinstance(value, (str, int, bool))
