"""Parameters read from the source of small scripts in both styles, one edge of the real ones at a time."""

from __future__ import annotations

import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any

from nanochat_bridge.describe import read_script


class ScriptTest(unittest.TestCase):
    def script(self, text: str) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "script.py").write_text(textwrap.dedent(text), encoding="utf-8")
            return read_script(Path(folder), "script.py").info

    def parameters(self, text: str) -> dict[str, dict[str, Any]]:
        return {parameter["name"]: parameter for parameter in self.script(text)["parameters"]}

    def argument(self, arguments: str, before: str = "") -> dict[str, Any]:
        info = self.script(f"import argparse\n{before}\nparser = argparse.ArgumentParser()\nparser.add_argument({arguments})\n")
        self.assertEqual(len(info["parameters"]), 1)
        return info["parameters"][0]


class ArgparseTest(ScriptTest):
    def test_everything_about_an_argument_is_read(self) -> None:
        parameter = self.argument('"--device-batch-size", "-b", type=int, default=4*8, help="per device (default: %(default)s, 100%%)"')
        self.assertEqual(
            parameter,
            {
                "name": "device_batch_size",
                "flag": "--device-batch-size",
                "aliases": ["-b"],
                "type": "int",
                "default": 32,
                "defaultKnown": True,
                "defaultExpr": "4 * 8",
                "nullable": False,
                "required": False,
                "isFlag": False,
                "nargs": None,
                "choices": None,
                "help": "per device (default: 32, 100%)",
                "section": None,
                "line": 4,
            },
        )

    def test_types_and_defaults_follow_argparse(self) -> None:
        for arguments, type_, default, nullable in (
            ('"--tag"', "str", None, True),
            ('"--lr", type=float, default="3e-4"', "float", 3e-4, False),
            ('"--ratio", type=float, default=12', "float", 12, False),
            ('"--offset", type=int, default=-1', "int", -1, False),
            ('"--fp8", action="store_true"', "bool", False, False),
            ('"--no-save", action="store_false"', "bool", True, False),
            ('"--path", type=Path, default=None', "unknown", None, True),
        ):
            with self.subTest(arguments):
                parameter = self.argument(arguments)
                self.assertEqual((parameter["type"], parameter["default"], parameter["nullable"]), (type_, default, nullable))
                self.assertTrue(parameter["defaultKnown"])

    def test_flags_without_a_value_are_marked(self) -> None:
        self.assertTrue(self.argument('"--fp8", action="store_true"')["isFlag"])
        both_ways = self.argument('"--compile", action=argparse.BooleanOptionalAction, default=True')
        self.assertEqual((both_ways["isFlag"], both_ways["aliases"], both_ways["default"]), (True, ["--no-compile"], True))

    def test_choices_come_in_order(self) -> None:
        self.assertEqual(self.argument('"--recipe", choices=("rowwise", "tensorwise")')["choices"], ["rowwise", "tensorwise"])
        self.assertEqual(self.argument('"--recipe", choices=RECIPES', "RECIPES = ['a', 'b']")["choices"], ["a", "b"])

    def test_a_positional_has_no_flag_and_is_required(self) -> None:
        parameter = self.argument('"command", choices=["generate", "reset"]')
        self.assertEqual((parameter["name"], parameter["flag"], parameter["required"]), ("command", "", True))
        self.assertFalse(self.argument('"command", nargs="?"')["required"])

    def test_dest_and_short_only_options_give_the_name(self) -> None:
        self.assertEqual(self.argument('"--lr", dest="learning_rate"')["name"], "learning_rate")
        self.assertEqual(self.argument('"-n"')["name"], "n")

    def test_a_default_that_only_a_run_would_tell_keeps_its_expression(self) -> None:
        for expression in ("os.cpu_count()", 'os.environ.get("RUN", "dummy")', "CHANGED", "float('inf')", "9**9**9"):
            with self.subTest(expression):
                parameter = self.argument(f'"--x", default={expression}', "CHANGED = 1\nif CHANGED:\n    CHANGED = 2")
                self.assertEqual((parameter["default"], parameter["defaultKnown"]), (None, False))
                self.assertEqual(parameter["defaultExpr"].replace("'", '"'), expression.replace("'", '"').replace("**", " ** "))

    def test_constants_loops_groups_and_functions_are_followed(self) -> None:
        parameters = self.parameters(
            """
            import argparse
            def make():
                parser = argparse.ArgumentParser()
                group = parser.add_argument_group("Optimizer")
                group.add_argument("--lr", type=float, default=BASE / 10)
                for name, size in (("wte", 1), ("lm", 2)):
                    parser.add_argument(f"--{name}-size", type=int, default=size)
                return parser
            BASE = 3.0
            if __name__ == "__main__":
                tokens = 2 << 4
                p = make()
                p.add_argument("--tokens", type=int, default=tokens)
                p.set_defaults(lr=0.5)
            """
        )
        self.assertEqual({name: parameter["default"] for name, parameter in parameters.items()}, {"lr": 0.5, "wte_size": 1, "lm_size": 2, "tokens": 32})
        self.assertEqual(parameters["lr"]["section"], "Optimizer")

    def test_comments_head_sections_but_not_from_above_the_parser_or_across_a_ruler(self) -> None:
        parameters = self.parameters(
            """
            import argparse
            # CLI arguments
            parser = argparse.ArgumentParser()
            parser.add_argument("--run")
            # Model architecture
            # (see the paper)
            parser.add_argument("--depth")
            parser.add_argument("--width")
            # --------------------
            parser.add_argument("--tag")
            """
        )
        self.assertEqual({name: p["section"] for name, p in parameters.items()}, {"run": None, "depth": "Model architecture", "width": "Model architecture", "tag": None})

    def test_what_cannot_be_read_is_said_with_its_line(self) -> None:
        for text, expected in (
            ("parser.add_argument(*flags)", "values that only a run would tell"),
            ("parser.add_argument('--x', **more)", "values that only a run would tell"),
            ("parser.add_argument('--x', choices=list_of_them())", "choices=list_of_them() could not be worked out"),
            ("parser.add_argument('--x', action='count')", "the action count"),
            ("for flag in flags:\n    parser.add_argument(flag)", "in a loop over values"),
            ("sub.add_parser('train')", "the subcommand 'train'"),
            ("argparse.ArgumentParser(parents=[common.parser])", "from other parsers"),
        ):
            with self.subTest(text):
                issues = self.script(text)["issues"]
                self.assertTrue(any(issue.startswith("script.py, line 1:") and expected in issue for issue in issues), issues)


