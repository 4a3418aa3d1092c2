"""Features are lines of the source, in whatever spelling a version or a fork has them."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from nanochat_bridge.features import Value, features


class FeaturesTest(unittest.TestCase):
    def read(self, files: dict[str, str]) -> dict[str, Value]:
        with tempfile.TemporaryDirectory() as folder:
            for file, text in files.items():
                path = Path(folder, file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return features(Path(folder), "nanochat")

    def test_a_device_that_can_be_named_is_found_in_every_spelling(self) -> None:
        spellings = (
            'parser.add_argument("--device-type", type=str)',
            'parser.add_argument("--device_type", type=str)',
            'device_type = ""  # cuda|cpu|mps',
            "device_type = autodetect_device_type()",
        )
        for line in spellings:
            self.assertIs(self.read({"scripts/base_train.py": line})["runs_on_cpu"], True, line)

    def test_naming_cuda_for_autocast_is_not_taken_for_a_choice_of_device(self) -> None:
        line = 'autocast_ctx = torch.amp.autocast(device_type="cuda", dtype=torch.bfloat16)'
        self.assertIs(self.read({"scripts/base_train.py": line})["runs_on_cpu"], False)

    def test_targets_that_are_slices_are_told_from_copied_ones(self) -> None:
        sliced = "        targets = batch_tensor[:, 1:].to(device=device, non_blocking=use_cuda)"
        copied = "        cpu_targets.copy_(row_buffer[:, 1:])"
        self.assertIs(self.read({"nanochat/dataloader.py": sliced})["targets_sliced"], True)
        self.assertIs(self.read({"nanochat/dataloader.py": copied})["targets_sliced"], False)
        self.assertIs(self.read({"scripts/mid_train.py": sliced})["mid_targets_sliced"], True)
        self.assertIs(self.read({"scripts/chat_sft.py": sliced})["sft_targets_sliced"], True)
        whole = sliced + ".contiguous()\n        mask_targets = mask_tensor[:, 1:].to(device=device)"
        self.assertIs(self.read({"scripts/chat_sft.py": whole})["sft_targets_sliced"], False)

    def test_what_a_missing_file_would_tell_is_not_known(self) -> None:
        self.assertIsNone(self.read({})["runs_on_cpu"])
