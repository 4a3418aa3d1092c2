"""The inference worker as a process, on a package with nanochat's interface."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from . import fake_nanochat

BRIDGE = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 20


class WorkerTest(unittest.TestCase):
    package = "nanochat"

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        fake_nanochat.write(self.root, self.package)
        with open(self.root / "stderr", "w") as stderr:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "nanochat_bridge", "serve", self.package],
                cwd=self.root,
                env={**os.environ, "PYTHONPATH": str(BRIDGE), "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        self.addCleanup(self.close)
        self.count = 0
        self.hello = self.read()

    def close(self) -> None:
        self.worker.kill()
        self.worker.wait()
        for stream in (self.worker.stdin, self.worker.stdout):
            stream.close()

    def read(self) -> dict[str, Any]:
        return json.loads(self.worker.stdout.readline())

    def send(self, **request: object) -> str:
        self.count += 1
        request = {"id": f"r{self.count}", **request}
        self.worker.stdin.write(json.dumps(request).encode() + b"\n")
        self.worker.stdin.flush()
        return str(request["id"])

    def events(self, request_id: str) -> list[dict[str, Any]]:
        """All events of a request, the last one being its end."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["event"] not in ("loaded", "done", "error"):
            event = self.read()
            self.assertEqual(event["id"], request_id)
            found.append(event)
        return found

    def load(self, **more: object) -> dict[str, Any]:
        return self.events(self.send(op="load", **{"source": "base", "tag": "d2", **more}))[-1]

    def go_on(self, prompt: str, **more: object) -> tuple[str, dict[str, Any]]:
        """(text, the last event) of a continuation."""
        return self.collected(self.send(op="generate", mode="continue", prompt=prompt, **more))

    def chat(self, *messages: tuple[str, Any], **more: object) -> tuple[str, dict[str, Any]]:
        said = [{"role": role, "content": content} for role, content in messages]
        return self.collected(self.send(op="generate", mode="chat", messages=said, **more))

    def collected(self, request_id: str) -> tuple[str, dict[str, Any]]:
        events = self.events(request_id)
        return "".join(event["text"] for event in events if event["event"] == "token"), events[-1]


class LoadTest(WorkerTest):
    def test_hello_comes_first_and_before_anything_is_imported(self) -> None:
        self.assertEqual((self.hello["kind"], self.hello["protocol"], self.hello["package"]), ("hello", 1, "nanochat"))
        self.assertEqual(self.hello["pid"], self.worker.pid)

    def test_loading_says_what_it_does_and_what_was_loaded(self) -> None:
        events = self.events(self.send(op="load", source="base", tag="d2", step=None, device=None))
        self.assertEqual([event["text"] for event in events[:-1]], ["importing nanochat", "loading base/d2@last on cpu"])
        loaded = events[-1]
        self.assertEqual((loaded["step"], loaded["context"], loaded["vocabulary"], loaded["pocket"]), (7, 10**9, 265, False))

    def test_what_cannot_be_loaded_is_said_in_a_sentence(self) -> None:
        for request, message in (
            ({"tag": "gone"}, "base/gone@last is not there: there is no base_checkpoints/gone/model_000001.pt."),
            ({"tag": "other"}, "base/other@last cannot be loaded: RuntimeError: Error(s) in loading state_dict for GPT:"),
            ({"source": "rl"}, "This version of nanochat has no rl checkpoints."),
            ({"source": "x"}, "There is no source 'x': use base, mid, sft, rl."),
            ({"step": "7"}, "`step` has a value of the wrong type: '7'."),
        ):
            with self.subTest(request):
                error = self.load(**request)
                self.assertEqual((error["event"], error["message"]), ("error", message))

    def test_the_traceback_is_in_the_details(self) -> None:
        self.assertIn("Missing key(s)", self.load(tag="other")["details"])

    def test_a_package_that_cannot_be_imported_names_what_is_missing(self) -> None:
        (self.root / "nanochat" / "common.py").write_text("import torch_that_is_not_there\n")
        self.assertIn("No module named 'torch_that_is_not_there'", self.load()["message"])


class RenamedTest(WorkerTest):
    package = "minichat"

    def test_a_fork_with_a_renamed_package_is_served(self) -> None:
        self.load()
        self.assertEqual(self.go_on("say:hello")[0], "hello")


