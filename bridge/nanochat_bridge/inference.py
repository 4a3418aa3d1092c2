"""A loaded checkpoint: prompts in, pieces of text out, on any nanochat from 3a5e0bc to 92d63d4 and on the pocket one.

Only names that all of them have are used (`load_model`, `Engine.generate`, the tokenizer's `encode` and
`encode_special`); what came or went in between is looked for before it is used.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import gc
import importlib
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

# nanochat/tokenizer.py@92d63d4, SPECIAL_TOKENS; the last four only since models use the calculator
SPECIALS = ("user_start", "user_end", "assistant_start", "assistant_end", "python_start", "python_end", "output_start", "output_end")

PARTS = {"python_start": "python", "output_start": "output", "python_end": None, "output_end": None}
"""What the text behind a special token belongs to; None = the reply itself."""

CONTENT_MARKS = {"text": None, "python": "python", "python_output": "output"}
"""Types of a message's parts, as nanochat's own conversations have them, and the marks around each."""


class Refused(Exception):
    """What was asked for cannot be done; the message is a sentence for the person."""


@dataclass
class Piece:
    """Some text of a reply, in whole characters. `part` is `python` or `output` inside a tool's call and answer."""

    text: str
    part: str | None


@dataclass
class Outcome:
    """How a reply ended, and what it took."""

    reason: str
    tokens_in: int
    tokens_out: int
    first_token_seconds: float | None
    seconds: float


