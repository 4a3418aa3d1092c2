"""The scripts as a user runs them: what they print, resume, several ranks, refusals."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import unittest
from pathlib import Path

from tests.helpers import QUIET, SMALL, BaseDirCase

N = r"-?(?:\d[\d,]*\.?\d*(?:e[+-]?\d+)?|inf|nan)"
# The lines that a reader of nanochat's output looks for (scripts/base_train.py@92d63d4).
BASE_LINES = {
    "step": rf"^step (\d{{5,}})/(\d{{5,}}) \(({N})%\) \| loss: ({N}) \| lrm: ({N}) \| dt: ({N})ms \| tok/sec: ({N}) "
    rf"\| bf16_mfu: 0\.00 \| epoch: (\d+) pq: (\d+) rg: (\d+) \| total time: ({N})m(?: \| eta: ({N})m)?$",
    "validation": rf"^Step \d{{5,}} \| Validation bpb: {N}$",
    "core": rf"^Step \d{{5,}} \| CORE metric: {N}$",
    "core task": rf"^Evaluating: \S+ \(\d+-shot, type: \w+\)\.\.\. accuracy: {N} \| centered: {N} \| time: {N}s$",
    "dtype": r"^COMPUTE_DTYPE: torch\.\w+ \(.*\)$",
    "vocabulary": r"^Vocab size: 265$",
    "parameters": rf"^(wte|value_embeds|lm_head|transformer_matrices|scalars|total) *: {N}$",
    "flops": rf"^Estimated FLOPs per token: {N}$",
    "iterations": rf"^Using user-provided number of iterations: {N}$",
    "tokens": rf"^Total number of training tokens: {N}$",
    "ratio": rf"^Tokens : Scaling params ratio: {N}$",
    "total flops": rf"^Total training FLOPs estimate: {N}$",
    "micro": rf"^Tokens / micro-batch / rank: \d+ x \d+ = {N}$",
    "batch": rf"^Total batch size {N} => gradient accumulation steps: \d+$",
    "memory": rf"^Peak memory usage: {N}MiB$",
    "time": rf"^Total training time: {N}m$",
    "minimum": rf"^Minimum validation bpb: {N}$",
    "sample": r"^<\|bos\|>The capital of France is",
    "banner": r"POCKET MODEL",
}
SAVED = r"^\d{4}-..-.. ..:..:..,\d{3} - nanochat\.checkpoint_manager - INFO - Saved (?:model parameters|metadata|optimizer state) to: \S+$"
SFT_LINES = {
    "step": rf"^step \d{{5,}} \({N}%\) \| loss: {N} \| lrm: {N} \| dt: {N}ms \| tok/sec: {N} \| mfu: 0\.00 \| epoch: \d+ \| total time: {N}m$",
    "validation": rf"^Step \d{{5,}} \| Validation bpb: {N}$",
    "chatcore": rf"^Step \d{{5,}} \| ChatCORE: {N} \| ChatCORE_cat: {N}$",
    "task": rf"^  [\w-]+: {N}%$",
    "inherited": r"^Inherited \w+=\S+ from pretrained checkpoint$",
}


def losses(out: str) -> dict[int, str]:
    """Printed loss of each step."""
    return {int(step): loss for step, loss in re.findall(r"^step (\d+).*?\| loss: (\S+)", out, re.M)}


class Lines(BaseDirCase):
    def test_the_scripts_print_the_lines_of_nanochat(self) -> None:
        out, err = self.run_script(
            "scripts.base_train", *SMALL, "--num-iterations=13", "--eval-every=6", "--eval-tokens=64",
            "--core-metric-every=13", "--core-metric-max-per-task=2", "--sample-every=13", "--model-tag=t",
        )
        for name, pattern in BASE_LINES.items():
            with self.subTest(line=name):
                self.assertRegex(out, re.compile(pattern, re.M))
        self.assertEqual(len(re.findall(SAVED, err, re.M)), 3, err)
        self.assertEqual(sorted(losses(out)), list(range(13)))

        out, err = self.run_script("scripts.chat_sft", "--max-seq-len=160", "--total-batch-size=160",
                                   "--num-iterations=4", "--eval-tokens=160", "--model-tag=t")
        for name, pattern in SFT_LINES.items():
            with self.subTest(line=name):
                self.assertRegex(out, re.compile(pattern, re.M))
        self.assertEqual(len(re.findall(SAVED, err, re.M)), 3, err)
        meta = json.loads((Path(self.base_dir) / "chatsft_checkpoints/t/meta_000003.json").read_text())
        self.assertEqual(list(meta), ["step", "val_bpb", "model_config", "user_config"])

        out, _ = self.run_script("scripts.base_eval", "--model-tag=t", "--eval=bpb,core", "--split-tokens=64")
        self.assertRegex(out, re.compile(rf"^val bpb: {N}$", re.M))
        self.assertRegex(out, re.compile(rf"^CORE metric: {N}$", re.M))
        out, _ = self.run_script("scripts.chat_cli", "-g", "t", "-t", "0", "-p", "Who are you?")
        self.assertIn("\nAssistant: ", out)


class Resume(BaseDirCase):
    def test_a_resumed_run_prints_the_losses_of_the_uninterrupted_one(self) -> None:
        flags = [*SMALL, *QUIET, "--num-iterations=12", "--model-tag=r"]
        whole, _ = self.run_script("scripts.base_train", *flags, "--save-every=5")
        resumed, _ = self.run_script("scripts.base_train", *flags, "--resume-from-step=5")
        self.assertEqual(losses(resumed), {step: loss for step, loss in losses(whole).items() if step >= 5})
        meta = json.loads((Path(self.base_dir) / "base_checkpoints/r/meta_000005.json").read_text())
        self.assertEqual(
            list(meta),
            ["step", "val_bpb", "model_config", "user_config", "device_batch_size", "max_seq_len", "total_batch_size",
             "dataloader_state_dict", "loop_state"],
        )  # fmt: skip
        self.assertEqual(len(meta["user_config"]), 30)


class Ranks(BaseDirCase):
    FLAGS = [*SMALL, *QUIET]

    def test_two_ranks_learn_what_one_rank_learns_from_the_same_batches(self) -> None:
        ranks = self.start_ranks(2, "scripts.base_train", *self.FLAGS, "--num-iterations=6", "--model-tag=two")
        outputs = [rank.communicate(timeout=60) for rank in ranks]
        self.assertEqual([rank.returncode for rank in ranks], [0, 0], outputs)
        self.assertEqual(outputs[1][0], "", "only rank 0 prints")
        self.run_script("scripts.base_train", *self.FLAGS, "--num-iterations=6", "--device-batch-size=2", "--model-tag=one")

        from nanochat import storage

        folder = Path(self.base_dir) / "base_checkpoints"
        states = [storage.load(str(folder / "two" / f"optim_000006_rank{rank}.pt")) for rank in (0, 1)]
        self.assertEqual(states[0], states[1])
        two, one = (storage.load(str(folder / tag / "model_000006.pt")) for tag in ("two", "one"))
        for name, data in one.items():
            for a, b in zip(data.values, two[name].values):
                self.assertAlmostEqual(a, b, delta=0.02, msg=name)

    def test_when_a_rank_is_killed_the_others_end_with_a_sentence(self) -> None:
        for victim in (0, 1):
            with self.subTest(victim=victim):
                ranks = self.start_ranks(2, "scripts.base_train", *self.FLAGS, "--num-iterations=100000")
                for line in ranks[0].stdout:
                    if line.startswith("step 00003"):
                        break
                ranks[victim].send_signal(signal.SIGKILL)
                other = ranks[1 - victim]
                _, err = other.communicate(timeout=60)
                ranks[victim].communicate(timeout=60)
                self.assertEqual(other.returncode, 1)
                self.assertRegex(err, rf"Rank {1 - victim} lost rank {victim} .* resume from the last checkpoint")

    def test_a_rank_that_never_comes_is_a_sentence(self) -> None:
        start = time.monotonic()
        ranks = self.start_ranks(2, "scripts.base_train", *self.FLAGS, POCKET_RANK_TIMEOUT="1")
        ranks[1].kill()
        ranks[1].communicate()
        _, err = ranks[0].communicate(timeout=60)
        self.assertEqual(ranks[0].returncode, 1)
        self.assertRegex(err, "rank \\[1\\]|lost rank 1")
        self.assertLess(time.monotonic() - start, 30)


class Refusals(BaseDirCase):
    def assert_refused(self, pattern: str, module: str, *args: str) -> None:
        _, err = self.run_script(module, *args, code=1)
        self.assertRegex(err, pattern)
        self.assertNotIn("Traceback", err)

    def test_what_cannot_be_done_is_a_sentence_without_a_traceback(self) -> None:
        self.assert_refused("Train a model first", "scripts.chat_sft")
        self.assert_refused("Train a model first", "scripts.chat_cli", "-p", "hi")
        self.assert_refused("model_000077.pt", "scripts.base_train", *SMALL, "--resume-from-step=77")
        self.assert_refused("not a multiple", "scripts.base_train", *SMALL, "--total-batch-size=65")
        self.assert_refused("on the CPU only", "scripts.base_train", "--device-type=cuda")
        os.remove(os.path.join(self.base_dir, "tokenizer", "tokenizer.pkl"))
        self.assert_refused("python -m scripts.tok_train", "scripts.base_train", *SMALL)

    def test_flags_that_mean_nothing_here_are_said_to_be_ignored(self) -> None:
        out, _ = self.run_script("scripts.base_train", *SMALL, *QUIET, "--num-iterations=1", "--fp8", "--run=me")
        self.assertIn("--fp8 has no effect on a pocket model", out)
        self.assertIn("--run has no effect on a pocket model", out)


if __name__ == "__main__":
    unittest.main()