CONFIGURATOR = """
import os
os.environ["X"] = "1"
NAME = "before an import"
try:
    optional = None
    import wandb
except ImportError:
    wandb = None
# ---------------------------
# User settings
run = "dummy" # wandb run name
# Training horizon
num_iterations = -1 # explicit number (-1 = disable)
target_flops = -1.0
eval_tokens = 20*524288
grad_clip: float = 1.0
resume = None
low, high = 1, 2
_private = 3
names = ["a"]
device = pick()
config_keys = [k for k, v in globals().items()]
exec(open(os.path.join('nanochat', 'configurator.py')).read()) # overrides
after = 5
"""


class ConfiguratorTest(ScriptTest):
    def test_settings_are_the_simple_assignments_between_the_imports_and_the_exec(self) -> None:
        info = self.script(CONFIGURATOR)
        self.assertEqual(info["style"], "configurator")
        self.assertEqual(
            {parameter["name"]: (parameter["type"], parameter["default"]) for parameter in info["parameters"]},
            {
                "run": ("str", "dummy"),
                "num_iterations": ("int", -1),
                "target_flops": ("float", -1.0),
                "eval_tokens": ("int", 20 * 524288),
                "grad_clip": ("float", 1.0),
                "resume": ("any", None),
                "low": ("int", 1),
                "high": ("int", 2),
                "device": ("unknown", None),
            },
        )

    def test_help_is_the_comment_behind_and_section_the_one_above(self) -> None:
        parameters = self.parameters(CONFIGURATOR)
        self.assertEqual((parameters["run"]["help"], parameters["run"]["section"]), ("wandb run name", "User settings"))
        self.assertEqual((parameters["target_flops"]["help"], parameters["target_flops"]["section"]), (None, "Training horizon"))
        self.assertEqual(parameters["run"]["flag"], "--run")

    def test_a_setting_that_control_flow_may_change_is_said(self) -> None:
        info = self.script("depth = 4\nif depth:\n    depth = 5\nexec(open('configurator.py').read())\n")
        self.assertIn("script.py, line 2: depth may be changed there", info["issues"][0])


class OtherStylesTest(ScriptTest):
    def test_a_script_that_reads_argv_itself_says_so(self) -> None:
        info = self.script("import sys\nprint(sys.argv[1])\n")
        self.assertEqual((info["style"], info["parameters"]), ("argv", []))
        self.assertIn("reads sys.argv itself", info["issues"][0])

    def test_a_file_that_does_not_parse_is_an_issue_with_its_line(self) -> None:
        info = self.script("x = 1\ndef broken(:\n")
        self.assertEqual((info["style"], info["trainable"]), ("none", False))
        self.assertRegex(info["issues"][0], r"^script\.py could not be parsed: line 2: ")

    def test_bytes_that_are_no_text_are_an_issue(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for content in (b"x = '\xff\xfe'", b"x = 1\0", b"# coding: nonsense\n"):
                Path(folder, "script.py").write_bytes(content)
                self.assertEqual(len(read_script(Path(folder), "script.py").info["issues"]), 1, content)


if __name__ == "__main__":
    unittest.main()
