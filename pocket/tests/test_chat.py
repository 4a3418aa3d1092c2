"""Fine-tuning teaches answers, and the answer depends on the question."""

from __future__ import annotations

import os
import re
import unittest

from nanochat.core_eval import evaluate_choices, evaluate_recall
from nanochat.dataset import list_shards, read_choices, read_conversations, read_documents
from nanochat.engine import Engine
from nanochat.gpt import IGNORED
from nanochat.tokenizer import ByteTokenizer
from tests.helpers import BaseDirCase, tiny_model, tiny_optimizer


class Chat(unittest.TestCase):
    def test_a_tiny_model_learns_to_answer_three_questions_word_for_word(self) -> None:
        tokenizer = ByteTokenizer()
        conversations = [
            {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
            for question, answer in [("What is a fox?", "It is red."), ("Name a color", "Blue"), ("And a wolf?", "It is grey.")]
        ]
        rows = [tokenizer.render_conversation(conversation) for conversation in conversations]
        inputs = [ids[:-1] for ids, _ in rows]
        targets = [[t if m else IGNORED for t, m in zip(ids[1:], mask[1:])] for ids, mask in rows]
        model = tiny_model()
        optimizer = tiny_optimizer(model)
        engine = Engine(model, tokenizer)
        self.assertEqual(evaluate_recall(engine, conversations), 0.0)
        for _ in range(60):
            model(inputs, targets).backward()
            optimizer.step()
            model.zero_grad()
        model.eval()
        self.assertEqual(evaluate_recall(engine, conversations), 1.0)


class Data(unittest.TestCase):
    def test_there_is_enough_text_and_validation_is_not_part_of_training(self) -> None:
        train = {text for path in list_shards("train") for text in read_documents(path)}
        val = {text for path in list_shards("val") for text in read_documents(path)}
        self.assertGreater(sum(map(len, train)), 50_000)
        self.assertFalse(train & val)

    def test_there_are_twenty_conversations_that_fit_into_the_default_context(self) -> None:
        conversations = read_conversations("train")
        self.assertEqual(len(conversations), 20)
        self.assertLess(max(len(ByteTokenizer().render_conversation(c)[0]) for c in conversations), 256)

    def test_the_right_choice_is_at_every_place_equally_often(self) -> None:
        places = [question["gold"] for question in read_choices()]
        self.assertEqual({place: places.count(place) for place in range(4)}, dict.fromkeys(range(4), len(places) // 4))
        self.assertLessEqual(evaluate_choices(tiny_model(), ByteTokenizer(), read_choices()[:4]), 1.0)


@unittest.skipUnless(os.environ.get("POCKET_FULL") == "1", "takes two minutes: set POCKET_FULL=1")
class FullRun(BaseDirCase):
    def test_the_default_run_learns_within_its_time_and_answers_its_questions(self) -> None:
        before = os.times().children_user
        out, _ = self.run_script("scripts.base_train")
        seconds = os.times().children_user - before
        bpb = [float(x) for x in re.findall(r"Validation bpb: (\S+)", out)]
        self.assertLess(bpb[-1], bpb[0] / 2)
        self.assertLess(seconds, 110, "base_train is meant to take about a minute")
        out, _ = self.run_script("scripts.chat_sft")
        recall = [float(x) for x in re.findall(r"pocket_recall: (\S+)%", out)]
        self.assertGreaterEqual(recall[-1], 80.0)


if __name__ == "__main__":
    unittest.main()
