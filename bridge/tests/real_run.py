"""A copy of a real nanochat to train in, and a training of it that is asked for things."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PATIENCE_SECONDS = 240


def expect(truth: bool, what: str) -> None:
    """Fail with a sentence."""
    if not truth:
        raise AssertionError(what)


class Workspace:
    """A checkout, its Python, and a base directory of our own over the one that is given."""

    def __init__(self, directory: Path, python: str, given: Path, temporary: Path) -> None:
        self.directory = directory
        self.python = python
        self.temporary = temporary
        self.base = temporary / "base"
        self.base.mkdir()
        for entry in given.iterdir():
            if not entry.name.endswith("_checkpoints"):
                (self.base / entry.name).symlink_to(entry.resolve())

    def source(self, script: str) -> str:
        """The text of a script; empty when this version has none of that name."""
        path = self.directory / "scripts" / f"{script}.py"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def arguments(self, script: str, settings: dict[str, Any]) -> list[str]:
        """Settings as the script spells them, without those that it does not have."""
        source = self.source(script)
        uses_dashes = '"--' in source and not re.search(r'"--[a-z]+_', source)
        spellings = {name: (name, name.replace("_", "-")) for name in settings}
        known = {name: value for name, value in settings.items() if any(s in source for s in spellings[name])}
        if "parse_args" not in source:
            # The configurator takes a value for a setting of the same type only, and 0 evaluations are a division by 0.
            known = {name: 1000 if name.endswith("_every") and value == -1 else value for name, value in known.items()}
        if "window-pattern" in source:
            known["window_pattern"] = "L"
        return [f"--{name.replace('_', '-') if uses_dashes else name}={value}" for name, value in known.items()]

    def start(self, script: str, settings: dict[str, Any], bridged: bool = True, ranks: int = 1) -> Run:
        """Start a script, in torchrun when there are several ranks."""
        folder = Path(tempfile.mkdtemp(dir=self.temporary))
        launcher = ["-m"]
        python_path = [str(HERE.parent)] if bridged else []
        if ranks > 1:
            launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={ranks}", "-m"]
            shutil.copy(HERE / "gloo_on_cpu.py", folder / "sitecustomize.py")
            python_path.append(str(folder))
        bridge = ["nanochat_bridge", "train"] if bridged else []
        environment = {
            **os.environ,
            "NANOCHAT_BASE_DIR": str(self.base),
            "NANOCHAT_BRIDGE_DIR": str(folder),
            "PYTHONPATH": os.pathsep.join(python_path),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "TORCHDYNAMO_DISABLE": "1",
        }
        arguments = [*bridge, f"scripts.{script}", *self.arguments(script, settings)]
        return Run([self.python, *launcher, *arguments], self.directory, environment, folder)


class Run:
    """A trainer, and what it says through its files."""

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        self._sent: list[dict[str, str]] = []
        self._output = (folder / "output").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=self._output, stderr=subprocess.STDOUT
        )

    @property
    def output(self) -> str:
        """Everything printed so far, both streams."""
        return (self.folder / "output").read_text(encoding="utf-8")

    def events(self, rank: int = 0) -> list[dict[str, Any]]:
        """The events written so far."""
        path = self.folder / f"events.rank{rank}.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def of(self, kind: str, rank: int = 0, **fields: Any) -> list[dict[str, Any]]:
        """The events of a kind that have these values."""
        found = (event for event in self.events(rank) if event["kind"] == kind)
        return [event for event in found if all(event.get(name) == value for name, value in fields.items())]

    def wait_for(self, condition: Callable[[], Any], what: str) -> None:
        """Wait until something is true of a run that is still going."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{what} did not happen; the end of the output:\n{self.output[-3000:]}")
            time.sleep(0.05)

    def ask(self, command: str, values: dict[str, float] | None = None) -> str:
        """Ask something of the trainer, as the supervisor does."""
        identity = f"{command}-{len(self._sent)}"
        self._sent.append({"id": identity, "command": command, **({"values": values} if values else {})})
        temporary = self.folder / "control.tmp"
        temporary.write_text(json.dumps({"version": 1, "commands": self._sent}), encoding="utf-8")
        os.replace(temporary, self.folder / "control.json")
        return identity

    def wait_for_step(self, step: int) -> None:
        """Wait until the trainer has passed a step."""
        self.wait_for(lambda: any(event["step"] >= step for event in self.of("step")), f"step {step}")

    def obey(self, command: str, values: dict[str, float] | None = None) -> dict[str, Any]:
        """Ask something and wait until it is done; the event that it was applied with."""
        identity = self.ask(command, values)
        answered = lambda: self.of("command", id=identity, state="done") + self.of("command", id=identity, state="refused")
        self.wait_for(answered, f"an answer to {command} {values}")
        expect(answered()[0]["state"] == "done", str(answered()[0]))
        return self.of("command", id=identity, state="applied")[0]

    def save_and_stop(self, first: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """After step `first` save, then stop; the two answers."""
        self.wait_for_step(first)
        save = self.ask("save")
        self.wait_for(lambda: self.of("command", id=save, state="done"), "the save")
        stop = self.ask("stop")
        self.finish()
        answers = self.of("command", id=save, state="done") + self.of("command", id=stop, state="done")
        expect(len(answers) == 2, f"both commands are done: {self.of('command')}")
        return answers[0], answers[1]

    def finish(self) -> Run:
        """Wait for the end, which has to be a good one."""
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        expect(code == 0, f"exit code 0 and not {code}; the end of the output:\n{self.output[-3000:]}")
        return self

    def printed(self, line: re.Pattern[str]) -> list[tuple[int, str]]:
        """The step and the number of every line of a kind."""
        matches = (line.match(text) for text in self.output.splitlines())
        return [(int(match[1]), match[2]) for match in matches if match]
