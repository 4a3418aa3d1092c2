"""Which rows of the hashed table speak at a position: the model's inputs.

A position is described by the tokens before it, never by those after. Three kinds of context,
each hashed to a row of one table, so that two contexts may share a row and training sorts it out:

- n-grams: the last 2, 3, 4, 6, … tokens, n_head of them (the last token has its own embedding);
- words: the letters of the word being written, alone, with the word before it, and with both before it;
- the topic: each of the three longest words of the last user message together with the last
  three and the last six tokens, so that an answer can be about what was asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from nanochat.tokenizer import SPECIAL_TOKENS

NGRAMS = (2, 3, 4, 6, 5, 8, 7, 10, 12, 14, 16, 20)  # the most useful first: a model reads the first n_head
WORDS = 3
TOPIC_WORDS = 3
TOPIC_NGRAMS = (3, 6)
DROPPED_OF_16 = 4
KEPT_GAIN = 16 / (16 - DROPPED_OF_16)  # what is left in training is made as loud as all of it

_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: spreads neighbouring keys
_MASK = (1 << 64) - 1
_WORD_SALT, _TOPIC_SALT = 101, 102


def _mix(key: int, value: int) -> int:
    """One round of a 64-bit multiplicative hash."""
    mixed = ((key ^ value) + 1) * _MULTIPLIER & _MASK
    return mixed ^ (mixed >> 29)


def dropout_seed(sequence: Sequence[int]) -> int:
    """A number that depends on every token of a row of the batch."""
    key = 0
    for token in sequence:
        key = _mix(key, token)
    return key


def drop_contexts(rows: list[int], seed: int, position: int) -> list[int]:
    """The rows without a random quarter of them, so that none is relied upon alone.

    What is random depends on the batch only: a run that is resumed drops the same ones.
    """
    bits = _mix(seed, position)
    return [row for at, row in enumerate(rows) if bits >> (4 * at) & 15 >= DROPPED_OF_16]


def _is_word(token: int) -> bool:
    """Letters, digits, and every byte of a character outside ASCII."""
    return 48 <= token <= 57 or 65 <= token <= 90 or 97 <= token <= 122 or 128 <= token <= 255


def topic_words(message: Sequence[int]) -> list[int]:
    """Hashes of the longest words of a message, capitals and small letters being the same."""
    words: list[bytes] = []
    current = bytearray()
    for token in [*message, 32]:
        if _is_word(token):
            current.append(token)
        elif current:
            words.append(bytes(current).lower())
            current = bytearray()
    longest = sorted(dict.fromkeys(words), key=len, reverse=True)[:TOPIC_WORDS]
    hashes = []
    for word in longest:
        key = _TOPIC_SALT
        for byte in word:
            key = _mix(key, byte)
        hashes.append(key)
    return hashes


class ContextReader:
    """Reads tokens one by one and names the table rows that describe what has been read."""

    def __init__(self, heads: int, rows: int, vocab_size: int) -> None:
        """`heads`: how many lengths of n-grams; `rows`: size of the table, a power of two."""
        self._ngrams = frozenset(NGRAMS[:heads])
        self._longest = max(*NGRAMS[:heads], *TOPIC_NGRAMS)
        self._shift = 64 - (rows.bit_length() - 1)
        self._bos = vocab_size - len(SPECIAL_TOKENS)
        self._user_start, self._user_end = self._bos + 1, self._bos + 2
        self._recent: list[int] = []  # newest first
        self._words = [_WORD_SALT] * WORDS  # the one being written, then those before it
        self._message: list[int] | None = None
        self._topic: list[int] = []

    def read(self, token: int) -> list[int]:
        """Takes the next token; returns the rows for predicting the one after it."""
        self._follow_turn(token)
        if _is_word(token):
            self._words[0] = _mix(self._words[0], token)
        elif self._words[0] != _WORD_SALT:
            self._words = [_WORD_SALT, *self._words[:-1]]
        self._recent.insert(0, token)
        del self._recent[self._longest :]
        return self._rows()

    def _rows(self) -> list[int]:
        keys = []
        endings = []
        key = 0
        for length, token in enumerate(self._recent, 1):
            key = _mix(key, token)
            if length in self._ngrams:
                keys.append(key + length)
            if length in TOPIC_NGRAMS:
                endings.append(key)
        key = 0
        for word in self._words:
            key = _mix(key, word)
            keys.append(key)
        keys.extend(_mix(word, ending) for word in self._topic for ending in endings)
        shift = self._shift
        return [(key * _MULTIPLIER & _MASK) >> shift for key in keys]

    def _follow_turn(self, token: int) -> None:
        if token == self._bos:
            self._topic, self._message = [], None
        elif token == self._user_start:
            self._message = []
        elif token == self._user_end:
            self._topic = topic_words(self._message or [])
            self._message = None
        elif self._message is not None:
            self._message.append(token)
