"""Settings of a running loop that can be given another value, and why the others cannot.

A setting can be patched when the loop reads it again (scripts of nanochat 3a5e0bc to 92d63d4), or when it has become a
learning rate or weight decay of the optimizer, which the loop multiplies anew at each step.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .intervals import EveryInt
from .scope import Scope
from .script import Branch, Script


@dataclass(frozen=True)
class Range:
    """What a setting may be, and what another value does."""

    type: str
    least: float | None
    most: float | None
    effect: str


_STEPS = "from the next step that the new interval divides"
_EVAL = "from the next evaluation on"

# Read again by the loop itself. -1 switches an interval off where the script asks that it is above zero.
SETTINGS: dict[str, Range] = {
    "eval_every": Range("int", -1, None, f"validates every so many steps, {_STEPS}"),
    "core_metric_every": Range("int", -1, None, f"evaluates CORE every so many steps, {_STEPS}"),
    "chatcore_every": Range("int", -1, None, f"evaluates ChatCORE every so many steps, {_STEPS}"),
    "eval_metrics_every": Range("int", -1, None, f"evaluates the tasks every so many steps, {_STEPS}"),
    "sample_every": Range("int", -1, None, f"samples every so many steps, {_STEPS}"),
    "save_every": Range("int", -1, None, f"saves a checkpoint every so many steps, {_STEPS}"),
    "eval_tokens": Range("int", 1, None, f"validates on so many tokens, {_EVAL}: figures before and after differ"),
    "eval_steps": Range("int", 1, None, f"validates on so many batches, {_EVAL}: figures before and after differ"),
    "eval_examples": Range("int", 1, None, f"evaluates so many problems, {_EVAL}"),
    "core_metric_max_per_task": Range("int", -1, None, f"at most so many examples of each CORE task, {_EVAL}"),
    "chatcore_max_cat": Range("int", -1, None, f"at most so many examples of each categorical task, {_EVAL}"),
    "chatcore_max_sample": Range("int", -1, None, f"at most so many examples of each generative task, {_EVAL}"),
    "warmup_ratio": Range("float", 0, 1, "the share of all steps in which the rate rises, from the next step"),
    "warmup_steps": Range("int", 0, None, "the steps in which the rate rises, from the next step"),
    "warmdown_ratio": Range("float", 0, 1, "the share of all steps in which the rate falls, from the next step"),
    "final_lr_frac": Range("float", 0, 1, "the share of the rate that is left at the end, from the next step"),
    "grad_clip": Range("float", 0, None, "the norm that gradients are cut to (0 = off), from the next step"),
    "num_samples": Range("int", 1, None, "samples of each problem, from the next batch"),
    "max_new_tokens": Range("int", 1, None, "the longest sample in tokens, from the next batch"),
    "temperature": Range("float", 0, None, "the temperature of samples, from the next batch"),
    "top_k": Range("int", 0, None, "samples only from the likeliest so many, from the next batch"),
}

# What does not come any more with an interval that is not above zero.
SWITCHED_OFF: dict[str, str] = {
    "eval_every": "validations",
    "core_metric_every": "evaluations of CORE",
    "chatcore_every": "evaluations of ChatCORE",
    "eval_metrics_every": "evaluations of the tasks",
    "sample_every": "samples",
    "save_every": "checkpoints",
}
_AT_END = {True: " before the end", False: ", not even at the end", None: ""}

# Learning rates by what the names of the parameters hold that they govern (setup_optimizers of all versions); the first
# that fits counts.
RATES: dict[str, tuple[str, ...]] = {
    "scalar_lr": ("resid_lambdas", "x0_lambdas", "bias"),
    "unembedding_lr": ("lm_head", "group_head", "token_head"),
    "embedding_lr": ("wte", "value_embeds"),
    "matrix_lr": (".h.", "layers"),
}
EVAL_TOKENS = "eval_tokens"
SCALE = "lr_scale"
DECAY = "weight_decay"
DECAY_VARIABLE = "weight_decay_scaled"

# In each group of the optimizer: which settings its rates stand for. It goes into checkpoints with the group, whose rates a
# resume takes over as they were then, patched or not, whatever the flags say (base_train.py:319@92d63d4).
STANDS_FOR = "nanochat_cli_stands_for"
BEGAN = "initial_lr"

_RATE = Range("float", 0, None, "as if it had been given so: its parameters learn at that rate from the next step")
_SCALE = Range("float", 0, None, "multiplies every learning rate, from the next step; 1 = as the script plans it")
_DECAY = Range("float", 0, None, "as if it had been given so, from the next step")

_BUILT = "the model has been built with it"
_BATCH = "the batches and their accumulation are laid out with it"
_LENGTH = "the length of the run is fixed once it has begun; a stop ends it sooner, with a checkpoint"
_NAMED = "it names this run and its files"
_BEGUN = "it says what this run began from"
FROZEN: dict[str, str] = {
    **dict.fromkeys(("depth", "aspect_ratio", "head_dim", "max_seq_len", "window_pattern", "fp8", "fp8_recipe"), _BUILT),
    **dict.fromkeys(("total_batch_size", "device_batch_size", "target_examples_per_step", "examples_per_step"), _BATCH),
    **dict.fromkeys(("num_iterations", "num_epochs", "target_flops", "target_param_data_ratio"), _LENGTH),
    **dict.fromkeys(("run", "model_tag"), _NAMED),
    **dict.fromkeys(("model_step", "source", "resume_from_step"), _BEGUN),
}
_READ_ONCE = "the script has read it before its loop and does not read it again"


class Refused(Exception):
    """A patch that cannot be made; the message is a sentence."""


@dataclass
class Field:
    """One setting as it stands. `write` is None for one that is frozen."""

    name: str
    range: Range
    value: float | None
    frozen: str | None
    write: Callable[[Scope, float], None] | None = None
    # What 0 and less do, where that is not what `range` says.
    off: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The form in which `config` carries it."""
        bounds = {"min": self.range.least, "max": self.range.most}
        words = {"effect": self.range.effect, "frozen": self.frozen}
        off = {} if self.off is None else {"off": self.off}
        return {"name": self.name, "type": self.range.type, "value": self.value, **bounds, **words, **off}


