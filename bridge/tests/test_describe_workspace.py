"""What counts as a workspace, and that nothing of it is run."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from nanochat_bridge import describe

TRAINER = """
import argparse
from {package}.checkpoint_manager import save_checkpoint
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int, default=4)
args = parser.parse_args()
while True:
    model.zero_grad(set_to_none=True)
    save_checkpoint()
"""


class CheckoutTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, file: str, text: str = "") -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def checkout(self, package: str = "nanochat", under: str = "") -> None:
        self.write(f"{under}scripts/base_train.py", TRAINER.format(package=package))
        self.write(f"{under}{package}/__init__.py")
        self.write(f"{under}{package}/checkpoint_manager.py", "def save_checkpoint(): ...\n")

    def run_main(self, directory: Path | None = None) -> tuple[int, dict[str, Any]]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = describe.main([str(directory or self.root)])
        return code, json.loads(out.getvalue())


class WorkspaceTest(CheckoutTest):
    def test_a_checkout_is_described(self) -> None:
        self.checkout()
        code, info = self.run_main()
        self.assertEqual((code, info["dir"], info["kind"], info["package"]), (0, str(self.root), "nanochat", "nanochat"))
        (script,) = info["scripts"]
        self.assertEqual((script["module"], script["file"], script["trainable"]), ("scripts.base_train", "scripts/base_train.py", True))

    def test_modules_outside_scripts_are_listed_when_they_declare_arguments(self) -> None:
        self.checkout()
        self.write("nanochat/dataset.py", "import argparse\nargparse.ArgumentParser().add_argument('-n', type=int)\n")
        self.write("nanochat/common.py", "x = 1\n")
        self.write("tests/test_x.py", "parser.add_argument('--x')\n")
        self.write("env/pyvenv.cfg")
        self.write("env/lib/tool.py", "parser.add_argument('--x')\n")
        self.write(".venv/tool.py", "parser.add_argument('--x')\n")
        _, info = self.run_main()
        self.assertEqual([script["module"] for script in info["scripts"]], ["scripts.base_train", "nanochat.dataset"])

    def test_a_fork_is_known_by_its_scripts_whatever_its_package_is_called(self) -> None:
        self.checkout(package="minichat")
        _, info = self.run_main()
        self.assertEqual((info["kind"], info["package"]), ("fork", "minichat"))

    def test_a_checkout_with_a_trainer_of_its_own_is_a_fork(self) -> None:
        self.checkout()
        self.write("scripts/train_unified.py", "def main():\n    for step in steps():\n        model.zero_grad()\n        save_ckpt()\n")
        self.assertEqual(self.run_main()[1]["kind"], "fork")

    def test_pocket_says_so_itself(self) -> None:
        self.checkout()
        self.write("nanochat/__init__.py", "POCKET = True\n")
        self.assertEqual(self.run_main()[1]["kind"], "pocket")

    def test_scripts_that_only_evaluate_are_not_trainable(self) -> None:
        self.checkout()
        self.write("scripts/base_eval.py", "for x in data():\n    evaluate(x)\n")
        _, info = self.run_main()
        self.assertEqual({script["module"]: script["trainable"] for script in info["scripts"]}, {"scripts.base_eval": False, "scripts.base_train": True})

    def test_nothing_of_the_directory_is_run(self) -> None:
        self.checkout()
        for file in ("scripts/base_eval.py", "nanochat/__init__.py", "scripts/__init__.py", "sitecustomize.py", "json.py"):
            self.write(file, f"open({str(self.root / 'ran')!r}, 'w')\nraise SystemExit(9)\n")
        code, _ = self.run_main()
        self.assertEqual((code, (self.root / "ran").exists()), (0, False))

    def test_a_script_that_does_not_parse_does_not_hide_the_others(self) -> None:
        self.checkout()
        self.write("scripts/chat_sft.py", "def (\n")
        _, info = self.run_main()
        broken = next(script for script in info["scripts"] if script["module"] == "scripts.chat_sft")
        self.assertEqual(len(broken["issues"]), 1)


class NotAWorkspaceTest(CheckoutTest):
    def error(self, directory: Path | None = None) -> dict[str, str]:
        code, document = self.run_main(directory)
        self.assertEqual((code, document["error"]["code"]), (4, "not-found"))
        return document["error"]

    def test_an_empty_directory_is_named_with_what_was_looked_for(self) -> None:
        error = self.error()
        self.assertEqual(error["what"], f"{self.root} is not a nanochat directory")
        self.assertIn("scripts/base_train.py", error["why"])

    def test_a_path_that_is_no_directory(self) -> None:
        self.assertEqual(self.error(self.root / "gone")["what"], f"{self.root}/gone is not a directory")

    def test_scripts_without_a_loop(self) -> None:
        self.write("scripts/hello.py", "print(1)\n")
        self.assertIn("none of its 1 scripts has a training loop", self.error()["why"])

    def test_a_folder_above_the_trainers_of_others_is_none(self) -> None:
        self.write("projects/one/tools/train.py", TRAINER.format(package="nanochat"))
        self.assertIn("is not a nanochat directory", self.error()["what"])

    def test_scripts_that_do_not_parse_are_named(self) -> None:
        self.write("scripts/base_train.py", "def (\n")
        self.assertIn("scripts/base_train.py could not be parsed: line 1", self.error()["why"])

    def test_a_checkout_one_folder_away_is_suggested(self) -> None:
        self.checkout(under="inner/")
        self.assertIn(f"Did you mean {self.root}/inner?", self.error()["remedy"])
        self.assertIn(f"Did you mean {self.root}/inner?", self.error(self.root / "inner" / "nanochat")["remedy"])


if __name__ == "__main__":
    unittest.main()
