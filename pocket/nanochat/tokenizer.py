"""Byte-level tokenizer with nanochat's special tokens and files (nanochat/tokenizer.py@92d63d4).

A token is a byte; the specials are the last ids, in the order of `SPECIAL_TOKENS`.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable
from typing import Any

from nanochat.common import get_base_dir
from nanochat.nn import Array
from nanochat.storage import load, write_atomically

SPECIAL_TOKENS = [
    "<|bos|>",
    "<|user_start|>",
    "<|user_end|>",
    "<|assistant_start|>",
    "<|assistant_end|>",
    "<|python_start|>",
    "<|python_end|>",
    "<|output_start|>",
    "<|output_end|>",
]

BYTES = 256
VOCAB_SIZE = BYTES + len(SPECIAL_TOKENS)

Conversation = dict[str, Any]


class ByteTokenizer:
    """Text to byte ids and back."""

    def __init__(self) -> None:
        self._special_ids = {name: BYTES + at for at, name in enumerate(SPECIAL_TOKENS)}

    @classmethod
    def train_from_iterator(cls, text_iterator: Iterable[str], vocab_size: int) -> ByteTokenizer:
        """Reads the text through; there is nothing to learn, since all 256 bytes are tokens already."""
        for _ in text_iterator:
            pass
        return cls()

    @classmethod
    def from_directory(cls, tokenizer_dir: str) -> ByteTokenizer:
        """Reads `tokenizer.pkl` (JSON, whatever its name); FileNotFoundError says how to make it."""
        path = os.path.join(tokenizer_dir, "tokenizer.pkl")
        if not os.path.exists(path):
            raise FileNotFoundError(f"There is no tokenizer at {path}. Run `python -m scripts.tok_train` first.")
        with open(path, "rb") as file:
            content = file.read()
        try:
            found = json.loads(content)["specials"]
        except (ValueError, KeyError, TypeError):
            found = None
        if found != SPECIAL_TOKENS:
            raise ValueError(
                f"{path} is not a pocket tokenizer: it was written by another nanochat. Use another "
                "NANOCHAT_BASE_DIR, or run `python -m scripts.tok_train` to replace it."
            )
        return cls()

    def save(self, tokenizer_dir: str) -> None:
        """Writes `tokenizer.pkl` into the directory, which is made if need be."""
        os.makedirs(tokenizer_dir, exist_ok=True)
        path = os.path.join(tokenizer_dir, "tokenizer.pkl")
        content = json.dumps({"kind": "bytes", "specials": SPECIAL_TOKENS}, indent=2)
        write_atomically(path, content.encode("utf-8"))
        print(f"Saved tokenizer encoding to {path}")

    def get_vocab_size(self) -> int:
        """Bytes and specials."""
        return VOCAB_SIZE

    def get_special_tokens(self) -> list[str]:
        """Names of the special tokens, in the order of their ids."""
        return list(SPECIAL_TOKENS)

    def encode_special(self, text: str) -> int:
        """The id of a special token by its name."""
        return self._special_ids[text]

    def get_bos_token_id(self) -> int:
        """The token that starts every document."""
        return self._special_ids["<|bos|>"]

    def encode(self, text: str, prepend: int | str | None = None, append: int | str | None = None) -> list[int]:
        """The bytes of `text`, with a special token (id or name) before or after."""
        ids = list(text.encode("utf-8"))
        if prepend is not None:
            ids.insert(0, self._id_of(prepend))
        if append is not None:
            ids.append(self._id_of(append))
        return ids

    __call__ = encode

    def _id_of(self, token: int | str) -> int:
        return token if isinstance(token, int) else self.encode_special(token)

    def decode_single_token_bytes(self, token_id: int) -> bytes:
        """The bytes that a token stands for; a special stands for its name."""
        return bytes([token_id]) if token_id < BYTES else SPECIAL_TOKENS[token_id - BYTES].encode("ascii")

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the tokens; bytes that are not UTF-8 become U+FFFD."""
        return b"".join(map(self.decode_single_token_bytes, ids)).decode("utf-8", errors="replace")

    def id_to_token(self, token_id: int) -> str:
        """A single token as text."""
        return self.decode([token_id])

    def render_conversation(self, conversation: Conversation, max_tokens: int = 2048) -> tuple[list[int], list[int]]:
        """Tokens of a conversation, and a mask that is 1 where the assistant speaks (what is trained).

        Raises ValueError unless user and assistant alternate, the user first.
        """
        ids = [self.get_bos_token_id()]
        mask = [0]
        for at, message in enumerate(_join_system_message(conversation["messages"])):
            role = "user" if at % 2 == 0 else "assistant"
            if message["role"] != role:
                raise ValueError(f"Message {at} of a conversation is from {message['role']}, not from the {role}.")
            spoken = 1 if role == "assistant" else 0
            content = self.encode(message["content"])
            ids += [self.encode_special(f"<|{role}_start|>"), *content, self.encode_special(f"<|{role}_end|>")]
            mask += [0, *[spoken] * len(content), spoken]
        return ids[:max_tokens], mask[:max_tokens]

    def render_for_completion(self, conversation: Conversation) -> list[int]:
        """Tokens of a conversation without its last answer, ready for the model to give one."""
        conversation = copy.deepcopy(conversation)
        if conversation["messages"][-1]["role"] != "assistant":
            raise ValueError("The last message must be the assistant's: it is the one to be completed.")
        conversation["messages"].pop()
        ids, _ = self.render_conversation(conversation)
        return [*ids, self.encode_special("<|assistant_start|>")]


def _join_system_message(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """A system message has no token of its own: it becomes the start of the first user message."""
    if not messages or messages[0]["role"] != "system":
        return messages
    first, second, *rest = messages
    return [{**second, "content": first["content"] + "\n\n" + second["content"]}, *rest]


def get_tokenizer() -> ByteTokenizer:
    """The tokenizer of NANOCHAT_BASE_DIR; FileNotFoundError when tok_train has not run."""
    return ByteTokenizer.from_directory(os.path.join(get_base_dir(), "tokenizer"))


def get_token_bytes(device: object = "cpu") -> list[int]:
    """How many bytes each token stands for, 0 for specials, which bits per byte leave out."""
    path = os.path.join(get_base_dir(), "tokenizer", "token_bytes.pt")
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no {path}. Run `python -m scripts.tok_train` first.")
    data: Array = load(path)
    return [int(value) for value in data.values]
