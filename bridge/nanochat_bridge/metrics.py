"""The numbers of a step, taken from the variables of the training loop in full precision.

Names on the left are those of src/core/metrics.ts; on the right the variables that nanochat's scripts keep them in
(base_train, mid_train, chat_sft, chat_rl from 3a5e0bc to 92d63d4), the first that a script has being used.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from .scope import Scope, Variables
from .script import Loop, Script

Number = int | float

VARIABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("train/loss", ("debiased_smooth_loss", "train_loss_item")),
    ("train/loss_raw", ("train_loss_f", "train_loss_item")),
    ("train/lrm", ("lrm",)),
    ("train/dt", ("dt",)),
    ("train/tok_per_sec", ("tok_per_sec",)),
    ("train/mfu", ("mfu",)),
    ("train/grad_norm", ("grad_norm",)),
    ("train/epoch", ("epoch", "current_epoch")),
    ("train/seconds", ("total_training_time",)),
    ("rl/reward", ("mean_reward",)),
    ("rl/sequence_length", ("mean_sequence_length",)),
)
SMOOTH_LOSS = "smooth_train_loss"
DEFAULT_EMA_BETA = 0.9

# Keys of the scripts' log rows whose value the step event has already.
LOGGED_AS = {
    "total_training_flops": "train/flops",
    "total_training_time": "train/seconds",
    "lrm": "train/lrm",
    "train_loss": "train/loss",
    "reward": "rl/reward",
    "sequence_length": "rl/sequence_length",
}
FLATTENED_AS = {"centered_results": "core"}
_PLAIN = (float, int)
_LEADING_INTEGER = re.compile(r"\d+")


def as_number(value: Any) -> Number | None:
    """A plain number, or the integer that a text such as `1 pq: 0 rg: 5` begins with.

    A tensor is None: asking one for its value would make the CPU wait for the GPU.
    """
    if isinstance(value, float):  # of numpy, too, whose own text is not a number's
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        leading = _LEADING_INTEGER.match(value)
        return int(leading[0]) if leading else None
    return None


class StepReader:
    """Collects the values of each step over the two hooks at which they can be read.

    At the hook of step s the variables set before it are those of s, the ones set after it still those of s - 1.
    """

    def __init__(self, loop: Loop, emit: Callable[[int, dict[str, Number]], None], times: Callable[[int, dict[str, Number]], None]) -> None:
        """`times` adds what else is known of a step when it is sent."""
        chosen = [
            (metric, name) for metric, names in VARIABLES if (name := next((n for n in names if n in loop.names), None))
        ]
        self._early = tuple(pair for pair in chosen if pair[1] not in loop.late_names)
        self._late = tuple(pair for pair in chosen if pair[1] in loop.late_names)
        self._has_raw_loss = any(metric == "train/loss_raw" for metric, _ in chosen)
        self.metrics = frozenset(metric for metric, _ in chosen) | {"train/loss_raw", "train/tokens", "train/flops"}
        self._emit = emit
        self._times = times
        self._logged_offset = int(loop.logs_after_count)
        self._updates_offset = int(loop.counts_after_hook)
        self._smooth: Number | None = None
        self._pending: int | None = None
        self._values: dict[str, Number] = {}
        self.tokens_per_step: Number | None = None
        self.flops_per_token: Number | None = None

    def at_hook(self, scope: Scope, step: int) -> None:
        """Finish the step before this one and begin this one."""
        if self._pending is None:
            self._smooth = as_number(scope.get(SMOOTH_LOSS))
        else:
            self._finish(scope)
        self._pending = step
        self._values = _read(scope, self._early)
        if not self._late:
            self._finish(scope)

    def finish(self, scope: Variables, *, ended: bool = False) -> None:
        """Send the step begun last, if its iteration is over: the loop has counted on, or has `ended`."""
        if self._pending is not None and (ended or scope.get("step") != self._pending):
            self._finish(scope)

    def _finish(self, scope: Variables) -> None:
        step, values = self._pending, self._values
        if step is None:
            return
        self._pending = None
        values.update(_read(scope, self._late))
        if not self._has_raw_loss:
            self._derive_raw_loss(scope, values)
        if self.tokens_per_step:
            tokens = (step + self._updates_offset) * self.tokens_per_step
            values["train/tokens"] = tokens
            if self.flops_per_token:
                values["train/flops"] = float(tokens) * self.flops_per_token
        self._times(step, values)
        self._emit(step + self._logged_offset, values)

    def _derive_raw_loss(self, scope: Variables, values: dict[str, Number]) -> None:
        """Undo the moving average s' = b·s + (1-b)·loss that the script keeps in place of the loss itself."""
        before, now = self._smooth, as_number(scope.get(SMOOTH_LOSS))
        self._smooth = now
        if before is None or now is None:
            return
        beta = as_number(scope.get("ema_beta"))
        beta = DEFAULT_EMA_BETA if beta is None or beta >= 1 else beta
        values["train/loss_raw"] = (now - beta * before) / (1 - beta)


