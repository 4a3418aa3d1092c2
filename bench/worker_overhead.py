"""What the worker adds to a token: the bare Engine, and the worker around it with its events. Prints JSON.

    python worker_overhead.py BASE_DIR MODEL_TAG      in a checkout, with the bridge on PYTHONPATH

Both generate the same tokens of the same model, in turns; for each of several seeds the least of its rounds counts.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time

ROUNDS = 5
SEEDS = 10
TOKENS = 100


def main() -> None:
    os.environ["NANOCHAT_BASE_DIR"] = sys.argv[1]
    sys.path.insert(0, os.getcwd())
    from nanochat_bridge import inference, serve

    model = inference.load("nanochat", "base", sys.argv[2], None, "cpu", lambda _text: None)
    worker = serve.Worker("nanochat", serve.Channel(open(os.devnull, "wb")), serve.Inbox(io.BytesIO()))
    worker.model = model
    worker.inbox.is_cancelled = lambda _id: False  # type: ignore[method-assign]
    prompt = model.continuation("The")
    limit = min(TOKENS, model.context - len(prompt))

    def bare(seed: int) -> tuple[float, int]:
        started = time.perf_counter()
        stream = model._engine.generate(prompt, num_samples=1, max_tokens=limit, temperature=1.0, top_k=50, seed=seed)
        count = sum(1 for _ in stream)
        return time.perf_counter() - started, count

    def with_worker(seed: int) -> float:
        request = {"id": 1, "op": "generate", "mode": "continue", "prompt": "The", "max_tokens": limit, "temperature": 1.0, "top_k": 50, "seed": seed}
        started = time.perf_counter()
        worker.answer(request)
        return time.perf_counter() - started

    plain = around = 0.0
    count = 0
    for seed in range(SEEDS):
        rounds = [(bare(seed), with_worker(seed)) for _ in range(ROUNDS)]
        plain += min(seconds for (seconds, _), _ in rounds)
        around += min(seconds for _, seconds in rounds)
        count += rounds[0][0][1]
    print(json.dumps({"bareMilliseconds": plain / count * 1000, "workerMilliseconds": around / count * 1000, "tokens": count}))


if __name__ == "__main__":
    main()
