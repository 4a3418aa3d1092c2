"""What a script tells of its settings when it is run up to where it reads them."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from nanochat_bridge import ask

HEAD = """
import argparse, os
import no_such_library as lib
from no_such_library.deep import thing

if lib.capability() >= (9, 0):
    raise RuntimeError("no such machine")

class Model(lib.Module):
    @lib.no_grad()
    def forward(self): ...
"""


class AskTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def told(self, text: str) -> dict[str, Any]:
        path = self.root / "scripts" / "asked.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return ask.ask(self.root, "scripts.asked")

    def named(self, text: str) -> dict[str, Any]:
        return {one["name"]: one for one in self.told(text)["parameters"]}

    def test_a_parser_tells_what_only_a_run_tells(self) -> None:
        found = self.named(
            HEAD
            + """
parser = argparse.ArgumentParser()
group = parser.add_argument_group("Rates")
for name, value in {"a": 1, "b": 2}.items():
    group.add_argument(f"--{name}-lr", type=float, default=float(os.path.getsize(__file__) * 0 + value))
parser.add_argument("--mode", choices=sorted({"x", "y"}))
parser.add_argument("--on", action="store_true")
args = parser.parse_args()
raise SystemExit("never reached")
"""
        )
        self.assertEqual(list(found), ["a_lr", "b_lr", "mode", "on"])
        self.assertLessEqual({"type": "float", "default": 2.0, "defaultKnown": True, "section": "Rates"}.items(), found["b_lr"].items())
        self.assertEqual(found["mode"]["choices"], ["x", "y"])
        self.assertLessEqual({"type": "bool", "isFlag": True, "default": False}.items(), found["on"].items())

    def test_a_configurator_tells_its_globals(self) -> None:
        (self.root / "conf.py").write_text("import sys\nfor arg in sys.argv: pass\n", encoding="utf-8")
        found = self.named("depth = len('abcd')\nname = 'x'\n_own = 1\nnothing = None\nexec(open('conf.py').read())\n")
        self.assertEqual({name: one["default"] for name, one in found.items()}, {"depth": 4, "name": "x"})

    def test_a_default_of_a_library_is_not_known(self) -> None:
        found = self.named(HEAD + "p = argparse.ArgumentParser()\np.add_argument('--n', type=int, default=lib.count())\np.parse_args()\n")
        self.assertEqual((found["n"]["defaultKnown"], found["n"]["default"]), (False, None))

    def test_a_base_dir_that_it_makes_is_not_the_persons(self) -> None:
        text = "import argparse, os\nos.makedirs(os.environ['NANOCHAT_BASE_DIR'])\nargparse.ArgumentParser().parse_args()\n"
        with mock.patch.dict("os.environ", {"NANOCHAT_BASE_DIR": str(self.root / "mine")}):
            self.assertEqual(self.told(text), {"parameters": []})
        self.assertFalse((self.root / "mine").exists())

    def test_a_script_that_fails_dies_or_hangs_says_so(self) -> None:
        self.assertIn("ended before it read its settings: ValueError: no", self.told("raise ValueError('no')\n")["error"])
        self.assertIn("died", self.told("import os\nos.kill(os.getpid(), 9)\n")["error"])
        self.assertIn("without reading", self.told("x = 1\n")["error"])
        with mock.patch.object(ask, "SECONDS", 1):
            self.assertIn("within 1 s", self.told("while True: pass\n")["error"])


if __name__ == "__main__":
    unittest.main()