class Patches:
    """The fields of one running script. Made at the first hook, when everything that it reads has its value."""

    def __init__(self, script: Script, scope: Scope, settings: dict[str, Any]) -> None:
        assert script.loop is not None
        self._script = script
        self._reads = script.loop.reads
        fields = [*self._settings(scope), *self._optimizer(scope)]
        known = {field.name for field in fields}
        fields += [_frozen(name, value) for name, value in settings.items() if name not in known]
        self._fields = {field.name: field for field in fields}

    def as_json(self) -> list[dict[str, Any]]:
        """All fields: those that can be patched first."""
        return [field.as_json() for field in sorted(self._fields.values(), key=lambda f: f.frozen is not None)]

    def refusal(self, values: dict[str, float]) -> str | None:
        """Why these values cannot be set, a sentence; None when they can."""
        if not values:
            return "the patch names no setting"
        return next((reason for name, value in values.items() if (reason := self._reason(name, value))), None)

    def apply(self, scope: Scope, values: dict[str, float]) -> list[dict[str, Any]]:
        """Set all of the values, and return what changed. Raises Refused, with nothing set, when one is not possible."""
        reason = self.refusal(values)
        if reason is not None:
            raise Refused(reason)
        changes = []
        for name, value in values.items():
            field = self._fields[name]
            assert field.write is not None, "a field without a reason has a way to be written"
            changes.append({"name": name, "from": field.value, "to": value})
            field.write(scope, value)
            field.value = value
        return changes

    def _reason(self, name: str, value: float) -> str | None:
        field = self._fields.get(name)
        if field is None:
            near = difflib.get_close_matches(name, self._fields, 1)
            meant = f": did you mean {near[0]}?" if near else ""
            return f"{self._script.module} has no setting {name}{meant}"
        if field.frozen is not None:
            return f"{name} cannot be changed while it runs: {field.frozen}"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return f"{name} takes a finite number, not {value!r}"
        if field.range.type == "int" and value != int(value):
            return f"{name} takes a whole number, not {value!r}"
        least, most = field.range.least, field.range.most
        if least is not None and value < least:
            return f"{name} takes {least:g} or more, not {value:g}{self._why_least(name)}"
        if most is not None and value > most:
            return f"{name} takes at most {most:g}, not {value:g}"
        return None

    def _why_least(self, name: str) -> str:
        if name == EVAL_TOKENS:
            return ": less than one micro-batch of all ranks would evaluate on nothing"
        branch = self._branch(name)
        if branch is None or branch.guarded:
            return ""
        return f": line {branch.line} of this version has no guard, so -1 would mean every step and 0 a division by zero"

    def _branch(self, name: str) -> Branch | None:
        loop = self._script.loop
        assert loop is not None
        return loop.intervals.get(name)

    def _off(self, name: str) -> str | None:
        branch = self._branch(name)
        if branch is None or branch.every is None or not branch.guarded or name not in SWITCHED_OFF:
            return None
        return f"off: no more {SWITCHED_OFF[name]}{_AT_END[branch.at_end]}"

    def _settings(self, scope: Scope) -> Iterator[Field]:
        for name, allowed in SETTINGS.items():
            path = next((path for path in (f"args.{name}", name) if path in self._reads), None)
            value = scope.read(path) if path else None
            if path is None or isinstance(value, bool) or not isinstance(value, (int, float)):
                continue
            branch = self._branch(name)
            if branch is not None and not branch.guarded:
                allowed = Range(allowed.type, 1, allowed.most, allowed.effect)
            if name == EVAL_TOKENS:
                allowed = Range(allowed.type, max(1, _micro_batch(scope)), allowed.most, allowed.effect)
            yield Field(name, allowed, value, None, _writer(path, allowed.type), self._off(name))

    def _optimizer(self, scope: Scope) -> Iterator[Field]:
        groups = list(_groups(scope))
        missing = None
        if not groups:
            missing = "the loop has no optimizer whose groups could be found"
        elif any(BEGAN not in group for group in groups):
            missing = "the groups of the optimizer do not keep the rate that they began with"
        names = _parameter_names(scope)
        for name in RATES:
            value = _given(scope, name)
            if value is None:
                continue
            own = [group for group in groups if name in _rates_of(group, names)]
            value = _stood_for(own, name, value)
            frozen = missing or (None if own and value != 0 else f"no group of the optimizer was found that {name} governs")
            yield Field(name, _RATE, value, frozen) if frozen else _rate(name, _RATE, own, value)
        scale = _stood_for(groups, SCALE, 1.0)
        if missing is None:
            frozen = None if scale != 0 else "it was 0 where this run was resumed, so there is nothing that it could be scaled from"
            yield Field(SCALE, _SCALE, scale, frozen) if frozen else _rate(SCALE, _SCALE, groups, scale)
        decay = _given(scope, DECAY)
        if decay is not None:
            yield self._decay(scope, decay, groups)

    def _decay(self, scope: Scope, value: float, groups: list[dict[str, Any]]) -> Field:
        scaled = scope.get(DECAY_VARIABLE)
        if value == 0:
            return Field(DECAY, _DECAY, value, "it began at 0, so there is nothing that it could be scaled from")
        if DECAY_VARIABLE in self._reads and isinstance(scaled, float):
            return Field(DECAY, _DECAY, value, None, lambda scope, new: scope.set(DECAY_VARIABLE, scaled * new / value))
        decaying = [group for group in groups if group.get(DECAY)]
        if not decaying:
            return Field(DECAY, _DECAY, value, "no group of the optimizer has a weight decay")
        began = [group[DECAY] for group in decaying]
        stood_for = _stood_for(decaying, DECAY, value)

        def write(_: Scope, new: float) -> None:
            for group, old in zip(decaying, began):
                group[DECAY] = old * new / stood_for
                _note(group, _noted(group), DECAY, new)

        return Field(DECAY, _DECAY, stood_for, None, write)


