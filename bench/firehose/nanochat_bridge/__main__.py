"""Stands in for the bridge under `bench/`: writes protocol events and log lines at a steady rate, training nothing.

FIREHOSE_EVENTS  step events a second, twelve metrics each, into events.rank0.jsonl
FIREHOSE_LOGS    log lines a second, on stdout
FIREHOSE_SECONDS how long
FIREHOSE_STEPS   stop after that many steps instead (as fast as the disk takes them)
"""

from __future__ import annotations

import json
import os
import sys
import time

TICK_SECONDS = 0.01


def step_line(now: float, step: int) -> str:
    wave = (step * 2654435761 % 1000) / 1000
    loss = 2.0 + 4.0 / (1.0 + step / 5000)
    return (
        f'{{"t":{now:.6f},"kind":"step","step":{step},"m":{{"train/loss":{loss:.12f},"train/loss_raw":{loss + wave:.12f},'
        f'"train/lrm":1.0,"train/dt":{0.03 + wave / 100:.6f},"train/tok_per_sec":{9000 + wave:.3f},"train/tokens":{step * 256},'
        f'"train/mfu":{40 + wave:.3f},"train/grad_norm":{1 + wave:.6f},"timer/data":{wave / 1000:.6f},"timer/forward":{0.009 + wave / 1000:.6f},'
        f'"timer/backward":0.018,"timer/optimizer":0.002}}}}\n'
    )


def main() -> int:
    directory = os.environ["NANOCHAT_BRIDGE_DIR"]
    events = os.open(os.path.join(directory, "events.rank0.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    able = {"available": True, "reason": None, "how": "firehose"}
    hello = {
        "t": time.time(), "kind": "hello", "protocol": 1, "rank": 0, "world": 1, "pid": os.getpid(), "script": "scripts.base_train",
        "python": sys.version.split()[0], "torch": None, "package": "firehose",
        "capabilities": {"metrics": able, "save": able, "stop": able, "timers": able},
    }  # fmt: skip
    os.write(events, (json.dumps(hello) + "\n").encode())
    rate = int(os.environ.get("FIREHOSE_EVENTS", "40000"))
    logs = int(os.environ.get("FIREHOSE_LOGS", "10000"))
    deadline = time.monotonic() + float(os.environ.get("FIREHOSE_SECONDS", "60"))
    total = {"totalSteps": int(os.environ.get("FIREHOSE_STEPS", "100000000")), "tokensPerStep": 256}
    os.write(events, (json.dumps({"t": time.time(), "kind": "config", "settings": {}, "derived": total}) + "\n").encode())
    step = 0
    started = time.monotonic()
    while (now := time.monotonic()) < deadline and step < total["totalSteps"]:
        # By the clock, not by the tick: a late tick is made up for, so that the rate holds.
        due = min(total["totalSteps"], int((now - started + TICK_SECONDS) * rate))
        wall = time.time()
        os.write(events, "".join(step_line(wall, s) for s in range(step, due)).encode())
        sys.stdout.write("".join(f"firehose line {s} of a log that somebody reads\n" for s in range(step, step + (due - step) * logs // rate)))
        sys.stdout.flush()
        step = due
        time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - now)))
    os.write(events, (json.dumps({"t": time.time(), "kind": "bye", "step": step, "code": 0, "overhead": {"hooks": step, "microsecondsPerHook": 0}}) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