class GenerateTest(WorkerTest):
    def setUp(self) -> None:
        super().setUp()
        self.load()

    def test_a_reply_stops_at_the_special_token_which_is_not_shown(self) -> None:
        text, done = self.go_on("say:hello")
        self.assertEqual(text, "hello")
        self.assertEqual((done["reason"], done["tokens_in"], done["tokens_out"], done["dropped"]), ("stop", 10, 5, 0))
        self.assertTrue(0 <= done["first_token_seconds"] <= done["seconds"])

    def test_a_reply_ends_with_the_tokens_it_may_have(self) -> None:
        text, done = self.go_on("say:hello", max_tokens=3)
        self.assertEqual((text, done["reason"], done["tokens_out"]), ("hel", "length", 3))

    def test_characters_are_never_cut(self) -> None:
        events = self.events(self.send(op="generate", mode="continue", prompt="say:é日本🙂"))
        self.assertEqual([event["text"] for event in events[:-1]], ["é", "日", "本", "🙂"])
        self.assertEqual(self.go_on("say:é日", max_tokens=3)[0], "é")

    def test_a_tool_and_its_answer_are_marked(self) -> None:
        events = self.events(self.send(op="generate", mode="continue", prompt="calculate"))
        parts: dict[str | None, str] = {}
        for event in events[:-1]:
            parts[event.get("part")] = parts.get(event.get("part"), "") + event["text"]
        self.assertEqual(parts, {"python": "6*7", "output": "42", None: " is it"})

    def test_a_seed_is_passed_on_and_without_one_each_reply_has_another(self) -> None:
        self.assertEqual(self.go_on("seed", seed=5)[0], "5")
        self.assertNotEqual(self.go_on("seed")[0], self.go_on("seed")[0])

    def test_cancel_is_heard_between_tokens(self) -> None:
        request_id = self.send(op="generate", mode="continue", prompt="forever", max_tokens=10**9)
        self.assertEqual(self.read()["event"], "token")
        self.send(op="cancel", target=request_id)
        self.assertEqual(self.events(request_id)[-1]["reason"], "cancelled")
        self.assertEqual(self.go_on("say:hello")[0], "hello")

    def test_what_waits_can_be_cancelled_before_it_begins(self) -> None:
        first = self.send(op="generate", mode="continue", prompt="forever", max_tokens=10**9)
        second = self.send(op="generate", mode="continue", prompt="forever", max_tokens=10**9)
        self.send(op="cancel", target=second)
        self.send(op="cancel", target=first)
        self.assertEqual(self.events(first)[-1]["reason"], "cancelled")
        done = self.events(second)[-1]
        self.assertEqual((done["reason"], done["tokens_out"], done["first_token_seconds"]), ("cancelled", 0, None))

    def test_what_the_models_code_prints_does_not_disturb_the_channel(self) -> None:
        self.assertEqual(self.go_on("print")[1]["event"], "done")
        said = (self.root / "stderr").read_text()
        self.assertIn("printed", said)
        self.assertIn("below", said)

    def test_a_failure_of_the_model_is_an_event_and_the_worker_lives_on(self) -> None:
        text, error = self.go_on("fail")
        self.assertEqual((text, error["message"]), ("a", "The model failed: RuntimeError: out of luck"))
        self.assertIn("Traceback", error["details"])
        self.assertEqual(self.go_on("say:hello")[0], "hello")

    def test_a_model_whose_weights_are_not_finite_is_asked_nothing_and_the_next_one_answers(self) -> None:
        self.assertEqual(self.load(tag="nan")["event"], "loaded")
        text, end = self.go_on("echo:x")
        self.assertEqual((text, end["event"], end["details"]), ("", "error", ""))
        self.assertIn("its weights are not finite (NaN or infinite)", end["message"])
        self.load()
        self.assertEqual(self.go_on("echo:x")[0], "x")

    def test_requests_that_make_no_sense_are_refused_in_a_sentence(self) -> None:
        for request, message in (
            ({"op": "zap"}, "There is no operation 'zap': use load, generate, cancel or quit."),
            ({"op": "generate", "mode": "x"}, "There is no mode 'x': use continue or chat."),
            ({"op": "generate", "mode": "chat"}, "`messages` must be a list of {role, content}."),
            ({"op": "generate", "mode": "continue", "prompt": 5}, "`prompt` has a value of the wrong type: 5."),
            ({"op": "generate", "mode": "continue", "max_tokens": 0}, "max_tokens and top_k must be at least 1, and temperature at least 0."),
        ):
            with self.subTest(request):
                self.assertEqual(self.events(self.send(**request))[-1]["message"], message)
        self.worker.stdin.write(b"no json\n")
        self.worker.stdin.flush()
        self.assertEqual(self.read()["event"], "error")