def _frozen(name: str, value: Any) -> Field:
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    kind = "int" if isinstance(value, int) else "float"
    return Field(name, Range(kind, None, None, ""), number, FROZEN.get(name, _READ_ONCE))


def _writer(path: str, kind: str) -> Callable[[Scope, float], None]:
    def write(scope: Scope, value: float) -> None:
        before = scope.read(path)
        new: Any = int(value) if kind == "int" else float(value)
        if isinstance(before, EveryInt) and before.extra:
            # A step that was asked for beside the interval is still owed.
            new = EveryInt(new)
            new.extra |= before.extra
        scope.write(path, new)

    return write


def _noted(group: dict[str, Any]) -> dict[str, Any]:
    """What a group says of its rates; nothing where somebody has set them since, as a fine-tuning does after loading them."""
    noted = group.get(STANDS_FOR)
    return noted if isinstance(noted, dict) and noted.get(BEGAN) == group.get(BEGAN) else {}


def _note(group: dict[str, Any], noted: dict[str, Any], name: str, value: float) -> None:
    """Lets a group say what it said before and what this setting is; to be called when its rate is what that makes it."""
    group[STANDS_FOR] = {**noted, name: value, BEGAN: group.get(BEGAN)}


def _stood_for(groups: list[dict[str, Any]], name: str, given: float) -> float:
    """What a rate of these groups stands for: what they all say themselves, else as it was given to this script."""
    values = {_noted(group).get(name) for group in groups}
    value = values.pop() if len(values) == 1 else None
    return float(value) if isinstance(value, (int, float)) else given


