"""Files: what is saved comes back bit for bit, and what is damaged does not come back at all."""

from __future__ import annotations

import math
import os
import tempfile
import unittest
from array import array
from pathlib import Path
from unittest import mock

from nanochat import storage
from nanochat.checkpoint_manager import find_largest_model, find_last_step, load_checkpoint, load_model, save_checkpoint
from nanochat.common import Device
from nanochat.nn import Array
from nanochat.tokenizer import SPECIAL_TOKENS, ByteTokenizer, get_tokenizer
from tests.helpers import text_batch, tiny_model, tiny_optimizer

CPU = Device("cpu")


class FolderCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        environment = mock.patch.dict(os.environ, {"NANOCHAT_BASE_DIR": folder.name})
        environment.start()
        self.addCleanup(environment.stop)


class Storage(FolderCase):
    def test_numbers_come_back_bit_for_bit(self) -> None:
        odd = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf]
        tree = {"a": Array((2, 3), array("d", odd)), "rest": [1, 0.1, "text", None, True, {"deep": math.inf}]}
        path = str(self.folder / "x.pt")
        storage.save(tree, path)
        loaded = storage.load(path)
        self.assertEqual(loaded["a"].values.tobytes(), tree["a"].values.tobytes())
        self.assertEqual((loaded["a"].shape, loaded["rest"]), ((2, 3), tree["rest"]))

    def test_a_file_that_was_cut_off_or_changed_anywhere_does_not_load(self) -> None:
        path = self.folder / "x.pt"
        storage.save({"a": Array((1, 40), array("d", range(40)))}, str(path))
        whole = path.read_bytes()
        for length in range(0, len(whole), 7):
            path.write_bytes(whole[:length])
            with self.subTest(length=length), self.assertRaisesRegex(ValueError, "x.pt is damaged"):
                storage.load(str(path))
        at = whole.index(array("d", [7.0]).tobytes())
        path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
        with self.assertRaisesRegex(ValueError, "x.pt is damaged"):
            storage.load(str(path))

    def test_a_write_that_fails_leaves_the_old_file_and_no_other(self) -> None:
        path = self.folder / "x.pt"
        storage.save({"n": 1}, str(path))
        with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")), self.assertRaises(OSError):
            storage.save({"n": 2}, str(path))
        self.assertEqual(storage.load(str(path)), {"n": 1})
        self.assertEqual(os.listdir(self.folder), ["x.pt"])


class Checkpoints(FolderCase):
    def train_step(self, model: object, optimizer: object) -> float:
        loss = model(*text_batch())
        loss.backward()
        optimizer.step()
        model.zero_grad()
        return loss.item()

    def test_a_loaded_checkpoint_goes_on_with_the_same_digits(self) -> None:
        model = tiny_model()
        optimizer = tiny_optimizer(model)
        for _ in range(3):
            self.train_step(model, optimizer)
        folder = str(self.folder / "d1")
        save_checkpoint(folder, 3, model.state_dict(), optimizer.state_dict(), {"step": 3})
        expected = [self.train_step(model, optimizer) for _ in range(3)]

        model_data, optimizer_data, meta = load_checkpoint(folder, 3, CPU, load_optimizer=True)
        again = tiny_model(seed=99)
        again.load_state_dict(model_data)
        optimizer = tiny_optimizer(again, rate=5.0)
        optimizer.load_state_dict(optimizer_data)
        self.assertEqual([self.train_step(again, optimizer) for _ in range(3)], expected)
        self.assertEqual(meta, {"step": 3})
        self.assertEqual(
            sorted(os.listdir(folder)), ["meta_000003.json", "model_000003.pt", "optim_000003_rank0.pt"]
        )

    def test_a_checkpoint_of_another_shape_is_refused_by_name(self) -> None:
        state = tiny_model().state_dict()
        state["wte"] = Array((1, 1), array("d", [0.0]))
        with self.assertRaisesRegex(ValueError, "wte"):
            tiny_model().load_state_dict(state)

    def test_a_step_counts_only_once_its_model_is_there(self) -> None:
        folder = self.folder / "d1"
        folder.mkdir()
        for name in ("model_000010.pt", "meta_000020.json", "model_000030.pt.1.part"):
            (folder / name).touch()
        self.assertEqual(find_last_step(str(folder)), 10)

    def test_the_deepest_model_is_guessed_and_none_is_a_sentence(self) -> None:
        with self.assertRaisesRegex(FileNotFoundError, "Train a model first"):
            find_largest_model(str(self.folder / "nothing"))
        for tag in ("d2", "d10", "notes"):
            (self.folder / tag).mkdir()
        self.assertEqual(find_largest_model(str(self.folder)), "d10")

    def test_an_unknown_source_names_the_known_ones(self) -> None:
        with self.assertRaisesRegex(ValueError, "base, sft, rl"):
            load_model("mid", CPU, phase="eval")


class Tokenizer(FolderCase):
    def test_every_text_survives_and_the_specials_are_the_last_ids_in_order(self) -> None:
        tokenizer = ByteTokenizer()
        text = "naïve 你好 🌍\n"
        self.assertEqual(tokenizer.decode(tokenizer.encode(text)), text)
        self.assertEqual([tokenizer.encode_special(name) for name in SPECIAL_TOKENS], list(range(256, 265)))

    def test_only_what_the_assistant_says_is_trained(self) -> None:
        tokenizer = ByteTokenizer()
        messages = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yo"},
        ]
        ids, mask = tokenizer.render_conversation({"messages": messages})
        self.assertEqual(
            tokenizer.decode(ids), "<|bos|><|user_start|>Be brief.\n\nHi<|user_end|><|assistant_start|>Yo<|assistant_end|>"
        )
        self.assertEqual([token for token, wanted in zip(ids, mask) if wanted], [*b"Yo", 260])
        primed = tokenizer.render_for_completion({"messages": messages})
        self.assertEqual(primed, ids[: len(primed)])
        self.assertEqual(primed[-1], tokenizer.encode_special("<|assistant_start|>"))

    def test_without_a_tokenizer_the_sentence_says_which_script_to_run(self) -> None:
        with self.assertRaisesRegex(FileNotFoundError, "python -m scripts.tok_train"):
            get_tokenizer()

    def test_the_tokenizer_of_another_nanochat_is_refused(self) -> None:
        (self.folder / "tokenizer").mkdir()
        (self.folder / "tokenizer" / "tokenizer.pkl").write_bytes(b"\x80\x04pickle")
        with self.assertRaisesRegex(ValueError, "not a pocket tokenizer"):
            get_tokenizer()


if __name__ == "__main__":
    unittest.main()
