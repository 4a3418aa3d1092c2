/** For tests: an nvidia-smi of one's own, found first and alone on the PATH. */
import { afterEach, beforeEach } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What it says to arguments that contain a word; the first that fits is taken, `""` fits all. */
export type Answers = ReadonlyArray<readonly [word: string, stdout: string, code?: number]>;

export interface PathFixture {
  /** The only folder of the PATH. */
  bin: string;
  /** A program of the PATH. */
  put(name: string, script: string): void;
  nvidiaSmi(answers: Answers): void;
  /** One that never answers. */
  hangingNvidiaSmi(): void;
}

/** A PATH with nothing in it, made anew for each test of the file that calls this. */
export function withEmptyPath(): PathFixture {
  let before: string | undefined;
  const put = (name: string, script: string): void => {
    const path = join(fixture.bin, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  };
  const fixture: PathFixture = {
    bin: "",
    put,
    nvidiaSmi: (answers) => put("nvidia-smi", `case "$*" in\n${answers.map(branch).join("\n")}\nesac`),
    // A read from a pipe that nobody writes to takes no processor time.
    hangingNvidiaSmi: () => put("nvidia-smi", 'cd "$(/usr/bin/dirname "$0")"; /usr/bin/mkfifo pipe.$$; read -r _ <pipe.$$'),
  };
  beforeEach(() => {
    fixture.bin = mkdtempSync(join(tmpdir(), "bin-"));
    before = process.env["PATH"];
    process.env["PATH"] = fixture.bin;
  });
  afterEach(() => {
    process.env["PATH"] = before;
    rmSync(fixture.bin, { recursive: true, force: true });
  });
  return fixture;
}

const branch = ([word, stdout, code = 0]: Answers[number]): string =>
  `*'${word}'*) /bin/cat <<'END'\n${stdout.trimEnd()}\nEND\nexit ${code};;`;