class Model:
    """A checkpoint with its tokenizer, ready to generate."""

    def __init__(self, package: ModuleType, device_type: str, model: Any, tokenizer: Any, meta: dict[str, Any], step: int | None) -> None:
        engine = importlib.import_module(f"{package.__name__}.engine")
        self.tokenizer = tokenizer
        self.device = device_type
        self.step = meta.get("step", step)
        self.pocket: bool = getattr(package, "POCKET", False) is True
        self.context: int = model.config.sequence_len
        self.vocabulary: int = tokenizer.get_vocab_size()
        self.special = {name: tokenizer.encode_special(f"<|{name}|>") for name in SPECIALS}
        self.bos: int = tokenizer.get_bos_token_id()
        self._names = {token: name for name, token in self.special.items()}
        self._model = model
        self._engine = engine.Engine(model, tokenizer)
        self._precision = _autocast(package, device_type)

    @functools.cached_property
    def finite(self) -> bool:
        """False where a weight is NaN or infinite. True also of a model that is not made of tensors."""
        parameters = getattr(self._model, "parameters", list)()
        return all(bool(each.isfinite().all()) for each in parameters if hasattr(each, "isfinite"))

    def continuation(self, prompt: str) -> list[int]:
        """Tokens of a text to go on with."""
        return [self.bos, *self.tokenizer.encode(prompt)]

    def conversation(self, messages: list[dict[str, Any]]) -> list[int]:
        """Tokens of a chat that ends with the user's words, up to where the reply begins. Raises Refused."""
        tokens = [self.bos]
        for at, message in enumerate(_without_system(messages)):
            role = "user" if at % 2 == 0 else "assistant"
            if message.get("role") != role:
                raise Refused(f"Message {at + 1} of the chat must be from the {role}, not from {message.get('role')!r}: the two take turns.")
            tokens += [self.special[f"{role}_start"], *self._content(message.get("content")), self.special[f"{role}_end"]]
        if len(messages) == 0 or messages[-1].get("role") != "user":
            raise Refused("The last message of the chat must be the user's: it is the one to be answered.")
        return [*tokens, self.special["assistant_start"]]

    def fitted(self, messages: list[dict[str, Any]], room: int) -> tuple[list[int], int]:
        """Tokens of as much of a chat's end as leaves `room` for the reply, and how many messages were left out.

        Of a short context a quarter is room enough: most replies are shorter than what they may have, and what was said counts for more.
        """
        room = min(room, self.context // 4)
        system = messages[:1] if messages and messages[0].get("role") == "system" else []
        rest = messages[len(system) :]
        dropped = 0
        tokens = self.conversation(messages)
        while len(tokens) + room > self.context and len(rest) > dropped + 2:
            dropped += 2
            tokens = self.conversation([*system, *rest[dropped:]])
        return tokens, dropped

    def generate(
        self,
        tokens: list[int],
        max_tokens: int,
        temperature: float,
        top_k: int | None,
        seed: int,
        cancelled: Callable[[], bool],
        on_piece: Callable[[Piece], None],
    ) -> Outcome:
        """Generates until the model ends the reply, `max_tokens` are out, the context is full, or it is cancelled."""
        if not self.finite:  # asked before: drawing a token from NaN leaves a GPU unusable for this process
            raise Refused("This checkpoint can say nothing: its weights are not finite (NaN or infinite). Choose an earlier one.")
        if len(tokens) >= self.context:
            raise Refused(f"The prompt has {len(tokens)} tokens, and this model reads at most {self.context - 1}: shorten it.")
        limit = min(max_tokens, self.context - len(tokens))
        started = time.monotonic()
        first: float | None = None
        count, reason = 0, "length" if limit == max_tokens else "context"
        text = _TextStream(self._bytes_of(), self._names, self.bos)
        with self._precision():
            stream = self._engine.generate(tokens, num_samples=1, max_tokens=limit, temperature=temperature, top_k=top_k, seed=seed)
            with contextlib.closing(stream):
                while not cancelled():
                    column, _ = next(stream, (None, None))
                    if column is None:
                        break
                    first = time.monotonic() - started if first is None else first
                    token = column[0]
                    if token in (self.bos, self.special["assistant_end"]):
                        reason = "stop"
                        break
                    count += 1
                    if piece := text.push(token):
                        on_piece(piece)
                else:
                    reason = "cancelled"
        return Outcome(reason, len(tokens), count, first, time.monotonic() - started)

    def _content(self, content: object) -> list[int]:
        """A message's words: a text, or parts of which some are the tool's (nanochat/tokenizer.py@92d63d4)."""
        if isinstance(content, str):
            return self.tokenizer.encode(content)
        tokens: list[int] = []
        for part in content if isinstance(content, list) else [None]:
            if not isinstance(part, dict) or part.get("type") not in CONTENT_MARKS or not isinstance(part.get("text"), str):
                raise Refused("The content of a message must be a text, or a list of {type: text, python or python_output, text}.")
            words, mark = self.tokenizer.encode(part["text"]), CONTENT_MARKS[part["type"]]
            tokens += words if mark is None else [self.special[f"{mark}_start"], *words, self.special[f"{mark}_end"]]
        return tokens

    def _bytes_of(self) -> Callable[[int], bytes]:
        """The bytes of one token. Before the tokenizer had a method for it, tiktoken's own below it does."""
        for holder in (self.tokenizer, getattr(self.tokenizer, "enc", None)):
            method = getattr(holder, "decode_single_token_bytes", None)
            if method is not None:
                return method
        return lambda token: self.tokenizer.decode([token]).encode()


class _TextStream:
    """Makes text of tokens: bytes are held back until they are whole characters, special tokens are never shown."""

    def __init__(self, bytes_of: Callable[[int], bytes], names: dict[int, str], bos: int) -> None:
        self._bytes_of = bytes_of
        self._names = names
        self._bos = bos
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._part: str | None = None

    def push(self, token: int) -> Piece | None:
        name = self._names.get(token)
        if name is not None or token == self._bos:
            self._decoder.reset()
            self._part = PARTS.get(name or "", self._part)
            return None
        text = self._decoder.decode(self._bytes_of(token))
        return Piece(text, self._part) if text else None


def load(
    package_name: str, source: str, tag: str | None, step: int | None, device: str | None, on_progress: Callable[[str], None]
) -> Model:
    """Loads a checkpoint of `source` (base, mid, sft, rl). Raises Refused with a sentence; anything else is a bug."""
    on_progress(f"importing {package_name}")
    try:
        package = importlib.import_module(package_name)
        common = importlib.import_module(f"{package_name}.common")
        manager = importlib.import_module(f"{package_name}.checkpoint_manager")
    except ImportError as error:
        raise Refused(f"{package_name} in {os.getcwd()} cannot be imported: {error}. Is this the Python that it runs with?") from error
    name = f"{source}/{tag or 'largest'}@{'last' if step is None else step}"
    torch = sys.modules.get("torch")
    if device == "cuda" and torch is not None and not torch.cuda.is_available():
        raise Refused(f"{name} cannot be loaded on cuda: torch finds no CUDA GPU here. Use cpu, or leave the device out.")
    try:
        device_type = device or _detected(common)
        initialised = _initialised(common, device_type)
        on_progress(f"loading {name} on {device_type}")
        model, tokenizer, meta = manager.load_model(source, initialised, phase="eval", model_tag=tag, step=step)
    except KeyError as error:
        if error.args == (source,):
            raise Refused(f"This version of {package_name} has no {source} checkpoints.") from error
        raise Refused(f"{name} cannot be loaded: it lacks {error}. Was it made by another version of {package_name}?") from error
    except FileNotFoundError as error:
        missing = f"there is no {error.filename}" if error.filename else str(error).rstrip(".")
        raise Refused(f"{name} is not there: {missing}.") from error
    except Exception as error:  # whatever the checkout's code raises about a checkpoint is the reason
        reason = (str(error).strip().splitlines() or [""])[0]
        raise Refused(f"{name} cannot be loaded: {type(error).__name__}: {reason}") from error
    return Model(package, device_type, model, tokenizer, meta, step)


def release() -> None:
    """Gives back the memory of a model that nobody refers to any more."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _detected(common: ModuleType) -> str:
    detect = getattr(common, "autodetect_device_type", None)
    return detect() if detect is not None else "cuda"  # 3a5e0bc knows no other


def _initialised(common: ModuleType, device_type: str) -> Any:
    """The device, made ready. `compute_init` took no argument at 3a5e0bc; the device has always come last."""
    takes_device = len(inspect.signature(common.compute_init).parameters) > 0
    return (common.compute_init(device_type) if takes_device else common.compute_init())[-1]


def _autocast(package: ModuleType, device_type: str) -> Callable[[], contextlib.AbstractContextManager[Any]]:
    """Before 1076f97, which brought COMPUTE_DTYPE, a model on CUDA computes in bfloat16 only inside autocast."""
    torch = sys.modules.get("torch")
    common = sys.modules[f"{package.__name__}.common"]
    if device_type != "cuda" or torch is None or hasattr(common, "COMPUTE_DTYPE"):
        return contextlib.nullcontext
    return lambda: torch.amp.autocast(device_type="cuda", dtype=torch.bfloat16)


def _without_system(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A system message has no token of its own: it goes in front of the first words (tokenizer.py@92d63d4)."""
    rest = iter(messages)
    first = next(rest, None)
    if first is None:
        return
    if first.get("role") == "system":
        second = next(rest, None)
        if second is None or not isinstance(first.get("content"), str) or not isinstance(second.get("content"), str):
            raise Refused("A system message must be a text, with a text from the user behind it.")
        first = {**second, "content": f"{first['content']}\n\n{second['content']}"}
    yield first
    yield from rest
