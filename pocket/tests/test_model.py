"""The mathematics: gradients, fixed point, determinism, probabilities."""

from __future__ import annotations

import hashlib
import math
import random
import unittest

from nanochat.contexts import TOPIC_NGRAMS, ContextReader, topic_words
from nanochat.engine import Engine, sample_next_token
from nanochat.gpt import IGNORED
from nanochat.kernels import combine, pack
from nanochat.nn import Parameter
from nanochat.tokenizer import VOCAB_SIZE, ByteTokenizer
from tests.helpers import text_batch, tiny_model, tiny_optimizer

# Losses of 12 steps of the tiny model on the text of helpers.py: the same on every Python from 3.10 to 3.13.
LOSS_DIGEST = "b8ca211d305166d6"


def train(steps: int) -> list[float]:
    """Losses of the tiny model."""
    model = tiny_model()
    optimizer = tiny_optimizer(model)
    inputs, targets = text_batch()
    losses = []
    for _ in range(steps):
        loss = model(inputs, targets)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        model.zero_grad(set_to_none=True)
    return losses


class Kernels(unittest.TestCase):
    def test_combine_is_a_weighted_sum_of_vectors(self) -> None:
        rng = random.Random(1)
        vectors = [[rng.uniform(-3, 3) for _ in range(5)] for _ in range(150)]
        weights = [rng.uniform(-3, 3) for _ in vectors]
        expected = [math.fsum(w * v[at] for w, v in zip(weights, vectors)) for at in range(5)]
        for got, wanted in zip(combine(weights, [pack(v) for v in vectors], 5), expected):
            self.assertAlmostEqual(got, wanted, places=3)

    def test_numbers_out_of_range_are_cut_and_do_not_spill_into_their_neighbours(self) -> None:
        vector = [1e9, 0.5, -1e9]
        self.assertEqual(combine([1e9] * 64, [pack(vector)] * 64, 3), [64 * 63.0**2, 64 * 63.0 * 0.5, -64 * 63.0**2])


class Gradients(unittest.TestCase):
    def assert_gradient(self, parameter: Parameter, row: int, column: int, loss_of: object) -> None:
        """Compares with the slope between two points around the parameter."""
        grad = (parameter.grad or {})[row][column]
        original = parameter.rows[row]
        values = []
        for shift in (0.01, -0.01):
            parameter.rows[row] = [x + shift if at == column else x for at, x in enumerate(original)]
            parameter.changed()
            values.append(loss_of())
        parameter.rows[row] = original
        parameter.changed()
        self.assertAlmostEqual((values[0] - values[1]) / 0.02, grad, delta=2e-5 + 2e-3 * abs(grad))

    def test_every_kind_of_parameter_has_the_gradient_of_the_loss(self) -> None:
        model = tiny_model()
        optimizer = tiny_optimizer(model)
        inputs, targets = text_batch()
        for _ in range(3):  # away from the start, where the heads are zero
            model(inputs, targets).backward()
            optimizer.step()
            model.zero_grad()
        model(inputs, targets).backward()
        rng = random.Random(3)
        for name, parameter in model.named_parameters():
            rows = sorted(parameter.grad or {})
            for _ in range(4):
                row, column = rng.choice(rows), rng.randrange(parameter.shape[1])
                with self.subTest(parameter=name, row=row, column=column):
                    self.assert_gradient(parameter, row, column, lambda: model(inputs, targets).item())

    def test_dividing_the_loss_divides_the_gradient(self) -> None:
        grads = []
        for divisor in (1, 4):
            model = tiny_model()
            (model(*text_batch()) / divisor).backward()
            grads.append(model.group_head.bias.grad[0])
        for whole, quarter in zip(*grads):
            self.assertAlmostEqual(whole / 4, quarter, places=12)

    def test_ignored_targets_have_no_loss_and_no_gradient(self) -> None:
        model = tiny_model()
        inputs, targets = text_batch()
        loss = model(inputs, [[IGNORED] * len(targets[0])])
        loss.backward()
        self.assertEqual(loss.item(), 0.0)
        self.assertTrue(all(parameter.grad is None for parameter in model.parameters()))


