"""The text that ships with pocket: shards of documents, the last one for validation.

    python -m nanochat.dataset -n 4     says where they are; there is nothing to download

A document is a paragraph; a blank line ends it.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator

from nanochat.tokenizer import Conversation

DATA_DIR = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")


def list_shards(split: str) -> list[str]:
    """Paths of the shards of a split: `train` is all but the last, `val` is the last."""
    names = sorted(name for name in os.listdir(DATA_DIR) if name.startswith("shard_") and name.endswith(".txt"))
    if len(names) < 2:
        raise FileNotFoundError(f"There is no text in {DATA_DIR}: the pocket workspace is not complete. Copy it again.")
    chosen = {"train": names[:-1], "val": names[-1:]}[split]
    return [os.path.join(DATA_DIR, name) for name in chosen]


def read_documents(path: str) -> list[str]:
    """The documents of a shard."""
    with open(path, encoding="utf-8") as file:
        return [part.strip() for part in file.read().split("\n\n") if part.strip()]


def documents_iter_batched(split: str) -> Iterator[list[str]]:
    """The documents of a split, a shard at a time."""
    for path in list_shards(split):
        yield read_documents(path)


def read_conversations(split: str) -> list[Conversation]:
    """Conversations to fine-tune on (`train`) or to measure with (`val`): one JSON object a line."""
    with open(os.path.join(DATA_DIR, f"conversations_{split}.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_choices() -> list[dict[str, object]]:
    """Multiple-choice questions: {"task", "query", "choices", "gold"}, one JSON object a line."""
    with open(os.path.join(DATA_DIR, "choices.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main() -> None:
    """Names the shards; takes the flags of nanochat's downloader, which have nothing to do here."""
    parser = argparse.ArgumentParser(description="Download pretraining dataset shards (pocket: they are here already)")
    parser.add_argument("-n", "--num-files", type=int, default=-1, help="Number of train shards (no effect)")
    parser.add_argument("-w", "--num-workers", type=int, default=4, help="Number of parallel workers (no effect)")
    parser.parse_args()
    paths = [*list_shards("train"), *list_shards("val")]
    for path in paths:
        print(f"Skipping {path} (already exists)")
    print(f"Done! Downloaded: {len(paths)}/{len(paths)} shards to {DATA_DIR}")


if __name__ == "__main__":
    main()
