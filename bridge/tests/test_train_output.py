"""Printing while the disk is full: a limit on the size of files stands in for it, set and lifted by the script itself."""

from __future__ import annotations

import subprocess

from tests.fake_training import BASE, WorkspaceTest, read_events, script

LIMIT = """
import resource, sys
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
if step == 2: resource.setrlimit(resource.RLIMIT_FSIZE, (0, unlimited))
if step == 5: resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
print("a warning in step", step, file=sys.stderr)
"""


class FullDiskTest(WorkspaceTest):
    def run_to_files(self, source: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a script whose output goes to files, as under launch.py."""
        self.write("scripts/fake_train.py", source)
        paths = [self.folder / name for name in ("stdout.log", "stderr.log")]
        with open(paths[0], "wb") as out, open(paths[1], "wb") as err:
            done = subprocess.run(
                self.command(bridged=True), cwd=self.folder, env=self.environment(0, 1), stdout=out, stderr=err, timeout=60
            )
        return (done.returncode, *(path.read_text(encoding="utf-8") for path in paths))

    def test_a_full_disk_costs_lines_and_not_the_training(self) -> None:
        code, out, err = self.run_to_files(script(BASE, extra=LIMIT))
        self.assertEqual(code, 0, err)
        steps = [line.split()[1] for line in out.splitlines() if line.startswith("step ")]
        self.assertEqual(steps, ["0", "1", "5", "6", "7"])
        self.assertRegex(out, r"\nnanochat-cli: [1-9]\d* bytes of output are missing here: the disk was full\.\nstep 5 ")
        self.assertIn("a warning in step 1\n\nnanochat-cli: 60 bytes of output are missing here", err)

    def test_the_events_say_what_is_missing_from_them(self) -> None:
        self.run_to_files(script(BASE, extra=LIMIT))
        events = read_events(self.folder / "bridge" / "events.rank0.jsonl")
        self.assertEqual([event["step"] for event in events if event["kind"] == "step"], [0, 4, 5, 6, 7])
        self.assertIn("events could not be written", [e["what"] for e in events if e["kind"] == "problem"][0])

    def test_output_that_fits_is_what_python_prints(self) -> None:
        source = "import sys\nprint('é', end='\\r\\n')\nsys.stderr.write('half a line')\nsys.stdout.buffer.write(b'\\xff')\n"
        code, out, err = self.run_to_files_bytes(source)
        self.assertEqual((code, out, err), (0, "é\r\n".encode() + b"\xff", b"half a line"))

    def run_to_files_bytes(self, source: str) -> tuple[int, bytes, bytes]:
        self.write("scripts/fake_train.py", source)
        with open(self.folder / "out", "w+b") as out, open(self.folder / "err", "w+b") as err:
            done = subprocess.run(self.command(bridged=True), cwd=self.folder, env=self.environment(0, 1), stdout=out, stderr=err)
            out.seek(0)
            err.seek(0)
            return done.returncode, out.read(), err.read()
