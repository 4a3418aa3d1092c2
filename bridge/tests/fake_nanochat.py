"""A package with nanochat's inference interface, written into a folder: its model does what its prompt says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FILES = {
    "__init__.py": "",
    "common.py": """
        def autodetect_device_type():
            print("Autodetected device type: cpu")
            return "cpu"
        def compute_init(device_type):
            return False, 0, 0, 1, device_type
    """,
    "tokenizer.py": """
        NAMES = ["bos", "user_start", "user_end", "assistant_start", "assistant_end", "python_start", "python_end", "output_start", "output_end"]
        class Tokenizer:
            def get_vocab_size(self): return 256 + len(NAMES)
            def encode_special(self, text): return 256 + NAMES.index(text.strip("<|>"))
            def get_bos_token_id(self): return 256
            def encode(self, text): return list(text.encode())
            def decode_single_token_bytes(self, token): return bytes([token])
    """,
    "checkpoint_manager.py": """
        from types import SimpleNamespace
        from .tokenizer import Tokenizer
        def load_model(source, device, phase, model_tag=None, step=None):
            folder = {"base": "base_checkpoints", "sft": "chatsft_checkpoints"}[source]
            if model_tag == "gone":
                raise FileNotFoundError(2, "No such file or directory", folder + "/gone/model_000001.pt")
            if model_tag == "other":
                raise RuntimeError("Error(s) in loading state_dict for GPT:\\n\\tMissing key(s)")
            model = SimpleNamespace(config=SimpleNamespace(sequence_len=64 if model_tag == "short" else 10**9))
            if model_tag == "nan":
                weight = SimpleNamespace(isfinite=lambda: SimpleNamespace(all=lambda: False))
                model.parameters = lambda: [weight]
            return model, Tokenizer(), {"step": 7}
    """,
    "engine.py": """
        import os, sys
        from .tokenizer import NAMES
        class Engine:
            def __init__(self, model, tokenizer):
                self.tokenizer = tokenizer
            def generate(self, tokens, num_samples=1, max_tokens=None, temperature=1.0, top_k=None, seed=42):
                words = bytes(token for token in tokens if token < 256).decode().split(":")
                for at, token in enumerate(self.reply(words[0], words[-1], tokens, seed)):
                    if at >= max_tokens:
                        return
                    yield [token], [1]
            def reply(self, verb, rest, tokens, seed):
                special = self.tokenizer.encode_special
                if verb == "forever":
                    while True:
                        yield ord("a")
                elif verb == "fail":
                    yield ord("a")
                    raise RuntimeError("out of luck")
                elif verb == "print":
                    print("printed")
                    os.system("echo below")
                elif verb == "calculate":
                    for mark, text in (("python_start", "6*7"), ("python_end", ""), ("output_start", "42"), ("output_end", " is it")):
                        yield special(mark)
                        yield from text.encode()
                elif verb == "seed":
                    yield from str(seed).encode()
                elif verb == "prompt":
                    yield from " ".join(NAMES[t - 256] if t >= 256 else chr(t) for t in tokens).encode()
                else:
                    yield from rest.encode()
                yield special("assistant_end")
                yield ord("!")
    """,
}


def write(root: Path, package: str = "nanochat") -> None:
    """Writes the package into `root`."""
    (root / package).mkdir()
    for name, text in FILES.items():
        (root / package / name).write_text(dedent(text), encoding="utf-8")