class Determinism(unittest.TestCase):
    def test_losses_are_the_same_digits_in_two_runs_and_on_every_python(self) -> None:
        losses = train(12)
        self.assertEqual(losses, train(12))
        self.assertLess(losses[-1], losses[0] / 2)
        self.assertEqual(hashlib.sha256(repr(losses).encode()).hexdigest()[:16], LOSS_DIGEST)


class Probabilities(unittest.TestCase):
    def test_they_add_up_to_one_and_agree_with_the_loss(self) -> None:
        model = tiny_model()
        tiny_step(model)
        model.eval()
        inputs, targets = text_batch()
        reader = model.reader()
        for (target, nats), token in zip(model.losses(inputs, targets)[:9], inputs[0]):
            log_probs = model.next_log_probs(token, reader.read(token))
            self.assertEqual(len(log_probs), VOCAB_SIZE)
            self.assertAlmostEqual(math.fsum(map(math.exp, log_probs)), 1.0, places=9)
            self.assertAlmostEqual(-log_probs[target], nats, places=9)

    def test_an_untrained_model_finds_all_groups_equally_likely(self) -> None:
        model = tiny_model()
        self.assertAlmostEqual(model(*text_batch()).item(), math.log(17) + math.log(16), delta=0.02)


def tiny_step(model: object) -> None:
    """One update."""
    model(*text_batch()).backward()
    tiny_optimizer(model).step()
    model.zero_grad()


class Contexts(unittest.TestCase):
    def test_a_position_does_not_depend_on_what_comes_after_it(self) -> None:
        tokens = list(b"the fox is red")
        first, second = ContextReader(4, 1024, VOCAB_SIZE), ContextReader(4, 1024, VOCAB_SIZE)
        rows = [first.read(token) for token in tokens]
        self.assertEqual(rows[:5], [second.read(token) for token in tokens[:5]])

    def test_the_topic_of_an_answer_is_the_longest_words_of_the_question(self) -> None:
        hashes = topic_words(list(b"What is the capital of France?"))
        self.assertEqual(hashes, topic_words(list(b"capital, FRANCE what")))

    def test_a_new_document_forgets_the_question(self) -> None:
        tokenizer = ByteTokenizer()
        bos, user_start, user_end = (tokenizer.encode_special(f"<|{n}|>") for n in ("bos", "user_start", "user_end"))
        reader = ContextReader(2, 1024, VOCAB_SIZE)
        plain = len([reader.read(token) for token in list(b"abcabc")][-1])
        asked = [reader.read(token) for token in [user_start, *b"capital France", user_end, *b"abcabc"]][-1]
        self.assertEqual(len(asked), plain + 2 * len(TOPIC_NGRAMS))
        self.assertEqual(len([reader.read(token) for token in [bos, *b"abcabc"]][-1]), plain)


class Sampling(unittest.TestCase):
    def test_temperature_zero_takes_the_most_likely(self) -> None:
        self.assertEqual(sample_next_token([-3.0, -1.0, -2.0], random.Random(1), temperature=0.0), 1)

    def test_top_k_leaves_out_the_rest(self) -> None:
        rng = random.Random(1)
        drawn = {sample_next_token([-1.0, -1.1, -1.2, -9.0], rng, temperature=5.0, top_k=2) for _ in range(200)}
        self.assertEqual(drawn, {0, 1})

    def test_the_same_seed_gives_the_same_tokens_and_another_seed_others(self) -> None:
        engine = Engine(tiny_model(), ByteTokenizer())
        prompt = list(b"The ")
        texts = [engine.generate_batch(prompt, max_tokens=12, seed=seed)[0] for seed in (1, 1, 2)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])


if __name__ == "__main__":
    unittest.main()
