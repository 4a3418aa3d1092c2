"""Writes the tokenizer that all other scripts need.

python -m scripts.tok_train
"""

import argparse
import os
import time
from array import array
from collections.abc import Iterator

from nanochat import storage
from nanochat.common import exit_with_sentence, get_base_dir
from nanochat.dataset import documents_iter_batched
from nanochat.nn import Array
from nanochat.tokenizer import BYTES, VOCAB_SIZE, ByteTokenizer

parser = argparse.ArgumentParser(description="Train a tokenizer (pocket: every byte is a token)")
parser.add_argument("--max-chars", type=int, default=2_000_000_000, help="Maximum characters to read")
parser.add_argument("--doc-cap", type=int, default=10_000, help="Maximum characters per document")
parser.add_argument("--vocab-size", type=int, default=265, help="Vocabulary size (pocket: always 265)")
args = parser.parse_args()
print(f"max_chars: {args.max_chars:,}")
print(f"doc_cap: {args.doc_cap:,}")
print(f"vocab_size: {args.vocab_size:,}")
if args.vocab_size != VOCAB_SIZE:
    raise SystemExit(f"--vocab-size={args.vocab_size}: pocket's tokens are the bytes, {VOCAB_SIZE} in all. Leave it out.")


def text_iterator() -> Iterator[str]:
    """Documents of the train split, each cut to doc_cap, until max_chars were read."""
    characters = 0
    for batch in documents_iter_batched("train"):
        for document in batch:
            text = document[: args.doc_cap]
            characters += len(text)
            yield text
            if characters > args.max_chars:
                return


with exit_with_sentence():
    t0 = time.time()
    tokenizer = ByteTokenizer.train_from_iterator(text_iterator(), args.vocab_size)
    print(f"Training time: {time.time() - t0:.2f}s")
    tokenizer_dir = os.path.join(get_base_dir(), "tokenizer")
    tokenizer.save(tokenizer_dir)
    token_bytes = Array((VOCAB_SIZE,), array("d", [1] * BYTES + [0] * (VOCAB_SIZE - BYTES)))
    token_bytes_path = os.path.join(tokenizer_dir, "token_bytes.pt")
    storage.save(token_bytes, token_bytes_path)
    print(f"Saved token_bytes to {token_bytes_path}")