def _read(scope: Variables, variables: tuple[tuple[str, str], ...]) -> dict[str, Number]:
    values = {}
    get = scope.getter() if isinstance(scope, Scope) else scope.get
    for metric, name in variables:
        value = get(name)
        number = value if type(value) in _PLAIN else as_number(value)
        if number is not None:
            values[metric] = number
    return values


def row_metrics(row: dict[str, Any], sent_with_steps: frozenset[str]) -> dict[str, Number]:
    """The numbers of a row that the script logs, without those that the step events carry; nested ones flattened."""
    found: dict[str, Number] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            prefix = FLATTENED_AS.get(key, key)
            found.update({f"{prefix}/{name}": v for name, v in row_metrics(value, frozenset()).items()})
        elif key != "step" and LOGGED_AS.get(key, key) not in sent_with_steps and not isinstance(value, str):
            number = as_number(value)
            if number is not None:
                found[str(key)] = number
    return found


def describe_run(script: Script, scope: Scope, directory: str | None) -> dict[str, Any]:
    """The `config` event: the script's resolved parameters, and what follows from them."""
    derived: dict[str, Any] = {
        "totalSteps": _total_steps(script, scope),
        "tokensPerStep": _tokens_per_step(scope),
        "flopsPerToken": as_number(scope.get("num_flops_per_token")),
        "parameters": _parameters(scope),
        "checkpointDir": directory,
        "startStep": scope.get("step"),
        # A script that logs a step under the number that it has counted up to has no step 0.
        "countsFrom": 1 if script.loop and script.loop.logs_after_count else None,
        "torch": torch_version(),
    }
    return {"settings": _settings(scope), "derived": {k: v for k, v in derived.items() if v is not None}}


def torch_version() -> str | None:
    """Version of the torch that the script has imported; None before it has."""
    version = getattr(sys.modules.get("torch"), "__version__", None)
    return None if version is None else str(version)


_TOLD = (bool, int, float, str, type(None))


def _settings(scope: Scope) -> dict[str, Any]:
    """Settings as they are now: a script may have changed them since it read them."""
    arguments = getattr(scope.get("args"), "__dict__", None)
    if isinstance(arguments, dict):
        return {name: value for name, value in arguments.items() if isinstance(value, _TOLD)}
    read = scope.get("user_config")
    if not isinstance(read, dict):
        return {}
    # The configurator's settings are variables, of which user_config is an early copy.
    plain = {str(name): value for name, value in read.items() if isinstance(value, _TOLD)}
    now = {name: scope.get(name, value) for name, value in plain.items()}
    return {name: value if isinstance(value, _TOLD) else plain[name] for name, value in now.items()}


def _total_steps(script: Script, scope: Scope) -> int | None:
    loop = script.loop
    if loop is None:
        return None
    if loop.total:
        total = scope.read(loop.total)
        return int(total) if isinstance(total, int) and total > 0 else None
    # chat_sft and mid_train count batches as they are fetched, and fetch the first before the loop
    # (scripts/chat_sft.py@92d63d4:264): `--num-iterations` is micro-batches there, not steps.
    batches = scope.read("args.num_iterations") or scope.get("num_iterations")
    per_step = scope.get("grad_accum_steps")
    if not isinstance(batches, int) or not isinstance(per_step, int) or batches <= 0 or per_step <= 0:
        return None
    return -(-(batches - 1) // per_step)


def _tokens_per_step(scope: Scope) -> int | None:
    for tokens in (scope.get("total_batch_size"), scope.read("args.total_batch_size")):
        if isinstance(tokens, int) and tokens > 0:
            return tokens
    return None


def _parameters(scope: Scope) -> int | None:
    counted = scope.get("num_params")
    if isinstance(counted, int):
        return counted
    try:
        return sum(int(parameter.numel()) for parameter in scope.get("model").parameters())
    except (AttributeError, TypeError, ValueError):
        return None