class ChatTest(WorkerTest):
    def test_a_chat_is_put_in_nanochats_own_form(self) -> None:
        self.load()
        text, _ = self.chat(("user", "prompt:a"), ("assistant", [{"type": "text", "text": "b"}, {"type": "python", "text": "c"}]), ("user", "d"))
        self.assertEqual(
            text,
            "bos user_start p r o m p t : a user_end assistant_start b python_start c python_end assistant_end user_start d user_end assistant_start",
        )

    def test_a_system_message_goes_in_front_of_the_users_first(self) -> None:
        self.load()
        text, _ = self.chat(("system", "prompt:s"), ("user", "u"))
        self.assertEqual(text, "bos user_start p r o m p t : s \n \n u user_end assistant_start")

    def test_turns_out_of_order_are_refused(self) -> None:
        self.load()
        for messages, why in (
            ([("assistant", "a")], "Message 1 of the chat must be from the user, not from 'assistant'"),
            ([("user", "a"), ("user", "b")], "Message 2 of the chat must be from the assistant"),
            ([("user", "a"), ("assistant", "b")], "The last message of the chat must be the user's"),
            ([], "The last message of the chat must be the user's"),
            ([("user", 5)], "The content of a message must be a text"),
        ):
            with self.subTest(messages):
                self.assertIn(why, self.chat(*messages)[1]["message"])

    def test_a_prompt_longer_than_the_context_is_refused_with_both_figures(self) -> None:
        self.load(tag="short")
        self.assertEqual(self.go_on("x" * 70)[1]["message"], "The prompt has 71 tokens, and this model reads at most 63: shorten it.")

    def test_a_reply_ends_where_the_context_does(self) -> None:
        self.load(tag="short")
        text, done = self.go_on("forever", max_tokens=1000)
        self.assertEqual((len(text), done["reason"]), (64 - 8, "context"))

    def test_a_chat_that_no_longer_fits_loses_its_oldest_turns_when_asked_to(self) -> None:
        self.load(tag="short")
        turns = [("user", "x" * 20), ("assistant", "y" * 20), ("user", "prompt:z")]
        text, done = self.chat(*turns, max_tokens=10, trim=True)
        self.assertEqual((done["dropped"], text.startswith("bos user_")), (2, True))
        self.assertEqual(self.chat(("user", "say:hi"), max_tokens=10, trim=True)[1]["dropped"], 0)

    def test_of_a_short_context_three_quarters_are_for_what_was_said(self) -> None:
        self.load(tag="short")
        turns = [("user", "x" * 10), ("assistant", "y" * 10), ("user", "prompt:z")]
        self.assertEqual(self.chat(*turns, max_tokens=256, trim=True)[1]["dropped"], 0)


class EndTest(WorkerTest):
    def test_quit_ends_it_at_once_even_while_it_generates(self) -> None:
        self.load()
        self.send(op="generate", mode="continue", prompt="forever", max_tokens=10**9)
        self.read()
        self.send(op="quit")
        while self.worker.stdout.readline():
            pass
        self.assertEqual(self.worker.wait(PATIENCE_SECONDS), 0)

    def test_it_ends_with_the_one_who_started_it(self) -> None:
        self.worker.stdin.close()
        self.assertEqual(self.worker.wait(PATIENCE_SECONDS), 0)

    def test_ctrl_c_is_for_the_viewer(self) -> None:
        self.load()
        os.kill(self.worker.pid, signal.SIGINT)
        self.assertEqual(self.go_on("say:hello")[0], "hello")


if __name__ == "__main__":
    unittest.main()