def _rate(name: str, allowed: Range, groups: list[dict[str, Any]], value: float) -> Field:
    """The field of a rate that governs these groups; notes in them what it is."""
    for group in groups:
        _note(group, _noted(group), name, value)
    return Field(name, allowed, value, None, _scaler(name, groups, value))


def _scaler(name: str, groups: list[dict[str, Any]], value: float) -> Callable[[Scope, float], None]:
    """Sets rates in proportion. Each write multiplies what is there, so that several fields may govern one group."""
    current = value
    # What one stands for in each group: kept for when a rate comes back from 0.
    units = [0.0] * len(groups)

    def write(_: Scope, new: float) -> None:
        nonlocal current
        for at, group in enumerate(groups):
            if current != 0:
                units[at] = group[BEGAN] / current
            noted = _noted(group)
            group[BEGAN] = units[at] * new
            _note(group, noted, name, new)
        current = new

    return write


def _groups(scope: Scope) -> Iterator[dict[str, Any]]:
    found = scope.get("optimizers") or [scope.get("optimizer")]
    for optimizer in found if isinstance(found, (list, tuple)) else [found]:
        yield from getattr(optimizer, "param_groups", [])


def _parameter_names(scope: Scope) -> dict[int, str]:
    model = scope.get("orig_model") or scope.get("model")
    named = getattr(model, "named_parameters", None)
    return {id(parameter): name for name, parameter in named()} if named is not None else {}


def _rates_of(group: dict[str, Any], names: dict[int, str]) -> set[str]:
    """Which of RATES govern the parameters of a group."""
    own = [names[id(parameter)] for parameter in group.get("params", []) if id(parameter) in names]
    return {rate for name in own if (rate := _rate_of(name)) is not None}


def _rate_of(name: str) -> str | None:
    return next((rate for rate, marks in RATES.items() if any(mark in name for mark in marks)), None)


def _micro_batch(scope: Scope) -> int:
    """Tokens that one batch takes over all ranks (base_train.py:424@92d63d4); 1 when a part of it is not known."""
    parts = [_given(scope, name) for name in ("device_batch_size", "max_seq_len")]
    world = scope.get("ddp_world_size", 1)
    tokens = 1
    for part in (*parts, world):
        if not isinstance(part, (int, float)) or isinstance(part, bool) or part < 1:
            return 1
        tokens *= int(part)
    return tokens


def _given(scope: Scope, name: str) -> float | None:
    for path in (f"args.{name}", name):
        value = scope.read(path)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return None
